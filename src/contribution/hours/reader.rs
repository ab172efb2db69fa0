//! What every production of the grammar is read with: a place in the bytes, steps, and looks ahead.

use core::ops::RangeInclusive;

/// The bytes still to be read.
pub(super) struct Reader<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Reader {
            rest: text.as_bytes(),
        }
    }

    /// One item, then more of them, each after a comma. A comma that no item follows is left: with
    /// a space it separates rules, else nothing can take it and the text is unreadable.
    pub(super) fn list(
        &mut self,
        item: impl Fn(&mut Self) -> Option<()>,
        starts: impl Fn(&[u8]) -> bool,
    ) -> Option<()> {
        item(self)?;
        while self.eat_before(b',', &starts) {
            item(self)?;
        }
        Some(())
    }

    /// All the digits ahead, of which there may be at most `digits`, as a number in `range`.
    pub(super) fn number(&mut self, digits: usize, range: RangeInclusive<u16>) -> Option<u16> {
        let mut value = 0;
        let mut length = 0;
        while let Some(digit @ b'0'..=b'9') = self.rest.get(length) {
            if length == digits {
                return None;
            }
            value = value * 10 + u16::from(digit - b'0');
            length += 1;
        }
        self.skip(length);
        (length > 0 && range.contains(&value)).then_some(value)
    }

    /// Takes `byte` if what follows it says so.
    pub(super) fn eat_before(&mut self, byte: u8, next: impl Fn(&[u8]) -> bool) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte && next(rest) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes `text` if it is next.
    pub(super) fn eat(&mut self, text: &[u8]) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    pub(super) fn expect(&mut self, text: &[u8]) -> Option<()> {
        self.eat(text).then_some(())
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}

// What begins here? Each looks at just enough bytes to tell apart what can stand in one place.

pub(super) fn starts_digit(rest: &[u8]) -> bool {
    matches!(rest, [b'0'..=b'9', ..])
}

pub(super) fn starts_dates(rest: &[u8]) -> bool {
    starts_monthday(rest) || starts_weeks(rest)
}

pub(super) fn starts_monthday(rest: &[u8]) -> bool {
    starts_month(rest) || starts_year(rest) || rest.starts_with(b"easter")
}

pub(super) fn starts_weeks(rest: &[u8]) -> bool {
    rest.starts_with(b"week")
}

pub(super) fn starts_year(rest: &[u8]) -> bool {
    matches!(rest, [a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()))
}

/// Digits, unless they are the hour of a time: `Jan 10` is a day, `Jan 10:00-12:00` a month.
pub(super) fn starts_day(rest: &[u8]) -> bool {
    match rest {
        [b'0'..=b'9', b':', b'0'..=b'9', ..] => false,
        [b'0'..=b'9', b'0'..=b'9', b':', b'0'..=b'9', ..] => false,
        _ => starts_digit(rest),
    }
}

#[rustfmt::skip]
pub(super) fn starts_month(rest: &[u8]) -> bool {
    matches!(rest.first_chunk(), Some(b"Jan" | b"Feb" | b"Mar" | b"Apr" | b"May" | b"Jun"
        | b"Jul" | b"Aug" | b"Sep" | b"Oct" | b"Nov" | b"Dec"))
}

pub(super) fn starts_weekday(rest: &[u8]) -> bool {
    matches!(
        rest.first_chunk(),
        Some(b"Mo" | b"Tu" | b"We" | b"Th" | b"Fr" | b"Sa" | b"Su")
    )
}

pub(super) fn starts_holiday(rest: &[u8]) -> bool {
    matches!(rest.first_chunk(), Some(b"PH" | b"SH"))
}

pub(super) fn starts_span(rest: &[u8]) -> bool {
    matches!(rest, [b'0'..=b'9' | b'(' | b'd' | b's', ..])
}
