//! The members of an object against what another schema says of them.

use serde_json::{Map, Value};

use super::super::path::Segment;
use super::accept::{Acceptance, Problem, Spot, below};
use super::image::{STAND_IN, UNDECLARED, UNKNOWN};
use super::implied::asserts;
use super::judge::by_pattern;
use super::view::{Types, View};

impl Acceptance<'_> {
    /// The members of objects.
    pub(super) fn members(&mut self, image: &View<'_>, schema: &View<'_>, spot: &Spot) {
        if !image.types().has(Types::OBJECT) {
            return;
        }
        for name in schema.required() {
            if !image.requires(name) {
                let by_hook = image
                    .properties(name)
                    .iter()
                    .any(|member| is_unknown(member));
                let problem = if by_hook {
                    Problem::Open {
                        keyword: "required".into(),
                    }
                } else {
                    Problem::Required
                };
                self.issue(&below(spot, Segment::Name(name.into())), problem);
            }
        }
        let is_word = |name: &str| {
            name.strip_prefix('$')
                .is_some_and(|word| self.words.iter().any(|known| known == word))
        };
        let mine = image.names();
        for name in &mine {
            let segment = Segment::Name((*name).into());
            let spot = below(spot, segment.clone());
            let (member, _) = image.step(&segment, self.words);
            if member.never {
                continue;
            }
            for part in &schema.parts {
                self.member(part, schema.root, name, is_word(name), &member, &spot);
            }
        }
        // What only the other schema declares.
        let open = !image.is_closed();
        let mut patterns = image.patterns();
        let has_patterns = patterns.next().is_some();
        drop(patterns);
        for name in schema.names().difference(&mine) {
            let segment = Segment::Name((*name).into());
            let spot = below(spot, segment.clone());
            let (theirs, _) = schema.step(&segment, self.words);
            if theirs
                .parts
                .iter()
                .all(|part| !part.keys().any(|key| asserts(key)))
                && !theirs.never
                && !theirs.unresolved
            {
                continue;
            }
            match image
                .each("additionalProperties")
                .find(|more| more.is_object())
            {
                Some(more) => self.view(&View::new(image.root, more), &theirs, &spot),
                None if open || has_patterns => self.open(&spot, "properties"),
                None => {}
            }
        }
        self.unknown_members(image, schema, spot);
    }

    /// One member that the image declares against one of the schemas that must hold.
    fn member(
        &mut self,
        part: &Map<String, Value>,
        root: &Value,
        name: &str,
        is_word: bool,
        member: &View<'_>,
        spot: &Spot,
    ) {
        if let Some(theirs) = part.get("properties").and_then(|known| known.get(name)) {
            return self.view(member, &View::new(root, theirs), spot);
        }
        let patterns = part.get("patternProperties").and_then(Value::as_object);
        let mut by_some = false;
        for (pattern, theirs) in patterns.into_iter().flatten() {
            match super::pattern::matches(pattern, name) {
                _ if is_word => {
                    self.view(member, &View::new(root, theirs), spot);
                    by_some = true;
                }
                Some(true) => self.view(member, &View::new(root, theirs), spot),
                Some(false) => {}
                None => self.open(spot, "patternProperties"),
            }
        }
        match (part.get("additionalProperties"), by_pattern(part, name)) {
            // The name is the caller's.
            (Some(Value::Bool(false)), _) if is_word => self.open(spot, "additionalProperties"),
            (Some(Value::Bool(false)), Some(false)) => self.issue(spot, Problem::Forbidden),
            (Some(Value::Bool(false)), None) => self.open(spot, "additionalProperties"),
            (Some(more), Some(false)) if !by_some => {
                self.view(member, &View::new(root, more), spot)
            }
            _ => {}
        }
    }

    /// Members that no schema names.
    fn unknown_members(&mut self, image: &View<'_>, schema: &View<'_>, spot: &Spot) {
        for (pattern, mine) in image.patterns() {
            let same = schema.patterns().find(|(known, _)| *known == pattern);
            match same {
                Some((_, theirs)) => {
                    let mut spot = below(spot, Segment::Each);
                    spot.at = spot.at.parent().unwrap_or_default();
                    self.view(
                        &View::new(image.root, mine),
                        &View::new(schema.root, theirs),
                        &spot,
                    );
                }
                None if schema.first("additionalProperties").is_some()
                    || schema.patterns().next().is_some() =>
                {
                    self.open(spot, "patternProperties");
                }
                None => {}
            }
        }
        if image.is_closed() {
            return;
        }
        for more in schema
            .each("additionalProperties")
            .filter(|more| *more != &Value::Bool(true))
        {
            match (
                more,
                image
                    .each("additionalProperties")
                    .find(|more| more.is_object()),
            ) {
                (Value::Object(_), Some(mine)) => {
                    self.view(
                        &View::new(image.root, mine),
                        &View::new(schema.root, more),
                        spot,
                    );
                }
                _ => self.open(spot, "additionalProperties"),
            }
        }
        if schema
            .patterns()
            .any(|(pattern, _)| image.patterns().all(|(known, _)| known != pattern))
        {
            self.open(spot, "patternProperties");
        }
    }
}

fn is_unknown(schema: &Value) -> bool {
    schema
        .get(UNKNOWN)
        .is_some_and(|why| why != STAND_IN && why != UNDECLARED)
        || schema
            .get("anyOf")
            .and_then(Value::as_array)
            .is_some_and(|any| any.iter().any(is_unknown))
}
