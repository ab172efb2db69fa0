//! Which of a request's extensions v2 gets.

use std::mem;

use http::Extensions;

/// Moves one type of extension from the request as it came to the request for v2.
pub(super) type Move = fn(&mut Extensions, &mut Extensions);

/// What v2 gets of the extensions that a request came with. v1 gets all of them.
#[derive(Clone, Debug)]
pub enum Carry {
    All,
    Only(Vec<Move>),
}

impl Default for Carry {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

impl Carry {
    pub(super) fn add<T: Clone + Send + Sync + 'static>(&mut self) {
        if let Self::Only(moves) = self {
            moves.push(|from, to| {
                if let Some(extension) = from.remove::<T>() {
                    to.insert(extension);
                }
            });
        }
    }

    /// Leaves what v2 gets.
    pub(super) fn apply(&self, extensions: &mut Extensions) {
        let Self::Only(moves) = self else { return };
        let mut came = mem::take(extensions);
        for carry in moves {
            carry(&mut came, extensions);
        }
    }
}
