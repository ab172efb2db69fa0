//! `cutover explain`: why one id gets the version it gets.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use clap::builder::styling::Style;
use cutover::Request;
use cutover::routing::{Considered, Explanation};
use serde::Serialize;

use super::{print_json, print_text};
use crate::failure::Failure;
use crate::rollout::RolloutArgs;
use crate::style::{GOOD, HEADING};
use crate::summary::Grouped;

/// Show how one id is routed: every rule, and which one decided
///
/// Every rule is listed, highest first, with the version that it gives; the first that gives one decides.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    #[command(flatten)]
    rollout: RolloutArgs,

    /// The id to route
    id: String,

    /// The version that the caller asks for, as with X-Api-Version: v1 or v2; another is ignored
    #[arg(long, value_name = "VERSION")]
    requested: Option<String>,

    /// Write {"id","decision","rules"} as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    id: &'a str,
    #[serde(flatten)]
    explanation: &'a Explanation,
}

impl Explain {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let router = self.rollout.router()?;
        let request = Request::new(&self.id).requested(self.requested.as_deref());
        let explanation = router.explain(&request);
        if self.json {
            return print_json(&Document {
                id: &self.id,
                explanation: &explanation,
            });
        }
        print_text(|out| tell(&self.id, &explanation, out))
    }
}

fn tell(id: &str, explanation: &Explanation, out: &mut Vec<u8>) -> io::Result<()> {
    let decision = &explanation.decision;
    let (version, reason) = (decision.version(), decision.reason());
    let bucket = Grouped(decision.bucket().get().into());
    writeln!(out, "id        {}", id.escape_debug())?;
    writeln!(
        out,
        "version   {HEADING}{version}{HEADING:#}, reason {reason}"
    )?;
    writeln!(
        out,
        "bucket    {bucket} of 1,000,000, share {}",
        decision.share()
    )?;
    writeln!(out, "revision  {}\n", decision.revision())?;
    writeln!(out, "{HEADING}   rule       gives  because{HEADING:#}")?;
    for (number, rule) in (1..).zip(&explanation.rules) {
        let style = if rule.applied { GOOD } else { Style::new() };
        writeln!(out, "{style}{}{style:#}", row(number, rule))?;
    }
    Ok(())
}

fn row(number: usize, rule: &Considered) -> String {
    let mark = if rule.applied { '>' } else { ' ' };
    let gives = rule.version.map_or("-", |version| version.as_str());
    format!(
        "{mark}{number} {:9}  {gives:5}  {}",
        rule.rule,
        rule.because.escape_debug()
    )
}
