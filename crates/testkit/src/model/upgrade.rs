//! CONTRACT 2, v1 to v2: where each member comes from, and what stands in for an absent one.

use super::{Api, CORE, Model, Outcome, Policy, Record, Value, outcome};

impl Model {
    /// CONTRACT 2: v1 to v2.
    #[must_use]
    pub fn upgrade(&self, payload: &[u8], id: &str, policy: Policy) -> Outcome {
        let treated = match self.treat(Api::V1, payload, Some(id)) {
            Ok(treated) => treated,
            Err(alone) => return alone,
        };
        let mut rest = treated.members;
        let mut take = |name: &str| {
            rest.iter()
                .position(|(n, _)| n == name)
                .map(|at| rest.remove(at).1)
        };
        let legacy = policy == Policy::Legacy;
        let mut output = Record::new();
        let mut assumed = Vec::new();
        for name in CORE {
            let value = match (take(name), name) {
                (Some(value), _) => value,
                (None, "@id") => Value::Text(id_of_contribution(id)),
                // Absent coordinates are `required`: there will be no output.
                (None, "lat" | "lng") => continue,
                (None, _) => {
                    assumed.push(name);
                    match name {
                        "amenity" => Value::Text("toilets".into()),
                        "access" if legacy => Value::Text("yes".into()),
                        "opening_hours" if legacy => Value::Text("24/7".into()),
                        "fee" => Value::Bool(false),
                        _ => Value::Text("unknown".into()),
                    }
                }
            };
            output.push((name.to_owned(), value));
        }
        // 2, charge: "tag, else a fee > 0 in plain decimal"
        let charge = take("charge").or_else(|| {
            treated
                .charge_of_fee
                .map(|amount| Value::Text(format!("{amount} GBP")))
        });
        output.extend(charge.map(|charge| ("charge".to_owned(), charge)));
        output.append(&mut rest);
        if legacy {
            for (name, word) in [("male", "yes"), ("female", "yes"), ("unisex", "no")] {
                if !output.iter().any(|(n, _)| n == name) {
                    output.push((name.to_owned(), Value::Text(word.into())));
                }
            }
        }
        outcome(treated.findings, output, assumed, treated.tiers)
    }
}

/// 2, `@id`: "as it is when `(node|way|relation)/[0-9]+`, else `node/temp_<id>`".
pub(crate) fn id_of_contribution(id: &str) -> String {
    let osm = ["node/", "way/", "relation/"]
        .iter()
        .filter_map(|kind| id.strip_prefix(kind))
        .any(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    if osm {
        id.to_owned()
    } else {
        format!("node/temp_{id}")
    }
}
