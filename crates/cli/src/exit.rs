//! The exit status: what it says, and what a user may make it say.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// The answer is no.
pub(crate) const NO: u8 = 3;

/// The section of every command's help.
pub(crate) const EXIT_STATUS: &str = "\
Exit status:
  0  done
  1  a line could not be handled, a mapping's definition has flaws, or reading
     or writing failed
  2  wrong usage, a rollout document that is not valid, or for a mapping: a
     context value is missing, or there is no such version, policy or dialect
  3  done, and the answer is no: a payload was rejected or a pair differs (with
     --fail-on; always with --document), preflight: someone would leave v2 (see
     --allow-backward), plan: a gate refuses, or there is no phase to go to
  4  plan status --exit-code: a gate is no-go, or the decision log is damaged";

/// Which lines make the exit code 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailOn {
    /// Those whose payload was rejected.
    Rejected,
    /// Those whose payloads differ.
    Different,
    None,
}

impl FailOn {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Different => "different",
            Self::None => "none",
        }
    }
}

/// What `--fail-on` may name: what the command can find, or nothing.
pub(crate) fn fail_on(finds: FailOn) -> impl TypedValueParser<Value = FailOn> {
    let name = finds.as_str();
    PossibleValuesParser::new([name, FailOn::None.as_str()]).map(move |text| match text == name {
        true => finds,
        false => FailOn::None,
    })
}
