//! Whether two payloads say the same: their records, member by member, by JSON pointer.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::value::RawValue;

use super::convert::{self, Input};
use super::json;
use super::limits::Limits;
use super::report::{Code, Report};
use super::scan::{self, Shape};
use super::table::Table;
use super::value::Value;
use crate::version::Version;

/// One member in which two payloads differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    path: String,
    v1: Option<String>,
    v2: Option<String>,
    refused: Option<(Version, Code)>,
}

impl Difference {
    /// JSON pointer to the member, in v2's name for it; in the payload's own when the payload was refused for it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The JSON text that the v1 payload comes to, `None` when it comes to nothing.
    #[must_use]
    pub fn v1(&self) -> Option<&str> {
        self.v1.as_deref()
    }

    /// The JSON text that the v2 payload comes to, `None` when it comes to nothing.
    #[must_use]
    pub fn v2(&self) -> Option<&str> {
        self.v2.as_deref()
    }

    /// Which payload is refused here, and why: one that is refused is equivalent to nothing.
    #[must_use]
    pub fn refused(&self) -> Option<(Version, Code)> {
        self.refused
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        match self.refused {
            Some((version, code)) => write!(f, "\"{}\": refused by {version}: {code}", self.path),
            None => write!(
                f,
                "\"{}\": v1 says {}, v2 says {}",
                self.path,
                value(&self.v1),
                value(&self.v2)
            ),
        }
    }
}

/// `{"path", "v1", "v2"}` with the values themselves, null for an absent one; `"refused": {"version", "code"}` if so.
impl Serialize for Difference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = |text: &Option<String>| {
            text.as_ref()
                .map(|text| RawValue::from_string(text.clone()).map_err(serde::ser::Error::custom))
                .transpose()
        };
        let mut out =
            serializer.serialize_struct("Difference", 3 + usize::from(self.refused.is_some()))?;
        out.serialize_field("path", &self.path)?;
        out.serialize_field("v1", &raw(&self.v1)?)?;
        out.serialize_field("v2", &raw(&self.v2)?)?;
        match self.refused {
            Some((version, code)) => out.serialize_field(
                "refused",
                &Refused {
                    version,
                    code: code.as_str(),
                },
            )?,
            None => out.skip_field("refused")?,
        }
        out.end()
    }
}

#[derive(serde::Serialize)]
struct Refused {
    version: Version,
    code: &'static str,
}

/// Compares what the two payloads come to. Without an id, the member that carries it counts only if both have one.
pub(crate) fn compare(
    table: &'static Table,
    v1: &Input<'_>,
    v2: &Input<'_>,
) -> Result<(), Vec<Difference>> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let reports = [
        convert::record(table, v1, true, &mut left),
        convert::record(table, v2, true, &mut right),
    ];
    let mut differences = Vec::new();
    for (input, report) in [v1, v2].into_iter().zip(&reports) {
        differences.extend(refusals(input.version, report));
    }
    if left.is_empty() || right.is_empty() {
        return Err(differences);
    }
    let (left, right) = (Record::read(&left), Record::read(&right));
    let id = table
        .core_names
        .first()
        .copied()
        .filter(|_| v1.id.is_none());
    let one_sided = |name: &str, other: &Record<'_>| id == Some(name) && other.get(name).is_none();
    for (name, value) in &left.members {
        let other = right.get(name);
        if other.is_some_and(|other| same(value, &other)) || one_sided(name, &right) {
            continue;
        }
        differences.push(difference(
            name,
            Some(value.text),
            other.map(|other| other.text),
        ));
    }
    for (name, value) in &right.members {
        if left.get(name).is_none() && !one_sided(name, &left) {
            differences.push(difference(name, None, Some(value.text)));
        }
    }
    // A member may be refused and differ as well: one line is enough.
    let mut paths = std::collections::HashSet::new();
    differences.retain(|difference| paths.insert(difference.path.clone()));
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences)
    }
}

/// The errors of a payload, but for members that are missing: the comparison finds those.
fn refusals(version: Version, report: &Report) -> impl Iterator<Item = Difference> {
    report
        .errors()
        .filter(|finding| finding.code() != Code::Required)
        .map(move |finding| Difference {
            path: finding.path().to_owned(),
            v1: None,
            v2: None,
            refused: Some((version, finding.code())),
        })
}

fn difference(name: &str, v1: Option<&str>, v2: Option<&str>) -> Difference {
    Difference {
        path: json::pointer(name),
        v1: v1.map(str::to_owned),
        v2: v2.map(str::to_owned),
        refused: None,
    }
}

/// Strings by what they say, everything else by its text.
fn same(value: &Value<'_>, other: &Value<'_>) -> bool {
    match (value.shape, other.shape) {
        (Shape::String, Shape::String) => value.says(other),
        _ => value.text == other.text,
    }
}

/// A record as its members: decoded names, JSON text of values.
struct Record<'t> {
    members: Vec<(Cow<'t, str>, Value<'t>)>,
}

impl<'t> Record<'t> {
    /// `record` was written by this crate, so that reading it can't fail.
    fn read(record: &'t [u8]) -> Self {
        let text = std::str::from_utf8(record).unwrap_or_default();
        let limits = Limits {
            bytes: usize::MAX,
            members: usize::MAX,
            depth: 128,
        };
        let mut members = Vec::new();
        let _ = scan::object(text, &limits, |key, value| {
            members.push((Value::of(text, key).decoded(), Value::of(text, value)));
        });
        Self { members }
    }

    fn get(&self, name: &str) -> Option<Value<'t>> {
        self.members
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| *value)
    }
}
