//! Forms as people fill them in.

use super::members::Members;
use super::tags::{NAMES, coordinates, fee};
use crate::rng::Rng;

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
