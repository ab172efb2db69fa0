//! The rules of CONTRACT 1.2 to 1.5 on the members of a payload, one by one.

use super::number::Plain;
use super::values::{self, Checked, check, hours, refused};
use super::{
    ALIASES, Api, CORE, Limits, Model, Outcome, Record, Value, is_error, json, pointer, tags,
};

/// A payload after 1.4: findings in input order, and the members that are left, under their OSM names.
pub(crate) struct Treated {
    pub(crate) findings: Vec<(&'static str, String)>,
    pub(crate) members: Record,
    pub(crate) charge_of_fee: Option<String>,
    provided: Vec<String>,
    pub(crate) tiers: [[u32; 3]; 4],
}

impl Model {
    /// The rules on the members one by one; `Err` is a payload that is refused as a whole.
    pub(crate) fn treat(
        &self,
        api: Api,
        payload: &[u8],
        id: Option<&str>,
    ) -> Result<Treated, Outcome> {
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

/// 1.2 and 2, `fee` as a number: the tag's value, and the amount in pounds when there is one to pay.
pub(crate) fn fee(text: &str) -> (Checked, Option<String>) {
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
