//! Whether two documents of the two versions say the same.

use super::definition::{Alternative, Definition, Inner, Outer, Rule};
use super::path::{Images, Path, Step, member, name, parent, path};
use super::tree::{Kind, Node};
use super::{Call, Found, Model};

impl Model {
    /// A document of `to` with the names of `from` in it resolved, and what a codec reads in canonical text.
    ///
    /// # Errors
    /// What was found, when an error is among it.
    pub fn settle(&self, doc: &str, call: &Call<'_>) -> Result<String, Vec<Found>> {
        self.settled(doc, call).map(|node| node.write())
    }

    /// Whether the upgrade of `v1` and `v2` are the same JSON value, whatever a codec reads alike.
    ///
    /// # Errors
    /// What was found, when an error is among it.
    pub fn compare(&self, v1: &str, v2: &str, call: &Call<'_>) -> Result<bool, Vec<Found>> {
        let (mut upgraded, _) = self.convert(v1, call, true)?;
        let definition = self.definition.for_call(call.context).unwrap();
        canonical(&mut upgraded, &definition);
        Ok(upgraded.same(&self.settled(v2, call)?))
    }

    fn settled(&self, doc: &str, call: &Call<'_>) -> Result<Node, Vec<Found>> {
        let definition = self.definition.for_call(call.context);
        let definition = definition.ok_or_else(|| vec![("call".into(), String::new())])?;
        // Resolving is an upgrade by the rules that take names of `from` in `to` as meant, from there to their own place.
        let resolving = Self {
            definition: kept_rules(&definition),
            hooks: self.hooks.clone(),
        };
        self.check_input(doc, &definition, false)?;
        let (mut node, _) = resolving.convert(
            doc,
            &Call {
                context: &[],
                ..*call
            },
            true,
        )?;
        canonical(&mut node, &definition);
        Ok(node)
    }
}

fn kept_rules(definition: &Definition) -> Definition {
    let images = Images::of(definition);
    let mut rules = vec![];
    for rule in &definition.rules {
        let at = member(&images.image(&parent(&rule.path)), &name(&rule.path));
        let alternatives: Vec<Alternative> = rule
            .alternatives
            .iter()
            .filter(|a| a.to.is_some() || !a.also.is_empty())
            .map(|a| Alternative {
                to: Some(text(&images.target(&rule.path, a))),
                also: a.also.iter().map(|p| images.image(p)).collect(),
                keep: true,
                absent: vec![],
                absent_down: None,
                ..a.clone()
            })
            .collect();
        let keeps = definition.to.keep
            || rule
                .alternatives
                .iter()
                .any(|a| a.keep || !a.also.is_empty());
        let drops = rule
            .alternatives
            .iter()
            .any(|a| matches!(a.outer, Outer::Drop));
        if keeps && !drops && !alternatives.is_empty() {
            rules.push(Rule {
                text: rule.text.clone(),
                path: at,
                alternatives,
            });
        }
    }
    let mut out = definition.clone();
    out.from = definition.to.clone();
    (out.rules, out.added, out.hooks) = (rules, vec![], vec![]);
    (out.dialects, out.context) = (vec![], vec![]);
    out
}

/// A path as a definition writes it.
fn text(path: &[Step]) -> String {
    let steps: Vec<String> = path
        .iter()
        .map(|step| match step {
            Step::Each => "*".into(),
            Step::Name(name) if name == "*" => "~2".into(),
            Step::Name(name) => name.replace('~', "~0").replace('/', "~1"),
        })
        .collect();
    steps.join("/")
}

/// Every value of `to` that a codec writes, as the codec would write what it reads there.
fn canonical(node: &mut Node, definition: &Definition) {
    let images = Images::of(definition);
    for rule in &definition.rules {
        for alternative in &rule.alternatives {
            if !matches!(alternative.inner, Inner::Codec(_)) {
                continue;
            }
            let places: Vec<Path> = match &alternative.outer {
                Outer::Split { into, .. } => {
                    into.iter().map(|p| images.resolve(&rule.path, p)).collect()
                }
                _ => vec![images.target(&rule.path, alternative)],
            };
            for place in places {
                let inside = match &alternative.outer {
                    Outer::List(true) => path("*"),
                    Outer::Entries { value, .. } | Outer::Pivot { value, .. } => {
                        vec![Step::Each, Step::Name(value.clone())]
                    }
                    _ => vec![],
                };
                at_each(node, &[place, inside].concat(), &|value| {
                    respell(value, alternative)
                });
            }
        }
    }
}

fn respell(value: &mut Node, alternative: &Alternative) {
    use super::codecs::Coded;
    let Inner::Codec(codec) = &alternative.inner else {
        return;
    };
    let read = match codec.convert(false, value, alternative.lost) {
        Coded::Value(kind) | Coded::Cut(kind) => Node::new(kind, value),
        Coded::Left | Coded::Outside => return,
    };
    if let Coded::Value(kind) = codec.convert(true, &read, false) {
        *value = Node::new(kind, value);
    }
}

fn at_each(node: &mut Node, path: &[Step], change: &dyn Fn(&mut Node)) {
    let Some((first, rest)) = path.split_first() else {
        return change(node);
    };
    match (first, &mut node.kind) {
        (Step::Name(name), Kind::Object(members)) => {
            for m in members.iter_mut().filter(|m| m.name == *name) {
                at_each(&mut m.value, rest, change);
            }
        }
        (Step::Each, Kind::Array(elements)) => {
            for element in elements {
                at_each(element, rest, change);
            }
        }
        _ => return,
    }
    node.raw = None;
}
