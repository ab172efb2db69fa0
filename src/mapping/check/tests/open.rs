//! Open ends, losses, and what is proved.

use super::*;

fn text() -> Value {
    json!({ "type": "string" })
}

fn up(checked: &Checked) -> Vec<(&str, &str)> {
    let open = checked
        .open
        .iter()
        .filter(|open| open.direction == Direction::Up);
    open.map(|open| (open.path.as_str(), open.keyword.as_str()))
        .collect()
}

#[test]
fn equal_schemas_are_proved_both_ways() {
    let schema = json!({
        "type": "object",
        "properties": { "a": { "$ref": "#/$defs/node" }, "k": { "oneOf": [{ "type": "string" }, { "not": { "type": "object" } }] } },
        "if": { "required": ["a"] }, "then": { "required": ["k"] },
        "$defs": { "node": { "type": "object", "properties": { "next": { "$ref": "#/$defs/node" } } } },
    });
    let checked = checked(&schema, &schema, json!({}));
    assert!(
        checked.proved_up && checked.proved_down,
        "{}",
        show(&checked)
    );
}

/// Definitions of one name that differ are not the same schema.
#[test]
fn references_are_compared_by_what_they_lead_to() {
    let schema = |longest: u32| {
        json!({
            "type": "object",
            "properties": { "a": { "$ref": "#/$defs/node" } },
            "$defs": { "node": { "type": "object", "properties": { "next": { "$ref": "#/$defs/node" }, "id": { "type": "string", "maxLength": longest } } } },
        })
    };
    assert_eq!(
        codes(&checked(&schema(3), &schema(2), json!({}))),
        [FlawCode::NotAccepted]
    );
    assert!(checked(&schema(2), &schema(3), json!({})).flaws.is_empty());
}

#[test]
fn keywords_that_differ_and_cannot_be_decided_are_open() {
    let from = object(
        json!({ "a": { "type": "array", "items": text(), "contains": { "minLength": 1 } }, "b": { "type": "string", "pattern": "^x" } }),
    );
    let to = object(
        json!({ "a": { "type": "array", "items": text(), "contains": { "minLength": 0 } }, "b": { "type": "string", "pattern": "^xx?" } }),
    );
    let checked = checked(&from, &to, json!({}));
    assert!(
        checked.flaws.is_empty() && !checked.proved_up,
        "{}",
        show(&checked)
    );
    assert_eq!(up(&checked), [("a", "contains"), ("b", "pattern")]);
}

#[test]
fn a_side_without_a_schema_is_open() {
    let mut only_from = definition(&object(json!({ "a": text() })), &json!(true), json!({}));
    only_from.to.schema = None;
    let checked = check(&only_from, &Images::of(&only_from), &|_| true);
    assert_eq!(up(&checked), [("", "schema")]);
    // Nothing judges the upgraded document, so that nothing can refuse it.
    assert!(checked.proved_up && !checked.proved_down);
}

#[test]
fn unknown_members_meet_a_closed_schema() {
    let open = checked(
        &object(json!({ "a": text() })),
        &closed(json!({ "a": text() })),
        json!({}),
    );
    assert!(open.flaws.is_empty());
    assert_eq!(up(&open), [("", "additionalProperties")]);
    let shut = checked(
        &closed(json!({ "a": text() })),
        &closed(json!({ "a": text() })),
        json!({}),
    );
    assert!(shut.proved_up && shut.proved_down, "{}", show(&shut));
}

/// A member that only `to` declares may come from `from` unjudged, unless it is named as the other version's.
#[test]
fn an_undeclared_member_may_pass() {
    let (from, to) = (
        object(json!({})),
        object(json!({ "n": { "type": "integer" } })),
    );
    assert_eq!(up(&checked(&from, &to, json!({}))), [("n", "properties")]);
    assert!(checked(&from, &to, json!({ "added": { "n": { "drop": "new" } } })).proved_up);
}

/// An object that a move empties is left out.
#[test]
fn an_emptied_object_is_no_source() {
    let from = object(json!({ "ext!": object(json!({ "a": text() })) }));
    let to = object(json!({ "ext!": object(json!({})), "a": text() }));
    let rules = json!({ "rules": { "ext/a": { "to": "a" } } });
    assert_eq!(
        codes(&checked(&from, &to, rules.clone())),
        [FlawCode::RequiredWithoutSource]
    );
    let keeps = object(json!({ "ext!": object(json!({ "a": text(), "b!": text() })) }));
    let to = object(json!({ "ext!": object(json!({ "b": text() })), "a": text() }));
    let kept = checked(&keeps, &to, rules);
    assert!(kept.flaws.is_empty(), "{}", show(&kept));
}

#[test]
fn refuse_turns_a_flaw_into_an_open_end() {
    let (from, to) = (
        object(json!({ "a": text() })),
        object(json!({ "b!": { "type": "string", "maxLength": 2 } })),
    );
    let refused = checked(
        &from,
        &to,
        json!({ "rules": { "a": { "to": "b", "refuse": "short ones only" } } }),
    );
    assert!(refused.flaws.is_empty(), "{}", show(&refused));
    assert_eq!(up(&refused), [("a", "required"), ("a", "maxLength")]);
    assert!(
        refused
            .open
            .iter()
            .filter(|open| open.direction == Direction::Up)
            .all(|open| open.reason == "short ones only")
    );
}

/// The payload that shows a flaw is one that `from` accepts, and that the rules turn into one that `to` refuses.
#[test]
fn the_payload_shows_the_flaw() {
    let from = object(
        json!({ "id!": { "type": "string", "minLength": 2 }, "w": list(object(json!({ "v!": { "enum": ["a", "b"] } }))) }),
    );
    let to = object(
        json!({ "id!": { "type": "string", "minLength": 2 }, "w": list(object(json!({ "v!": { "enum": ["x"] } }))) }),
    );
    let flawed = checked(
        &from,
        &to,
        json!({ "rules": { "w/*/v": { "words": [["a", "x"]] } } }),
    );
    assert_eq!(codes(&flawed), [FlawCode::NotAccepted]);
    assert!(
        flawed.flaws[0]
            .reason()
            .contains(r#"{"id":"xx","w":[{"v":"b"}]}"#),
        "{}",
        show(&flawed)
    );
}

#[test]
fn the_table_of_losses_has_every_kind() {
    let any = json!({ "type": "object" });
    let rest = json!({
        "from": { "foreign": "keep" },
        "rules": {
            "l": { "to": "ls", "list": "to", "lost": "x" },
            "old": { "drop": "x" },
            "o/m": { "to": "p/m" },
            "p1": { "pick": "$language", "lost": "x" },
            "w": { "without": { "k": [1] }, "lost": "x" },
            "s": { "split": ["./s1", "./s2"], "join": "any", "lost": "x" },
            "t": { "codec": "posix-rfc3339", "lost": "x" },
            "e": { "entries": { "key": "k", "value": "v" }, "lost": "x" },
            "n": { "words": [["a", "x"], ["b", "x"]], "lost": "x" },
        },
        "added": { "d": { "absent": 1, "drop": "x" } },
        "dialect": [{ "name": "one", "added": ["late"] }],
        "hook": [{ "name": "known", "from": ["h1"], "to": ["h2"], "loss": "both" }],
    });
    let checked = checked(&any, &any, rest);
    assert!(checked.flaws.is_empty(), "{}", show(&checked));
    let has = |direction, path: &str, code: &str| {
        let found = checked.losses.iter().any(|loss| {
            (loss.direction, loss.path.as_str(), loss.code.as_str()) == (direction, path, code)
        });
        assert!(found, "{direction} {path} {code}: {:#?}", checked.losses);
    };
    let (up, down) = (Direction::Up, Direction::Down);
    has(down, "ls", "lost");
    has(up, "old", "dropped");
    has(up, "p", "lost");
    has(down, "o", "lost");
    has(up, "p1", "lost");
    has(up, "w/*", "lost");
    has(down, "s1", "lost");
    has(down, "s2", "lost");
    has(down, "t", "lost");
    has(down, "e", "lost");
    has(up, "n", "lost");
    has(up, "d", "assumed");
    has(down, "d", "dropped");
    has(down, "late", "dropped");
    has(up, "h1", "lost");
    has(down, "h2", "lost");
    has(up, "l", "shadowed");
    has(up, "ls", "shadowed");
}

#[test]
fn lines_of_json_say_their_kind() {
    let (from, to) = (object(json!({ "a": text() })), object(json!({})));
    let checked = checked(&from, &to, json!({ "rules": { "a": { "drop": "gone" } } }));
    let line = serde_json::to_value(&checked.losses[0]).unwrap();
    assert_eq!(
        line,
        json!({ "kind": "loss", "code": "dropped", "path": "a", "reason": "gone", "direction": "up" })
    );
}

#[test]
fn examples_of_patterns_match() {
    for pattern in [
        "^[a-z]{2,3}(-[A-Z]{2})?$",
        "^#([a-fA-F0-9]{6})$",
        "^\\+[1-9]\\d{1,14}$",
        "a|b",
        "^([0-9]{4})-([0-9]{2})Z$",
    ] {
        let example = super::super::pattern::example(pattern).unwrap();
        assert_eq!(
            super::super::pattern::matches(pattern, &example),
            Some(true),
            "{pattern}: {example}"
        );
    }
}

/// No schema makes the checks panic or run without end.
#[test]
fn odd_schemas_are_survived() {
    let odd = [
        json!(true),
        json!(false),
        json!({ "$ref": "#" }),
        json!({ "$ref": "#/$defs/none" }),
        json!({ "allOf": [{ "$ref": "#" }] }),
        json!({ "anyOf": [{ "$ref": "#" }, { "$ref": "#" }] }),
        json!({ "properties": { "a": { "$ref": "#" } }, "required": ["a"] }),
        json!({ "items": { "$ref": "#" }, "minItems": 3, "properties": { "a": { "$ref": "#" }, "b": { "$ref": "#" } } }),
        json!({ "type": [], "enum": [], "const": 1 }),
        json!({ "type": 7, "enum": 7, "required": 7, "properties": 7, "items": 7, "minimum": "x", "maxLength": -1 }),
        json!({ "properties": { "a": { "pattern": "(" } }, "patternProperties": { "(": {} }, "additionalProperties": false }),
        json!({ "maxItems": 1e300, "minItems": 1e300, "minLength": 1e300, "type": ["array", "string"] }),
    ];
    for from in &odd {
        for to in &odd {
            for rules in [
                json!({}),
                json!({ "a": { "to": "b/c", "codec": "scale", "by": 3 } }),
                json!({ "a/*/x": { "to": "a/*/y", "list": "to", "lost": "x" } }),
            ] {
                let _ = checked(from, to, json!({ "rules": rules }));
            }
        }
    }
}

/// A default that an upgrade assumed is left out again: what requires it on the way back may lack it.
#[test]
fn an_assumed_default_is_no_source_of_a_downgrade() {
    let parts = |rule: Value| {
        checked(
            &closed(json!({ "part!": closed(json!({ "a": { "type": "string" } })) })),
            &closed(json!({ "a!": { "type": "string" } })),
            json!({ "rules": { "part/a": rule, "part": { "refuse": "x" } } }),
        )
    };
    let kept = parts(json!({ "to": "a", "refuse": "x" }));
    let assumed = parts(json!({ "to": "a", "absent": "x" }));
    let lacks = |checked: &Checked| {
        let mut down = checked
            .open
            .iter()
            .filter(|open| open.direction == Direction::Down);
        down.any(|open| open.keyword == "required")
    };
    assert!(!lacks(&kept), "{}", show(&kept));
    assert!(
        lacks(&assumed) && !assumed.proved_down,
        "{}",
        show(&assumed)
    );
}

/// The input's own member of that name lands where moves make an object: it may be anything.
#[test]
fn an_undeclared_member_may_stand_where_moves_make_an_object() {
    let made = |from: Value| {
        let to = object(json!({ "p": object(json!({ "c": { "type": "string" } })) }));
        checked(&from, &to, json!({ "rules": { "c": { "to": "p/c" } } }))
    };
    let open = made(object(json!({ "c": { "type": "string" } })));
    let is_it = |open: &OpenEnd| open.path == "p" && open.keyword == "properties";
    assert!(open.open.iter().any(is_it), "{}", show(&open));
    assert!(!open.proved_up);
    let sure = made(closed(json!({ "c": { "type": "string" } })));
    assert!(sure.proved_up, "{}", show(&sure));
    // That it may be there is no source of what is required.
    let required = checked(
        &object(json!({ "c": { "type": "string" } })),
        &object(json!({ "p!": object(json!({ "c": { "type": "string" } })) })),
        json!({ "rules": { "c": { "to": "p/c" } } }),
    );
    assert_eq!(codes(&required), [FlawCode::RequiredWithoutSource]);
}

/// Rules may empty an object in an object, and the outer one is left out with it.
#[test]
fn an_object_in_an_object_that_rules_empty_is_no_source() {
    let with = |more: &str| {
        let r = closed(json!({ "d!": {}, more: {} }));
        checked(
            &closed(json!({ "p!": closed(json!({ "r!": r })) })),
            &closed(json!({ "p!": closed(json!({ "r": closed(json!({ "e": {} })) })), "d": {} })),
            json!({ "rules": { "p/r/d": { "to": "d" } } }),
        )
    };
    let emptied = with("e");
    assert_eq!(
        codes(&emptied),
        [FlawCode::RequiredWithoutSource],
        "{}",
        show(&emptied)
    );
    assert!(with("e!").flaws.is_empty());
}
