//! Names told apart by two words and a length, not by hashing all of them.

/// A name's first 16 bytes, zeros behind them, and its length: all of a name of up to 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    head: u64,
    tail: u64,
    len: usize,
}

/// How many bytes of a name a fingerprint has.
const WHOLE: usize = 16;

/// The words of which so many bytes are a name's.
const MASKS: [(u64, u64); WHOLE + 1] = {
    let mut masks = [(u64::MAX, u64::MAX); WHOLE + 1];
    let mut len = 0;
    while len < WHOLE {
        masks[len] = if len < 8 {
            ((1 << (8 * len)) - 1, 0)
        } else {
            (u64::MAX, (1 << (8 * (len - 8))) - 1)
        };
        len += 1;
    }
    masks
};

impl Fingerprint {
    /// Of `text[start..end]`. Reads 16 bytes when there are as many, whatever the name's length, to save branches.
    #[inline(always)]
    pub(crate) fn within(text: &[u8], start: usize, end: usize) -> Self {
        let rest = text.get(start..).unwrap_or_default();
        let len = end.saturating_sub(start);
        match rest.first_chunk() {
            Some(chunk) => Self::cut(chunk, len),
            // Only near the end of the text.
            None => Self::of(rest.get(..len).unwrap_or_default()),
        }
    }

    /// Of the first bytes of `rest`, when that is all of the name, and easily read.
    #[inline(always)]
    pub(crate) fn short(rest: &[u8], len: usize) -> Option<Self> {
        match rest.first_chunk() {
            Some(chunk) if len <= WHOLE => Some(Self::cut(chunk, len)),
            _ => None,
        }
    }

    pub(crate) const fn of(name: &[u8]) -> Self {
        let mut bytes = [0; WHOLE];
        let mut at = 0;
        while at < WHOLE && at < name.len() {
            bytes[at] = name[at];
            at += 1;
        }
        Self::cut(&bytes, name.len())
    }

    /// Of a name that is spelled with escapes.
    #[cold]
    pub(crate) fn of_chars(name: impl Iterator<Item = char>) -> Self {
        let mut bytes = [0; WHOLE];
        let mut len = 0;
        for c in name {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                if let Some(place) = bytes.get_mut(len) {
                    *place = byte;
                }
                len += 1;
            }
        }
        Self::cut(&bytes, len)
    }

    #[inline(always)]
    const fn cut(bytes: &[u8; WHOLE], len: usize) -> Self {
        let whole = u128::from_le_bytes(*bytes);
        let masks = MASKS[if len < WHOLE { len } else { WHOLE }];
        Self {
            head: whole as u64 & masks.0,
            tail: (whole >> 64) as u64 & masks.1,
            len,
        }
    }

    #[inline(always)]
    pub(crate) const fn is(&self, other: &Self) -> bool {
        self.head == other.head && self.tail == other.tail && self.len == other.len
    }

    /// Whether it is all of the name, so that names with the same one are the same.
    #[inline(always)]
    pub(crate) const fn is_whole(&self) -> bool {
        self.len <= WHOLE
    }

    /// Odd constants from the golden ratio and the square root of 2: any odd ones with mixed bits would do.
    #[inline(always)]
    pub(crate) const fn mixed(&self) -> u64 {
        let mixed = self.head.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ self.tail.rotate_left(32).wrapping_add(self.len as u64);
        mixed.wrapping_mul(0xB504_F333_F9DE_6485)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_fingerprint_wherever_it_stands_and_however_it_is_spelled() {
        let text = "vehicle_types_available\0größe🚲";
        for (start, _) in text.char_indices() {
            for end in (start..=text.len()).filter(|&end| text.is_char_boundary(end)) {
                let name = &text[start..end];
                let print = Fingerprint::of(name.as_bytes());
                assert_eq!(Fingerprint::within(text.as_bytes(), start, end), print);
                assert_eq!(Fingerprint::of_chars(name.chars()), print);
            }
        }
    }

    #[test]
    fn names_of_up_to_16_bytes_have_different_fingerprints() {
        let names = [
            "",
            "\0",
            "lat",
            "lat\0",
            "lng",
            "is_reserved",
            "last_reported\0\0\0",
        ];
        for (at, name) in names.iter().enumerate() {
            for other in &names[..at] {
                let same = Fingerprint::of(name.as_bytes()).is(&Fingerprint::of(other.as_bytes()));
                assert!(!same, "{name:?} {other:?}");
            }
        }
    }
}
