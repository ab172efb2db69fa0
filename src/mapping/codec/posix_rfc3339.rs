//! `posix-rfc3339`: seconds since 1970 ↔ a date and time of RFC 3339 in UTC, `1714564800` ↔ `"2024-05-01T12:00:00Z"`.
//!
//! - Accepts: a whole number from 0 to 253402300799 in any spelling, with an exponent of at most ±40; any RFC 3339 date and
//!   time in those years, with any offset, without a leap second.
//! - Up: `YYYY-MM-DDTHH:MM:SSZ`. Down: plain digits.
//! - Loss: down, a fraction of a second that isn't zero is cut off if the rule says `lost`, else the value is outside.

use crate::mapping::decimal::Decimal;

use super::{Coded, Outside, Samples};

/// The last second of year 9999.
const LAST: u64 = 253_402_300_799;

const NO_NUMBER: Outside = Outside {
    reason: "must be a whole number of seconds from 0 to 253402300799",
};
const NO_TIME: Outside = Outside {
    reason: "must be an RFC 3339 date and time such as 2024-05-01T12:00:00Z",
};
const LEAP_SECOND: Outside = Outside {
    reason: "must not be a leap second: send second 59 instead",
};
const BEYOND: Outside = Outside {
    reason: "must be from 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z",
};
const FRACTION: Outside = Outside {
    reason: "must not have a fraction of a second: leave it out",
};

pub(super) fn up(number: Decimal<'_>, out: &mut Vec<u8>) -> Result<(), Outside> {
    let seconds = number
        .to_u64()
        .filter(|seconds| *seconds <= LAST && number.exponent_within(40))
        .ok_or(NO_NUMBER)?;
    let (year, month, day) = date(seconds / 86_400);
    let second = seconds % 86_400;
    out.push(b'"');
    two(year / 100, out);
    two(year % 100, out);
    for (before, value) in [
        (b'-', month),
        (b'-', day),
        (b'T', second / 3_600),
        (b':', second / 60 % 60),
        (b':', second % 60),
    ] {
        out.push(before);
        two(value, out);
    }
    out.extend_from_slice(b"Z\"");
    Ok(())
}

pub(super) fn down(text: &str, loss_allowed: bool, out: &mut Vec<u8>) -> Result<Coded, Outside> {
    let (seconds, coded) = read(text, loss_allowed)?;
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = seconds;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
    Ok(coded)
}

/// The seconds since 1970, and whether that is all that the text says.
pub(super) fn read(text: &str, loss_allowed: bool) -> Result<(u64, Coded), Outside> {
    let parsed = parse(text.as_bytes()).ok_or(NO_TIME)?;
    if parsed.leap_second {
        return Err(LEAP_SECOND);
    }
    let seconds = u64::try_from(parsed.seconds)
        .ok()
        .filter(|seconds| *seconds <= LAST)
        .ok_or(BEYOND)?;
    match parsed.fraction {
        false => Ok((seconds, Coded::Exact)),
        true if loss_allowed => Ok((seconds, Coded::Cut)),
        true => Err(FRACTION),
    }
}

struct Parsed {
    /// Since 1970, without the fraction.
    seconds: i64,
    /// Whether there is one, and not of zeros only.
    fraction: bool,
    leap_second: bool,
}

/// `date-time` of RFC 3339, section 5.6, and the ranges of 5.7.
fn parse(text: &[u8]) -> Option<Parsed> {
    let (begin, mut rest) = text.split_first_chunk::<19>()?;
    let &[
        y1,
        y2,
        y3,
        y4,
        b'-',
        mo1,
        mo2,
        b'-',
        d1,
        d2,
        b'T' | b't',
        h1,
        h2,
        b':',
        mi1,
        mi2,
        b':',
        s1,
        s2,
    ] = begin
    else {
        return None;
    };
    let year = number(y1, y2)? * 100 + number(y3, y4)?;
    let (month, day) = (number(mo1, mo2)?, number(d1, d2)?);
    let (hour, minute, second) = (number(h1, h2)?, number(mi1, mi2)?, number(s1, s2)?);
    if !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut fraction = false;
    if let [b'.', digits @ ..] = rest {
        let count = digits
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if count == 0 {
            return None;
        }
        let (digits, behind) = digits.split_at(count);
        fraction = digits.iter().any(|digit| *digit != b'0');
        rest = behind;
    }
    let offset = match *rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(h1, h2)?, number(m1, m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = hours * 3_600 + minutes * 60;
            if sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    Some(Parsed {
        seconds: days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset,
        fraction,
        leap_second: second == 60,
    })
}

/// What two digits say.
fn number(ten: u8, one: u8) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    Some(digit(ten)? * 10 + digit(one)?)
}

/// Appends a number below 100 as two digits.
fn two(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]);
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date from year 0 on.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March, from the one before year 0 on, so that a leap day comes last and nothing is negative.
    let (year, month) = if month > 2 {
        (year + 400, month - 3)
    } else {
        (year + 399, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    // The months from March on have 31, 30, 31, 30, 31 days, and so on again.
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    // 719468 days from 0000-03-01, and 400 years more.
    365 * year + leap_days + day_of_year - 719_468 - 146_097
}

/// The date that is so many days after 1970-01-01.
fn date(days: u64) -> (u64, u64, u64) {
    // From 0000-03-01 on, in eras of 400 years.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year;
    if month < 10 {
        (year, month + 3, day)
    } else {
        (year + 1, month - 9, day)
    }
}

pub(super) fn samples() -> Samples {
    Samples::new(
        &[
            ("0", "\"1970-01-01T00:00:00Z\""),
            ("951782399", "\"2000-02-28T23:59:59Z\""),
            ("951782400", "\"2000-02-29T00:00:00Z\""),
            ("1.7145648e9", "\"2024-05-01T12:00:00Z\""),
            ("253402300799", "\"9999-12-31T23:59:59Z\""),
        ],
        &["-1", "0.5", "253402300800", "1e41", "0e-41"],
        &[
            "\"\"",
            "\"2024-05-01\"",
            "\"2024-05-01T12:00:00\"",
            "\"2024-05-01 12:00:00Z\"",
            "\"2023-02-29T00:00:00Z\"",
            "\"2024-05-01T24:00:00Z\"",
            "\"2016-12-31T23:59:60Z\"",
            "\"1969-12-31T23:59:59Z\"",
            "\"9999-12-31T23:59:59-00:01\"",
        ],
    )
}
