//! Hooks of several members, compiled for one direction.

use super::program::{Candidate, Dest, PlaceId};

/// A hook of several members.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) hook: u32,
    /// Names, and their places.
    pub(crate) inputs: Vec<(String, PlaceId)>,
    pub(crate) outputs: Vec<Output>,
    /// A result under the name of an input takes its position.
    pub(crate) keeps_places: bool,
}

/// One result of a hook.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) dest: Dest,
    pub(crate) candidate: Option<Candidate>,
    /// The input of the same name, whose spelling it keeps.
    pub(crate) own: Option<usize>,
}
