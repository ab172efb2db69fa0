//! `cutover upgrade`: v1 payloads to v2, whoever sent them.

use std::process::ExitCode;

use clap::Args;
use cutover::contribution::Upgrader;
use cutover::mapping::Side;

use super::PolicyName;
use crate::exit::{self, FailOn};
use crate::failure::Failure;
use crate::json;
use crate::mapped::MappingArgs;
use crate::record::Record;
use crate::stream::Streams;
use crate::summary::Tally;

/// Upgrade v1 payloads to v2
///
/// In:  {"id","payload"}, v1 payloads
/// Out: {"id","payload","assumed","findings"}, or with
///      "error":{"code","path","message"} instead of "payload"
///
/// "assumed" says, as a number, which core members were filled in because v1
/// didn't have them. Keep it with the record: a downgrade drops them by it.
///
/// With --mapping the payloads are any team's, and "assumed" is an array of
/// JSON pointers into the payload that was written. With --document one whole
/// payload is read and written; its findings go to stderr, one a line.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Upgrade {
    #[command(flatten)]
    policy: PolicyName,
    /// Exit with 3 if any payload was rejected
    #[arg(long, value_name = "WHAT", default_value = "none", value_parser = exit::fail_on(FailOn::Rejected))]
    fail_on: FailOn,
    #[command(flatten)]
    mapping: MappingArgs,
    #[command(flatten)]
    streams: Streams,
}

impl Upgrade {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let policy = self.policy.policy.as_deref();
        if let Some(mapped) = self.mapping.open(policy, &self.streams)? {
            return mapped.convert(Side::From, self.fail_on, &self.streams);
        }
        let upgrader = Upgrader::new().policy(self.policy.contribution());
        self.streams.run(
            self.fail_on,
            Tally::of(&[]).with_rejections(),
            move |line, out, tally| {
                let record = Record::read(line)?;
                json::begin(out, &record.id)?;
                record.upgrade(&upgrader, out, tally)?;
                out.push(b'}');
                tally.handled();
                Ok(())
            },
        )
    }
}
