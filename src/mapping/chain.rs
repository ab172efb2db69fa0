//! Chains: from any version to any other through the mappings between them, with one report.

use std::fmt::Write;

use super::call::Side;
use super::call::{Call, CallError};
use super::compiled::Mapping;
use super::definition::images::Images;
use super::path::{Path, Segment};
use super::pointer::{self, push_name};
use super::report::{Error, Report};

/// Mappings one behind another, oldest version first.
#[derive(Clone, Debug)]
pub struct Chain(Vec<Mapping>);

impl Chain {
    /// Puts mappings in a row: each begins with the version that the one before it ends with.
    ///
    /// # Errors
    /// They don't fit together, or there are none.
    pub fn new(mappings: impl IntoIterator<Item = Mapping>) -> Result<Self, CallError> {
        let mappings: Vec<_> = mappings.into_iter().collect();
        if mappings.is_empty() {
            return Err(CallError::new("a chain needs at least one mapping"));
        }
        for (one, next) in mappings.iter().zip(mappings.iter().skip(1)) {
            let (to, from) = (one.version(Side::To), next.version(Side::From));
            if to != from {
                return Err(CallError::new(format!(
                    "{:?} ends with version {to:?}, and {:?} begins with {from:?}: put mappings of neighbouring versions in a row",
                    one.name(),
                    next.name()
                )));
            }
        }
        Ok(Self(mappings))
    }

    /// The versions, oldest first.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        let first = self.0.first().map(|mapping| mapping.version(Side::From));
        first
            .into_iter()
            .chain(self.0.iter().map(|mapping| mapping.version(Side::To)))
    }

    /// Converts a document of one version to another, up or down, and appends it to `out`. From a version to itself it only
    /// validates and copies.
    ///
    /// Findings of later steps are reported at the input's pointers. The call's context, policy and assumed places go to the
    /// steps that know them.
    ///
    /// # Errors
    /// The call is wrong, a version is unknown, or a step refuses the document; then `out` is as it was given.
    pub fn convert(
        &self,
        from: &str,
        to: &str,
        document: &[u8],
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Report, Error> {
        let (start, end) = (self.index(from)?, self.index(to)?);
        self.check(call)?;
        let up = start <= end;
        let steps: Vec<&Mapping> = match up {
            true => self.0.iter().skip(start).take(end - start).collect(),
            false => self.0.iter().skip(end).take(start - end).rev().collect(),
        };
        let mut report = Report::default();
        let mut text = document.to_vec();
        let mut assumed = call.assumed.to_vec();
        let mut passed: Vec<Images> = Vec::new();
        if steps.is_empty() {
            report = self.validated(start, document, call)?;
        }
        for mapping in steps {
            let call = mapping.own_call(call, &assumed);
            let mut next = Vec::new();
            let step = match up {
                true => mapping.upgrade(&text, &call, &mut next),
                false => mapping.downgrade(&text, &call, &mut next),
            };
            let back = |mut step: Report| {
                for finding in &mut step.findings {
                    for images in passed.iter().rev() {
                        finding.path = through(&finding.path, |path| {
                            if up {
                                images.back(path)
                            } else {
                                images.image(path)
                            }
                        });
                    }
                }
                step
            };
            let images = mapping.images().clone();
            let ahead = |pointer: &String| {
                through(pointer, |path| {
                    if up {
                        images.image(path)
                    } else {
                        images.back(path)
                    }
                })
            };
            match step {
                Ok(step) => {
                    assumed = assumed.iter().map(ahead).collect();
                    if up {
                        report.assumed = report.assumed.iter().map(ahead).collect();
                        report.assumed.extend(step.assumed.iter().cloned());
                    }
                    report.findings.extend(back(step).findings);
                }
                Err(Error::Rejected(mut rejected)) => {
                    let step = back(std::mem::take(&mut *rejected.0));
                    report.findings.extend(step.findings);
                    *rejected.0 = report;
                    return Err(Error::Rejected(rejected));
                }
                Err(error) => return Err(error),
            }
            passed.push(images);
            text = next;
        }
        out.extend_from_slice(&text);
        Ok(report)
    }

    fn validated(&self, version: usize, document: &[u8], call: &Call<'_>) -> Result<Report, Error> {
        let (mapping, side) = match version.checked_sub(1).and_then(|at| self.0.get(at)) {
            Some(mapping) => (mapping, Side::To),
            None => (&self.0[0], Side::From),
        };
        let report = mapping.validate(side, document, &mapping.own_call(call, &[]))?;
        if report.is_valid() {
            return Ok(report);
        }
        Err(super::report::Rejected(Box::new(report)).into())
    }

    fn index(&self, version: &str) -> Result<usize, CallError> {
        self.versions()
            .position(|known| known == version)
            .ok_or_else(|| {
                let known: Vec<_> = self.versions().collect();
                CallError::new(format!("no version {version:?}: use one of {known:?}"))
            })
    }

    /// What no step knows is a mistake.
    fn check(&self, call: &Call<'_>) -> Result<(), CallError> {
        let stranger = call
            .context
            .iter()
            .find(|(name, _)| !self.0.iter().any(|mapping| mapping.knows_context(name)));
        if let Some((name, _)) = stranger {
            return Err(CallError::new(format!(
                "no mapping of the chain has the context {name:?}"
            )));
        }
        match call.policy {
            Some(policy) if !self.0.iter().any(|mapping| mapping.knows_policy(policy)) => Err(
                CallError::new(format!("no mapping of the chain has the policy {policy:?}")),
            ),
            _ => Ok(()),
        }
    }
}

/// A pointer's place in the next version or in the one before, with its indices.
fn through(from: &str, image: impl Fn(&Path) -> Path) -> String {
    let mut pattern = Path::default();
    let mut indices = Vec::new();
    for segment in from.split('/').skip(1) {
        if segment.bytes().all(|byte| byte.is_ascii_digit()) && !segment.is_empty() {
            pattern.0.push(Segment::Each);
            indices.push(segment);
        } else {
            let name = pointer::name(segment);
            pattern.0.push(Segment::Name(name.into()));
        }
    }
    let mut indices = indices.into_iter();
    let mut path = String::new();
    for segment in &image(&pattern).0 {
        match segment {
            Segment::Name(name) => push_name(&mut path, name),
            Segment::Each => {
                let _ = write!(path, "/{}", indices.next().unwrap_or("0"));
            }
        }
    }
    path
}
