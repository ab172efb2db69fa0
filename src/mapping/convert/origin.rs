//! From a place of the output back to the input: where a finding of the output is said to be.

use std::collections::HashMap;
use std::fmt::Write;

use super::tree::{Kind, NONE, OutId, Source, Tree};
use super::{is_container, name};
use crate::mapping::path::{Path, Segment};
use crate::mapping::pointer::{names, push_name};
use crate::mapping::tape::{Shape, Value};

/// Finds the input's pointers of the output's. What it has looked up of long arrays it keeps, so that many findings in one
/// array cost no more than the array.
pub(crate) struct Origins<'a, 't> {
    tree: &'a Tree,
    source: Source<'a, 't>,
    root: OutId,
    elements: HashMap<OutId, Vec<OutId>>,
    starts: HashMap<u32, Vec<u32>>,
}

impl<'a, 't> Origins<'a, 't> {
    pub(crate) fn new(tree: &'a Tree, source: Source<'a, 't>, root: OutId) -> Self {
        Self {
            tree,
            source,
            root,
            elements: HashMap::new(),
            starts: HashMap::new(),
        }
    }

    /// The input's pointer of what stands at this pointer of the output. `back` is the way back of a path.
    pub(crate) fn of(&mut self, pointer: &str, back: impl Fn(&Path) -> Path) -> String {
        let segments: Vec<String> = names(pointer).collect();
        let mut at = self.root;
        let mut pattern = Path::default();
        for (nth, segment) in segments.iter().enumerate() {
            let node = self.tree.get(at);
            let inside = match node.kind {
                Kind::Object => {
                    pattern.0.push(Segment::Name(segment.as_str().into()));
                    let mut inside = self.tree.inside(at);
                    inside
                        .find(|(_, node)| name(node.key, self.tree, &self.source) == *segment)
                        .map(|(id, _)| id)
                }
                Kind::Array => {
                    pattern.0.push(Segment::Each);
                    self.element(at, segment)
                }
                // Below here, input and output are the same.
                Kind::Raw(_) | Kind::Made(..) => {
                    let mut path = self.input(node.origin);
                    for segment in segments.iter().skip(nth) {
                        push_name(&mut path, segment);
                    }
                    return path;
                }
            };
            match inside {
                Some(inside) => at = inside,
                None => {
                    for segment in segments.iter().skip(nth + 1) {
                        pattern.0.push(Segment::Name(segment.as_str().into()));
                    }
                    return self.missing(at, &pattern, &segments, back);
                }
            }
        }
        let node = self.tree.get(at);
        if node.origin != NONE {
            return self.input(node.origin);
        }
        self.missing(at, &pattern, &segments, back)
    }

    /// What isn't there in the input: its object's pointer, and what the input's version calls it.
    fn missing(
        &mut self,
        around: OutId,
        pattern: &Path,
        segments: &[String],
        back: impl Fn(&Path) -> Path,
    ) -> String {
        let original = back(pattern);
        let node = self.tree.get(around);
        let object = pattern.parent().map(|parent| back(&parent));
        if node.origin != NONE && is_container(node.kind) && original.parent() == object {
            let mut path = self.input(node.origin);
            push_name(&mut path, original.name().unwrap_or_default());
            return path;
        }
        // The output's indices are the input's: elements correspond one to one.
        let mut indices = pattern
            .0
            .iter()
            .zip(segments)
            .filter(|(segment, _)| **segment == Segment::Each)
            .map(|(_, index)| index);
        let mut path = String::new();
        for segment in &original.0 {
            match segment {
                Segment::Name(name) => push_name(&mut path, name),
                Segment::Each => {
                    let _ = write!(path, "/{}", indices.next().map_or("0", String::as_str));
                }
            }
        }
        path
    }

    fn element(&mut self, array: OutId, index: &str) -> Option<OutId> {
        let tree = self.tree;
        let elements = self.elements.entry(array);
        let elements = elements.or_insert_with(|| tree.inside(array).map(|(id, _)| id).collect());
        elements.get(index.parse::<usize>().ok()?).copied()
    }

    /// The pointer to a node of the input.
    fn input(&mut self, at: u32) -> String {
        let mut path = String::new();
        let mut inside: Value<'t> = self.source.value(0);
        while inside.at < at {
            let next = match inside.shape() {
                Shape::Object => inside
                    .members()
                    .find(|(_, member)| member.node().next > at)
                    .map(|(key, member)| {
                        push_name(&mut path, &key.string().unwrap_or_default());
                        member
                    }),
                Shape::Array => {
                    let starts = self.starts.entry(inside.at);
                    let starts = starts
                        .or_insert_with(|| inside.elements().map(|element| element.at).collect());
                    let index = starts
                        .partition_point(|start| *start <= at)
                        .saturating_sub(1);
                    let _ = write!(path, "/{index}");
                    starts.get(index).map(|start| self.source.value(*start))
                }
                _ => None,
            };
            match next {
                Some(next) => inside = next,
                None => break,
            }
        }
        path
    }
}
