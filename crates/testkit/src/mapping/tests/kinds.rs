//! What each kind of rule does with a value.

use super::{Call, Model, both, down, rules, said, up};
use crate::mapping::Hooked;

#[test]
fn words_go_both_ways_and_say_what_would_not_come_back() {
    let model = rules(r#""a":{"words":[["x","X"],["y","X"],[1.0,null]]}"#);
    both(&model, r#"{"a":"x"}"#, r#"{"a":"X"}"#);
    up(&model, r#"{"a":"y"}"#, r#"{"a":"X"}"#, &["lost /a"]);
    up(&model, r#"{"a":"X"}"#, r#"{"a":"X"}"#, &["lost /a"]);
    up(&model, r#"{"a":10e-1}"#, r#"{"a":null}"#, &[]);
    both(&model, r#"{"a":"other"}"#, r#"{"a":"other"}"#);
    down(&model, r#"{"a":null}"#, r#"{"a":1.0}"#, &[]);
}

#[test]
fn codecs_convert_in_both_directions() {
    for (codec, old, new) in [
        (
            r#""codec":"posix-rfc3339""#,
            "0",
            r#""1970-01-01T00:00:00Z""#,
        ),
        (r#""codec":"scale","by":-3"#, "1500", "1.5"),
        (r#""codec":"scale","by":2"#, "0.29", "29"),
        (r#""codec":"integer""#, "7", "7"),
        (r#""codec":"number-string""#, "12.50", r#""12.50""#),
        (
            r#""codec":"prefix","text":"EPSG:""#,
            r#""4326""#,
            r#""EPSG:4326""#,
        ),
        (
            r#""codec":"joined","separator":", ""#,
            r#""a, b""#,
            r#"["a","b"]"#,
        ),
        (r#""codec":"joined","separator":";""#, r#""""#, "[]"),
        (r#""codec":"base64""#, r#""w6k=""#, r#""é""#),
        (r#""codec":"integer""#, r#""text""#, r#""text""#),
        (r#""codec":"base64""#, "null", "null"),
    ] {
        let model = rules(&format!(r#""a":{{{codec}}}"#));
        both(
            &model,
            &format!(r#"{{"a":{old}}}"#),
            &format!(r#"{{"a":{new}}}"#),
        );
    }
    let refused = |codec: &str, doc: &str, upwards: bool| {
        let model = rules(&format!(r#""a":{{"codec":{codec}}}"#));
        let call = Call::default();
        let result = if upwards {
            model.upgrade(doc, &call)
        } else {
            model.downgrade(doc, &call)
        };
        assert_eq!(
            said(&result.unwrap_err()),
            ["out_of_domain /a"],
            "{codec} {doc}"
        );
    };
    refused(r#""posix-rfc3339""#, r#"{"a":-1}"#, true);
    refused(r#""posix-rfc3339""#, r#"{"a":0e41}"#, true);
    refused(
        r#""posix-rfc3339""#,
        r#"{"a":"1970-01-01T00:00:00.5Z"}"#,
        false,
    );
    refused(r#""scale","by":2"#, r#"{"a":1e401}"#, true);
    refused(r#""scale","by":-1"#, r#"{"a":0.01}"#, false);
    refused(r#""integer""#, r#"{"a":7.5}"#, true);
    refused(r#""number-string""#, r#"{"a":" 1"}"#, false);
    refused(r#""joined","separator":";""#, r#"{"a":[""]}"#, false);
    refused(r#""joined","separator":";""#, r#"{"a":[1]}"#, false);
    let cut = rules(r#""a":{"codec":"posix-rfc3339","lost":"fractions"}"#);
    down(
        &cut,
        r#"{"a":"1970-01-01T00:00:00.5Z"}"#,
        r#"{"a":0}"#,
        &["lost /a"],
    );
    down(&cut, r#"{"a":"1970-01-01T00:00:00.0Z"}"#, r#"{"a":0}"#, &[]);
    assert_eq!(
        cut.compare(
            r#"{"a":3600}"#,
            r#"{"a":"1970-01-01t02:00:00+01:00"}"#,
            &Call::default()
        ),
        Ok(true)
    );
}

#[test]
fn lists_and_entries() {
    let model = rules(r#""a":{"list":"to","codec":"number-string"}"#);
    both(&model, r#"{"a":1}"#, r#"{"a":["1"]}"#);
    both(&model, r#"{"a":null}"#, r#"{"a":null}"#);
    down(
        &model,
        r#"{"a":["1","2","3"]}"#,
        r#"{"a":1}"#,
        &["lost /a/1", "lost /a/2"],
    );
    down(&model, r#"{"a":[],"b":1}"#, r#"{"b":1}"#, &["lost /a"]);
    down(&model, r#"{"a":[null]}"#, r#"{"a":null}"#, &["lost /a/0"]);
    let model = rules(r#""a":{"list":"from"}"#);
    both(&model, r#"{"a":[{ "x":1 }]}"#, r#"{"a":{ "x":1 }}"#);

    let model = rules(r#""a":{"entries":{"key":"id","value":"n"},"words":[[1,"one"]]}"#);
    both(
        &model,
        r#"{"a":{"x":1,"y":2}}"#,
        r#"{"a":[{"id":"x","n":"one"},{"id":"y","n":2}]}"#,
    );
    both(&model, r#"{"a":7}"#, r#"{"a":7}"#);
    down(
        &model,
        r#"{"a":[{"n":2,"id":"x","m":1}]}"#,
        r#"{"a":{"x":2}}"#,
        &["lost /a/0/m"],
    );
    let refused = |doc: &str| said(&model.downgrade(doc, &Call::default()).unwrap_err());
    assert_eq!(
        refused(r#"{"a":[{"id":"x","n":3},{"id":"x","n":4}]}"#),
        ["duplicate_member /a/1"]
    );
    assert_eq!(
        refused(r#"{"a":[7,{"id":1,"n":1},{"id":"x"}]}"#),
        [
            "invalid_type /a/0",
            "invalid_type /a/1",
            "invalid_type /a/2"
        ]
    );
    let model = rules(r#""a":{"entries":{"key":"id","value":"n","grouped":true}}"#);
    both(&model, r#"{"a":{"x":1}}"#, r#"{"a":[{"id":["x"],"n":1}]}"#);
    down(
        &model,
        r#"{"a":[{"id":["x","y"],"n":1},{"id":[],"n":2}]}"#,
        r#"{"a":{"x":1,"y":1}}"#,
        &["lost /a/0/id", "lost /a/1/id"],
    );
}

#[test]
fn split_becomes_one_again() {
    let model = rules(r#""a":{"split":["./b","./c"],"join":"all"}"#);
    both(
        &model,
        r#"{"x":1,"a":true,"y":2}"#,
        r#"{"x":1,"b":true,"c":true,"y":2}"#,
    );
    down(
        &model,
        r#"{"c":true,"x":1,"b":false}"#,
        r#"{"a":false,"x":1}"#,
        &["lost /c"],
    );
    down(&model, r#"{"c":true}"#, r#"{"a":true}"#, &["lost /c"]);
    let model = rules(r#""a":{"split":["o/b","o/c"],"join":"any"}"#);
    up(
        &model,
        r#"{"a":null,"x":1}"#,
        r#"{"x":1,"o":{"b":null,"c":null}}"#,
        &[],
    );
    down(
        &model,
        r#"{"o":{"c":true,"b":false},"x":1}"#,
        r#"{"x":1,"a":true}"#,
        &["lost /o/c"],
    );
    let model = rules(r#""a":{"split":["./b","./c"],"join":"first"}"#);
    down(&model, r#"{"c":1,"b":2}"#, r#"{"a":2}"#, &["lost /c"]);
}

#[test]
fn joining_pivots_share_an_element() {
    let model = rules(
        r#""cpu":{"to":"spec/metrics","pivot":{"where":{"name":"cpu"},"value":"target"}},
        "cpu_max":{"to":"spec/metrics","pivot":{"where":{"name":"cpu"},"value":"max"}},
        "mem":{"to":"spec/metrics","pivot":{"where":{"name":"mem"},"value":"target"}}"#,
    );
    let new = r#"{"x":1,"spec":{"metrics":[{"target":5,"name":"cpu","max":9},{"target":6,"name":"mem"}]}}"#;
    up(&model, r#"{"cpu":5,"x":1,"mem":6,"cpu_max":9}"#, new, &[]);
    down(&model, new, r#"{"x":1,"cpu":5,"cpu_max":9,"mem":6}"#, &[]);
    down(
        &model,
        r#"{"spec":{"metrics":[{"name":"disk"},{"max":1,"name":"cpu","k":2},{"max":3,"name":"cpu"}]}}"#,
        r#"{"spec":{"metrics":[{"name":"disk"},{"max":3,"name":"cpu"}]},"cpu_max":1}"#,
        &["lost /spec/metrics", "lost /spec/metrics/1/k"],
    );
    both(&model, r#"{"x":1}"#, r#"{"x":1}"#);
    down(
        &model,
        r#"{"spec":{"metrics":[]}}"#,
        r#"{"spec":{"metrics":[]}}"#,
        &[],
    );
    let found = said(
        &model
            .upgrade(r#"{"cpu":1,"spec":[]}"#, &Call::default())
            .unwrap_err(),
    );
    assert_eq!(found, ["conflict /cpu"]);
}

#[test]
fn pick_and_without() {
    let model = Model::new(
        r#"{"from":{},"to":{},"context":["language"],"rules":{
        "data":{"pick":"$language"},
        "data/$language/feeds":{"to":"./list","without":{"name":["old","older"]}},
        "data/$language/feeds/*/u":{"to":"./url"}}}"#,
    );
    let call = Call {
        context: &[("language", "en")],
        ..Call::default()
    };
    let old = r#"{"data":{"fr":1,"en":{"feeds":[{"name":"old","u":1},{"name":"x","u":2}]}}}"#;
    let output = model.upgrade(old, &call).unwrap();
    assert_eq!(output.json, r#"{"data":{"list":[{"name":"x","url":2}]}}"#);
    assert_eq!(
        said(&output.findings),
        ["lost /data/fr", "lost /data/en/feeds/0"]
    );
    let back = model.downgrade(&output.json, &call).unwrap();
    assert_eq!(
        back.json,
        r#"{"data":{"en":{"feeds":[{"name":"x","u":2}]}}}"#
    );
    let found = model.upgrade(r#"{"data":{}}"#, &call).unwrap_err();
    assert_eq!(said(&found), ["required /data/en"]);
    let found = model
        .upgrade(r#"{"data":{"en":{"list":1,"feeds":[{"url":1}]}}}"#, &call)
        .unwrap_err();
    assert_eq!(
        said(&found),
        [
            "other_version /data/en/list",
            "other_version /data/en/feeds/0/url"
        ]
    );
    assert_eq!(
        model.upgrade(r#"{"data":[]}"#, &call).unwrap().json,
        r#"{"data":[]}"#
    );
}

#[test]
fn alternatives_by_type_and_by_sibling() {
    let model = rules(
        r#""port":[{"type":"number","to":"port/number"},{"type":"string","to":"port/name"}]"#,
    );
    both(&model, r#"{"port":80}"#, r#"{"port":{"number":80}}"#);
    both(&model, r#"{"port":"http"}"#, r#"{"port":{"name":"http"}}"#);
    both(&model, r#"{"port":null}"#, r#"{"port":null}"#);
    let model = rules(r#""n":[{"when":{"kind":"card"},"to":"pan"},{}]"#);
    both(
        &model,
        r#"{"n":1,"kind":"card"}"#,
        r#"{"pan":1,"kind":"card"}"#,
    );
    both(
        &model,
        r#"{"n":1,"kind":"iban"}"#,
        r#"{"n":1,"kind":"iban"}"#,
    );
}

#[test]
fn arrays_of_arrays() {
    let model = rules(r#""a":{"to":"A"},"a/*/*/b":{"to":"./B"},"a/*/*/c/d":{"to":"A/*/*/d"}"#);
    both(
        &model,
        r#"{"a":[[{"b":1},2],[],{"b":1}]}"#,
        r#"{"A":[[{"B":1},2],[],{"b":1}]}"#,
    );
    both(&model, r#"{"a":[[{"c":{"d":1}}]]}"#, r#"{"A":[[{"d":1}]]}"#);
}

#[test]
fn hooks_make_values_where_the_first_input_stood() {
    let model = Model::new(
        r#"{"from":{},"to":{},"rules":{"h":{"to":"H","hook":"double"}},
        "hook":[{"name":"both","from":["p/fee"],"to":["p/fee","p/charge"],"loss":"down"}]}"#,
    )
    .hook("double", |up, values| {
        let text = values[0].unwrap();
        let made = if up {
            format!("[{text},{text}]")
        } else {
            "1".into()
        };
        Hooked {
            values: Ok(vec![Some(made)]),
            losses: vec![],
        }
    })
    .hook("both", |up, values| {
        let values = match (up, values) {
            (true, [Some(fee)]) => Ok(vec![Some("true".into()), Some((*fee).into())]),
            (false, [_, Some(charge)]) => Ok(vec![Some((*charge).into())]),
            (false, [Some(fee), None]) => Ok(vec![Some((*fee).into())]),
            other => panic!("{other:?}"),
        };
        Hooked {
            values,
            losses: if up { vec![] } else { vec!["lost".into()] },
        }
    });
    up(
        &model,
        r#"{"p":{"x":1,"fee":5,"y":2},"h":7}"#,
        r#"{"p":{"x":1,"fee":true,"charge":5,"y":2},"H":[7,7]}"#,
        &[],
    );
    down(
        &model,
        r#"{"p":{"charge":5,"y":2,"fee":true}}"#,
        r#"{"p":{"fee":5,"y":2}}"#,
        &["lost /p/charge"],
    );
    let found = said(
        &model
            .upgrade(r#"{"p":{"charge":5}}"#, &Call::default())
            .unwrap_err(),
    );
    assert_eq!(found, ["other_version /p/charge"]);
}
