//! Numbers of schemas, compared exactly while they are integers, and JSON equality.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// Compares two numbers by value.
pub(super) fn compare(a: &Number, b: &Number) -> Option<Ordering> {
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// The value of an integral number.
pub(super) fn integer(number: &Number) -> Option<i128> {
    let exact = number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from));
    exact.or_else(|| {
        let float = number.as_f64()?;
        (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i128)
    })
}

/// Whether a number obeys a keyword about numbers; `None` when that can't be told.
pub(super) fn holds(number: &Number, keyword: &str, said: &Value) -> Option<bool> {
    let Value::Number(limit) = said else {
        return None;
    };
    if keyword == "multipleOf" {
        let step = integer(limit)?;
        return match integer(number) {
            Some(number) => (step != 0).then(|| number % step == 0),
            None => Some(false),
        };
    }
    let ordering = compare(number, limit)?;
    Some(match keyword {
        "minimum" => ordering != Ordering::Less,
        "maximum" => ordering != Ordering::Greater,
        "exclusiveMinimum" => ordering == Ordering::Greater,
        _ => ordering == Ordering::Less,
    })
}

/// The same JSON value: numbers by value, members in any order.
pub(super) fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b) == Some(Ordering::Equal),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, value)| b.get(name).is_some_and(|other| equal(value, other)))
        }
        _ => a == b,
    }
}

/// A literal of a definition as a value; what is no JSON can't get here.
pub(super) fn literal(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// The decimal point moved to the right by this many digits.
pub(super) fn shifted(number: &Number, by: i32) -> Option<Number> {
    if by >= 0 {
        if let Some(whole) = integer(number) {
            let shifted = 10_i128.checked_pow(by.unsigned_abs())?.checked_mul(whole)?;
            return i64::try_from(shifted).ok().map(Number::from);
        }
    }
    // Through the text, so that 0.29 becomes 29 and not 28.999999999999996.
    let text = format!("{}e{by}", number.as_f64()?);
    let float: f64 = text.parse().ok()?;
    if float.fract() == 0.0 && float.abs() < 9e15 {
        return Some(Number::from(float as i64));
    }
    Number::from_f64(float)
}
