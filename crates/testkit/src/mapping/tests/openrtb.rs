//! OpenRTB 2.5 and 2.6: seven moves across levels.

use super::{Call, Model, Node, compact, recorded, said};

pub(super) fn model() -> Model {
    Model::new(
        r#"{
        "name": "openrtb",
        "from": {"version": "2.5", "foreign": "keep"},
        "to": {"version": "2.6", "foreign": "keep"},
        "rules": {
            "imp/*/ext/prebid/is_rewarded_inventory": {"to": "imp/*/rwdd"},
            "source/ext/schain": {"to": "source/schain", "also": ["ext/schain"]},
            "regs/ext/gdpr": {"to": "regs/gdpr"},
            "regs/ext/us_privacy": {"to": "regs/us_privacy"},
            "user/ext/consent": {"to": "user/consent"},
            "user/ext/eids": {"to": "user/eids"}
        },
        "dialect": [{"name": "2.6-202211", "added": ["regs/gpp", "imp/*/qty"]}]
        }"#,
    )
}

#[test]
fn recorded_conversions_come_out_the_same() {
    let Some(pairs) = recorded("openrtb/pairs.json") else {
        return;
    };
    let pairs = Node::parse(&pairs).unwrap();
    assert_eq!(pairs.elements().unwrap().len(), 6);
    for pair in pairs.elements().unwrap() {
        let input = pair.get("input").unwrap().write();
        let expected = pair.get("expected").unwrap();
        let call = Call::default();
        let output = match pair.get("direction").unwrap().text().unwrap() {
            "up" => model().upgrade(&input, &call),
            _ => model().downgrade(&input, &call),
        };
        let output = output.unwrap();
        assert!(output.findings.is_empty(), "{:?}", output.findings);
        // Their conversions sort members by the structs of Go.
        let json = Node::parse(&output.json).unwrap();
        assert!(json.same(expected), "{}", output.json);
    }
}

#[test]
fn recorded_requests_upgrade_once_and_for_all() {
    let Some(list) = recorded("openrtb/requests/exchange-aliases.json") else {
        return;
    };
    drop(list);
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/openrtb/requests"
    );
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let request = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let call = Call::default();
        let Ok(up) = model().upgrade(&request, &call) else {
            continue;
        };
        let again = model().upgrade(&up.json, &call).unwrap();
        assert_eq!(again.json, up.json);
        let down = model().downgrade(&up.json, &call).unwrap();
        let back = model().upgrade(&down.json, &call).unwrap();
        if down.findings.is_empty() {
            assert!(
                Node::parse(&back.json)
                    .unwrap()
                    .same(&Node::parse(&up.json).unwrap()),
                "{}",
                up.json
            );
        }
        assert_eq!(model().compare(&request, &up.json, &call), Ok(true));
        assert_eq!(
            model().compare(&down.json, &up.json, &call),
            Ok(down.findings.is_empty())
        );
        count += 1;
    }
    assert_eq!(count, 100);
}

#[test]
fn the_place_of_2_6_wins_and_an_emptied_parent_goes() {
    let both =
        r#"{"source":{"ext":{"schain":{"a":1}},"schain":{"b": 2}},"ext":{"schain":{"c":3},"x":1}}"#;
    let output = model().upgrade(both, &Call::default()).unwrap();
    assert_eq!(
        output.json,
        r#"{"source":{"schain":{"b": 2}},"ext":{"x":1}}"#
    );
    assert_eq!(
        said(&output.findings),
        ["shadowed /source/ext/schain", "shadowed /ext/schain"]
    );
    let output = model().downgrade(both, &Call::default()).unwrap();
    assert_eq!(
        output.json,
        r#"{"source":{"ext":{"schain":{"b": 2}}},"ext":{"x":1}}"#
    );
    assert_eq!(
        said(&output.findings),
        ["shadowed /source/ext/schain", "shadowed /ext/schain"]
    );
}

#[test]
fn an_empty_parent_stays_and_says_that_the_way_back_would_lose_it() {
    let upgraded = model()
        .upgrade(r#"{"regs":{"ext":{}}}"#, &Call::default())
        .unwrap();
    assert_eq!(upgraded.json, r#"{"regs":{"ext":{}}}"#);
    let down = model()
        .downgrade(r#"{"regs":{"ext":{},"gdpr":1}}"#, &Call::default())
        .unwrap();
    assert_eq!(down.json, r#"{"regs":{"ext":{"gdpr":1}}}"#);
    assert_eq!(said(&down.findings), ["lost /regs/ext"]);
}

#[test]
fn dialects_drop_what_came_later() {
    let new = compact(r#"{"imp":[{"qty":{"m":1},"rwdd":1}],"regs":{"gpp":"x","gdpr":1}}"#);
    let down = model().downgrade(&new, &Call::default()).unwrap();
    let old =
        r#"{"imp":[{"ext":{"prebid":{"is_rewarded_inventory":1}}}],"regs":{"ext":{"gdpr":1}}}"#;
    assert_eq!(down.json, old);
    assert_eq!(
        said(&down.findings),
        ["dropped /imp/0/qty", "dropped /regs/gpp"]
    );
    let dialect = |dialect| Call {
        dialect: Some(dialect),
        ..Call::default()
    };
    let kept = model().downgrade(&new, &dialect("2.6-202211")).unwrap();
    assert_eq!((kept.json, kept.findings), (new, vec![]));
}
