//! Where the walk is, for the pointers of findings: kept as steps, spelled out only when there is something to say.

use std::fmt::Write;

use super::tree::Source;
use crate::mapping::pointer::push_name;
use crate::mapping::tape::{Shape, Value};

/// One step into the document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// The node of a member's name.
    Key(u32),
    Index(u32),
}

/// The steps from the document to what is looked at.
#[derive(Debug, Default)]
pub(crate) struct Trail(Vec<Step>);

impl Trail {
    #[inline]
    pub(crate) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    #[inline]
    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The pointer to what is looked at.
    pub(crate) fn path(&self, source: &Source<'_, '_>) -> String {
        self.with(source, &[])
    }

    /// The pointer to something below it.
    pub(crate) fn with(&self, source: &Source<'_, '_>, below: &[Step]) -> String {
        spell(source, self.0.iter().chain(below))
    }

    /// The pointer to a sibling of the member that is looked at, by its value's node: the name's is the one before it.
    pub(crate) fn beside(&self, source: &Source<'_, '_>, at: u32) -> String {
        let around = self.0.split_last().map_or(&[][..], |(_, around)| around);
        spell(source, around.iter().chain(&[Step::Key(at - 1)]))
    }

    /// The pointer to the node `at` somewhere inside `value`, which is what is looked at.
    pub(crate) fn down_to(&self, source: &Source<'_, '_>, value: Value<'_>, at: u32) -> String {
        let mut steps = Vec::new();
        let mut inside = value;
        while inside.at != at {
            let next = match inside.shape() {
                Shape::Object => inside
                    .members()
                    .find(|(_, member)| member.node().next > at)
                    .map(|(key, member)| (Step::Key(key.at), member)),
                Shape::Array => inside
                    .elements()
                    .enumerate()
                    .find(|(_, element)| element.node().next > at)
                    .map(|(index, element)| (Step::Index(index as u32), element)),
                _ => None,
            };
            let Some((step, found)) = next else { break };
            steps.push(step);
            // The name of a member stands for it.
            if found.at > at {
                break;
            }
            inside = found;
        }
        self.with(source, &steps)
    }
}

fn spell<'s>(source: &Source<'_, '_>, steps: impl Iterator<Item = &'s Step>) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(at) => push_name(&mut path, &source.value(*at).string().unwrap_or_default()),
            Step::Index(index) => {
                let _ = write!(path, "/{index}");
            }
        }
    }
    path
}
