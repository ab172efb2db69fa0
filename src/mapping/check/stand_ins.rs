//! `bad_stand_in`: stand-ins and first members that their schemas refuse.

use super::super::call::Side;
use super::super::definition::images::Images;
use super::super::definition::{Definition, Rule, StandIn};
use super::super::flaws::{Flaw, FlawCode};
use super::super::path::Path;
use super::entries::targets;
use super::judge::{Valid, judge};
use super::numbers::literal;
use super::report::version;
use super::view::{Declared, View};

pub(super) fn check(definition: &Definition, images: &Images, flaws: &mut Vec<Flaw>) {
    let mut judged = |side: Side, by: &str, place: &Path, text: &str| {
        let Some(root) = &version(definition, side).schema else {
            return;
        };
        let (view, declared) = View::new(root, root).at(place, &definition.context);
        if declared == Declared::Yes && judge(&literal(text), &view) == Valid::No {
            let reason = format!(
                "the schema of `{side}` does not accept {text} at \"{place}\": choose another default"
            );
            flaws.push(Flaw::new(FlawCode::BadStandIn, by, reason));
        }
    };
    let literals = |rule: &Rule| match &rule.absent {
        StandIn::Nothing => Vec::new(),
        StandIn::Always(text) => vec![text.clone()],
        StandIn::By(list) => list.iter().map(|(_, text)| text.clone()).collect(),
    };
    for (path, alternatives) in &definition.rules {
        for rule in alternatives {
            for target in targets(images, path, rule) {
                literals(rule)
                    .iter()
                    .for_each(|text| judged(Side::To, &path.to_string(), &target, text));
            }
            if let Some(text) = &rule.absent_down {
                judged(Side::From, &path.to_string(), path, text);
            }
        }
    }
    for (path, rule) in &definition.added {
        literals(rule)
            .iter()
            .for_each(|text| judged(Side::To, &format!("added: {path}"), path, text));
    }
    for side in [Side::From, Side::To] {
        let version = version(definition, side);
        let Some(root) = &version.schema else {
            continue;
        };
        for name in &version.first {
            let (_, declared) =
                View::new(root, root).at(&Path::default().member(name), &definition.context);
            if declared == Declared::No {
                let reason =
                    format!("`first` names \"{name}\", which the schema of `{side}` does not have");
                flaws.push(Flaw::new(FlawCode::BadStandIn, side.as_str(), reason));
            }
        }
    }
}
