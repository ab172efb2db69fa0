//! The upgrade as one would write it first: into a `serde_json::Value`, the rules on that, and out again.
//!
//! The same findings and the same record as the crate's, but for what a `Value` can't know: order, further copies, and
//! the text of numbers. It is also spared the grammar of opening hours: it looks the answer up.

use std::collections::{HashMap, HashSet};

use cutover_testkit::model::tags::{self, Tier};
use serde_json::{Map, Value};

/// Code and path.
pub type Findings = Vec<(&'static str, String)>;

pub struct ByValue {
    tags: HashMap<&'static str, (Tier, &'static str)>,
    readable: HashSet<String>,
}

impl ByValue {
    /// `readable` are the opening hours that need no warning.
    pub fn new(readable: HashSet<String>) -> Self {
        let tags = tags::all().map(|tag| (tag.name, (tag.tier, tag.kind)));
        Self {
            tags: tags.collect(),
            readable,
        }
    }

    /// Appends the record unless a finding is an error.
    pub fn upgrade(&self, payload: &[u8], id: &str, out: &mut Vec<u8>) -> Option<Findings> {
        let Ok(Value::Object(v1)) = serde_json::from_slice(payload) else {
            return None;
        };
        let mut findings = Findings::new();
        let mut v2 = Map::new();
        let mut refused = false;
        for (name, value) in &v1 {
            let path = || format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            if value.is_null() {
                findings.push(("null_value", path()));
                continue;
            }
            let tag = match name.as_str() {
                "accessible" => "wheelchair",
                "hours" => "opening_hours",
                "payment_contactless" => "payment:contactless",
                other => other,
            };
            let there = |name: &str| v1.get(name).is_some_and(|value| !value.is_null());
            if tag != name && there(tag) {
                findings.push(("shadowed_alias", path()));
                continue;
            }
            let (tier, kind) = *self.tags.get(tag).unwrap_or(&(Tier::Specialized, "any"));
            let stored = match (name.as_str(), value) {
                ("hours", Value::String(text)) => match text.trim() {
                    "" | "custom" => Err("unusual_value"),
                    "dawn to dusk" | "dawn_to_dusk" => Ok("sunrise-sunset".into()),
                    "business" => Ok("Mo-Fr 09:00-17:00".into()),
                    text if self.readable.contains(text) => Ok(text.into()),
                    text => {
                        findings.push(("unreadable_hours", path()));
                        Ok(text.into())
                    }
                },
                ("accessible" | "payment_contactless", value) => match value {
                    Value::Bool(yes) => Ok(if *yes { "yes" } else { "no" }.into()),
                    _ => Err("invalid_type"),
                },
                ("fee", Value::Number(number)) => {
                    let amount = number.as_f64().unwrap_or_default();
                    if amount > 0.0 && there("charge") {
                        findings.push(("shadowed_alias", path()));
                    } else if amount > 0.0 {
                        v2.insert("charge".into(), format!("{} GBP", padded(amount)).into());
                    } else if amount < 0.0 {
                        findings.push(("unusual_value", path()));
                    }
                    match amount > 1e6 {
                        true => Err("out_of_range"),
                        false => Ok(Value::Bool(amount > 0.0)),
                    }
                }
                (_, value) => self.check(tag, tier, kind, value, &mut |code| {
                    findings.push((code, path()));
                }),
            };
            match stored {
                Ok(value) => {
                    v2.insert(tag.to_owned(), value);
                }
                Err(code) => {
                    refused |= code != "unusual_value";
                    findings.push((code, path()));
                }
            }
        }
        for name in ["lat", "lng"] {
            if v1.get(name).is_none_or(Value::is_null) {
                refused = true;
                findings.push(("required", format!("/{name}")));
            }
        }
        let element = ["node/", "way/", "relation/"]
            .iter()
            .filter_map(|element| id.strip_prefix(element))
            .any(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
        let mut assume = |name: &str, value: Value| {
            v2.entry(name).or_insert(value);
        };
        match element {
            true => assume("@id", id.into()),
            false => assume("@id", format!("node/temp_{id}").into()),
        }
        assume("amenity", "toilets".into());
        assume("wheelchair", "unknown".into());
        assume("access", "unknown".into());
        assume("opening_hours", "unknown".into());
        assume("fee", false.into());
        if !refused {
            serde_json::to_writer(out, &v2).ok()?;
        }
        Some(findings)
    }

    /// `Err` is a code that the member is left out with.
    fn check(
        &self,
        name: &str,
        tier: Tier,
        kind: &str,
        value: &Value,
        note: &mut dyn FnMut(&'static str),
    ) -> Result<Value, &'static str> {
        let words = |words: &[&str]| match value {
            Value::Bool(yes) => Ok(if *yes { "yes" } else { "no" }.into()),
            Value::String(text) if words.contains(&text.as_str()) => Ok(value.clone()),
            Value::String(_) => Err("invalid_enum"),
            _ => Err("invalid_type"),
        };
        let within = |limit: f64| match value.as_f64() {
            Some(number) if number.abs() <= limit => Ok(value.clone()),
            Some(_) => Err("out_of_range"),
            None => Err("invalid_type"),
        };
        let text = |note: &mut dyn FnMut(&'static str)| match value {
            Value::String(text) => Ok(text.clone()),
            Value::Bool(_) | Value::Number(_) if tier == Tier::Optional => {
                note("type_coercion");
                Ok(value.to_string())
            }
            _ => Err("invalid_type"),
        };
        let most = |text: String, limit: usize| match text.chars().count() > limit {
            true => Err("too_long"),
            false => Ok(Value::String(text)),
        };
        match kind {
            "any" => {
                if !value.is_string() {
                    note("type_mismatch");
                }
                Ok(value.clone())
            }
            "latitude" => within(90.0),
            "longitude" => within(180.0),
            "bool" => match words(&["yes", "no"])? {
                Value::String(word) => Ok((word == "yes").into()),
                other => Ok(other),
            },
            "yes_no" => words(&["yes", "no"]),
            "yes_no_limited" => words(&["yes", "no", "limited"]),
            "yes_no_only" => words(&["yes", "no", "only"]),
            "text" if name == "name" => match text(note)?.trim() {
                "" => Err("unusual_value"),
                name => most(name.to_owned(), 255),
            },
            "text" => most(text(note)?, 255),
            "long_text" => most(text(note)?, 1_000),
            "text_or_number" => match value {
                Value::Number(_) => Ok(value.clone()),
                _ => Ok(text(note)?.into()),
            },
            "date" => {
                let text = text(note)?;
                let parts: Vec<&str> = text.split('-').collect();
                let is = |part: &str, len: usize, max: u32| {
                    part.len() == len && part.parse().is_ok_and(|n: u32| (1..=max).contains(&n))
                };
                let good = match parts[..] {
                    [y] => is(y, 4, 9_999),
                    [y, m] => is(y, 4, 9_999) && is(m, 2, 12),
                    [y, m, d] => is(y, 4, 9_999) && is(m, 2, 12) && is(d, 2, 31),
                    _ => false,
                };
                if good {
                    Ok(text.into())
                } else {
                    Err("invalid_format")
                }
            }
            "enum_list" => {
                let words = ["seated", "urinal", "squat"];
                match text(note)?
                    .split(';')
                    .all(|word| words.contains(&word.trim()))
                {
                    true => Ok(value.clone()),
                    false => Err("invalid_enum"),
                }
            }
            "enum" => {
                let text = text(note)?;
                let words: &[&str] = match name {
                    "amenity" => &["toilets"],
                    "wheelchair" => &["yes", "no", "limited", "designated", "unknown"],
                    "access" if text == "public" => {
                        note("unusual_value");
                        return Ok("yes".into());
                    }
                    "access" => &[
                        "yes",
                        "permissive",
                        "customers",
                        "private",
                        "permit",
                        "no",
                        "unknown",
                    ],
                    _ => &[
                        "flush",
                        "pitlatrine",
                        "chemical",
                        "bucket",
                        "dry_toilet",
                        "tank",
                        "incineration",
                        "none",
                    ],
                };
                match words.contains(&text.as_str()) {
                    true => Ok(text.into()),
                    false => Err("invalid_enum"),
                }
            }
            "charge" => {
                let text = text(note)?;
                let amount = text
                    .strip_prefix('£')
                    .or_else(|| text.strip_suffix('£'))
                    .or_else(|| text.strip_suffix("GBP"))
                    .and_then(|amount| amount.trim().parse::<f64>().ok())
                    .or_else(|| Some(text.strip_suffix('p')?.parse::<f64>().ok()? / 100.0));
                match amount {
                    Some(amount) => Ok(format!("{} GBP", padded(amount)).into()),
                    None => {
                        let currency = text.split_once(' ').map(|(_, unit)| unit);
                        if currency.is_none_or(|unit| !unit.starts_with(char::is_uppercase)) {
                            note("unreadable_charge");
                        }
                        most(text, 255)
                    }
                }
            }
            "opening_hours" => {
                let text = text(note)?;
                if !self.readable.contains(&text) {
                    note("unreadable_hours");
                }
                most(text, 255)
            }
            _ => Ok(text(note)?.into()),
        }
    }
}

fn padded(amount: f64) -> String {
    let text = amount.to_string();
    match text.split_once('.') {
        None => text + ".00",
        Some((_, decimals)) if decimals.len() < 2 => text + "0",
        Some(_) => text,
    }
}
