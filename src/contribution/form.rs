//! The form that a person fills in, and what it says as v1 and as v2.

use serde::{Deserialize, Serialize};

use super::report::{Code, Finding, Tier};
use super::{Limits, Report, Upgrader, V1, V2, scan, validate_within};
use crate::error::Error;
use crate::mapping::names::duplicates;
use crate::mapping::pointer;
use crate::mapping::tape::{Shape, Tape, Value};
use crate::version::Version;

/// A form, for code that holds one as a struct; [`form_to_v1`] and [`form_to_v2`] take the JSON of one and keep the
/// digits of its numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Form {
    /// What the place is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Degrees north, WGS 84.
    pub lat: f64,
    /// Degrees east, WGS 84.
    pub lng: f64,
    /// `24/7`, `dawn to dusk`, `dawn_to_dusk`, `business`, `custom` or free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// The hours when `hours` is `custom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_hours: Option<String>,
    /// Whether a wheelchair gets in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessible: Option<bool>,
    /// Pounds; 0 is free of charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<f64>,
    /// The boxes that were ticked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Features>,
}

/// The form's boxes: `true` is ticked, `false` and absent are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Features {
    /// There is a changing table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baby_change: Option<bool>,
    /// Opened with a key of the National Key Scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radar: Option<bool>,
    /// A cabin that cleans itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<bool>,
    /// Contactless cards are taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contactless: Option<bool>,
}

/// What `hours` says when `customHours` has them.
pub(super) const CUSTOM: &str = "custom";

/// What a ticked box is in v1, in the order in which boxes are written.
pub(super) const BOXES: [(&str, &str); 4] = [
    ("babyChange", r#""changing_table":true"#),
    ("radar", r#""centralkey":"nks""#),
    ("automatic", r#""automatic":"yes""#),
    ("contactless", r#""payment_contactless":true"#),
];

impl Form {
    /// The form as v1. Not validated: [`V1::validate`] tells what v1 says to it.
    ///
    /// # Errors
    /// As [`form_to_v1`], for a form that comes to no v1 payload.
    pub fn to_v1(&self) -> Result<V1, Error> {
        let mut out = Vec::new();
        form_to_v1(&self.to_json(), &mut out)?;
        V1::from_slice(&out)
    }

    /// The form as v2: what its v1 payload upgrades to, under the upgrader's policy.
    ///
    /// # Errors
    /// As [`form_to_v2`].
    pub fn to_v2(&self, upgrader: &Upgrader, id: &str) -> Result<(V2, Report), Error> {
        let mut out = Vec::new();
        let report = form_to_v2(&self.to_json(), upgrader, id, &mut out)?;
        Ok((V2::written(&out)?, report))
    }

    fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Appends the v1 payload for a form's JSON. Members that a form does not have are taken for OSM tags.
///
/// # Errors
/// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected) when the form, or the payload it comes to, has an error; `out` is
/// as it was given. Pointers are into the form.
pub fn form_to_v1(form: &[u8], out: &mut Vec<u8>) -> Result<Report, Error> {
    let start = out.len();
    let read = write_v1(form, out);
    let payload = out.get(start..).unwrap_or_default();
    let report = read.complete(|| validate_within(Version::V1, payload, &Limits::V1));
    let result = report.into_result();
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// Appends the v2 payload for a form's JSON: the upgrade of what [`form_to_v1`] makes of it.
///
/// # Errors
/// As [`form_to_v1`].
pub fn form_to_v2(
    form: &[u8],
    upgrader: &Upgrader,
    id: &str,
    out: &mut Vec<u8>,
) -> Result<Report, Error> {
    let mut v1 = Vec::new();
    let start = out.len();
    let read = write_v1(form, &mut v1);
    let report = read.complete(|| match upgrader.upgrade(&v1, id, out) {
        Ok(report) => report,
        Err(error) => Report::of(&error).cloned().unwrap_or_default(),
    });
    let result = report.into_result();
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// What there is to say of a form before v1 has a say.
struct Read {
    findings: Vec<Finding>,
    /// The scan was stopped: there is no payload.
    stopped: bool,
    /// v1's `/hours` was the form's `/customHours`.
    custom: bool,
}

impl Read {
    /// Findings of the form's own members first, then v1's, under the names that the form has for them.
    fn complete(self, v1: impl FnOnce() -> Report) -> Report {
        let Self {
            mut findings,
            stopped,
            custom,
        } = self;
        if stopped {
            return Report {
                findings,
                ..Report::default()
            };
        }
        let mut report = v1();
        for finding in &mut report.findings {
            if custom && finding.path == "/hours" && finding.code != Code::DuplicateMember {
                finding.path = "/customHours".into();
            }
        }
        findings.append(&mut report.findings);
        Report { findings, ..report }
    }

    fn note(&mut self, tier: Tier, code: Code, path: &str, message: &'static str) {
        self.findings.push(Finding {
            code,
            tier: Some(tier),
            path: path.to_owned().into(),
            message: message.into(),
        });
    }
}

const TWICE: &str = "the member is there more than once: send it once";
const NULL: &str = "null: left out, do not send the member";

fn write_v1(form: &[u8], out: &mut Vec<u8>) -> Read {
    let mut read = Read {
        findings: Vec::new(),
        stopped: false,
        custom: false,
    };
    let mut nodes = Vec::new();
    let text = match scan(form, &Limits::V1, &mut nodes) {
        Ok(text) => text,
        Err(finding) => {
            read.findings = Report::alone(finding).findings;
            read.stopped = true;
            return read;
        }
    };
    let form = (Tape {
        text,
        nodes: &nodes,
    })
    .root();
    let mut copies = Vec::new();
    duplicates(form, |key| copies.push(key.at));
    let asks = form
        .member("hours")
        .and_then(Value::string)
        .is_some_and(|hours| hours.trim() == CUSTOM);
    let custom = form
        .member("customHours")
        .filter(|value| asks && value.shape() != Shape::Null);
    read.custom = custom.is_some();

    let start = out.len();
    for (key, value) in form.members() {
        let is_copy = copies.contains(&key.at);
        let name = key.string().unwrap_or_default();
        match &*name {
            // v1 is not given the first of these, or not always, so it can't tell that there are two.
            "customHours" | "features" | "fee" if is_copy => {
                let tier = match &*name {
                    "features" => Tier::HighFrequency,
                    _ => Tier::Core,
                };
                read.note(tier, Code::DuplicateMember, &pointer::of([&*name]), TWICE);
                continue;
            }
            "customHours" => {
                if custom.is_none() {
                    let message = "used only when hours is custom: left out";
                    read.note(Tier::Core, Code::UnusualValue, "/customHours", message);
                }
                continue;
            }
            "features" => {
                features(value, &mut read, out);
                continue;
            }
            "fee" if !matches!(value.shape(), Shape::Number | Shape::Null) => {
                let message = "wrong type: use a number, in pounds";
                read.note(Tier::Core, Code::InvalidType, "/fee", message);
                continue;
            }
            _ => {}
        }
        out.push(b',');
        out.extend_from_slice(key.text().as_bytes());
        out.push(b':');
        // A further copy stays as it is: v1 refuses it, and a copy of customHours for each would be 250 times the form.
        let value = custom
            .filter(|_| name == "hours" && !is_copy)
            .unwrap_or(value);
        out.extend_from_slice(value.text().as_bytes());
    }
    match out.get_mut(start) {
        Some(comma) => *comma = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
    read
}

/// Writes the ticked boxes.
fn features(value: Value<'_>, read: &mut Read, out: &mut Vec<u8>) {
    let tier = Tier::HighFrequency;
    match value.shape() {
        Shape::Object => {}
        Shape::Null => return read.note(tier, Code::NullValue, "/features", NULL),
        _ => {
            let message = "wrong type: use an object of bools";
            return read.note(tier, Code::InvalidType, "/features", message);
        }
    }
    let mut ticked = [None; BOXES.len()];
    for (key, tick) in value.members() {
        let name = key.string().unwrap_or_default();
        let path = pointer::of(["features", &*name]);
        let at = BOXES.iter().position(|(feature, _)| *feature == name);
        let (code, message) = match (at, tick.shape()) {
            (None, _) => (Code::UnusualValue, "not a feature of this form: left out"),
            (Some(at), _) if ticked[at].is_some() => (Code::DuplicateMember, TWICE),
            (Some(at), Shape::Null) => {
                ticked[at] = Some(false);
                (Code::NullValue, NULL)
            }
            (Some(at), Shape::True | Shape::False) => {
                ticked[at] = Some(tick.shape() == Shape::True);
                continue;
            }
            _ => (Code::InvalidType, "wrong type: use true or false"),
        };
        read.note(tier, code, &path, message);
    }
    for ((_, member), _) in BOXES
        .iter()
        .zip(ticked)
        .filter(|(_, ticked)| *ticked == Some(true))
    {
        out.push(b',');
        out.extend_from_slice(member.as_bytes());
    }
}
