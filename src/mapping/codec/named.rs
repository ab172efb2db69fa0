//! Codecs by the names and arguments that a definition gives.

use super::{Codec, scale};

/// The names, as definitions write them.
pub(crate) const NAMES: [&str; 7] = [
    "base64",
    "integer",
    "joined",
    "number-string",
    "posix-rfc3339",
    "prefix",
    "scale",
];

/// All arguments that there are; each codec has one of them or none.
const ARGUMENTS: [&str; 3] = ["by", "separator", "text"];

impl Codec {
    /// The codec of this name. `argument` gives the JSON text of an argument, when the rule has it.
    ///
    /// # Errors
    /// What is wrong and what to do: no such codec, or its argument is missing, wrong or one too many.
    pub(crate) fn named<'a>(
        name: &str,
        argument: &dyn Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, String> {
        let codec = match name {
            "base64" => Self::Base64,
            "integer" => Self::Integer,
            "joined" => Self::Joined {
                separator: text(name, "separator", argument)?,
            },
            "number-string" => Self::NumberString,
            "posix-rfc3339" => Self::PosixRfc3339,
            "prefix" => Self::Prefix {
                text: text(name, "text", argument)?,
            },
            "scale" => Self::Scale {
                by: argument("by")
                    .and_then(|by| by.parse().ok())
                    .filter(|by| *by != 0 && (-scale::MOST..=scale::MOST).contains(by))
                    .ok_or_else(|| {
                        let most = scale::MOST;
                        format!(
                            "codec \"scale\" needs `by`: an integer from -{most} to {most}, not 0"
                        )
                    })?,
            },
            _ => {
                let known = NAMES.join("\", \"");
                return Err(format!(
                    "there is no codec {name:?}: use one of \"{known}\""
                ));
            }
        };
        let own = codec.argument().map(|(own, _)| own);
        for other in ARGUMENTS {
            if own != Some(other) && argument(other).is_some() {
                return Err(format!("codec {name:?} has no `{other}`: remove it"));
            }
        }
        Ok(codec)
    }

    /// Its name, as definitions write it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::PosixRfc3339 => "posix-rfc3339",
            Self::Scale { .. } => "scale",
            Self::Integer => "integer",
            Self::NumberString => "number-string",
            Self::Prefix { .. } => "prefix",
            Self::Joined { .. } => "joined",
            Self::Base64 => "base64",
        }
    }

    /// The name and the JSON text of its argument.
    pub(crate) fn argument(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Scale { by } => Some(("by", by.to_string())),
            Self::Prefix { text } => Some(("text", super::quoted(text))),
            Self::Joined { separator } => Some(("separator", super::quoted(separator))),
            Self::PosixRfc3339 | Self::Integer | Self::NumberString | Self::Base64 => None,
        }
    }
}

/// An argument that is a string, and not an empty one: that would join nothing and stand before everything.
fn text<'a>(
    codec: &str,
    name: &str,
    argument: &dyn Fn(&str) -> Option<&'a str>,
) -> Result<Box<str>, String> {
    argument(name)
        .and_then(|text| serde_json::from_str::<Box<str>>(text).ok())
        .filter(|text| !text.is_empty())
        .ok_or_else(|| format!("codec {codec:?} needs `{name}`: a string that is not empty"))
}
