//! Payloads of v1 with their contribution ids, and payloads of v2.

use super::members::Members;
use super::tags::{CHARGES, HOURS, NAMES, coordinates, fee, tags};
use crate::rng::Rng;

/// v1 payloads with their contribution ids, the same for the same seed: 150 to 400 bytes as a rule, 234 on average.
///
/// Order is permuted; 29 % hold non-ASCII, 29 % a backslash, 40 % unknown members (some nested), 10 % white space,
/// 1 % an escaped known name; there are nulls, aliases beside their tags, fees and coordinates in many spellings.
#[derive(Clone, Debug)]
pub struct Payloads {
    rng: Rng,
    clean: bool,
}

impl Payloads {
    /// All kinds of payloads that v1 accepts.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            rng: Rng::seeded(seed),
            clean: false,
        }
    }

    /// Only payloads without a finding.
    #[must_use]
    pub fn clean(mut self) -> Self {
        self.clean = true;
        self
    }
}

impl Iterator for Payloads {
    type Item = (String, String);

    fn next(&mut self) -> Option<Self::Item> {
        let id = id(&mut self.rng);
        Some((id, v1(&mut self.rng, self.clean)))
    }
}

/// Valid v2 payloads, the same for the same seed; some with warnings.
#[derive(Clone, Debug)]
pub struct V2Payloads(Rng);

impl V2Payloads {
    /// All kinds of payloads that v2 accepts.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Rng::seeded(seed))
    }
}

impl Iterator for V2Payloads {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let rng = &mut self.0;
        let mut members = Members::default();
        members.text("@id", &osm_id(rng));
        members.text("amenity", "toilets");
        coordinates(rng, &mut members);
        members.text(
            "wheelchair",
            rng.pick::<&str>(&["yes", "no", "limited", "designated", "unknown"]),
        );
        members.text(
            "access",
            rng.pick::<&str>(&[
                "yes",
                "customers",
                "permissive",
                "unknown",
                "public",
                "private",
            ]),
        );
        let more = [
            "unknown",
            "sunrise-sunset",
            "dawn to dusk",
            " 24/7",
            "custom",
        ];
        members.text(
            "opening_hours",
            rng.pick::<&str>(&[HOURS, &more[..]].concat()),
        );
        members.raw(
            "fee",
            rng.pick::<&str>(&["true", "true", "false", "\"yes\"", "\"no\""]),
        );
        if rng.chance(40) {
            members.text("charge", rng.pick::<&str>(CHARGES));
        }
        if rng.chance(20) {
            members.raw(
                "payment:contactless",
                rng.pick::<&str>(&["true", "\"only\"", "\"no\""]),
            );
        }
        tags(rng, &mut members, false);
        Some(members.write(rng))
    }
}

fn osm_id(rng: &mut Rng) -> String {
    format!(
        "{}/{}",
        rng.pick(&["node", "way", "relation"]),
        rng.below(12_000_000_000)
    )
}

/// An id as services make them: OSM ids, UUIDs, now and then a word with non-ASCII.
fn id(rng: &mut Rng) -> String {
    match rng.below(10) {
        0..=3 => osm_id(rng),
        4..=8 => {
            let (a, b) = (rng.next_u64(), rng.next_u64());
            format!(
                "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                a >> 32,
                a >> 16 & 0xffff,
                a & 0xfff,
                b >> 52,
                b & 0xffff_ffff_ffff
            )
        }
        _ => format!("größe-{}", rng.below(1_000)),
    }
}

fn v1(rng: &mut Rng, clean: bool) -> String {
    let mut members = Members::default();
    coordinates(rng, &mut members);
    if rng.chance(55) {
        let name = rng.pick::<&str>(NAMES);
        members.text("name", name);
    }
    if rng.chance(55) {
        let more = [
            "dawn to dusk",
            "dawn_to_dusk",
            "business",
            " business ",
            "24/7",
        ];
        members.text("hours", rng.pick::<&str>(&[HOURS, &more[..]].concat()));
    } else if !clean && rng.chance(20) {
        members.text(
            "hours",
            rng.pick::<&str>(&["custom", "", "ask at the desk", "early till late"]),
        );
    }
    if rng.chance(60) {
        members.raw("accessible", if rng.chance(60) { "true" } else { "false" });
        if !clean && rng.chance(6) {
            members.text("wheelchair", rng.pick::<&str>(&["limited", "yes"]));
        }
    } else if rng.chance(40) {
        members.text(
            "wheelchair",
            rng.pick::<&str>(&["limited", "designated", "no"]),
        );
    }
    if rng.chance(55) {
        members.raw("fee", &fee(rng, !clean));
        if !clean && rng.chance(5) {
            members.text("charge", rng.pick::<&str>(CHARGES));
        }
    } else if rng.chance(20) {
        members.raw("fee", "\"yes\"");
        members.text("charge", rng.pick::<&str>(CHARGES));
    }
    if rng.chance(35) {
        members.raw(
            "payment_contactless",
            if rng.chance(70) { "true" } else { "false" },
        );
    }
    tags(rng, &mut members, clean);
    if !clean && rng.chance(6) {
        members.raw(
            rng.pick::<&str>(&["operator", "entrance", "hours_note", "drinking_water"]),
            "null",
        );
    }
    members.write(rng)
}
