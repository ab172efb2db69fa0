//! The value rules of CONTRACT 1.4, one function a kind, each a transcription of its sentence.

use super::json::Value;
use super::tags::Tier;

/// What a rule says of one value: codes in order, and the value to write, `None` for "dropped" or "refused".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) codes: Vec<&'static str>,
    pub(crate) value: Option<Value>,
}

pub(crate) fn kept(value: Value) -> Checked {
    Checked {
        codes: vec![],
        value: Some(value),
    }
}

pub(crate) fn refused(code: &'static str) -> Checked {
    Checked {
        codes: vec![code],
        value: None,
    }
}

/// "Trimming means Unicode White_Space" (1.2), which is what `char::is_whitespace` tests.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(char::is_whitespace)
}

/// "characters are Unicode scalar values" (1.2).
fn longer_than(text: &str, limit: usize) -> bool {
    text.chars().count() > limit
}

pub(crate) fn check(
    name: &str,
    tier: Tier,
    kind: &str,
    value: &Value,
    readable: fn(&str) -> bool,
) -> Checked {
    match kind {
        "osm_id" => match value {
            Value::Text(text) if !text.is_empty() => kept(value.clone()),
            _ => refused("invalid_format"),
        },
        "latitude" => coordinate(value, 90.0),
        "longitude" => coordinate(value, 180.0),
        "bool" => match value {
            Value::Bool(_) => kept(value.clone()),
            Value::Text(text) if text == "yes" => kept(Value::Bool(true)),
            Value::Text(text) if text == "no" => kept(Value::Bool(false)),
            Value::Text(_) => refused("invalid_enum"),
            _ => refused("invalid_type"),
        },
        "yes_no" => yes_no(value, &["yes", "no"]),
        "yes_no_limited" => yes_no(value, &["yes", "no", "limited"]),
        "yes_no_only" => yes_no(value, &["yes", "no", "only"]),
        "enum" => enumeration(name, value),
        "enum_list" => match value {
            Value::Text(text)
                if text
                    .split(';')
                    .all(|item| ["seated", "urinal", "squat"].contains(&trim(item))) =>
            {
                kept(value.clone())
            }
            Value::Text(_) => refused("invalid_enum"),
            _ => refused("invalid_type"),
        },
        "text" | "long_text" | "date" => {
            // "optional: a number or bool in text, long_text, date is coerced to its JSON text, then checked"
            let (mut codes, text) = match (value, json_text(value)) {
                (Value::Text(text), _) => (vec![], text.clone()),
                (_, Some(text)) if tier == Tier::Optional => (vec!["type_coercion"], text),
                _ => return refused("invalid_type"),
            };
            let checked = match kind {
                "text" if name == "name" => name_text(&text),
                "text" => text_within(&text, 255),
                "long_text" => text_within(&text, 1_000),
                _ if is_date(&text) => kept(Value::Text(text)),
                _ => refused("invalid_format"),
            };
            codes.extend(checked.codes);
            Checked {
                codes,
                value: checked.value,
            }
        }
        "text_or_number" => match value {
            Value::Text(_) | Value::Number(_) => kept(value.clone()),
            // "(and a bool in text_or_number)"
            Value::Bool(b) if tier == Tier::Optional => Checked {
                codes: vec!["type_coercion"],
                value: Some(Value::Text(b.to_string())),
            },
            _ => refused("invalid_type"),
        },
        "charge" => match value {
            Value::Text(text) => charge(text),
            _ => refused("invalid_type"),
        },
        "opening_hours" => match value {
            Value::Text(text) => opening_hours(text, readable),
            _ => refused("invalid_type"),
        },
        "any" => match value {
            Value::Text(_) => kept(value.clone()),
            _ => Checked {
                codes: vec!["type_mismatch"],
                value: Some(value.clone()),
            },
        },
        other => panic!("no kind {other}"),
    }
}

fn json_text(value: &Value) -> Option<String> {
    match value {
        Value::Number(text) => Some(text.clone()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// 1.2: "[-90, 90], [-180, 180], compared as the nearest double; 1e999 is out_of_range".
fn coordinate(value: &Value, limit: f64) -> Checked {
    match value {
        Value::Number(text) => match text.parse::<f64>() {
            Ok(number) if (-limit..=limit).contains(&number) => kept(value.clone()),
            _ => refused("out_of_range"),
        },
        _ => refused("invalid_type"),
    }
}

/// "`yes`, `no`, or a JSON bool, which becomes the string, silently, in every tier. A number is invalid_type, another
/// string invalid_enum."
pub(crate) fn yes_no(value: &Value, words: &[&str]) -> Checked {
    match value {
        Value::Bool(true) => kept(Value::Text("yes".into())),
        Value::Bool(false) => kept(Value::Text("no".into())),
        Value::Text(text) if words.contains(&text.as_str()) => kept(value.clone()),
        Value::Text(_) => refused("invalid_enum"),
        _ => refused("invalid_type"),
    }
}

fn enumeration(name: &str, value: &Value) -> Checked {
    let words: &[&str] = match name {
        "amenity" => &["toilets"],
        "wheelchair" => &["yes", "no", "limited", "designated", "unknown"],
        "access" => &[
            "yes",
            "permissive",
            "customers",
            "private",
            "permit",
            "no",
            "unknown",
        ],
        "toilets:disposal" => &[
            "flush",
            "pitlatrine",
            "chemical",
            "bucket",
            "dry_toilet",
            "tank",
            "incineration",
            "none",
        ],
        other => panic!("no enum {other}"),
    };
    match value {
        Value::Text(text) if words.contains(&text.as_str()) => kept(value.clone()),
        // "the legacy `public` becomes `yes` with unusual_value"
        Value::Text(text) if name == "access" && text == "public" => Checked {
            codes: vec!["unusual_value"],
            value: Some(Value::Text("yes".into())),
        },
        Value::Text(_) => refused("invalid_enum"),
        _ => refused("invalid_type"),
    }
}

fn text_within(text: &str, limit: usize) -> Checked {
    if longer_than(text, limit) {
        refused("too_long")
    } else {
        kept(Value::Text(text.to_owned()))
    }
}

/// 1.2: "`name` is trimmed before it is measured; empty after trimming is dropped with unusual_value".
fn name_text(text: &str) -> Checked {
    match trim(text) {
        "" => Checked {
            codes: vec!["unusual_value"],
            value: None,
        },
        trimmed => text_within(trimmed, 255),
    }
}

/// "`YYYY[-MM[-DD]]`, month 01–12, day 01–31".
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, digits: usize| {
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().unwrap())
    };
    let month = |part| number(part, 2).is_some_and(|m| (1..=12).contains(&m));
    let day = |part| number(part, 2).is_some_and(|d| (1..=31).contains(&d));
    match parts[..] {
        [y] => number(y, 4).is_some(),
        [y, m] => number(y, 4).is_some() && month(m),
        [y, m, d] => number(y, 4).is_some() && month(m) && day(d),
        _ => false,
    }
}

/// "any string ≤ 255, neither trimmed nor mapped; unreadable_hours when it isn't in the grammar".
fn opening_hours(text: &str, readable: fn(&str) -> bool) -> Checked {
    if longer_than(text, 255) {
        return refused("too_long");
    }
    let codes = if readable(text) {
        vec![]
    } else {
        vec!["unreadable_hours"]
    };
    Checked {
        codes,
        value: Some(Value::Text(text.to_owned())),
    }
}

/// The alias `hours`: 1.2 "≤ 255 after trimming", "empty after trimming, and `hours: custom`, is dropped with
/// unusual_value", 2 "Hours mapping, after trimming".
pub(crate) fn hours(value: &Value, readable: fn(&str) -> bool) -> Checked {
    let Value::Text(text) = value else {
        return refused("invalid_type");
    };
    match trim(text) {
        "" | "custom" => Checked {
            codes: vec!["unusual_value"],
            value: None,
        },
        "dawn to dusk" | "dawn_to_dusk" => opening_hours("sunrise-sunset", readable),
        "business" => opening_hours("Mo-Fr 09:00-17:00", readable),
        other => opening_hours(other, readable),
    }
}

/// The sentence on `charge`: GBP forms are normalised, `<amount> <three capitals>[/<unit>]` is kept, anything else is
/// kept with unreadable_charge; the length is checked after normalising.
fn charge(text: &str) -> Checked {
    let (codes, written) = match gbp(text) {
        Some((pounds, decimals)) => (vec![], format!("{pounds}.{decimals:0<2} GBP")),
        None if is_charge(text) => (vec![], text.to_owned()),
        None => (vec!["unreadable_charge"], text.to_owned()),
    };
    if longer_than(&written, 255) {
        return refused("too_long");
    }
    Checked {
        codes,
        value: Some(Value::Text(written)),
    }
}

/// Pounds without leading zeros (at least one digit) and decimals of `£0.20`, `0.20£`, `.2 GBP`, `0.2GBP`, `50p`.
pub(crate) fn gbp(text: &str) -> Option<(String, String)> {
    let (pounds, decimals) = if let Some(pence) = text.strip_suffix('p') {
        let (digits, decimals) = amount(pence)?;
        if !decimals.is_empty() || pence.contains('.') {
            return None;
        }
        let digits = format!("{digits:0>3}");
        let (pounds, decimals) = digits.split_at(digits.len() - 2);
        // What pads `5p` to `0.05` is not a digit that somebody wrote.
        if pence.len() > 32 {
            return None;
        }
        (pounds.to_owned(), decimals.to_owned())
    } else {
        let number = text
            .strip_prefix('£')
            .or_else(|| text.strip_suffix('£'))
            .or_else(|| text.strip_suffix(" GBP"))
            .or_else(|| text.strip_suffix("GBP"))?;
        let (pounds, decimals) = amount(number)?;
        if pounds.len() + decimals.len() > 32 {
            return None;
        }
        (pounds, decimals)
    };
    let pounds = pounds.trim_start_matches('0');
    Some((
        if pounds.is_empty() {
            "0".to_owned()
        } else {
            pounds.to_owned()
        },
        decimals,
    ))
}

/// ASCII digits with or without a point; `.2` is an amount, `2.` and `.` are not.
fn amount(text: &str) -> Option<(String, String)> {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((int, frac)) if digits(int) && digits(frac) && !frac.is_empty() => {
            Some((int.to_owned(), frac.to_owned()))
        }
        None if digits(text) && !text.is_empty() => Some((text.to_owned(), String::new())),
        _ => None,
    }
}

/// `<amount> <three capitals>[/<unit>]`.
fn is_charge(text: &str) -> bool {
    let Some((number, rest)) = text.split_once(' ') else {
        return false;
    };
    let (currency, unit) = match rest.split_once('/') {
        Some((currency, unit)) => (currency, Some(unit)),
        None => (rest, None),
    };
    amount(number).is_some()
        && currency.len() == 3
        && currency.bytes().all(|b| b.is_ascii_uppercase())
        && unit != Some("")
}
