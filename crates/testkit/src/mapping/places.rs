//! What the rules say of each place of one version, read in one direction.

use super::definition::{Definition, Outer, Version};
use super::path::{Images, Path, Step, member, name, parent};
use super::tree::Node;

/// What is done with a member at a place.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    /// A rule's own place: the rule, and on the way down the alternative.
    Own {
        rule: usize,
        alternative: Option<usize>,
    },
    /// One of the members that a split becomes, on the way down.
    Part { rule: usize, alternative: usize },
    /// The list that a pivot's element is in, on the way down.
    List { rule: usize, alternative: usize },
    /// An older place.
    Also { rule: usize, nth: usize },
    /// A name of the other version that is taken as meant; the alternative on the way up.
    Kept {
        rule: usize,
        alternative: Option<usize>,
    },
    /// A name of the other version that is not.
    Foreign,
    /// Left out: new in `to`, or new in a dialect.
    Drop,
    /// An input of a hook over several members.
    Hook { hook: usize },
    /// Nothing is done here, but the objects on the way are entered.
    Visit,
}

#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) up: bool,
    pub(crate) definition: Definition,
    pub(crate) images: Images,
    places: Vec<(Path, Role)>,
}

/// A name of the other version, carried over.
struct Carried {
    path: Path,
    keep: bool,
    /// The rule and alternative that write there; none for `added` and hooks.
    rule: Option<(usize, Option<usize>)>,
}

impl Table {
    pub(crate) fn new(definition: Definition, up: bool) -> Self {
        let images = Images::of(&definition);
        let mut table = Self {
            up,
            definition,
            images,
            places: vec![],
        };
        table.places = if up {
            table.read_up()
        } else {
            table.read_down()
        };
        let carried = if up {
            table.names_of_to()
        } else {
            table.names_of_from()
        };
        table.add_foreign(carried);
        table
    }

    pub(crate) fn at(&self, path: &[Step]) -> Vec<Role> {
        self.places
            .iter()
            .filter(|(place, _)| place == path)
            .map(|(_, role)| role.clone())
            .collect()
    }

    /// The places with a role that `wanted` picks.
    pub(crate) fn places(&self, wanted: impl Fn(&Role) -> bool) -> Vec<Path> {
        self.places
            .iter()
            .filter(|(_, role)| wanted(role))
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// Whether a rule's path leads into an object here.
    pub(crate) fn enters_object(&self, path: &[Step]) -> bool {
        self.enters(path, |step| matches!(step, Step::Name(_)))
    }

    /// Whether a rule's path leads into the elements of an array here.
    pub(crate) fn enters_array(&self, path: &[Step]) -> bool {
        self.enters(path, |step| *step == Step::Each)
    }

    fn enters(&self, path: &[Step], next: impl Fn(&Step) -> bool) -> bool {
        self.places
            .iter()
            .any(|(place, _)| place.starts_with(path) && place.get(path.len()).is_some_and(&next))
    }

    /// Where a rule's own value stands in the output.
    pub(crate) fn destination(&self, rule: usize, alternative: usize) -> Path {
        let rule = &self.definition.rules[rule];
        if self.up {
            self.images
                .target(&rule.path, &rule.alternatives[alternative])
        } else {
            rule.path.clone()
        }
    }

    /// The members that a split becomes.
    pub(crate) fn parts(&self, rule: usize, alternative: usize) -> Vec<Path> {
        let rule = &self.definition.rules[rule];
        match &rule.alternatives[alternative].outer {
            Outer::Split { into, .. } => into
                .iter()
                .map(|part| self.images.resolve(&rule.path, part))
                .collect(),
            other => panic!("no split: {other:?}"),
        }
    }

    /// All places in `to` that an alternative writes.
    pub(crate) fn written(&self, rule: usize, alternative: usize) -> Vec<Path> {
        let r = &self.definition.rules[rule];
        match &r.alternatives[alternative].outer {
            Outer::Drop => vec![],
            Outer::Split { .. } => self.parts(rule, alternative),
            _ => vec![self.images.target(&r.path, &r.alternatives[alternative])],
        }
    }

    fn read_up(&self) -> Vec<(Path, Role)> {
        let mut places = vec![];
        for (rule, r) in self.definition.rules.iter().enumerate() {
            let own = Role::Own {
                rule,
                alternative: None,
            };
            places.push((r.path.clone(), own));
            for alternative in &r.alternatives {
                for (nth, also) in alternative.also.iter().enumerate() {
                    places.push((also.clone(), Role::Also { rule, nth }));
                }
                if let Outer::Pick(word) = &alternative.outer {
                    places.push((member(&r.path, word), Role::Visit));
                }
            }
        }
        for (hook, h) in self.definition.hooks.iter().enumerate() {
            places.extend(h.from.iter().map(|p| (p.clone(), Role::Hook { hook })));
        }
        places
    }

    fn read_down(&self) -> Vec<(Path, Role)> {
        let mut places = vec![];
        for (_, added) in &self.definition.dialects {
            places.extend(added.iter().map(|p| (p.clone(), Role::Drop)));
        }
        for a in &self.definition.added {
            let drops = matches!(a.alternatives[0].outer, Outer::Drop);
            let role = if drops { Role::Drop } else { Role::Visit };
            places.push((a.path.clone(), role));
        }
        for (rule, r) in self.definition.rules.iter().enumerate() {
            for (at, alternative) in r.alternatives.iter().enumerate() {
                let role = match &alternative.outer {
                    Outer::Split { .. } => Role::Part {
                        rule,
                        alternative: at,
                    },
                    _ if alternative.joins() => Role::List {
                        rule,
                        alternative: at,
                    },
                    _ => Role::Own {
                        rule,
                        alternative: Some(at),
                    },
                };
                let written = self.written(rule, at);
                places.extend(written.into_iter().map(|p| (p, role.clone())));
                for (nth, also) in alternative.also.iter().enumerate() {
                    places.push((self.images.image(also), Role::Also { rule, nth }));
                }
            }
        }
        for (hook, h) in self.definition.hooks.iter().enumerate() {
            places.extend(h.to.iter().map(|p| (p.clone(), Role::Hook { hook })));
        }
        places
    }

    /// The names of `to`, where they would stand in `from`.
    fn names_of_to(&self) -> Vec<Carried> {
        let keep = self.definition.from.keep;
        let carry = |p: &Path| member(&self.images.back(&parent(p)), &name(p));
        let mut names = vec![];
        for (rule, r) in self.definition.rules.iter().enumerate() {
            for (at, alternative) in r.alternatives.iter().enumerate() {
                // Elements that no rule takes stay in the list on the way back: both versions have it.
                if alternative.joins() {
                    continue;
                }
                names.extend(self.written(rule, at).iter().map(|p| Carried {
                    path: carry(p),
                    keep: keep || alternative.keep,
                    rule: Some((rule, Some(at))),
                }));
            }
        }
        for a in &self.definition.added {
            let path = carry(&a.path);
            let keep = keep || a.alternatives[0].keep;
            names.push(Carried {
                path,
                keep,
                rule: None,
            });
        }
        for p in self.definition.hooks.iter().flat_map(|h| &h.to) {
            names.push(Carried {
                path: carry(p),
                keep,
                rule: None,
            });
        }
        names
    }

    /// The names of `from`, where they would stand in `to`.
    fn names_of_from(&self) -> Vec<Carried> {
        let keep = self.definition.to.keep;
        let carry = |p: &Path| member(&self.images.image(&parent(p)), &name(p));
        let mut names = vec![];
        for (rule, r) in self.definition.rules.iter().enumerate() {
            names.push(Carried {
                path: carry(&r.path),
                keep: keep || r.alternatives.iter().any(|a| a.keep),
                rule: Some((rule, None)),
            });
        }
        for p in self.definition.hooks.iter().flat_map(|h| &h.from) {
            names.push(Carried {
                path: carry(p),
                keep,
                rule: None,
            });
        }
        names
    }

    fn add_foreign(&mut self, carried: Vec<Carried>) {
        let side: &Version = if self.up {
            &self.definition.from
        } else {
            &self.definition.to
        };
        let schema = side.schema.clone();
        let read: Vec<Path> = self.places(|_| true);
        let new: Vec<Path> = self
            .definition
            .dialects
            .iter()
            .flat_map(|(_, added)| added)
            .map(|p| self.images.back(p))
            .collect();
        for Carried { path, keep, rule } in carried {
            // What leads to a place of this version is a name of this version too.
            let known = read.iter().any(|r| r.starts_with(&path))
                || new.contains(&path)
                || schema.as_ref().is_some_and(|s| declares(s, s, &path));
            let role = match rule {
                _ if known => Role::Visit,
                Some((rule, alternative)) if keep => Role::Kept { rule, alternative },
                None if keep => Role::Visit,
                _ => Role::Foreign,
            };
            self.places.push((path, role));
        }
    }
}

/// Whether a schema names this place among its `properties`.
fn declares(all: &Node, schema: &Node, path: &[Step]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    views(all, schema, 0).iter().any(|view| {
        let below: Vec<&Node> = match first {
            Step::Name(name) => {
                let named = view.get("properties").and_then(|p| p.get(name));
                // On the way, any member will do; the last one must be named.
                let others = view.get("patternProperties").and_then(Node::members);
                let others = others.unwrap_or_default().iter().map(|m| &m.value);
                let others = others.chain(view.get("additionalProperties"));
                named
                    .into_iter()
                    .chain(others.filter(|_| !rest.is_empty() && named.is_none()))
                    .collect()
            }
            Step::Each => view.get("items").into_iter().collect(),
        };
        below.iter().any(|s| declares(all, s, rest))
    })
}

/// A schema and all that it refers to or is made of.
fn views<'a>(all: &'a Node, schema: &'a Node, depth: usize) -> Vec<&'a Node> {
    let mut out = vec![schema];
    if depth > 16 {
        return out;
    }
    if let Some(pointer) = schema.get("$ref").and_then(Node::text) {
        let mut target = Some(all);
        for step in pointer.trim_start_matches("#").split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            target = target.and_then(|t| match t.elements() {
                Some(elements) => elements.get(step.parse::<usize>().ok()?),
                None => t.get(&step),
            });
        }
        out.extend(target.into_iter().flat_map(|t| views(all, t, depth + 1)));
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        let parts = schema.get(key).and_then(Node::elements).unwrap_or_default();
        out.extend(parts.iter().flat_map(|p| views(all, p, depth + 1)));
    }
    for key in ["then", "else"] {
        out.extend(
            schema
                .get(key)
                .into_iter()
                .flat_map(|p| views(all, p, depth + 1)),
        );
    }
    out
}
