//! What a walk collects for the end of a scope, and the lists that are kept from walk to walk.

use super::trail::Trail;
use super::tree::{OutId, Source, Tree};
use crate::mapping::compile::program::{self, Candidate};
use crate::mapping::report::Finding;

/// Something that goes to one of the program's targets at the end of the scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub(super) target: u32,
    pub(super) node: OutId,
    /// Where it was in the input.
    pub(super) at: u32,
    /// The node of its name there.
    pub(super) key: u32,
    /// Another candidate has the place.
    pub(super) lost: bool,
}

/// One of several values for a destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rival {
    pub(super) of: Candidate,
    pub(super) node: OutId,
    pub(super) at: u32,
    /// It is among the moves.
    pub(super) moved: bool,
    /// Another member has its value too, and stands for both.
    pub(super) part: bool,
}

/// Where the lists of moves and the like stood when a scope began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    pub(super) moves: usize,
    pub(super) rivals: usize,
    pub(super) taken: usize,
    pub(super) renamed: usize,
    pub(super) found: usize,
}

/// A result of a hook that takes the position of a later member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// That member's value.
    pub(super) at: u32,
    pub(super) node: OutId,
    pub(super) dest: program::Dest,
    pub(super) candidate: Option<Candidate>,
}

/// Lists of a walk that are empty between walks: kept for their room.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(super) trail: Trail,
    pub(super) moves: Vec<Move>,
    pub(super) rivals: Vec<Rival>,
    pub(super) taken: Vec<OutId>,
    pub(super) renamed: Vec<(OutId, u32)>,
}

impl Lists {
    /// For a walk without a tree.
    pub(super) fn only(trail: Trail) -> Self {
        Self {
            trail,
            ..Self::default()
        }
    }
}

/// What is left of a walk.
pub(super) struct Ended<'a, 't> {
    pub(super) source: Source<'a, 't>,
    pub(super) tree: &'a mut Tree,
    pub(super) input: Vec<(u32, Finding)>,
    pub(super) found: Vec<(u32, Finding)>,
    pub(super) assumed: Vec<(OutId, u32, bool)>,
}
