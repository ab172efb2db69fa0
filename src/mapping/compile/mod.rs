//! Compiling: from a definition to what converts documents, in one step when the program starts.

pub(crate) mod build;
mod declared;
mod direct;
mod foreign;
mod groups;
mod joins;
mod keys;
pub(crate) mod program;
mod stand_ins;
mod takes;
