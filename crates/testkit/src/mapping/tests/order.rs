//! The order of the first example.

use super::{Call, Model, ORDER, said};

fn model() -> Model {
    Model::new(ORDER)
}

fn english() -> Call<'static> {
    Call {
        context: &[("language", "en")],
        ..Call::default()
    }
}

#[test]
fn an_order_goes_up_and_comes_back() {
    let old = r#"{ "name": "Ann", "vip": "yes", "total": 12.50, "x" : { "a" : 1 },
        "items": [{"code": "a-1", "tags": "b;c", "ext": {"note": null}}, {"qty": 1e0}, 7], "title": "T\u0041" }"#;
    let new = r#"{"x":{ "a" : 1 },"lines":[{"sku":"a-1","tags":["b","c"],"note":null},{"qty":1e0},7],"title":[{"text":"T\u0041","language":"en"}],"customer":{"name":"Ann","vip":true},"total":{"minor":1250,"currency":"GBP"}}"#;
    let upgraded = model().upgrade(old, &english()).unwrap();
    assert_eq!(upgraded.json, new);
    assert_eq!(said(&upgraded.findings), ["assumed /total/currency"]);
    assert_eq!(upgraded.assumed, ["/total/currency"]);

    let back = r#"{"x":{ "a" : 1 },"items":[{"code":"a-1","tags":"b;c","ext":{"note":null}},{"qty":1e0},7],"title":"T\u0041","name":"Ann","vip":"yes","total":12.5}"#;
    let call = Call {
        assumed: &upgraded.assumed,
        ..english()
    };
    let down = model().downgrade(new, &call).unwrap();
    assert_eq!((down.json.as_str(), said(&down.findings)), (back, vec![]));
    let down = model().downgrade(new, &english()).unwrap();
    assert_eq!(
        (down.json.as_str(), said(&down.findings)),
        (back, vec!["dropped /total/currency".into()])
    );
    // An edited stand-in is somebody's word.
    let down = model()
        .downgrade(&new.replace("GBP", "EUR"), &call)
        .unwrap();
    assert_eq!(said(&down.findings), ["dropped /total/currency"]);
    assert_eq!(model().compare(old, new, &english()), Ok(true));
    assert_eq!(
        model().compare(old, &new.replace("1250", "1251"), &english()),
        Ok(false)
    );
}

#[test]
fn what_is_wrong_is_refused() {
    let found = |old: &str| said(&model().upgrade(old, &english()).unwrap_err());
    assert_eq!(found(r#"{"total":1.234}"#), ["out_of_domain /total"]);
    assert_eq!(found(r#"{"name":1,"customer":5}"#), ["conflict /name"]);
    assert_eq!(
        found(r#"{"lines":[],"name":1,"name":2}"#),
        ["other_version /lines", "duplicate_member /name"]
    );
    assert_eq!(
        found(r#"{"items":[{"sku":1}],"customer":{"vip":1}}"#),
        ["other_version /items/0/sku", "other_version /customer/vip"]
    );
    assert_eq!(found("[]"), ["invalid_type "]);
    assert_eq!(found("{"), ["malformed_json "]);
    assert_eq!(
        model().upgrade("{}", &Call::default()).unwrap_err()[0].0,
        "call"
    );
    let down = |new: &str| said(&model().downgrade(new, &english()).unwrap_err());
    assert_eq!(down(r#"{"legacy_ref":1}"#), ["other_version /legacy_ref"]);
    assert_eq!(
        down(r#"{"lines":[{"tags":["a;b"]}]}"#),
        ["out_of_domain /lines/0/tags"]
    );
}

#[test]
fn losses_are_named_where_they_are() {
    let upgraded = model()
        .upgrade(r#"{"legacy_ref":1,"items":[{"ext":{}}]}"#, &english())
        .unwrap();
    assert_eq!(upgraded.json, r#"{"lines":[{"ext":{}}]}"#);
    assert_eq!(said(&upgraded.findings), ["dropped /legacy_ref"]);
    let new = r#"{"title":[{"language":"fr","text":"F"},{"text":"E","extra":1,"language":"en"},{"language":"en","text":"2"}],"lines":[{"ext":{},"note":1}]}"#;
    let down = model().downgrade(new, &english()).unwrap();
    assert_eq!(down.json, r#"{"title":"E","items":[{"ext":{"note":1}}]}"#);
    assert_eq!(
        said(&down.findings),
        [
            "lost /title/0",
            "lost /title/1/extra",
            "lost /title/2",
            "lost /lines/0/ext"
        ]
    );
}
