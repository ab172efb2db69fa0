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

use super::kind::{Normal, trim};

/// How v1's `hours` is stored: trimmed, its words replaced.
pub(crate) fn of_v1(text: &str) -> Normal<'_> {
    let part = trim(text);
    match words(part) {
        Words::Kept if part.len() == text.len() => Normal::Same,
        Words::Kept => Normal::Part(part),
        Words::Mapped(hours) => Normal::Part(hours),
        Words::Dropped => Normal::Dropped,
    }
}
