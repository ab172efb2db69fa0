//! What the service takes: contributions, or the documents of a mapping. All judging and converting is here and in
//! [`mapped`](crate::mapped); handlers, store and shadow are the same for both.

use cutover::contribution::{
    Code, Report, Upgrader, assumed_from_bits, differences, downgrade, upgrade, validate,
};
use cutover::migration::shadow::Shadow;
use cutover::{Error, Version};

use crate::answer::{Refusal, Validation};
use crate::mapped::Mapped;
use crate::options::Options;
use crate::service::StartError;
use crate::store::{Assumed, Contribution};
use crate::submission::too_large;
use crate::versions::Way;

/// The most bytes of a contribution, by version.
const CONTRIBUTION_BYTES: [usize; 2] = [65_536, 131_072];

/// The most bytes of a mapping's document, by version: an upgrade writes more than it reads, and what v2's readers get they
/// may send back.
const DOCUMENT_BYTES: [usize; 2] = [1 << 20, 2 << 20];

/// Payloads that may wait to be compared; more are skipped and counted.
const QUEUE: usize = 64;

/// What is taken.
#[derive(Debug)]
pub enum Payload {
    /// Contributions.
    Contribution,
    /// Documents of a mapping: v1 is its `from`, v2 its `to`.
    Mapping(Mapped),
}

/// A payload that a version takes.
#[derive(Debug)]
pub struct Judged {
    /// What was found in it.
    pub validation: Validation,
    /// What its upgrade assumed.
    pub assumed: Assumed,
    /// The payload, as the version stores it.
    pub payload: String,
}

impl Payload {
    /// What these options ask for.
    ///
    /// # Errors
    /// [`StartError::Mapping`]
    pub fn open(options: &Options) -> Result<Self, StartError> {
        Ok(match &options.mapping {
            None => Self::Contribution,
            Some(path) => Self::Mapping(Mapped::open(path, options)?),
        })
    }

    /// The rollout's name when no document has one.
    #[must_use]
    pub fn rollout(&self) -> String {
        match self {
            Self::Contribution => "contribution-form-v2".to_owned(),
            Self::Mapping(mapped) => mapped.name().to_owned(),
        }
    }

    /// The most bytes that are taken of a payload of this version.
    #[must_use]
    pub fn limit(&self, version: Version) -> usize {
        let bytes = match self {
            Self::Contribution => CONTRIBUTION_BYTES,
            Self::Mapping(_) => DOCUMENT_BYTES,
        };
        match version {
            Version::V1 => bytes[0],
            Version::V2 => bytes[1],
        }
    }

    /// A payload as this way's version stores it.
    ///
    /// # Errors
    /// 400 when the payload has errors, 413 when it is too large.
    pub fn judge(&self, way: Way, body: &[u8], id: &str) -> Result<Judged, Refusal> {
        match self {
            Self::Contribution => contribution(way, body, id),
            Self::Mapping(mapped) => mapped.judge(way, body, id),
        }
    }

    /// Whether this version takes this payload.
    #[must_use]
    pub fn is_valid(&self, version: Version, payload: &[u8]) -> bool {
        match self {
            Self::Contribution => validate(version, payload).is_valid(),
            Self::Mapping(mapped) => mapped.is_valid(version, payload),
        }
    }

    /// What is stored, as this version's readers know it.
    ///
    /// # Errors
    /// 500 for a contribution that can't be converted, 406 for a document that the other version has no place for.
    pub fn shape(&self, stored: &Contribution, version: Version) -> Result<Vec<u8>, Refusal> {
        if stored.version == version {
            return Ok(stored.payload.clone().into_bytes());
        }
        match self {
            Self::Contribution => reshape(stored, version),
            Self::Mapping(mapped) => mapped.reshape(stored, version),
        }
    }

    /// Compares what the two versions store, on one thread, so that it takes at most one core from those who wait for an
    /// answer.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn shadow(&self) -> Result<Shadow<Vec<u8>>, Error> {
        let shadow = match self {
            Self::Contribution => Shadow::<Vec<u8>>::builder(|id, one, two| {
                differences(id, (one.version, one.answer), (two.version, two.answer))
            }),
            Self::Mapping(mapped) => mapped.shadow(),
        };
        shadow.concurrency(1).queue(QUEUE).build()
    }
}

fn contribution(way: Way, body: &[u8], id: &str) -> Result<Judged, Refusal> {
    let mut upgraded = Vec::new();
    let (report, payload) = match way {
        Way::V1 | Way::V2 => (validate(way.version(), body), body.to_vec()),
        Way::Upgraded => match Upgrader::new().upgrade(body, id, &mut upgraded) {
            Ok(report) => (report, upgraded),
            Err(refused) => {
                return Err(refuse(
                    way,
                    &Report::of(&refused).cloned().unwrap_or_default(),
                ));
            }
        },
    };
    if !report.is_valid() {
        return Err(refuse(way, &report));
    }
    let assumed = Assumed {
        bits: report.assumed().bits(),
        ..Assumed::default()
    };
    judged(Validation::from(&report), assumed, payload)
}

/// A valid payload: it is UTF-8, as everything is that a version takes.
pub(crate) fn judged(
    validation: Validation,
    assumed: Assumed,
    payload: Vec<u8>,
) -> Result<Judged, Refusal> {
    match String::from_utf8(payload) {
        Ok(payload) => Ok(Judged {
            validation,
            assumed,
            payload,
        }),
        Err(_) => Err(Refusal::invalid(Validation::default())),
    }
}

fn refuse(way: Way, report: &Report) -> Refusal {
    if report.errors().any(|error| error.code() == Code::TooLarge) {
        let sent_to = match way {
            Way::V1 | Way::Upgraded => Version::V1,
            Way::V2 => Version::V2,
        };
        return too_large(Payload::Contribution.limit(sent_to));
    }
    Refusal::invalid(Validation::from(report))
}

fn reshape(stored: &Contribution, version: Version) -> Result<Vec<u8>, Refusal> {
    let payload = stored.payload.as_bytes();
    let mut out = Vec::with_capacity(payload.len() + 256);
    let reshaped = match version {
        Version::V2 => upgrade(payload, &stored.id, &mut out),
        Version::V1 => downgrade(payload, assumed_from_bits(stored.assumed.bits), &mut out),
    };
    match reshaped {
        Ok(_) => Ok(out),
        Err(error) => {
            // What was stored was valid then: a later table must not refuse it.
            tracing::error!(kind = ?error.kind(), path = error.path(), "a stored contribution is refused");
            Err(Refusal::not_shown("contribution"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body is cut off at the limits that the library has.
    #[test]
    fn the_limits_are_the_library_s() {
        for (way, limit) in [
            (Way::V1, CONTRIBUTION_BYTES[0]),
            (Way::Upgraded, CONTRIBUTION_BYTES[0]),
            (Way::V2, CONTRIBUTION_BYTES[1]),
        ] {
            let status = |bytes| {
                let refused = Payload::Contribution.judge(way, &vec![b' '; bytes], "way/1");
                refused.unwrap_err().status().as_u16()
            };
            assert_eq!((status(limit), status(limit + 1)), (400, 413), "{way:?}");
        }
    }
}
