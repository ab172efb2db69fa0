//! Names known beforehand, in their order.

use crate::mapping::names::{self, Symbols};
use crate::mapping::tape::{Node, Value};

/// Distinct names; each has the index of its place in the list.
#[derive(Debug)]
pub(super) struct Names {
    list: Box<[Box<str>]>,
    lookup: names::Names<u32>,
}

impl Default for Names {
    fn default() -> Self {
        Self::new([])
    }
}

impl Names {
    /// Of equal names the first counts.
    pub(super) fn new(names: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut list: Vec<Box<str>> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for name in names {
            if known.insert(name.clone()) {
                list.push(name);
            }
        }
        Self {
            lookup: names::Names::new(list.iter().cloned().zip(0..)),
            list: list.into(),
        }
    }

    /// The index of what a string says; strings only are asked for.
    #[inline]
    pub(super) fn find(&self, string: Value<'_>) -> Option<usize> {
        self.find_node(string.tape.text, &string.node())
    }

    #[inline(always)]
    pub(super) fn find_node(&self, text: &str, string: &Node) -> Option<usize> {
        if self.list.is_empty() {
            return None;
        }
        self.lookup.get(text, string).map(|index| index as usize)
    }

    /// From now on members' names are told by their symbols.
    pub(super) fn adopt(&mut self, symbols: &Symbols) {
        self.lookup.adopt(symbols);
    }

    /// The same for a text: slow.
    pub(super) fn find_text(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|known| **known == *name)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.list.iter().map(|name| &**name)
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
