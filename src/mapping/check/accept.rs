//! Is everything that one schema accepts accepted by another? What isn't, with a value that shows it; and what can't be told.

use serde_json::{Map, Value};

use super::super::definition::Treatment;
use super::super::path::{Path, Segment};
use super::image::{AT, CODEC, ENTERED, INNER, STAND_IN, UNKNOWN};
use super::implied::{asserts, implied, mentions_ref, mentions_ref_in, most, structural};
use super::judge::{UNDECIDED, Valid, judge, judge_keyword};
use super::view::{Declared, Types, View};
use super::witness;

/// Why a value may be refused.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Problem {
    /// A member that must be there may be missing.
    Required,
    /// A member that is declared on one side is forbidden on the other.
    Forbidden,
    /// This value, of the image, is refused by this keyword.
    Refused { keyword: String, value: Value },
    /// It can't be told what this keyword does.
    Open { keyword: String },
}

/// A problem and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Issue {
    pub(super) problem: Problem,
    /// In the input.
    pub(super) at: Path,
    /// In the output.
    pub(super) to: Path,
    /// A value there can be carried back by the rule's inner operation.
    pub(super) inner: bool,
    /// Rules enter the container there: a value of it says nothing of the input.
    pub(super) entered: bool,
}

/// Where a comparison is.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) at: Path,
    pub(super) to: Path,
    pub(super) inner: bool,
    pub(super) entered: bool,
}

/// Compares two schemas, an image and the schema that it should satisfy.
pub(super) struct Acceptance<'c> {
    pub(super) words: &'c [String],
    pub(super) tiers: &'c [(String, Treatment)],
    pub(super) issues: Vec<Issue>,
    /// What is being compared, so that a schema that includes itself comes to an end.
    open_pairs: Vec<(usize, usize)>,
    steps: usize,
    same_definitions: bool,
}

/// Comparisons of one pair of schemas, and how deep they nest: more is an open end.
const STEPS: usize = 100_000;
const DEPTH: usize = 128;

const COMBINATIONS: [&str; 6] = [
    "anyOf",
    "oneOf",
    "if",
    "not",
    "dependencies",
    "dependentRequired",
];

impl<'c> Acceptance<'c> {
    /// `input` and `output` are the documents that `$ref`s of the image and of the other schema point into.
    pub(super) fn new(
        words: &'c [String],
        tiers: &'c [(String, Treatment)],
        input: &Value,
        output: &Value,
    ) -> Self {
        let same = |key| input.get(key) == output.get(key);
        Self {
            words,
            tiers,
            issues: Vec::new(),
            open_pairs: Vec::new(),
            steps: 0,
            same_definitions: same("definitions") && same("$defs"),
        }
    }

    pub(super) fn whole(&mut self, image: &View<'_>, schema: &View<'_>) {
        let spot = Spot {
            at: Path::default(),
            to: Path::default(),
            inner: false,
            entered: true,
        };
        self.view(image, schema, &spot);
    }

    pub(super) fn issue(&mut self, spot: &Spot, problem: Problem) {
        let issue = Issue {
            problem,
            at: spot.at.clone(),
            to: spot.to.clone(),
            inner: spot.inner,
            entered: spot.entered,
        };
        if !self.issues.contains(&issue) {
            self.issues.push(issue);
        }
    }

    pub(super) fn open(&mut self, spot: &Spot, keyword: &str) {
        self.issue(
            spot,
            Problem::Open {
                keyword: keyword.to_owned(),
            },
        );
    }

    /// Both are one schema, written in the same words.
    fn is_equal(&self, image: &View<'_>, schema: &View<'_>) -> bool {
        let own = |part: &Map<String, Value>| part.keys().any(|key| key.starts_with('\0'));
        let image: Vec<_> = image
            .parts
            .iter()
            .filter(|part| !(part.len() <= 3 && own(part)))
            .collect();
        image.len() == schema.parts.len()
            && image.iter().zip(&schema.parts).all(|(a, b)| *a == b)
            && (self.same_definitions || !schema.parts.iter().any(|part| mentions_ref(part)))
    }

    pub(super) fn view(&mut self, image: &View<'_>, schema: &View<'_>, around: &Spot) {
        // A schema that includes itself is compared once on each way down.
        let pair = (address(image), address(schema));
        if !image.parts.is_empty() && self.open_pairs.contains(&pair) {
            return;
        }
        self.steps += 1;
        if self.steps > STEPS || self.open_pairs.len() > DEPTH {
            return self.open(around, "$ref");
        }
        self.open_pairs.push(pair);
        self.compare(image, schema, around);
        self.open_pairs.pop();
    }

    fn compare(&mut self, image: &View<'_>, schema: &View<'_>, around: &Spot) {
        if image.never || schema.parts.is_empty() && !schema.never && !schema.unresolved {
            return;
        }
        let spot = match image.first(AT).and_then(Value::as_str) {
            Some(at) => Spot {
                at: Path::parse(at).unwrap_or_default(),
                to: around.to.clone(),
                inner: image.first(INNER).is_some(),
                entered: image.first(ENTERED).is_some(),
            },
            None => around.clone(),
        };
        if !schema.never && !schema.unresolved && !image.unresolved && self.is_equal(image, schema)
        {
            return;
        }
        if schema
            .parts
            .iter()
            .all(|part| !part.keys().any(|key| asserts(key)))
            && !schema.never
            && !schema.unresolved
        {
            return;
        }
        match image.first(UNKNOWN).and_then(Value::as_str) {
            Some(STAND_IN) => return,
            Some(why) if image.first("type").is_none() => return self.open(&spot, why),
            _ => {}
        }
        let treated = |view: &View<'_>| {
            let tier = view.first("x-tier")?.as_str()?;
            let named = self.tiers.iter().find(|(name, _)| name == tier);
            let rest = || self.tiers.iter().find(|(name, _)| name == "rest");
            named.or_else(rest).map(|(_, treatment)| *treatment)
        };
        if treated(schema) == Some(Treatment::Warn) {
            return;
        }
        if treated(image) == Some(Treatment::Warn) {
            return self.open(&spot, "x-tier");
        }
        if let Some(branches) = image.branches() {
            for branch in branches {
                self.view(&branch, schema, &spot);
            }
            return;
        }
        if schema.never {
            return self.refused(image, schema, "false", &spot);
        }
        if schema.unresolved {
            self.open(&spot, "$ref");
        }
        for part in &schema.parts {
            self.part(image, schema, part, &spot);
        }
        self.members(image, schema, &spot);
        let (items, declared) = schema.step(&Segment::Each, self.words);
        if declared == Declared::Yes
            && image.types().has(Types::ARRAY)
            && most(image, "maxItems") != Some(0.0)
        {
            let (mine, _) = image.step(&Segment::Each, self.words);
            let below = below(&spot, Segment::Each);
            self.view(&mine, &items, &below);
        }
    }

    /// The keywords of one schema that speak of the value itself.
    fn part(
        &mut self,
        image: &View<'_>,
        schema: &View<'_>,
        part: &Map<String, Value>,
        spot: &Spot,
    ) {
        for (keyword, said) in part {
            let idle =
                keyword == "additionalItems" && !part.get("items").is_some_and(Value::is_array);
            if !asserts(keyword) || idle || structural(keyword) {
                continue;
            }
            let refers = !self.same_definitions && mentions_ref_in(said);
            if !refers && implied(image, part, keyword, said) {
                continue;
            }
            let applies = match keyword.as_str() {
                "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
                    Types::NUMBER
                }
                "minLength" | "maxLength" | "pattern" | "format" => Types::STRING,
                "minItems" | "maxItems" | "uniqueItems" | "contains" | "prefixItems"
                | "additionalItems" | "unevaluatedItems" | "minContains" | "maxContains" => {
                    Types::ARRAY
                }
                "minProperties"
                | "maxProperties"
                | "propertyNames"
                | "dependencies"
                | "dependentRequired"
                | "dependentSchemas"
                | "unevaluatedProperties" => Types::OBJECT,
                _ => Types::ALL,
            };
            if !image.types().has(applies) {
                continue;
            }
            if UNDECIDED.contains(&keyword.as_str()) {
                self.open(spot, keyword);
                continue;
            }
            if keyword == "anyOf" {
                let any = said
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|branch| self.accepts(image, &View::new(schema.root, branch)));
                if any {
                    continue;
                }
            }
            self.keyword(image, schema.root, part, keyword, spot);
        }
    }

    /// A branch that takes all of it.
    fn accepts(&self, image: &View<'_>, schema: &View<'_>) -> bool {
        let mut other = Acceptance {
            words: self.words,
            tiers: self.tiers,
            issues: Vec::new(),
            open_pairs: Vec::new(),
            steps: 0,
            same_definitions: self.same_definitions,
        };
        other.whole(image, schema);
        other.issues.is_empty()
    }

    fn keyword(
        &mut self,
        image: &View<'_>,
        root: &Value,
        part: &Map<String, Value>,
        keyword: &str,
        spot: &Spot,
    ) {
        if let Some(values) = image.values() {
            let mut unsure = false;
            for value in values
                .iter()
                .filter(|value| judge(value, image) != Valid::No)
            {
                match judge_keyword(value, root, part, keyword) {
                    Valid::Yes => {}
                    Valid::No => return self.issue(spot, refusal(keyword, value)),
                    Valid::Unknown => unsure = true,
                }
            }
            if unsure {
                self.open(spot, keyword);
            }
            return;
        }
        let candidates = witness::candidates(image, part.get(keyword), self.words);
        let shows = |value: &&Value| {
            judge(value, image) == Valid::Yes
                && judge_keyword(value, root, part, keyword) == Valid::No
        };
        // A container that rules enter is no longer what the candidate says; its type and counts are.
        let combined = spot.entered
            && (COMBINATIONS.contains(&keyword)
                || keyword == "contains"
                || keyword.ends_with("Properties"));
        if let (Some(value), false) = (candidates.iter().find(shows), combined) {
            return self.issue(spot, refusal(keyword, value));
        }
        let free = image.first("pattern").is_none()
            && image.first(CODEC).is_none()
            && image.first("format").is_none();
        if keyword == "pattern" && free && image.first(UNKNOWN).is_none() {
            let likely = |value: &&Value| value.is_string() && judge(value, image) == Valid::Yes;
            let unknown =
                |value: &&Value| judge_keyword(value, root, part, keyword) == Valid::Unknown;
            if let Some(value) = candidates.iter().filter(likely).find(unknown) {
                return self.issue(spot, refusal(keyword, value));
            }
        }
        self.open(spot, keyword);
    }

    fn refused(&mut self, image: &View<'_>, schema: &View<'_>, keyword: &str, spot: &Spot) {
        let candidates = witness::candidates(image, None, self.words);
        match candidates
            .iter()
            .find(|value| judge(value, image) == Valid::Yes)
        {
            Some(value) if schema.never => self.issue(spot, refusal(keyword, value)),
            _ => self.open(spot, keyword),
        }
    }
}

fn address(view: &View<'_>) -> usize {
    let parts = view.parts.iter();
    parts.fold(0_usize, |sum, part| {
        sum.rotate_left(7) ^ (std::ptr::from_ref(*part) as usize)
    })
}

fn refusal(keyword: &str, value: &Value) -> Problem {
    Problem::Refused {
        keyword: keyword.to_owned(),
        value: value.clone(),
    }
}

pub(super) fn below(spot: &Spot, segment: Segment) -> Spot {
    Spot {
        at: spot.at.child(segment.clone()),
        to: spot.to.child(segment),
        inner: false,
        entered: false,
    }
}
