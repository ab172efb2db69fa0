//! What a definition of a payload can say: its members, their kinds and tiers, what v1 calls them, what stands in for them.

use std::fmt;
use std::str::FromStr;

use super::kind::{Kind, Out};
use super::report::{Assumed, Tier};
use super::scan::Shape;
use super::short::Short;
use crate::error::{Error, ErrorKind};
use crate::mapping::names::fingerprint::Fingerprint;
use crate::version::Version;

/// What an upgrade writes for core members that a v1 payload does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Say that it is not known. Invents nothing.
    #[default]
    Unknowns,
    /// The defaults of the system that this one replaces, for clients that rely on them. Invents facts.
    Legacy,
}

impl Policy {
    /// `"unknowns"` or `"legacy"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknowns => "unknowns",
            Self::Legacy => "legacy",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Policy {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Policy`] for anything but `unknowns` or `legacy`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "unknowns" => Ok(Self::Unknowns),
            "legacy" => Ok(Self::Legacy),
            _ => Err(Error::new(
                ErrorKind::Policy,
                "",
                "not a policy: write unknowns or legacy",
            )),
        }
    }
}

/// One member: a row of a [`Table`].
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) tier: Tier,
    pub(crate) kind: Kind,
    /// The row that this one is v1's name for.
    pub(crate) alias_of: Option<u8>,
    /// What v2 gets when v1 has none, as JSON text, by policy: `[unknowns, legacy]`.
    pub(crate) absent: [Option<&'static str>; 2],
    /// What a downgrade makes of it.
    pub(crate) down: Down,
    /// What becomes of a value by its JSON type alone, for values of at most `brief` bytes: most need no closer look.
    pub(crate) at_once: [Option<Out>; Shape::COUNT],
    pub(crate) brief: usize,
}

/// What v1 calls a member of v2, on the way down.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Down {
    /// By its own name.
    Same,
    /// By this name when it is yes or no, as a bool.
    Bool(&'static str),
    /// By this name when `back` finds a text that v1 reads as this value.
    Text {
        name: &'static str,
        back: for<'t> fn(&'t str) -> Option<&'t str>,
    },
}

impl Member {
    pub(crate) const fn new(name: &'static str, tier: Tier, kind: Kind) -> Self {
        Self {
            name,
            tier,
            kind,
            alias_of: None,
            absent: [None, None],
            down: Down::Same,
            at_once: kind.at_once(),
            brief: kind.brief(),
        }
    }

    pub(crate) const fn absent(self, unknowns: &'static str, legacy: &'static str) -> Self {
        Self {
            absent: [Some(unknowns), Some(legacy)],
            ..self
        }
    }

    pub(crate) const fn legacy(self, legacy: &'static str) -> Self {
        Self {
            absent: [None, Some(legacy)],
            ..self
        }
    }

    pub(crate) const fn down(self, down: Down) -> Self {
        Self { down, ..self }
    }

    pub(crate) const fn alias_of(self, row: u8) -> Self {
        Self {
            alias_of: Some(row),
            ..self
        }
    }
}

/// Row number of a name that no row has.
pub(crate) const UNKNOWN: u8 = u8::MAX;

/// Power of two, about four times the rows, so that most unknown names meet an empty slot.
const SLOTS: usize = 512;

/// A definition. Rows stand in this order: the core in the order in which v2 is written, then members that are
/// written right behind the core, then the others; at most 128, so that a name's row fits a byte with room to spare.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) rows: &'static [Member],
    /// How many of the first rows are core.
    pub(crate) core: usize,
    /// How many of the first rows are written first, the core among them.
    pub(crate) placed: usize,
    /// The names of the core.
    pub(crate) core_names: &'static [&'static str],
    /// Core rows that v1 requires too.
    pub(crate) required_v1: &'static [u8],
    /// Core members that an upgrade can fill in, as a set, by policy.
    filled: [u16; 2],
    /// Where a row is written among those that are written first; [`PLACES`] when it isn't.
    places: [u8; 256],
    /// `,"name":` of each row, and its JSON pointer.
    keys: [Short; ROWS],
    pointers: [Short; ROWS],
    /// `,"name":value` of what stands in for a core member, by policy.
    absent: [[Short; PLACES]; 2],
    prints: [Fingerprint; ROWS],
    slots: [u8; SLOTS],
}

/// Whether a name is spelled the same in JSON and in a pointer.
const fn needs_no_escape(name: &str) -> bool {
    let mut at = 0;
    while at < name.len() {
        if matches!(name.as_bytes()[at], 0..0x20 | b'"' | b'\\' | b'~' | b'/') {
            return false;
        }
        at += 1;
    }
    true
}

/// Room for rows, and for the places of the members that are written first.
pub(crate) const ROWS: usize = 128;
pub(crate) const PLACES: usize = 12;

impl Table {
    /// Fills the index of names (open addressing) and spells out what is written, when the crate is compiled.
    pub(crate) const fn new(
        rows: &'static [Member],
        core_names: &'static [&'static str],
        placed: usize,
        required_v1: &'static [u8],
    ) -> Self {
        assert!(rows.len() <= ROWS && placed <= PLACES && core_names.len() <= placed);
        let mut table = Self {
            rows,
            core: core_names.len(),
            placed,
            core_names,
            required_v1,
            filled: [0; 2],
            places: [PLACES as u8; 256],
            keys: [Short::EMPTY; ROWS],
            pointers: [Short::EMPTY; ROWS],
            absent: [[Short::EMPTY; PLACES]; 2],
            prints: [Fingerprint::of(b""); ROWS],
            slots: [UNKNOWN; SLOTS],
        };
        let mut row = 0;
        while row < rows.len() {
            let name = rows[row].name;
            assert!(needs_no_escape(name));
            let place = match rows[row].alias_of {
                Some(tag) => tag as usize,
                None => row,
            };
            if place < placed {
                table.places[row] = place as u8;
            }
            let mut policy = 0;
            while policy < 2 && row < table.core {
                if let Some(value) = rows[row].absent[policy] {
                    table.filled[policy] |= 1 << row;
                    table.absent[policy][row] = Short::of(&[",\"", name, "\":", value]);
                }
                policy += 1;
            }
            table.keys[row] = Short::of(&[",\"", name, "\":"]);
            table.pointers[row] = Short::of(&["/", name]);
            table.prints[row] = Fingerprint::of(name.as_bytes());
            let mut slot = Self::slot(&table.prints[row]);
            while table.slots[slot] != UNKNOWN {
                slot = (slot + 1) % SLOTS;
            }
            table.slots[slot] = row as u8;
            row += 1;
        }
        table
    }

    /// A set of core members.
    pub(crate) fn assumed(&self, bits: u16) -> Assumed {
        Assumed {
            bits: bits & self.core_bits(),
            names: self.core_names,
        }
    }

    const fn core_bits(&self) -> u16 {
        (1 << self.core) - 1
    }

    /// The core members that a version requires, as a set.
    pub(crate) fn required(&self, version: Version) -> u16 {
        match version {
            Version::V1 => self.required_v1.iter().fold(0, |set, row| set | 1 << row),
            Version::V2 => self.core_bits(),
        }
    }

    /// The core members that an upgrade has a value for when the payload has none, as a set.
    pub(crate) fn filled(&self, policy: Policy) -> u16 {
        self.filled[policy as usize]
    }

    /// `,"name":value` of what stands in for a core member; empty when nothing does.
    pub(crate) fn absent(&self, row: usize, policy: Policy) -> &Short {
        &self.absent[policy as usize][row]
    }

    /// `,"name":`, as a row is written when the input does not spell it.
    #[inline(always)]
    pub(crate) fn key(&self, row: usize) -> &Short {
        &self.keys[row]
    }

    /// The JSON pointer to a row's member; `None` for [`UNKNOWN`].
    pub(crate) fn pointer(&'static self, row: u8) -> Option<&'static str> {
        Some(self.pointers.get(usize::from(row))?.as_str())
    }

    /// Where a row is written among those that are written first.
    #[inline(always)]
    pub(crate) fn place(&self, row: u8) -> Option<usize> {
        let place = usize::from(self.places[usize::from(row)]);
        (place < PLACES).then_some(place)
    }

    /// The row of this name, or [`UNKNOWN`]. `is` compares the name with another: asked only when it is longer than its
    /// fingerprint.
    #[inline(always)]
    pub(crate) fn row(&self, print: &Fingerprint, is: impl Fn(&str) -> bool) -> u8 {
        let mut slot = Self::slot(print);
        loop {
            let row = self.slots[slot];
            let Some(known) = self.prints.get(usize::from(row)) else {
                return UNKNOWN;
            };
            if known.is(print) && (print.is_whole() || is(self.rows[usize::from(row)].name)) {
                return row;
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    const fn slot(print: &Fingerprint) -> usize {
        (print.mixed() >> 55) as usize % SLOTS
    }
}
