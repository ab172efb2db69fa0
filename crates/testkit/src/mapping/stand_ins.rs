//! What is written when nothing is there, what of it is left out again, dialects, and what comes first.

use super::Run;
use super::path::{Path, Step, member, parent};
use super::tree::{Kind, Member, Node, below};

impl Run<'_> {
    /// The definition's texts of paths, where each stand-in is written, and the stand-in, in this direction.
    fn written_stand_ins(&self, up: bool) -> Vec<(String, Path, Node)> {
        let definition = &self.table.definition;
        let mut all = vec![];
        for rule in &definition.rules {
            for alternative in &rule.alternatives {
                let to = self.table.images.target(&rule.path, alternative);
                let policy = self.policy.as_deref();
                if let (true, Some(value)) = (up, alternative.stand_in(policy)) {
                    all.push((rule.text.clone(), to, value.clone()));
                }
                if let (false, Some(value)) = (up, &alternative.absent_down) {
                    all.push((rule.text.clone(), rule.path.clone(), value.clone()));
                }
            }
        }
        for rule in definition.added.iter().filter(|_| up) {
            if let Some(value) = rule.alternatives[0].stand_in(self.policy.as_deref()) {
                all.push((rule.text.clone(), rule.path.clone(), value.clone()));
            }
        }
        all.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        all
    }

    /// Writes them; the pointers of those that nobody said.
    pub(crate) fn stand_ins(&mut self, output: &mut Node) -> Vec<String> {
        let mut written = vec![];
        for (_, to, value) in self.written_stand_ins(self.table.up) {
            let name = super::path::name(&to);
            write(output, &parent(&to), "", &name, &value, &mut written);
        }
        for pointer in &written {
            self.found
                .push((usize::MAX, ("assumed".into(), pointer.clone())));
        }
        if self.table.up { written } else { vec![] }
    }

    /// What the upgrade assumed and nobody has changed since is left out of an input.
    pub(crate) fn leave_out_assumed(&self, input: &mut Node, assumed: &[String]) {
        for (_, to, value) in self.written_stand_ins(true) {
            leave_out(input, &to, &value, assumed);
        }
    }

    /// A document of `to`, as it was in this dialect.
    pub(crate) fn in_dialect(&mut self, input: &Node, dialect: &str) -> Node {
        let dialects = self.table.definition.dialects.clone();
        let kept = dialects
            .iter()
            .position(|(name, _)| name == dialect)
            .expect("the dialect");
        let later: Vec<Path> = dialects[kept + 1..]
            .iter()
            .flat_map(|(_, added)| added.clone())
            .collect();
        self.without_later(input, &[], &later)
    }

    fn without_later(&mut self, node: &Node, path: &[Step], later: &[Path]) -> Node {
        match &node.kind {
            Kind::Object(members) if path.is_empty() || self.table.enters_object(path) => {
                let mut out = vec![];
                for m in members {
                    let here = member(path, &m.name);
                    if later.contains(&here) {
                        self.find("dropped", &m.value);
                    } else {
                        let value = self.without_later(&m.value, &here, later);
                        out.push(Member { value, ..m.clone() });
                    }
                }
                Node::new(Kind::Object(out), node)
            }
            Kind::Array(elements) if self.table.enters_array(path) => {
                let here = super::path::with(path, Step::Each);
                let each = elements.iter().map(|e| self.without_later(e, &here, later));
                Node::new(Kind::Array(each.collect()), node)
            }
            _ => node.clone(),
        }
    }

    /// The members of `first`, in its order, before all others.
    pub(crate) fn put_first(&self, output: &mut Node) {
        let definition = &self.table.definition;
        let side = if self.table.up {
            &definition.to
        } else {
            &definition.from
        };
        let place = |m: &Member| side.first.iter().position(|f| *f == m.name);
        if let Some(members) = output.members_mut() {
            members.sort_by_key(|m| place(m).unwrap_or(usize::MAX));
        }
    }
}

fn write(
    node: &mut Node,
    way: &[Step],
    pointer: &str,
    name: &str,
    value: &Node,
    written: &mut Vec<String>,
) {
    match way.split_first() {
        None => {
            if node.members().is_some() && node.get(name).is_none() {
                let stand_in = Member::new(name, value.anew(node));
                node.members_mut().unwrap().push(stand_in);
                node.raw = None;
                written.push(below(pointer, name));
            }
        }
        Some((Step::Name(step), rest)) => {
            let before = written.len();
            if let Some(next) = node.get_mut(step) {
                write(next, rest, &below(pointer, step), name, value, written);
            }
            if written.len() > before {
                node.raw = None;
            }
        }
        Some((Step::Each, rest)) => {
            let before = written.len();
            if let Kind::Array(elements) = &mut node.kind {
                for (at, element) in elements.iter_mut().enumerate() {
                    write(
                        element,
                        rest,
                        &format!("{pointer}/{at}"),
                        name,
                        value,
                        written,
                    );
                }
            }
            if written.len() > before {
                node.raw = None;
            }
        }
    }
}

fn leave_out(node: &mut Node, path: &[Step], value: &Node, assumed: &[String]) {
    match (path.split_first(), &mut node.kind) {
        (Some((Step::Name(name), [])), Kind::Object(members)) => {
            members.retain(|m| {
                m.name != *name || !assumed.contains(&m.value.source) || !m.value.same(value)
            });
        }
        (Some((Step::Name(name), rest)), Kind::Object(members)) => {
            for m in members.iter_mut().filter(|m| m.name == *name) {
                leave_out(&mut m.value, rest, value, assumed);
            }
        }
        (Some((Step::Each, rest)), Kind::Array(elements)) => {
            for element in elements {
                leave_out(element, rest, value, assumed);
            }
        }
        _ => {}
    }
}
