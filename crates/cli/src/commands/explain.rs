//! `cutover explain`: why one id gets the version it gets.

use std::fmt::Write;
use std::process::ExitCode;

use clap::Args;
use cutover::Request;
use cutover::routing::{Considered, Explanation};
use serde::Serialize;

use crate::failure::Failure;
use crate::ndjson::Output;
use crate::rollout::RolloutArgs;
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

    /// Write {"id","decision","rules"} instead of a table
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
        let mut output = Output::open(None)?;
        if self.json {
            let document = Document {
                id: &self.id,
                explanation: &explanation,
            };
            serde_json::to_writer(&mut output.buffer, &document)
                .map_err(|error| Failure::Io(error.to_string()))?;
            output.buffer.push(b'\n');
        } else {
            output
                .buffer
                .extend_from_slice(table(&self.id, &explanation).as_bytes());
        }
        output.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn table(id: &str, explanation: &Explanation) -> String {
    let decision = &explanation.decision;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "id        {}", id.escape_debug());
    let _ = writeln!(
        text,
        "version   {}, reason {}",
        decision.version(),
        decision.reason()
    );
    let bucket = Grouped(decision.bucket().get().into());
    let _ = writeln!(
        text,
        "bucket    {bucket} of 1,000,000, share {}",
        decision.share()
    );
    let _ = writeln!(text, "revision  {}\n", decision.revision());
    let _ = writeln!(text, "   rule       gives  because");
    for (number, rule) in (1..).zip(&explanation.rules) {
        let _ = writeln!(text, "{}", row(number, rule));
    }
    text
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
