//! The part of the OpenStreetMap opening-hours language that we read without a warning.
//!
//! One method for each production of the grammar in `docs/hours.md`, under the same name. A method
//! takes its production off the front of `rest` or gives up with `None`, and then the whole text is
//! unreadable. What comes next is decided by looking a few bytes ahead, never by trying one way and
//! stepping back, and no production contains itself: time is linear, the stack flat.

use core::ops::RangeInclusive;

/// Whether `text` is in the grammar of `docs/hours.md`. Linear in its length, allocates nothing.
pub(crate) fn readable(text: &str) -> bool {
    let rest = text.as_bytes();
    Reader { rest }.hours().is_some()
}

/// A time of day in minutes. `24:00` is an end, so no span starts there.
const TIME: RangeInclusive<u16> = 0..=23 * 60 + 59;
/// Spans may run on to the end of the next day, `48:00`.
const END: RangeInclusive<u16> = 0..=48 * 60;

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn hours(&mut self) -> Option<()> {
        self.rule()?;
        while !self.rest.is_empty() {
            self.separator()?;
            self.rule()?;
        }
        Some(())
    }

    fn separator(&mut self) -> Option<()> {
        self.eat(b" ");
        (self.eat(b"; ") || self.eat(b";") || self.eat(b", ") || self.eat(b"|| ")).then_some(())
    }

    fn rule(&mut self) -> Option<()> {
        if self.eat(b"24/7") {
            return if self.space() {
                self.modifier()
            } else {
                Some(())
            };
        }
        if starts_dates(self.rest) {
            self.wide()?;
            if !self.gap() {
                return Some(());
            }
        }
        if starts_weekday(self.rest) || starts_holiday(self.rest) {
            self.days()?;
            if !self.space() {
                return Some(());
            }
        }
        if starts_span(self.rest) {
            self.list(Self::span, starts_span)?;
            if !self.space() {
                return Some(());
            }
        }
        self.modifier()
    }

    /// No colon before a digit: `Dec 5:10:00-12:00` reads two ways.
    fn gap(&mut self) -> bool {
        self.eat(b": ") || self.eat_before(b':', |rest| !starts_digit(rest)) || self.space()
    }

    /// A space inside a rule. One before a separator belongs to the separator.
    fn space(&mut self) -> bool {
        self.eat_before(b' ', |rest| !matches!(rest, [b';' | b',' | b'|', ..]))
    }

    fn modifier(&mut self) -> Option<()> {
        let state =
            self.eat(b"open") || self.eat(b"off") || self.eat(b"closed") || self.eat(b"unknown");
        if !state {
            return self.comment();
        }
        if self.eat_before(b' ', |rest| rest.starts_with(b"\"")) {
            self.comment()?;
        }
        Some(())
    }

    fn comment(&mut self) -> Option<()> {
        self.expect(b"\"")?;
        let length = self.rest.iter().position(|&byte| byte == b'"')?;
        self.skip(length + 1);
        (length > 0).then_some(())
    }

    // Years, dates, weeks

    fn wide(&mut self) -> Option<()> {
        if starts_year(self.rest) {
            self.list(Self::years, starts_year)?;
            if !self.eat_before(b' ', starts_dates) {
                return Some(());
            }
        }
        self.dates()
    }

    fn years(&mut self) -> Option<()> {
        let first = self.year()?;
        if self.eat(b"+") || !self.eat(b"-") {
            return Some(());
        }
        let last = self.year()?;
        self.step()?;
        (first <= last).then_some(())
    }

    fn year(&mut self) -> Option<u16> {
        self.number(4, 1900..=9999)
    }

    fn step(&mut self) -> Option<()> {
        if self.eat(b"/") {
            self.number(3, 1..=255)?;
        }
        Some(())
    }

    fn dates(&mut self) -> Option<()> {
        if !starts_weeks(self.rest) {
            self.list(Self::monthday, starts_monthday)?;
            if !self.eat_before(b' ', starts_weeks) {
                return Some(());
            }
        }
        self.expect(b"week")?;
        self.eat(b" ");
        self.list(Self::weeks, starts_digit)
    }

    fn weeks(&mut self) -> Option<()> {
        let first = self.week()?;
        if !self.eat(b"-") {
            return Some(());
        }
        let last = self.week()?;
        self.step()?;
        (first <= last).then_some(())
    }

    fn week(&mut self) -> Option<u16> {
        self.number(2, 1..=53)
    }

    fn monthday(&mut self) -> Option<()> {
        let day_follows = matches!(self.rest, [_, _, _, b' ', rest @ ..] if starts_day(rest));
        if starts_month(self.rest) && !day_follows {
            self.month()?;
            if self.eat_before(b'-', starts_month) {
                self.month()?;
            }
            return Some(());
        }
        let easter = self.date()?;
        if !self.dash() {
            return Some(());
        }
        // `easter-20` would be the 20th of a month that changes with the year.
        if !easter && starts_digit(self.rest) && !starts_year(self.rest) {
            return self.day();
        }
        self.date().map(drop)
    }

    /// Whether the date is Easter.
    fn date(&mut self) -> Option<bool> {
        if starts_year(self.rest) {
            self.year()?;
            self.expect(b" ")?;
        }
        if self.eat(b"easter") {
            self.offset()?;
            return Some(true);
        }
        self.month()?;
        self.expect(b" ")?;
        self.day()?;
        Some(false)
    }

    fn month(&mut self) -> Option<()> {
        let month = starts_month(self.rest);
        month.then(|| self.skip(3))
    }

    fn day(&mut self) -> Option<()> {
        let day = starts_day(self.rest);
        day.then(|| self.number(2, 1..=31))?.map(drop)
    }

    fn dash(&mut self) -> bool {
        self.eat(b"-") || self.eat(b" - ")
    }

    fn offset(&mut self) -> Option<()> {
        if self.eat_before(b' ', |rest| matches!(rest, [b'+' | b'-', b'0'..=b'9', ..])) {
            self.skip(1);
            self.number(3, 1..=999)?;
            self.expect(b" day")?;
            self.eat(b"s");
        }
        Some(())
    }

    // Weekdays and holidays

    fn days(&mut self) -> Option<()> {
        if starts_holiday(self.rest) {
            self.list(Self::holiday, starts_holiday)?;
            if self.eat_before(b',', starts_weekday) || self.eat_before(b' ', starts_weekday) {
                self.list(Self::weekdays, starts_weekday)?;
            }
        } else {
            self.list(Self::weekdays, starts_weekday)?;
            if self.eat_before(b',', starts_holiday) || self.eat_before(b' ', starts_holiday) {
                self.list(Self::holiday, starts_holiday)?;
            }
        }
        Some(())
    }

    fn holiday(&mut self) -> Option<()> {
        if self.eat(b"SH") {
            return Some(());
        }
        self.expect(b"PH")?;
        self.offset()
    }

    fn weekdays(&mut self) -> Option<()> {
        self.weekday()?;
        if self.eat(b"-") {
            self.weekday()?;
        } else if self.eat(b"[") {
            self.list(Self::nth, |_| true)?;
            self.expect(b"]")?;
        }
        Some(())
    }

    fn weekday(&mut self) -> Option<()> {
        let weekday = starts_weekday(self.rest);
        weekday.then(|| self.skip(2))
    }

    fn nth(&mut self) -> Option<()> {
        if self.eat(b"-") {
            return self.number(1, 1..=5).map(drop);
        }
        let first = self.number(1, 1..=5)?;
        let last = if self.eat(b"-") {
            self.number(1, 1..=5)?
        } else {
            first
        };
        (first <= last).then_some(())
    }

    // Times

    fn span(&mut self) -> Option<()> {
        self.time(TIME)?;
        if self.eat(b"+") {
            return Some(());
        }
        self.dash().then_some(())?;
        self.time(END)?;
        self.eat(b"+");
        Some(())
    }

    fn time(&mut self, clock: RangeInclusive<u16>) -> Option<()> {
        if starts_digit(self.rest) {
            return self.clock(clock);
        }
        if !self.eat(b"(") {
            return self.event();
        }
        self.event()?;
        (self.eat(b"+") || self.eat(b"-")).then_some(())?;
        self.clock(TIME)?;
        self.expect(b")")
    }

    fn event(&mut self) -> Option<()> {
        (self.eat(b"dawn") || self.eat(b"sunrise") || self.eat(b"sunset") || self.eat(b"dusk"))
            .then_some(())
    }

    fn clock(&mut self, range: RangeInclusive<u16>) -> Option<()> {
        let hour = self.number(2, 0..=48)?;
        self.expect(b":")?;
        let [b'0'..=b'5', b'0'..=b'9', ..] = self.rest else {
            return None;
        };
        let minute = self.number(2, 0..=59)?;
        range.contains(&(hour * 60 + minute)).then_some(())
    }

    // What every production is made of

    /// One item, then more of them, each after a comma. A comma that no item follows is left: with
    /// a space it separates rules, else nothing can take it and the text is unreadable.
    fn list(
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
    fn number(&mut self, digits: usize, range: RangeInclusive<u16>) -> Option<u16> {
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

    fn eat_before(&mut self, byte: u8, next: impl Fn(&[u8]) -> bool) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte && next(rest) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn eat(&mut self, text: &[u8]) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, text: &[u8]) -> Option<()> {
        self.eat(text).then_some(())
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}

// What begins here? Each answers from a few bytes, enough to tell apart what can stand in one place.

fn starts_digit(rest: &[u8]) -> bool {
    matches!(rest, [b'0'..=b'9', ..])
}

fn starts_dates(rest: &[u8]) -> bool {
    starts_monthday(rest) || starts_weeks(rest)
}

fn starts_monthday(rest: &[u8]) -> bool {
    starts_month(rest) || starts_year(rest) || rest.starts_with(b"easter")
}

fn starts_weeks(rest: &[u8]) -> bool {
    rest.starts_with(b"week")
}

fn starts_year(rest: &[u8]) -> bool {
    matches!(rest, [a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()))
}

/// Digits, unless they are the hour of a time: `Jan 10` is a day, `Jan 10:00-12:00` a month.
fn starts_day(rest: &[u8]) -> bool {
    match rest {
        [b'0'..=b'9', b':', b'0'..=b'9', ..] => false,
        [b'0'..=b'9', b'0'..=b'9', b':', b'0'..=b'9', ..] => false,
        _ => starts_digit(rest),
    }
}

#[rustfmt::skip]
fn starts_month(rest: &[u8]) -> bool {
    matches!(rest.first_chunk(), Some(b"Jan" | b"Feb" | b"Mar" | b"Apr" | b"May" | b"Jun"
        | b"Jul" | b"Aug" | b"Sep" | b"Oct" | b"Nov" | b"Dec"))
}

fn starts_weekday(rest: &[u8]) -> bool {
    matches!(
        rest.first_chunk(),
        Some(b"Mo" | b"Tu" | b"We" | b"Th" | b"Fr" | b"Sa" | b"Su")
    )
}

fn starts_holiday(rest: &[u8]) -> bool {
    matches!(rest.first_chunk(), Some(b"PH" | b"SH"))
}

fn starts_span(rest: &[u8]) -> bool {
    matches!(rest, [b'0'..=b'9' | b'(' | b'd' | b's', ..])
}
