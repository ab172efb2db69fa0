//! One member in which two payloads differ.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::value::RawValue;

use super::report::Code;
use crate::version::Version;

/// One member in which two payloads differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub(super) path: String,
    pub(super) v1: Option<String>,
    pub(super) v2: Option<String>,
    pub(super) refused: Option<(Version, Code)>,
}

impl Difference {
    /// JSON pointer to the member, in v2's name for it; in the payload's own when the payload was refused for it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The JSON text that the v1 payload comes to, `None` when it comes to nothing.
    #[must_use]
    pub fn v1(&self) -> Option<&str> {
        self.v1.as_deref()
    }

    /// The JSON text that the v2 payload comes to, `None` when it comes to nothing.
    #[must_use]
    pub fn v2(&self) -> Option<&str> {
        self.v2.as_deref()
    }

    /// Which payload is refused here, and why: a value that is refused is equivalent to nothing.
    #[must_use]
    pub fn refused(&self) -> Option<(Version, Code)> {
        self.refused
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        match self.refused {
            Some((version, code)) => write!(f, "{:?}: refused by {version}: {code}", self.path),
            None => write!(
                f,
                "{:?}: v1 says {}, v2 says {}",
                self.path,
                value(&self.v1),
                value(&self.v2)
            ),
        }
    }
}

/// `{"path", "v1", "v2"}` with the values themselves, null for an absent one; `"refused": {"version", "code"}` if so.
impl Serialize for Difference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = |text: &Option<String>| {
            text.as_ref()
                .map(|text| RawValue::from_string(text.clone()).map_err(serde::ser::Error::custom))
                .transpose()
        };
        let mut out =
            serializer.serialize_struct("Difference", 3 + usize::from(self.refused.is_some()))?;
        out.serialize_field("path", &self.path)?;
        out.serialize_field("v1", &raw(&self.v1)?)?;
        out.serialize_field("v2", &raw(&self.v2)?)?;
        match self.refused {
            Some((version, code)) => out.serialize_field(
                "refused",
                &Refused {
                    version,
                    code: code.as_str(),
                },
            )?,
            None => out.skip_field("refused")?,
        }
        out.end()
    }
}

#[derive(serde::Serialize)]
struct Refused {
    version: Version,
    code: &'static str,
}
