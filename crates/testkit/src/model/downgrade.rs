//! CONTRACT 2, the way back: v2 to v1, without what the upgrade assumed.

use super::number::Plain;
use super::values::{gbp, hours, kept};
use super::{Api, Model, Outcome, Record, Value};

impl Model {
    /// CONTRACT 2, the way back: v2 to v1, without the members that the upgrade assumed.
    #[must_use]
    pub fn downgrade(&self, payload: &[u8], assumed: &[&str]) -> Outcome {
        let mut outcome = self.validate(Api::V2, payload);
        let Some(record) = outcome.output.take() else {
            return outcome;
        };
        let get = |name: &str| {
            record
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, value)| value)
        };
        let folded = match (get("fee"), get("charge")) {
            (Some(Value::Bool(true)), Some(Value::Text(charge))) if !assumed.contains(&"fee") => {
                fee_of_charge(charge)
            }
            _ => None,
        };
        let mut output = Record::new();
        for (name, value) in &record {
            let word = if let Value::Text(text) = value {
                text.as_str()
            } else {
                ""
            };
            let written = match (name.as_str(), word) {
                (name, _) if assumed.contains(&name) => None,
                ("amenity", _) | ("wheelchair" | "access" | "opening_hours", "unknown") => None,
                ("wheelchair", "yes" | "no") => Some(("accessible", Value::Bool(word == "yes"))),
                ("fee", _) => Some(match (value, &folded) {
                    (Value::Bool(true), Some(amount)) => ("fee", Value::Number(amount.clone())),
                    (Value::Bool(false), _) => ("fee", Value::Number("0".into())),
                    _ => ("fee", value.clone()),
                }),
                ("charge", _) if folded.is_some() => None,
                ("opening_hours", "sunrise-sunset") => {
                    Some(("hours", Value::Text("dawn to dusk".into())))
                }
                // "a value that `hours` would map or drop stays under its OSM name; else `hours`"
                ("opening_hours", _) if hours(value, |_| true) == kept(value.clone()) => {
                    Some(("hours", value.clone()))
                }
                (name, _) => Some((name, value.clone())),
            };
            output.extend(written.map(|(name, value)| (name.to_owned(), value)));
        }
        outcome.output = Some(output);
        outcome
    }
}

/// 2, the way back: "a GBP charge N, 0 < N ≤ 1,000,000 and ≤ 32 digits → fee: N", without what padding would put back.
fn fee_of_charge(charge: &str) -> Option<String> {
    let amount = charge.strip_suffix(" GBP")?;
    gbp(charge)?;
    let stripped = match amount.split_once('.')? {
        (int, "00") => int.to_owned(),
        (int, frac) if frac.len() == 2 => format!("{int}.{}", frac.trim_end_matches('0')),
        _ => amount.to_owned(),
    };
    let plain = Plain::of(&stripped);
    (!plain.is_zero() && plain.within_a_million() && plain.digits() <= 32).then_some(stripped)
}
