//! The codes of findings.

use std::fmt;

use super::report::Severity;

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

impl Code {
    /// The code of this name. All that the mapping and its hooks use are there.
    pub(crate) fn named(name: &str) -> Self {
        let mut all = Self::ALL.iter().copied();
        all.find(|code| code.as_str() == name)
            .unwrap_or(Self::InvalidType)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
