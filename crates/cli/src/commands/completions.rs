//! `cutover completions`: what a shell needs to complete this command.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::failure::Failure;

/// Write completions for a shell
///
/// For bash, put this into ~/.bashrc:
///   source <(cutover completions bash)
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut crate::Cli::command(),
            "cutover",
            &mut script,
        );
        super::print(&script)
    }
}
