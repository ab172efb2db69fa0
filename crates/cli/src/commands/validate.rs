//! `cutover validate`: every finding of each payload, not just the first.

use std::process::ExitCode;

use clap::Args;
use cutover::Version;

use crate::exit::{self, FailOn};
use crate::failure::Failure;
use crate::json;
use crate::mapped::MappingArgs;
use crate::record::Record;
use crate::stream::Streams;
use crate::summary::Tally;

/// Check payloads against v1 or v2
///
/// In:  {"id","payload"}
/// Out: {"id","valid","findings"}, each of
///      {"severity","code","path","tier","message"}
///
/// With --document one whole payload is read, nothing is written to standard
/// output, and the findings go to stderr, one a line.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Validate {
    /// The version whose rules apply: v1 or v2; with --mapping, a version of the definition, or "from" or "to"
    #[arg(long)]
    api: String,
    /// Exit with 3 if any payload was rejected
    #[arg(long, value_name = "WHAT", default_value = "rejected", value_parser = exit::fail_on(FailOn::Rejected))]
    fail_on: FailOn,
    /// With --mapping, one of the definition's policies
    #[arg(long, requires = "mapping")]
    policy: Option<String>,
    #[command(flatten)]
    mapping: MappingArgs,
    #[command(flatten)]
    streams: Streams,
}

impl Validate {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let policy = self.policy.as_deref();
        if let Some(mapped) = self.mapping.open_to_judge(policy, &self.streams)? {
            return mapped.validate(&self.api, self.fail_on, &self.streams);
        }
        let api: Version = super::judged(["api", "API"], &self.api, super::version());
        self.streams.run(
            self.fail_on,
            Tally::of(&["valid"]).with_rejections(),
            move |line, out, tally| {
                let record = Record::read(line)?;
                let report = record.validate(api)?;
                json::begin(out, &record.id)?;
                out.extend_from_slice(match report.first_error() {
                    None => br#","valid":true"#,
                    Some(_) => br#","valid":false"#,
                });
                json::findings(out, report.findings())?;
                out.push(b'}');
                match report.first_error() {
                    None => tally.kind(0),
                    Some(first) => tally.rejected(first.code().as_str()),
                }
                tally.handled();
                Ok(())
            },
        )
    }
}
