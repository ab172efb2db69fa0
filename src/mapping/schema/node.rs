//! A compiled schema as data: one node per subschema, reached by its number.

use super::format::Format;
use super::names::Names;
use super::number::Bound;
use super::pattern::Pattern;
use super::quick::Quick;
use crate::mapping::json::OwnedJson;
use crate::mapping::tape::Shape;

/// A node's place in [`Schema::nodes`](super::Schema).
pub(super) type Id = u32;

/// A set of JSON types; `number` is `integer` and all that isn't integral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Types(pub(super) u8);

impl Types {
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    pub(super) const FRACTION: Self = Self(8);
    pub(super) const NUMBER: Self = Self(12);
    pub(super) const STRING: Self = Self(16);
    pub(super) const OBJECT: Self = Self(32);
    pub(super) const ARRAY: Self = Self(64);
    pub(super) const ALL: Self = Self(127);
    pub(super) const NONE: Self = Self(0);

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::STRING,
            "object" => Self::OBJECT,
            "array" => Self::ARRAY,
            _ => return None,
        })
    }

    /// What a value of this shape may be.
    #[inline(always)]
    pub(super) const fn of(shape: Shape) -> Self {
        match shape {
            Shape::Null => Self::NULL,
            Shape::True | Shape::False => Self::BOOLEAN,
            Shape::Number => Self::NUMBER,
            Shape::String => Self::STRING,
            Shape::Object => Self::OBJECT,
            Shape::Array => Self::ARRAY,
        }
    }

    #[inline(always)]
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline(always)]
    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    #[inline(always)]
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// One subschema.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) types: Types,
    /// The schema `false`.
    pub(super) never: bool,
    /// Index into the schema's tiers.
    pub(super) tier: Option<u16>,
    /// `enum` and `const`: the value must be in each.
    pub(super) values: Box<[Values]>,
    pub(super) number: Option<Box<Number>>,
    pub(super) text: Option<Box<Text>>,
    pub(super) object: Option<Box<Object>>,
    pub(super) array: Option<Box<Array>>,
    /// Subschemas that judge the same value.
    pub(super) applied: Box<[Applied]>,
    /// Index into what the `jsonschema` crate judges: it judges this node alone, whatever else stands here.
    pub(super) fallback: Option<u32>,
    /// What needs no further look.
    pub(super) quick: Quick,
}

impl Node {
    pub(super) fn any() -> Self {
        Self {
            types: Types::ALL,
            never: false,
            tier: None,
            values: Box::default(),
            number: None,
            text: None,
            object: None,
            array: None,
            applied: Box::default(),
            fallback: None,
            quick: Quick::NOTHING,
        }
    }
}

/// The values of an `enum`, or the one of a `const`.
#[derive(Debug)]
pub(super) struct Values {
    /// The strings among them.
    pub(super) strings: Names,
    /// The others.
    pub(super) others: Box<[OwnedJson]>,
}

#[derive(Debug, Default)]
pub(super) struct Number {
    pub(super) minimum: Option<Bound>,
    pub(super) maximum: Option<Bound>,
    pub(super) above: Option<Bound>,
    pub(super) below: Option<Bound>,
    pub(super) multiple_of: Option<Bound>,
}

impl Number {
    pub(super) fn asks(&self) -> bool {
        let bounds = [&self.minimum, &self.maximum, &self.above, &self.below];
        self.multiple_of.is_some() || bounds.iter().any(|bound| bound.is_some())
    }
}

#[derive(Debug)]
pub(super) struct Text {
    /// In characters.
    pub(super) min: u64,
    pub(super) max: u64,
    pub(super) pattern: Option<Pattern>,
    pub(super) format: Option<Format>,
}

#[derive(Debug)]
pub(super) struct Object {
    /// Names of `required` first, in their order, then the others of `properties`.
    pub(super) names: Names,
    /// By the index of a name.
    pub(super) properties: Box<[Option<Id>]>,
    /// How many of the names are required.
    pub(super) required: usize,
    pub(super) patterns: Box<[(Pattern, Id)]>,
    pub(super) additional: Additional,
    pub(super) names_as: Option<Id>,
    pub(super) min: u64,
    pub(super) max: u64,
    pub(super) dependent: Box<[Dependent]>,
    /// Nothing but `required` and what depends: its members needn't be walked.
    pub(super) only_required: bool,
}

#[derive(Debug)]
pub(super) enum Additional {
    Any,
    Never,
    As(Id),
}

/// What must be there, or hold, when a member is there.
#[derive(Debug)]
pub(super) struct Dependent {
    pub(super) on: Box<str>,
    pub(super) needs: Box<[Box<str>]>,
    pub(super) holds: Option<Id>,
}

#[derive(Debug)]
pub(super) struct Array {
    pub(super) first: Box<[Id]>,
    pub(super) rest: Option<Id>,
    pub(super) min: u64,
    pub(super) max: u64,
    pub(super) unique: bool,
    pub(super) contains: Option<Contains>,
}

#[derive(Debug)]
pub(super) struct Contains {
    pub(super) what: Id,
    pub(super) min: u64,
    pub(super) max: u64,
}

/// A subschema that judges the same value.
#[derive(Debug)]
pub(super) enum Applied {
    /// `$ref`, or one of `allOf`.
    All(Id),
    Any(Choice),
    One(Choice),
    Not(Id),
    If {
        test: Id,
        then: Option<Id>,
        otherwise: Option<Id>,
    },
}

/// The branches of `anyOf` or `oneOf`.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) branches: Box<[Id]>,
    pub(super) by: By,
}

/// What tells the branches apart.
#[derive(Debug)]
pub(super) enum By {
    /// Each has to be tried.
    Trial,
    /// No type is in two of these sets, one for each branch.
    Type(Box<[Types]>),
    /// An object's required member, a string: each of the words leads to one branch.
    Member {
        name: Box<str>,
        words: Names,
        branch: Box<[Id]>,
    },
}

impl Applied {
    /// The nodes that judge the same value.
    pub(super) fn nodes(&self) -> Vec<Id> {
        match self {
            Self::All(id) | Self::Not(id) => vec![*id],
            Self::Any(choice) | Self::One(choice) => choice.branches.to_vec(),
            Self::If {
                test,
                then,
                otherwise,
            } => {
                let mut nodes = vec![*test];
                nodes.extend(then);
                nodes.extend(otherwise);
                nodes
            }
        }
    }
}
