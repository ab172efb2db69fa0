//! `cutover mapping schema`: the JSON Schema of one version.

use std::process::ExitCode;

use clap::Args;

use super::DefinitionArgs;
use crate::commands::print;
use crate::failure::Failure;
use crate::mapped;

/// Write the JSON Schema of a version
#[derive(Args, Debug)]
pub(crate) struct Schema {
    #[command(flatten)]
    definition: DefinitionArgs,

    /// The version's name, or "from" or "to"
    #[arg(long, value_name = "VERSION", default_value = "from")]
    api: String,
}

impl Schema {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let (_, mapping) = self.definition.open()?;
        let side = mapped::side(&mapping, &self.api)?;
        let Some(schema) = mapping.schema(side) else {
            let version = mapping.version(side);
            return Err(Failure::Io(format!(
                "the definition gives no schema for version {version:?}"
            )));
        };
        let text = serde_json::to_vec_pretty(schema);
        let mut text = text.map_err(|error| Failure::Io(error.to_string()))?;
        text.push(b'\n');
        print(&text)
    }
}
