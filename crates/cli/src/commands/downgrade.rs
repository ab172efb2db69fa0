//! `cutover downgrade`: v2 payloads to v1, for a way back that loses nothing.

use std::process::ExitCode;

use clap::Args;
use cutover::contribution;

use crate::failure::Failure;
use crate::json;
use crate::record::Record;
use crate::stream::Streams;
use crate::summary::{FailOn, Tally};

/// Downgrade v2 payloads to v1
///
/// In:  {"id","payload"}, v2 payloads, and what the upgrade wrote as "assumed"
/// Out: {"id","payload","findings"}, or with
///      "error":{"code","path","message"} instead of "payload"
///
/// The id is copied; it is no part of the payload. Members that the upgrade
/// filled in are left out again by its "assumed"; without it they are facts
/// (a fee of 0, say) but for what is unknown.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Downgrade {
    /// Exit with 3 if any payload was rejected
    #[arg(long, value_name = "WHAT", default_value = "none", value_parser = super::fail_on(FailOn::Rejected))]
    fail_on: FailOn,
    #[command(flatten)]
    streams: Streams,
}

impl Downgrade {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
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
