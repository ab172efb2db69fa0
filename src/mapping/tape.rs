//! A scanned document: every value's place in the text, in the order in which they stand.

use std::borrow::Cow;

use super::chars::says;

/// The JSON type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Shape {
    Null,
    True,
    False,
    Number,
    String,
    Object,
    Array,
}

/// One value, or one member's name, by byte offsets into the text.
///
/// An object's node is followed by each member's name and value, an array's by its elements, each with all that is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    /// Where the token begins and ends, quotes and brackets included.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The index of the node behind this one and all that is in it.
    pub(crate) next: u32,
    pub(crate) shape: Shape,
    /// A string with a backslash in it, or a number with an exponent: its text is not what it says.
    pub(crate) escaped: bool,
    /// Of a member's name: its number among the names that the scan was given. See [`Symbols`](super::names::Symbols).
    pub(crate) symbol: u16,
}

/// All nodes of a document, the document itself first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tape<'t> {
    pub(crate) text: &'t str,
    pub(crate) nodes: &'t [Node],
}

impl<'t> Tape<'t> {
    /// The document.
    pub(crate) fn root(self) -> Value<'t> {
        Value { tape: self, at: 0 }
    }
}

/// A value of a [`Tape`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'t> {
    pub(crate) tape: Tape<'t>,
    pub(crate) at: u32,
}

impl<'t> Value<'t> {
    #[inline(always)]
    pub(crate) fn node(self) -> Node {
        // Only made for nodes that there are; an empty one keeps this free of panics.
        self.tape
            .nodes
            .get(self.at as usize)
            .copied()
            .unwrap_or(Node {
                start: 0,
                end: 0,
                next: self.at + 1,
                shape: Shape::Null,
                escaped: false,
                symbol: 0,
            })
    }

    #[inline(always)]
    pub(crate) fn shape(self) -> Shape {
        self.node().shape
    }

    /// Its JSON text, as it stands.
    #[inline(always)]
    pub(crate) fn text(self) -> &'t str {
        let node = self.node();
        self.tape
            .text
            .get(node.start as usize..node.end as usize)
            .unwrap_or_default()
    }

    /// What a string says; `None` for what is no string. Allocates only when it is spelled with escapes.
    pub(crate) fn string(self) -> Option<Cow<'t, str>> {
        let node = self.node();
        if node.shape != Shape::String {
            return None;
        }
        let text = self.text();
        if node.escaped {
            // The scan has accepted it, so that it can't fail.
            return serde_json::from_str(text).ok().map(Cow::Owned);
        }
        text.get(1..text.len() - 1).map(Cow::Borrowed)
    }

    /// Whether it is a string that says this. Never allocates.
    pub(crate) fn says(self, what: &str) -> bool {
        let node = self.node();
        let text = self.text();
        node.shape == Shape::String
            && text
                .get(1..text.len() - 1)
                .is_some_and(|inside| says(inside, node.escaped, what))
    }

    /// Names and values, in order; none of what is no object.
    pub(crate) fn members(self) -> Members<'t> {
        let node = self.node();
        Members {
            tape: self.tape,
            at: self.at + 1,
            end: if node.shape == Shape::Object {
                node.next
            } else {
                0
            },
        }
    }

    /// The same as nodes, for what goes over all of them.
    #[inline(always)]
    pub(crate) fn pairs(self) -> Pairs<'t> {
        let Members { tape, at, end } = self.members();
        Pairs {
            nodes: tape.nodes,
            at,
            end,
        }
    }

    /// Elements, in order; none of what is no array.
    pub(crate) fn elements(self) -> Elements<'t> {
        let node = self.node();
        Elements {
            tape: self.tape,
            at: self.at + 1,
            end: if node.shape == Shape::Array {
                node.next
            } else {
                0
            },
        }
    }

    /// The first member of this decoded name.
    pub(crate) fn member(self, name: &str) -> Option<Self> {
        self.members()
            .find(|(key, _)| key.says(name))
            .map(|(_, value)| value)
    }
}

/// See [`Value::members`].
#[derive(Clone, Debug)]
pub(crate) struct Members<'t> {
    tape: Tape<'t>,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Members<'t> {
    /// Its name, a string, and its value.
    type Item = (Value<'t>, Value<'t>);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let key = Value {
            tape: self.tape,
            at: self.at,
        };
        let value = Value {
            tape: self.tape,
            at: self.at + 1,
        };
        self.at = value.node().next;
        Some((key, value))
    }
}

/// See [`Value::pairs`].
#[derive(Clone, Debug)]
pub(crate) struct Pairs<'t> {
    nodes: &'t [Node],
    at: u32,
    end: u32,
}

/// A member's name, at this place of the tape, and its value behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'t> {
    pub(crate) at: u32,
    pub(crate) key: &'t Node,
    pub(crate) value: &'t Node,
}

impl<'t> Iterator for Pairs<'t> {
    type Item = Pair<'t>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        if at >= self.end {
            return None;
        }
        let [key, value] = self.nodes.get(at as usize..)?.first_chunk()?;
        self.at = value.next;
        Some(Pair { at, key, value })
    }
}

/// See [`Value::elements`].
#[derive(Clone, Debug)]
pub(crate) struct Elements<'t> {
    tape: Tape<'t>,
    at: u32,
    end: u32,
}

impl<'t> Iterator for Elements<'t> {
    type Item = Value<'t>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let element = Value {
            tape: self.tape,
            at: self.at,
        };
        self.at = element.node().next;
        Some(element)
    }
}
