//! CloudEvents 0.3 and 1.0: twelve pairs, each the other's conversion.

use super::{Call, Model, both, compact, down, recorded, says, up};

fn model() -> Model {
    Model::new(
        r#"{
        "name": "cloudevents",
        "from": {"version": "0.3"},
        "to": {"version": "1.0"},
        "rules": {
            "specversion": {"words": [["0.3", "1.0"]]},
            "schemaurl": {"to": "dataschema"},
            "data": [{"tag": {"datacontentencoding": "base64"}, "to": "data_base64"}, {}]
        }}"#,
    )
}

#[test]
fn recorded_pairs_are_each_other_s_conversion() {
    let names = [
        "base64_json_data",
        "base64_json_data_with_ext",
        "base64_text_data",
        "base64_xml_data",
        "json_data",
        "json_data_with_ext",
        "json_data_with_ext_invalid",
        "json_data_with_ext_upper_case",
        "min",
        "min_subject_null",
        "text_data",
        "xml_data",
    ];
    for name in names {
        let file = |version| recorded(&format!("cloudevents/{version}/{name}.json"));
        let (Some(old), Some(new)) = (file("v03"), file("v1")) else {
            return;
        };
        let (old, new, call) = (compact(&old), compact(&new), Call::default());
        both(&model(), &old, &new);
        assert_eq!(model().settle(&new, &call), Ok(new));
    }
}

#[test]
fn tags_go_and_come_back_just_before_the_member() {
    let old = r#"{"datacontentencoding":"base64","id":1,"data":"e30="}"#;
    up(&model(), old, r#"{"id":1,"data_base64":"e30="}"#, &[]);
    let back = r#"{"id":1,"datacontentencoding":"base64","data":"e30="}"#;
    down(&model(), r#"{"id":1,"data_base64":"e30="}"#, back, &[]);
    // Another encoding is no tag of ours, and with no data there is none to take away.
    both(
        &model(),
        r#"{"datacontentencoding":"gzip","data":1}"#,
        r#"{"datacontentencoding":"gzip","data":1}"#,
    );
    both(
        &model(),
        r#"{"datacontentencoding":"base64"}"#,
        r#"{"datacontentencoding":"base64"}"#,
    );
}

#[test]
fn both_kinds_of_data_are_a_conflict() {
    let (_, found) = says(model().downgrade(r#"{"data_base64":"","data":1}"#, &Call::default()));
    assert_eq!(found, ["conflict /data"]);
    let (_, found) = says(model().downgrade(
        r#"{"datacontentencoding":"x","data_base64":""}"#,
        &Call::default(),
    ));
    assert_eq!(found, ["conflict /data_base64"]);
    let (_, found) =
        says(model().upgrade(r#"{"data_base64":"","dataschema":""}"#, &Call::default()));
    assert_eq!(
        found,
        ["other_version /data_base64", "other_version /dataschema"]
    );
}
