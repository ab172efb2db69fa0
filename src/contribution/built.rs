//! A short text made without allocating.

/// A short ASCII text made on the stack: a price is at most 32 digits, a point, padding and a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Built {
    bytes: [u8; 48],
    len: u8,
}

impl Built {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; 48],
            len: 0,
        }
    }

    /// Of an ASCII text; ignores what is beyond its room.
    pub(crate) fn from_ascii(text: &str) -> Self {
        let mut built = Self::new();
        built.push_str(text);
        built
    }

    /// Ignores what is beyond its room.
    pub(crate) fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(usize::from(self.len)) {
            *place = byte & 0x7F;
            self.len += 1;
        }
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.push(byte));
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}
