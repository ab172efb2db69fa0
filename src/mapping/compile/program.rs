//! A definition compiled for one direction: a trie over the input's paths that says what becomes of each member.

pub(crate) use super::groups::{Group, Output};
use crate::mapping::codec::Codec;
use crate::mapping::definition::{Constant, Join, JsonType, Literal};
use crate::mapping::json::OwnedJson;
use crate::mapping::names::{Names, Symbols};
use crate::mapping::tape::{Node, Value};

/// Index of a [`Place`].
pub(crate) type PlaceId = u32;

/// Which way a program converts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `from` to `to`.
    Up,
    /// `to` to `from`.
    Down,
    /// `to` to itself, with foreign places resolved and codecs in canonical spelling: for comparing.
    Settle,
    /// `to` to an older dialect of itself.
    Dialect,
}

/// What a document of one version becomes, place by place.
#[derive(Debug)]
pub(crate) struct Program {
    /// The document is the first.
    pub(crate) places: Vec<Place>,
    pub(crate) targets: Vec<Target>,
    pub(crate) keys: Vec<Key>,
    pub(crate) groups: Vec<Group>,
    /// Names that are written first at the top, in this order.
    pub(crate) first: Vec<String>,
    /// How many destinations have more than one candidate.
    pub(crate) slots: u32,
    pub(crate) way: Way,
    /// A member of the document that is null counts as absent.
    pub(crate) nulls_absent: bool,
    /// A document can be written while it is walked.
    pub(crate) direct: bool,
    /// The pointers of the document's stand-ins, when it can.
    pub(crate) pointers: Vec<Box<str>>,
    /// What there is to write first, by rank, when it can.
    pub(crate) fronts: Vec<Front>,
}

impl Program {
    /// The names of members that the program knows.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let members = self.places.iter().flat_map(|place| &place.members);
        members.map(|(name, _)| &**name)
    }

    /// From now on members are known by their symbols, where they have one.
    pub(crate) fn adopt(&mut self, symbols: &Symbols) {
        for place in &mut self.places {
            if let Some(names) = &mut place.names {
                names.adopt(symbols);
            }
        }
    }
}

/// A member's name as it is written.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: Box<str>,
    /// In quotes.
    pub(crate) quoted: Box<str>,
    /// In quotes, between the comma before it and the colon behind it.
    pub(crate) between: Box<str>,
    /// The name is the call's value of this context.
    pub(crate) word: Option<Box<str>>,
    /// At the top: its rank among those that are written first. This and what follows is there only when the program is
    /// direct.
    pub(crate) front: Option<u8>,
    /// The document's stand-ins of this name, wherever they go, by their numbers.
    pub(crate) fills: u64,
}

/// One place of the input's version that a rule names, leads through, or that only the other version has.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub(crate) members: Vec<(Box<str>, PlaceId)>,
    /// The members by name, once they are all known.
    pub(crate) names: Option<Names<PlaceId>>,
    /// What every element is, when a path crosses this array.
    pub(crate) each: Option<PlaceId>,
    pub(crate) act: Act,
    /// What is written in this object, or in each element here, when nothing else is: only where a scope begins.
    pub(crate) stand_ins: Vec<StandIn>,
    /// Something may be written into this object, though no path leads through it.
    pub(crate) opens: bool,
    /// Hooks of this object's members that are asked even when none of them is there.
    pub(crate) asks: Vec<u32>,
    /// Members of this object that may take siblings away.
    pub(crate) tagged: Vec<PlaceId>,
    /// The stand-ins of this place, by policy: what an upgrade may have assumed, on the way back.
    pub(crate) assumed: Option<ByPolicy>,
    /// The document's stand-ins that this member fills the places of, by their numbers. This and what follows is there only
    /// when the program is direct.
    pub(crate) fills: u64,
    /// The rank of the member among those that are written first.
    pub(crate) front: Option<u8>,
    /// What becomes of the member is written first, at this rank or behind it.
    pub(crate) lead: Option<u8>,
    /// Stand-ins that belong at the end of this object, and their numbers.
    pub(crate) endings: Vec<Ending>,
    pub(crate) ends: u64,
}

/// What else may be written at a rank, beside members.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Front {
    /// A hook that is asked when none of its members is there.
    pub(crate) ask: Option<u32>,
    pub(crate) ending: Option<Ending>,
}

/// A stand-in of the document, by its number, at the end of the object that it goes into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub(crate) stand_in: u8,
    pub(crate) key: u32,
}

impl Place {
    /// What no path leads through.
    pub(crate) const NOWHERE: Self = Self {
        members: Vec::new(),
        names: None,
        each: None,
        act: Act::Stay,
        stand_ins: Vec::new(),
        opens: false,
        asks: Vec::new(),
        tagged: Vec::new(),
        assumed: None,
        fills: 0,
        front: None,
        lead: None,
        endings: Vec::new(),
        ends: 0,
    };

    /// Whether an object here is looked into.
    pub(crate) fn is_entered(&self) -> bool {
        !self.members.is_empty()
            || !self.stand_ins.is_empty()
            || !self.asks.is_empty()
            || self.opens
    }

    /// The place of a member of this object.
    #[inline]
    pub(crate) fn member(&self, key: Value<'_>) -> Option<PlaceId> {
        self.member_of(key.tape.text, &key.node())
    }

    /// The same, by the node of its name.
    #[inline(always)]
    pub(crate) fn member_of(&self, text: &str, key: &Node) -> Option<PlaceId> {
        self.names.as_ref()?.get(text, key)
    }
}

/// What becomes of a member.
#[derive(Debug, Default)]
pub(crate) enum Act {
    /// It stays at the image of its path, under its own name.
    #[default]
    Stay,
    /// The first that applies; it stays when none does.
    Take(Vec<Take>),
    /// Only the other version has it: an error, or a candidate for its destination.
    Foreign(Option<Candidate>),
    /// Left out and reported.
    Drop(String),
    /// A list that elements are taken out of.
    Unjoin(Vec<Pattern>),
    /// One of some members that a hook turns into others.
    Hook(Vec<u32>),
    /// One of some members that become one.
    Merge(Box<Merge>),
}

/// The rank of a value that can't be left out for another: what a hook makes of several members.
pub(crate) const NEVER_LEFT_OUT: u8 = u8::MAX;

/// A candidate for a destination that has several; the lowest rank that is there wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) slot: u32,
    pub(crate) rank: u8,
}

/// What one rule does with a value.
#[derive(Debug)]
pub(crate) struct Take {
    pub(crate) when: When,
    pub(crate) inner: Inner,
    pub(crate) outer: Outer,
    pub(crate) dest: Dest,
    pub(crate) candidate: Option<Candidate>,
    /// An object of its new name may stay beside it, unless moves empty that.
    pub(crate) may_collide: bool,
    /// Siblings that are put back just before the member.
    pub(crate) before: Vec<Tag>,
    /// What must hold, or must not, for the way back to read it as the same alternative.
    pub(crate) guards: Vec<(When, bool)>,
    /// Cutting off what a codec can't carry is acknowledged.
    pub(crate) lost: bool,
}

/// A sibling that is put back.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) key: u32,
    pub(crate) value: Literal,
    pub(crate) dest: Dest,
}

#[derive(Debug)]
pub(crate) enum When {
    Always,
    /// These siblings have these values; with `take` they are taken away.
    Siblings {
        of: Vec<(String, OwnedJson)>,
        take: bool,
    },
    Type(JsonType),
}

/// Where something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dest {
    /// It keeps its position, under this name or its own.
    Here(Option<u32>),
    /// To one of the program's targets, at the end of the scope.
    Move(u32),
}

/// Where a move goes, from the scope's output object.
#[derive(Debug)]
pub(crate) struct Target {
    /// Keys of the objects on the way.
    pub(crate) through: Vec<u32>,
    pub(crate) key: u32,
    /// Targets that this one is inside of: moves to them go first.
    pub(crate) after: Vec<u32>,
    /// It joins the list there as an element.
    pub(crate) join: Option<Element>,
}

/// An element that a pivot writes.
#[derive(Debug)]
pub(crate) struct Element {
    /// Rules with the same number share one element.
    pub(crate) group: u16,
    pub(crate) value: u32,
    pub(crate) constants: Vec<(u32, Constant)>,
}

/// What a rule does with a value, in this direction.
#[derive(Debug)]
pub(crate) enum Inner {
    Same,
    Words(Vec<Word>),
    /// Up or down.
    Codec(Codec, bool),
    /// Down and up again, for the canonical spelling.
    Settle(Codec),
    Hook(u32),
}

/// A value and what stands for it.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) read: OwnedJson,
    /// `None`: it stays as it is.
    pub(crate) write: Option<Literal>,
    /// The way back gives another value.
    pub(crate) lost: bool,
}

/// What a rule does with the place of a value, in this direction.
#[derive(Debug)]
pub(crate) enum Outer {
    Same,
    /// `v` to `[v]`.
    Wrap,
    /// `[v, …]` to `v`.
    First,
    /// `v` to `[{value: v, …}]`.
    Pivot(Element),
    /// `[{value: v, …}, …]` to `v`.
    Unpivot(Pattern),
    Entries {
        key: u32,
        value: u32,
        grouped: bool,
    },
    Unentries {
        key: String,
        value: String,
        grouped: bool,
    },
    /// `{k: v, …}` to `v`: the context's name, and the place of `v`.
    Pick {
        word: String,
        inside: PlaceId,
    },
    /// The key is the context's value.
    Unpick(u32),
    Without(Vec<(String, Vec<OwnedJson>)>),
    /// One value to several members.
    Split(Vec<(Dest, Option<Candidate>)>),
}

/// One element of a list, as a pivot reads it.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) constants: Vec<(String, Known)>,
    /// The member with the value, and what is done with it.
    pub(crate) values: Vec<(String, Take)>,
}

/// A member's value that an element is known by.
#[derive(Debug)]
pub(crate) enum Known {
    Literal(OwnedJson),
    Context(String),
}

/// Members that become one.
#[derive(Debug)]
pub(crate) struct Merge {
    pub(crate) names: Vec<String>,
    pub(crate) join: Join,
    pub(crate) take: Take,
}

/// What is written when nothing else is.
#[derive(Debug)]
pub(crate) struct StandIn {
    /// Keys from the scope's object to the member.
    pub(crate) through: Vec<u32>,
    pub(crate) key: u32,
    pub(crate) by: ByPolicy,
    /// It is given back as assumed.
    pub(crate) listed: bool,
}

/// A literal for every policy, or for some.
#[derive(Clone, Debug)]
pub(crate) enum ByPolicy {
    Always(OwnedJson),
    /// In the order of the definition's policies.
    Some(Vec<Option<OwnedJson>>),
}

impl ByPolicy {
    pub(crate) fn of(&self, policy: usize) -> Option<&OwnedJson> {
        match self {
            Self::Always(json) => Some(json),
            Self::Some(by) => by.get(policy)?.as_ref(),
        }
    }

    /// The literal of this policy, or those of all of them.
    pub(crate) fn among(&self, policy: Option<usize>) -> impl Iterator<Item = &OwnedJson> {
        let all: &[Option<OwnedJson>] = match (self, policy) {
            (Self::Always(_), _) => &[],
            (Self::Some(by), None) => by,
            (Self::Some(by), Some(policy)) => by.get(policy..=policy).unwrap_or_default(),
        };
        let always = match self {
            Self::Always(json) => Some(json),
            Self::Some(_) => None,
        };
        always.into_iter().chain(all.iter().flatten())
    }
}
