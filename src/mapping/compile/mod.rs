//! Compiling: from a definition to what converts documents, in one step when the program starts.

pub(crate) mod build;
mod declared;
pub(crate) mod program;
mod takes;
