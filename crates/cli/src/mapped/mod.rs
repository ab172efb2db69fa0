//! Commands on the payloads of any team: a mapping's definition, and what is said with each payload.

mod document;
mod line;

use std::path::{Path, PathBuf};

use clap::Args;
use cutover::mapping::{Call, CallError, Definition, Error, Flaw, Flaws, Hooks, Mapping, Side};
use same_file::Handle;

use crate::failure::Failure;
use crate::stream::Streams;

const HEADING: &str = "Mapping";

/// By which mapping a command converts, if by one.
#[derive(Args, Debug)]
pub(crate) struct MappingArgs {
    /// Convert by this mapping definition (TOML or JSON) instead of the contribution's
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    mapping: Option<PathBuf>,

    /// The folder in which the definition's schema paths start, instead of its own
    #[arg(long, value_name = "FOLDER", requires = "mapping", help_heading = HEADING)]
    schemas: Option<PathBuf>,

    /// A value that the definition asks for in `context`; may be repeated
    #[arg(long, value_name = "NAME=VALUE", requires = "mapping", value_parser = pair, help_heading = HEADING)]
    context: Vec<(String, String)>,

    /// Downgrade to this dialect of the newer version, instead of to the older one
    #[arg(long, value_name = "NAME", requires = "mapping", help_heading = HEADING)]
    dialect: Option<String>,

    /// Read one whole payload instead of lines; without a file, that of FILE or of standard input
    #[arg(long, value_name = "FILE", requires = "mapping", num_args = 0..=1, help_heading = HEADING)]
    document: Option<Option<PathBuf>>,

    /// With --document, what its upgrade assumed: a JSON pointer; may be repeated
    #[arg(long, value_name = "POINTER", requires = "document", help_heading = HEADING)]
    assumed: Vec<String>,

    /// With --document, its id: `run` routes by it, and hooks may ask for it
    #[arg(long, value_name = "ID", requires = "document", help_heading = HEADING)]
    id: Option<String>,
}

/// `name=value`
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("no value: write NAME=VALUE".to_owned()),
    }
}

impl MappingArgs {
    /// The mapping to convert by, when there is one, with what is said to it. A call that can't succeed is refused here,
    /// before anything is read.
    pub(crate) fn open(
        &self,
        policy: Option<&str>,
        streams: &Streams,
    ) -> Result<Option<Mapped>, Failure> {
        let Some(mapped) = self.read(policy, streams)? else {
            return Ok(None);
        };
        mapped.said.try_on(&mapped.mapping)?;
        Ok(Some(mapped))
    }

    /// The same for a command that converts nothing, and so asks for no context.
    pub(crate) fn open_to_judge(
        &self,
        policy: Option<&str>,
        streams: &Streams,
    ) -> Result<Option<Mapped>, Failure> {
        let Some(mapped) = self.read(policy, streams)? else {
            return Ok(None);
        };
        let call = mapped.said.call(None, &[]);
        let judged = mapped.mapping.validate(Side::From, b"", &call);
        judged.map_err(|error| wrong_call(&error))?;
        Ok(Some(mapped))
    }

    fn read(&self, policy: Option<&str>, streams: &Streams) -> Result<Option<Mapped>, Failure> {
        let Some(path) = self.mapping.as_deref() else {
            return Ok(None);
        };
        let (_, mapping) = open(path, self.schemas.as_deref())?;
        streams.keep(Handle::from_path(path))?;
        let document = self.document.as_ref().map(|path| Document {
            path: path.clone(),
            assumed: self.assumed.clone(),
            id: self.id.clone(),
        });
        Ok(Some(Mapped {
            mapping,
            said: Said {
                context: self.context.clone(),
                policy: policy.map(str::to_owned),
                dialect: self.dialect.clone(),
            },
            document,
        }))
    }
}

/// What a command says with every payload.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) context: Vec<(String, String)>,
    pub(crate) policy: Option<String>,
    pub(crate) dialect: Option<String>,
}

impl Said {
    pub(crate) fn call<'a>(&'a self, id: Option<&'a str>, assumed: &'a [String]) -> Call<'a> {
        let mut call = Call::new().assumed(assumed);
        for (name, value) in &self.context {
            call = call.context(name, value);
        }
        if let Some(id) = id {
            call = call.id(id);
        }
        if let Some(policy) = &self.policy {
            call = call.policy(policy);
        }
        match &self.dialect {
            Some(dialect) => call.dialect(dialect),
            None => call,
        }
    }

    /// Whether the mapping takes what is said, whatever the payload.
    pub(crate) fn try_on(&self, mapping: &Mapping) -> Result<(), Failure> {
        for side in [Side::From, Side::To] {
            // Nothing is no payload, but what is said is judged first.
            let tried = convert(mapping, side, b"", &self.call(None, &[]), &mut Vec::new());
            if let Err(Error::Call(error)) = tried {
                return Err(wrong_call(&error));
            }
        }
        Ok(())
    }
}

/// A mapping, what is said to it with each payload, and the one document that is to be converted, if it is one.
#[derive(Debug)]
pub(crate) struct Mapped {
    mapping: Mapping,
    said: Said,
    document: Option<Document>,
}

#[derive(Debug)]
struct Document {
    path: Option<PathBuf>,
    assumed: Vec<String>,
    id: Option<String>,
}

/// Upgrades what is of `from`, downgrades what is of `to`.
pub(crate) fn convert(
    mapping: &Mapping,
    side: Side,
    payload: &[u8],
    call: &Call<'_>,
    out: &mut Vec<u8>,
) -> Result<cutover::mapping::Report, Error> {
    match side {
        Side::From => mapping.upgrade(payload, call, out),
        Side::To => mapping.downgrade(payload, call, out),
    }
}

/// The definition at this path, and the mapping that it is.
pub(crate) fn open(path: &Path, schemas: Option<&Path>) -> Result<(Definition, Mapping), Failure> {
    try_open(path, schemas).map_err(|flaws| {
        let name = path.display().to_string();
        let told = flaws.as_slice().iter().map(|flaw| told(&name, flaw));
        Failure::Flawed(told.collect())
    })
}

pub(crate) fn try_open(
    path: &Path,
    schemas: Option<&Path>,
) -> Result<(Definition, Mapping), Flaws> {
    let definition = Definition::open(path, schemas)?;
    let mapping = Mapping::compile(definition.clone(), &Hooks::new())?;
    Ok((definition, mapping))
}

fn told(name: &str, flaw: &Flaw) -> String {
    let (code, reason) = (flaw.code(), flaw.reason());
    match flaw.path() {
        // It begins with the name.
        "" if reason.starts_with(name) => format!("{reason} ({code})"),
        "" => format!("{name}: {reason} ({code})"),
        path => format!("{name}: {path}: {reason} ({code})"),
    }
}

/// The side whose version has this name. `from` and `to` name the sides themselves.
pub(crate) fn side(mapping: &Mapping, version: &str) -> Result<Side, Failure> {
    let sides = [Side::From, Side::To];
    let named = |side: &&Side| mapping.version(**side) == version;
    let found = sides.iter().find(named);
    let found = found.or_else(|| sides.iter().find(|side| side.as_str() == version));
    found.copied().ok_or_else(|| {
        let [from, to] = sides.map(|side| mapping.version(side));
        Failure::Usage(format!(
            "--api: no version {version:?}: use {from:?} or {to:?}"
        ))
    })
}

fn wrong_call(error: &CallError) -> Failure {
    Failure::Usage(error.to_string())
}
