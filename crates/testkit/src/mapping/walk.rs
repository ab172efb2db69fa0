//! The walk: each object's members in input order, each put where its rule says.

use super::Run;
use super::contest::Who;
use super::definition::Outer;
use super::moves::Move;
use super::path::{Path, Step, member, names, with};
use super::places::Role;
use super::tree::{Kind, Member, Node};

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
pub(crate) struct Frame<'m> {
    pub(crate) path: &'m [Step],
    pub(crate) image: &'m [Step],
    pub(crate) siblings: &'m [Member],
    /// And whether a rule wrote it.
    pub(crate) out: Vec<(bool, Member)>,
    pub(crate) taken: bool,
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

    pub(crate) fn shadow(&mut self, m: &Member, frame: &mut Frame<'_>) {
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
}
