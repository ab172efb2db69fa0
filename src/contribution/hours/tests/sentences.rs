//! Sentences of the grammar, production by production as in `docs/hours.md`, and texts near them.

use proptest::prelude::*;
use proptest::sample::select;

pub(super) type Text = BoxedStrategy<String>;

pub(super) fn text(options: &'static [&'static str]) -> Text {
    select(options).prop_map(str::to_owned).boxed()
}

fn maybe(part: Text) -> Text {
    prop_oneof![Just(String::new()), part].boxed()
}

fn join(parts: Vec<Text>) -> Text {
    parts.prop_map(|parts| parts.concat()).boxed()
}

pub(super) fn either(parts: Vec<Text>) -> Text {
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

pub(super) fn hours() -> Text {
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
pub(super) fn edited(text: Text) -> Text {
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
pub(super) fn shuffled() -> Text {
    #[rustfmt::skip]
    let production = either(vec![
        years(), monthday(), weeks(), days(), weekdays(), span(), modifier(), easter(), fixed_date(),
    ]);
    let joint = text(&[" ", " ", " ", ",", ", ", ": ", ":", "-", "; ", ""]);
    prop::collection::vec(join(vec![joint, production]), 1..5)
        .prop_map(|parts| parts.concat().trim_start().to_owned())
        .boxed()
}
