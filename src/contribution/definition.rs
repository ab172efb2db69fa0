//! The definition of a contribution: how v1 and v2 correspond, and the mapping that is compiled from it.

use std::sync::LazyLock;

use super::hooks::{self, Fixed, One};
use super::schema::judged;
use super::tags::{CORE, TAGS};
use crate::mapping::{Code, Definition, Flaws, Hooks, Mapping, Rule, Side, Treatment};
use crate::version::Version;

/// The names of the two policies.
pub(crate) const UNKNOWNS: &str = "unknowns";
pub(crate) const LEGACY: &str = "legacy";

static MAPPING: LazyLock<Mapping> = LazyLock::new(|| {
    // Nothing of it comes from outside: it compiles always or never.
    #[allow(clippy::expect_used)]
    definition()
        .and_then(|definition| Mapping::compile(definition, &hooks()))
        .expect("the definition of a contribution compiles")
});

/// The mapping between v1 and v2 of a contribution, for whoever takes a [`Mapping`]. The functions of this module convert by
/// it, and report in their own words. Its call takes the contribution's id, and a policy: `unknowns` or `legacy`.
#[must_use]
pub fn mapping() -> &'static Mapping {
    &MAPPING
}

fn definition() -> Result<Definition, Flaws> {
    let first = CORE.into_iter().chain(["charge"]);
    let mut definition = Definition::builder("contribution")
        .from("v1", Some(judged(Version::V1)))
        .to("v2", Some(judged(Version::V2)))
        .nulls_absent()
        .policy(UNKNOWNS)
        .policy(LEGACY)
        .tier("optional", Treatment::Coerce)
        .tier("specialized", Treatment::Warn)
        .code(&Code::OTHER_VERSION, "v1_member")
        .first(Side::To, first)
        .last(Side::To, ["male", "female", "unisex"])
        .added("amenity", Rule::new().absent("toilets"))
        .added("wheelchair", Rule::new().absent("unknown"))
        .added("opening_hours", absent("unknown", "24/7"))
        .added("fee", Rule::new().absent(false));
    for (name, from, to, loss) in hooks::GROUPS {
        let (from, to) = (from.iter().copied(), to.iter().copied());
        definition = definition.hook(name, from, to, loss);
    }
    let is_grouped = |name| {
        hooks::GROUPS
            .iter()
            .any(|(_, from, ..)| from.contains(&name))
    };
    for tag in TAGS.iter().filter(|tag| !is_grouped(tag.name)) {
        let rule = match (tag.name, One::of(&tag.kind)) {
            (_, None) => continue,
            ("male" | "female", Some(one)) => one.rule().absent_by(LEGACY, "yes"),
            ("unisex", Some(one)) => one.rule().absent_by(LEGACY, "no"),
            ("access", Some(one)) => one
                .rule()
                .lost("v1 does not say that it knows nothing")
                .absent_by(UNKNOWNS, "unknown")
                .absent_by(LEGACY, "yes"),
            (_, Some(one)) => one.rule(),
        };
        definition = definition.rule(tag.name, rule);
    }
    definition.build()
}

fn absent(unknowns: &str, legacy: &str) -> Rule {
    Rule::new()
        .absent_by(UNKNOWNS, unknowns)
        .absent_by(LEGACY, legacy)
}

fn hooks() -> Hooks {
    let ones = TAGS
        .iter()
        .filter_map(|tag: &super::tags::Tag| One::of(&tag.kind));
    let hooks = ones.fold(Hooks::new(), |hooks, one| hooks.with(&one.name(), one));
    hooks
        .with("id", hooks::Id)
        .with("amenity", Fixed)
        .with("accessible", hooks::Accessible)
        .with("contactless", hooks::Contactless)
        .with("fee", hooks::Fee)
        .with("hours", hooks::Hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_valid_contribution_is_proved_to_become_a_valid_one() {
        assert_eq!(mapping().open_ends(), []);
        assert_eq!(mapping().is_proved(), [true, true]);
    }
}
