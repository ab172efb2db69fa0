//! What a flaw shows and advises is true: the payload is refused, and the advice leads to a sound definition.

use super::*;

fn text() -> Value {
    json!({ "type": "string" })
}

/// `data` beside `encoding: "base64"` becomes `data_base64`, a string.
fn tagged(more: Value) -> Checked {
    let mut from = object(json!({ "encoding": { "enum": ["base64"] }, "data": {} }));
    from.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let to = object(json!({ "data": {}, "data_base64": text() }));
    let alternatives = json!([{ "tag": { "encoding": "base64" }, "to": "data_base64" }, {}]);
    checked(&from, &to, json!({ "rules": { "data": alternatives } }))
}

#[test]
fn a_payload_that_shows_a_flaw_is_one_that_the_alternative_applies_to() {
    let checked = tagged(json!({}));
    assert_eq!(codes(&checked), [FlawCode::NotAccepted]);
    let shown = r#"{"data":0,"encoding":"base64"} would be refused"#;
    assert!(show(&checked).contains(shown), "{}", show(&checked));
}

/// A schema that says what data is beside the encoding accepts no payload that would be refused.
#[test]
fn a_flaw_that_no_valid_payload_shows_is_an_open_end() {
    let checked = tagged(json!({
        "if": { "required": ["encoding"] },
        "then": { "properties": { "data": { "type": "string" } } },
    }));
    assert!(checked.flaws.is_empty(), "{}", show(&checked));
    assert!(!checked.proved_up);
}

/// `name` and `mail` move into an object that only `to` has, and that `from` forbids.
fn customer(schema: Value, added: Value) -> Checked {
    let from = closed(json!({ "name!": text(), "mail!": text() }));
    let to = closed(json!({ "customer!": schema }));
    let rules = json!({ "name": { "to": "customer/name" }, "mail": { "to": "customer/mail" } });
    checked(&from, &to, json!({ "rules": rules, "added": added }))
}

#[test]
fn an_object_that_rules_always_empty_needs_no_rule() {
    let all = closed(json!({ "name!": text(), "mail!": text() }));
    let checked = customer(all, json!({}));
    assert!(
        checked.flaws.is_empty() && checked.proved_down,
        "{}",
        show(&checked)
    );
}

/// An empty object, or one with a member that nothing moves, is left over and forbidden in `from`.
#[test]
fn an_object_that_may_be_left_over_is_an_open_end_of_the_downgrade() {
    let may_be_empty = closed(json!({ "name": text(), "mail": text() }));
    let from = closed(json!({ "name": text(), "mail": text() }));
    let rules = json!({ "name": { "to": "customer/name" }, "mail": { "to": "customer/mail" } });
    let to = closed(json!({ "customer": may_be_empty }));
    let empty = checked(&from, &to, json!({ "rules": rules }));
    let more = customer(
        object(json!({ "name!": text(), "mail!": text() })),
        json!({}),
    );
    // An empty list moves nowhere.
    let mails = closed(json!({ "mails!": list(text()) }));
    let rules = json!({ "mail": { "to": "customer/mails", "list": "to", "lost": "x" } });
    let to = closed(json!({ "customer": mails }));
    let by_list = checked(
        &closed(json!({ "mail": text() })),
        &to,
        json!({ "rules": rules }),
    );
    for checked in [empty, more, by_list] {
        assert!(checked.flaws.is_empty(), "{}", show(&checked));
        let left_over = |open: &OpenEnd| {
            open.direction == Direction::Down
                && open.path == "customer"
                && open.keyword == "additionalProperties"
        };
        assert!(checked.open.iter().any(left_over), "{}", show(&checked));
    }
}

/// Nothing that was upgraded would come back.
#[test]
fn what_rules_move_into_an_object_is_not_dropped_with_it() {
    let all = closed(json!({ "name!": text(), "mail!": text() }));
    let checked = customer(all, json!({ "customer": { "drop": "x" } }));
    assert_eq!(
        codes(&checked),
        [FlawCode::TwoWriters],
        "{}",
        show(&checked)
    );
}

#[test]
fn a_path_that_is_unknown_is_answered_with_those_that_are_known() {
    let from = object(json!({ "items": list(closed(json!({ "code": text() }))) }));
    let to = closed(
        json!({ "items": list(closed(json!({ "sku": text() }))), "live": { "type": "boolean" } }),
    );
    let advice = |rules: Value| show(&checked(&from, &to, json!({ "rules": rules })));
    let typo = advice(json!({ "items/*/code": { "to": "./skus" } }));
    assert!(
        typo.contains("no member \"skus\" in \"items/*\" (it has sku): did you mean \"sku\"?"),
        "{typo}"
    );
    let outside = advice(json!({ "items/*/code": { "to": "sku" } }));
    assert!(outside.contains("write \"./sku\""), "{outside}");
    let closed_from = closed(json!({ "items": list(closed(json!({ "sku": text() }))) }));
    let added = show(&checked(
        &closed_from,
        &to,
        json!({ "rules": { "live": { "absent": true } } }),
    ));
    assert!(added.contains("its rule belongs in `added`"), "{added}");
}

/// Members that are dropped one by one leave nothing either.
#[test]
fn an_object_that_is_emptied_by_moves_and_drops_is_left_out() {
    let address = closed(json!({ "street!": text(), "floor": text() }));
    let to = closed(json!({ "customer": closed(json!({ "address!": address })) }));
    let from = closed(json!({ "street": text() }));
    let parts = |added: Value| {
        let rules = json!({ "street": { "to": "customer/address/street" } });
        checked(&from, &to, json!({ "rules": rules, "added": added }))
    };
    let dropped = parts(json!({ "customer/address/floor": { "drop": "x" } }));
    assert!(
        dropped.flaws.is_empty() && dropped.proved_down,
        "{}",
        show(&dropped)
    );
    // One that stays is named, not the object that it keeps alive.
    let stays = parts(json!({}));
    assert_eq!(codes(&stays), [FlawCode::ForbiddenMember]);
    assert_eq!(stays.flaws[0].path, "added: customer/address/floor");
}

/// Each way that the flaw of an object in an upgrade names leads to a definition without flaws.
#[test]
fn what_moves_leave_of_an_object_of_an_upgrade_is_a_flaw_with_two_ways_out() {
    let to = closed(json!({ "note": text() }));
    let with = |ext: Value, rules: Value| {
        let mut all = json!({ "ext/note": { "to": "note" } });
        all.as_object_mut()
            .unwrap()
            .extend(rules.as_object().unwrap().clone());
        checked(&closed(json!({ "ext": ext })), &to, json!({ "rules": all }))
    };
    let may_be_empty = closed(json!({ "note": text() }));
    let flawed = with(may_be_empty.clone(), json!({}));
    assert_eq!(codes(&flawed), [FlawCode::ForbiddenMember]);
    assert!(show(&flawed).contains("do not empty every \"ext\""));
    let required = with(closed(json!({ "note!": text() })), json!({}));
    assert!(
        required.flaws.is_empty() && required.proved_up,
        "{}",
        show(&required)
    );
    let refused = with(may_be_empty, json!({ "ext": { "refuse": "may be empty" } }));
    assert!(
        refused.flaws.is_empty() && !refused.proved_up,
        "{}",
        show(&refused)
    );
}

/// A dialect drops what it added: what rules put there, or below, would not come back.
#[test]
fn a_dialect_does_not_add_what_rules_write() {
    let dialect = |path: &str| {
        checked(
            &json!({}),
            &json!({}),
            json!({
                "rules": { "n": { "to": "c/n" } },
                "dialect": [{ "name": "one", "added": [path] }],
            }),
        )
    };
    for path in ["c", "c/n"] {
        let checked = dialect(path);
        assert_eq!(
            codes(&checked),
            [FlawCode::TwoWriters],
            "{}",
            show(&checked)
        );
    }
    assert!(dialect("c/m").flaws.is_empty());
}

/// A downgrade leaves out whatever only `to` has, with a default or not.
#[test]
fn what_is_added_without_drop_is_a_loss_that_nobody_acknowledged() {
    let added = |rule: Value| checked(&json!({}), &json!({}), json!({ "added": { "x": rule } }));
    let silent = added(json!({ "absent": 1 }));
    assert_eq!(codes(&silent), [FlawCode::UnacknowledgedLoss]);
    let dropped = |loss: &Loss| loss.path == "x" && loss.code == Code::DROPPED;
    for checked in [silent, added(json!({ "absent": 1, "drop": "x" }))] {
        assert!(checked.losses.iter().any(dropped), "{}", show(&checked));
    }
}

/// An object that the schema does not allow to be empty, or at all, can't lose that it was empty.
#[test]
fn only_what_a_document_can_have_is_listed_as_lost() {
    let lost = |from: Value, tiers: Value| {
        let rules = json!({ "name": { "to": "customer/name" } });
        let checked = checked(&from, &json!({}), json!({ "rules": rules, "tiers": tiers }));
        checked.losses.iter().any(|loss| loss.path == "customer")
    };
    let none = json!({});
    assert!(lost(json!({}), none.clone()));
    assert!(lost(
        object(json!({ "name": text(), "customer": object(json!({ "id": text() })) })),
        none.clone()
    ));
    let never = [
        closed(json!({ "name": text() })),
        object(json!({ "name": text(), "customer": object(json!({ "id!": text() })) })),
        object(json!({ "name": text(), "customer": { "type": "object", "minProperties": 1 } })),
        object(json!({ "name": text(), "customer": text() })),
    ];
    for from in never {
        assert!(!lost(from.clone(), none.clone()), "{from}");
        // Where the schema only warns, it proves nothing.
        assert!(lost(from, json!({ "rest": "warn" })));
    }
}

/// Each object in an object is asked about once: with several times each, this would not end.
#[test]
fn deeply_nested_objects_are_emptied_too() {
    let mut schema = closed(json!({ "a!": text() }));
    let mut path = "a".to_owned();
    for _ in 0..40 {
        schema = closed(json!({ "p!": schema }));
        path = format!("p/{path}");
    }
    let rules = json!({ "a": { "to": path } });
    let checked = checked(
        &closed(json!({ "a!": text() })),
        &schema,
        json!({ "rules": rules }),
    );
    assert!(checked.flaws.is_empty(), "{}", show(&checked));
}
