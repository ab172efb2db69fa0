//! What a schema says of a path: declared, possible, impossible.

use super::Schema;
use super::node::{Additional, Applied, Id, Node, Types};
use crate::mapping::path::Segment;

/// What a schema says of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// By `properties`, or as the elements of an array.
    Yes,
    /// Only by `patternProperties`, or by `additionalProperties` with a schema.
    ByPattern,
    /// Nothing is said about such names there, or what is said isn't compiled.
    Unknown,
    /// No document can have it, or its object declares names and not this one.
    No,
}

impl Schema {
    /// What the schema says of a path; the worst of its steps.
    pub(crate) fn declares(&self, path: &[Segment]) -> Declared {
        let mut nodes = vec![self.root];
        let mut worst = Declared::Yes;
        for segment in path {
            let (says, next) = self.step(&nodes, segment);
            worst = match (worst, says) {
                (_, Declared::No) => return Declared::No,
                (Declared::Unknown, _) | (_, Declared::Unknown) => return Declared::Unknown,
                (Declared::Yes, says) => says,
                (worst, _) => worst,
            };
            nodes = next;
        }
        worst
    }

    fn step(&self, from: &[Id], segment: &Segment) -> (Declared, Vec<Id>) {
        let mut step = Step {
            segment,
            declared: false,
            by_pattern: false,
            unknown: false,
            closed: false,
            next: Vec::new(),
        };
        let mut possible = false;
        let mut queue: Vec<Id> = from.to_vec();
        let mut known = queue.clone();
        while let Some(node) = queue.pop().and_then(|id| self.nodes.get(id as usize)) {
            possible |= step.look(node);
            let below = node.applied.iter().flat_map(|one| match one {
                // What must not hold declares nothing.
                Applied::Not(_) => Vec::new(),
                one => one.nodes(),
            });
            let dependent = node
                .object
                .iter()
                .flat_map(|object| object.dependent.iter());
            for id in below.chain(dependent.filter_map(|dependent| dependent.holds)) {
                if !known.contains(&id) {
                    known.push(id);
                    queue.push(id);
                }
            }
        }
        let never = |id: &Id| self.nodes.get(*id as usize).is_some_and(|node| node.never);
        if !step.next.is_empty() && step.next.iter().all(never) {
            return (Declared::No, step.next);
        }
        // The nodes one comes from are all meant for this value: one that excludes it excludes it.
        let impossible = !possible || !from.iter().any(|id| self.may_have(*id, segment));
        let says = if impossible {
            Declared::No
        } else if step.declared {
            Declared::Yes
        } else if step.by_pattern {
            Declared::ByPattern
        } else if step.closed && !step.unknown {
            Declared::No
        } else {
            Declared::Unknown
        };
        (says, step.next)
    }

    /// Whether the node, and all that must hold with it, permit an object or array here.
    fn may_have(&self, id: Id, segment: &Segment) -> bool {
        let mut queue = vec![id];
        let mut known = queue.clone();
        while let Some(node) = queue.pop().and_then(|id| self.nodes.get(id as usize)) {
            if !can_be(node, segment) {
                return false;
            }
            for one in &node.applied {
                if let Applied::All(id) = one {
                    if !known.contains(id) {
                        known.push(*id);
                        queue.push(*id);
                    }
                }
            }
        }
        true
    }
}

fn can_be(node: &Node, segment: &Segment) -> bool {
    let container = match segment {
        Segment::Name(_) => Types::OBJECT,
        Segment::Each => Types::ARRAY,
    };
    !node.never && node.types.has(container)
}

struct Step<'p> {
    segment: &'p Segment,
    declared: bool,
    by_pattern: bool,
    unknown: bool,
    /// Some node declares names.
    closed: bool,
    next: Vec<Id>,
}

impl Step<'_> {
    /// Takes in what one node says; whether it can have such a place at all.
    fn look(&mut self, node: &Node) -> bool {
        if !can_be(node, self.segment) {
            return false;
        }
        self.unknown |= node.fallback.is_some();
        match self.segment {
            Segment::Each => self.element(node),
            Segment::Name(name) => self.member(node, name),
        }
        true
    }

    fn element(&mut self, node: &Node) {
        // `*` on what may be an array is a place, whatever is said of its elements.
        self.declared |= node.types.has(Types::ARRAY) && !node.types.has(Types::ALL);
        if let Some(array) = &node.array {
            self.declared = true;
            self.next.extend(array.first.iter().chain(&array.rest));
        }
    }

    fn member(&mut self, node: &Node, name: &str) {
        let Some(object) = &node.object else {
            return;
        };
        self.closed |= object.declares || matches!(object.additional, Additional::Never);
        let property = object.names.find_text(name);
        let property = property.and_then(|index| *object.properties.get(index)?);
        if let Some(id) = property {
            self.declared = true;
            self.next.push(id);
        }
        let mut known = property.is_some();
        for (pattern, id) in &object.patterns {
            if pattern.is_in(name) {
                known = true;
                self.by_pattern = true;
                self.next.push(*id);
            }
        }
        if let (false, Additional::As(id)) = (known, &object.additional) {
            self.by_pattern = true;
            self.next.push(*id);
        }
    }
}
