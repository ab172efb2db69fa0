//! Flaws in what the rules make of values: acceptance, words, stand-ins, losses.

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
    let (a, b) = ab();
    let texts = || list(closed(json!({ "text!": text(), "language!": text() })));
    vec![
        Seeded {
            flawed_to: Some(object(json!({ "b!": text() }))),
            ..seed(
                "a required member whose source may be absent",
                F::RequiredWithoutSource,
                "a",
                a.clone(),
                b.clone(),
                rules(json!({ "a": { "to": "b" } })),
                rules(json!({ "a": { "to": "b" } })),
            )
        },
        seed(
            "a stand-in under one policy only",
            F::RequiredWithoutSource,
            "added: b",
            object(json!({})),
            object(json!({ "b!": text() })),
            json!({ "added": { "b": { "absent_by": { "first": "x", "second": "y" }, "drop": "x" } } }),
            json!({ "added": { "b": { "absent_by": { "first": "x" }, "drop": "x" } } }),
        ),
        Seeded {
            flawed_from: Some(object(json!({ "o": object(json!({ "a": text() })) }))),
            ..seed(
                "a required member inside an object that a move makes",
                F::RequiredWithoutSource,
                "o/a",
                object(json!({ "o": object(json!({ "a!": text() })), "p": text() })),
                object(json!({ "q": object(json!({ "a!": text(), "p": text() })) })),
                rules(json!({ "o": { "to": "q" } })),
                rules(json!({ "o": { "to": "q" } })),
            )
        },
        Seeded {
            flawed_to: Some(object(
                json!({ "b": json!({ "type": "string", "maxLength": 3 }) }),
            )),
            ..seed(
                "a longer text than is taken",
                F::NotAccepted,
                "a",
                a.clone(),
                b.clone(),
                rules(json!({ "a": { "to": "b" } })),
                rules(json!({ "a": { "to": "b" } })),
            )
        },
        Seeded {
            flawed_to: Some(object(
                json!({ "b": json!({ "type": "string", "pattern": "^[a-z]+$" }) }),
            )),
            ..seed(
                "a text of another form",
                F::NotAccepted,
                "a",
                a.clone(),
                b.clone(),
                rules(json!({ "a": { "to": "b" } })),
                rules(json!({ "a": { "to": "b" } })),
            )
        },
        Seeded {
            flawed_to: Some(object(
                json!({ "n": json!({ "type": "integer", "minimum": 0, "maximum": 99 }) }),
            )),
            ..seed(
                "a scaled number beyond the range",
                F::NotAccepted,
                "n",
                object(json!({ "n": json!({ "type": "number", "minimum": 0, "maximum": 1 }) })),
                object(json!({ "n": json!({ "type": "integer", "minimum": 0, "maximum": 100 }) })),
                rules(json!({ "n": { "codec": "scale", "by": 2 } })),
                rules(json!({ "n": { "codec": "scale", "by": 2 } })),
            )
        },
        seed(
            "a word that has no image in the enum",
            F::NotAccepted,
            "w",
            object(json!({ "w": json!({ "enum": ["a", "b"] }) })),
            object(json!({ "w": json!({ "enum": ["x", "y"] }) })),
            rules(json!({ "w": { "words": [["a", "x"], ["b", "y"]] } })),
            rules(json!({ "w": { "words": [["a", "x"]] } })),
        ),
        Seeded {
            flawed_to: Some(object(
                json!({ "items": json!({ "type": "array", "minItems": 1, "items": { "type": "object" } }) }),
            )),
            ..seed(
                "an empty list",
                F::NotAccepted,
                "items",
                object(json!({ "items": list(json!({ "type": "object" })) })),
                object(json!({ "items": list(json!({ "type": "object" })) })),
                json!({}),
                json!({}),
            )
        },
        Seeded {
            flawed_to: Some(object(json!({ "a": json!({ "type": "integer" }) }))),
            ..seed(
                "another type",
                F::NotAccepted,
                "a",
                object(json!({ "a": json!({ "type": "integer" }) })),
                object(json!({ "a": json!({ "type": "integer" }) })),
                json!({}),
                json!({}),
            )
        }
        .with_from(object(
            json!({ "a": json!({ "type": ["integer", "null"] }) }),
        )),
        seed(
            "a member that `to` forbids",
            F::ForbiddenMember,
            "old",
            object(json!({ "a": text(), "old": text() })),
            closed(json!({ "a": text() })),
            rules(json!({ "old": { "drop": "x" } })),
            json!({}),
        ),
        seed(
            "a member that `from` forbids",
            F::ForbiddenMember,
            "added: new",
            closed(json!({ "a": text() })),
            object(json!({ "a": text(), "new": text() })),
            json!({ "added": { "new": { "drop": "x" } } }),
            json!({}),
        ),
        seed(
            "two words with one image",
            F::WordsNotOneToOne,
            "w",
            object(json!({ "w": json!({ "enum": ["a", "b"] }) })),
            object(json!({ "w": json!({ "enum": ["x"] }) })),
            rules(json!({ "w": { "words": [["a", "x"], ["b", "x"]], "lost": "x" } })),
            rules(json!({ "w": { "words": [["a", "x"], ["b", "x"]] } })),
        ),
        seed(
            "an unlisted word that is an image",
            F::WordsNotOneToOne,
            "w",
            object(json!({ "w": json!({ "enum": ["a", "x"] }) })),
            object(json!({ "w": json!({ "enum": ["x"] }) })),
            rules(json!({ "w": { "words": [["a", "x"]], "lost": "x" } })),
            rules(json!({ "w": { "words": [["a", "x"]] } })),
        ),
        seed(
            "a stand-in of the wrong type",
            F::BadStandIn,
            "added: b",
            a.clone(),
            object(json!({ "a": text(), "b": text() })),
            json!({ "added": { "b": { "absent": "x", "drop": "x" } } }),
            json!({ "added": { "b": { "absent": 1, "drop": "x" } } }),
        ),
        seed(
            "a stand-in of the wrong type, down",
            F::BadStandIn,
            "a",
            a.clone(),
            b.clone(),
            rules(json!({ "a": { "to": "b", "absent_down": "x" } })),
            rules(json!({ "a": { "to": "b", "absent_down": 1 } })),
        ),
        seed(
            "a first member that there isn't",
            F::BadStandIn,
            "to",
            a.clone(),
            b.clone(),
            json!({ "rules": { "a": { "to": "b" } }, "to": { "first": ["b"] } }),
            json!({ "rules": { "a": { "to": "b" } }, "to": { "first": ["c"] } }),
        ),
        seed(
            "a list's further elements",
            F::UnacknowledgedLoss,
            "a",
            a.clone(),
            object(json!({ "b": list(text()) })),
            rules(json!({ "a": { "to": "b", "list": "to", "lost": "x" } })),
            rules(json!({ "a": { "to": "b", "list": "to" } })),
        ),
        seed(
            "a pivot's other elements",
            F::UnacknowledgedLoss,
            "t",
            object(json!({ "t": text() })),
            object(json!({ "t": texts() })),
            rules(
                json!({ "t": { "pivot": { "where": { "language": "$language" }, "value": "text" }, "lost": "x" } }),
            ),
            rules(
                json!({ "t": { "pivot": { "where": { "language": "$language" }, "value": "text" } } }),
            ),
        ),
        seed(
            "members that differ when they become one",
            F::UnacknowledgedLoss,
            "s",
            object(json!({ "s": json!({ "type": "boolean" }) })),
            object(json!({ "x": json!({ "type": "boolean" }), "y": json!({ "type": "boolean" }) })),
            rules(json!({ "s": { "split": ["./x", "./y"], "join": "all", "lost": "x" } })),
            rules(json!({ "s": { "split": ["./x", "./y"], "join": "all" } })),
        ),
    ]
}
