//! What goes first in a document that is written while it is walked.

use smallvec::SmallVec;

use super::direct::{Direct, Done, Open};
use super::walk::Walk;
use crate::mapping::compile::program::{Act, PlaceId};
use crate::mapping::tape::Value;

impl<'a, 't> Walk<'a, 't> {
    /// Writes what goes first, rank by rank: members, what a hook makes when it has none, stand-ins. Where one of them turns
    /// out to belong before what is written already, the document takes a tree.
    pub(super) fn direct_first(
        &mut self,
        object: Value<'t>,
        direct: &mut Direct<'t, '_>,
        open: &mut Open<'a>,
    ) -> Done {
        let program = self.program;
        // By rank: the node of a name, and the place. No name is the first node.
        let mut leads: SmallVec<[(u32, PlaceId); 16]> =
            SmallVec::from_elem((0, 0), program.fronts.len());
        let mut more: SmallVec<[(u8, u32, PlaceId); 4]> = SmallVec::new();
        let text = self.source.tape.text;
        for pair in object.pairs() {
            let Some(id) = open.place.member_of(text, pair.key) else {
                continue;
            };
            let Some(place) = self.place(id) else {
                continue;
            };
            if matches!(place.act, Act::Hook(_)) {
                open.hooked.push((id, pair.at + 1));
            }
            if let Some(rank) = place.lead {
                match leads.get_mut(usize::from(rank)) {
                    Some(lead) if lead.0 == 0 => *lead = (pair.at, id),
                    _ => more.push((rank, pair.at, id)),
                }
            }
        }
        for (rank, (front, (at, id))) in (0..).zip(program.fronts.iter().zip(&leads)) {
            if let (Some(place), true) = (self.place(*id), *at != 0) {
                self.direct_known(object, *at, place, direct, open)?;
            }
            for (of, at, id) in &more {
                if let (Some(place), true) = (self.place(*id), *of == rank) {
                    self.direct_known(object, *at, place, direct, open)?;
                }
            }
            if let Some(group) = front.ask
                && direct.asked & 1 << (group & 63) == 0
            {
                self.direct_fill(group, object, direct, open)?;
                // Not again behind the members.
                direct.asked |= 1 << (group & 63);
            }
            if let Some(ending) = front.ending {
                self.direct_ending(ending, direct, open);
            }
        }
        direct.next = u16::MAX;
        Ok(())
    }
}
