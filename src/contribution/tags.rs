//! The definition of a contribution: every tag with its tier, kind, alias and what stands in for it, as one table.
//!
//! Tags, tiers and kinds are those found on real London toilets (© OpenStreetMap contributors, ODbL); the words are
//! those of the OSM wiki's pages on each key.

use super::{charge, hours};
use crate::payload::kind::{Amount, Kind, Normal, trimmed};
use crate::payload::report::Code;
use crate::payload::report::Tier::{Core, HighFrequency, Optional, Specialized};
use crate::payload::table::{Down, Member, Table};

/// The definition that everything reads: scan, upgrade, downgrade, validation, comparison, schemas.
pub(crate) static CONTRIBUTION: Table = Table::new(ROWS, CORE, CHARGE as usize + 1, &[LAT, LNG]);

/// The core members, all required in v2, in the order in which they are written.
const CORE: &[&str] = &[
    "@id",
    "amenity",
    "lat",
    "lng",
    "wheelchair",
    "access",
    "opening_hours",
    "fee",
];

const LAT: u8 = 2;
const LNG: u8 = 3;
const WHEELCHAIR: u8 = 4;
const OPENING_HOURS: u8 = 6;
const CHARGE: u8 = 8;
const PAYMENT_CONTACTLESS: u8 = 23;

const UNKNOWN: &str = r#""unknown""#;
const YES: &str = r#""yes""#;
const NO: &str = r#""no""#;

const ID: Kind = Kind::Id { prefix };
const LATITUDE: Kind = Kind::Number {
    min: -90.0,
    max: 90.0,
};
const LONGITUDE: Kind = Kind::Number {
    min: -180.0,
    max: 180.0,
};
const AMENITY: Kind = Kind::Enum {
    words: &["toilets"],
    replaced: None,
};
const WHEELCHAIR_WORDS: Kind = Kind::Enum {
    words: &["yes", "no", "limited", "designated", "unknown"],
    replaced: None,
};
const ACCESS: Kind = Kind::Enum {
    words: &[
        "yes",
        "permissive",
        "customers",
        "private",
        "permit",
        "no",
        "unknown",
    ],
    replaced: Some(("public", "yes")),
};
const DISPOSAL: Kind = Kind::Enum {
    words: &[
        "flush",
        "pitlatrine",
        "chemical",
        "bucket",
        "dry_toilet",
        "tank",
        "incineration",
        "none",
    ],
    replaced: None,
};
const POSITION: Kind = Kind::List {
    words: &["seated", "urinal", "squat"],
};
const FEE_FLAG: Kind = Kind::Flag {
    amount: Some(POUNDS),
};
/// What a number in `fee` says, in v1 and in the form.
pub(super) const POUNDS: Amount = Amount {
    into: CHARGE,
    most: charge::LIMIT,
    read: charge::of_fee,
    write: charge::write_fee,
    back: charge::fee,
};
const CHARGE_TEXT: Kind = Kind::Read {
    max: 255,
    normal: charge::normal,
    readable: charge::readable,
    trims: false,
    unreadable: Code::UnreadableCharge,
};
const HOURS: Kind = Kind::Read {
    max: 255,
    normal: |_| Normal::Same,
    readable: hours::readable,
    trims: false,
    unreadable: Code::UnreadableHours,
};
pub(super) const HOURS_WORDS: Kind = Kind::Read {
    max: 255,
    normal: hours::of_v1,
    readable: hours::readable,
    trims: true,
    unreadable: Code::UnreadableHours,
};
const HOURS_BACK: Down = Down::Text {
    name: "hours",
    back: hours::unwords,
};
const NAME: Kind = Kind::Read {
    max: 255,
    normal: trimmed,
    readable: |_| true,
    trims: true,
    unreadable: Code::UnusualValue,
};
const YES_NO: Kind = Kind::YesNo { also: None };
const YES_NO_LIMITED: Kind = Kind::YesNo {
    also: Some("limited"),
};
const YES_NO_ONLY: Kind = Kind::YesNo { also: Some("only") };
const TEXT: Kind = Kind::Text { max: 255 };
const LONG_TEXT: Kind = Kind::Text { max: 1_000 };
const TEXT_OR_NUMBER: Kind = Kind::TextOrNumber;

/// An OSM element's id stands for itself; any other contribution is a node that OSM does not have yet.
fn prefix(id: &str) -> &'static str {
    let number = id
        .strip_prefix("node/")
        .or_else(|| id.strip_prefix("way/"))
        .or_else(|| id.strip_prefix("relation/"));
    let element = number.is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    });
    if element { "" } else { "node/temp_" }
}

#[rustfmt::skip]
const ROWS: &[Member] = &[
    Member::new("@id", Core, ID),
    Member::new("amenity", Core, AMENITY).absent(r#""toilets""#, r#""toilets""#),
    Member::new("lat", Core, LATITUDE),
    Member::new("lng", Core, LONGITUDE),
    Member::new("wheelchair", Core, WHEELCHAIR_WORDS).absent(UNKNOWN, UNKNOWN).down(Down::Bool("accessible")),
    Member::new("access", Core, ACCESS).absent(UNKNOWN, YES),
    Member::new("opening_hours", Core, HOURS).absent(UNKNOWN, r#""24/7""#).down(HOURS_BACK),
    Member::new("fee", Core, FEE_FLAG).absent("false", "false"),
    Member::new("charge", HighFrequency, CHARGE_TEXT),
    Member::new("male", HighFrequency, YES_NO_ONLY).legacy(YES),
    Member::new("female", HighFrequency, YES_NO_ONLY).legacy(YES),
    Member::new("unisex", HighFrequency, YES_NO).legacy(NO),
    Member::new("changing_table", HighFrequency, YES_NO_LIMITED),
    Member::new("building", HighFrequency, TEXT),
    Member::new("level", HighFrequency, TEXT_OR_NUMBER),
    Member::new("toilets:disposal", HighFrequency, DISPOSAL),
    Member::new("operator", HighFrequency, TEXT),
    Member::new("name", HighFrequency, NAME),
    Member::new("source", HighFrequency, TEXT),
    Member::new("toilets:position", HighFrequency, POSITION),
    Member::new("toilets:wheelchair", HighFrequency, YES_NO),
    Member::new("indoor", HighFrequency, TEXT),
    Member::new("payment:cash", HighFrequency, YES_NO_ONLY),
    Member::new("payment:contactless", HighFrequency, YES_NO_ONLY),
    Member::new("check_date", Optional, Kind::Date),
    Member::new("toilets:handwashing", Optional, YES_NO),
    Member::new("description", Optional, LONG_TEXT),
    Member::new("building:levels", Optional, TEXT_OR_NUMBER),
    Member::new("note", Optional, LONG_TEXT),
    Member::new("roof:shape", Optional, TEXT),
    Member::new("layer", Optional, TEXT_OR_NUMBER),
    Member::new("survey:date", Optional, Kind::Date),
    Member::new("created_by", Optional, TEXT),
    Member::new("supervised", Optional, TEXT),
    Member::new("drinking_water", Optional, YES_NO),
    Member::new("roof:colour", Optional, TEXT),
    Member::new("entrance", Optional, TEXT),
    Member::new("centralkey", Optional, TEXT),
    Member::new("height", Optional, TEXT_OR_NUMBER),
    Member::new("toilets:access", Optional, TEXT),
    Member::new("toilets:menstrual_products", Optional, YES_NO),
    Member::new("@geometry", Specialized, Kind::Any),
    Member::new("payment:credit_cards", Specialized, Kind::Any),
    Member::new("toilets:paper_supplied", Specialized, Kind::Any),
    Member::new("addr:street", Specialized, Kind::Any),
    Member::new("disabled", Specialized, Kind::Any),
    Member::new("wheelchair:description", Specialized, Kind::Any),
    Member::new("addr:city", Specialized, Kind::Any),
    Member::new("addr:housename", Specialized, Kind::Any),
    Member::new("addr:postcode", Specialized, Kind::Any),
    Member::new("check_date:wheelchair", Specialized, Kind::Any),
    Member::new("changing_table:location", Specialized, Kind::Any),
    Member::new("check_date:opening_hours", Specialized, Kind::Any),
    Member::new("fixme", Specialized, Kind::Any),
    Member::new("portable", Specialized, Kind::Any),
    Member::new("area", Specialized, Kind::Any),
    Member::new("building:colour", Specialized, Kind::Any),
    Member::new("building:part", Specialized, Kind::Any),
    Member::new("operator:type", Specialized, Kind::Any),
    Member::new("operator:wikidata", Specialized, Kind::Any),
    Member::new("payment:coins", Specialized, Kind::Any),
    Member::new("website", Specialized, Kind::Any),
    Member::new("addr:housenumber", Specialized, Kind::Any),
    Member::new("addr:unit", Specialized, Kind::Any),
    Member::new("building:material", Specialized, Kind::Any),
    Member::new("gender_segregated", Specialized, Kind::Any),
    Member::new("payment:debit_cards", Specialized, Kind::Any),
    Member::new("designation", Specialized, Kind::Any),
    Member::new("fee:amount", Specialized, Kind::Any),
    Member::new("payment:apple_pay", Specialized, Kind::Any),
    Member::new("payment:google_pay", Specialized, Kind::Any),
    Member::new("payment:paywave", Specialized, Kind::Any),
    Member::new("roof:levels", Specialized, Kind::Any),
    Member::new("shower", Specialized, Kind::Any),
    Member::new("capacity", Specialized, Kind::Any),
    Member::new("contact:phone", Specialized, Kind::Any),
    Member::new("gender", Specialized, Kind::Any),
    Member::new("hot_water", Specialized, Kind::Any),
    Member::new("level:ref", Specialized, Kind::Any),
    Member::new("location", Specialized, Kind::Any),
    Member::new("max_age", Specialized, Kind::Any),
    Member::new("old_name", Specialized, Kind::Any),
    Member::new("opening_hours:covid19", Specialized, Kind::Any),
    Member::new("payment:american_express", Specialized, Kind::Any),
    Member::new("payment:mastercard", Specialized, Kind::Any),
    Member::new("payment:visa", Specialized, Kind::Any),
    Member::new("roof:orientation", Specialized, Kind::Any),
    Member::new("toilets", Specialized, Kind::Any),
    Member::new("toilets:hands_drying", Specialized, Kind::Any),
    Member::new("toilets:num_chambers", Specialized, Kind::Any),
    Member::new("wikidata", Specialized, Kind::Any),
    Member::new("addr:place", Specialized, Kind::Any),
    Member::new("bottle", Specialized, Kind::Any),
    Member::new("changing_table:adult", Specialized, Kind::Any),
    Member::new("check_date:fee", Specialized, Kind::Any),
    Member::new("child", Specialized, Kind::Any),
    Member::new("composting", Specialized, Kind::Any),
    Member::new("currency:GBP", Specialized, Kind::Any),
    Member::new("currency:others", Specialized, Kind::Any),
    Member::new("fee:note", Specialized, Kind::Any),
    Member::new("historic", Specialized, Kind::Any),
    Member::new("inside", Specialized, Kind::Any),
    Member::new("locked", Specialized, Kind::Any),
    Member::new("man_made", Specialized, Kind::Any),
    Member::new("mapillary", Specialized, Kind::Any),
    Member::new("men", Specialized, Kind::Any),
    Member::new("note:opening_hours", Specialized, Kind::Any),
    Member::new("opening_hours:signed", Specialized, Kind::Any),
    Member::new("outdoor_seating", Specialized, Kind::Any),
    Member::new("payment:visa_debit", Specialized, Kind::Any),
    Member::new("ref:GB:uprn", Specialized, Kind::Any),
    Member::new("roof:height", Specialized, Kind::Any),
    Member::new("roof:material", Specialized, Kind::Any),
    Member::new("seasonal", Specialized, Kind::Any),
    Member::new("source:description", Specialized, Kind::Any),
    Member::new("source:male", Specialized, Kind::Any),
    Member::new("toilets:hand_drying", Specialized, Kind::Any),
    Member::new("toilets:hot_water", Specialized, Kind::Any),
    Member::new("toilets:scheme", Specialized, Kind::Any),
    Member::new("toilets:supervised", Specialized, Kind::Any),
    Member::new("verified", Specialized, Kind::Any),
    Member::new("wheelchair:description:en", Specialized, Kind::Any),
    // What v1 calls them.
    Member::new("accessible", Core, Kind::Bool).alias_of(WHEELCHAIR),
    Member::new("hours", Core, HOURS_WORDS).alias_of(OPENING_HOURS),
    Member::new("payment_contactless", HighFrequency, Kind::Bool).alias_of(PAYMENT_CONTACTLESS),
];
