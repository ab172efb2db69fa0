//! Members by name, with values that v1 takes, values that it refuses, and names that nobody knows.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;

use super::values::{
    any_text, coordinate, fee, json, long_text, matching, number, raw, spelled, text, words,
};

/// A member under construction: name and value as JSON text.
pub(crate) type Raw = (String, String);

const HOURS: &[&str] = &[
    "24/7",
    "Mo-Fr 09:00-17:00",
    " Mo-Su 08:00-20:00 ",
    "sunrise-sunset",
    "dawn to dusk",
    "dawn_to_dusk",
    " business\u{a0}",
    "business",
    "custom",
    "\u{2003}custom",
    "",
    " \t",
    "unknown",
    "off",
    "open",
    "\"by appointment\"",
    "whenever",
    "Business",
    "Mo-Fr 09:00-17:00; PH off",
    "Dawn to dusk",
    "\u{200b}",
    "custom.",
    "sunrise-sunset ",
];

const CHARGES: &[&str] = &[
    "£0.20",
    "0.20£",
    ".2 GBP",
    "0.2GBP",
    "50p",
    "5p",
    "150p",
    "£007",
    "1.500 GBP",
    "0.50 GBP",
    "5 GBP",
    "0.50 EUR",
    "1 USD/day",
    "0.2 GBP/use",
    "free",
    "£",
    "GBP",
    "",
    "0,20 GBP",
    "1 eur",
    "£٣",
    " £1",
    "£0",
    "0.00 GBP",
    "1 EUR/",
    "p",
    "£0.1234567890123456789012345678901",
    "£123456789012345678901234567890123",
    "20 pence",
    "£1 ",
    "GBP 1",
    "1000000.01 GBP",
];

const WEIRD_NAMES: &[&str] = &[
    "",
    "/",
    "~",
    "~/",
    "~1",
    "~0",
    "a/b",
    "@ID",
    "@geometry",
    "__proto__",
    "constructor",
    "LAT",
    "lat ",
    " lat",
    "lat\u{0}",
    "é",
    "e\u{301}",
    "😀",
    "\u{7f}",
    "\"",
    "\\",
    "\n",
    "features",
    "customHours",
    "amenities",
    "wheelchair:description",
    "fee:amount",
    "payment:contactless ",
    "payment_contactles",
    "hour",
    "accessibl",
    "charge:",
    "name:en",
    "capacity",
    "addr:street",
    "shower",
    "gender",
    "website",
    "\u{feff}lat",
    "opening_hours:covid19",
    "toilets",
    "null",
    "0",
];

/// Values that a member takes and values that it refuses, as JSON text, by kind.
pub(crate) fn member(name: &'static str) -> BoxedStrategy<Raw> {
    let good: BoxedStrategy<String> = match name {
        "@id" => prop_oneof![words(&["node/1", "way/22", "x", " ", "é"]), any_text().prop_filter("empty", |t| t != "\"\"")].boxed(),
        "amenity" => words(&["toilets"]),
        "wheelchair" => words(&["yes", "no", "limited", "designated", "unknown"]),
        "access" => words(&["yes", "permissive", "customers", "private", "permit", "no", "unknown", "public"]),
        "opening_hours" | "hours" => prop_oneof![4 => words(HOURS), 1 => any_text()].boxed(),
        "accessible" | "payment_contactless" => raw(&["true", "false"]),
        "fee" => prop_oneof![3 => fee(), 1 => raw(&["true", "false"]), 1 => words(&["yes", "no"])].boxed(),
        "charge" => prop_oneof![6 => words(CHARGES), 1 => any_text(), 2 => matching("£?[0-9]{0,3}(\\.[0-9]{0,4})?( ?GBP| EUR|£|p)?")
            .prop_flat_map(spelled)].boxed(),
        "unisex" | "toilets:wheelchair" | "drinking_water" | "toilets:handwashing" => {
            prop_oneof![words(&["yes", "no"]), raw(&["true", "false"])].boxed()
        }
        "changing_table" => prop_oneof![words(&["yes", "no", "limited"]), raw(&["true", "false"])].boxed(),
        "male" | "female" | "payment:contactless" | "payment:cash" => {
            prop_oneof![words(&["yes", "no", "only"]), raw(&["true", "false"])].boxed()
        }
        "toilets:disposal" => words(&["flush", "pitlatrine", "chemical", "bucket", "dry_toilet", "tank", "incineration", "none"]),
        "toilets:position" => words(&["seated", "urinal;squat", " seated ; urinal", "squat\u{a0};\u{a0}squat"]),
        "level" => prop_oneof![any_text(), number()].boxed(),
        "layer" | "building:levels" | "height" => prop_oneof![any_text(), number(), raw(&["true", "false"])].boxed(),
        "check_date" | "survey:date" => {
            prop_oneof![words(&["2024", "2024-02", "2024-02-31", "0000-12-01"]), raw(&["2024", "1999"])].boxed()
        }
        "description" | "note" | "created_by" | "supervised" | "centralkey" => {
            prop_oneof![3 => any_text(), 1 => number(), 1 => raw(&["true", "false"])].boxed()
        }
        _ => any_text(),
    };
    let wrong = prop_oneof![
        2 => Just("null".to_owned()),
        1 => json(),
        1 => long_text(),
        1 => words(&["yes", "no", "maybe", "YES", "2024-13", "2024-1-1", "seated;", "limited", "only"]),
    ];
    prop_oneof![40 => good, 1 => wrong]
        .prop_flat_map(move |value| (spelled(name.to_owned()), Just(value)))
        .boxed()
}

const NAMES: &[&str] = &[
    "@id",
    "amenity",
    "wheelchair",
    "wheelchair",
    "access",
    "opening_hours",
    "hours",
    "hours",
    "accessible",
    "accessible",
    "payment_contactless",
    "payment:contactless",
    "fee",
    "fee",
    "charge",
    "charge",
    "unisex",
    "toilets:wheelchair",
    "drinking_water",
    "changing_table",
    "male",
    "female",
    "payment:cash",
    "toilets:disposal",
    "toilets:position",
    "level",
    "layer",
    "building:levels",
    "check_date",
    "survey:date",
    "description",
    "note",
    "created_by",
    "supervised",
    "centralkey",
    "operator",
    "name",
    "name",
    "building",
    "indoor",
    "source",
    "roof:shape",
    "toilets:access",
];

fn unknown_member() -> BoxedStrategy<Raw> {
    let name = prop_oneof![
        6 => prop::sample::select(WEIRD_NAMES).prop_map(str::to_owned),
        2 => text(),
        1 => Just("n".repeat(300)),
    ];
    (
        name.prop_flat_map(spelled),
        prop_oneof![3 => any_text(), 3 => json()],
    )
        .boxed()
}

pub(crate) fn some_members(most: usize) -> BoxedStrategy<Vec<Raw>> {
    let known = Union::new(NAMES.iter().map(|name| member(name)));
    vec(
        prop_oneof![6 => known.boxed(), 2 => unknown_member()],
        0..most,
    )
    .boxed()
}

pub(crate) fn coordinates() -> BoxedStrategy<Vec<Raw>> {
    let one = |name: &'static str, limit| {
        let value = prop_oneof![
            60 => coordinate(limit),
            1 => raw(&["90.1", "-180.00001", "1e999", "null", "\"1\"", "true", "90.000000000000000001", "1e3"]),
        ];
        (spelled(name.to_owned()), value).boxed()
    };
    (one("lat", 90), one("lng", 180), 0..50_u8)
        .prop_map(|(lat, lng, both)| if both < 49 { vec![lat, lng] } else { vec![lng] })
        .boxed()
}

/// Any member of a v1 payload, coordinates included.
pub(crate) fn v1_member() -> BoxedStrategy<Raw> {
    let known = Union::new(NAMES.iter().map(|name| member(name)));
    let coordinate = coordinates().prop_map(|mut members| members.swap_remove(0));
    prop_oneof![8 => known.boxed(), 1 => coordinate, 1 => unknown_member()].boxed()
}
