//! The `cutover` command: what the library does, line by line on NDJSON, from a shell.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod commands;
mod crew;
mod envelope;
mod failure;
mod json;
mod log;
mod ndjson;
mod progress;
mod record;
mod rerun;
mod rollout;
mod split;
mod stream;
mod summary;
mod time;

use std::process::ExitCode;

use clap::Parser;

/// Move an API from v1 to v2 and back: route, upgrade, validate and compare contributions.
#[derive(Parser, Debug)]
#[command(name = "cutover", version, propagate_version = true, after_long_help = LONG_HELP)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

// At most 78 columns: clap would wrap longer lines in the middle of a table.
const LONG_HELP: &str = "\
Input is one JSON object a line, {\"id\":\"...\",\"payload\":{...}}, from a file
or standard input; output is one JSON object a line, in the same order.
A summary goes to stderr, with a progress bar when that is a terminal.

Lines that cannot be handled:
  They get {\"line\":N,\"id\":...,\"error\":{\"code\",\"path\",\"message\"}}, the rest is
  handled, and the exit code is 1. The id is null if it could not be read.
  A payload that is JSON but rejected is no such line.
    empty_line      nothing but white space
    malformed_json  not JSON, not UTF-8, a NUL or another control character,
                    a byte order mark
    malformed_line  JSON of another form: no object, or a member that is
                    missing, twice, unknown or of the wrong type;
                    for route, an id that is not UTF-8 or has a NUL
    too_large       a line of more than 1,048,576 bytes, skipped unread

Environment:
  CUTOVER_BRAKE        neither empty nor 0: everything goes to v1
  CUTOVER_API_VERSION  v1 or v2: everything goes there
  They count for run, route and explain as in a service that has them.

Exit code:
  0  every line was handled, rejected payloads included
  1  some line was not, or reading or writing failed
  2  wrong usage, or a rollout document that is not valid
  3  preflight: someone would leave v2 (see --allow-backward);
     plan: a gate is closed, or there is no phase to go to;
     plan status --exit-code: a gate is on hold
  4  plan status --exit-code: a gate is no-go, or the decision log is damaged";

fn main() -> ExitCode {
    match Cli::parse().command.run() {
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
