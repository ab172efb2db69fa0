//! The naive model of CONTRACT 1, 2 and 3: an ordered list of members with raw number text, and one obvious function
//! for each promise. Slow on purpose; where the crate and this model differ, one of them misreads the contract.

mod downgrade;
mod form;
pub mod json;
mod number;
pub mod tags;
#[cfg(test)]
mod tests;
mod treated;
mod upgrade;
mod values;

pub use json::{Limits, Member, Value};

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

impl Model {
    /// Findings on a payload; the output is its members with the value rules applied, in input order.
    #[must_use]
    pub fn validate(&self, api: Api, payload: &[u8]) -> Outcome {
        match self.treat(api, payload, None) {
            Ok(treated) => outcome(treated.findings, treated.members, vec![], treated.tiers),
            Err(alone) => alone,
        }
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
