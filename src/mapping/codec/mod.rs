//! Codecs: named pairs of spellings that convert into each other exactly, on JSON text and never through a float.
//!
//! Each has a file of its own, which says what it accepts, what it writes up and down, what it can lose and its samples.

mod base64;
mod integer;
mod joined;
mod named;
mod number_string;
mod posix_rfc3339;
mod prefix;
mod scale;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::call::Side;
use super::decimal::Decimal;
use super::definition::JsonType;
use super::json;
use super::tape::{Shape, Value};

pub(crate) use named::NAMES;

/// A codec and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    PosixRfc3339,
    /// How many digits the decimal point moves to the right, up.
    Scale {
        by: i32,
    },
    Integer,
    NumberString,
    Prefix {
        text: Box<str>,
    },
    Joined {
        separator: Box<str>,
    },
    Base64,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coded {
    /// It was written, and comes back as it was.
    Exact,
    /// It was written without its fraction of a second.
    Cut,
    /// It is null or of a type that the codec doesn't take: nothing was written, and it stays as it is.
    Left,
}

/// The value is outside the codec's domain: the finding `out_of_domain`. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outside {
    /// What it must be, for the message.
    pub(crate) reason: &'static str,
}

/// Values that show what a codec does, as JSON texts: for tests, generated payloads and docs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Samples {
    /// The first converts up to exactly the second, and the second down to the value of the first.
    pub(crate) pairs: Vec<(String, String)>,
    /// Outside the domain on the way up.
    pub(crate) outside_from: Vec<String>,
    /// Outside the domain on the way down.
    pub(crate) outside_to: Vec<String>,
}

impl Codec {
    /// Appends to `out` what a value of `from` is in `to`. `loss_allowed`: the rule says `lost`.
    ///
    /// # Errors
    /// It is outside the domain; `out` is as it was.
    pub(crate) fn up(
        &self,
        value: Value<'_>,
        loss_allowed: bool,
        out: &mut Vec<u8>,
    ) -> Result<Coded, Outside> {
        self.convert(Side::From, value, loss_allowed, out)
    }

    /// Appends to `out` what a value of `to` is in `from`.
    ///
    /// # Errors
    /// It is outside the domain; `out` is as it was.
    pub(crate) fn down(
        &self,
        value: Value<'_>,
        loss_allowed: bool,
        out: &mut Vec<u8>,
    ) -> Result<Coded, Outside> {
        self.convert(Side::To, value, loss_allowed, out)
    }

    fn convert(
        &self,
        side: Side,
        value: Value<'_>,
        loss_allowed: bool,
        out: &mut Vec<u8>,
    ) -> Result<Coded, Outside> {
        if value.shape() != self.reads(side) {
            return Ok(Coded::Left);
        }
        let start = out.len();
        let written = match (self, side) {
            (Self::PosixRfc3339, Side::From) => posix_rfc3339::up(number(value), out),
            (Self::PosixRfc3339, Side::To) => {
                return posix_rfc3339::down(&string(value), loss_allowed, out);
            }
            (Self::Scale { by }, Side::From) => scale::up(number(value), *by, out),
            (Self::Scale { by }, Side::To) => scale::down(number(value), *by, out),
            (Self::Integer, _) => integer::convert(number(value), out),
            (Self::NumberString, Side::From) => number_string::up(value.text(), out),
            (Self::NumberString, Side::To) => number_string::down(&string(value), out),
            (Self::Prefix { text }, Side::From) => prefix::up(&string(value), text, out),
            (Self::Prefix { text }, Side::To) => prefix::down(&string(value), text, out),
            (Self::Joined { separator }, Side::From) => {
                joined::up(&string(value), separator, out);
                Ok(())
            }
            (Self::Joined { separator }, Side::To) => joined::down(value, separator, out),
            (Self::Base64, Side::From) => base64::up(&string(value), out),
            (Self::Base64, Side::To) => base64::down(&string(value), out),
        };
        match written {
            Ok(()) => Ok(Coded::Exact),
            Err(outside) => {
                out.truncate(start);
                Err(outside)
            }
        }
    }

    /// The JSON type of the codec's values on a side; a value of another type stays as it is.
    pub(crate) fn shape(&self, side: Side) -> JsonType {
        match (self, side) {
            (Self::PosixRfc3339, Side::From) | (Self::Integer, _) => JsonType::Integer,
            (Self::Scale { by }, Side::To) if *by > 0 => JsonType::Integer,
            (Self::Scale { by }, Side::From) if *by < 0 => JsonType::Integer,
            (Self::Scale { .. }, _) | (Self::NumberString, Side::From) => JsonType::Number,
            (Self::Joined { .. }, Side::To) => JsonType::Array,
            _ => JsonType::String,
        }
    }

    fn reads(&self, side: Side) -> Shape {
        match self.shape(side) {
            JsonType::Integer | JsonType::Number => Shape::Number,
            JsonType::Array => Shape::Array,
            _ => Shape::String,
        }
    }

    /// Values inside and outside its domain.
    pub(crate) fn samples(&self) -> Samples {
        match self {
            Self::PosixRfc3339 => posix_rfc3339::samples(),
            Self::Scale { by } => scale::samples(*by),
            Self::Integer => integer::samples(),
            Self::NumberString => number_string::samples(),
            Self::Prefix { text } => prefix::samples(text),
            Self::Joined { separator } => joined::samples(separator),
            Self::Base64 => base64::samples(),
        }
    }
}

impl Samples {
    fn new(pairs: &[(&str, &str)], outside_from: &[&str], outside_to: &[&str]) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            pairs: pairs
                .iter()
                .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
                .collect(),
            outside_from: owned(outside_from),
            outside_to: owned(outside_to),
        }
    }
}

fn number(value: Value<'_>) -> Decimal<'_> {
    Decimal::of(value.text())
}

fn string(value: Value<'_>) -> Cow<'_, str> {
    value.string().unwrap_or_default()
}

/// `text` as a JSON string, for samples.
fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    json::write_string(text, &mut out);
    String::from_utf8(out).unwrap_or_default()
}
