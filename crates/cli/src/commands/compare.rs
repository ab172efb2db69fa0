//! `cutover compare`: whether v1 and v2 payloads are equivalent.

use std::process::ExitCode;

use clap::Args;
use cutover::contribution::equivalence::Comparer;

use super::PolicyName;
use crate::envelope;
use crate::exit::{self, FailOn};
use crate::failure::Failure;
use crate::json;
use crate::mapped::MappingArgs;
use crate::stream::Streams;
use crate::summary::Tally;

/// Check that pairs of v1 and v2 payloads are equivalent
///
/// In:  {"id","v1":{…},"v2":{…}}
/// Out: {"id","equivalent","differences":[{"path","v1","v2"}]}
///
/// With --mapping:
/// In:  {"id","from":{…},"to":{…}}
/// Out: {"id","equivalent","differences":[{"path","from","to"}]}, or for a pair
///      of which one is rejected {"id","side","error","findings"}
///
/// With --document FROM TO the pair is two files, and the differences are
/// written one a line.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Compare {
    #[command(flatten)]
    policy: PolicyName,
    /// Exit with 3 if any pair differs
    #[arg(long, value_name = "WHAT", default_value = "different", value_parser = exit::fail_on(FailOn::Different))]
    fail_on: FailOn,
    #[command(flatten)]
    mapping: MappingArgs,
    #[command(flatten)]
    streams: Streams,
}

impl Compare {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let policy = self.policy.policy.as_deref();
        if let Some(mapped) = self.mapping.open(policy, &self.streams)? {
            return mapped.compare(self.fail_on, &self.streams);
        }
        let policy = self.policy.contribution();
        self.streams.run(
            self.fail_on,
            Tally::of(&["equivalent", "different"]),
            move |line, out, tally| {
                let parts = envelope::parse(line, ["v1", "v2"])?;
                let (id, [v1, v2]) = (parts.id, parts.values);
                let compared = Comparer::new().id(&id).policy(policy).compare(v1, v2);
                json::begin(out, &id)?;
                let kind = match compared {
                    Ok(()) => {
                        out.extend_from_slice(br#","equivalent":true,"differences":[]}"#);
                        0
                    }
                    Err(differences) => {
                        out.extend_from_slice(br#","equivalent":false"#);
                        json::differences(out, &differences)?;
                        out.push(b'}');
                        1
                    }
                };
                tally.kind(kind);
                tally.handled();
                Ok(())
            },
        )
    }
}
