//! What a member takes: the kinds of values that tags have.

use super::built::Built;

/// What a member takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A non-empty string.
    Id,
    /// A number in this range, judged as the nearest f64, kept as it is written.
    Number { min: f64, max: f64 },
    /// A bool or `"yes"`/`"no"`, written as the bool. In v1 a number is the amount behind it.
    Fee,
    /// `"yes"`, `"no"` or one more word; a bool is written as the word.
    YesNo { also: Option<&'static str> },
    /// A v1 alias of a yes/no member: a bool and nothing else.
    Bool,
    /// One of these words. A word of earlier days is replaced.
    Enum {
        words: &'static [&'static str],
        earlier: Option<&'static str>,
    },
    /// A `;`-list of these words, each trimmed.
    List { words: &'static [&'static str] },
    /// At most so many characters.
    Text { max: usize },
    /// A number or a text, kept as it is written.
    TextOrNumber,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    Date,
    /// An amount and its currency.
    Charge,
    /// Opening hours, as they are.
    Hours,
    /// What v1 calls opening hours: trimmed, its words replaced.
    HoursWords,
    /// A text that is trimmed before it is measured.
    Name,
}

impl Kind {
    /// The most characters that a text of this kind has, in the form in which it is stored.
    pub(crate) const fn max(&self) -> Option<usize> {
        match self {
            Self::Text { max } => Some(*max),
            Self::Charge | Self::Hours | Self::HoursWords | Self::Name => Some(255),
            _ => None,
        }
    }

    /// Whether a text in that form is too long. No character takes less than a byte: most texts need not be counted.
    pub(crate) fn is_too_long(&self, text: &str) -> bool {
        self.max()
            .is_some_and(|max| text.len() > max && text.chars().nth(max).is_some())
    }
}

/// The form in which a text is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Normal<'t> {
    Same,
    Part(&'t str),
    Built(Built),
    /// The text says nothing: it is left out, with [`Code::UnusualValue`](super::Code::UnusualValue).
    Dropped,
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
