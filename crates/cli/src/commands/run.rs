//! `cutover run`: what a service would do with each contribution.

use std::ops::RangeInclusive;
use std::process::ExitCode;

use clap::Args;
use cutover::contribution::Upgrader;
use cutover::{Request, Router, Version};

use super::PolicyName;
use crate::envelope::Fault;
use crate::exit::{self, FailOn};
use crate::failure::Failure;
use crate::json;
use crate::mapped::MappingArgs;
use crate::record::Record;
use crate::rollout::RolloutArgs;
use crate::stream::Streams;
use crate::summary::Tally;

/// Route each contribution by its id and upgrade those for v2
///
/// In:  {"id","payload"}, v1 payloads
/// Out: {"id","version","reason","bucket","payload","assumed","findings"}, or
///      with "error":{"code","path","message"} instead of "payload"
///
/// A payload for v1 is validated and copied, byte for byte; one for v2 is
/// upgraded and validated. "assumed" is for a later downgrade.
///
/// With --mapping the payloads are any team's, v1 and v2 stand for the
/// definition's "from" and "to", and "assumed" is an array of JSON pointers.
/// With --document one whole payload is routed by --id; the decision and the
/// findings go to stderr, one a line.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Run {
    #[command(flatten)]
    rollout: RolloutArgs,
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

impl Run {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        self.rollout.keep_from(&self.streams)?;
        let router = self.rollout.router()?;
        let policy = self.policy.policy.as_deref();
        if let Some(mapped) = self.mapping.open(policy, &self.streams)? {
            return mapped.run(router, self.fail_on, &self.streams);
        }
        let upgrader = Upgrader::new().policy(self.policy.contribution());
        self.streams.run(
            self.fail_on,
            Tally::of(&["v1", "v2"]).with_rejections(),
            move |line, out, tally| answer(&router, &upgrader, line, out, tally),
        )
    }
}

/// The ids that an upgrade takes. Another is refused for v1 as well, in the upgrade's words: else raising the share would
/// turn its owner away.
const ID_BYTES: RangeInclusive<usize> = 1..=1_024;

fn answer(
    router: &Router,
    upgrader: &Upgrader,
    line: &[u8],
    out: &mut Vec<u8>,
    tally: &mut Tally,
) -> Result<(), Fault> {
    let record = Record::read(line)?;
    let decision = router.decide(&Request::new(&*record.id));
    json::begin(out, &record.id)?;
    json::decision(out, &decision)?;
    match decision.version() {
        Version::V1 if ID_BYTES.contains(&record.id.len()) => {
            record.keep(Version::V1, out, tally)?;
        }
        _ => record.upgrade(upgrader, out, tally)?,
    }
    out.push(b'}');
    tally.kind(decision.version() as usize);
    tally.handled();
    Ok(())
}
