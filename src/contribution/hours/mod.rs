//! Opening hours: what we can read of them, and the words v1 had for them.
//!
//! Both only inform. A value outside the grammar is kept and reported, never replaced.

mod grammar;
mod reader;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use grammar::readable;
pub(crate) use words::{Words, unwords, words};
