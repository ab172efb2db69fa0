//! For each code a sound definition and one with a flaw seeded into it, which is refused by that code and no other.

use super::*;

/// What is seeded, and what it must be called.
struct Seeded {
    name: &'static str,
    code: FlawCode,
    from: Value,
    to: Value,
    sound: Value,
    flawed: Value,
    /// The flaw's place.
    path: &'static str,
    /// The schema of `to`, or of `from`, with the flaw.
    flawed_from: Option<Value>,
    flawed_to: Option<Value>,
}

fn seed(
    name: &'static str,
    code: FlawCode,
    path: &'static str,
    from: Value,
    to: Value,
    sound: Value,
    flawed: Value,
) -> Seeded {
    Seeded {
        name,
        code,
        from,
        to,
        sound,
        flawed,
        path,
        flawed_from: None,
        flawed_to: None,
    }
}

fn text() -> Value {
    json!({ "type": "string" })
}

#[allow(clippy::too_many_lines)]
fn table() -> Vec<Seeded> {
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

impl Seeded {
    fn with_from(self, from: Value) -> Self {
        Self {
            flawed_from: Some(from),
            ..self
        }
    }
}

/// Law M9: a definition with a seeded flaw is refused by that flaw's code; without it, by none.
#[test]
fn a_seeded_flaw_is_found_by_its_code() {
    let mut wrong = Vec::new();
    for seeded in table() {
        let sound = checked(&seeded.from, &seeded.to, seeded.sound);
        if !sound.flaws.is_empty() {
            wrong.push(format!(
                "{}: the sound one has {}",
                seeded.name,
                show(&sound)
            ));
        }
        let (from, to) = (
            seeded.flawed_from.unwrap_or(seeded.from),
            seeded.flawed_to.unwrap_or(seeded.to),
        );
        let flawed = checked(&from, &to, seeded.flawed);
        if codes(&flawed) != [seeded.code]
            || flawed.flaws.iter().all(|flaw| flaw.path() != seeded.path)
        {
            wrong.push(format!(
                "{}: not just {} at {:?} but {}",
                seeded.name,
                seeded.code,
                seeded.path,
                show(&flawed)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every code is seeded, but for what the reader finds.
#[test]
fn every_code_is_seeded() {
    let table = table();
    for code in FlawCode::ALL {
        let here = table.iter().any(|seeded| seeded.code == *code);
        assert_eq!(here, *code != FlawCode::UnreadableDefinition, "{code}");
    }
}
