//! A definition as the model reads it, from its JSON text. It is taken to be sound: whatever is wrong with it panics.

use super::codecs::Codec;
use super::path::{Path, Step, path};
use super::tree::{Kind, Node};

#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) from: Version,
    pub(crate) to: Version,
    pub(crate) context: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) codes: Vec<(String, String)>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) added: Vec<Rule>,
    /// Name and what it added, oldest first.
    pub(crate) dialects: Vec<(String, Vec<Path>)>,
    pub(crate) hooks: Vec<HookRule>,
}

#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) schema: Option<Node>,
    pub(crate) first: Vec<String>,
    pub(crate) keep: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// As it is written.
    pub(crate) text: String,
    pub(crate) path: Path,
    pub(crate) alternatives: Vec<Alternative>,
}

#[derive(Clone, Debug)]
pub(crate) struct Alternative {
    pub(crate) to: Option<String>,
    pub(crate) also: Vec<Path>,
    pub(crate) from_wins: bool,
    pub(crate) keep: bool,
    pub(crate) inner: Inner,
    pub(crate) outer: Outer,
    pub(crate) tag: Vec<(String, Node)>,
    pub(crate) when: Vec<(String, Node)>,
    pub(crate) json_type: Option<String>,
    /// For every policy, or by its name.
    pub(crate) absent: Vec<(Option<String>, Node)>,
    pub(crate) absent_down: Option<Node>,
    pub(crate) lost: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Inner {
    Nothing,
    Words(Vec<(Node, Node)>),
    Codec(Codec),
    Hook(String),
}

#[derive(Clone, Debug)]
pub(crate) enum Outer {
    Nothing,
    /// Whether it is `to` that has the list.
    List(bool),
    Pivot {
        constants: Vec<(String, Node)>,
        value: String,
    },
    Entries {
        key: String,
        value: String,
        grouped: bool,
    },
    Split {
        into: Vec<String>,
        join: String,
    },
    /// The word, `$language`, or the call's value of it.
    Pick(String),
    Without(Vec<(String, Vec<Node>)>),
    Drop,
}

#[derive(Clone, Debug)]
pub(crate) struct HookRule {
    pub(crate) name: String,
    pub(crate) from: Vec<Path>,
    pub(crate) to: Vec<Path>,
}

impl Definition {
    pub(crate) fn read(json: &str) -> Self {
        let all = Node::parse(json).expect("the definition is JSON");
        let rules = |key: &str| -> Vec<Rule> {
            let members = all.get(key).and_then(Node::members).unwrap_or_default();
            members.iter().map(|m| rule(&m.name, &m.value)).collect()
        };
        let list = |key: &str| all.get(key).and_then(Node::elements).unwrap_or_default();
        Self {
            from: version(all.get("from")),
            to: version(all.get("to")),
            context: texts(all.get("context")),
            policies: texts(all.get("policies")),
            codes: pairs(all.get("codes"))
                .into_iter()
                .map(|(code, name)| (code, text(&name)))
                .collect(),
            rules: rules("rules"),
            added: rules("added"),
            dialects: list("dialect")
                .iter()
                .map(|d| (text(d.get("name").unwrap()), paths(d.get("added"))))
                .collect(),
            hooks: list("hook")
                .iter()
                .map(|h| HookRule {
                    name: text(h.get("name").unwrap()),
                    from: paths(h.get("from")),
                    to: paths(h.get("to")),
                })
                .collect(),
        }
    }

    /// With the call's values in place of the context's names; `None` when one is missing.
    pub(crate) fn for_call(&self, context: &[(&str, &str)]) -> Option<Self> {
        let value = |name: &str| context.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        if self.context.iter().any(|name| value(name).is_none()) {
            return None;
        }
        let mut out = self.clone();
        let mut picks: Vec<(Path, String, String)> = Vec::new();
        for rule in out.rules.iter().chain(&out.added) {
            for alternative in &rule.alternatives {
                if let Outer::Pick(word) = &alternative.outer {
                    let given = value(word.strip_prefix('$').unwrap()).unwrap();
                    picks.push((rule.path.clone(), word.clone(), given.into()));
                }
            }
        }
        for rule in out.rules.iter_mut().chain(&mut out.added) {
            let written = rule.path.clone();
            for (at, word, given) in &picks {
                if written.starts_with(at)
                    && written.get(at.len()) == Some(&Step::Name(word.clone()))
                {
                    rule.path[at.len()] = Step::Name(given.clone());
                }
            }
            for alternative in &mut rule.alternatives {
                match &mut alternative.outer {
                    Outer::Pick(word) => *word = value(word.strip_prefix('$')?)?.into(),
                    Outer::Pivot { constants, .. } => {
                        for (_, constant) in constants {
                            let word = constant.text().and_then(|t| t.strip_prefix('$'));
                            let given = word.filter(|w| self.context.iter().any(|c| c == w));
                            if let Some(given) = given {
                                let given = Kind::Text(value(given)?.into());
                                *constant = Node::new(given, constant);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        Some(out)
    }
}

impl Alternative {
    /// A pivot whose element joins a list elsewhere.
    pub(crate) fn joins(&self) -> bool {
        matches!(self.outer, Outer::Pivot { .. }) && self.to.is_some()
    }

    /// Whether it takes a value with all that is in it, so that no rule is below.
    pub(crate) fn takes_all(&self) -> bool {
        !matches!(self.inner, Inner::Nothing)
            || !matches!(
                self.outer,
                Outer::Nothing | Outer::Pick(_) | Outer::Without(_)
            )
    }

    /// What is written when nothing is there, under this policy.
    pub(crate) fn stand_in(&self, policy: Option<&str>) -> Option<&Node> {
        let found = self
            .absent
            .iter()
            .find(|(name, _)| name.is_none() || name.as_deref() == policy);
        found.map(|(_, value)| value)
    }
}

fn version(node: Option<&Node>) -> Version {
    let get = |key| node.and_then(|n| n.get(key));
    Version {
        schema: get("schema").cloned(),
        first: texts(get("first")),
        keep: get("foreign").is_some(),
    }
}

fn rule(written: &str, node: &Node) -> Rule {
    let alternatives = match node.elements() {
        Some(alternatives) => alternatives.iter().map(alternative).collect(),
        None => vec![alternative(node)],
    };
    Rule {
        text: written.into(),
        path: path(written),
        alternatives,
    }
}

fn alternative(node: &Node) -> Alternative {
    let get = |key| node.get(key);
    let mut absent: Vec<_> = pairs(get("absent_by"))
        .into_iter()
        .map(|(policy, value)| (Some(policy), value))
        .collect();
    absent.extend(get("absent").map(|value| (None, value.clone())));
    Alternative {
        to: get("to").map(text),
        also: paths(get("also")),
        from_wins: get("wins").map(text).as_deref() == Some("from"),
        keep: get("foreign").is_some(),
        inner: inner(node),
        outer: outer(node),
        tag: pairs(get("tag")),
        when: pairs(get("when")),
        json_type: get("type").map(text),
        absent,
        absent_down: get("absent_down").cloned(),
        lost: get("lost").is_some(),
    }
}

fn inner(node: &Node) -> Inner {
    if let Some(words) = node.get("words") {
        let pair = |pair: &Node| {
            let pair = pair.elements().unwrap();
            (pair[0].clone(), pair[1].clone())
        };
        return Inner::Words(words.elements().unwrap().iter().map(pair).collect());
    }
    if let Some(hook) = node.get("hook") {
        return Inner::Hook(text(hook));
    }
    let Some(codec) = node.get("codec") else {
        return Inner::Nothing;
    };
    let argument = |key| text(node.get(key).unwrap());
    Inner::Codec(match text(codec).as_str() {
        "posix-rfc3339" => Codec::PosixRfc3339,
        "scale" => Codec::Scale(node.get("by").unwrap().write().parse().unwrap()),
        "integer" => Codec::Integer,
        "number-string" => Codec::NumberString,
        "prefix" => Codec::Prefix(argument("text")),
        "joined" => Codec::Joined(argument("separator")),
        "base64" => Codec::Base64,
        other => panic!("no codec {other}"),
    })
}

fn outer(node: &Node) -> Outer {
    let get = |key| node.get(key);
    if let Some(side) = get("list") {
        return Outer::List(text(side) == "to");
    }
    if let Some(pivot) = get("pivot") {
        let mut constants = pairs(pivot.get("where"));
        constants.sort_by(|(a, _), (b, _)| a.cmp(b));
        return Outer::Pivot {
            constants,
            value: text(pivot.get("value").unwrap()),
        };
    }
    if let Some(entries) = get("entries") {
        return Outer::Entries {
            key: text(entries.get("key").unwrap()),
            value: text(entries.get("value").unwrap()),
            grouped: matches!(entries.get("grouped"), Some(n) if n.write() == "true"),
        };
    }
    if let Some(split) = get("split") {
        return Outer::Split {
            into: texts(Some(split)),
            join: get("join").map_or("first".into(), text),
        };
    }
    if let Some(pick) = get("pick") {
        return Outer::Pick(text(pick));
    }
    if let Some(without) = get("without") {
        let values = |(name, values): (String, Node)| (name, values.elements().unwrap().to_vec());
        return Outer::Without(pairs(Some(without)).into_iter().map(values).collect());
    }
    if get("drop").is_some() {
        return Outer::Drop;
    }
    Outer::Nothing
}

fn text(node: &Node) -> String {
    node.text().expect("a string").into()
}

fn texts(node: Option<&Node>) -> Vec<String> {
    let elements = node.and_then(Node::elements).unwrap_or_default();
    elements.iter().map(text).collect()
}

fn paths(node: Option<&Node>) -> Vec<Path> {
    texts(node).iter().map(|text| path(text)).collect()
}

fn pairs(node: Option<&Node>) -> Vec<(String, Node)> {
    let members = node.and_then(Node::members).unwrap_or_default();
    members
        .iter()
        .map(|m| (m.name.clone(), m.value.clone()))
        .collect()
}
