//! The value rules: what each kind of member takes, what it makes of it, and what it says when it refuses.

use super::json;
use super::number;
use super::report::{Code, Tier};
use super::scan::Shape;
use super::value::{Built, Value};

/// What a member takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A non-empty string. `prefix` says what a caller's id is written with.
    Id { prefix: fn(&str) -> &'static str },
    /// A number in this range, judged as the nearest f64, kept as it is written.
    Number { min: f64, max: f64 },
    /// A bool or `"yes"`/`"no"`, written as the bool. In v1 a number may be the amount behind it.
    Flag { amount: Option<Amount> },
    /// `"yes"`, `"no"` or one more word; a bool is written as the word.
    YesNo { also: Option<&'static str> },
    /// A v1 alias of a yes/no member: a bool and nothing else.
    Bool,
    /// One of these words. A word of earlier days is replaced.
    Enum {
        words: &'static [&'static str],
        replaced: Option<(&'static str, &'static str)>,
    },
    /// A `;`-list of these words, each trimmed.
    List { words: &'static [&'static str] },
    /// At most so many characters.
    Text { max: usize },
    /// A number or a text, kept as it is written.
    TextOrNumber,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    Date,
    /// A string with a reader of its own; `unreadable` is the warning when it can't make sense of it.
    Read {
        max: usize,
        read: for<'t> fn(&'t str) -> Reading<'t>,
        /// `read` leaves the white space around a text out before it is measured.
        trims: bool,
        unreadable: Code,
    },
    /// Any JSON value.
    Any,
}

/// A number in v1 that stands for a flag and for a text in another member.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    /// The row of the member that the text goes to.
    pub(crate) into: u8,
    /// The highest amount, in plain decimal.
    pub(crate) most: &'static str,
    pub(crate) read: fn(&str) -> Price,
    /// The number that `read` turns into exactly this text, if there is one.
    pub(crate) back: fn(&str) -> Option<Built>,
}

/// What a number says as an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Price {
    Nothing,
    Negative,
    Positive(Built),
    /// A positive amount beyond the limit.
    TooHigh,
    /// No amount: too many digits, and not positive.
    OutOfRange,
}

/// What a [`Kind::Read`] makes of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'t> {
    pub(crate) normal: Normal<'t>,
    pub(crate) readable: bool,
}

/// The form in which a text is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Normal<'t> {
    Same,
    Part(&'t str),
    Built(Built),
    /// The text says nothing: it is left out, with [`Code::UnusualValue`].
    Dropped,
}

/// What is to be written for a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Out {
    /// Nothing.
    Drop,
    /// The value as it stands in the input.
    Keep,
    Yes,
    No,
    True,
    False,
    /// The value's JSON text as a string.
    Quote,
    /// What [`Kind::rewrite`] makes of it.
    Rewrite,
    /// `true`, and the amount in the member that it goes into.
    Amount,
}

impl Kind {
    /// What to write for `value`; `note` is told each code that applies. After an error the value is kept, so that
    /// whoever compares has something to compare.
    #[inline]
    pub(crate) fn judge(
        &self,
        value: Value<'_>,
        tier: Tier,
        old: bool,
        mut note: impl FnMut(Code),
    ) -> Out {
        let wrong = match (self, value.shape) {
            (Self::Any, Shape::String) => return Out::Keep,
            (Self::Any, _) => Code::TypeMismatch,
            (Self::Text { max }, Shape::String) => {
                if !value.longer_than(*max) {
                    return Out::Keep;
                }
                Code::TooLong
            }
            (Self::TextOrNumber, Shape::String | Shape::Number) => return Out::Keep,
            (Self::Number { min, max }, Shape::Number) => {
                if number::within(value.text, *min, *max) {
                    return Out::Keep;
                }
                Code::OutOfRange
            }
            (Self::YesNo { .. } | Self::Bool, Shape::True) => return Out::Yes,
            (Self::YesNo { .. } | Self::Bool, Shape::False) => return Out::No,
            (Self::YesNo { also }, Shape::String) => {
                if value.is("yes") || value.is("no") || also.is_some_and(|word| value.is(word)) {
                    return Out::Keep;
                }
                Code::InvalidEnum
            }
            (Self::Flag { .. }, Shape::True | Shape::False) => return Out::Keep,
            (Self::Flag { .. }, Shape::String) => {
                if value.is("yes") {
                    return Out::True;
                }
                if value.is("no") {
                    return Out::False;
                }
                Code::InvalidEnum
            }
            (
                Self::Flag {
                    amount: Some(amount),
                },
                Shape::Number,
            ) if old => match (amount.read)(value.text) {
                Price::Positive(_) => return Out::Amount,
                Price::Nothing => return Out::False,
                Price::Negative => {
                    note(Code::UnusualValue);
                    return Out::False;
                }
                Price::TooHigh => {
                    note(Code::OutOfRange);
                    return Out::Amount;
                }
                Price::OutOfRange => Code::OutOfRange,
            },
            (Self::Enum { words, replaced }, Shape::String) => {
                if words.iter().any(|word| value.is(word)) {
                    return Out::Keep;
                }
                if replaced.is_some_and(|(earlier, _)| value.is(earlier)) {
                    note(Code::UnusualValue);
                    return Out::Rewrite;
                }
                Code::InvalidEnum
            }
            (Self::List { words }, Shape::String) => {
                if value
                    .decoded()
                    .split(';')
                    .all(|item| words.contains(&item.trim()))
                {
                    return Out::Keep;
                }
                Code::InvalidEnum
            }
            (Self::Date, Shape::String) => {
                if is_date(&value.decoded()) {
                    return Out::Keep;
                }
                Code::InvalidFormat
            }
            (
                Self::Read {
                    max,
                    read,
                    unreadable,
                    ..
                },
                Shape::String,
            ) => return judge_reading(value, *max, *read, *unreadable, note),
            (Self::Id { .. }, Shape::String) if value.text.len() > 2 => return Out::Keep,
            (Self::Id { .. }, _) => Code::InvalidFormat,
            (Self::Text { max }, Shape::True | Shape::False | Shape::Number)
                if tier == Tier::Optional =>
            {
                note(Code::TypeCoercion);
                if value.text.len() > *max {
                    note(Code::TooLong);
                }
                return Out::Quote;
            }
            (Self::TextOrNumber, Shape::True | Shape::False) if tier == Tier::Optional => {
                note(Code::TypeCoercion);
                return Out::Quote;
            }
            (Self::Date, Shape::True | Shape::False | Shape::Number) if tier == Tier::Optional => {
                note(Code::TypeCoercion);
                if !is_date(value.text) {
                    note(Code::InvalidFormat);
                }
                return Out::Quote;
            }
            _ => Code::InvalidType,
        };
        note(wrong);
        Out::Keep
    }

    /// Appends what [`Out::Rewrite`] stands for.
    pub(crate) fn rewrite(&self, value: Value<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Enum {
                replaced: Some((_, word)),
                ..
            } => json::write_string(word, out),
            Self::Read { read, .. } => {
                let text = value.decoded();
                match read(&text).normal {
                    Normal::Part(part) => json::write_string(part, out),
                    Normal::Built(built) => json::write_string(built.as_str(), out),
                    Normal::Same | Normal::Dropped => json::write_string(&text, out),
                }
            }
            _ => out.extend_from_slice(value.text.as_bytes()),
        }
    }
}

fn judge_reading(
    value: Value<'_>,
    max: usize,
    read: for<'t> fn(&'t str) -> Reading<'t>,
    unreadable: Code,
    mut note: impl FnMut(Code),
) -> Out {
    let text = value.decoded();
    let reading = read(&text);
    let (normal, out) = match &reading.normal {
        Normal::Same => (text.as_ref(), Out::Keep),
        Normal::Part(part) => (*part, Out::Rewrite),
        Normal::Built(built) => (built.as_str(), Out::Rewrite),
        Normal::Dropped => {
            note(Code::UnusualValue);
            return Out::Drop;
        }
    };
    if normal.len() > max && normal.chars().nth(max).is_some() {
        note(Code::TooLong);
    } else if !reading.readable {
        note(unreadable);
    }
    out
}

/// A text that is stored without the white space around it, and not at all when nothing is left.
pub(crate) fn trimmed(text: &str) -> Reading<'_> {
    let part = text.trim();
    let normal = match part.len() {
        0 => Normal::Dropped,
        len if len == text.len() => Normal::Same,
        _ => Normal::Part(part),
    };
    Reading {
        normal,
        readable: true,
    }
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; months 01–12, days 01–31, as the OSM wiki's page on dates asks. 31 February is
/// one: whether a month has so many days is not a question of format.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let two = |at: usize, max: u8| {
        bytes[at].is_ascii_digit()
            && bytes[at + 1].is_ascii_digit()
            && (1..=max).contains(&((bytes[at] - b'0') * 10 + (bytes[at + 1] - b'0')))
    };
    match bytes.len() {
        4 | 7 | 10 => {
            bytes[..4].iter().all(u8::is_ascii_digit)
                && (bytes.len() < 7 || (bytes[4] == b'-' && two(5, 12)))
                && (bytes.len() < 10 || (bytes[7] == b'-' && two(8, 31)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for text in [
            "2024",
            "0000",
            "2024-01",
            "2024-12",
            "2024-02-31",
            "2024-01-01",
        ] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "",
            "24",
            "2024-",
            "2024-13",
            "2024-00",
            "2024-1",
            "2024-01-32",
            "2024-01-00",
            "2024-01-1",
            "2024/01",
            "2024-01-01T",
            "２０",
            "-024",
            "2024-ab",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }
}
