//! Eight bytes at a time: where a string or a run of digits ends.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x80 * ONES;

/// Where the next quote, backslash or control character stands, or the end.
#[inline(always)]
pub(crate) fn special(bytes: &[u8], at: usize) -> usize {
    first(bytes, at, |word| {
        // `^ 2` swaps the quote with the space: now what is below 0x21 is the quote and the control characters.
        let low = (word ^ (2 * ONES)).wrapping_sub(0x21 * ONES);
        let slash = (word ^ (b'\\' as u64 * ONES)).wrapping_sub(ONES);
        (low | slash) & !word
    })
}

/// Where the next byte that is no digit stands, or the end.
#[inline(always)]
pub(crate) fn digits(bytes: &[u8], at: usize) -> usize {
    first(bytes, at, |word| {
        let digit = word ^ (b'0' as u64 * ONES);
        digit.wrapping_add(0x76 * ONES) | digit
    })
}

/// Where the first byte stands whose highest bit `marks` sets, or the end. Carries and borrows only reach bytes behind
/// one that is marked, so that the lowest mark is always a true one. A zero byte must be marked.
#[inline(always)]
fn first(bytes: &[u8], mut at: usize, marks: impl Fn(u64) -> u64) -> usize {
    let marks = |word| marks(word) & HIGHS;
    let mut rest = bytes.get(at..).unwrap_or_default();
    while let Some((chunk, behind)) = rest.split_first_chunk() {
        let marks = marks(u64::from_le_bytes(*chunk));
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
        rest = behind;
    }
    last(bytes, at, marks)
}

/// [`first`] among the last seven bytes.
#[inline(never)]
fn last(bytes: &[u8], at: usize, marks: impl Fn(u64) -> u64) -> usize {
    let left = bytes.len().saturating_sub(at);
    match bytes.last_chunk() {
        // The last eight bytes, without those before `at`: zeros come in behind.
        Some(chunk) if left > 0 => {
            at + marks(u64::from_le_bytes(*chunk) >> (64 - 8 * left)).trailing_zeros() as usize / 8
        }
        _ => (at..bytes.len())
            .find(|&at| marks(u64::from(bytes[at])) & 0x80 != 0)
            .unwrap_or(bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of a text of every length up to three words, and what stands behind it.
    #[test]
    fn both_find_what_a_search_byte_by_byte_finds() {
        for len in 0..=24 {
            for place in 0..len {
                for byte in 0..=u8::MAX {
                    for fill in [b'7', b'x', b' ', 0xC3, 0xFF] {
                        let mut bytes = vec![fill; len];
                        bytes[place] = byte;
                        for at in 0..=len {
                            let expected = |is: &dyn Fn(u8) -> bool| {
                                (at..len).find(|&at| is(bytes[at])).unwrap_or(len)
                            };
                            let is_special = |b| b == b'"' || b == b'\\' || b < 0x20;
                            assert_eq!(
                                special(&bytes, at),
                                expected(&is_special),
                                "{bytes:?} {at}"
                            );
                            let is_other = |b: u8| !b.is_ascii_digit();
                            assert_eq!(digits(&bytes, at), expected(&is_other), "{bytes:?} {at}");
                        }
                    }
                }
            }
        }
    }
}
