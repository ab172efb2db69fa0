//! The output before it is written: objects and arrays that a rule enters, and spans of everything else.

use super::walk::Lists;
use crate::mapping::compile::program::{self, Program};
use crate::mapping::tape::{Tape, Value};

/// Index of an [`Out`].
pub(crate) type OutId = u32;

/// No node.
pub(crate) const NONE: OutId = u32::MAX;

/// A member's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// An element has none.
    None,
    /// As the input spells it: the node of the name.
    Input(u32),
    /// One of the program's keys.
    Literal(u32),
    /// Quoted text that was made: begin and end.
    Made(u32, u32),
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A value of the input, byte for byte.
    Raw(u32),
    /// Text that was made: begin and end.
    Made(u32, u32),
    Object,
    Array,
}

/// A value of the output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    pub(crate) key: Key,
    pub(crate) kind: Kind,
    pub(crate) parent: OutId,
    pub(crate) next: OutId,
    pub(crate) first: OutId,
    pub(crate) last: OutId,
    /// How many members or elements it has.
    pub(crate) live: u32,
    /// An element's position.
    pub(crate) index: u32,
    /// The node of the input that it comes from, or `NONE`.
    pub(crate) origin: u32,
    /// Which rules share this element of a list; 0 is none.
    pub(crate) group: u16,
    /// Something was moved out of it.
    pub(crate) taken: bool,
    /// It had no members when it came.
    pub(crate) came_empty: bool,
    /// It was taken out again.
    pub(crate) gone: bool,
}

impl Out {
    pub(crate) fn new(kind: Kind, origin: u32) -> Self {
        Self {
            key: Key::None,
            kind,
            parent: NONE,
            next: NONE,
            first: NONE,
            last: NONE,
            live: 0,
            index: 0,
            origin,
            group: 0,
            taken: false,
            came_empty: false,
            gone: false,
        }
    }
}

/// The output's nodes, the document first, and the text that was made for it.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Out>,
    pub(crate) made: Vec<u8>,
    /// Of the next walk.
    pub(crate) lists: Lists,
}

impl Tree {
    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.made.clear();
    }

    #[inline]
    pub(crate) fn push(&mut self, out: Out) -> OutId {
        self.nodes.push(out);
        (self.nodes.len() - 1) as OutId
    }

    /// A node of text made from `start` on.
    pub(crate) fn push_made(&mut self, start: usize, origin: u32) -> OutId {
        let kind = Kind::Made(start as u32, self.made.len() as u32);
        self.push(Out::new(kind, origin))
    }

    pub(crate) fn push_text(&mut self, text: &str, origin: u32) -> OutId {
        let start = self.made.len();
        self.made.extend_from_slice(text.as_bytes());
        self.push_made(start, origin)
    }

    /// Only asked for nodes that there are.
    #[inline]
    pub(crate) fn get(&self, id: OutId) -> Out {
        self.nodes
            .get(id as usize)
            .copied()
            .unwrap_or(Out::new(Kind::Made(0, 0), NONE))
    }

    pub(crate) fn change(&mut self, id: OutId, change: impl FnOnce(&mut Out)) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            change(node);
        }
    }

    /// Appends a member or an element.
    #[inline]
    pub(crate) fn append(&mut self, parent: OutId, key: Key, id: OutId) {
        let Some(around) = self.nodes.get_mut(parent as usize) else {
            return;
        };
        let before = around.last;
        let index = around.live;
        around.last = id;
        around.live += 1;
        if around.first == NONE {
            around.first = id;
        }
        self.change(before, |node| node.next = id);
        self.change(id, |node| {
            node.key = key;
            node.parent = parent;
            node.index = index;
        });
    }

    /// Takes a node out of what it is in; it stays in the list, marked.
    pub(crate) fn take_out(&mut self, id: OutId) {
        let node = self.get(id);
        if node.gone {
            return;
        }
        self.change(id, |node| node.gone = true);
        self.change(node.parent, |around| {
            around.live = around.live.saturating_sub(1)
        });
    }

    /// The nodes that are in this one, in order.
    pub(crate) fn inside(&self, id: OutId) -> impl Iterator<Item = (OutId, Out)> + '_ {
        let mut at = self.get(id).first;
        std::iter::from_fn(move || {
            while at != NONE {
                let (id, node) = (at, self.get(at));
                at = node.next;
                if !node.gone {
                    return Some((id, node));
                }
            }
            None
        })
    }

    /// The member of this name.
    pub(crate) fn member(&self, id: OutId, key: u32, source: &Source<'_, '_>) -> Option<OutId> {
        let mut inside = self.inside(id);
        inside
            .find(|(_, node)| source.is(node.key, key))
            .map(|(id, _)| id)
    }

    /// Whether this is an object that something was moved out of, and nothing is left in it.
    pub(crate) fn is_emptied(&self, id: OutId) -> bool {
        let node = self.get(id);
        node.kind == Kind::Object
            && (node.taken || node.live > 0)
            && self.inside(id).all(|(inside, _)| self.is_emptied(inside))
    }
}

/// Where names and texts of a tree come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a, 't> {
    pub(crate) program: &'a Program,
    pub(crate) tape: Tape<'t>,
    /// The names that are the call's.
    pub(crate) words: &'a [program::Key],
}

impl<'t> Source<'_, 't> {
    pub(crate) fn value(&self, at: u32) -> Value<'t> {
        Value {
            tape: self.tape,
            at,
        }
    }

    /// Whether a name is one of the program's.
    pub(crate) fn is(&self, key: Key, literal: u32) -> bool {
        match key {
            // Only a pick makes one, alone in its object.
            Key::None | Key::Made(..) => false,
            Key::Literal(known) => known == literal,
            Key::Input(at) => self.value(at).says(self.name(literal)),
        }
    }

    pub(crate) fn name(&self, literal: u32) -> &str {
        self.key(literal).map_or("", |key| &key.name)
    }

    fn key(&self, literal: u32) -> Option<&program::Key> {
        let key = self.program.keys.get(literal as usize)?;
        if key.word.is_none() {
            return Some(key);
        }
        self.words.iter().find(|word| word.word == key.word)
    }

    /// A name in quotes.
    pub(crate) fn quoted<'k>(&'k self, key: Key, made: &'k [u8]) -> &'k [u8] {
        match key {
            Key::None => b"",
            Key::Made(start, end) => made.get(start as usize..end as usize).unwrap_or_default(),
            Key::Input(at) => self.value(at).text().as_bytes(),
            Key::Literal(at) => self.key(at).map_or(b"\"\"", |key| key.quoted.as_bytes()),
        }
    }
}
