//! Whether an alternative applies to a member.

use crate::mapping::compile::program::{Take, When};
use crate::mapping::definition::JsonType;
use crate::mapping::json;
use crate::mapping::tape::{Shape, Value};

/// Whether an alternative applies to a member of this object.
pub(super) fn applies(take: &Take, object: Value<'_>, value: Value<'_>) -> bool {
    holds(&take.when, object, value.shape(), value.text())
}

/// Whether a condition holds for a value of this type and text.
pub(super) fn holds(when: &When, object: Value<'_>, shape: Shape, text: &str) -> bool {
    match when {
        When::Always => true,
        When::Siblings { of, .. } => of.iter().all(|(name, wanted)| {
            let found = object.member(name);
            found.is_some_and(|found| json::equal(found, wanted.value()))
        }),
        When::Type(wanted) => match (wanted, shape) {
            (JsonType::Null, Shape::Null)
            | (JsonType::Boolean, Shape::True | Shape::False)
            | (JsonType::Number, Shape::Number)
            | (JsonType::String, Shape::String)
            | (JsonType::Object, Shape::Object)
            | (JsonType::Array, Shape::Array) => true,
            (JsonType::Integer, Shape::Number) => json::is_integral(text),
            _ => false,
        },
    }
}
