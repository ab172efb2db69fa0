//! `cutover form`: what people filled in, as v1 or as v2 payloads.

use std::process::ExitCode;

use clap::Args;
use cutover::Version;
use cutover::contribution::{Upgrader, form_to_v1, form_to_v2};

use super::PolicyArgs;
use crate::exit::{self, FailOn};
use crate::failure::Failure;
use crate::json;
use crate::record::Record;
use crate::stream::Streams;
use crate::summary::Tally;

/// Turn filled-in forms into v1 or v2 payloads
///
/// In:  {"id","payload"}, the payloads are forms
/// Out: {"id","payload","findings"}, or with
///      "error":{"code","path","message"} instead of "payload"
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Form {
    /// The version to write
    #[arg(long, value_parser = super::version())]
    to: Version,
    #[command(flatten)]
    policy: PolicyArgs,
    /// Exit with 3 if any form was rejected
    #[arg(long, value_name = "WHAT", default_value = "none", value_parser = exit::fail_on(FailOn::Rejected))]
    fail_on: FailOn,
    #[command(flatten)]
    streams: Streams,
}

impl Form {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let to = self.to;
        let upgrader = Upgrader::new().policy(self.policy.policy);
        self.streams.run(
            self.fail_on,
            Tally::of(&[]).with_rejections(),
            move |line, out, tally| {
                let record = Record::read(line)?;
                json::begin(out, &record.id)?;
                record.convert(out, tally, |form, id, out| match to {
                    Version::V1 => form_to_v1(form, out),
                    Version::V2 => form_to_v2(form, &upgrader, id, out),
                })?;
                out.push(b'}');
                tally.handled();
                Ok(())
            },
        )
    }
}
