//! Why the command stops early, and the exit code that goes with it.

use std::io::{self, Write};
use std::process::ExitCode;

/// What ends the command before its input does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The arguments cannot be used, a rollout document among them.
    Usage(String),
    /// Reading or writing failed.
    Io(String),
    /// What was asked for is not to be done now: a gate of the plan is closed.
    Refused(String),
    /// Whoever read the output has seen enough, as `head` does: the end of the work, not an error.
    Closed,
}

impl Failure {
    /// Tells the user on stderr; the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::Usage(message) => say(message, 2),
            Self::Io(message) => say(message, 1),
            Self::Refused(message) => say(message, 3),
            Self::Closed => ExitCode::SUCCESS,
        }
    }
}

/// Tells the user on stderr of what does not end the command.
pub(crate) fn warn(message: &str) {
    let _ = say(message, 0);
}

fn say(message: &str, code: u8) -> ExitCode {
    // A closed stderr leaves nobody to tell; the exit code still says it.
    // File names and documents are not ours: what they hold may not drive a terminal.
    let message: String = message
        .chars()
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect();
    let _ = writeln!(io::stderr(), "cutover: {message}");
    ExitCode::from(code)
}
