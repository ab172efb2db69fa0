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

use crate::payload::kind::{Normal, Reading, trim};

/// `opening_hours`: stored as it is.
pub(crate) fn read(text: &str) -> Reading<'_> {
    Reading {
        normal: Normal::Same,
        readable: readable(text),
    }
}

/// v1's `hours`: trimmed, then its words replaced.
pub(crate) fn read_v1(text: &str) -> Reading<'_> {
    let part = trim(text);
    let (normal, stored) = match words(part) {
        Words::Kept if part.len() == text.len() => (Normal::Same, part),
        Words::Kept => (Normal::Part(part), part),
        Words::Mapped(hours) => (Normal::Part(hours), hours),
        Words::Dropped => (Normal::Dropped, part),
    };
    Reading {
        normal,
        readable: readable(stored),
    }
}
