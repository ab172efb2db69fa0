//! `cutover mapping`: what a definition is worth, before any payload goes through it.

mod check;
mod explain;
mod recorded;
mod samples;
mod schema;
mod tell;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use cutover::mapping::{self, Definition};

use crate::exit::EXIT_STATUS;
use crate::failure::Failure;
use crate::mapped::{self, Said};

/// Look into a mapping's definition: what is wrong with it, what it loses, what it makes of a payload
///
/// A definition (TOML or JSON) says once how two versions of a team's JSON
/// correspond. run, upgrade, downgrade, validate and compare convert by it with
/// --mapping.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Mapping {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand, Debug)]
enum Step {
    #[command(after_long_help = EXIT_STATUS)]
    Check(check::Check),
    #[command(after_long_help = EXIT_STATUS)]
    Losses(check::Losses),
    #[command(after_long_help = EXIT_STATUS)]
    Schema(schema::Schema),
    #[command(after_long_help = EXIT_STATUS)]
    Samples(samples::Samples),
    #[command(after_long_help = EXIT_STATUS)]
    Explain(explain::Explain),
}

impl Mapping {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        match &self.step {
            Step::Check(step) => step.run(),
            Step::Losses(step) => step.run(),
            Step::Schema(step) => step.run(),
            Step::Samples(step) => step.run(),
            Step::Explain(step) => step.run(),
        }
    }
}

/// The definition that is looked into.
#[derive(Args, Debug)]
struct DefinitionArgs {
    /// The definition, a .toml or .json file
    definition: PathBuf,

    /// The folder in which its schema paths start, instead of its own
    #[arg(long, value_name = "FOLDER")]
    schemas: Option<PathBuf>,
}

impl DefinitionArgs {
    fn open(&self) -> Result<(Definition, mapping::Mapping), Failure> {
        mapped::open(&self.definition, self.schemas.as_deref())
    }
}

/// What is said with a payload.
#[derive(Args, Debug)]
struct SaidArgs {
    /// A value that the definition asks for in `context`; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = mapped::pair)]
    context: Vec<(String, String)>,

    /// One of the definition's policies; the first by default
    #[arg(long)]
    policy: Option<String>,
}

impl SaidArgs {
    fn said(&self) -> Said {
        Said {
            context: self.context.clone(),
            policy: self.policy.clone(),
            dialect: None,
        }
    }
}
