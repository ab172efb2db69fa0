//! A value in the input, and a short text made from one.

use std::borrow::Cow;

use super::json;
use super::number::Number;
use super::scan::{Shape, Token};

/// A value in the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'t> {
    /// Its JSON text, quotes included.
    pub(crate) text: &'t str,
    pub(crate) shape: Shape,
    pub(crate) escaped: bool,
}

impl<'t> Value<'t> {
    #[inline]
    pub(crate) fn of(input: &'t str, token: Token) -> Self {
        let text = &input[token.start as usize..token.end as usize];
        Self {
            text,
            shape: token.shape,
            escaped: token.escaped,
        }
    }

    /// The text between the quotes of a string.
    #[inline]
    pub(crate) fn inside(&self) -> &'t str {
        self.text.get(1..self.text.len() - 1).unwrap_or_default()
    }

    #[inline(always)]
    pub(crate) fn is(&self, word: &str) -> bool {
        if self.escaped {
            return self.spells(word);
        }
        let bytes = self.text.as_bytes();
        bytes.len() == word.len() + 2 && &bytes[1..bytes.len() - 1] == word.as_bytes()
    }

    #[cold]
    fn spells(&self, word: &str) -> bool {
        json::chars(self.inside()).eq(word.chars())
    }

    /// The number that it is; the scan marks one with an exponent as escaped.
    #[inline]
    pub(crate) fn number(&self) -> Number<'t> {
        Number {
            text: self.text,
            has_exponent: self.escaped,
        }
    }

    /// Hands what a string says to `then`, without allocating unless it is escaped and long.
    #[inline]
    pub(crate) fn read<T>(&self, then: impl FnOnce(&str) -> T) -> T {
        if self.escaped {
            json::decoded(self.inside(), then)
        } else {
            then(self.inside())
        }
    }

    /// Whether two strings say the same.
    pub(crate) fn says(&self, other: &Self) -> bool {
        if self.escaped || other.escaped {
            json::chars(self.inside()).eq(json::chars(other.inside()))
        } else {
            self.text == other.text
        }
    }

    pub(crate) fn decoded(&self) -> Cow<'t, str> {
        json::decode(self.inside(), self.escaped)
    }

    /// No character takes less than a byte, so most strings need not be counted.
    #[inline]
    pub(crate) fn longer_than(&self, max: usize) -> bool {
        self.inside().len() > max && json::chars(self.inside()).nth(max).is_some()
    }
}

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
