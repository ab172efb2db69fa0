//! The commands, one file each.

mod compare;
mod completions;
mod downgrade;
mod explain;
mod form;
mod preflight;
mod route;
mod run;
mod schema;
mod upgrade;
mod validate;

use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use cutover::Version;
use cutover::contribution::Policy;

use crate::failure::Failure;
use crate::ndjson::Output;

// A command's help is the doc comment of its arguments.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Run(run::Run),
    Route(route::Route),
    Explain(explain::Explain),
    Form(form::Form),
    Upgrade(upgrade::Upgrade),
    Downgrade(downgrade::Downgrade),
    Validate(validate::Validate),
    Compare(compare::Compare),
    Preflight(preflight::Preflight),
    Schema(schema::Schema),
    Completions(completions::Completions),
}

impl Command {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        match self {
            Self::Run(command) => command.run(),
            Self::Route(command) => command.run(),
            Self::Explain(command) => command.run(),
            Self::Form(command) => command.run(),
            Self::Upgrade(command) => command.run(),
            Self::Downgrade(command) => command.run(),
            Self::Validate(command) => command.run(),
            Self::Compare(command) => command.run(),
            Self::Preflight(command) => command.run(),
            Self::Schema(command) => command.run(),
            Self::Completions(command) => command.run(),
        }
    }
}

/// How an upgrade fills what v1 does not say.
#[derive(Args, Clone, Copy, Debug)]
struct PolicyArgs {
    /// What to write where v1 says nothing: that it is unknown, or the old transformer's guesses
    #[arg(long, default_value = "unknowns", value_parser = policy())]
    policy: Policy,
}

fn policy() -> impl TypedValueParser<Value = Policy> {
    PossibleValuesParser::new(["unknowns", "legacy"]).try_map(|text| text.parse::<Policy>())
}

fn version() -> impl TypedValueParser<Value = Version> {
    PossibleValuesParser::new(["v1", "v2"]).try_map(|text| text.parse::<Version>())
}

/// Writes one document to standard output.
fn print(document: &[u8]) -> Result<ExitCode, Failure> {
    let mut output = Output::open(None)?;
    output.buffer.extend_from_slice(document);
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}
