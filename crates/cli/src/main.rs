//! The `cutover` command: what the library does, line by line on NDJSON, from a shell.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod commands;
mod envelope;
mod exit;
mod failure;
mod json;
mod log;
mod mapped;
mod ndjson;
mod parallel;
mod progress;
mod record;
mod rerun;
mod rollout;
mod split;
mod stream;
mod style;
mod summary;
mod time;

use std::process::ExitCode;

use clap::Parser;

/// Move an API from v1 to v2 and back: route, upgrade, validate and compare contributions.
#[derive(Parser, Debug)]
#[command(
    name = "cutover",
    version,
    propagate_version = true,
    after_long_help = format!("{LONG_HELP}\n\n{}", exit::EXIT_STATUS)
)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,

    /// Colour in text for people; auto is on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: clap::ColorChoice,
}

// At most 78 columns: clap would wrap longer lines in the middle of a table.
const LONG_HELP: &str = "\
Commands that answer line by line (run, route, upgrade, downgrade, form,
validate, compare) read one JSON object a line, {\"id\":\"...\",\"payload\":{...}},
from a file or standard input, and write one a line, in the same order. A
summary goes to stderr, with a progress bar when that is a terminal. All other
commands write for people, and JSON with --json; schema and completions write
files for other programs.

Lines that cannot be handled:
  The answer is {\"line\":N,\"id\":...,\"error\":{\"code\",\"path\",\"message\"}}, with a
  null id if that could not be read. The other lines are handled, and the exit
  status is 1. A payload that is JSON but rejected is a handled line.
    empty_line      only white space
    malformed_json  not JSON, not UTF-8, a NUL or another control character,
                    a byte order mark
    malformed_line  JSON of another shape: not an object, or a member is
                    missing, repeated, unknown or of the wrong type;
                    for route, an id that is not UTF-8 or has a NUL
    too_large       longer than 1,048,576 bytes; the line is skipped

Environment:
  CUTOVER_BRAKE        set (non-empty, not 0): sends everything to v1
  CUTOVER_API_VERSION  v1 or v2: sends everything there
  NO_COLOR             set (non-empty): no colour, as with --color never
  The first two count for run, route and explain, as they do in a service.";

fn main() -> ExitCode {
    let cli = Cli::parse();
    style::choose(cli.color);
    match cli.command.run() {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Cli::command().debug_assert();
    }
}
