//! Converting one document: a walk by the program builds a tree over the input's spans, which is then written.

mod condition;
mod direct;
mod direct_first;
mod direct_hooks;
mod direct_rules;
mod emit;
mod entries;
mod hooked;
mod inner;
mod inspect;
mod lists;
pub(crate) mod origin;
mod outer;
mod pivot;
mod scope;
mod take;
pub(crate) mod trail;
pub(crate) mod tree;
pub(crate) mod walk;
pub(crate) mod write;

use std::sync::Arc;

use self::tree::{Key, Kind, NONE, OutId, Source, Tree};
use self::walk::{Ended, Lists, Prepared, Walk};
use super::compile::program::{Program, StandIn};
use super::hook::Hook;
use super::pointer::push_name;
use super::report::{Code, Finding};
use super::tape::Tape;

/// What became of a document, before it is written.
#[derive(Debug)]
pub(crate) struct Converted {
    pub(crate) root: OutId,
    /// Errors of the input itself, by node.
    pub(crate) input: Vec<(u32, Finding)>,
    /// What the conversion found, by node.
    pub(crate) found: Vec<(u32, Finding)>,
    /// Pointers into the output of what is to be given back.
    pub(crate) assumed: Vec<String>,
    /// Without a tree: the numbers of the stand-ins that were written, as bits. They are no findings yet, since who only
    /// counts them needs no texts.
    pub(crate) written: u64,
}

impl Converted {
    /// Turns what was written without a tree into findings, and into pointers to be given back.
    pub(crate) fn say_written(&mut self, program: &Program) {
        let count = self.written.count_ones() as usize;
        self.found.reserve(count);
        self.assumed.reserve(count);
        for (path, stand_in) in written(program, self.written) {
            let path = path.to_owned();
            assume(path, stand_in.listed, &mut self.found, &mut self.assumed);
        }
        self.written = 0;
    }
}

/// The document's stand-ins with these numbers, and their pointers.
fn written(program: &Program, bits: u64) -> impl Iterator<Item = (&str, &StandIn)> {
    let stand_ins = program.places.first().map_or(&[][..], |it| &it.stand_ins);
    let all = program.pointers.iter().zip(stand_ins).enumerate();
    all.filter(move |(nth, _)| bits & 1 << nth != 0)
        .map(|(_, (path, stand_in))| (&**path, stand_in))
}

/// Converts a document that is an object. `coerced`: nodes that are written as strings of their text, in order.
pub(crate) fn convert(
    program: &Program,
    tape: Tape<'_>,
    prepared: &Prepared<'_>,
    hooks: &[Arc<dyn Hook>],
    coerced: &[u32],
    tree: &mut Tree,
) -> Converted {
    let lists = std::mem::take(&mut tree.lists);
    let mut walk = walk(program, tape, prepared, hooks, coerced, tree, lists);
    let root = walk.document(tape.root());
    let Ended {
        source,
        tree,
        input,
        mut found,
        assumed,
    } = walk.end();
    found.sort_by_key(|(at, _)| *at);
    once(&mut found);
    let mut listed = Vec::new();
    for (object, key, back) in assumed {
        if !is_part(tree, root, object) {
            continue;
        }
        let mut path = pointer(tree, object, &source);
        push_name(&mut path, source.name(key));
        assume(path, back, &mut found, &mut listed);
    }
    Converted {
        root,
        input,
        found,
        assumed: listed,
        written: 0,
    }
}

/// The same for a program that can do it without a tree: appends the output to `out`, or only looks at the input when there
/// is none. `None` when a tree is needed all the same; then what was appended is worth nothing.
pub(crate) fn convert_direct(
    program: &Program,
    tape: Tape<'_>,
    prepared: &Prepared<'_>,
    hooks: &[Arc<dyn Hook>],
    tree: &mut Tree,
    out: Option<&mut Vec<u8>>,
) -> Option<Converted> {
    let lists = Lists::only(std::mem::take(&mut tree.lists.trail));
    let mut walk = walk(program, tape, prepared, hooks, &[], tree, lists);
    let written = match out {
        Some(out) => walk.direct(tape.root(), out),
        None => walk.inspect(tape.root()).then_some(0),
    };
    let Walk {
        tree,
        mut trail,
        input,
        mut found,
        ..
    } = walk;
    trail.clear();
    tree.lists.trail = trail;
    let written = written?;
    if found.len() > 1 {
        found.sort_by_key(|(at, _)| *at);
        once(&mut found);
    }
    Some(Converted {
        root: NONE,
        input,
        found,
        assumed: Vec::new(),
        written,
    })
}

fn walk<'a, 't>(
    program: &'a Program,
    tape: Tape<'t>,
    prepared: &'a Prepared<'a>,
    hooks: &'a [Arc<dyn Hook>],
    coerced: &'a [u32],
    tree: &'a mut Tree,
    Lists {
        trail,
        moves,
        rivals,
        taken,
        renamed,
    }: Lists,
) -> Walk<'a, 't> {
    tree.clear();
    Walk {
        program,
        source: Source {
            program,
            tape,
            words: &prepared.words,
        },
        prepared,
        hooks,
        tree,
        coerced,
        trail,
        moves,
        rivals,
        taken,
        renamed,
        input: Vec::new(),
        found: Vec::new(),
        assumed: Vec::new(),
        held: Vec::new(),
    }
}

/// A stand-in was written at this pointer of the output.
fn assume(path: String, listed: bool, found: &mut Vec<(u32, Finding)>, all: &mut Vec<String>) {
    let message = "missing: the default was written";
    if listed {
        all.push(path.clone());
    }
    found.push((u32::MAX, Finding::warning(Code::ASSUMED, path, message)));
}

/// Says each thing once: what a rule does for each of several results, it may find each time.
pub(crate) fn once(found: &mut Vec<(u32, Finding)>) {
    let mut kept = 0;
    for next in 0..found.len() {
        let (at, finding) = &found[next];
        let same = |(other, said): &(u32, Finding)| {
            other == at && said.code == finding.code && said.path == finding.path
        };
        // Findings at one value stand together, and are few.
        let again = found[..kept]
            .iter()
            .rev()
            .take_while(|(other, _)| other == at)
            .any(same);
        if !again {
            found.swap(kept, next);
            kept += 1;
        }
    }
    found.truncate(kept);
}

/// Whether a node is in the output: nothing that it is in was left out.
fn is_part(tree: &Tree, root: OutId, node: OutId) -> bool {
    let mut at = node;
    while at != root && at != NONE && !tree.get(at).gone {
        at = tree.get(at).parent;
    }
    at == root
}

/// The pointer to a node of the output.
fn pointer(tree: &Tree, node: OutId, source: &Source<'_, '_>) -> String {
    let mut names = Vec::new();
    let mut at = node;
    while at != NONE {
        let node = tree.get(at);
        names.push(match node.key {
            Key::None => node.index.to_string(),
            key => name(key, tree, source),
        });
        at = node.parent;
    }
    names.pop();
    let mut path = String::new();
    for name in names.iter().rev() {
        push_name(&mut path, name);
    }
    path
}

/// A node's decoded name.
pub(crate) fn name(key: Key, tree: &Tree, source: &Source<'_, '_>) -> String {
    match key {
        Key::None => String::new(),
        Key::Literal(key) => source.name(key).to_owned(),
        Key::Input(at) => source.value(at).string().unwrap_or_default().into_owned(),
        Key::Made(start, end) => {
            let text = tree
                .made
                .get(start as usize..end as usize)
                .unwrap_or_default();
            serde_json::from_slice(text).unwrap_or_default()
        }
    }
}

/// Whether a node is looked into.
pub(crate) const fn is_container(kind: Kind) -> bool {
    matches!(kind, Kind::Object | Kind::Array)
}
