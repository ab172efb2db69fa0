//! `posix-rfc3339` against a calendar that counts years and months one by one.

use super::*;

fn is_leap(year: u32) -> bool {
    year % 400 == 0 || year % 4 == 0 && year % 100 != 0
}

fn lengths(year: u32) -> [u64; 12] {
    let february = if is_leap(year) { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// The date and time of so many seconds after 1970.
fn calendar(seconds: u64) -> String {
    let (mut days, second) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    while days >= lengths(year).iter().sum() {
        days -= lengths(year).iter().sum::<u64>();
        year += 1;
    }
    let mut month = 0;
    while days >= lengths(year)[month] {
        days -= lengths(year)[month];
        month += 1;
    }
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!(
        "{year:04}-{:02}-{:02}T{hour:02}:{minute:02}:{:02}Z",
        month + 1,
        days + 1,
        second % 60
    )
}

fn time(text: &str) -> Result<String, Outside> {
    down(&Codec::PosixRfc3339, &format!("\"{text}\""))
}

#[test]
fn every_day_there_is() {
    let mut day_number = 0u64;
    for year in 1970..=9999 {
        for (month, length) in (1..).zip(lengths(year)) {
            for day in 1..=length {
                // Another second of each day.
                let second = day_number * 7_919 % 86_400;
                let seconds = (day_number * 86_400 + second).to_string();
                let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
                let text =
                    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
                let mut out = Vec::new();
                posix_rfc3339::up(Decimal::of(&seconds), &mut out).unwrap();
                assert_eq!(out[1..out.len() - 1], *text.as_bytes());
                out.clear();
                posix_rfc3339::down(&text, false, &mut out).unwrap();
                assert_eq!(out, seconds.as_bytes());
                day_number += 1;
            }
        }
    }
    assert_eq!(day_number * 86_400, 253_402_300_800);
}

#[test]
fn spellings_of_one_time() {
    for text in [
        "2024-05-01T12:00:00Z",
        "2024-05-01t12:00:00z",
        "2024-05-01T12:00:00+00:00",
        "2024-05-01T12:00:00-00:00",
        "2024-05-01T12:00:00.000000000000000000000Z",
        "2024-05-01T14:30:00+02:30",
        "2024-04-30T12:01:00-23:59",
        "2024-05-02T11:59:00+23:59",
    ] {
        assert_eq!(time(text), Ok("1714564800".to_owned()), "{text}");
    }
    assert_eq!(time("1970-01-01T00:00:00Z"), Ok("0".to_owned()));
    assert_eq!(time("1969-12-31T23:00:00-01:00"), Ok("0".to_owned()));
}

#[test]
fn what_rfc_3339_does_not_write() {
    for text in [
        "",
        "2024-05-01",
        "2024-05-01T12:00Z",
        "2024-05-01T12:00:00",
        "2024-05-01 12:00:00Z",
        "2024-05-01T12:00:00 Z",
        "2024-05-01T12:00:00.Z",
        "2024-05-01T12:00:00,5Z",
        "2024-05-01T12:00:00+0100",
        "2024-05-01T12:00:00+01",
        "2024-05-01T12:00:00+01:00:00",
        "2024-05-01T12:00:00+24:00",
        "2024-05-01T12:00:00+01:60",
        "2024-05-01T12:00:00ZZ",
        " 2024-05-01T12:00:00Z",
        "2024-5-01T12:00:00Z",
        "24-05-01T12:00:00Z",
        "+2024-05-01T12:00:00Z",
        "12024-05-01T12:00:00Z",
        "2024-00-01T12:00:00Z",
        "2024-13-01T12:00:00Z",
        "2024-05-00T12:00:00Z",
        "2024-05-32T12:00:00Z",
        "2024-04-31T12:00:00Z",
        "2023-02-29T12:00:00Z",
        "1900-02-29T12:00:00Z",
        "2100-02-29T12:00:00Z",
        "2024-05-01T24:00:00Z",
        "2024-05-01T12:60:00Z",
        "2024-05-01T12:00:61Z",
        "2024-05-01T12:00:00\u{2212}01:00",
        "２024-05-01T12:00:00Z",
    ] {
        let reason = time(text).unwrap_err().reason;
        assert!(reason.contains("RFC 3339"), "{text}: {reason}");
    }
}

#[test]
fn times_that_have_no_number() {
    for text in ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60+01:00"] {
        assert!(
            time(text).unwrap_err().reason.contains("leap second"),
            "{text}"
        );
    }
    for text in [
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "0000-01-01T00:00:00Z",
        "0000-02-29T00:00:00Z",
        "9999-12-31T23:59:59-00:01",
    ] {
        assert!(time(text).unwrap_err().reason.contains("9999"), "{text}");
    }
}

#[test]
fn fractions_are_cut_where_that_is_allowed() {
    let cut =
        |text: &str, loss| convert(&Codec::PosixRfc3339, Side::To, &format!("\"{text}\""), loss);
    let half = "2024-05-01T12:00:00.5Z";
    assert!(cut(half, false).unwrap_err().reason.contains("fraction"));
    for text in [
        half,
        "2024-05-01T12:00:00.999999999999Z",
        "2024-05-01T13:00:00.001+01:00",
    ] {
        assert_eq!(
            cut(text, true),
            Ok((Coded::Cut, "1714564800".to_owned())),
            "{text}"
        );
    }
    let zeros = cut("2024-05-01T12:00:00.00Z", true);
    assert_eq!(zeros, Ok((Coded::Exact, "1714564800".to_owned())));
    // Cutting makes nothing valid that begins before 1970.
    assert!(cut("1969-12-31T23:59:59.5Z", true).is_err());
    assert!(convert(&Codec::PosixRfc3339, Side::From, "0.5", true).is_err());
}

proptest! {
    /// Up agrees with the calendar, whatever the spelling of the number.
    #[test]
    fn up_agrees_with_the_calendar(seconds in 0u64..=253_402_300_799, zeros in 0usize..4) {
        let expected = format!("\"{}\"", calendar(seconds));
        for text in [
            format!("{seconds}"),
            format!("{seconds}.{}0", "0".repeat(zeros)),
            format!("{seconds}{}e-{zeros}", "0".repeat(zeros)),
        ] {
            prop_assert_eq!(up(&Codec::PosixRfc3339, &text), Ok(expected.clone()));
        }
    }

    /// An offset takes as much away as it says.
    #[test]
    fn offsets_are_taken_away(seconds in 86_400u64..253_402_200_000, hours in 0u64..24, minutes in 0u64..60) {
        let (local, offset) = (calendar(seconds), hours * 3_600 + minutes * 60);
        let local = local.strip_suffix('Z').unwrap();
        prop_assert_eq!(time(&format!("{local}+{hours:02}:{minutes:02}")), Ok((seconds - offset).to_string()));
        prop_assert_eq!(time(&format!("{local}-{hours:02}:{minutes:02}")), Ok((seconds + offset).to_string()));
    }
}
