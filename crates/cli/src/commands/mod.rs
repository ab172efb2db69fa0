//! The commands, one file each.

mod compare;
mod completions;
mod downgrade;
mod explain;
mod form;
mod mapping;
mod plan;
mod preflight;
mod replay;
mod report;
mod route;
mod run;
mod schema;
mod simulate;
mod upgrade;
mod validate;

use std::io;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args, CommandFactory, Subcommand};
use cutover::Version;
use cutover::contribution::Policy;
use serde::Serialize;

use crate::exit::EXIT_STATUS;
use crate::failure::Failure;
use crate::ndjson::Output;

// A command's help is the doc comment of its arguments.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    #[command(after_long_help = EXIT_STATUS)]
    Run(run::Run),
    #[command(after_long_help = EXIT_STATUS)]
    Route(route::Route),
    #[command(after_long_help = EXIT_STATUS)]
    Explain(explain::Explain),
    #[command(after_long_help = EXIT_STATUS)]
    Form(form::Form),
    #[command(after_long_help = EXIT_STATUS)]
    Upgrade(upgrade::Upgrade),
    #[command(after_long_help = EXIT_STATUS)]
    Downgrade(downgrade::Downgrade),
    #[command(after_long_help = EXIT_STATUS)]
    Validate(validate::Validate),
    #[command(after_long_help = EXIT_STATUS)]
    Compare(compare::Compare),
    #[command(after_long_help = EXIT_STATUS)]
    Mapping(mapping::Mapping),
    #[command(after_long_help = EXIT_STATUS)]
    Preflight(preflight::Preflight),
    #[command(after_long_help = EXIT_STATUS)]
    Simulate(simulate::Simulate),
    #[command(after_long_help = EXIT_STATUS)]
    Replay(replay::Replay),
    #[command(after_long_help = EXIT_STATUS)]
    Report(report::Report),
    // Says itself what its steps refuse.
    Plan(plan::Plan),
    #[command(after_long_help = EXIT_STATUS)]
    Schema(schema::Schema),
    #[command(after_long_help = EXIT_STATUS)]
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
            Self::Mapping(command) => command.run(),
            Self::Preflight(command) => command.run(),
            Self::Simulate(command) => command.run(),
            Self::Replay(command) => command.run(),
            Self::Report(command) => command.run(),
            Self::Plan(command) => command.run(),
            Self::Schema(command) => command.run(),
            Self::Completions(command) => command.run(),
        }
    }
}

/// How an upgrade fills what v1 does not say.
#[derive(Args, Clone, Copy, Debug)]
struct PolicyArgs {
    /// What to write where v1 says nothing: "unknown", or the guesses of the legacy transformer
    #[arg(long, default_value = "unknowns", value_parser = policy())]
    policy: Policy,
}

fn policy() -> impl TypedValueParser<Value = Policy> {
    PossibleValuesParser::new(["unknowns", "legacy"]).try_map(|text| text.parse::<Policy>())
}

fn version() -> impl TypedValueParser<Value = Version> {
    PossibleValuesParser::new(["v1", "v2"]).try_map(|text| text.parse::<Version>())
}

/// As [`PolicyArgs`], and with --mapping a policy of the definition.
#[derive(Args, Clone, Debug)]
struct PolicyName {
    /// What to write where v1 says nothing: "unknowns" (the default) or "legacy"; with --mapping, one of the definition's
    /// policies, the first by default
    #[arg(long)]
    policy: Option<String>,
}

impl PolicyName {
    /// The contribution's policy of this name.
    fn contribution(&self) -> Policy {
        match &self.policy {
            Some(name) => judged(["policy", "POLICY"], name, policy()),
            None => Policy::default(),
        }
    }
}

/// The value of an option, given with its value's name, which means something else with --mapping: without it, what is
/// wrong with the value is said as clap says it.
fn judged<P: TypedValueParser>(option: [&'static str; 2], text: &str, parser: P) -> P::Value {
    let [name, value] = option;
    let arg = Arg::new(name).long(name).value_name(value);
    parser
        .parse_ref(&crate::Cli::command(), Some(&arg), text.as_ref())
        .unwrap_or_else(|error| error.exit())
}

/// Writes one value as a line of JSON to standard output.
fn print_json(value: &impl Serialize) -> Result<ExitCode, Failure> {
    let mut line = serde_json::to_vec(value).map_err(|error| Failure::Io(error.to_string()))?;
    line.push(b'\n');
    print(&line)
}

/// Writes what this tells, styles included, to standard output.
fn print_text(tell: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<ExitCode, Failure> {
    let mut output = Output::for_people();
    tell(&mut output.buffer).map_err(|error| Failure::Io(error.to_string()))?;
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Writes one document to standard output.
fn print(document: &[u8]) -> Result<ExitCode, Failure> {
    let mut output = Output::open(None)?;
    output.buffer.extend_from_slice(document);
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}
