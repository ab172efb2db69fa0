//! Members' names: which of the known ones a name is, and which names stand in an object twice.

pub(crate) mod fingerprint;
#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, RandomState};

use super::chars::{chars, says};
use super::tape::{Node, Value};
use fingerprint::Fingerprint;

/// Known names, each with what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Names<T> {
    /// Open addressing: a power of two of them, more than half of them empty.
    slots: Box<[Slot<T>]>,
    entries: Box<[(Box<str>, T)]>,
    /// What is known by symbol, once the names have some.
    by_symbol: Box<[Option<T>]>,
}

/// Every name that a mapping knows at any place. A scan looks each name of a document up once, and all that asks for it
/// later asks by its number.
#[derive(Debug, Default)]
pub(crate) struct Symbols(Option<Names<u16>>);

/// The symbol of a name that was looked up in vain. 0 is that of one that was not looked up.
pub(crate) const UNKNOWN: u16 = 1;

/// A mapping of more names has no symbols: a table for each of its objects would be too large.
const MOST: usize = 2_000;

impl Symbols {
    /// Of these names, however often each comes.
    pub(crate) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut all: Vec<&str> = names.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        if all.len() > MOST {
            return Self(None);
        }
        Self(Some(Names::new(
            all.into_iter().map(str::to_owned).zip(UNKNOWN + 1..),
        )))
    }

    /// The symbol of a name, if it has one.
    pub(crate) fn named(&self, name: &str) -> Option<u16> {
        let entries = &self.0.as_ref()?.entries;
        // They were sorted when they got their numbers.
        let at = entries.binary_search_by(|(other, _)| (**other).cmp(name));
        entries.get(at.ok()?).map(|(_, symbol)| *symbol)
    }

    /// The symbol of a member's name.
    #[inline(never)]
    pub(crate) fn of(&self, text: &str, key: &Node) -> u16 {
        match &self.0 {
            Some(names) => names.look_up(text, key).unwrap_or(UNKNOWN),
            None => 0,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Slot<T> {
    print: Fingerprint,
    entry: u32,
    /// What is known of the entry's name; none where it is empty.
    known: Option<T>,
}

const EMPTY: u32 = u32::MAX;

impl<T: Copy> Names<T> {
    /// Of a name that comes twice the first counts.
    pub(crate) fn new<N: Into<Box<str>>>(names: impl IntoIterator<Item = (N, T)>) -> Self {
        let entries: Box<[(Box<str>, T)]> = names
            .into_iter()
            .map(|(name, known)| (name.into(), known))
            .collect();
        let none = Slot {
            print: Fingerprint::of(b""),
            entry: EMPTY,
            known: None,
        };
        let mut slots = vec![none; (2 * entries.len() + 1).next_power_of_two()].into_boxed_slice();
        let mask = slots.len() - 1;
        for ((name, known), entry) in entries.iter().zip(0..EMPTY) {
            let print = Fingerprint::of(name.as_bytes());
            let mut at = print.mixed() as usize & mask;
            // More than half are empty, so that this ends.
            while slots[at].entry != EMPTY {
                at = (at + 1) & mask;
            }
            slots[at] = Slot {
                print,
                entry,
                known: Some(*known),
            };
        }
        Self {
            slots,
            entries,
            by_symbol: Box::default(),
        }
    }

    /// From now on names with a symbol are told by it.
    pub(crate) fn adopt(&mut self, symbols: &Symbols) {
        let mut table = Vec::new();
        for (name, known) in &self.entries {
            let Some(symbol) = symbols.named(name) else {
                return;
            };
            let place = usize::from(symbol);
            table.resize(table.len().max(place + 1), None);
            table[place] = table[place].or(Some(*known));
        }
        self.by_symbol = table.into();
    }

    /// What is known of a member by its name's node. Never allocates.
    #[inline(always)]
    pub(crate) fn get(&self, text: &str, key: &Node) -> Option<T> {
        if key.symbol != 0 && !self.by_symbol.is_empty() {
            return *self.by_symbol.get(usize::from(key.symbol))?;
        }
        self.look_up(text, key)
    }

    /// Most names are no longer than their fingerprint, and have no escapes.
    #[inline(always)]
    fn look_up(&self, text: &str, key: &Node) -> Option<T> {
        let (start, end) = (key.start as usize + 1, key.end as usize - 1);
        let len = end.saturating_sub(start);
        let rest = text.as_bytes().get(start..).unwrap_or_default();
        let (false, Some(print)) = (key.escaped, Fingerprint::short(rest, len)) else {
            return self.look_up_long(text, key);
        };
        let mask = self.slots.len() - 1;
        let mut at = print.mixed() as usize & mask;
        loop {
            let slot = self.slots.get(at)?;
            if slot.entry == EMPTY || slot.print.is(&print) {
                return slot.known;
            }
            at = (at + 1) & mask;
        }
    }

    #[inline(never)]
    fn look_up_long(&self, text: &str, key: &Node) -> Option<T> {
        let print = if key.escaped {
            Fingerprint::of_chars(chars(inside(text, key)))
        } else {
            Fingerprint::of(inside(text, key).as_bytes())
        };
        let mask = self.slots.len() - 1;
        let mut at = print.mixed() as usize & mask;
        loop {
            let slot = self.slots.get(at)?;
            let (name, known) = self.entries.get(slot.entry as usize)?;
            if slot.print.is(&print) && (print.is_whole() || is_spelled(text, key, name)) {
                return Some(*known);
            }
            at = (at + 1) & mask;
        }
    }
}

/// The text between the quotes of a string.
fn inside<'t>(text: &'t str, key: &Node) -> &'t str {
    text.get(key.start as usize + 1..key.end as usize - 1)
        .unwrap_or_default()
}

/// Apart from the loop that calls it for long names, whose places it would push out of the registers.
#[inline(never)]
fn is_spelled(text: &str, key: &Node, name: &str) -> bool {
    says(inside(text, key), key.escaped, name)
}

/// Which symbols have stood in an object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    bits: [u64; 4],
    /// A name stood there twice, or one that it can't tell from others.
    pub(crate) may_repeat: bool,
}

impl Seen {
    /// Whether the name has been there before; `None` for a name without a symbol, or with one of the last.
    #[inline(always)]
    pub(crate) fn add(&mut self, key: &Node) -> Option<bool> {
        let word = self.bits.get_mut(usize::from(key.symbol) / 64);
        let Some(word) = word.filter(|_| key.symbol > UNKNOWN) else {
            self.may_repeat = true;
            return None;
        };
        let bit = 1 << (key.symbol & 63);
        let again = *word & bit != 0;
        *word |= bit;
        self.may_repeat |= again;
        Some(again)
    }
}

/// So many members are compared with each other, where they may be the same; of more, the names are hashed and sorted.
const FEW: usize = 64;

/// Names with escapes are compared with each other up to this length: that takes many times as long as without.
const SHORT: u32 = 256;

/// Hands the name of every further copy of a member to `found`, in document order.
///
/// Linear but for a sort. Allocates only for objects of more than 64 members, or with long names that have escapes.
#[inline]
pub(crate) fn duplicates<'t>(object: Value<'t>, mut found: impl FnMut(Value<'t>)) {
    let text = object.tape.text.as_bytes();
    // These bits tell most names apart without a look at the others.
    let mut bloom = [0_u64; 8];
    let mut seen = Seen::default();
    for (count, pair) in object.pairs().enumerate() {
        let node = pair.key;
        let key = || Value {
            tape: object.tape,
            at: pair.at,
        };
        if let Some(again) = seen.add(node) {
            if again {
                found(key());
            }
            continue;
        }
        if count >= FEW || (node.escaped && node.end - node.start > SHORT) {
            return among_many(object, pair.at, &mut found);
        }
        let mixed = if node.escaped {
            Fingerprint::of_chars(chars(inside(object.tape.text, node))).mixed()
        } else {
            let (start, end) = (node.start as usize + 1, node.end as usize - 1);
            Fingerprint::within(text, start, end).mixed()
        };
        let word = &mut bloom[(mixed >> 61) as usize];
        let bit = 1 << (mixed >> 55 & 63);
        if *word & bit != 0 && is_copy(object, key()) {
            found(key());
        }
        *word |= bit;
    }
}

/// Whether the name stands before its own place already.
#[inline(never)]
fn is_copy(object: Value<'_>, key: Value<'_>) -> bool {
    let (text, name) = (object.tape.text, key.node());
    let same = |other: &Node| {
        if name.escaped || other.escaped {
            chars(inside(text, other)).eq(chars(inside(text, &name)))
        } else {
            inside(text, other) == inside(text, &name)
        }
    };
    let mut before = object.pairs().take_while(|pair| pair.at < key.at);
    before.any(|pair| same(pair.key))
}

/// [`duplicates`] from the name at `from` on. Hashed under a key that nobody outside knows, or names could be made that
/// all have to be compared with each other.
#[cold]
fn among_many<'t>(object: Value<'t>, from: u32, found: &mut impl FnMut(Value<'t>)) {
    let salt = RandomState::new();
    let name = |key: Value<'t>| key.string().unwrap_or_default();
    let at = |at| Value {
        tape: object.tape,
        at,
    };
    let mut hashes: Vec<(u64, u32)> = object
        .members()
        .map(|(key, _)| (salt.hash_one(name(key)), key.at))
        .collect();
    hashes.sort_unstable();
    let mut copies: Vec<u32> = Vec::new();
    for same in hashes.chunk_by(|a, b| a.0 == b.0) {
        for (index, (_, later)) in same.iter().enumerate().skip(1) {
            let later_name = name(at(*later));
            // The first of them is the same one, unless two hashes are equal by chance.
            let is_copy = |(_, earlier): &(u64, u32)| name(at(*earlier)) == later_name;
            if *later >= from && same[..index].iter().any(is_copy) {
                copies.push(*later);
            }
        }
    }
    copies.sort_unstable();
    copies.into_iter().map(at).for_each(found);
}
