//! What a node accepts at one look at the tape: most of the values that documents have.

use super::node::{Node, Number, Types};
use super::number::Bound;
use crate::mapping::tape::{self, Shape};

/// A value that this accepts, the node accepts; of any other, nothing is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quick {
    /// Whatever is of these types.
    types: Types,
    /// Strings of up to so many bytes.
    text: Option<u32>,
    /// Integers from the first to the second, and numbers between them where the node takes those.
    range: Option<(i64, i64)>,
    fractions: bool,
    /// Strings of the node's only `enum`.
    pub(super) words: bool,
}

impl Quick {
    pub(super) const NOTHING: Self = Self {
        types: Types::NONE,
        text: None,
        range: None,
        fractions: false,
        words: false,
    };

    pub(super) fn of(node: &Node) -> Self {
        let plain = node.fallback.is_none() && !node.never;
        if !plain || !node.values.is_empty() || !node.applied.is_empty() {
            let words = plain && node.values.len() == 1 && node.applied.is_empty();
            return Self {
                words: words && node.text.is_none() && node.types.has(Types::STRING),
                ..Self::NOTHING
            };
        }
        let mut types = node.types;
        for (rules, kind) in [
            (node.number.is_some(), Types::NUMBER),
            (node.text.is_some(), Types::STRING),
            (node.object.is_some(), Types::OBJECT),
            (node.array.is_some(), Types::ARRAY),
        ] {
            if rules {
                types = types.without(kind);
            }
        }
        let text = node.text.as_deref().filter(|text| {
            let counts = text.min == 0 && text.pattern.is_none() && text.format.is_none();
            counts && node.types.has(Types::STRING)
        });
        let open = Number::default();
        let number = node.number.as_deref().unwrap_or(&open);
        Self {
            types,
            text: text.map(|text| u32::try_from(text.max).unwrap_or(u32::MAX)),
            range: range(number).filter(|_| node.types.has(Types::INTEGER)),
            fractions: node.types.has(Types::FRACTION),
            words: false,
        }
    }

    #[inline(always)]
    pub(super) fn accepts(&self, text: &str, node: &tape::Node) -> bool {
        if self.types.has(Types::of(node.shape)) {
            return true;
        }
        match node.shape {
            // Escapes only make it shorter, and characters are no more than bytes.
            Shape::String => self
                .text
                .is_some_and(|most| node.end - node.start - 2 <= most),
            // Without an exponent.
            Shape::Number if !node.escaped => {
                let number = text.as_bytes().get(node.start as usize..node.end as usize);
                number.is_some_and(|number| self.has(number))
            }
            _ => false,
        }
    }

    #[inline(always)]
    fn has(&self, text: &[u8]) -> bool {
        let Some((least, most)) = self.range else {
            return false;
        };
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        if digits.len() > 18 {
            return false;
        }
        let mut whole = 0_i64;
        for byte in digits {
            if *byte == b'.' {
                // It is between its whole part and the next number, on one side of that or the other.
                let whole = if negative { -whole } else { whole };
                return self.fractions && least < whole && whole < most;
            }
            whole = whole * 10 + i64::from(*byte - b'0');
        }
        let whole = if negative { -whole } else { whole };
        least <= whole && whole <= most
    }
}

/// The least and the most integer that is accepted, where the bounds are integers.
fn range(number: &Number) -> Option<(i64, i64)> {
    let whole = |bound: &Bound| bound.text.parse::<i64>().ok();
    let mut range = (i64::MIN, i64::MAX);
    if let Some(bound) = &number.minimum {
        range.0 = range.0.max(whole(bound)?);
    }
    if let Some(bound) = &number.above {
        range.0 = range.0.max(whole(bound)?.checked_add(1)?);
    }
    if let Some(bound) = &number.maximum {
        range.1 = range.1.min(whole(bound)?);
    }
    if let Some(bound) = &number.below {
        range.1 = range.1.min(whole(bound)?.checked_sub(1)?);
    }
    number.multiple_of.is_none().then_some(range)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use crate::mapping::json::OwnedJson;
    use crate::mapping::schema::Schema;

    proptest! {
        /// Law: a number is accepted exactly when it is by its value, wherever the quick look ends.
        #[test]
        fn bounds_hold_for_every_spelling(
            number in "-?(0|[1-9][0-9]{0,2})(\\.[0-9]{1,2})?(e[0-2])?",
            least in -120_i64..120,
            width in 0_i64..120,
            open: bool,
        ) {
            let most = least + width;
            let bounds = if open {
                json!({"exclusiveMinimum": least, "exclusiveMaximum": most})
            } else {
                json!({"minimum": least, "maximum": most})
            };
            let value: f64 = number.parse().unwrap_or_default();
            let (least, most) = (least as f64, most as f64);
            let inside = if open {
                least < value && value < most
            } else {
                least <= value && value <= most
            };
            for kind in ["number", "integer"] {
                let mut schema = bounds.clone();
                schema["type"] = kind.into();
                let schema = Schema::compile(&schema).unwrap_or_else(|_| unreachable!());
                let expected = inside && (kind == "number" || value.fract() == 0.0);
                prop_assert_eq!(schema.is_valid(OwnedJson::of(&number).value()), expected, "{}", kind);
            }
        }
    }
}
