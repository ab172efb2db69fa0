//! Why the command stops early, and the exit code that goes with it.

use std::io::Write;
use std::process::ExitCode;

use crate::exit;
use crate::style::BAD;

/// What ends the command before its input does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The arguments cannot be used, a rollout document among them.
    Usage(String),
    /// Reading or writing failed.
    Io(String),
    /// A mapping's definition has flaws: each is a line.
    Flawed(Vec<String>),
    /// What was asked for is not to be done now: a gate of the plan is closed.
    Refused(String),
    /// Whoever read the output has seen enough, as `head` does: the end of the work, not an error.
    Closed,
}

impl Failure {
    /// Tells the user on stderr; the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let (message, code) = match self {
            Self::Usage(message) => (message, 2),
            Self::Io(message) => (message, 1),
            Self::Flawed(flaws) => {
                flaws.iter().for_each(|flaw| say(flaw));
                return ExitCode::FAILURE;
            }
            Self::Refused(message) => (message, exit::NO),
            Self::Closed => return ExitCode::SUCCESS,
        };
        say(message);
        ExitCode::from(code)
    }
}

/// Tells the user something on stderr.
pub(crate) fn say(message: &str) {
    // File names and documents are not ours: what they hold may not drive a terminal.
    let message: String = message
        .chars()
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect();
    // A closed stderr leaves nobody to tell; the exit code still says it.
    let _ = writeln!(anstream::stderr(), "{BAD}cutover:{BAD:#} {message}");
}
