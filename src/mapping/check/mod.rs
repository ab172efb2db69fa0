//! Everything that is checked when a definition compiles: flaws, what stays open, what can be lost.

mod accept;
mod conditions;
mod entries;
mod finish;
mod image;
mod implied;
mod judge;
mod losses;
mod members;
mod numbers;
mod paths;
mod pattern;
mod report;
mod shown;
mod stand_ins;
#[cfg(test)]
mod tests;
mod types;
mod values;
mod view;
mod witness;
mod word_losses;
mod writers;

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::call::Side;
use super::definition::images::Images;
use super::definition::{Definition, Inner};
use super::flaws::Flaw;
use super::path::Path;
use super::report::Code;

/// Which way a conversion goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// An upgrade.
    Up,
    /// A downgrade.
    Down,
}

impl Direction {
    /// `"up"` or `"down"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    /// As messages call it.
    pub(crate) const fn conversion(self) -> &'static str {
        match self {
            Self::Up => "an upgrade",
            Self::Down => "a downgrade",
        }
    }

    /// The side that is read.
    pub(crate) const fn input(self) -> Side {
        match self {
            Self::Up => Side::From,
            Self::Down => Side::To,
        }
    }

    /// The side that is written.
    pub(crate) const fn output(self) -> Side {
        self.input().other()
    }

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A place where it can't be decided, before a payload is there, whether the other version accepts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenEnd {
    pub(crate) direction: Direction,
    pub(crate) path: String,
    pub(crate) keyword: String,
    pub(crate) reason: String,
}

impl OpenEnd {
    /// Which conversion may be refused.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// A path of the definition, in the version that the conversion reads.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The keyword of the schema, or what else is open: `refuse`, `hook`, `schema` for a side without one.
    #[must_use]
    pub fn keyword(&self) -> &str {
        &self.keyword
    }

    /// Why it is open, for people.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Something that a conversion can lose, assume or leave out. It is at the path or below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    pub(crate) direction: Direction,
    pub(crate) path: String,
    pub(crate) code: Code,
    pub(crate) reason: String,
}

impl Loss {
    /// Which conversion loses it.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// A path in the version that the conversion reads; in the one that it writes for what is `assumed`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The code of the findings that report it.
    #[must_use]
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// What it is, or why that is fine.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

fn line<S: Serializer>(
    serializer: S,
    kind: &str,
    direction: Direction,
    fields: [&str; 3],
) -> Result<S::Ok, S::Error> {
    let [code, path, reason] = fields;
    let mut out = serializer.serialize_struct("Line", 5)?;
    out.serialize_field("kind", kind)?;
    out.serialize_field("code", code)?;
    out.serialize_field("path", path)?;
    out.serialize_field("reason", reason)?;
    out.serialize_field("direction", direction.as_str())?;
    out.end()
}

/// `{"kind": "open", "code", "path", "reason", "direction"}`; the code is the keyword.
impl Serialize for OpenEnd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        line(
            serializer,
            "open",
            self.direction,
            [&self.keyword, &self.path, &self.reason],
        )
    }
}

/// `{"kind": "loss", "code", "path", "reason", "direction"}`
impl Serialize for Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        line(
            serializer,
            "loss",
            self.direction,
            [self.code.as_str(), &self.path, &self.reason],
        )
    }
}

/// What the checks found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checked {
    /// By path, then code.
    pub(crate) flaws: Vec<Flaw>,
    pub(crate) open: Vec<OpenEnd>,
    pub(crate) losses: Vec<Loss>,
    /// Every valid input upgrades to a valid output: it needs no judging.
    pub(crate) proved_up: bool,
    /// The same for downgrades.
    pub(crate) proved_down: bool,
}

impl Checked {
    /// Hooks that promise what the other version's schema asks leave nothing open, if all of them do.
    pub(crate) fn trust(&mut self, definition: &Definition, keeps: &dyn Fn(&str) -> bool) {
        let in_rules = definition
            .rules
            .iter()
            .flat_map(|(path, rules)| rules.iter().map(move |rule| (path, rule)))
            .filter_map(|(path, rule)| match &rule.inner {
                Some(Inner::Hook(name)) => Some((name, path)),
                _ => None,
            });
        let groups = definition.hooks.iter().flat_map(|hook| {
            let paths = hook.from.iter().chain(&hook.to);
            paths.map(move |path| (&hook.name, path))
        });
        let hooked: Vec<(&String, &Path)> = in_rules.chain(groups).collect();
        if hooked.is_empty() || !hooked.iter().all(|(name, _)| keeps(name)) {
            return;
        }
        let is_hooked = |at: &str| hooked.iter().any(|(_, path)| path.to_string() == at);
        self.open.retain(|end| {
            !(end.keyword.starts_with("hook") || end.keyword == "required" && is_hooked(&end.path))
        });
        let is_proved = |direction| !self.open.iter().any(|end| end.direction == direction);
        let sound = self.flaws.is_empty();
        self.proved_up |= sound && is_proved(Direction::Up) && !report::refuses(definition);
        self.proved_down |= sound && is_proved(Direction::Down);
    }
}

/// Checks a definition. `hooks` says which names are registered.
pub(crate) fn check(
    definition: &Definition,
    images: &Images,
    hooks: &dyn Fn(&str) -> bool,
) -> Checked {
    let mut flaws = paths::check(definition, images, hooks);
    for (path, alternatives) in &definition.rules {
        conditions::check(path, alternatives, images, &mut flaws);
    }
    writers::check(definition, images, &mut flaws);
    stand_ins::check(definition, images, &mut flaws);
    let losses = losses::check(definition, images, &mut flaws);
    // What is wrong with the rules themselves would show again in what they make of the schemas.
    let sound = flaws.iter().all(|flaw| report::leaves_images(flaw.code));
    let mut open = Vec::new();
    let mut proved = [false; 2];
    if sound {
        proved = [Direction::Up, Direction::Down]
            .map(|direction| report::accept(definition, images, direction, &mut flaws, &mut open));
    }
    pattern::forget();
    flaws.sort_by(|a, b| (&a.path, a.code, &a.reason).cmp(&(&b.path, b.code, &b.reason)));
    flaws.dedup();
    let [up, down] = proved;
    Checked {
        proved_up: up && flaws.is_empty() && !report::refuses(definition),
        proved_down: down && flaws.is_empty(),
        flaws,
        open,
        losses,
    }
}
