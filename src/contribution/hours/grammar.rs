//! The part of the OpenStreetMap opening-hours language that we read without a warning.
//!
//! One method for each name of the grammar in `docs/hours.md`, which says where two share one. It
//! takes its production off the front of `rest` or gives up with `None`, and then the whole text is
//! unreadable. What comes next is decided by looking a few bytes ahead, never by trying one way and
//! stepping back, and no production contains itself: time is linear, the stack flat.

use super::reader::{
    Reader, starts_dates, starts_day, starts_digit, starts_holiday, starts_month, starts_monthday,
    starts_span, starts_weekday, starts_weeks, starts_year,
};

/// Whether `text` is in the grammar of `docs/hours.md`. Linear in its length, allocates nothing.
pub(crate) fn readable(text: &str) -> bool {
    Reader::new(text).hours().is_some()
}

/// The last minute a span starts at: `24:00` is an end only.
const LAST_START: u16 = 23 * 60 + 59;
/// The last minute a span ends at, the midnight after the next day: `48:00`.
const LAST_END: u16 = 48 * 60;

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
        // Most begin with a weekday: no need to look for a month first, as none begins with the same two letters.
        if !starts_weekday(self.rest) && starts_dates(self.rest) {
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
        self.time(LAST_START)?;
        if self.eat(b"+") {
            return Some(());
        }
        self.dash().then_some(())?;
        self.time(LAST_END)?;
        self.eat(b"+");
        Some(())
    }

    fn time(&mut self, last: u16) -> Option<()> {
        if starts_digit(self.rest) {
            return self.clock(last);
        }
        if !self.eat(b"(") {
            return self.event();
        }
        self.event()?;
        (self.eat(b"+") || self.eat(b"-")).then_some(())?;
        self.clock(LAST_START)?;
        self.expect(b")")
    }

    fn event(&mut self) -> Option<()> {
        (self.eat(b"dawn") || self.eat(b"sunrise") || self.eat(b"sunset") || self.eat(b"dusk"))
            .then_some(())
    }

    fn clock(&mut self, last: u16) -> Option<()> {
        let (tens, rest) = match self.rest {
            [tens @ b'0'..=b'9', b'0'..=b'9', ..] => (tens - b'0', &self.rest[1..]),
            rest => (0, rest),
        };
        let [
            hour @ b'0'..=b'9',
            b':',
            ten @ b'0'..=b'5',
            one @ b'0'..=b'9',
            rest @ ..,
        ] = rest
        else {
            return None;
        };
        self.rest = rest;
        let hour = tens * 10 + (hour - b'0');
        let minute = (ten - b'0') * 10 + (one - b'0');
        (u16::from(hour) * 60 + u16::from(minute) <= last).then_some(())
    }
}
