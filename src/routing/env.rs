//! What the environment says: a brake, and a version for everyone. Read when a router is built and at `refresh`, never per request.

use std::fmt;

use serde::Serialize;

use crate::version::Version;

/// Pulls the brake when it is set to anything but the empty text or `0`.
pub const BRAKE_VARIABLE: &str = "CUTOVER_BRAKE";

/// The default name of the variable that gives everyone one version: exactly `v1` or `v2`.
pub const VERSION_VARIABLE: &str = "CUTOVER_API_VERSION";

/// What the environment said when it was last read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Env {
    /// Whether it pulls the brake. Only a refresh or a restart without the variable releases that.
    pub brake: bool,
    /// The version that it gives everyone.
    pub version: Option<Version>,
    /// A value that is neither `v1` nor `v2` and so was ignored; its first 64 characters.
    pub ignored: Option<String>,
}

/// Name → value, `None` when unset.
pub(crate) type Read = Box<dyn Fn(&str) -> Option<String> + Send>;

/// Where variables come from, and what the one for the version is called.
pub(crate) struct EnvReader {
    read: Read,
    version_variable: String,
}

impl EnvReader {
    pub(crate) fn new(read: Read, version_variable: String) -> Self {
        Self {
            read,
            version_variable,
        }
    }

    pub(crate) fn read(&self) -> Env {
        let brake = (self.read)(BRAKE_VARIABLE).is_some_and(|text| !matches!(&*text, "" | "0"));
        match (self.read)(&self.version_variable) {
            None => Env {
                brake,
                ..Env::default()
            },
            Some(text) => match text.parse() {
                Ok(version) => Env {
                    brake,
                    version: Some(version),
                    ignored: None,
                },
                Err(_) => {
                    let ignored = Some(text.chars().take(64).collect());
                    Env {
                        brake,
                        version: None,
                        ignored,
                    }
                }
            },
        }
    }
}

/// The process's environment. A value that isn't Unicode is still a value: it pulls a brake.
pub(crate) fn process(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

impl fmt::Debug for EnvReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvReader")
            .field("version", &self.version_variable)
            .finish_non_exhaustive()
    }
}
