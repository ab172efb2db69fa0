//! What is wrong with a definition: every flaw, with its code, its place, the reason and what to do.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What kind of flaw it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum FlawCode { $($(#[$doc])* $name,)+ }

        impl FlawCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code as it stands in JSON, such as `"two_writers"`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

codes! {
    /// A path that its schema can't have.
    UnknownPath = "unknown_path",
    /// A key, codec, hook, context value, policy or dialect that there isn't, or rules that can't stand together.
    UnknownName = "unknown_name",
    /// Two rules that write or read one place.
    TwoWriters = "two_writers",
    /// A rule that leaves its array.
    ArrayMismatch = "array_mismatch",
    /// Alternatives of one path whose conditions can hold at once, or with one destination.
    OverlappingAlternatives = "overlapping_alternatives",
    /// A member that the other version requires has no certain source.
    RequiredWithoutSource = "required_without_source",
    /// A value that the other version's schema refuses.
    NotAccepted = "not_accepted",
    /// A member that one version declares, no rule mentions and the other forbids.
    ForbiddenMember = "forbidden_member",
    /// Two values with one image.
    WordsNotOneToOne = "words_not_one_to_one",
    /// A stand-in that its schema refuses.
    BadStandIn = "bad_stand_in",
    /// A rule that can lose something and doesn't say so.
    UnacknowledgedLoss = "unacknowledged_loss",
    /// Not a definition of this format, or a schema that is none.
    UnreadableDefinition = "unreadable_definition",
}

impl fmt::Display for FlawCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    pub(crate) code: FlawCode,
    pub(crate) path: String,
    pub(crate) reason: String,
}

impl Flaw {
    pub(crate) fn new(code: FlawCode, path: impl fmt::Display, reason: impl Into<String>) -> Self {
        Self {
            code,
            path: path.to_string(),
            reason: reason.into(),
        }
    }

    /// What kind of flaw it is.
    #[must_use]
    pub fn code(&self) -> FlawCode {
        self.code
    }

    /// The rule's path as the definition writes it, `added: path` for one of `[added]`, a JSON pointer for a schema's place.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong and what to do, for people.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}: {}", self.code, self.path, self.reason)
    }
}

/// `{"code", "path", "reason"}`
impl Serialize for Flaw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Flaw", 3)?;
        out.serialize_field("code", self.code.as_str())?;
        out.serialize_field("path", &self.path)?;
        out.serialize_field("reason", &self.reason)?;
        out.end()
    }
}

/// Everything that is wrong with a definition; never empty. `Display` is one line a flaw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaws(pub(crate) Vec<Flaw>);

impl Flaws {
    /// All of them, by place.
    #[must_use]
    pub fn as_slice(&self) -> &[Flaw] {
        &self.0
    }

    /// Whether one of them has this code.
    #[must_use]
    pub fn has(&self, code: FlawCode) -> bool {
        self.0.iter().any(|flaw| flaw.code == code)
    }
}

impl From<Flaw> for Flaws {
    fn from(flaw: Flaw) -> Self {
        Self(vec![flaw])
    }
}

impl fmt::Display for Flaws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, flaw) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            flaw.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Flaws {}
