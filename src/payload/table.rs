//! What a definition of a payload can say: its members, their kinds and tiers, what v1 calls them, what stands in for them.

use std::fmt;
use std::str::FromStr;

use super::kind::Kind;
use super::report::{Assumed, Tier};
use crate::error::{Error, ErrorKind};

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
/// written right behind the core, then the others; at most 128, the bits of the set that finds further copies.
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
    keys: [Fingerprint; 128],
    slots: [u8; SLOTS],
}

impl Table {
    /// Fills the index of names: open addressing, built when the crate is compiled.
    pub(crate) const fn new(
        rows: &'static [Member],
        core_names: &'static [&'static str],
        placed: usize,
        required_v1: &'static [u8],
    ) -> Self {
        assert!(rows.len() <= 128 && placed <= PLACES && core_names.len() <= placed);
        let mut keys = [Fingerprint::NONE; 128];
        let mut slots = [UNKNOWN; SLOTS];
        let mut row = 0;
        while row < rows.len() {
            keys[row] = Fingerprint::of(rows[row].name.as_bytes());
            let mut slot = keys[row].slot();
            while slots[slot] != UNKNOWN {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = row as u8;
            row += 1;
        }
        Self {
            rows,
            core: core_names.len(),
            placed,
            core_names,
            required_v1,
            keys,
            slots,
        }
    }

    /// A set of core members.
    pub(crate) fn assumed(&self, bits: u16) -> Assumed {
        Assumed {
            bits: bits & ((1 << self.core) - 1),
            names: self.core_names,
        }
    }

    /// The row of this name, or [`UNKNOWN`].
    #[inline(always)]
    pub(crate) fn row(&self, name: &str, print: &Fingerprint) -> u8 {
        let mut slot = print.slot();
        loop {
            let row = self.slots[slot];
            let Some(key) = self.keys.get(usize::from(row)) else {
                return UNKNOWN;
            };
            if key.is(print) && (name.len() <= 16 || self.rows[usize::from(row)].name == name) {
                return row;
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

/// Room for the places of the members that are written first.
pub(crate) const PLACES: usize = 12;

/// Length, first and last eight bytes of a name: all of a name of up to 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fingerprint {
    head: u64,
    tail: u64,
    len: usize,
}

impl Fingerprint {
    const NONE: Self = Self {
        head: 0,
        tail: 0,
        len: usize::MAX,
    };

    #[inline(always)]
    pub(crate) const fn of(name: &[u8]) -> Self {
        let (head, tail) = match (name.first_chunk(), name.last_chunk()) {
            (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
            _ => match (name.first_chunk(), name.last_chunk()) {
                (Some(head), Some(tail)) => (
                    u32::from_le_bytes(*head) as u64,
                    u32::from_le_bytes(*tail) as u64,
                ),
                _ => match name {
                    [] => (0, 0),
                    [first, .., last] => (
                        *first as u64,
                        (name[name.len() / 2] as u64) << 8 | *last as u64,
                    ),
                    [only] => (*only as u64, 0),
                },
            },
        };
        let len = name.len();
        Self { head, tail, len }
    }

    #[inline(always)]
    const fn is(&self, other: &Self) -> bool {
        self.head == other.head && self.tail == other.tail && self.len == other.len
    }

    /// Odd constants from the golden ratio and the square root of 2: any odd ones with mixed bits would do.
    #[inline(always)]
    pub(crate) const fn mixed(&self) -> u64 {
        let mixed = self.head.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ self.tail.rotate_left(32).wrapping_add(self.len as u64);
        mixed.wrapping_mul(0xB504_F333_F9DE_6485)
    }

    #[inline(always)]
    const fn slot(&self) -> usize {
        (self.mixed() >> 55) as usize % SLOTS
    }
}
