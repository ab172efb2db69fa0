//! Flaws of the rules themselves: paths, names, places, conditions.

use super::seeded::{Seeded, seed, text};
use super::*;

#[allow(clippy::too_many_lines)]
pub(super) fn table() -> Vec<Seeded> {
    use FlawCode as F;
    let rules = |rules: Value| json!({ "rules": rules });
    let ab = || {
        (
            object(json!({ "a": text() })),
            object(json!({ "b": text() })),
        )
    };
    let lines = || {
        let item = |name: &str| list(object(json!({ name: text() })));
        (
            object(json!({ "items": item("code"), "other": item("x") })),
            object(json!({ "lines": item("sku"), "other": item("x") })),
        )
    };
    let (a, b) = ab();
    let (items, lined) = lines();
    let texts = || list(closed(json!({ "text!": text(), "language!": text() })));
    vec![
        seed(
            "a name that `from` does not declare",
            F::UnknownPath,
            "wrong",
            a.clone(),
            b.clone(),
            rules(json!({ "a": { "to": "b" } })),
            rules(json!({ "a": { "to": "b" }, "wrong": { "drop": "x" } })),
        ),
        seed(
            "a name that `to` does not declare",
            F::UnknownPath,
            "a",
            a.clone(),
            b.clone(),
            rules(json!({ "a": { "to": "b" } })),
            rules(json!({ "a": { "to": "wrong" } })),
        ),
        seed(
            "a star on what is no list",
            F::UnknownPath,
            "a/*/x",
            a.clone(),
            b.clone(),
            rules(json!({ "a": { "to": "b" } })),
            rules(json!({ "a": { "to": "b" }, "a/*/x": { "drop": "x" } })),
        ),
        seed(
            "a pivot's member that elements do not have",
            F::UnknownPath,
            "t",
            object(json!({ "t": text() })),
            object(json!({ "t": texts() })),
            rules(
                json!({ "t": { "pivot": { "where": { "language": "$language" }, "value": "text" }, "lost": "x" } }),
            ),
            rules(
                json!({ "t": { "pivot": { "where": { "lang": "$language" }, "value": "text" }, "lost": "x" } }),
            ),
        ),
        seed(
            "a hook that is not registered",
            F::UnknownName,
            "a",
            a.clone(),
            b.clone(),
            rules(json!({ "a": { "to": "b", "hook": "known" } })),
            rules(json!({ "a": { "to": "b", "hook": "unknown" } })),
        ),
        seed(
            "a rule below one that takes the whole value",
            F::UnknownName,
            "items/*/code",
            items.clone(),
            lined.clone(),
            rules(json!({ "items": { "to": "lines" }, "items/*/code": { "to": "./sku" } })),
            rules(
                json!({ "items": { "to": "lines", "hook": "known" }, "items/*/code": { "to": "./sku" } }),
            ),
        ),
        seed(
            "two rules with one destination",
            F::TwoWriters,
            "c",
            object(json!({ "a": text(), "c": text() })),
            object(json!({ "b": text(), "c": text() })),
            rules(json!({ "a": { "to": "b" } })),
            rules(json!({ "a": { "to": "b" }, "c": { "to": "b" } })),
        ),
        seed(
            "a member that stays where a rule writes",
            F::TwoWriters,
            "a",
            object(json!({ "a": text(), "b": text() })),
            object(json!({ "b": text(), "c": text() })),
            rules(json!({ "a": { "to": "c" } })),
            rules(json!({ "a": { "to": "b" } })),
        ),
        seed(
            "a split that names a place twice",
            F::TwoWriters,
            "a",
            object(json!({ "a": text() })),
            object(json!({ "b": text(), "c": text() })),
            rules(json!({ "a": { "split": ["./b", "./c"], "lost": "x" } })),
            rules(json!({ "a": { "split": ["./b", "./c", "./b"], "lost": "x" } })),
        ),
        seed(
            "a member of `to` that goes down where a rule writes",
            F::TwoWriters,
            "a",
            a.clone(),
            object(json!({ "a": text(), "b": text() })),
            json!({ "rules": { "a": { "to": "b" } }, "added": { "a": { "drop": "x" } } }),
            rules(json!({ "a": { "to": "b" } })),
        ),
        seed(
            "a rule out of its list",
            F::ArrayMismatch,
            "items/*/code",
            items.clone(),
            object(
                json!({ "lines": list(object(json!({ "sku": text() }))), "other": list(object(json!({ "x": text() }))), "code": text() }),
            ),
            rules(json!({ "items": { "to": "lines" }, "items/*/code": { "to": "./sku" } })),
            rules(json!({ "items": { "to": "lines" }, "items/*/code": { "to": "code" } })),
        ),
        seed(
            "a rule into a list that isn't the image",
            F::ArrayMismatch,
            "items/*/code",
            items.clone(),
            lined.clone(),
            rules(json!({ "items": { "to": "lines" }, "items/*/code": { "to": "lines/*/sku" } })),
            rules(json!({ "items/*/code": { "to": "lines/*/sku" } })),
        ),
        seed(
            "conditions that hold at once",
            F::OverlappingAlternatives,
            "v",
            object(json!({ "v": json!(true), "k": text() })),
            object(json!({ "x": json!(true), "y": json!(true), "k": text(), "v": true })),
            rules(
                json!({ "v": [{ "when": { "k": "a" }, "to": "x" }, { "when": { "k": "b" }, "to": "y" }, {}] }),
            ),
            rules(
                json!({ "v": [{ "when": { "k": "a" }, "to": "x" }, { "type": "string", "to": "y" }, {}] }),
            ),
        ),
        seed(
            "one destination of two alternatives",
            F::OverlappingAlternatives,
            "v",
            object(json!({ "v": json!(true), "k": text() })),
            object(json!({ "x": json!(true), "y": json!(true), "k": text(), "v": true })),
            rules(
                json!({ "v": [{ "when": { "k": "a" }, "to": "x" }, { "when": { "k": "b" }, "to": "y" }, {}] }),
            ),
            rules(
                json!({ "v": [{ "when": { "k": "a" }, "to": "x" }, { "when": { "k": "b" }, "to": "x" }, {}] }),
            ),
        ),
    ]
}
