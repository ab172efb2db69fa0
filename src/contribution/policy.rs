//! What an upgrade writes for what nobody said.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// What an upgrade writes for core members that a v1 payload does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Say that it is not known. Invents nothing.
    #[default]
    Unknowns,
    /// The defaults of the system that this one replaces, for clients that rely on them. Invents facts.
    Legacy,
}

impl Policy {
    /// `"unknowns"` or `"legacy"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknowns => "unknowns",
            Self::Legacy => "legacy",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Policy {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Policy`] for anything but `unknowns` or `legacy`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "unknowns" => Ok(Self::Unknowns),
            "legacy" => Ok(Self::Legacy),
            _ => Err(Error::new(
                ErrorKind::Policy,
                "",
                "not a policy: write unknowns or legacy",
            )),
        }
    }
}
