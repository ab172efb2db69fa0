//! CONTRACT 1.1: a form straight to the record that v2 stores, without a v1 payload on the way.

use super::treated::fee;
use super::upgrade::id_of_contribution;
use super::values::{check, hours, trim, yes_no};
use super::{Limits, Model, Policy, Record, Value, is_error, json, sorted, tags};

/// 1.1: what a ticked box writes.
const BOXES: [(&str, &str, &str); 4] = [
    ("babyChange", "changing_table", "yes"),
    ("radar", "centralkey", "nks"),
    ("automatic", "automatic", "yes"),
    ("contactless", "payment:contactless", "yes"),
];

impl Model {
    /// The tag record of a form, in the order of names; `None` when the form is refused.
    #[must_use]
    pub fn form(&self, form: &[u8], id: &str, policy: Policy) -> Option<Record> {
        if !(1..=1_024).contains(&id.len()) {
            return None;
        }
        let members = json::parse(form, Limits::V1).ok()??;
        for (at, member) in members.iter().enumerate() {
            if members[..at]
                .iter()
                .any(|earlier| earlier.name == member.name)
            {
                return None;
            }
        }
        let get = |name: &str| {
            let member = members.iter().find(|member| member.name == name)?;
            (member.value != Value::Null).then_some(&member.value)
        };
        // "The form's hours text is customHours if hours trims to custom, else hours."
        let hours_text = match get("hours") {
            Some(Value::Text(text)) if trim(text) == "custom" => get("customHours"),
            other => other,
        };
        let mut tags = Record::new();
        let mut charge = None;
        let mut refused = false;
        let mut amount = None;
        for member in members.iter().filter(|member| member.value != Value::Null) {
            let name = member.name.as_str();
            let (name, checked) =
                match (name, &member.value) {
                    // Judged below, as the hours text.
                    ("hours" | "customHours", _) => continue,
                    ("features", Value::Nested(bytes)) => {
                        match boxes(bytes) {
                            // What is ticked and a tag as well is a member that is there twice.
                            Some(ticked) => {
                                let twice = |tag| {
                                    tag != "payment:contactless"
                                        && members.iter().any(|member| member.name == tag)
                                };
                                refused |= ticked.iter().any(|(tag, _)| twice(*tag));
                                let new = |tag| get(tag).is_none();
                                tags.extend(ticked.into_iter().filter(|(tag, _)| new(tag)).map(
                                    |(tag, word)| (tag.to_owned(), Value::Text(word.to_owned())),
                                ));
                            }
                            None => refused = true,
                        }
                        continue;
                    }
                    ("features", _) => return None,
                    ("accessible", Value::Bool(_)) => ("wheelchair", yes_no(&member.value, &[])),
                    ("accessible", _) => return None,
                    ("fee", Value::Number(text)) => {
                        let (checked, positive) = fee(text);
                        amount = positive;
                        ("fee", checked)
                    }
                    ("fee", _) => return None,
                    (name, value) => {
                        let (tier, kind) = tags::of(name);
                        let checked = check(name, tier, kind, value, self.readable);
                        if name == "charge" {
                            charge.clone_from(&checked.value);
                        }
                        (name, checked)
                    }
                };
            refused |= checked.codes.iter().any(|code| is_error(code));
            // The OSM name wins over the form's own.
            let shadowed = member.name == "accessible" && get("wheelchair").is_some();
            if let (false, Some(value)) = (shadowed, checked.value) {
                tags.push((name.to_owned(), value));
            }
        }
        if let Some(text) = hours_text {
            let checked = hours(text, self.readable);
            refused |= checked.codes.iter().any(|code| is_error(code));
            if let (None, Some(value)) = (get("opening_hours"), checked.value) {
                tags.push(("opening_hours".to_owned(), value));
            }
        }
        if let (None, Some(amount)) = (charge, amount) {
            tags.push(("charge".to_owned(), Value::Text(format!("{amount} GBP"))));
        }
        let legacy = policy == Policy::Legacy;
        let text = |text: &str| Value::Text(text.to_owned());
        let mut defaults = vec![
            ("@id", Value::Text(id_of_contribution(id))),
            ("amenity", text("toilets")),
            ("wheelchair", text("unknown")),
            ("access", text(if legacy { "yes" } else { "unknown" })),
            (
                "opening_hours",
                text(if legacy { "24/7" } else { "unknown" }),
            ),
            ("fee", Value::Bool(false)),
        ];
        if legacy {
            defaults.extend([
                ("male", text("yes")),
                ("female", text("yes")),
                ("unisex", text("no")),
            ]);
        }
        for (name, value) in defaults {
            if !tags.iter().any(|(tag, _)| tag == name) {
                tags.push((name.to_owned(), value));
            }
        }
        refused |= get("lat").is_none() || get("lng").is_none();
        (!refused).then(|| sorted(tags))
    }
}

/// The tags of the ticked boxes; `None` when one is neither true nor false, or there twice.
fn boxes(features: &[u8]) -> Option<Vec<(&'static str, &'static str)>> {
    let features = json::parse(features, Limits::WIDE).ok()??;
    let mut ticked = Vec::new();
    for (name, tag, word) in BOXES {
        if features.iter().filter(|member| member.name == name).count() > 1 {
            return None;
        }
        match features
            .iter()
            .find(|member| member.name == name)
            .map(|member| &member.value)
        {
            Some(Value::Bool(true)) => ticked.push((tag, word)),
            None | Some(Value::Bool(false) | Value::Null) => {}
            Some(_) => return None,
        }
    }
    Some(ticked)
}
