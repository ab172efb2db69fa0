//! The documents of a mapping: a definition that is given at the start, and what is said to it with each document.

use std::path::Path;

use axum::http::StatusCode;
use cutover::Version;
use cutover::mapping::{Call, Definition, Error, Flaw, Hooks, Mapping, Report, Side};
use cutover::migration::shadow::{Shadow, ShadowBuilder};

use crate::answer::{Refusal, Validation};
use crate::options::Options;
use crate::payload::{Judged, judged};
use crate::service::StartError;
use crate::store::{Assumed, Contribution};
use crate::versions::Way;

/// A mapping, and what is said with each of its documents.
#[derive(Debug)]
pub struct Mapped {
    mapping: Mapping,
    policy: Option<String>,
    context: Vec<(String, String)>,
}

impl Mapped {
    /// The mapping of this definition.
    ///
    /// # Errors
    /// [`StartError::Mapping`], for all its flaws, or for a policy or context that doesn't suit it.
    pub fn open(path: &Path, options: &Options) -> Result<Self, StartError> {
        let mapping = Definition::open(path, options.schemas.as_deref())
            .and_then(|definition| Mapping::compile(definition, &Hooks::new()))
            .map_err(|flaws| {
                let name = path.display().to_string();
                let flaws = flaws.as_slice().iter().map(|flaw| told(&name, flaw));
                StartError::Mapping(flaws.collect::<Vec<_>>().join("\n"))
            })?;
        let mapped = Self {
            mapping,
            policy: options.policy.clone(),
            context: options.context.clone(),
        };
        // Nothing is no document, but what is said with it is judged first.
        match mapped
            .mapping
            .upgrade(b"", &mapped.call(""), &mut Vec::new())
        {
            Err(Error::Call(error)) => Err(StartError::Mapping(format!(
                "{}: {error} (--policy NAME, --context NAME=VALUE)",
                path.display()
            ))),
            _ => Ok(mapped),
        }
    }

    /// The definition's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.mapping.name()
    }

    /// What the definition calls a version.
    #[must_use]
    pub fn version(&self, version: Version) -> &str {
        self.mapping.version(side(version))
    }

    /// A version's schema, when the definition has one.
    #[must_use]
    pub fn schema(&self, version: Version) -> Option<&serde_json::Value> {
        self.mapping.schema(side(version))
    }

    /// As [`Payload::judge`](crate::payload::Payload::judge).
    pub(crate) fn judge(&self, way: Way, body: &[u8], id: &str) -> Result<Judged, Refusal> {
        let call = self.call(id);
        let (report, payload) = match way {
            Way::V1 | Way::V2 => {
                let report = self.mapping.validate(side(way.version()), body, &call);
                (report.map_err(unforeseen)?, body.to_vec())
            }
            Way::Upgraded => {
                let mut upgraded = Vec::new();
                match self.mapping.upgrade(body, &call, &mut upgraded) {
                    Ok(report) => (report, upgraded),
                    Err(Error::Rejected(rejected)) => return Err(invalid(&rejected)),
                    Err(error) => return Err(unforeseen(error)),
                }
            }
        };
        if !report.is_valid() {
            return Err(invalid(&report));
        }
        let assumed = Assumed {
            pointers: report.assumed().to_vec(),
            ..Assumed::default()
        };
        judged(Validation::from(&report), assumed, payload)
    }

    pub(crate) fn is_valid(&self, version: Version, document: &[u8]) -> bool {
        let report = self
            .mapping
            .validate(side(version), document, &self.call(""));
        report.is_ok_and(|report| report.is_valid())
    }

    /// What is stored, in this version, which is not the one that stored it.
    pub(crate) fn reshape(
        &self,
        stored: &Contribution,
        version: Version,
    ) -> Result<Vec<u8>, Refusal> {
        let document = stored.payload.as_bytes();
        let call = self.call(&stored.id).assumed(&stored.assumed.pointers);
        let mut out = Vec::with_capacity(document.len() + 256);
        let reshaped = match version {
            Version::V2 => self.mapping.upgrade(document, &call, &mut out),
            Version::V1 => self.mapping.downgrade(document, &call, &mut out),
        };
        match reshaped {
            Ok(_) => Ok(out),
            // `cutover mapping check` lists where that may happen.
            Err(Error::Rejected(rejected)) => Err(Refusal::new(
                StatusCode::NOT_ACCEPTABLE,
                "not_convertible",
                "this document has no form in this version: see validation.errors, or ask for the other version",
            )
            .with(Validation::from(&*rejected))),
            Err(error) => Err(unforeseen(error)),
        }
    }

    pub(crate) fn shadow(&self) -> ShadowBuilder<Vec<u8>> {
        Shadow::of_mapping(
            self.mapping.clone(),
            self.policy.clone(),
            self.context.clone(),
        )
    }

    fn call<'a>(&'a self, id: &'a str) -> Call<'a> {
        let mut call = Call::new().id(id);
        if let Some(policy) = &self.policy {
            call = call.policy(policy);
        }
        for (name, value) in &self.context {
            call = call.context(name, value);
        }
        call
    }
}

fn side(version: Version) -> Side {
    match version {
        Version::V1 => Side::From,
        Version::V2 => Side::To,
    }
}

fn invalid(report: &Report) -> Refusal {
    Refusal::invalid(Validation::from(report))
}

/// What is said with each document was found to be right at the start.
fn unforeseen(error: impl Into<Error>) -> Refusal {
    let error: Error = error.into();
    tracing::error!(%error, "the mapping takes no document");
    Refusal::not_shown("document")
}

/// A flaw on a line, as the command has it.
fn told(name: &str, flaw: &Flaw) -> String {
    let (code, reason) = (flaw.code(), flaw.reason());
    match flaw.path() {
        // It begins with the name.
        "" if reason.starts_with(name) => format!("{reason} ({code})"),
        "" => format!("{name}: {reason} ({code})"),
        path => format!("{name}: {path}: {reason} ({code})"),
    }
}
