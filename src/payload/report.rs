//! What was found in a payload: findings in a fixed order, a count per tier, what an upgrade had to assume.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};

use crate::error::{Error, ErrorKind};
pub use crate::mapping::Severity;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal $severity:ident,)+) => {
        /// What kind of finding it is. Stable: clients match on [`as_str`](Code::as_str).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name,)+ }

        impl Code {
            /// Every code, errors first.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// The code as it stands in JSON, such as `"out_of_range"`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Whether this code refuses a payload.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }
        }
    };
}

codes! {
    /// A member that must be there is not.
    Required = "required" Error,
    /// The value's JSON type is not one that the member takes.
    InvalidType = "invalid_type" Error,
    /// A number beyond the member's range.
    OutOfRange = "out_of_range" Error,
    /// Not one of the listed words.
    InvalidEnum = "invalid_enum" Error,
    /// A text that isn't formed as the member asks (a date, an id).
    InvalidFormat = "invalid_format" Error,
    /// More characters than the member takes.
    TooLong = "too_long" Error,
    /// A further copy of a member: the first one is used.
    DuplicateMember = "duplicate_member" Error,
    /// A member that only v1 knows, in a v2 payload.
    V1Member = "v1_member" Error,
    /// Not JSON, or not UTF-8.
    MalformedJson = "malformed_json" Error,
    /// More bytes than the limit.
    TooLarge = "too_large" Error,
    /// Nested deeper than the limit.
    TooDeep = "too_deep" Error,
    /// More members than the limit.
    TooManyMembers = "too_many_members" Error,
    /// Taken, changed or dropped, but hardly what was meant.
    UnusualValue = "unusual_value" Warning,
    /// A null, which is dropped.
    NullValue = "null_value" Warning,
    /// An alias that stands beside the tag it is an alias of: the tag wins.
    ShadowedAlias = "shadowed_alias" Warning,
    /// A number or bool that was turned into its JSON text.
    TypeCoercion = "type_coercion" Warning,
    /// A value of another type than OSM tags have, kept byte for byte.
    TypeMismatch = "type_mismatch" Warning,
    /// A charge that isn't `<amount> <currency>`; kept.
    UnreadableCharge = "unreadable_charge" Warning,
    /// Opening hours outside the grammar of `docs/hours.md`; kept.
    UnreadableHours = "unreadable_hours" Warning,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

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
    pub(crate) bits: u16,
    pub(crate) names: &'static [&'static str],
}

impl Assumed {
    /// The names of the members, in core order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.names
            .iter()
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
