//! Seeded, endless, varied payloads that v1 (or v2) accepts, of the size real contributions have: for benches, load
//! and `--generate`. Hard and refused payloads come from [`strategies`](crate::strategies).

use crate::model::json::quote;
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
        members.text(
            "@id",
            &format!(
                "{}/{}",
                rng.pick(&["node", "way", "relation"]),
                rng.below(12_000_000_000)
            ),
        );
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

/// What a person fills in (CONTRACT 1.1), the same for the same seed; every form gives payloads that v1 and v2 accept.
#[derive(Clone, Debug)]
pub struct Forms(Rng);

impl Forms {
    /// All kinds of forms.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Rng::seeded(seed))
    }
}

impl Iterator for Forms {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let rng = &mut self.0;
        let mut members = Members::default();
        coordinates(rng, &mut members);
        if rng.chance(70) {
            members.text("name", rng.pick::<&str>(NAMES));
        }
        if rng.chance(80) {
            let words = [
                "24/7",
                "dawn to dusk",
                "dawn_to_dusk",
                "business",
                "custom",
                " custom ",
                "Mo-Fr 10:00-16:00",
                "",
            ];
            members.text("hours", rng.pick::<&str>(&words));
        }
        if rng.chance(40) {
            members.text(
                "customHours",
                rng.pick::<&str>(&["Sa 10:00-14:00", " business", "custom", "", "ask the café"]),
            );
        }
        if rng.chance(60) {
            members.raw("accessible", if rng.chance(50) { "true" } else { "false" });
        }
        if rng.chance(60) {
            members.raw("fee", &fee(rng, false));
        }
        if rng.chance(70) {
            let mut features = Members::default();
            for name in ["babyChange", "radar", "automatic", "contactless"] {
                if rng.chance(50) {
                    features.raw(name, if rng.chance(60) { "true" } else { "false" });
                }
            }
            let features = features.write(rng);
            members.raw("features", &features);
        }
        Some(members.write(rng))
    }
}

/// Words for opening hours that need no finding.
const HOURS: &[&str] = &[
    "24/7",
    "Mo-Fr 09:00-17:00",
    "Mo-Su 08:00-20:00",
    "Mo-Sa 07:30-19:30; Su 10:00-16:00",
    "08:00-22:00",
    "sunrise-sunset",
    "Mo-Fr 06:00-23:00; PH off",
];

const CHARGES: &[&str] = &[
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

const NAMES: &[&str] = &[
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

/// An id as services make them: OSM ids, UUIDs, now and then a word with non-ASCII.
fn id(rng: &mut Rng) -> String {
    match rng.below(10) {
        0..=3 => format!(
            "{}/{}",
            rng.pick(&["node", "way", "relation"]),
            rng.below(12_000_000_000)
        ),
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

/// Tags that both versions know, and unknown ones.
fn tags(rng: &mut Rng, members: &mut Members, clean: bool) {
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

fn coordinates(rng: &mut Rng, members: &mut Members) {
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
fn fee(rng: &mut Rng, odd: bool) -> String {
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

/// Members by name, values as JSON text; a name is taken once.
#[derive(Default)]
struct Members(Vec<(String, String)>);

impl Members {
    fn raw(&mut self, name: &str, json: &str) {
        if self.0.iter().all(|(taken, _)| taken != name) {
            self.0.push((name.to_owned(), json.to_owned()));
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        self.raw(name, &quote(text));
    }

    fn write(mut self, rng: &mut Rng) -> String {
        if rng.chance(50) {
            rng.shuffle(&mut self.0);
        }
        let (colon, comma) = if rng.chance(10) {
            (": ", ", ")
        } else {
            (":", ",")
        };
        let escaped = if rng.chance(1) {
            rng.below(self.0.len().max(1) as u64) as usize
        } else {
            usize::MAX
        };
        let written: Vec<String> = self
            .0
            .iter()
            .enumerate()
            .map(|(at, (name, value))| {
                let mut name = quote(name);
                if at == escaped && name[1..].starts_with(|c: char| c.is_ascii_lowercase()) {
                    name.replace_range(1..2, &format!("\\u{:04x}", name.as_bytes()[1]));
                }
                format!("{name}{colon}{value}")
            })
            .collect();
        format!("{{{}}}", written.join(comma))
    }
}

#[cfg(test)]
mod tests {
    use super::{Forms, Payloads, V2Payloads};
    use crate::model::{Api, Limits, Model, json};

    /// Free text that the generator writes as hours on purpose.
    fn readable(text: &str) -> bool {
        ![
            "ask at the desk",
            "early till late",
            "dawn to dusk",
            " 24/7",
            "custom",
        ]
        .contains(&text)
    }

    const MODEL: Model = Model { readable };

    #[test]
    fn payloads_are_as_varied_as_promised_and_v1_accepts_them() {
        let all: Vec<_> = Payloads::seeded(42).take(10_000).collect();
        let mean = all.iter().map(|(_, json)| json.len()).sum::<usize>() / all.len();
        let share =
            |test: &dyn Fn(&str) -> bool| all.iter().filter(|(_, json)| test(json)).count() / 100;
        let (non_ascii, backslash) = (
            share(&|json| !json.is_ascii()),
            share(&|json| json.contains('\\')),
        );
        let spaced = share(&|json| json.starts_with("{\"") && json.contains("\": "));
        println!(
            "mean {mean} bytes; non-ASCII {non_ascii} %, backslash {backslash} %, spaced {spaced} %"
        );
        assert!((225..=245).contains(&mean), "{mean}");
        assert!((26..=32).contains(&non_ascii), "{non_ascii}");
        assert!((26..=32).contains(&backslash), "{backslash}");
        assert!((8..=12).contains(&spaced), "{spaced}");
        let mut with_findings = 0;
        for (id, payload) in &all {
            let outcome = MODEL.upgrade(payload.as_bytes(), id, crate::model::Policy::Unknowns);
            assert!(outcome.is_valid(), "{payload}: {:?}", outcome.findings);
            with_findings += usize::from(!outcome.findings.is_empty());
        }
        println!("{} % with findings", with_findings / 100);
        assert!((20..=60).contains(&(with_findings / 100)));
    }

    #[test]
    fn clean_payloads_have_no_finding() {
        for (_, payload) in Payloads::seeded(7).clean().take(10_000) {
            assert_eq!(
                MODEL.validate(Api::V1, payload.as_bytes()).findings,
                [],
                "{payload}"
            );
        }
    }

    #[test]
    fn v2_payloads_are_valid() {
        for payload in V2Payloads::seeded(7).take(10_000) {
            let outcome = MODEL.validate(Api::V2, payload.as_bytes());
            assert!(outcome.is_valid(), "{payload}: {:?}", outcome.findings);
        }
    }

    #[test]
    fn forms_are_objects_and_the_seed_decides() {
        for form in Forms::seeded(7).take(1_000) {
            assert!(
                matches!(json::parse(form.as_bytes(), Limits::V1), Ok(Some(_))),
                "{form}"
            );
        }
        assert!(
            Payloads::seeded(3)
                .take(100)
                .eq(Payloads::seeded(3).take(100))
        );
        assert!(
            !Payloads::seeded(3)
                .take(100)
                .eq(Payloads::seeded(4).take(100))
        );
    }
}
