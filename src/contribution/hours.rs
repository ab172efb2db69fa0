//! Placeholder until the grammar is merged.
use crate::payload::kind::Reading;
pub(super) fn read(text: &str) -> Reading<'_> {
    Reading {
        normal: crate::payload::kind::Normal::Same,
        readable: true,
    }
}
pub(super) fn read_v1(text: &str) -> Reading<'_> {
    crate::payload::kind::trimmed(text)
}
