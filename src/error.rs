//! The one error type of the crate: a kind to match on, a JSON pointer to the culprit, a message that says what to do.

use std::error::Error as StdError;
use std::fmt;

/// What went wrong, for code that has to decide what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A payload or an id was refused; the full report is the error's source (`Report::of(&error)`).
    Rejected,
    /// A text is not `v1` or `v2`.
    Version,
    /// A text is not `unknowns` or `legacy`.
    Policy,
    /// A text is not a share: `[0-9]{1,3}(\.[0-9]{1,4})?%` up to 100 % or `[0-9]{1,7}ppm` up to 1,000,000.
    Share,
    /// A rollout document is not what the format asks for.
    Document,
    /// A rollout document has another name or salt than the router: it would re-bucket everyone.
    Identity,
    /// A rollout document's revision is lower than the one in force, and it would move someone to v2.
    Revision,
    /// A brake number that isn't the one in force.
    Brake,
    /// A setting is outside its range; the path names it.
    Setting,
    /// Whoever asked for the change no longer wanted it when it could have taken effect.
    Cancelled,
    /// A router was installed before.
    Installed,
    /// A plan's document is not what the format asks for, or there is no phase to go to.
    Plan,
    /// A gate of the plan does not say "go".
    Gate,
    /// The file with the state of a plan is not there, torn, another plan's, or of a later version.
    State,
    /// The decision log can't be relied on: an entry was changed, removed or added by hand, or older files were put back.
    Log,
    /// Another process, or another part of this one, has the state open for writing; the message names it.
    Locked,
    /// A file could not be read or written, or a source could not give its document.
    Io,
}

/// What went wrong, where, and what to do about it.
///
/// [`Display`](fmt::Display) is one line for people; [`kind`](Error::kind) is for code; [`path`](Error::path) is the
/// JSON pointer (RFC 6901) to the value at fault, `""` for the whole document.
pub struct Error(Box<Inner>);

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Inner {
    kind: ErrorKind,
    path: String,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    #[cold]
    pub(crate) fn new(
        kind: ErrorKind,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            path: path.into(),
            message: message.into(),
            source: None,
        }))
    }

    #[cold]
    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// JSON pointer to the value at fault; `""` is the document as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }
}

/// Short, since this is what `main() -> Result<(), Error>` prints; the source is there for who asks.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} at \"{}\": {}",
            self.0.kind, self.0.path, self.0.message
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
