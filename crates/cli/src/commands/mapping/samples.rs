//! `cutover mapping samples`: generated payloads of one version, as lines for the other commands.

use std::process::ExitCode;

use clap::Args;

use super::DefinitionArgs;
use crate::failure::Failure;
use crate::mapped;
use crate::ndjson::Output;

/// Write generated payloads of a version, one {"id","payload"} a line
///
/// The same definition, version and seed give the same payloads. They are meant
/// to be valid, and to be odd: bounds, empty and absent values, unknown members.
/// A few are not valid, since not every schema can be met by building.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Samples {
    #[command(flatten)]
    definition: DefinitionArgs,

    /// The version's name, or "from" or "to"
    #[arg(long, value_name = "VERSION", default_value = "from")]
    api: String,

    /// How many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    count: u64,

    /// Another seed gives other payloads
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Samples {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let (_, mapping) = self.definition.open()?;
        let side = mapped::side(&mapping, &self.api)?;
        let mut output = Output::open(None)?;
        for (number, mut payload) in (0..self.count).zip(mapping.samples(side, self.seed).valid()) {
            // White space between tokens; a string has no newline that isn't escaped.
            for byte in &mut payload {
                if matches!(byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            }
            let begin = format!(r#"{{"id":"sample-{}","payload":"#, number + 1);
            output.buffer.extend_from_slice(begin.as_bytes());
            output.buffer.extend_from_slice(&payload);
            output.buffer.extend_from_slice(b"}\n");
            output.spill()?;
        }
        output.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
