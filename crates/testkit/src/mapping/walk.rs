//! The walk: each object's members in input order, each put where its rule says.

use super::definition::{Alternative, Outer};
use super::moves::{Act, Move};
use super::path::{Path, Step, member, name, names, parent, with};
use super::places::Role;
use super::tree::{Kind, Member, Node};
use super::{HOOK_ERROR, Run};
use crate::model::json::quote;

/// The document, or one element of an array.
pub(crate) struct Scope<'n> {
    pub(crate) root: &'n Node,
    /// Its path in the input's version, and in the output's.
    pub(crate) inside: Path,
    pub(crate) outside: Path,
    pub(crate) moves: Vec<Move>,
}

impl<'n> Scope<'n> {
    /// The value at a path of this scope.
    pub(crate) fn value(&self, path: &[Step]) -> Option<&'n Node> {
        let mut node = self.root;
        for name in names(path.strip_prefix(self.inside.as_slice())?)? {
            node = node.get(&name)?;
        }
        Some(node)
    }
}

/// An object of the output as it grows.
struct Frame<'m> {
    path: &'m [Step],
    image: &'m [Step],
    siblings: &'m [Member],
    /// And whether a rule wrote it.
    out: Vec<(bool, Member)>,
    taken: bool,
}

/// Which of the places of a rule has its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Own,
    Foreign,
    Also(usize),
}

impl Run<'_> {
    pub(crate) fn document(&mut self, input: &Node) -> Node {
        self.scope(input, vec![], vec![])
    }

    fn scope(&mut self, root: &Node, inside: Path, outside: Path) -> Node {
        let mut scope = Scope {
            root,
            inside: inside.clone(),
            outside: outside.clone(),
            moves: vec![],
        };
        let mut out = self.walk(root, &inside, &outside, &mut scope);
        self.make_moves(&mut out, scope.moves);
        super::moves::prune_below(&mut out);
        out
    }

    pub(crate) fn walk(
        &mut self,
        node: &Node,
        path: &[Step],
        image: &[Step],
        scope: &mut Scope<'_>,
    ) -> Node {
        match &node.kind {
            Kind::Object(members) if path.is_empty() || self.table.enters_object(path) => {
                self.object(node, members, path, image, scope)
            }
            Kind::Array(elements) if self.table.enters_array(path) => {
                let each = |run: &mut Self, e| {
                    run.scope(e, with(path, Step::Each), with(image, Step::Each))
                };
                let elements = elements.iter().map(|e| each(self, e)).collect();
                Node::new(Kind::Array(elements), node)
            }
            _ => node.clone(),
        }
    }

    fn object(
        &mut self,
        node: &Node,
        members: &[Member],
        path: &[Step],
        image: &[Step],
        scope: &mut Scope<'_>,
    ) -> Node {
        let mut frame = Frame {
            path,
            image,
            siblings: members,
            out: vec![],
            taken: false,
        };
        let gone = self.tags_taken(&frame, scope);
        for m in members {
            if !gone.contains(&m.name) {
                self.member(m, &mut frame, scope);
            }
        }
        let out = self.without_collisions(frame.out);
        let mut out = Node::new(Kind::Object(out), node);
        out.taken = frame.taken;
        out.came_empty = node.came_empty;
        out
    }

    /// Two members of one name are a conflict, but an object that moves emptied makes room.
    fn without_collisions(&mut self, out: Vec<(bool, Member)>) -> Vec<Member> {
        let mut kept: Vec<Member> = vec![];
        for (at, (ruled, m)) in out.iter().enumerate() {
            let mut others = out
                .iter()
                .enumerate()
                .filter(|(o, (_, other))| *o != at && other.name == m.name);
            if !ruled && super::moves::emptied(&m.value) && others.clone().next().is_some() {
                continue;
            }
            let in_the_way = |(o, (other, n)): (usize, &(bool, Member))| {
                if *other {
                    o < at
                } else {
                    !super::moves::emptied(&n.value)
                }
            };
            if *ruled && others.any(in_the_way) {
                self.find("conflict", &m.value);
            }
            kept.push(m.clone());
        }
        kept
    }

    /// The siblings that an alternative's tag takes away on the way up.
    fn tags_taken(&self, frame: &Frame<'_>, scope: &Scope<'_>) -> Vec<String> {
        let mut gone = vec![];
        for m in frame.siblings.iter().filter(|_| self.table.up) {
            for role in self.table.at(&member(frame.path, &m.name)) {
                let Role::Own { rule, .. } = role else {
                    continue;
                };
                let Some(used) = self.choose(rule, frame.siblings, &m.value) else {
                    continue;
                };
                if self
                    .contest(rule, used, scope)
                    .is_none_or(|who| who == Who::Own)
                {
                    let tag = &self.alternative(rule, used).tag;
                    gone.extend(tag.iter().map(|(name, _)| name.clone()));
                }
            }
        }
        gone
    }

    pub(crate) fn alternative(&self, rule: usize, at: usize) -> Alternative {
        self.table.definition.rules[rule].alternatives[at].clone()
    }

    /// The first alternative that applies to a member with these siblings.
    fn choose(&self, rule: usize, siblings: &[Member], value: &Node) -> Option<usize> {
        let alternatives = &self.table.definition.rules[rule].alternatives;
        alternatives.iter().position(|a| {
            let has = |(name, wanted): &(String, Node)| {
                siblings
                    .iter()
                    .any(|s| s.name == *name && s.value.same(wanted))
            };
            a.tag.iter().all(has)
                && a.when.iter().all(has)
                && a.json_type.as_ref().is_none_or(|t| value.is_of(t))
        })
    }

    /// Who has the value of a rule, when several of its places are filled.
    pub(crate) fn contest(&self, rule: usize, at: usize, scope: &Scope<'_>) -> Option<Who> {
        let r = &self.table.definition.rules[rule];
        let alternative = &r.alternatives[at];
        let filled = |path: &Path| scope.value(path).is_some();
        let own = if self.table.up {
            let siblings = scope.value(&parent(&r.path)).and_then(Node::members);
            scope.value(&r.path).is_some_and(|value| {
                self.choose(rule, siblings.unwrap_or_default(), value) == Some(at)
            })
        } else if alternative.joins() {
            let list = scope.value(&self.table.written(rule, at)[0]);
            list.is_some_and(|list| self.element_of(rule, at, list).is_some())
        } else {
            self.table.written(rule, at).iter().any(filled)
        };
        let kept = |role: &Role| matches!(role, Role::Kept { rule: r, alternative: a } if *r == rule && a.is_none_or(|a| a == at));
        let foreign = self.table.places(kept).iter().any(filled);
        let also = |path: &Path| {
            if self.table.up {
                filled(path)
            } else {
                filled(&self.table.images.image(path))
            }
        };
        let own_first = self.table.up == alternative.from_wins;
        if own && (own_first || !foreign) {
            return Some(Who::Own);
        }
        if foreign {
            return Some(Who::Foreign);
        }
        alternative.also.iter().position(also).map(Who::Also)
    }

    fn member(&mut self, m: &Member, frame: &mut Frame<'_>, scope: &mut Scope<'_>) {
        let here = member(frame.path, &m.name);
        let roles = self.table.at(&here);
        let mut m = m.clone();
        let lists: Vec<(usize, usize)> = roles
            .iter()
            .filter_map(|role| match role {
                Role::List { rule, alternative } => Some((*rule, *alternative)),
                _ => None,
            })
            .collect();
        if !lists.is_empty() && self.take_elements(&lists, &mut m.value, scope) {
            frame.taken = true;
            return;
        }
        let does = |role: &&Role| !matches!(role, Role::Visit | Role::List { .. } | Role::Foreign);
        let role = roles
            .iter()
            .find(|r| matches!(r, Role::Drop))
            .or(roles.iter().find(does));
        match role {
            Some(Role::Drop) => self.find("dropped", &m.value),
            Some(Role::Own { rule, alternative }) => {
                let at = alternative.or_else(|| self.choose(*rule, frame.siblings, &m.value));
                match at {
                    Some(at) => self.own(*rule, at, &m, &here, frame, scope),
                    None => self.stay(&m, &here, frame, scope),
                }
            }
            Some(Role::Part { rule, alternative }) => {
                self.part(*rule, *alternative, &m, frame, scope)
            }
            Some(Role::Also { rule, nth }) => {
                let at = 0;
                if self
                    .contest(*rule, at, scope)
                    .is_some_and(|who| who != Who::Also(*nth))
                {
                    self.shadow(&m, frame);
                } else if self.table.up {
                    let path = self.table.definition.rules[*rule].path.clone();
                    self.give(*rule, at, &m, &path, frame, scope);
                } else {
                    let to = self.table.destination(*rule, at);
                    self.put(to, &m, m.value.clone(), &[], frame, scope);
                }
            }
            Some(Role::Kept { rule, alternative }) => {
                // On the way down, any alternative may be the other one.
                let all = 0..self.table.definition.rules[*rule].alternatives.len();
                let loses = all
                    .filter(|at| alternative.is_none_or(|a| a == *at))
                    .any(|at| {
                        self.contest(*rule, at, scope)
                            .is_some_and(|who| who != Who::Foreign)
                    });
                if loses {
                    self.shadow(&m, frame);
                } else {
                    frame.out.push((false, m));
                }
            }
            Some(Role::Hook { hook }) => self.hooked(*hook, &m, frame, scope),
            _ => self.stay(&m, &here, frame, scope),
        }
    }

    /// No rule is about it: the same name in its object's image.
    fn stay(&mut self, m: &Member, here: &[Step], frame: &mut Frame<'_>, scope: &mut Scope<'_>) {
        let image = member(frame.image, &m.name);
        let value = self.walk(&m.value, here, &image, scope);
        frame.out.push((false, Member { value, ..m.clone() }));
    }

    fn shadow(&mut self, m: &Member, frame: &mut Frame<'_>) {
        self.find("shadowed", &m.value);
        frame.taken = true;
    }

    fn own(
        &mut self,
        rule: usize,
        at: usize,
        m: &Member,
        here: &[Step],
        frame: &mut Frame<'_>,
        scope: &mut Scope<'_>,
    ) {
        if matches!(self.alternative(rule, at).outer, Outer::Drop) {
            self.find("dropped", &m.value);
            return;
        }
        if self
            .contest(rule, at, scope)
            .is_some_and(|who| who != Who::Own)
        {
            return self.shadow(m, frame);
        }
        // On the way down, two alternatives may both be there: the later one is in the way.
        let others = 0..self.table.definition.rules[rule].alternatives.len();
        let earlier = others.filter(|o| !self.table.up && *o != at).any(|other| {
            let written = self.table.written(rule, other);
            let standing = written.iter().filter_map(|p| scope.value(p));
            standing.into_iter().any(|n| n.order < m.value.order)
        });
        if earlier {
            self.find("conflict", &m.value);
            return;
        }
        self.give(rule, at, m, here, frame, scope);
    }

    /// The rule's value goes where the rule says.
    fn give(
        &mut self,
        rule: usize,
        at: usize,
        m: &Member,
        here: &[Step],
        frame: &mut Frame<'_>,
        scope: &mut Scope<'_>,
    ) {
        let alternative = self.alternative(rule, at);
        let to = self.table.destination(rule, at);
        match &alternative.outer {
            Outer::Split { .. } => {
                let Some(value) = self.inner(&alternative, &m.value) else {
                    return;
                };
                for part in self.table.parts(rule, at) {
                    self.put(part, m, value.clone(), &[], frame, scope);
                }
            }
            Outer::Pivot { constants, value } if alternative.joins() => {
                let Some(converted) = self.inner(&alternative, &m.value) else {
                    return;
                };
                frame.taken = true;
                let act = Act::Join {
                    constants: constants.clone(),
                    member: Member::new(value, converted),
                };
                self.send(to, m, act, scope);
            }
            _ => {
                let tags = if self.table.up {
                    vec![]
                } else {
                    alternative.tag.clone()
                };
                if let Some(value) = self.converted(rule, at, &m.value, here, &to, scope) {
                    self.put(to, m, value, &tags, frame, scope);
                }
            }
        }
    }

    /// In place when it stays in its object, else a move.
    fn put(
        &mut self,
        to: Path,
        m: &Member,
        value: Node,
        tags: &[(String, Node)],
        frame: &mut Frame<'_>,
        scope: &mut Scope<'_>,
    ) {
        let last = name(&to);
        let key = if last == m.name {
            m.key.clone()
        } else {
            quote(&last)
        };
        let written = Member {
            name: last,
            key,
            value,
        };
        let mut tags = tags.to_vec();
        tags.sort_by(|(a, _), (b, _)| a.cmp(b));
        let tags = tags
            .iter()
            .map(|(name, tag)| Member::new(name, tag.anew(&m.value)));
        if parent(&to) == frame.image {
            frame
                .out
                .extend(tags.chain([written]).map(|member| (true, member)));
        } else {
            frame.taken = true;
            let act = Act::Put(tags.chain([written]).collect());
            self.send(to, m, act, scope);
        }
    }

    pub(crate) fn send(&mut self, to: Path, m: &Member, act: Act, scope: &mut Scope<'_>) {
        let at = to.strip_prefix(scope.outside.as_slice()).and_then(names);
        scope.moves.push(Move {
            from: m.value.clone(),
            at: at.unwrap_or_else(|| panic!("{to:?} leaves the array {:?}", scope.outside)),
            act,
        });
    }

    /// A member that a split made, on the way back.
    fn part(
        &mut self,
        rule: usize,
        at: usize,
        m: &Member,
        frame: &mut Frame<'_>,
        scope: &mut Scope<'_>,
    ) {
        if self
            .contest(rule, at, scope)
            .is_some_and(|who| who != Who::Own)
        {
            return self.shadow(m, frame);
        }
        let to = self.table.destination(rule, at);
        let parts = self.table.parts(rule, at);
        let present: Vec<&Node> = parts.iter().filter_map(|p| scope.value(p)).collect();
        if present.iter().any(|p| p.order < m.value.order) {
            frame.taken |= parent(&to) != frame.image;
            return;
        }
        let alternative = self.alternative(rule, at);
        let Outer::Split { join, .. } = &alternative.outer else {
            return;
        };
        let equal = present.iter().all(|p| p.same(present[0]));
        if !equal || present.len() < parts.len() {
            self.find("lost", &m.value);
        }
        let bools: Option<Vec<bool>> = present
            .iter()
            .map(|p| match p.kind {
                Kind::Bool(b) => Some(b),
                _ => None,
            })
            .collect();
        let mut joined = match (equal, join.as_str(), bools) {
            (false, "all", Some(all)) => Node::new(Kind::Bool(all.iter().all(|b| *b)), &m.value),
            (false, "any", Some(all)) => Node::new(Kind::Bool(all.contains(&true)), &m.value),
            _ => present[0].clone(),
        };
        (joined.source, joined.order) = (m.value.source.clone(), m.value.order);
        if let Some(value) = self.inner(&alternative, &joined) {
            self.put(to, m, value, &[], frame, scope);
        }
    }

    /// A hook over several members: all it makes stands where the first of them stood.
    fn hooked(&mut self, hook: usize, m: &Member, frame: &mut Frame<'_>, scope: &mut Scope<'_>) {
        let h = self.table.definition.hooks[hook].clone();
        let (reads, writes) = if self.table.up {
            (h.from, h.to)
        } else {
            (h.to, h.from)
        };
        let inputs: Vec<Option<&Node>> = reads.iter().map(|p| scope.value(p)).collect();
        if inputs.iter().flatten().any(|i| i.order < m.value.order) {
            frame.taken |= parent(&writes[0]) != frame.image;
            return;
        }
        let texts: Vec<Option<String>> = inputs.iter().map(|i| i.map(Node::write)).collect();
        let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
        let hooked = self.model.hooks[&h.name](self.table.up, &texts);
        for loss in &hooked.losses {
            self.find(loss, &m.value);
        }
        match hooked.values {
            Err(code) => self.find(&format!("{HOOK_ERROR}{code}"), &m.value),
            Ok(values) => {
                for (to, text) in writes.iter().zip(values) {
                    if let Some(text) = text {
                        self.put(
                            to.clone(),
                            m,
                            self.written_by_hook(&text, &m.value),
                            &[],
                            frame,
                            scope,
                        );
                    }
                }
            }
        }
    }

    pub(crate) fn written_by_hook(&self, text: &str, like: &Node) -> Node {
        let made = Node::parse(text).expect("hooks write JSON");
        Node {
            raw: Some(text.into()),
            ..Node::new(made.kind, like)
        }
    }
}
