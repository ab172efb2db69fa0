//! The naive model of CONTRACT 1, 2 and 3: an ordered list of members with raw number text, and one obvious function
//! for each promise. Slow on purpose; where the crate and this model differ, one of them misreads the contract.

mod form;
pub mod json;
mod number;
pub mod tags;
#[cfg(test)]
mod tests;
mod values;

pub use json::{Limits, Member, Value};
use number::Plain;
use values::{Checked, check, gbp, hours, kept, refused};

/// 1.3: the eight core members, in their order.
pub const CORE: [&str; 8] = [
    "@id",
    "amenity",
    "lat",
    "lng",
    "wheelchair",
    "access",
    "opening_hours",
    "fee",
];

/// 1.2: each alias of v1 and the tag that it is an alias of.
pub const ALIASES: [(&str, &str); 3] = [
    ("accessible", "wheelchair"),
    ("hours", "opening_hours"),
    ("payment_contactless", "payment:contactless"),
];

/// Which wire format a payload is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// CONTRACT 1.2.
    V1,
    /// CONTRACT 1.3.
    V2,
}

/// What fills in what is absent (CONTRACT 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The default: `unknown`, and nothing that nobody said.
    Unknowns,
    /// What the first transformer wrote.
    Legacy,
}

/// A record in output order.
pub type Record = Vec<(String, Value)>;

/// What the model says of one payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Code and path, in the contract's order.
    pub findings: Vec<(&'static str, String)>,
    /// What is written, in output order; `None` when there is an error.
    pub output: Option<Record>,
    /// Core members filled in without a source, in core order.
    pub assumed: Vec<&'static str>,
    /// Provided, valid, required for each tier, strictest first; all 0 when the payload is refused as a whole.
    pub tiers: [[u32; 3]; 4],
}

impl Outcome {
    /// Whether nothing refuses the payload.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        !self.findings.iter().any(|(code, _)| is_error(code))
    }

    fn alone(code: &'static str) -> Self {
        Self {
            findings: vec![(code, String::new())],
            output: None,
            assumed: vec![],
            tiers: [[0; 3]; 4],
        }
    }
}

/// 1.5: which codes are errors.
#[must_use]
pub fn is_error(code: &str) -> bool {
    !matches!(
        code,
        "unusual_value"
            | "null_value"
            | "shadowed_alias"
            | "type_coercion"
            | "type_mismatch"
            | "unreadable_charge"
            | "unreadable_hours"
    )
}

/// The JSON pointer (RFC 6901) to a top-level member.
#[must_use]
pub fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The model. The grammar of opening hours is not modelled but handed in.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Whether a text is in the grammar that `docs/hours.md` states.
    pub readable: fn(&str) -> bool,
}

/// A payload after 1.4: findings in input order, and the members that are left, under their OSM names.
struct Treated {
    findings: Vec<(&'static str, String)>,
    members: Record,
    charge_of_fee: Option<String>,
    provided: Vec<String>,
    tiers: [[u32; 3]; 4],
}

impl Model {
    /// Findings on a payload; the output is its members with the value rules applied, in input order.
    #[must_use]
    pub fn validate(&self, api: Api, payload: &[u8]) -> Outcome {
        match self.treat(api, payload, None) {
            Ok(treated) => outcome(treated.findings, treated.members, vec![], treated.tiers),
            Err(alone) => alone,
        }
    }

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

    /// CONTRACT 3: the tag record of a v1 payload, in the order of names; `None` when v1 refuses it.
    #[must_use]
    pub fn canonical_v1(&self, payload: &[u8], id: &str, policy: Policy) -> Option<Record> {
        self.upgrade(payload, id, policy).output.map(sorted)
    }

    /// CONTRACT 3: the tag record of a v2 payload, in the order of names; `None` when v2 refuses it.
    #[must_use]
    pub fn canonical_v2(&self, payload: &[u8]) -> Option<Record> {
        self.validate(Api::V2, payload).output.map(sorted)
    }

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

    /// The rules on the members one by one; `Err` is a payload that is refused as a whole.
    fn treat(&self, api: Api, payload: &[u8], id: Option<&str>) -> Result<Treated, Outcome> {
        let limits = if api == Api::V1 {
            Limits::V1
        } else {
            Limits::V2
        };
        let members = match json::parse(payload, limits) {
            Ok(Some(members)) => members,
            // 1.5: "a non-object is invalid_type at """
            Ok(None) => return Err(Outcome::alone("invalid_type")),
            Err(code) => return Err(Outcome::alone(code)),
        };
        // The first copy of a name, unless it is null: what 1.2 calls "there".
        let there = |name: &str| {
            members
                .iter()
                .find(|m| m.name == name)
                .is_some_and(|m| m.value != Value::Null)
        };
        let mut treated = Treated {
            findings: vec![],
            members: vec![],
            charge_of_fee: None,
            provided: vec![],
            tiers: [[0; 3]; 4],
        };
        for (at, member) in members.iter().enumerate() {
            let path = pointer(&member.name);
            let mut find = |code: &'static str| treated.findings.push((code, path.clone()));
            if members[..at]
                .iter()
                .any(|earlier| earlier.name == member.name)
            {
                find("duplicate_member");
                continue;
            }
            let alias_of = ALIASES
                .iter()
                .find(|(alias, _)| *alias == member.name)
                .map(|(_, tag)| *tag);
            if api == Api::V2 && alias_of.is_some() {
                find("v1_member");
                continue;
            }
            if member.value == Value::Null {
                find("null_value");
                continue;
            }
            let name = alias_of.unwrap_or(&member.name);
            let (tier, kind) = tags::of(name);
            let (checked, charge) = match (member.name.as_str(), &member.value) {
                ("accessible" | "payment_contactless", Value::Bool(_)) => {
                    (values::yes_no(&member.value, &[]), None)
                }
                ("accessible" | "payment_contactless", _) => (refused("invalid_type"), None),
                ("hours", value) => (hours(value, self.readable), None),
                ("fee", Value::Number(text)) if api == Api::V1 => fee(text),
                (_, value) => (check(name, tier, kind, value, self.readable), None),
            };
            let mut checked = checked;
            let refuses = checked.codes.iter().any(|code| is_error(code));
            // 1.2: "the OSM name wins and the alias, still type-checked, is reported shadowed_alias"; its warnings
            // are of no matter then.
            let shadowed = alias_of.is_some_and(there);
            if shadowed {
                checked.codes.retain(|code| is_error(code));
                checked.value = None;
            }
            checked.codes.into_iter().for_each(&mut find);
            // "likewise a positive `fee` number beside a `charge` tag": `fee` itself stays.
            let fee_shadowed = charge.is_some() && there("charge");
            if shadowed || fee_shadowed {
                find("shadowed_alias");
            }
            if !fee_shadowed && !refuses {
                treated.charge_of_fee = charge.or(treated.charge_of_fee);
            }
            if !shadowed {
                treated.provided.push(name.to_owned());
                treated.tiers[tier as usize][0] += 1;
                treated.tiers[tier as usize][1] += u32::from(!refuses);
            }
            treated
                .members
                .extend(checked.value.map(|value| (name.to_owned(), value)));
        }
        // 1.5: "A contribution id is 1 to 1,024 bytes of UTF-8, else invalid_format at /@id".
        if id.is_some_and(|id| !(1..=1_024).contains(&id.len())) {
            treated.findings.push(("invalid_format", "/@id".to_owned()));
        }
        let required: &[&str] = if api == Api::V1 {
            &["lat", "lng"]
        } else {
            &CORE
        };
        treated.tiers[0][2] = required.len() as u32;
        for name in required {
            if !treated.provided.iter().any(|provided| provided == name) {
                treated.findings.push(("required", pointer(name)));
            }
        }
        Ok(treated)
    }
}

fn outcome(
    findings: Vec<(&'static str, String)>,
    output: Record,
    assumed: Vec<&'static str>,
    tiers: [[u32; 3]; 4],
) -> Outcome {
    let mut outcome = Outcome {
        findings,
        output: None,
        assumed,
        tiers,
    };
    if outcome.is_valid() {
        outcome.output = Some(output);
    }
    outcome
}

fn sorted(mut record: Record) -> Record {
    record.sort_by(|(a, _), (b, _)| a.cmp(b));
    record
}

/// 2, `@id`: "as it is when `(node|way|relation)/[0-9]+`, else `node/temp_<id>`".
fn id_of_contribution(id: &str) -> String {
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

/// 1.2 and 2, `fee` as a number: the tag's value, and the amount in pounds when there is one to pay.
fn fee(text: &str) -> (Checked, Option<String>) {
    let plain = Plain::of(text);
    let positive = !plain.minus && !plain.is_zero();
    let amount = positive.then(|| plain.padded());
    if plain.digits() > 32 || (positive && !plain.within_a_million()) {
        return (refused("out_of_range"), amount);
    }
    // "negative is 0 with unusual_value; -0 is 0"
    let codes = if plain.minus && !plain.is_zero() {
        vec!["unusual_value"]
    } else {
        vec![]
    };
    (
        Checked {
            codes,
            value: Some(Value::Bool(positive)),
        },
        amount,
    )
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

/// A record as the compact JSON that `upgrade` writes, strings spelled with the fewest escapes.
#[must_use]
pub fn to_json(record: &[(String, Value)]) -> Vec<u8> {
    let members: Vec<Vec<u8>> = record
        .iter()
        .map(|(name, value)| {
            let mut out = json::quote(name).into_bytes();
            out.push(b':');
            match value {
                Value::Null => out.extend(b"null"),
                Value::Bool(b) => out.extend(b.to_string().bytes()),
                Value::Number(text) => out.extend(text.bytes()),
                Value::Text(text) => out.extend(json::quote(text).bytes()),
                Value::Nested(bytes) => out.extend(bytes),
            }
            out
        })
        .collect();
    [b"{".to_vec(), members.join(&b','), b"}".to_vec()].concat()
}
