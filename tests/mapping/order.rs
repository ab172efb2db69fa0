//! The order that the documentation begins with.

use cutover::mapping::Call;
use cutover_testkit::mapping::ORDER;

use crate::kit::{down, mapping, silently, up};

fn call() -> Call<'static> {
    Call::new().context("language", "en")
}

#[test]
fn an_order_there_and_back() {
    let order = mapping(ORDER);
    let v1 = r#"{"id": 7, "name": "Ada", "vip": "yes", "total": 12.5, "items": [ {"code":"a-1","qty": 1.0,"tags":"x;y","ext":{"note":"n"}}, {"code":"b","tags":"","ext":{"other":1,"note":null}}, 5 ], "title":"Hi"}"#;
    let (v2, findings) = up(&order, v1, &call()).unwrap();
    assert_eq!(
        v2,
        r#"{"id":7,"lines":[{"sku":"a-1","qty":1.0,"tags":["x","y"],"note":"n"},{"sku":"b","tags":[],"ext":{"other":1},"note":null},5],"title":[{"text":"Hi","language":"en"}],"customer":{"name":"Ada","vip":true},"total":{"minor":1250,"currency":"GBP"}}"#
    );
    assert_eq!(findings, ["assumed /total/currency"]);
    let assumed = ["/total/currency".to_owned()];
    let back = silently(down(&order, &v2, &call().assumed(&assumed)));
    assert_eq!(
        back,
        r#"{"id":7,"items":[{"code":"a-1","qty":1.0,"tags":"x;y","ext":{"note":"n"}},{"code":"b","tags":"","ext":{"other":1,"note":null}},5],"title":"Hi","name":"Ada","vip":"yes","total":12.5}"#
    );
    assert!(
        order
            .compare(v1.as_bytes(), v2.as_bytes(), &call())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn what_an_order_loses_is_reported() {
    let order = mapping(ORDER);
    let v1 = r#"{"legacy_ref":1}"#;
    assert_eq!(
        up(&order, v1, &call()),
        Ok(("{}".to_owned(), vec!["dropped /legacy_ref".to_owned()]))
    );
    let v2 = r#"{"title":[{"text":"Hallo","language":"de"},{"text":"Hi","language":"en","x":1},{"text":"Hey","language":"en"}],"total":{"minor":1,"currency":"EUR"}}"#;
    let (v1, findings) = down(&order, v2, &call()).unwrap();
    assert_eq!(v1, r#"{"title":"Hi","total":0.01}"#);
    assert_eq!(
        findings,
        [
            "lost /title/0",
            "lost /title/1/x",
            "lost /title/2",
            "dropped /total/currency"
        ]
    );
}

#[test]
fn what_an_order_refuses() {
    let order = mapping(ORDER);
    let refused = |v1: &str| up(&order, v1, &call()).unwrap_err();
    assert_eq!(
        refused(r#"{"customer":{"name":"x"}}"#),
        ["other_version /customer/name"]
    );
    assert_eq!(refused(r#"{"total":1.234}"#), ["out_of_domain /total"]);
    assert_eq!(
        refused(r#"{"items":[{"code":1,"sku":2}]}"#),
        ["other_version /items/0/sku"]
    );
    assert_eq!(
        refused(r#"{"name":1,"name":2}"#),
        ["duplicate_member /name"]
    );
    assert_eq!(refused(r#"{"customer":5,"name":2}"#), ["conflict /name"]);
    assert_eq!(refused("[]"), ["invalid_type "]);
    assert_eq!(refused("{"), ["malformed_json "]);
}
