//! The codecs of 1.4, each written as one would explain it.

use super::decimal::{Decimal, written_exponent};
use super::tree::{Kind, Node};

#[derive(Clone, Debug)]
pub(crate) enum Codec {
    PosixRfc3339,
    Scale(i64),
    Integer,
    NumberString,
    Prefix(String),
    Joined(String),
    Base64,
}

/// What a codec makes of a value.
pub(crate) enum Coded {
    Value(Kind),
    /// A fraction of a second was cut off.
    Cut(Kind),
    /// No type that it takes.
    Left,
    Outside,
}

use Coded::{Cut, Left, Outside, Value};

impl Codec {
    pub(crate) fn convert(&self, up: bool, node: &Node, cut_allowed: bool) -> Coded {
        match (self, up, &node.kind) {
            (Self::PosixRfc3339, true, Kind::Number(text)) => {
                let whole = Decimal::of(text).filter(|d| d.is_integral() && near(text, 40));
                let seconds = whole.and_then(|d| d.plain().parse::<i64>().ok());
                match seconds.filter(|s| (0..=253_402_300_799).contains(s)) {
                    Some(seconds) => Value(Kind::Text(time_text(seconds))),
                    None => Outside,
                }
            }
            (Self::PosixRfc3339, false, Kind::Text(text)) => match posix(text) {
                Some((seconds, false)) => Value(Kind::Number(seconds.to_string())),
                Some((seconds, true)) if cut_allowed => Cut(Kind::Number(seconds.to_string())),
                _ => Outside,
            },
            (Self::Scale(by), _, Kind::Number(text)) => {
                let by = if up { *by } else { -by };
                let Some(given) = Decimal::of(text).filter(|_| near(text, 400)) else {
                    return Outside;
                };
                let shifted = given.clone().shifted(by);
                // The smaller unit has nothing behind the point, or it would not come back.
                let smaller = if by > 0 { &shifted } else { &given };
                if !smaller.is_integral() {
                    return Outside;
                }
                Value(Kind::Number(shifted.plain()))
            }
            (Self::Integer, _, Kind::Number(text)) => {
                match Decimal::of(text).filter(|d| d.is_integral() && near(text, 40)) {
                    Some(whole) => Value(Kind::Number(whole.plain())),
                    None => Outside,
                }
            }
            (Self::NumberString, true, Kind::Number(text)) => Value(Kind::Text(text.clone())),
            (Self::NumberString, false, Kind::Text(text)) => {
                match Node::parse(text).map(|n| n.kind) {
                    Ok(Kind::Number(number)) if number == *text => Value(Kind::Number(number)),
                    _ => Outside,
                }
            }
            (Self::Prefix(prefix), true, Kind::Text(text)) => {
                Value(Kind::Text(format!("{prefix}{text}")))
            }
            (Self::Prefix(prefix), false, Kind::Text(text)) => match text.strip_prefix(prefix) {
                Some(rest) => Value(Kind::Text(rest.into())),
                None => Outside,
            },
            (Self::Joined(separator), true, Kind::Text(text)) => {
                let parts = split(text, separator);
                let parts = parts.into_iter().map(|p| Node::new(Kind::Text(p), node));
                Value(Kind::Array(parts.collect()))
            }
            (Self::Joined(separator), false, Kind::Array(elements)) => {
                let texts: Option<Vec<String>> = elements
                    .iter()
                    .map(|e| e.text().map(str::to_owned))
                    .collect();
                // Outside is whatever would not come apart again in the same way.
                match texts {
                    Some(texts) if split(&texts.join(separator), separator) == texts => {
                        Value(Kind::Text(texts.join(separator)))
                    }
                    _ => Outside,
                }
            }
            (Self::Base64, true, Kind::Text(text)) => match decoded(text) {
                Some(plain) => Value(Kind::Text(plain)),
                None => Outside,
            },
            (Self::Base64, false, Kind::Text(text)) => Value(Kind::Text(encoded(text))),
            _ => Left,
        }
    }
}

fn near(text: &str, most: i64) -> bool {
    (-most..=most).contains(&written_exponent(text))
}

fn split(text: &str, separator: &str) -> Vec<String> {
    if text.is_empty() {
        return vec![];
    }
    text.split(separator).map(str::to_owned).collect()
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the first of January, year by year.
fn days_before(year: i64) -> i64 {
    let length = |year| if leap(year) { 366 } else { 365 };
    if year >= 1970 {
        (1970..year).map(length).sum()
    } else {
        -(year..1970).map(length).sum::<i64>()
    }
}

fn time_text(seconds: i64) -> String {
    let (mut days, second) = (seconds / 86_400, seconds % 86_400);
    // A year has at least 365 days, so this is never too early a guess.
    let mut year = 1970 + days / 365;
    while days_before(year) > days {
        year -= 1;
    }
    days -= days_before(year);
    let mut month = 1;
    while days >= month_days(year, month) {
        days -= month_days(year, month);
        month += 1;
    }
    let day = days + 1;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Seconds since 1970, and whether there were fractions of a second.
fn posix(text: &str) -> Option<(i64, bool)> {
    // 2024-02-29T23:59:59.123+01:00
    let shape = text.get(..19)?;
    let digits = |from: usize, to: usize| -> Option<i64> {
        let part = shape.get(from..to)?;
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse().ok())?
    };
    let marks: Vec<u8> = [4, 7, 10, 13, 16]
        .iter()
        .map(|i| shape.as_bytes()[*i])
        .collect();
    if !matches!(marks.as_slice(), [b'-', b'-', b'T' | b't', b':', b':']) {
        return None;
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=month_days(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut rest = &text[19..];
    let mut fraction = false;
    if let Some(behind) = rest.strip_prefix('.') {
        let zone = behind.trim_start_matches(|c: char| c.is_ascii_digit());
        if zone.len() == behind.len() {
            return None;
        }
        // `.000` cuts nothing off.
        fraction = behind[..behind.len() - zone.len()].contains(|c| c != '0');
        rest = zone;
    }
    let offset = match rest.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), a, b, b':', c, d]
            if [a, b, c, d].iter().all(|b| b.is_ascii_digit()) =>
        {
            let of = |tens: &u8, ones: &u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
            let (hours, minutes) = (of(a, b), of(c, d));
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -60 } else { 60 }
        }
        _ => return None,
    };
    let days: i64 =
        days_before(year) + (1..month).map(|m| month_days(year, m)).sum::<i64>() + day - 1;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
    (0..=253_402_300_799)
        .contains(&seconds)
        .then_some((seconds, fraction))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encoded(text: &str) -> String {
    let bits: String = text.bytes().map(|b| format!("{b:08b}")).collect();
    let mut out = String::new();
    for six in bits.as_bytes().chunks(6) {
        let six = format!("{:0<6}", String::from_utf8_lossy(six));
        let index = usize::from_str_radix(&six, 2).unwrap();
        out.push(char::from(ALPHABET[index]));
    }
    let padding = ["", "===", "==", "="][out.len() % 4];
    out + padding
}

fn decoded(text: &str) -> Option<String> {
    let digits = text.trim_end_matches('=');
    let mut bits = String::new();
    for byte in digits.bytes() {
        let index = ALPHABET.iter().position(|a| *a == byte)?;
        bits.push_str(&format!("{index:06b}"));
    }
    let whole = bits.len() / 8 * 8;
    let bytes = bits.as_bytes()[..whole]
        .chunks(8)
        .map(|eight| u8::from_str_radix(&String::from_utf8_lossy(eight), 2).unwrap());
    let plain = String::from_utf8(bytes.collect()).ok()?;
    // Only what would be written: the right padding and no bits left over.
    (encoded(&plain) == text).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::{decoded, encoded, posix, time_text};

    #[test]
    fn times_worked_by_hand() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(time_text(seconds), text);
            assert_eq!(posix(text), Some((seconds, false)));
        }
        assert_eq!(posix("1970-01-01t02:00:00.50+02:00"), Some((0, true)));
        assert_eq!(posix("1969-12-31T23:30:00-00:30"), Some((0, false)));
        for text in [
            "2023-02-29T00:00:00Z",
            "1970-01-01T00:00:60Z",
            "1970-01-01T24:00:00Z",
            "1970-01-01 00:00:00Z",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00+01:00",
            "1970-01-01T00:00:00+1:00",
            "1970-01-01T00:00:00é",
            "é",
        ] {
            assert_eq!(posix(text), None, "{text}");
        }
    }

    #[test]
    fn base64_worked_by_hand() {
        for (plain, text) in [
            ("", ""),
            ("M", "TQ=="),
            ("Ma", "TWE="),
            ("Man", "TWFu"),
            ("é", "w6k="),
        ] {
            assert_eq!(encoded(plain), text);
            assert_eq!(decoded(text).as_deref(), Some(plain));
        }
        for text in ["TQ", "TR==", "TQ=", "T===", "TQ==\n", "/w==", "T", "===="] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
