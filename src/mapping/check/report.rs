//! What comes of the comparison of a schema's image with the other schema: flaws in plain words, and open ends.

use serde_json::Value;

use super::super::call::Side;
use super::super::codec::Codec;
use super::super::definition::images::Images;
use super::super::definition::{Definition, Inner, Rule, StandIn, Version};
use super::super::flaws::{Flaw, FlawCode};
use super::super::path::Path;
use super::accept::{Acceptance, Issue, Problem};
use super::entries::{Step, Table, targets};
use super::image::Imaging;
use super::judge::{Valid, judge};
use super::numbers::{equal, literal, shifted};
use super::values::pairs;
use super::view::{Declared, View};
use super::{Direction, OpenEnd, witness};

/// Flaws that leave it clear what the rules make of a schema.
pub(super) fn leaves_images(code: FlawCode) -> bool {
    matches!(
        code,
        FlawCode::WordsNotOneToOne | FlawCode::BadStandIn | FlawCode::UnacknowledgedLoss
    )
}

/// Whether some rule says that an upgrade may be refused.
pub(super) fn refuses(definition: &Definition) -> bool {
    let rules = definition.rules.iter().flat_map(|(_, rules)| rules);
    rules
        .chain(definition.added.iter().map(|(_, rule)| rule))
        .any(|rule| rule.refuse.is_some())
}

fn version(definition: &Definition, side: Side) -> &Version {
    match side {
        Side::From => &definition.from,
        Side::To => &definition.to,
    }
}

/// Compares in one direction; whether every valid input is sure to become a valid output.
pub(super) fn accept(
    definition: &Definition,
    images: &Images,
    direction: Direction,
    flaws: &mut Vec<Flaw>,
    open: &mut Vec<OpenEnd>,
) -> bool {
    let (input, output) = (direction.input(), direction.output());
    let mut without_schema = |side: Side, what: &str| {
        open.push(OpenEnd {
            direction,
            path: String::new(),
            keyword: "schema".into(),
            reason: format!("`{side}` has no schema, so that {what}"),
        });
    };
    let Some(theirs) = &version(definition, output).schema else {
        without_schema(output, "what is written isn't judged");
        return true;
    };
    let Some(mine) = &version(definition, input).schema else {
        without_schema(input, "nothing is known of what is read");
        return false;
    };
    let table = Table::new(definition, images, direction);
    let image = Imaging::of(&table, mine, &definition.context);
    let mut acceptance = Acceptance::new(&definition.context, &definition.tiers, mine, theirs);
    // References in the image are those of the input's schema.
    let mut view = View::anything(mine);
    view.add(&image, 0);
    acceptance.whole(&view, &View::new(theirs, theirs));
    let issues = acceptance.issues;
    let proved = issues.is_empty();
    let reporting = Reporting {
        table: &table,
        mine,
    };
    for issue in issues {
        reporting.issue(issue, flaws, open);
    }
    proved
}

struct Reporting<'r, 'd> {
    table: &'r Table<'d>,
    mine: &'r Value,
}

impl Reporting<'_, '_> {
    fn issue(&self, issue: Issue, flaws: &mut Vec<Flaw>, open: &mut Vec<OpenEnd>) {
        let direction = self.table.direction;
        let at = match issue.problem {
            Problem::Required => self.table.back(&issue.to),
            _ => issue.at.clone(),
        };
        let (code, keyword, what) = self.words(&issue, &at);
        let refused = self.refuse(&at, &issue.to);
        let is_flaw = match issue.problem {
            Problem::Forbidden => !self.is_tag(&at),
            Problem::Open { .. } => false,
            _ => direction == Direction::Up,
        };
        if let (true, None) = (is_flaw, refused) {
            flaws.push(Flaw::new(code, self.place(&issue, &at), what));
        } else {
            let reason = refused.map_or(what, str::to_owned);
            let end = OpenEnd {
                direction,
                path: at.to_string(),
                keyword,
                reason,
            };
            if !open.contains(&end) {
                open.push(end);
            }
        }
    }

    /// Where the definition says, or would say, something of it.
    fn place(&self, issue: &Issue, at: &Path) -> String {
        let added = self
            .table
            .definition
            .added
            .iter()
            .any(|(path, _)| *path == issue.to);
        match self.table.direction {
            Direction::Up if added => format!("added: {}", issue.to),
            Direction::Up => at.to_string(),
            Direction::Down => format!("added: {at}"),
        }
    }

    fn words(&self, issue: &Issue, at: &Path) -> (FlawCode, String, String) {
        let (input, output) = (self.table.direction.input(), self.table.direction.output());
        match &issue.problem {
            Problem::Required => {
                let stand_in = self
                    .table
                    .stand_ins
                    .iter()
                    .any(|(path, _)| *path == issue.to);
                let has_source = self.table.entries.iter().any(|entry| entry.to == issue.to);
                let why = if stand_in {
                    "there is a stand-in under some policies only"
                } else if has_source || self.declared(at) {
                    "its source may be absent"
                } else {
                    "nothing fills it"
                };
                let shown = witness::text(self.mine, at, None, &self.table.definition.context);
                (
                    FlawCode::RequiredWithoutSource,
                    "required".into(),
                    format!(
                        "`{output}` requires \"{}\", and {why}: {shown} is valid in `{input}` and would be refused; give it a source or a stand-in (`absent`), or say in `refuse` why it may be refused",
                        issue.to
                    ),
                )
            }
            Problem::Forbidden => (
                FlawCode::ForbiddenMember,
                "additionalProperties".into(),
                format!(
                    "`{input}` declares \"{at}\", no rule mentions it, and `{output}` forbids it by `additionalProperties`: give it a rule, such as `drop`, or declare it in `{output}`"
                ),
            ),
            Problem::Refused { keyword, value } => {
                let shown = witness::text(
                    self.mine,
                    at,
                    self.before(issue, value),
                    &self.table.definition.context,
                );
                (
                    FlawCode::NotAccepted,
                    keyword.clone(),
                    format!(
                        "`{output}` does not accept at \"{}\" all that can come from here (`{keyword}`): {shown} is valid in `{input}` and would be refused; convert the value, or say in `refuse` why it may be refused",
                        issue.to
                    ),
                )
            }
            Problem::Open { keyword } => (
                FlawCode::NotAccepted,
                keyword.clone(),
                format!(
                    "it depends on the document whether `{output}` accepts what lands in \"{}\"",
                    issue.to
                ),
            ),
        }
    }

    fn declared(&self, at: &Path) -> bool {
        View::new(self.mine, self.mine)
            .at(at, &self.table.definition.context)
            .1
            == Declared::Yes
    }

    /// What in the input becomes this value; `None` for the least value there.
    fn before(&self, issue: &Issue, value: &Value) -> Option<Value> {
        let view = View::new(self.mine, self.mine)
            .at(&issue.at, &self.table.definition.context)
            .0;
        let least = || Some(witness::minimal(&view, &self.table.definition.context));
        let entry = self.table.at(&issue.at).next();
        let around = || {
            issue
                .at
                .parent()
                .and_then(|list| self.table.entries.iter().find(|entry| entry.at == list))
        };
        let rule = entry
            .or_else(|| issue.inner.then(around).flatten())
            .and_then(|entry| match entry.step {
                Step::Rule(rule) => Some(rule),
                _ => None,
            });
        let inner = match rule {
            Some(rule) if issue.inner => rule.inner.as_ref(),
            Some(Rule {
                inner: None,
                outer: None,
                ..
            })
            | None => None,
            Some(_) => return least(),
        };
        let is_container = value.is_object() || value.is_array();
        let back = match inner {
            None if issue.entered && is_container => return least(),
            None => value.clone(),
            Some(Inner::Words(list)) => {
                let pairs = pairs(list, self.table.direction);
                let found = pairs.iter().find(|(_, image)| equal(image, value));
                found.map_or_else(|| value.clone(), |(source, _)| source.clone())
            }
            Some(Inner::Codec(Codec::Scale { by })) => {
                let by = if self.table.direction == Direction::Up {
                    by.saturating_neg()
                } else {
                    *by
                };
                value
                    .as_number()
                    .and_then(|number| shifted(number, by))
                    .map_or(Value::Null, Value::Number)
            }
            Some(_) => return least(),
        };
        if judge(&back, &view) == Valid::No {
            least()
        } else {
            Some(back)
        }
    }

    fn is_tag(&self, at: &Path) -> bool {
        self.table.tagged.iter().any(|(path, _)| path == at)
    }

    /// Why an upgrade may be refused at this place.
    fn refuse(&self, at: &Path, to: &Path) -> Option<&str> {
        if self.table.direction == Direction::Down {
            return None;
        }
        let definition = self.table.definition;
        let covers = |path: &Path, rule: &Rule| {
            at.behind(path).is_some()
                || targets(self.table.images, path, rule)
                    .iter()
                    .any(|target| to.behind(target).is_some())
        };
        let rules = definition
            .rules
            .iter()
            .flat_map(|(path, rules)| rules.iter().map(move |rule| (path, rule)));
        let by_rule = rules
            .filter(|(path, rule)| rule.refuse.is_some() && covers(path, rule))
            .map(|(_, rule)| rule);
        let added = definition
            .added
            .iter()
            .filter(|(path, _)| to.behind(path).is_some())
            .map(|(_, rule)| rule);
        by_rule.chain(added).find_map(|rule| rule.refuse.as_deref())
    }
}

/// `bad_stand_in`: stand-ins and first members that their schemas refuse.
pub(super) fn stand_ins(definition: &Definition, images: &Images, flaws: &mut Vec<Flaw>) {
    let mut check = |side: Side, by: &str, place: &Path, text: &str| {
        let Some(root) = &version(definition, side).schema else {
            return;
        };
        let (view, declared) = View::new(root, root).at(place, &definition.context);
        if declared == Declared::Yes && judge(&literal(text), &view) == Valid::No {
            let reason = format!(
                "the schema of `{side}` does not accept {text} at \"{place}\": choose another stand-in"
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
                    .for_each(|text| check(Side::To, &path.to_string(), &target, text));
            }
            if let Some(text) = &rule.absent_down {
                check(Side::From, &path.to_string(), path, text);
            }
        }
    }
    for (path, rule) in &definition.added {
        literals(rule)
            .iter()
            .for_each(|text| check(Side::To, &format!("added: {path}"), path, text));
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
