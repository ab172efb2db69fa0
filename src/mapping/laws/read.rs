//! Documents to look into: as a tape with quick access to elements, and as a tree to change.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::mapping::limits::Limits;
use crate::mapping::names::Symbols;
use crate::mapping::pointer::{names, push_name};
use crate::mapping::samples::tree::Tree;
use crate::mapping::scan;
use crate::mapping::tape::{Node, Shape, Tape, Value};

/// One step of a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Name(String),
    Index(usize),
}

/// A document that was read.
#[derive(Debug)]
pub(super) struct Document {
    text: String,
    nodes: Vec<Node>,
    /// Where the elements of an array begin, by the array's node: pointers have indices.
    elements: RefCell<HashMap<u32, Vec<u32>>>,
}

impl Document {
    /// `None` for what is no JSON, or more of it than is taken.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut nodes = Vec::new();
        let text =
            scan::document(bytes, &Limits::default(), &Symbols::default(), &mut nodes).ok()?;
        Some(Self {
            text: text.to_owned(),
            nodes,
            elements: RefCell::default(),
        })
    }

    pub(super) fn root(&self) -> Value<'_> {
        Tape {
            text: &self.text,
            nodes: &self.nodes,
        }
        .root()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The name, if it is a member, and the value that these steps lead to.
    pub(super) fn at(&self, steps: &[Step]) -> Option<(Option<Value<'_>>, Value<'_>)> {
        let mut found = (None, self.root());
        for step in steps {
            let value = found.1;
            found = match step {
                Step::Name(step) => {
                    let (name, value) = value.members().find(|(name, _)| name.says(step))?;
                    (Some(name), value)
                }
                Step::Index(index) => (None, self.element(value, *index)?),
            };
        }
        Some(found)
    }

    /// The steps of a JSON pointer: in an array a number is an index.
    pub(super) fn steps(&self, pointer: &str) -> Vec<Step> {
        let mut value = Some(self.root());
        let mut steps = Vec::new();
        for name in names(pointer) {
            let array = value.filter(|value| value.shape() == Shape::Array);
            let step = match (array, name.parse()) {
                (Some(_), Ok(index)) => Step::Index(index),
                _ => Step::Name(name),
            };
            value = value.and_then(|value| match &step {
                Step::Index(index) => self.element(value, *index),
                Step::Name(name) => value.member(name),
            });
            steps.push(step);
        }
        steps
    }

    fn element<'d>(&'d self, array: Value<'d>, index: usize) -> Option<Value<'d>> {
        let mut known = self.elements.borrow_mut();
        let starts = known
            .entry(array.at)
            .or_insert_with(|| array.elements().map(|element| element.at).collect());
        let at = *starts.get(index)?;
        Some(Value { at, ..array })
    }
}

/// A document as a tree.
pub(super) fn tree(bytes: &[u8]) -> Option<Tree> {
    let document = Document::read(bytes)?;
    Some(grown(document.root()))
}

/// No deeper than a document can be.
fn grown(value: Value<'_>) -> Tree {
    match value.shape() {
        Shape::Array => Tree::Array(value.elements().map(grown).collect()),
        Shape::Object => Tree::Object(
            value
                .members()
                .map(|(name, value)| (name.text().to_owned(), grown(value)))
                .collect(),
        ),
        _ => Tree::leaf(value.text()),
    }
}

/// Whether a name is there twice.
pub(super) fn has_twins<N: Eq + std::hash::Hash>(mut names: impl Iterator<Item = N>) -> bool {
    let mut seen = HashSet::new();
    !names.all(|name| seen.insert(name))
}

/// Steps as a JSON pointer.
pub(super) fn pointer(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Name(name) => push_name(&mut path, name),
            Step::Index(index) => push_name(&mut path, &index.to_string()),
        }
    }
    path
}
