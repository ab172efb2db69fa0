//! Copies of a fixed length, cut back: two moves instead of a call that looks at the length first. Of a payload's
//! members most take less than 32 bytes; the calls were a tenth of an upgrade's instructions.

use std::ops::Range;

const ROOM: usize = 32;

/// A text of at most 32 bytes with room behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Short {
    bytes: [u8; ROOM],
    len: u8,
}

impl Short {
    pub(crate) const EMPTY: Self = Self {
        bytes: [0; ROOM],
        len: 0,
    };

    /// The parts in a row. Made when the crate is compiled: there it must fit.
    pub(crate) const fn of(parts: &[&str]) -> Self {
        let mut short = Self::EMPTY;
        let mut part = 0;
        while part < parts.len() {
            let bytes = parts[part].as_bytes();
            let mut at = 0;
            while at < bytes.len() {
                short.bytes[short.len as usize] = bytes[at];
                short.len += 1;
                at += 1;
            }
            part += 1;
        }
        short
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }

    #[inline(always)]
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        push(&self.bytes, usize::from(self.len), out);
    }
}

/// Appends `text[range]`.
#[inline(always)]
pub(crate) fn write(text: &[u8], range: Range<usize>, out: &mut Vec<u8>) {
    let room = text.get(range.start..).and_then(<[u8]>::first_chunk);
    match room {
        Some(chunk) if range.len() <= 2 * ROOM => push::<{ 2 * ROOM }>(chunk, range.len(), out),
        _ => write_long(text, range, out),
    }
}

#[inline(never)]
fn write_long(text: &[u8], range: Range<usize>, out: &mut Vec<u8>) {
    out.extend_from_slice(text.get(range).unwrap_or_default());
}

#[inline(always)]
fn push<const N: usize>(chunk: &[u8; N], len: usize, out: &mut Vec<u8>) {
    let end = out.len() + len;
    out.extend_from_slice(chunk);
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_what_it_would_be_byte_by_byte() {
        let text: Vec<u8> = (0..100).collect();
        for start in 0..=text.len() {
            for end in start..=text.len() {
                let mut out = vec![7];
                write(&text, start..end, &mut out);
                assert_eq!(out[1..], text[start..end]);
            }
        }
    }

    #[test]
    fn short_texts_of_every_length() {
        let text = "0123456789abcdefghijklmnopqrstuv";
        for len in 0..=ROOM {
            let (a, b) = text[..len].split_at(len / 2);
            let short = Short::of(&[a, b]);
            let mut out = b"x".to_vec();
            short.write(&mut out);
            assert_eq!(out[1..], text.as_bytes()[..len]);
            assert_eq!(short.as_str(), &text[..len]);
        }
    }
}
