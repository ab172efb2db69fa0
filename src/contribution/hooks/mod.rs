//! What a table can't say of a contribution: values that are respelled, aliases, ids. Each hook has both directions.
//!
//! A value that the schema refuses is handed on as it is: it has its finding already.

mod aliases;
mod fee;
mod one;

pub(crate) use aliases::{Accessible, Contactless, Hours};
pub(crate) use fee::Fee;
pub(crate) use one::One;

use super::kind::Kind;
use super::report::{Code, Severity};
use super::tags::tag;
use crate::mapping::{self, Call, Finding, Hook, HookLoss, Outputs, RawJson};

/// A hook of several members: its name, what it reads in v1 and what in v2.
type Group = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    HookLoss,
);

pub(crate) const GROUPS: [Group; 6] = [
    ("id", &["@id"], &["@id"], HookLoss::None),
    ("amenity", &["amenity"], &["amenity"], HookLoss::Down),
    (
        "accessible",
        &["accessible", "wheelchair"],
        &["wheelchair"],
        HookLoss::Down,
    ),
    (
        "hours",
        &["hours", "opening_hours"],
        &["opening_hours"],
        HookLoss::Down,
    ),
    (
        "fee",
        &["fee", "charge"],
        &["fee", "charge"],
        HookLoss::None,
    ),
    (
        "contactless",
        &["payment_contactless", "payment:contactless"],
        &["payment:contactless"],
        HookLoss::None,
    ),
];

type Values<'v, 't> = &'v [Option<RawJson<'t>>];

fn value<'t>(values: Values<'_, 't>, i: usize) -> Option<RawJson<'t>> {
    values.get(i).copied().flatten()
}

/// Reports what a member of this kind gives rise to.
fn say(out: &mut Outputs<'_>, path: &'static str, kind: &Kind, code: Code) {
    let (named, message) = (mapping::Code::new(code.as_str()), kind.message(code));
    out.report(match code.severity() {
        Severity::Error => Finding::error(named, path, message),
        Severity::Warning => Finding::warning(named, path, message),
    });
}

/// Reports what the member of this name gives rise to.
fn say_of(out: &mut Outputs<'_>, name: &'static str, path: &'static str, code: Code) {
    if let Some(tag) = tag(name) {
        say(out, path, &tag.kind, code);
    }
}

/// Reports a value that v1 has no word for; to v1 an absent member says the same.
fn unsaid(out: &mut Outputs<'_>, path: &'static str) {
    let message = "v1 has no word for this: left out, and written again by an upgrade";
    out.report(Finding::warning(mapping::Code::LOST, path, message));
}

/// The id of a payload that brings none of its own: the caller's.
pub(crate) struct Id;

impl Hook for Id {
    fn up(
        &self,
        values: Values<'_, '_>,
        call: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        match (value(values, 0), call.document_id()) {
            (Some(_), _) => out.keep(0, 0),
            (None, Some(id)) if is_element(id) => out.set_string(0, id),
            (None, Some(id)) => out.set_strings(0, &[TEMPORARY, id]),
            (None, None) => {
                let message = "required: send it, or convert with the contribution's id";
                return Err(Finding::error(mapping::Code::REQUIRED, "/@id", message));
            }
        }
        Ok(())
    }

    fn down(&self, _: Values<'_, '_>, _: &Call<'_>, out: &mut Outputs<'_>) -> Result<(), Finding> {
        out.keep(0, 0);
        Ok(())
    }

    fn fills(&self) -> bool {
        true
    }

    fn keeps_to_schema(&self) -> bool {
        true
    }
}

/// What comes before the id of a node that OSM does not have yet.
const TEMPORARY: &str = "node/temp_";

/// Whether an id is that of an OSM element, which stands for itself.
fn is_element(id: &str) -> bool {
    let number = id
        .strip_prefix("node/")
        .or_else(|| id.strip_prefix("way/"))
        .or_else(|| id.strip_prefix("relation/"));
    number.is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// A member of which v2 has one value: a downgrade leaves it out.
pub(crate) struct Fixed;

impl Hook for Fixed {
    fn up(&self, _: Values<'_, '_>, _: &Call<'_>, out: &mut Outputs<'_>) -> Result<(), Finding> {
        out.keep(0, 0);
        Ok(())
    }

    fn down(&self, _: Values<'_, '_>, _: &Call<'_>, out: &mut Outputs<'_>) -> Result<(), Finding> {
        unsaid(out, "");
        Ok(())
    }

    fn keeps_to_schema(&self) -> bool {
        true
    }
}
