//! `cutover downgrade`: v2 payloads to v1, for a way back that loses nothing.

use std::process::ExitCode;

use clap::Args;
use cutover::contribution;
use cutover::mapping::Side;

use crate::exit::{self, FailOn};
use crate::failure::Failure;
use crate::json;
use crate::mapped::MappingArgs;
use crate::record::Record;
use crate::stream::Streams;
use crate::summary::Tally;

/// Downgrade v2 payloads to v1
///
/// In:  {"id","payload","assumed"}, v2 payloads; "assumed" as the upgrade wrote
///      it, if it did
/// Out: {"id","payload","findings"}, or with
///      "error":{"code","path","message"} instead of "payload"
///
/// The id is copied to the output; it is not part of the payload. "assumed"
/// drops the members that the upgrade filled in. Without it only values that
/// are "unknown" are dropped, and the rest (a fee of 0, say) count as facts.
///
/// With --mapping the payloads are any team's, and "assumed" is the array of
/// JSON pointers that the upgrade wrote. With --document one whole payload is
/// read and written; its findings go to stderr, one a line.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Downgrade {
    /// Exit with 3 if any payload was rejected
    #[arg(long, value_name = "WHAT", default_value = "none", value_parser = exit::fail_on(FailOn::Rejected))]
    fail_on: FailOn,
    /// With --mapping, one of the definition's policies
    #[arg(long, requires = "mapping")]
    policy: Option<String>,
    #[command(flatten)]
    mapping: MappingArgs,
    #[command(flatten)]
    streams: Streams,
}

impl Downgrade {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let policy = self.policy.as_deref();
        if let Some(mapped) = self.mapping.open(policy, &self.streams)? {
            return mapped.convert(Side::To, self.fail_on, &self.streams);
        }
        self.streams.run(
            self.fail_on,
            Tally::of(&[]).with_rejections(),
            |line, out, tally| {
                let record = Record::read(line)?;
                json::begin(out, &record.id)?;
                record.convert(out, tally, |payload, _, out| {
                    contribution::downgrade(payload, record.assumed, out)
                })?;
                out.push(b'}');
                tally.handled();
                Ok(())
            },
        )
    }
}
