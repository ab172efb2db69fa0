//! Where values go: moves, conflicts, what is pruned, stand-ins, names of the other version.

use super::{Call, Model, both, down, keeping, rules, said, up};

#[test]
fn renames_stay_in_place_and_moves_go_last() {
    both(
        &rules(r#""a":{"to":"b"}"#),
        r#"{"x":1,"a":{ "k": 1 },"y":2}"#,
        r#"{"x":1,"b":{ "k": 1 },"y":2}"#,
    );
    let model = rules(r#""a":{"to":"o/p/a"},"q/b":{"to":"b"}"#);
    up(
        &model,
        r#"{"a":1,"q":{"b":2,"c":3},"z":4}"#,
        r#"{"q":{"c":3},"z":4,"o":{"p":{"a":1}},"b":2}"#,
        &[],
    );
    down(
        &model,
        r#"{"q":{"c":3},"z":4,"o":{"p":{"a":1}},"b":2}"#,
        r#"{"q":{"c":3,"b":2},"z":4,"a":1}"#,
        &[],
    );
}

#[test]
fn containers_take_their_contents_along() {
    let model = rules(
        r#""customer":{"to":"client/person"},"vip":{"to":"client/person/vip"},"customer/n":{"to":"./name"},"customer/l":{"to":"level"}"#,
    );
    // The container goes first, wherever it stands.
    up(
        &model,
        r#"{"vip":1,"customer":{"n":2,"o":3,"l":4}}"#,
        r#"{"client":{"person":{"name":2,"o":3,"vip":1}},"level":4}"#,
        &[],
    );
    down(
        &model,
        r#"{"client":{"person":{"name":2,"o":3,"vip":1}},"level":4}"#,
        r#"{"customer":{"n":2,"o":3,"l":4},"vip":1}"#,
        &[],
    );
    // Emptied by its own move, it goes with what was made for it.
    up(&model, r#"{"customer":{"l":4}}"#, r#"{"level":4}"#, &[]);
}

#[test]
fn emptied_objects_go_and_empty_ones_stay() {
    let model = rules(r#""a/b/c":{"to":"c"},"d":{"to":"a"}"#);
    up(
        &model,
        r#"{"a":{"b":{"c":1}},"x":1}"#,
        r#"{"x":1,"c":1}"#,
        &[],
    );
    up(
        &model,
        r#"{"a":{"b":{}},"x":1}"#,
        r#"{"a":{"b":{}},"x":1}"#,
        &[],
    );
    // The emptied object makes room.
    up(
        &model,
        r#"{"d":2,"a":{"b":{"c":1}}}"#,
        r#"{"a":2,"c":1}"#,
        &[],
    );
    let model = rules(r#""a/b":{"to":"c/d/e"},"f/g":{"drop":"old"}"#);
    up(
        &model,
        r#"{"a":{"b":1},"c":{"d":{}},"f":{"g":1}}"#,
        r#"{"c":{"d":{"e":1}},"f":{}}"#,
        &["lost /c/d", "dropped /f/g"],
    );
    let conflict = |doc: &str| said(&model.upgrade(doc, &Call::default()).unwrap_err());
    assert_eq!(conflict(r#"{"a":{"b":1},"c":[]}"#), ["conflict /a/b"]);
    assert_eq!(
        conflict(r#"{"a":{"b":1},"c":{"d":null}}"#),
        ["conflict /a/b"]
    );
}

#[test]
fn one_of_two_filled_places_wins() {
    let model = keeping(r#""a":{"to":"b","words":[[1,2]]}"#);
    up(
        &model,
        r#"{"a":1,"x":0,"b":3}"#,
        r#"{"x":0,"b":3}"#,
        &["shadowed /a"],
    );
    up(&model, r#"{"b":1}"#, r#"{"b":1}"#, &[]);
    down(&model, r#"{"a":5,"b":2}"#, r#"{"a":1}"#, &["shadowed /a"]);
    down(&model, r#"{"a":5}"#, r#"{"a":5}"#, &[]);
    let model = keeping(r#""a":{"to":"b","wins":"from","also":["c","d"]}"#);
    up(
        &model,
        r#"{"b":1,"c":2,"a":3,"d":4}"#,
        r#"{"b":3}"#,
        &["shadowed /b", "shadowed /c", "shadowed /d"],
    );
    up(&model, r#"{"c":2,"d":4}"#, r#"{"b":2}"#, &["shadowed /d"]);
    down(
        &model,
        r#"{"b":1,"a":3,"d":4}"#,
        r#"{"a":3}"#,
        &["shadowed /b", "shadowed /d"],
    );
    down(&model, r#"{"d":4}"#, r#"{"a":4}"#, &[]);
    assert_eq!(
        model.settle(r#"{"b":1,"a":3,"d":4}"#, &Call::default()),
        Ok(r#"{"b":3}"#.into())
    );
}

#[test]
fn a_name_that_the_schema_declares_is_no_other_version_s() {
    let of = |schema: &str| {
        Model::new(&format!(
            r##"{{"from":{{"schema":{schema}}},"to":{{}},"rules":{{"a":{{"to":"b/c"}}}}}}"##
        ))
    };
    let doc = r#"{"b":{"c":1}}"#;
    let found = of("true").upgrade(doc, &Call::default()).unwrap_err();
    assert_eq!(said(&found), ["other_version /b/c"]);
    let schema = r##"{"properties":{"b":{"$ref":"#/definitions/x~1y"}},"definitions":{"x/y":{"properties":{"c":true}}}}"##;
    up(&of(schema), doc, doc, &[]);
}

#[test]
fn stand_ins_are_written_last() {
    let model = Model::new(
        r#"{"from":{},"to":{"first":["id","z"]},"policies":["unknowns","legacy"],
        "rules":{"a":{"to":"d","absent":[1, 2]},"e":{"absent_by":{"unknowns":"unknown"}},"l/*/x":{"absent_down":0}},
        "added":{"c":{"absent":null},"l/*/b":{"absent":{"k":1}},"n/o":{"absent":1}}}"#,
    );
    let output = model
        .upgrade(r#"{"l":[{},7],"id":9}"#, &Call::default())
        .unwrap();
    assert_eq!(
        output.json,
        r#"{"id":9,"l":[{"b":{"k":1}},7],"d":[1,2],"c":null,"e":"unknown"}"#
    );
    assert_eq!(output.assumed, ["/d", "/c", "/e", "/l/0/b"]);
    let down = model
        .downgrade(
            &output.json,
            &Call {
                assumed: &output.assumed,
                ..Call::default()
            },
        )
        .unwrap();
    assert_eq!(down.json, r#"{"id":9,"l":[{"x":0},7]}"#);
    assert_eq!(said(&down.findings), ["assumed /l/0/x"]);
    assert!(down.assumed.is_empty());
    let legacy = Call {
        policy: Some("legacy"),
        ..Call::default()
    };
    assert_eq!(model.upgrade("{}", &legacy).unwrap().assumed, ["/d", "/c"]);
}
