//! Times and durations as logs and command lines write them.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// When something was logged, since 1970: from RFC 3339 text, or a number of milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(pub(crate) Duration);

const EXPECTED: &str = "a time such as \"2025-11-23T09:30:00Z\", or milliseconds since 1970";

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Stamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_u64<E: Error>(self, ms: u64) -> Result<Stamp, E> {
                Ok(Stamp(Duration::from_millis(ms)))
            }

            fn visit_f64<E: Error>(self, ms: f64) -> Result<Stamp, E> {
                let time = Duration::try_from_secs_f64(ms / 1e3);
                time.map(Stamp)
                    .map_err(|_| E::invalid_value(Unexpected::Float(ms), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Stamp, E> {
                rfc3339(text)
                    .map(Stamp)
                    .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// RFC 3339, 5.6: date, `T`, time with any number of decimals, and `Z` or an offset. `None` before 1970, too: no API had
/// a v2 then. A leap second is the first of the next minute.
fn rfc3339(text: &str) -> Option<Duration> {
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(10)?;
    let (separator, rest) = rest.split_first()?;
    let (clock, rest) = rest.split_at_checked(8)?;
    if !matches!(separator, b'T' | b't' | b' ') || !marks(date, b"0000-00-00") {
        return None;
    }
    if !marks(clock, b"00:00:00") {
        return None;
    }
    let (year, month, day) = (
        number(&date[..4])?,
        number(&date[5..7])?,
        number(&date[8..])?,
    );
    let (hour, minute, second) = (
        number(&clock[..2])?,
        number(&clock[3..5])?,
        number(&clock[6..])?,
    );
    let sane = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let (nanos, zone) = decimals(rest)?;
    let offset = match zone {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), zone @ ..] if marks(zone, b"00:00") => {
            let (hours, minutes) = (number(&zone[..2])?, number(&zone[3..])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3_600 + minutes * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    let seconds = u64::try_from(seconds).ok().filter(|_| sane)?;
    Some(Duration::new(seconds, nanos))
}

/// Whether there are digits where the form has a `0`, and else what the form has.
fn marks(text: &[u8], form: &[u8]) -> bool {
    let same = |(&byte, &mark): (&u8, &u8)| match mark {
        b'0' => byte.is_ascii_digit(),
        _ => byte == mark,
    };
    text.len() == form.len() && text.iter().zip(form).all(same)
}

fn number(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The decimals of a second as nanoseconds, those after the ninth dropped; and what follows them.
fn decimals(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else {
        return Some((0, text));
    };
    let end = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, zone) = rest.split_at(end);
    let padded = digits.iter().chain(b"000000000").take(9);
    let nanos = padded.fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0'));
    (end > 0).then_some((nanos, zone))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"): years
/// begin in March, so that the leap day is a year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468
}

/// A length of time: a number and `ms`, `s`, `m`, `h` or `d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 0,
    };
    match digits.parse::<u64>() {
        Ok(count) if ms > 0 => Ok(Duration::from_millis(count.saturating_mul(ms))),
        _ => Err("give a number and ms, s, m, h or d, such as 24h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds as `date -u -d … +%s` gives them.
    #[test]
    fn times_are_read_as_rfc_3339_has_them() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2000-02-29T23:59:59Z", 951_868_799, 0),
            ("2025-11-23T09:30:00Z", 1_763_890_200, 0),
            ("2025-11-23t09:30:00.25z", 1_763_890_200, 250_000_000),
            (
                "2025-11-23 10:30:00.123456789999+01:00",
                1_763_890_200,
                123_456_789,
            ),
            ("2025-11-22T22:00:00-11:30", 1_763_890_200, 0),
            ("2016-12-31T23:59:60Z", 1_483_228_800, 0),
            ("2100-03-01T00:00:00Z", 4_107_542_400, 0),
        ] {
            assert_eq!(rfc3339(text), Some(Duration::new(seconds, nanos)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2025-11-23",
            "2025-11-23T09:30:00",
            "2025-11-23T09:30:00.Z",
            "2025-11-23T09:30:00+0100",
            "2025-11-23T09:30:00Zulu",
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-11-31T00:00:00Z",
            "2025-11-23T24:00:00Z",
            "2025-11-23T09:30:61Z",
            "+025-11-23T09:30:00Z",
            "2025-11-23T09:30:00+24:00",
            "1969-12-31T23:59:59Z",
            "２０25-11-23T09:30:00Z",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn milliseconds_are_times_too() {
        let read = |json| serde_json::from_str::<Stamp>(json).map(|stamp| stamp.0);
        assert_eq!(
            read("1763890200123").unwrap(),
            Duration::from_millis(1_763_890_200_123)
        );
        assert_eq!(read("1500.5").unwrap(), Duration::from_micros(1_500_500));
        for json in ["-1", "-1.5", "1e300", "null", "\"soon\"", "true"] {
            let error = read(json).unwrap_err().to_string();
            assert!(error.contains(EXPECTED), "{json}: {error}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("24h"), Ok(Duration::from_secs(86_400)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for text in [
            "",
            "h",
            "24",
            "24 h",
            "-1h",
            "1.5h",
            "1w",
            "99999999999999999999s",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
