//! What was found in a payload: findings in a fixed order, a count per tier, what an upgrade had to assume.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};

pub use super::code::Code;
use super::tags::CORE;
use crate::error::{Error, ErrorKind};
use crate::mapping;
pub use crate::mapping::Severity;

/// How much is asked of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Required in v2; a wrong value is an error.
    Core,
    /// A wrong value is an error.
    HighFrequency,
    /// Numbers and bools are coerced to text; another wrong value is an error.
    Optional,
    /// Rare and unknown members: kept, warnings only.
    Specialized,
}

impl Tier {
    /// The four tiers, strictest first.
    pub const ALL: [Self; 4] = [
        Self::Core,
        Self::HighFrequency,
        Self::Optional,
        Self::Specialized,
    ];

    /// The tier as it stands in JSON, such as `"high_frequency"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::HighFrequency => "high_frequency",
            Self::Optional => "optional",
            Self::Specialized => "specialized",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that was found in a payload. `Display` is the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) code: Code,
    pub(crate) tier: Option<Tier>,
    pub(crate) path: Cow<'static, str>,
    pub(crate) message: Cow<'static, str>,
}

impl Finding {
    /// Error or warning; follows from the code.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// What kind of finding it is.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// JSON pointer (RFC 6901) to the member, in the input's own name for it; `""` is the payload as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The member's tier; `None` when the finding is about the payload as a whole.
    #[must_use]
    pub fn tier(&self) -> Option<Tier> {
        self.tier
    }

    /// What is wrong and what to do, one line for people. Never contains the value: it may be personal data.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Finding", 5)?;
        out.serialize_field("severity", self.severity().as_str())?;
        out.serialize_field("code", self.code.as_str())?;
        out.serialize_field("path", &self.path)?;
        out.serialize_field("tier", &self.tier.map(Tier::as_str))?;
        out.serialize_field("message", &self.message)?;
        out.end()
    }
}

/// How many members of one tier a payload has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TierCount {
    /// Members that are there: null, further copies and shadowed aliases do not count.
    pub provided: u32,
    /// Those of them without an error.
    pub valid: u32,
    /// Members of this tier that the version requires.
    pub required: u32,
}

/// The core members that an upgrade filled in without a source in the payload: a bitset over the core in its order.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Assumed {
    bits: u16,
}

impl Assumed {
    /// The set that [`bits`](Self::bits) was taken from; bits of no core member are ignored.
    pub(crate) const fn of_bits(bits: u16) -> Self {
        Self {
            bits: bits & ((1 << CORE.len()) - 1),
        }
    }

    /// The names of the members, in core order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        CORE.iter()
            .enumerate()
            .filter(move |(bit, _)| self.bits & 1 << bit != 0)
            .map(|(_, name)| *name)
    }

    /// Whether this member was filled in.
    #[must_use]
    pub fn contains(self, name: &str) -> bool {
        self.names().any(|assumed| assumed == name)
    }

    /// Whether nothing was filled in.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// The set as a number, bit 0 being the first core member: small enough to store beside a record. What a bit means stays
    /// as it is: another order of the core would be a major version.
    #[must_use]
    pub fn bits(self) -> u16 {
        self.bits
    }
}

impl fmt::Debug for Assumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// Everything that was found in one payload.
///
/// Findings stand in input order, then `required` in core order. `Display` is one line: how many of each, and the
/// first error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub(crate) findings: Vec<Finding>,
    pub(crate) tiers: [TierCount; 4],
    pub(crate) assumed: Assumed,
}

impl Report {
    /// The report behind an [`Error`] of kind [`ErrorKind::Rejected`].
    #[must_use]
    pub fn of(error: &Error) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }

    /// Whether the payload is taken: warnings there may be, errors not.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.first_error().is_none()
    }

    /// All findings, in order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings that refuse the payload.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.severity() == Severity::Error)
    }

    /// The findings that do not.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.severity() == Severity::Warning)
    }

    /// The first finding that refuses the payload.
    #[must_use]
    pub fn first_error(&self) -> Option<&Finding> {
        self.errors().next()
    }

    /// The counts of one tier.
    #[must_use]
    pub fn tier(&self, tier: Tier) -> TierCount {
        self.tiers[tier as usize]
    }

    /// The core members that an upgrade filled in without a source; empty after a validation.
    #[must_use]
    pub fn assumed(&self) -> Assumed {
        self.assumed
    }

    /// Of a payload that could not be read: one finding, about it as a whole.
    pub(crate) fn alone(finding: mapping::Finding) -> Self {
        Self {
            findings: vec![Finding {
                code: Code::named(finding.code().as_str()),
                tier: None,
                path: Cow::Borrowed(""),
                message: finding.message,
            }],
            ..Self::default()
        }
    }

    /// `Ok(self)` when the payload is taken, else the error that carries this report.
    pub(crate) fn into_result(self) -> Result<Self, Error> {
        let Some(first) = self.first_error() else {
            return Ok(self);
        };
        Err(Error::new(
            ErrorKind::Rejected,
            first.path.clone(),
            first.message.clone(),
        )
        .with_source(self))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} errors, {} warnings",
            self.errors().count(),
            self.warnings().count()
        )?;
        match self.first_error() {
            // A name is the client's: escaped, so that it can't forge a line of a log.
            Some(first) => write!(f, "; first {} at {:?}: {first}", first.code, first.path),
            None => Ok(()),
        }
    }
}

/// So that a report can be the source of an [`Error`].
impl std::error::Error for Report {}

/// `{"valid", "findings", "assumed", "tiers": {"core": {"provided", "valid", "required"}, …}}`
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Report", 4)?;
        out.serialize_field("valid", &self.is_valid())?;
        out.serialize_field("findings", &self.findings)?;
        out.serialize_field("assumed", &self.assumed)?;
        out.serialize_field("tiers", &Tiers(&self.tiers))?;
        out.end()
    }
}

impl Serialize for Assumed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(None)?;
        for name in self.names() {
            out.serialize_element(name)?;
        }
        out.end()
    }
}

impl Serialize for TierCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("TierCount", 3)?;
        out.serialize_field("provided", &self.provided)?;
        out.serialize_field("valid", &self.valid)?;
        out.serialize_field("required", &self.required)?;
        out.end()
    }
}

struct Tiers<'a>(&'a [TierCount; 4]);

impl Serialize for Tiers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            Tier::ALL
                .iter()
                .map(|tier| (tier.as_str(), self.0[*tier as usize])),
        )
    }
}
