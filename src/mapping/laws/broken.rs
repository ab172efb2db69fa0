//! A law that a mapping broke, with the smallest document found that shows it.

use std::fmt;

use crate::mapping::call::Side;

/// What every mapping promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Law {
    /// A valid document converts to a valid one, or is refused as the check of the definition foretold.
    Acceptance,
    /// A document and its upgrade are equivalent.
    Equivalence,
    /// Every member of the input is in the output or named in the report, and every loss was foretold.
    NoSilentLoss,
    /// There and back again is the same document but for what was reported, also after an edit.
    RoundTrip,
    /// The same bytes and call give the same output and report, whatever else stands in the buffer.
    Determinism,
    /// What no rule mentions keeps its bytes.
    Unmentioned,
    /// No bytes panic, and every document is either converted or refused.
    Totality,
}

impl Law {
    /// The law in a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acceptance => {
                "a valid document converts to a valid one, or is refused where the check said so"
            }
            Self::Equivalence => "a document and its upgrade are equivalent",
            Self::NoSilentLoss => {
                "every member is in the output or named in the report, and every loss is in the table of losses"
            }
            Self::RoundTrip => "a round trip gives the same document, except for what was reported",
            Self::Determinism => "the same bytes and call give the same output and report",
            Self::Unmentioned => "what no rule mentions keeps its bytes",
            Self::Totality => "no bytes panic, and every document is converted or refused",
        }
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A law that does not hold, and the document that shows it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Broken(pub(super) Box<Shown>);

/// What a [`Broken`] shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) law: Law,
    pub(super) side: Side,
    pub(super) path: String,
    pub(super) rule: Option<String>,
    pub(super) what: String,
    pub(super) input: Vec<u8>,
    pub(super) output: Option<Vec<u8>>,
}

impl Broken {
    /// The law.
    #[must_use]
    pub fn law(&self) -> Law {
        self.0.law
    }

    /// The version that the document is of.
    #[must_use]
    pub fn side(&self) -> Side {
        self.0.side
    }

    /// JSON pointer to the place in the input, or in what came of it; `""` when it is the whole document.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The path of the rule that reads the place, if one does.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.0.rule.as_deref()
    }

    /// The document.
    #[must_use]
    pub fn input(&self) -> &[u8] {
        &self.0.input
    }

    /// What came of it, when something did.
    #[must_use]
    pub fn output(&self) -> Option<&[u8]> {
        self.0.output.as_deref()
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "broken: {}", self.0.law)?;
        writeln!(f, "  at {:?}: {}", self.0.path, self.0.what)?;
        if let Some(rule) = &self.0.rule {
            writeln!(f, "  by the rule {rule:?}")?;
        }
        let input = String::from_utf8_lossy(&self.0.input);
        write!(f, "  document of `{}`: {input}", self.0.side)?;
        match &self.0.output {
            Some(output) => {
                let output = String::from_utf8_lossy(output);
                write!(f, "\n  converted to: {output}")
            }
            None => f.write_str("\n  which is refused"),
        }
    }
}
