//! The two versions of an API that a migration moves between.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};

/// One of the two versions of an API.
///
/// Written `v1` and `v2`, exactly so and in lower case, in JSON, in the environment and on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Version {
    /// The version that is being left.
    V1,
    /// The version that is being moved to.
    V2,
}

impl Version {
    /// `"v1"` or `"v2"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Version {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Version`] for anything but exactly `v1` or `v2`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "v1" => Ok(Self::V1),
            "v2" => Ok(Self::V2),
            _ => Err(Error::new(
                ErrorKind::Version,
                "",
                "not a version: write v1 or v2",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_exact_words_are_versions() {
        assert_eq!("v1".parse::<Version>().unwrap(), Version::V1);
        assert_eq!("v2".parse::<Version>().unwrap(), Version::V2);
        for text in ["", "V2", "v3", " v2", "2", "v2\n"] {
            let error = text.parse::<Version>().unwrap_err();
            assert_eq!(
                error.to_string(),
                "not a version: write v1 or v2",
                "{text:?}"
            );
        }
    }
}
