//! What comes of the comparison of a schema's image with the other schema: flaws in plain words, and open ends.

use serde_json::Value;

use super::super::call::Side;
use super::super::definition::images::Images;
use super::super::definition::{Definition, Rule, Version};
use super::super::flaws::{Flaw, FlawCode};
use super::super::path::Path;
use super::accept::{Acceptance, Issue, Problem};
use super::entries::{Table, targets};
use super::image::Imaging;
use super::view::View;
use super::{Direction, OpenEnd};

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

pub(super) fn version(definition: &Definition, side: Side) -> &Version {
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
            reason: format!("`{side}` has no schema, so {what}"),
        });
    };
    let Some(theirs) = &version(definition, output).schema else {
        without_schema(output, "the output isn't validated");
        return true;
    };
    let Some(mine) = &version(definition, input).schema else {
        without_schema(input, "nothing is known about the input");
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

pub(super) struct Reporting<'r, 'd> {
    pub(super) table: &'r Table<'d>,
    /// The schema of the input.
    pub(super) mine: &'r Value,
}

/// What a flaw's reader can do about it.
const OR_REFUSE: &str = "or say in `refuse` why an upgrade may be refused here";

impl Reporting<'_, '_> {
    fn issue(&self, issue: Issue, flaws: &mut Vec<Flaw>, open: &mut Vec<OpenEnd>) {
        let at = match issue.problem {
            Problem::Required => self.table.back(&issue.to),
            _ => issue.at.clone(),
        };
        let refused = self.refuse(&at, &issue.to);
        if refused.is_none() && issue.problem == Problem::Forbidden {
            // Of an object that rules move out of, only what they leave in it is forbidden.
            let left = self.left_in(&at, &issue.to);
            for member in &left {
                flaws.push(Flaw::new(
                    FlawCode::ForbiddenMember,
                    self.place(&issue, member),
                    self.forbidden(member),
                ));
            }
            if !left.is_empty() {
                return;
            }
        }
        let flaw = match refused {
            None => self.flaw(&issue, &at),
            Some(_) => None,
        };
        if let Some((code, reason)) = flaw {
            flaws.push(Flaw::new(code, self.place(&issue, &at), reason));
            return;
        }
        let (keyword, what) = self.open(&issue, &at);
        let end = OpenEnd {
            direction: self.table.direction,
            path: at.to_string(),
            keyword,
            reason: refused.map_or(what, str::to_owned),
        };
        if !open.contains(&end) {
            open.push(end);
        }
    }

    /// Where the definition says, or would say, something of it.
    fn place(&self, issue: &Issue, at: &Path) -> String {
        let mut added = self.table.definition.added.iter();
        match self.table.direction {
            Direction::Up if added.any(|(path, _)| *path == issue.to) => {
                format!("added: {}", issue.to)
            }
            Direction::Up => at.to_string(),
            Direction::Down => format!("added: {at}"),
        }
    }

    /// The flaw that an issue is, unless it can't be shown by a payload.
    fn flaw(&self, issue: &Issue, at: &Path) -> Option<(FlawCode, String)> {
        let direction = self.table.direction;
        let (input, output) = (direction.input(), direction.output());
        let to = &issue.to;
        match &issue.problem {
            Problem::Forbidden if self.table.takes_out_of(at, to) => {
                // Most documents leave nothing of an object that only `to` has and that rules empty.
                (direction == Direction::Up).then(|| (
                    FlawCode::ForbiddenMember,
                    format!(
                        "`{output}` forbids \"{to}\" (`additionalProperties`), and the rules do not empty every \"{at}\" that `{input}` accepts: require a member that they move, forbid members that `{input}` does not declare, {OR_REFUSE}"
                    ),
                ))
            }
            Problem::Forbidden if !self.is_tag(at) => {
                Some((FlawCode::ForbiddenMember, self.forbidden(at)))
            }
            Problem::Required if direction == Direction::Up => {
                let shown = self
                    .shown(issue, at, None)
                    .or_else(|| self.emptied(issue, at))?;
                Some((
                    FlawCode::RequiredWithoutSource,
                    format!(
                        "`{output}` requires \"{to}\", and {}: {shown} would be refused; give it a source that is always there or a default (`absent`), {OR_REFUSE}",
                        self.missing(issue, at)
                    ),
                ))
            }
            Problem::Refused { keyword, value } if direction == Direction::Up => {
                let shown = self.shown(issue, at, Some(self.before(issue, keyword, value)))?;
                Some((
                    FlawCode::NotAccepted,
                    format!(
                        "`{output}` does not accept everything that lands in \"{to}\" (`{keyword}`): {shown} would be refused; convert the value, {OR_REFUSE}"
                    ),
                ))
            }
            _ => None,
        }
    }

    fn forbidden(&self, at: &Path) -> String {
        let (input, output) = (self.table.direction.input(), self.table.direction.output());
        format!(
            "`{input}` declares \"{at}\", `{output}` forbids it (`additionalProperties`), and no rule moves or drops it: move it with `to`, leave it out with `drop`, or declare it in `{output}`"
        )
    }

    /// Declared members that stay in an object which rules move others out of.
    fn left_in(&self, at: &Path, to: &Path) -> Vec<Path> {
        if !self.table.takes_out_of(at, to) {
            return Vec::new();
        }
        let (view, _) = View::new(self.mine, self.mine).at(at, &self.table.definition.context);
        let unread = view
            .names()
            .into_iter()
            .map(|name| at.member(name))
            .filter(|member| self.table.at(member).next().is_none());
        unread
            .flat_map(|member| {
                let image = self.table.image(&member);
                if self.table.takes_out_of(&member, &image) {
                    self.left_in(&member, &image)
                } else {
                    vec![member]
                }
            })
            .collect()
    }

    /// The keyword of an open end and why it is open.
    fn open(&self, issue: &Issue, at: &Path) -> (String, String) {
        let (input, output) = (self.table.direction.input(), self.table.direction.output());
        let to = &issue.to;
        let (keyword, reason) = match &issue.problem {
            Problem::Forbidden => (
                "additionalProperties",
                format!("`{output}` forbids \"{to}\", and some documents still have it"),
            ),
            Problem::Required => (
                "required",
                format!(
                    "`{output}` requires \"{to}\", and {}",
                    self.missing(issue, at)
                ),
            ),
            Problem::Refused { keyword, .. } => (
                keyword.as_str(),
                format!("`{output}` does not accept everything that lands in \"{to}\""),
            ),
            Problem::Open { keyword } => {
                let reason = match keyword.as_str() {
                    "properties" => format!(
                        "`{input}` does not declare it and allows it; `{output}` says what it must be"
                    ),
                    "additionalProperties" => format!(
                        "`{input}` allows members that it does not declare; `{output}` restricts them"
                    ),
                    "foreign" => format!("a name of `{output}` is kept as it is"),
                    hook if hook.starts_with("hook") => {
                        "it depends on what the hook returns".to_owned()
                    }
                    word if word.starts_with("context") => {
                        "it depends on the call's context".to_owned()
                    }
                    _ => format!(
                        "it depends on the document whether `{output}` accepts {}",
                        if to.is_empty() {
                            "the whole of it".to_owned()
                        } else {
                            format!("what lands in \"{to}\"")
                        }
                    ),
                };
                (keyword.as_str(), reason)
            }
        };
        (keyword.to_owned(), reason)
    }

    /// Why a required member may be missing.
    fn missing(&self, issue: &Issue, at: &Path) -> &'static str {
        let entries = &self.table.entries;
        let (around, _) = View::new(self.mine, self.mine).at(
            &at.parent().unwrap_or_default(),
            &self.table.definition.context,
        );
        if at.name().is_some_and(|name| around.requires(name))
            && self.table.takes_out_of(at, &issue.to)
        {
            "it is left out when rules have moved everything out of it"
        } else if self
            .table
            .stand_ins
            .iter()
            .any(|(path, _)| *path == issue.to)
        {
            "not every policy has a default for it"
        } else if self.declared(at) || entries.iter().any(|entry| entry.to == issue.to) {
            "its source may be absent"
        } else {
            "nothing writes it"
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
