//! The tags of a contribution, each with its tier and kind: what schemas, rules, hooks and messages are made from.
//!
//! Tags, tiers and kinds are those found on real London toilets (© OpenStreetMap contributors, ODbL); the words are
//! those of the OSM wiki's pages on each key. All other tags are specialized: kept as they are.

use std::sync::LazyLock;

use super::kind::Kind;
use super::report::Tier::{self, Core, HighFrequency, Optional};
use crate::mapping::names::Names;
use crate::version::Version;

/// A member that is judged.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: &'static str,
    pub(crate) tier: Tier,
    pub(crate) kind: Kind,
    /// The tag that this is v1's name for.
    pub(crate) alias_of: Option<&'static str>,
}

impl Tag {
    const fn new(name: &'static str, tier: Tier, kind: Kind) -> Self {
        Self {
            name,
            tier,
            kind,
            alias_of: None,
        }
    }

    const fn alias(self, tag: &'static str) -> Self {
        Self {
            alias_of: Some(tag),
            ..self
        }
    }
}

/// The core members, all required in v2, in the order in which they are written.
pub(crate) const CORE: [&str; 8] = [
    "@id",
    "amenity",
    "lat",
    "lng",
    "wheelchair",
    "access",
    "opening_hours",
    "fee",
];

/// The members that a version requires.
pub(crate) const fn required(version: Version) -> &'static [&'static str] {
    match version {
        Version::V1 => &["lat", "lng"],
        Version::V2 => &CORE,
    }
}

const WHEELCHAIR: Kind = Kind::Enum {
    words: &["yes", "no", "limited", "designated", "unknown"],
    earlier: None,
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
    earlier: Some("public"),
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
    earlier: None,
};
const AMENITY: Kind = Kind::Enum {
    words: &["toilets"],
    earlier: None,
};
const LATITUDE: Kind = Kind::Number {
    min: -90.0,
    max: 90.0,
};
const LONGITUDE: Kind = Kind::Number {
    min: -180.0,
    max: 180.0,
};
const POSITION: Kind = Kind::List {
    words: &["seated", "urinal", "squat"],
};
const YES_NO: Kind = Kind::YesNo { also: None };
const YES_NO_LIMITED: Kind = Kind::YesNo {
    also: Some("limited"),
};
const YES_NO_ONLY: Kind = Kind::YesNo { also: Some("only") };
const TEXT: Kind = Kind::Text { max: 255 };
const LONG_TEXT: Kind = Kind::Text { max: 1_000 };

#[rustfmt::skip]
pub(crate) static TAGS: [Tag; 44] = [
    Tag::new("@id", Core, Kind::Id),
    Tag::new("amenity", Core, AMENITY),
    Tag::new("lat", Core, LATITUDE),
    Tag::new("lng", Core, LONGITUDE),
    Tag::new("wheelchair", Core, WHEELCHAIR),
    Tag::new("access", Core, ACCESS),
    Tag::new("opening_hours", Core, Kind::Hours),
    Tag::new("fee", Core, Kind::Fee),
    Tag::new("charge", HighFrequency, Kind::Charge),
    Tag::new("male", HighFrequency, YES_NO_ONLY),
    Tag::new("female", HighFrequency, YES_NO_ONLY),
    Tag::new("unisex", HighFrequency, YES_NO),
    Tag::new("changing_table", HighFrequency, YES_NO_LIMITED),
    Tag::new("building", HighFrequency, TEXT),
    Tag::new("level", HighFrequency, Kind::TextOrNumber),
    Tag::new("toilets:disposal", HighFrequency, DISPOSAL),
    Tag::new("operator", HighFrequency, TEXT),
    Tag::new("name", HighFrequency, Kind::Name),
    Tag::new("source", HighFrequency, TEXT),
    Tag::new("toilets:position", HighFrequency, POSITION),
    Tag::new("toilets:wheelchair", HighFrequency, YES_NO),
    Tag::new("indoor", HighFrequency, TEXT),
    Tag::new("payment:cash", HighFrequency, YES_NO_ONLY),
    Tag::new("payment:contactless", HighFrequency, YES_NO_ONLY),
    Tag::new("check_date", Optional, Kind::Date),
    Tag::new("toilets:handwashing", Optional, YES_NO),
    Tag::new("description", Optional, LONG_TEXT),
    Tag::new("building:levels", Optional, Kind::TextOrNumber),
    Tag::new("note", Optional, LONG_TEXT),
    Tag::new("roof:shape", Optional, TEXT),
    Tag::new("layer", Optional, Kind::TextOrNumber),
    Tag::new("survey:date", Optional, Kind::Date),
    Tag::new("created_by", Optional, TEXT),
    Tag::new("supervised", Optional, TEXT),
    Tag::new("drinking_water", Optional, YES_NO),
    Tag::new("roof:colour", Optional, TEXT),
    Tag::new("entrance", Optional, TEXT),
    Tag::new("centralkey", Optional, TEXT),
    Tag::new("height", Optional, Kind::TextOrNumber),
    Tag::new("toilets:access", Optional, TEXT),
    Tag::new("toilets:menstrual_products", Optional, YES_NO),
    // What v1 calls them.
    Tag::new("accessible", Core, Kind::Bool).alias("wheelchair"),
    Tag::new("hours", Core, Kind::HoursWords).alias("opening_hours"),
    Tag::new("payment_contactless", HighFrequency, Kind::Bool).alias("payment:contactless"),
];

/// Tags by name: places in [`TAGS`].
pub(crate) static BY_NAME: LazyLock<Names<u8>> =
    LazyLock::new(|| Names::new(TAGS.iter().map(|tag| tag.name).zip(0..)));

/// The tag of this name, if it is one that is judged.
pub(crate) fn tag(name: &str) -> Option<&'static Tag> {
    TAGS.iter().find(|tag| tag.name == name)
}
