//! Whether a v1 and a v2 payload say the same.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::convert::{Input, Way, Write, convert};
use super::report::{Code, Report};
use super::scan;
use super::{Difference, Limits, Policy};
use crate::mapping::pointer;
use crate::mapping::tape::{Node, Tape, Value};
use crate::version::Version;

/// Compares the records that a service would store for a v1 and a v2 payload, with [`Policy::Unknowns`] and
/// without an id: `@id` counts only if both payloads have one. [`Comparer`] takes both.
///
/// Spelling does not count (`"caf\u00e9"` is `"café"`, `true` is `"yes"` where a tag takes both, null is absent);
/// numbers are compared by their text (`51.50` is not `51.5`), nested values byte for byte.
///
/// # Errors
/// All differences, by JSON pointer. A payload with an error, other than a missing member, differs there.
pub fn compare(v1: &[u8], v2: &[u8]) -> Result<(), Vec<Difference>> {
    Comparer::new().compare(v1, v2)
}

/// Compares with an id, a policy and limits.
#[derive(Clone, Copy, Debug)]
pub struct Comparer<'a> {
    id: Option<&'a str>,
    policy: Policy,
    limits: (Limits, Limits),
}

impl Default for Comparer<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Comparer<'a> {
    /// No id, [`Policy::Unknowns`], each version's default limits.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            id: None,
            policy: Policy::Unknowns,
            limits: (Limits::V1, Limits::V2),
        }
    }

    /// The contribution id that the v1 payload came with.
    #[must_use]
    pub const fn id(self, id: &'a str) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    /// What stands in for what the v1 payload does not have.
    #[must_use]
    pub const fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// How large the payloads may be.
    #[must_use]
    pub const fn limits(self, v1: Limits, v2: Limits) -> Self {
        Self {
            limits: (v1, v2),
            ..self
        }
    }

    /// As [`compare`].
    ///
    /// # Errors
    /// As [`compare`].
    pub fn compare(&self, v1: &[u8], v2: &[u8]) -> Result<(), Vec<Difference>> {
        let (limits_v1, limits_v2) = &self.limits;
        let v1 = Input {
            id: self.id,
            policy: self.policy,
            ..Input::new(Way::Up, v1, limits_v1)
        };
        records(&v1, &Input::new(Way::Settle, v2, limits_v2))
    }
}

/// Compares what the two payloads come to. Without an id, `@id` counts only if both have one.
fn records(v1: &Input<'_>, v2: &Input<'_>) -> Result<(), Vec<Difference>> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let reports = [
        (Version::V1, convert(v1, Write::Always, &mut left)),
        (Version::V2, convert(v2, Write::Always, &mut right)),
    ];
    let mut differences = Vec::new();
    for (version, report) in &reports {
        differences.extend(refusals(*version, report));
    }
    if left.is_empty() || right.is_empty() {
        return Err(differences);
    }
    let (mut left_nodes, mut right_nodes) = (Vec::new(), Vec::new());
    let left = Record::read(&left, &mut left_nodes);
    let right = Record::read(&right, &mut right_nodes);
    let one_sided = |name: &str, other: &Record<'_>| {
        v1.id.is_none() && name == "@id" && other.get(name).is_none()
    };
    for (name, value) in &left.members {
        let other = right.get(name);
        if other.is_some_and(|other| same(*value, other)) || one_sided(name, &right) {
            continue;
        }
        differences.push(difference(name, Some(*value), other));
    }
    for (name, value) in &right.members {
        if left.get(name).is_none() && !one_sided(name, &left) {
            differences.push(difference(name, None, Some(*value)));
        }
    }
    // A member may be refused and differ as well: one line is enough.
    let mut paths = HashSet::new();
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

fn difference(name: &str, v1: Option<Value<'_>>, v2: Option<Value<'_>>) -> Difference {
    let text = |value: Value<'_>| value.text().to_owned();
    Difference {
        path: pointer::of([name]),
        v1: v1.map(text),
        v2: v2.map(text),
        refused: None,
    }
}

/// Strings by what they say, everything else by its text.
fn same(value: Value<'_>, other: Value<'_>) -> bool {
    match (value.string(), other.string()) {
        (Some(value), Some(other)) => value == other,
        _ => value.text() == other.text(),
    }
}

/// A record as its members: decoded names and values.
struct Record<'t> {
    members: Vec<(Cow<'t, str>, Value<'t>)>,
    /// Positions by name.
    index: HashMap<Cow<'t, str>, usize>,
}

impl<'t> Record<'t> {
    /// `record` was written by this crate, so that reading it can't fail.
    fn read(record: &'t [u8], nodes: &'t mut Vec<Node>) -> Self {
        let text = scan(record, &Limits::NONE, nodes).unwrap_or_default();
        let root = Tape { text, nodes }.root();
        let members: Vec<_> = root
            .members()
            .map(|(key, value)| (key.string().unwrap_or_default(), value))
            .collect();
        let names = members.iter().map(|(name, _)| name.clone());
        let index = names.zip(0..).collect();
        Self { members, index }
    }

    fn get(&self, name: &str) -> Option<Value<'t>> {
        self.index.get(name).map(|at| self.members[*at].1)
    }
}

/// Asserts that a v1 and a v2 payload say the same, for the tests of services that have both.
///
/// Takes anything that is `AsRef<[u8]>`, and optionally the contribution's id. Panics with all differences, one a
/// line.
///
/// ```
/// cutover::assert_equivalent!(
///     r#"{"lat":51.5,"lng":-0.1,"accessible":true}"#,
///     r#"{"@id":"node/1","amenity":"toilets","lat":51.5,"lng":-0.1,"wheelchair":"yes","access":"unknown",
///         "opening_hours":"unknown","fee":false}"#,
/// );
/// ```
#[macro_export]
macro_rules! assert_equivalent {
    ($v1:expr, $v2:expr $(,)?) => {
        $crate::assert_equivalent!(@ $crate::contribution::equivalence::Comparer::new(), $v1, $v2)
    };
    ($v1:expr, $v2:expr, id = $id:expr $(,)?) => {
        $crate::assert_equivalent!(@ $crate::contribution::equivalence::Comparer::new().id($id), $v1, $v2)
    };
    (@ $comparer:expr, $v1:expr, $v2:expr) => {
        if let ::core::result::Result::Err(differences) =
            $comparer.compare(::core::convert::AsRef::<[u8]>::as_ref(&$v1), ::core::convert::AsRef::<[u8]>::as_ref(&$v2))
        {
            let lines: ::std::vec::Vec<::std::string::String> =
                differences.iter().map(|difference| ::std::format!("  {difference}")).collect();
            ::core::panic!("the payloads are not equivalent:\n{}", lines.join("\n"));
        }
    };
}
