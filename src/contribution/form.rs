//! The form that a person fills in, and what it says as v1 and as v2.

use serde::{Deserialize, Serialize};

use super::{Limits, Report, Upgrader, V1, V2, validate_within};
use crate::error::Error;
use crate::payload::json;
use crate::payload::kind::Kind;
use crate::payload::members::{self, Members};
use crate::payload::report::{Code, Finding, Tier};
use crate::payload::scan::{self, Shape};
use crate::payload::table::{Member, Table};
use crate::payload::value::Value;
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

const HOURS: u8 = 0;
const CUSTOM_HOURS: u8 = 1;
const FEATURES: u8 = 2;
const FEE: u8 = 3;

/// The members that a form has and v1 has not, or has otherwise; all others are v1's own.
static FORM: Table = Table::new(
    &[
        Member::new("hours", Tier::Core, Kind::Any),
        Member::new("customHours", Tier::Core, Kind::Any),
        Member::new("features", Tier::HighFrequency, Kind::Any),
        Member::new("fee", Tier::Core, Kind::Any),
    ],
    &[],
    0,
    &[],
);

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

    fn note(&mut self, row: u8, code: Code, path: &str, message: &'static str) {
        let tier = FORM.rows.get(usize::from(row)).map(|member| member.tier);
        self.findings.push(Finding {
            code,
            tier,
            path: path.to_owned().into(),
            message: message.into(),
        });
    }
}

fn write_v1(form: &[u8], out: &mut Vec<u8>) -> Read {
    let mut read = Read {
        findings: Vec::new(),
        stopped: false,
        custom: false,
    };
    let mut stopped = |finding| {
        read.findings.push(finding);
        read.stopped = true;
    };
    let mut members = match members::text(form, &Limits::V1) {
        Ok(text) => Members::new(text),
        Err(finding) => {
            stopped(finding);
            return read;
        }
    };
    if let Err(finding) = members.scan(&FORM, &Limits::V1) {
        stopped(finding);
        return read;
    }
    let text = members.text;
    let first = |row| {
        members
            .spans()
            .iter()
            .find(|span| span.row == row)
            .map(|span| Value::of(text, span.value))
    };
    let is_string = |value: &Value<'_>| value.shape == Shape::String;
    let custom_hours = first(CUSTOM_HOURS);
    let asks = first(HOURS)
        .filter(is_string)
        .is_some_and(|hours| hours.decoded().trim() == CUSTOM);
    let custom = custom_hours.filter(|value| asks && value.shape != Shape::Null);
    read.custom = custom.is_some();

    let start = out.len();
    for span in members.spans() {
        let value = Value::of(text, span.value);
        match span.row {
            // v1 is not given the first of these, or not always, so it can't tell that there are two.
            CUSTOM_HOURS | FEATURES | FEE if span.copy => {
                let path = json::pointer(&members.name(span.key));
                let message = "the member is there more than once: send it once";
                read.note(span.row, Code::DuplicateMember, &path, message);
                continue;
            }
            CUSTOM_HOURS => {
                if custom.is_none() {
                    let message = "used only when hours is custom: left out";
                    read.note(span.row, Code::UnusualValue, "/customHours", message);
                }
                continue;
            }
            FEATURES => {
                features(&value, &mut read, out);
                continue;
            }
            FEE if !matches!(value.shape, Shape::Number | Shape::Null) => {
                read.note(
                    span.row,
                    Code::InvalidType,
                    "/fee",
                    "wrong type: use a number, in pounds",
                );
                continue;
            }
            _ => {}
        }
        out.push(b',');
        out.extend_from_slice(&text.as_bytes()[span.key.start as usize..span.key.end as usize]);
        out.push(b':');
        // A further copy stays as it is: v1 refuses it, and a copy of customHours for each would be 250 times the form.
        let value = custom
            .filter(|_| span.row == HOURS && !span.copy)
            .unwrap_or(value);
        out.extend_from_slice(value.text.as_bytes());
    }
    match out.get_mut(start) {
        Some(comma) => *comma = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
    read
}

/// Writes the ticked boxes.
fn features(value: &Value<'_>, read: &mut Read, out: &mut Vec<u8>) {
    if value.shape == Shape::Null {
        return read.note(
            FEATURES,
            Code::NullValue,
            "/features",
            "null: left out, do not send the member",
        );
    }
    let mut ticked = [None; BOXES.len()];
    let object = scan::object(value.text, &Limits::V1, |key, tick| {
        let name = &value.text[key.start as usize + 1..key.end as usize - 1];
        let name = json::decode(name, key.escaped);
        let path = format!("/features{}", json::pointer(&name));
        let at = BOXES.iter().position(|(feature, _)| *feature == name);
        match (at, tick.shape) {
            (None, _) => read.note(
                FEATURES,
                Code::UnusualValue,
                &path,
                "not a feature of this form: left out",
            ),
            (Some(at), _) if ticked[at].is_some() => read.note(
                FEATURES,
                Code::DuplicateMember,
                &path,
                "the member is there more than once: send it once",
            ),
            (Some(at), Shape::Null) => {
                ticked[at] = Some(false);
                read.note(
                    FEATURES,
                    Code::NullValue,
                    &path,
                    "null: left out, do not send the member",
                );
            }
            (Some(at), Shape::True | Shape::False) => {
                ticked[at] = Some(tick.shape == Shape::True);
            }
            _ => read.note(
                FEATURES,
                Code::InvalidType,
                &path,
                "wrong type: use true or false",
            ),
        }
    });
    if object.is_err() {
        return read.note(
            FEATURES,
            Code::InvalidType,
            "/features",
            "wrong type: use an object of bools",
        );
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
