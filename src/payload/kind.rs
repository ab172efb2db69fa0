//! The value rules: what each kind of member takes, what it makes of it, and what it says when it refuses.

use super::json;
use super::number::{self, Number};
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
    /// A string that is stored in a form of its own; `unreadable` is the warning when that form makes no sense.
    Read {
        max: usize,
        normal: for<'t> fn(&'t str) -> Normal<'t>,
        readable: fn(&str) -> bool,
        /// `normal` leaves the white space around a text out before it is measured.
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
    pub(crate) read: fn(Number<'_>) -> Price,
    /// Appends the text that a positive amount stands for; it needs no escape.
    pub(crate) write: fn(Number<'_>, &mut Vec<u8>),
    /// The number that `read` turns into exactly this text, if there is one.
    pub(crate) back: fn(&str) -> Option<Built>,
}

/// What a number says as an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Price {
    Nothing,
    Negative,
    Positive,
    /// A positive amount beyond the limit.
    TooHigh,
    /// No amount: too many digits, and not positive.
    OutOfRange,
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

impl Out {
    pub(crate) const COUNT: usize = 9;

    const fn noting(self, code: Code) -> Verdict {
        Verdict {
            out: self,
            codes: [Some(code), None],
        }
    }
}

/// What is to be written for a member, and what there is to say about it, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) out: Out,
    pub(crate) codes: [Option<Code>; 2],
}

impl From<Out> for Verdict {
    #[inline(always)]
    fn from(out: Out) -> Self {
        Self {
            out,
            codes: [None; 2],
        }
    }
}

impl Verdict {
    const fn and(self, code: Code) -> Self {
        Self {
            out: self.out,
            codes: [self.codes[0], Some(code)],
        }
    }
}

impl Kind {
    /// What becomes of a value of at most [`brief`](Self::brief) bytes by its JSON type alone, when that says enough.
    pub(crate) const fn at_once(&self) -> [Option<Out>; Shape::COUNT] {
        let mut outs = [None; Shape::COUNT];
        match self {
            Self::Any | Self::Text { .. } => outs[Shape::String as usize] = Some(Out::Keep),
            Self::TextOrNumber => {
                outs[Shape::String as usize] = Some(Out::Keep);
                outs[Shape::Number as usize] = Some(Out::Keep);
            }
            Self::YesNo { .. } | Self::Bool => {
                outs[Shape::True as usize] = Some(Out::Yes);
                outs[Shape::False as usize] = Some(Out::No);
            }
            Self::Flag { .. } => {
                outs[Shape::True as usize] = Some(Out::Keep);
                outs[Shape::False as usize] = Some(Out::Keep);
            }
            _ => {}
        }
        outs
    }

    /// The bytes, quotes included, up to which no text is too long: no character takes less than one.
    pub(crate) const fn brief(&self) -> usize {
        match self {
            Self::Text { max } => *max + 2,
            _ => usize::MAX,
        }
    }

    /// What becomes of a `value` that [`at_once`](Self::at_once) leaves open. After an error the value is kept, so that
    /// whoever compares has something to compare. `old` is v1.
    pub(crate) fn judge(&self, value: Value<'_>, tier: Tier, old: bool) -> Verdict {
        let optional = tier == Tier::Optional;
        let fits_or = |fits: bool, code| match fits {
            true => Verdict::from(Out::Keep),
            false => Out::Keep.noting(code),
        };
        match (self, value.shape) {
            (Self::Number { min, max }, Shape::Number) => {
                fits_or(number::within(value.number(), *min, *max), Code::OutOfRange)
            }
            (Self::Read { max, .. }, Shape::String) => {
                value.read(|text| self.judge_text(text, *max))
            }
            (Self::YesNo { also }, Shape::String) => fits_or(
                value.is("yes") || value.is("no") || also.is_some_and(|word| value.is(word)),
                Code::InvalidEnum,
            ),
            (Self::Flag { .. }, Shape::String) if value.is("yes") => Out::True.into(),
            (Self::Flag { .. }, Shape::String) if value.is("no") => Out::False.into(),
            (Self::Flag { .. }, Shape::String) => Out::Keep.noting(Code::InvalidEnum),
            (Self::Flag { amount: Some(rule) }, Shape::Number) if old => {
                match (rule.read)(value.number()) {
                    Price::Positive => Out::Amount.into(),
                    Price::Nothing => Out::False.into(),
                    Price::Negative => Out::False.noting(Code::UnusualValue),
                    Price::TooHigh => Out::Amount.noting(Code::OutOfRange),
                    Price::OutOfRange => Out::Keep.noting(Code::OutOfRange),
                }
            }
            (Self::Enum { words, replaced }, Shape::String) => {
                if replaced.is_some_and(|(earlier, _)| value.is(earlier)) {
                    return Out::Rewrite.noting(Code::UnusualValue);
                }
                fits_or(words.iter().any(|word| value.is(word)), Code::InvalidEnum)
            }
            (Self::List { words }, Shape::String) => fits_or(
                value.read(|text| text.split(';').all(|item| words.contains(&trim(item)))),
                Code::InvalidEnum,
            ),
            (Self::Date, Shape::String) => fits_or(value.read(is_date), Code::InvalidFormat),
            (Self::Id { .. }, Shape::String) => {
                fits_or(!value.inside().is_empty(), Code::InvalidFormat)
            }
            (Self::Id { .. }, _) => Out::Keep.noting(Code::InvalidFormat),
            (Self::Text { max }, Shape::String) => fits_or(!value.longer_than(*max), Code::TooLong),
            (Self::Text { max }, Shape::True | Shape::False | Shape::Number) if optional => {
                let coerced = Out::Quote.noting(Code::TypeCoercion);
                match value.text.len() > *max {
                    true => coerced.and(Code::TooLong),
                    false => coerced,
                }
            }
            (Self::TextOrNumber, Shape::True | Shape::False) if optional => {
                Out::Quote.noting(Code::TypeCoercion)
            }
            (Self::Date, Shape::True | Shape::False | Shape::Number) if optional => {
                let coerced = Out::Quote.noting(Code::TypeCoercion);
                match is_date(value.text) {
                    true => coerced,
                    false => coerced.and(Code::InvalidFormat),
                }
            }
            (Self::Any, _) => Out::Keep.noting(Code::TypeMismatch),
            _ => Out::Keep.noting(Code::InvalidType),
        }
    }

    /// A text in the form in which it is stored: not too long, and readable.
    fn judge_text(&self, text: &str, max: usize) -> Verdict {
        let Self::Read {
            normal,
            readable,
            unreadable,
            ..
        } = self
        else {
            return Out::Keep.into();
        };
        let normal = normal(text);
        let (stored, out) = match &normal {
            Normal::Same => (text, Out::Keep),
            Normal::Part(part) => (*part, Out::Rewrite),
            Normal::Built(built) => (built.as_str(), Out::Rewrite),
            Normal::Dropped => return Out::Drop.noting(Code::UnusualValue),
        };
        if stored.len() > max && stored.chars().nth(max).is_some() {
            out.noting(Code::TooLong)
        } else if !readable(stored) {
            out.noting(*unreadable)
        } else {
            out.into()
        }
    }

    /// Appends what [`Out::Rewrite`] stands for.
    pub(crate) fn rewrite(&self, value: Value<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Enum {
                replaced: Some((_, word)),
                ..
            } => json::write_string(word, out),
            Self::Read { normal, .. } => {
                value.read(|text| match normal(text) {
                    Normal::Part(part) => json::write_string(part, out),
                    Normal::Built(built) => json::write_string(built.as_str(), out),
                    Normal::Same | Normal::Dropped => json::write_string(text, out),
                });
            }
            _ => out.extend_from_slice(value.text.as_bytes()),
        }
    }
}

/// A text that is stored without the white space around it, and not at all when nothing is left.
pub(crate) fn trimmed(text: &str) -> Normal<'_> {
    let part = trim(text);
    match part.len() {
        0 => Normal::Dropped,
        len if len == text.len() => Normal::Same,
        _ => Normal::Part(part),
    }
}

/// Without the white space around it. Most texts begin and end with a letter: no need to decode those.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
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
