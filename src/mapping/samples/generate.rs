//! One document of a side: what its schema allows, with the values that the definition's rules care for.

use serde_json::Value;

use super::hints::Hint;
use super::objects::Shuffle;
use super::parts::{self, Parts};
use super::pattern;
use super::rng::Rng;
use super::tree::{Kind, Tree};
use super::values::{self, Range};

/// Deeper than this only what must be there is written.
const DEEP: usize = 12;

/// Deeper than this nothing is.
const BOTTOM: usize = 60;

/// Where a document is being made.
#[derive(Debug)]
pub(super) struct Generator<'p, 'r> {
    pub(super) root: &'p Value,
    pub(super) rng: &'r mut Rng,
    /// Of 100 optional members, how many are there.
    pub(super) density: usize,
    /// How many values may be written before only what must be there is.
    pub(super) budget: usize,
    /// Whether an array may still get thousands of elements.
    pub(super) huge: bool,
    /// Whether values that rules refuse are of use.
    pub(super) hostile: bool,
}

impl<'p> Generator<'p, '_> {
    /// A value where these schemas hold and this is known.
    pub(super) fn value(
        &mut self,
        schemas: &[&'p Value],
        hint: Option<&Hint>,
        depth: usize,
    ) -> Tree {
        self.budget = self.budget.saturating_sub(1);
        if depth > BOTTOM {
            return Tree::null();
        }
        let parts = parts::expand(self.root, schemas, self.rng);
        if parts.iter().all(|part| part.is_empty()) {
            return self.free(hint, depth);
        }
        if let Some(listed) = parts::listed(&parts) {
            let (kinds, _) = parts::kinds(&parts);
            let listed: Vec<Tree> = listed.into_iter().map(Tree::of).collect();
            let fitting: Vec<&Tree> = listed
                .iter()
                .filter(|v| kinds.contains(&v.kind()))
                .collect();
            return self
                .rng
                .pick(&fitting)
                .map_or_else(Tree::null, |value| (*value).clone());
        }
        if let Some(value) = self.hinted(&parts, hint) {
            return value;
        }
        let (mut kinds, integral) = parts::kinds(&parts);
        if kinds.len() > 1 && !self.rng.chance(20) {
            kinds.retain(|kind| *kind != Kind::Null);
        }
        let wanted = match hint {
            Some(hint) if hint.wants_object() => Some(Kind::Object),
            Some(Hint { each: Some(_), .. }) => Some(Kind::Array),
            _ => None,
        };
        let kind = match wanted.filter(|wanted| kinds.contains(wanted)) {
            Some(wanted) if self.rng.chance(70) => wanted,
            _ => self.rng.pick(&kinds).copied().unwrap_or(Kind::Null),
        };
        match kind {
            Kind::Null => Tree::null(),
            Kind::Bool => Tree::leaf(if self.rng.chance(50) { "true" } else { "false" }),
            Kind::Number => {
                let step = parts::all(&parts, "multipleOf")
                    .next()
                    .map(Value::to_string);
                let range = range(&parts);
                Tree::leaf(values::number(range, integral, step.as_deref(), self.rng))
            }
            Kind::String => Tree::string(&self.text(&parts)),
            Kind::Array => self.array(&parts, hint, depth),
            Kind::Object => self.object(&parts, hint, depth),
        }
    }

    /// A value of a place without a schema.
    fn free(&mut self, hint: Option<&Hint>, depth: usize) -> Tree {
        let Some(hint) = hint else {
            return values::any(if self.budget > 0 { 2 } else { 0 }, self.rng);
        };
        if self.hostile && self.rng.chance(25) {
            let odd = self.rng.pick(&hint.outside).cloned();
            return odd.unwrap_or_else(|| values::any(1, self.rng));
        }
        let mut shapes = Vec::new();
        shapes.extend(hint.wants_object().then_some(Kind::Object));
        shapes.extend(hint.each.is_some().then_some(Kind::Array));
        shapes.extend((!hint.inside.is_empty()).then_some(Kind::String));
        match self.rng.pick(&shapes) {
            _ if depth > 0 && self.rng.chance(4) => values::any(1, self.rng),
            Some(Kind::Object) => self.object(&Vec::new(), Some(hint), depth),
            Some(Kind::Array) => self.array(&Vec::new(), Some(hint), depth),
            Some(_) => self
                .rng
                .pick(&hint.inside)
                .cloned()
                .unwrap_or_else(Tree::null),
            None => values::any(2, self.rng),
        }
    }

    /// A value that a rule converts, or one that it doesn't, if it looks as though the schema took it.
    fn hinted(&mut self, parts: &Parts<'p>, hint: Option<&Hint>) -> Option<Tree> {
        let hint = hint?;
        let outside = self.hostile && self.rng.chance(30);
        let values = if outside { &hint.outside } else { &hint.inside };
        if values.is_empty() || self.rng.chance(40) {
            return None;
        }
        let (kinds, integral) = parts::kinds(parts);
        let range = range(parts);
        let (least, most) = parts::counts(parts, "minLength", "maxLength");
        let fits = |tree: &&Tree| {
            kinds.contains(&tree.kind())
                && match (tree, tree.kind()) {
                    (Tree::Leaf(text), Kind::Number) => {
                        let number: f64 = text.parse().unwrap_or(f64::NAN);
                        range.contains(number)
                            && (!integral || number.fract() == 0.0)
                            && parts::all(parts, "multipleOf").next().is_none()
                    }
                    (Tree::Leaf(text), Kind::String) => {
                        let length = super::tree::said(text).chars().count();
                        (least..=most).contains(&length)
                            && parts::all(parts, "pattern").next().is_none()
                    }
                    _ => true,
                }
        };
        let fitting: Vec<&Tree> = values.iter().filter(fits).collect();
        self.rng.pick(&fitting).map(|value| (*value).clone())
    }

    /// A text with the length, format and pattern that are asked for.
    fn text(&mut self, parts: &Parts<'p>) -> String {
        let (least, most) = parts::counts(parts, "minLength", "maxLength");
        let fits = |text: &str| (least..=most).contains(&text.chars().count());
        let pattern = parts::all(parts, "pattern").find_map(Value::as_str);
        let format = ["format", "contentEncoding"]
            .into_iter()
            .find_map(|keyword| parts::all(parts, keyword).find_map(Value::as_str));
        // A pattern says more than a format: with both, the format's own texts need not match it.
        for _ in 0..8 {
            let text = match (pattern, format) {
                (Some(pattern), _) => pattern::matching(pattern, self.rng),
                (None, Some(format)) => values::formatted(format, self.rng).map(str::to_owned),
                (None, None) => break,
            };
            if let Some(text) = text.filter(|text| fits(text)) {
                return text;
            }
        }
        let mut shown: Vec<&str> = parts::all(parts, "default")
            .filter_map(Value::as_str)
            .collect();
        for examples in parts::all(parts, "examples").filter_map(Value::as_array) {
            shown.extend(examples.iter().filter_map(Value::as_str));
        }
        shown.retain(|text| fits(text));
        match self.rng.pick(&shown) {
            Some(text) if pattern.is_some() || self.rng.chance(20) => (*text).to_owned(),
            _ => values::text(least, most, self.rng),
        }
    }

    fn array(&mut self, parts: &Parts<'p>, hint: Option<&Hint>, depth: usize) -> Tree {
        let (least, most) = parts::counts(parts, "minItems", "maxItems");
        let mut length = match self.rng.below(4) {
            0 => least,
            1 if most <= 40 => most,
            _ => self.rng.between(least, most.min(least + 3)),
        };
        if self.huge && most > 5_000 && depth < 5 && !parts.is_empty() | hint.is_some() {
            self.huge = false;
            length = self.rng.between(2_000, 4_000);
            // Each element as it would be, but with few of its optional members.
            self.density = self.density.min(20);
            self.budget = self.budget.max(length * 4);
        } else if self.budget == 0 || depth > DEEP {
            length = least;
        }
        let unique = parts::all(parts, "uniqueItems").any(|unique| *unique == Value::Bool(true));
        let contained: Vec<&Value> = parts::all(parts, "contains").collect();
        length = length.max(contained.len().min(most));
        let mut items: Vec<Tree> = Vec::with_capacity(length);
        for at in 0..length {
            let mut schemas = element(parts, at);
            schemas.extend(contained.get(at));
            let hint = hint.and_then(|hint| hint.each.as_deref());
            let mut item = self.value(&schemas, hint, depth + 1);
            for _ in 0..if unique { 8 } else { 0 } {
                if !items.contains(&item) {
                    break;
                }
                item = self.value(&schemas, hint, depth + 1);
            }
            if !(unique && length < 100 && items.contains(&item)) {
                items.push(item);
            }
        }
        Tree::Array(items)
    }

    fn object(&mut self, parts: &Parts<'p>, hint: Option<&Hint>, depth: usize) -> Tree {
        let lean = self.budget == 0 || depth > DEEP;
        let mut tree = Tree::Object(Vec::new());
        for name in self.names(parts, hint, lean) {
            let schemas = super::objects::member(parts, &name);
            if schemas.contains(&&Value::Bool(false)) {
                continue;
            }
            let hint = hint.and_then(|hint| hint.members.get(&name).or(hint.names.as_deref()));
            let value = self.value(&schemas, hint, depth + 1);
            tree.set(&name, value);
        }
        if let Some(variant) = hint.and_then(|hint| self.rng.pick(&hint.variants)) {
            if self.rng.chance(70) {
                for (name, value) in variant {
                    tree.set(name, value.clone());
                }
            }
        }
        if self.rng.chance(30) {
            tree.shuffle(self.rng);
        }
        tree
    }
}

/// The schemas of an array's element: `items` of both drafts, `prefixItems`, `additionalItems`.
fn element<'p>(parts: &Parts<'p>, at: usize) -> Vec<&'p Value> {
    let mut schemas = Vec::new();
    for part in parts {
        let (listed, others) = match part.get("items") {
            Some(Value::Array(listed)) => (Some(listed), part.get("additionalItems")),
            others => (part.get("prefixItems").and_then(Value::as_array), others),
        };
        schemas.extend(listed.and_then(|listed| listed.get(at)).or(others));
    }
    schemas
}

/// Where a number may lie, with the exclusive bounds of both drafts' form.
fn range(parts: &Parts<'_>) -> Range {
    let (low, over) = (
        parts::largest(parts, "minimum"),
        parts::largest(parts, "exclusiveMinimum"),
    );
    let (high, under) = (
        parts::smallest(parts, "maximum"),
        parts::smallest(parts, "exclusiveMaximum"),
    );
    Range {
        above: over.is_some_and(|over| low.is_none_or(|low| over >= low)),
        below: under.is_some_and(|under| high.is_none_or(|high| under <= high)),
        low: low
            .into_iter()
            .chain(over)
            .fold(f64::NEG_INFINITY, f64::max),
        high: high.into_iter().chain(under).fold(f64::INFINITY, f64::min),
    }
}
