//! What every kind of payload draws from: words, coordinates, fees, and the tags that both versions know.

use super::members::Members;
use crate::model::json::quote;
use crate::rng::Rng;

/// Words for opening hours that need no finding.
pub(crate) const HOURS: &[&str] = &[
    "24/7",
    "Mo-Fr 09:00-17:00",
    "Mo-Su 08:00-20:00",
    "Mo-Sa 07:30-19:30; Su 10:00-16:00",
    "08:00-22:00",
    "sunrise-sunset",
    "Mo-Fr 06:00-23:00; PH off",
];

pub(crate) const CHARGES: &[&str] = &[
    "£0.20",
    "0.20£",
    ".2 GBP",
    "0.5GBP",
    "50p",
    "1.00 GBP",
    "0.50 EUR",
    "2 GBP/day",
    "00.125 GBP",
];

pub(crate) const NAMES: &[&str] = &[
    "Park Lane Toilets",
    "Garden Street Arcade",
    "Öffentliche Toilette am Markt",
    "The Old Station House",
    "公衆トイレ 中央公園",
    "Loo 🚽 by the pier",
    "Kings Place\\Level 2",
    "  Market Hall  ",
    "Library, ground floor",
    "St Anne's Gardens",
];

const NOTES: &[&str] = &[
    "Behind the ticket office, ask for the key.",
    "Entrance from the car park; steep ramp.",
    "Übergang zur Bibliothek, zweite Tür links",
    "Closed in winter\nwhen pipes freeze",
    "Next to platform 3, past the barriers and to the left of the kiosk.",
    "Sign says \"staff only\" but it is open to all",
    "Half-way along the towpath",
    "Kiosk sells tea for a pound",
];

/// Tags that both versions know, and unknown ones.
pub(crate) fn tags(rng: &mut Rng, members: &mut Members, clean: bool) {
    if rng.chance(45) {
        members.raw(
            "changing_table",
            rng.pick::<&str>(&["true", "false", "\"yes\"", "\"limited\""]),
        );
    }
    if rng.chance(30) {
        members.raw(
            "level",
            rng.pick::<&str>(&["\"0\"", "\"-1;0\"", "1", "-2", "\"ground\""]),
        );
    }
    if rng.chance(35) {
        members.text("male", rng.pick::<&str>(&["yes", "no"]));
        members.text("female", rng.pick::<&str>(&["yes", "no", "only"]));
    } else if rng.chance(25) {
        members.raw("unisex", rng.pick::<&str>(&["\"yes\"", "true"]));
    }
    if rng.chance(40) {
        members.text("description", rng.pick::<&str>(NOTES));
    }
    if rng.chance(25) {
        members.text(
            "operator",
            rng.pick::<&str>(&[
                "City Council",
                "Southern Rail",
                "National Trust",
                "Leisure & Co",
            ]),
        );
    }
    if rng.chance(30) {
        let date = format!(
            "20{:02}-{:02}-{:02}",
            10 + rng.below(17),
            1 + rng.below(12),
            1 + rng.below(28)
        );
        members.text("check_date", &date);
    }
    if rng.chance(15) {
        members.text(
            "toilets:disposal",
            rng.pick::<&str>(&["flush", "chemical", "pitlatrine"]),
        );
        members.text(
            "toilets:position",
            rng.pick::<&str>(&["seated", "seated;urinal", "seated; urinal"]),
        );
    }
    if rng.chance(10) {
        members.raw(
            "building:levels",
            rng.pick::<&str>(&["2", "\"1.5\"", "1e0"]),
        );
    }
    if !clean && rng.chance(5) {
        members.raw(
            "supervised",
            rng.pick::<&str>(&["true", "5", "\"interval\""]),
        );
    }
    if rng.chance(40) {
        for _ in 0..=rng.below(3) {
            let text = rng.pick::<&str>(NOTES);
            let nested = !clean && rng.chance(35);
            let name = match rng.below(12) {
                0 => "addr:street",
                1 => "addr:postcode",
                2 => "website",
                3 => "fixme",
                4 => "x-client",
                5 => "größe",
                6 => "a/b~c",
                7 => "say \"hi\"",
                8 => "",
                9 => "features",
                10 => "lat ",
                _ => "customHours",
            };
            if nested {
                let nested = format!(
                    r#"{{"by":{},"at":[{},null,{{"ok":true}}]}}"#,
                    quote(text),
                    rng.below(1_000)
                );
                members.raw(name, &nested);
            } else {
                members.text(name, text);
            }
        }
    }
}

pub(crate) fn coordinates(rng: &mut Rng, members: &mut Members) {
    for (name, whole) in [("lat", 90), ("lng", 180)] {
        let sign = if rng.chance(50) { "-" } else { "" };
        let whole = rng.below(whole);
        let text = match rng.below(20) {
            0 => format!("{sign}{whole}"),
            1 => format!("{sign}{whole}.{:015}", rng.below(1_000_000_000_000_000)),
            2 => format!(
                "{sign}{}.{:06}e{}1",
                whole / 10,
                rng.below(1_000_000),
                rng.pick(&["", "+", "0"])
            ),
            3 => format!("{sign}{whole}.{:04}000", rng.below(10_000)),
            _ => format!("{sign}{whole}.{:07}", rng.below(10_000_000)),
        };
        members.raw(name, &text);
    }
}

/// A fee; with `odd` there are some that v1 remarks on.
pub(crate) fn fee(rng: &mut Rng, odd: bool) -> String {
    let words = [
        "0", "0.2", "0.5", "0.50", "1", "1.00", "2e-1", "0.125", "5E-1", "1e1", "-0", "0.0",
        "12.345",
    ];
    if odd && rng.chance(4) {
        "-1".to_owned()
    } else {
        (*rng.pick(&words)).to_owned()
    }
}
