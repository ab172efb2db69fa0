//! The grammar and the words against tables, an independent parser, and themselves.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use super::{Words, readable, unwords, words};

fn oracle(text: &str) -> bool {
    opening_hours_syntax::parse(text).is_ok()
}

const READABLE: &[&str] = &[
    // times
    "10:00-17:00",
    "9:00-17:00",
    "09:00 - 17:00",
    "09:00-12:00,13:00-17:00",
    "09:00-12:00, 13:00-17:00",
    "00:00-24:00",
    "22:00-06:00",
    "05:00-25:40",
    "23:59-48:00",
    "12:00+",
    "10:00-16:00+",
    // the sun
    "sunrise-sunset",
    "08:00-dusk",
    "dawn-22:00",
    "(sunrise-00:30)-(sunset+01:00)",
    "dusk+",
    // weekdays and holidays
    "Mo-Fr 09:00-17:00",
    "Fr-Mo 09:00-17:00",
    "Mo,We,Fr-Su 09:00-17:00",
    "Mo-Fr",
    "Su[1]",
    "Mo[1,3-5,-1] 10:00-12:00",
    "PH off",
    "PH +1 day off",
    "PH -2 days off",
    "SH,PH 10:00-12:00",
    "Su,PH 11:00-17:00",
    "PH,Su 11:00-17:00",
    "SH Mo-Fr 10:00-12:00",
    "Su PH off",
    // months and days
    "Jan",
    "Nov-Jan 07:30-16:00",
    "Mar,Oct 07:30-18:00",
    "May-Aug: 07:30-21:00",
    "Jun-Oct:Mo 09:00-20:00",
    "Jun-Oct: Mo-Su 09:00-20:00; Nov-May: Mo-Su 09:00-18:00",
    "Jan 23:30-24:00",
    "Jan 1:30-2:00",
    "Jan 01-Feb 15",
    "Jan 01 - 15: 10:00-12:00",
    "Dec 25 off",
    "Dec 25: off",
    "Feb 30",
    "Dec 24-26,Jan 1 off",
    "easter off",
    "easter -2 days-easter +1 day off",
    "Apr 01-easter",
    "Jan Su[1] 10:00-12:00",
    "Jan Su[1],Mo 10:00-12:00",
    // weeks and years
    "week 1-10/2",
    "week01-53 Mo 10:00-12:00",
    "week 5: 10:00-12:00",
    "2024-2026",
    "2024-2024",
    "2024-2034/5 Jan",
    "2024+ Mo-Fr",
    "2024,2026 week 1,3",
    "2024 Dec 24-2025 Jan 02 off",
    "2024 Jan 01,2025 easter off",
    "2024 Jan 01 week 1 Mo 10:00-12:00",
    // states and comments
    "24/7",
    "24/7 off \"Out of Order\"",
    "open",
    "closed",
    "unknown",
    "unknown \"ask at the café\"",
    "\"by appointment\"",
    "Mo-Fr \"by appointment\"",
    "Mo-Fr 10:00-17:00 open \"ring; twice, || knock\"",
    // rules
    "Mo 10:00-12:00;Tu 10:00-12:00",
    "Mo 10:00-12:00 ; Tu 10:00-12:00",
    "Mo, Tu 10:00-12:00",
    "Mo 10:00-12:00, Tu 10:00-13:00",
    "Mo-Fr 10:00-12:00 || \"by appointment\"",
    "Mo-Fr 10:00-12:00|| unknown",
];

const UNREADABLE: &[&str] = &[
    // nothing, or nothing but separators and spaces
    "",
    " ",
    ";",
    "Mo-Fr;",
    "; Mo-Fr",
    "Mo-Fr;; Sa",
    " Mo-Fr",
    "Mo-Fr ",
    "Mo-Fr  10:00-12:00",
    "Mo-Fr\t10:00-12:00",
    // prose
    "custom",
    "dawn to dusk",
    "9am-5pm",
    "Daily",
    "Monday 10:00-12:00",
    "10:00-12:00 tomorrow",
    // written in another case
    "mo-fr 09:00-17:00",
    "Sunrise-Sunset",
    "OFF",
    // times: a point, beyond the day, not a time
    "10:00",
    "Mo 10:00",
    "24:00-25:00",
    "24:00+",
    "25:00-26:00",
    "10:00-48:01",
    "10:00-12:60",
    "10:00-100:00",
    "1000-1200",
    "10:00-12:0",
    "10:00-12:000",
    "10.00-12.00",
    "10:00–12:00",
    "10:00-",
    "10:00 -12:00",
    "10:00-12:00,",
    "10:00-12:00,Mo 10:00-12:00",
    "10:00-12:00 14:00-16:00",
    "10:00-16:00/00:30",
    "sunset+01:00-22:00",
    "(sunset)-22:00",
    "(sunset+24:00)-22:00",
    "(sunset+01:00-22:00",
    // weekdays and holidays
    "Mo-",
    "Mo,PH,Tu",
    "SH +1 day off",
    "PH +0 days off",
    "PH +1000 days off",
    "PH +1 week off",
    "Su[0]",
    "Su[6]",
    "Su[]",
    "Su[3-1]",
    "Su[1",
    "Su[1] +1 day",
    "Sa 09:00-13:00 Su 11:00-15:00",
    // months and days
    "Jan 0",
    "Jan 00",
    "Jan 32",
    "Jan 001",
    "Dec 5:10:00-12:00",
    "Jan 15-Feb",
    "Jan-Feb 15",
    "Dec 25,26 off",
    "Jan - Mar",
    "January",
    "easter-20",
    "easter +2 off",
    "2024 Jan,2025 Feb",
    // weeks and years
    "week 0",
    "week 54",
    "week 10-1",
    "week 1-10/0",
    "week 1-10/256",
    "week",
    "2026-2024",
    "1899",
    "20245",
    "2024-2034/0",
    "2024-26",
    // states and comments
    "24/7/365",
    "24/7off",
    "offline",
    "off open",
    "open \"a\" \"b\"",
    "\"\"",
    "\"open end",
    "\"summer\": Mo 10:00-12:00",
    // rules
    "Mo||Tu",
    "Mo-Fr 08:30-20:00,Sa-Su 09:00-17:00",
    "Jan: ; Mo",
];

#[test]
fn what_people_write_is_readable() {
    for text in READABLE {
        assert!(readable(text), "{text:?} should be readable");
        assert!(oracle(text), "the oracle refuses {text:?}");
    }
}

#[test]
fn what_the_grammar_leaves_out_is_not() {
    for text in UNREADABLE {
        assert!(!readable(text), "{text:?} should not be readable");
    }
}

// Sentences, production by production as in docs/hours.md.

type Text = BoxedStrategy<String>;

fn text(options: &'static [&'static str]) -> Text {
    select(options).prop_map(str::to_owned).boxed()
}

fn maybe(part: Text) -> Text {
    prop_oneof![Just(String::new()), part].boxed()
}

fn join(parts: Vec<Text>) -> Text {
    parts.prop_map(|parts| parts.concat()).boxed()
}

fn either(parts: Vec<Text>) -> Text {
    proptest::strategy::Union::new(parts).boxed()
}

fn list(item: Text) -> Text {
    prop::collection::vec(item, 1..4)
        .prop_map(|items| items.join(","))
        .boxed()
}

/// A number as it may be written: with one leading zero, or without.
fn number(range: std::ops::RangeInclusive<u16>) -> Text {
    (range, any::<bool>())
        .prop_map(|(n, zero)| {
            if zero && n < 10 {
                format!("0{n}")
            } else {
                n.to_string()
            }
        })
        .boxed()
}

/// Two numbers in order, joined by `-`.
fn ordered(range: std::ops::RangeInclusive<u16>) -> Text {
    (range.clone(), range)
        .prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b)))
        .boxed()
}

fn hours() -> Text {
    let more = join(vec![separator(), rule()]);
    let more = prop::collection::vec(more, 0..3)
        .prop_map(|more| more.concat())
        .boxed();
    join(vec![rule(), more])
}

fn separator() -> Text {
    text(&["; ", ";", " ; ", " ;", ", ", " , ", " || ", "|| "])
}

fn rule() -> Text {
    either(vec![
        join(vec![
            text(&["24/7"]),
            maybe(join(vec![text(&[" "]), modifier()])),
        ]),
        join(vec![
            wide(),
            maybe(join(vec![text(&[" ", ": "]), narrow()])),
        ]),
        join(vec![
            wide(),
            text(&[":"]),
            narrow()
                .prop_filter("no digit after a bare colon", |narrow| {
                    !narrow.starts_with(|first: char| first.is_ascii_digit())
                })
                .boxed(),
        ]),
        narrow(),
    ])
}

fn narrow() -> Text {
    let in_days = join(vec![days(), maybe(join(vec![text(&[" "]), timed()]))]);
    either(vec![in_days, timed()])
}

fn timed() -> Text {
    let times = join(vec![
        list(span()),
        maybe(join(vec![text(&[" "]), modifier()])),
    ]);
    either(vec![times, modifier()])
}

fn modifier() -> Text {
    let state = text(&["open", "off", "closed", "unknown"]);
    let commented = maybe(join(vec![text(&[" "]), comment()]));
    either(vec![join(vec![state, commented]), comment()])
}

fn comment() -> Text {
    "[^\"]{1,9}"
        .prop_map(|inner| format!("\"{inner}\""))
        .boxed()
}

fn wide() -> Text {
    either(vec![
        join(vec![
            list(years()),
            maybe(join(vec![text(&[" "]), dates()])),
        ]),
        dates(),
    ])
}

fn years() -> Text {
    let year = (1900..=9999u16).prop_map(|year| year.to_string()).boxed();
    either(vec![
        join(vec![year, maybe(text(&["+"]))]),
        join(vec![ordered(1900..=9999), maybe(step())]),
    ])
}

fn step() -> Text {
    join(vec![text(&["/"]), number(1..=255)])
}

fn dates() -> Text {
    either(vec![
        join(vec![
            list(monthday()),
            maybe(join(vec![text(&[" "]), weeks()])),
        ]),
        weeks(),
    ])
}

fn weeks() -> Text {
    let week = either(vec![
        number(1..=53),
        join(vec![ordered(1..=53), maybe(step())]),
    ]);
    join(vec![text(&["week", "week "]), list(week)])
}

fn monthday() -> Text {
    let dash = || text(&["-", " - "]);
    let whole = join(vec![month(), maybe(join(vec![text(&["-"]), month()]))]);
    let date = || either(vec![fixed_date(), easter()]);
    either(vec![
        whole,
        join(vec![date(), maybe(join(vec![dash(), date()]))]),
        join(vec![fixed_date(), dash(), number(1..=31)]),
    ])
}

fn dated() -> Text {
    maybe((1900..=9999u16).prop_map(|year| format!("{year} ")).boxed())
}

fn fixed_date() -> Text {
    join(vec![dated(), month(), text(&[" "]), number(1..=31)])
}

fn easter() -> Text {
    join(vec![dated(), text(&["easter"]), maybe(offset())])
}

fn month() -> Text {
    text(&[
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ])
}

fn offset() -> Text {
    join(vec![
        text(&[" +", " -"]),
        number(1..=999),
        text(&[" day", " days"]),
    ])
}

fn days() -> Text {
    let holiday = || {
        either(vec![
            text(&["SH"]),
            join(vec![text(&["PH"]), maybe(offset())]),
        ])
    };
    let joint = || text(&[",", " "]);
    either(vec![
        join(vec![
            list(holiday()),
            maybe(join(vec![joint(), list(weekdays())])),
        ]),
        join(vec![
            list(weekdays()),
            maybe(join(vec![joint(), list(holiday())])),
        ]),
    ])
}

fn weekdays() -> Text {
    let weekday = || text(&["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]);
    let one = (1..=5u16).prop_map(|n| n.to_string()).boxed();
    let last = (1..=5u16).prop_map(|n| format!("-{n}")).boxed();
    let nth = either(vec![one, last, ordered(1..=5)]);
    either(vec![
        join(vec![weekday(), maybe(join(vec![text(&["-"]), weekday()]))]),
        join(vec![weekday(), text(&["["]), list(nth), text(&["]"])]),
    ])
}

fn span() -> Text {
    let dash = text(&["-", " - "]);
    let end = either(vec![clock(0..=48 * 60), sun()]);
    let start = || either(vec![clock(0..=1439), sun()]);
    either(vec![
        join(vec![start(), dash, end, maybe(text(&["+"]))]),
        join(vec![start(), text(&["+"])]),
    ])
}

fn clock(minutes: std::ops::RangeInclusive<u16>) -> Text {
    (minutes, any::<bool>())
        .prop_map(|(minutes, zero)| {
            let (hour, minute) = (minutes / 60, minutes % 60);
            if zero {
                format!("{hour:02}:{minute:02}")
            } else {
                format!("{hour}:{minute:02}")
            }
        })
        .boxed()
}

fn sun() -> Text {
    let event = || text(&["dawn", "sunrise", "sunset", "dusk"]);
    let shifted = join(vec![
        text(&["("]),
        event(),
        text(&["+", "-"]),
        clock(0..=1439),
        text(&[")"]),
    ]);
    either(vec![event(), shifted])
}

/// One or two edits of a text: a piece of it replaced by a piece of the language.
fn edited(text: Text) -> Text {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "", " ", ",", ", ", ";", ":", "-", "+", "/", "(", ")", "[1]", "[-1]", "\"", "|| ", "0", "1",
        "24", "31", "53", "10:00", "24:00", "-12:00", "2024", "2024 ", "-2025", "week", "week 1",
        "Jan", "Jan ", "-Feb", " 01", "easter", ", easter", " -1 day", " +Mo", "Mo", "-Fr", "PH",
        "SH,", "Su[1]", "sunset", "su", "mo", "off", " off", "24/7", "é",
    ];
    let edit = (any::<prop::sample::Index>(), 0..4usize, select(PIECES));
    (text, prop::collection::vec(edit, 1..3))
        .prop_map(|(mut text, edits)| {
            for (place, length, piece) in edits {
                let chars: Vec<char> = text.chars().collect();
                let from = place.index(chars.len() + 1);
                let to = (from + length).min(chars.len());
                let (head, tail) = (&chars[..from], &chars[to..]);
                text = head
                    .iter()
                    .copied()
                    .chain(piece.chars())
                    .chain(tail.iter().copied())
                    .collect();
            }
            text
        })
        .boxed()
}

/// Productions in any order, joined in any way: where two of them meet is where grammars differ.
fn shuffled() -> Text {
    #[rustfmt::skip]
    let production = either(vec![
        years(), monthday(), weeks(), days(), weekdays(), span(), modifier(), easter(), fixed_date(),
    ]);
    let joint = text(&[" ", " ", " ", ",", ", ", ": ", ":", "-", "; ", ""]);
    prop::collection::vec(join(vec![joint, production]), 1..5)
        .prop_map(|parts| parts.concat().trim_start().to_owned())
        .boxed()
}

/// What is readable, the oracle reads. The floor keeps the law from becoming empty: at least one
/// text in `one_in` has to be readable.
fn the_oracle_reads_what_is_readable(texts: Text, one_in: usize) {
    let (readables, all) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&texts, |text| {
            all.set(all.get() + 1);
            if readable(&text) {
                readables.set(readables.get() + 1);
                prop_assert!(oracle(&text), "the oracle refuses {text:?}");
            }
            Ok(())
        })
        .unwrap();
    let (readables, all): (usize, usize) = (readables.get(), all.get());
    assert!(
        readables * one_in >= all,
        "only {readables} of {all} were readable: the law says little"
    );
}

#[test]
fn the_oracle_reads_edited_sentences() {
    the_oracle_reads_what_is_readable(edited(hours()), 100);
}

#[test]
fn the_oracle_reads_edited_values() {
    the_oracle_reads_what_is_readable(edited(text(READABLE)), 100);
}

#[test]
fn the_oracle_reads_shuffled_productions() {
    the_oracle_reads_what_is_readable(shuffled(), 25);
}

proptest! {
    /// Every sentence of the documented grammar is readable, and the oracle reads it.
    #[test]
    fn every_sentence_of_the_grammar_is_readable(text in hours()) {
        prop_assert!(readable(&text), "{text:?}");
        prop_assert!(oracle(&text), "the oracle refuses {text:?}");
    }

    /// Any string gets an answer, and what is readable, the oracle reads.
    #[test]
    fn any_string_gets_an_answer(text in any::<String>()) {
        prop_assert!(!readable(&text) || oracle(&text), "the oracle refuses {text:?}");
    }

    /// `hours` gives back exactly the value that `unwords` took.
    #[test]
    fn words_undo_unwords(value in either(vec![
        hours(),
        ".*".boxed(),
        "[ \u{a0}\u{3000}\n]?(custom|business|dawn to dusk|dawn_to_dusk|sunrise-sunset|Mo)?[ \u{85}]?".boxed(),
    ])) {
        match unwords(&value) {
            Some(said) => prop_assert_eq!(heard(said), Some(value.as_str())),
            // There was no way: said as it is, the value would come back as another or not at all.
            None => prop_assert_ne!(heard(&value), Some(value.as_str())),
        }
    }
}

/// What an `hours` text comes to.
fn heard(text: &str) -> Option<&str> {
    let trimmed = text.trim();
    match words(trimmed) {
        Words::Kept => Some(trimmed),
        Words::Mapped(value) => Some(value),
        Words::Dropped => None,
    }
}

#[test]
fn words_match_exactly() {
    assert_eq!(words("dawn to dusk"), Words::Mapped("sunrise-sunset"));
    assert_eq!(words("dawn_to_dusk"), Words::Mapped("sunrise-sunset"));
    assert_eq!(words("business"), Words::Mapped("Mo-Fr 09:00-17:00"));
    assert_eq!(words("custom"), Words::Dropped);
    assert_eq!(words(""), Words::Dropped);
    for kept in [
        "24/7",
        "Business",
        "dawn  to dusk",
        "dawn to dusk ",
        "Custom",
        "unknown",
        "ask inside",
    ] {
        assert_eq!(words(kept), Words::Kept, "{kept:?}");
    }
}

#[test]
fn unwords_speaks_only_when_it_is_understood() {
    assert_eq!(unwords("sunrise-sunset"), Some("dawn to dusk"));
    for itself in ["Mo-Fr 09:00-17:00", "24/7", "unknown", "Dusk", "a  b"] {
        assert_eq!(unwords(itself), Some(itself));
    }
    for lost in [
        "",
        " ",
        "custom",
        "business",
        "dawn to dusk",
        "dawn_to_dusk",
        " 24/7",
        "24/7\u{a0}",
    ] {
        assert_eq!(unwords(lost), None, "{lost:?}");
    }
}

#[test]
fn every_word_maps_to_something_readable() {
    for word in ["dawn to dusk", "dawn_to_dusk", "business"] {
        let Words::Mapped(value) = words(word) else {
            panic!("{word} is not mapped")
        };
        assert!(readable(value), "{value:?}");
    }
}

/// Input that would punish stepping back, or a stack that grows with the input.
#[test]
fn long_texts_get_an_answer() {
    let long = |piece: &str| piece.repeat(100_000 / piece.len());
    for piece in [
        "(",
        "[",
        "\"",
        "0",
        " ",
        ",",
        "Mo,",
        "Mo[1,",
        "10:00-12:00,",
        "Jan 01-",
        "2024,",
        "week 1-2,",
    ] {
        assert!(!readable(&long(piece)), "{piece:?}");
    }
    assert!(readable(&(long("Jan 01-15,2024 Mar 01,") + "easter off")));
    assert!(readable(&(long("Mo-Fr 10:00-12:00; ") + "24/7")));
    assert!(readable(&format!("off \"{}\"", long("x"))));
}

/// Real values: what the oracle reads of them is readable here.
#[test]
fn the_hours_of_london_are_readable() {
    let beside = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/london-v1.ndjson"
    );
    let path = std::env::var("CUTOVER_LONDON").unwrap_or_else(|_| beside.to_owned());
    let Ok(file) = std::fs::read_to_string(&path) else {
        println!("skipped: there is no {path}; CUTOVER_LONDON names another place");
        return;
    };
    let mut read = 0;
    for line in file.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for member in ["hours", "opening_hours"] {
            let Some(text) = line["payload"][member].as_str() else {
                continue;
            };
            assert_eq!(readable(text), oracle(text), "{text:?}");
            read += usize::from(readable(text));
        }
    }
    assert!(read >= 40, "only {read} values were readable");
}
