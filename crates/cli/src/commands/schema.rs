//! `cutover schema`: what a document must look like, for tools that check it elsewhere.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use cutover::mapping::Definition;
use cutover::{Version, contribution, routing};

use crate::failure::Failure;

/// Write the JSON Schema (draft 2020-12) of a document
#[derive(Args, Debug)]
pub(crate) struct Schema {
    /// The document
    of: Document,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Document {
    /// What a person filled in
    Form,
    /// A v1 payload
    V1,
    /// A v2 payload
    V2,
    /// A rollout document
    Rollout,
    /// A mapping definition, as JSON or TOML
    Mapping,
}

impl Schema {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let schema = match self.of {
            Document::Form => contribution::form_schema(),
            Document::V1 => contribution::schema(Version::V1),
            Document::V2 => contribution::schema(Version::V2),
            Document::Rollout => routing::schema(),
            Document::Mapping => Definition::format_schema().to_owned(),
        };
        super::print(schema.as_bytes())
    }
}
