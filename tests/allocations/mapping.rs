//! Converting a document that there is nothing to say of allocates nothing, once the output and the scratch have room.

use allocation_counter::measure;
use cutover::mapping::{Call, Definition, Hooks, Mapping, Side};
use serde_json::{Value, json};

fn compiled(definition: &Value) -> Mapping {
    let definition = Definition::from_json(&definition.to_string()).unwrap();
    Mapping::compile(definition, &Hooks::new()).unwrap()
}

/// Names, words and lists in place: what is written while it is walked.
fn flat() -> Mapping {
    let properties = |name: &str, tag: &str, open: Value| {
        json!({
            "type": "object", "required": ["lat"],
            "properties": {
                "lat": {"type": "number", "minimum": -90, "maximum": 90},
                name: {"type": "string", "maxLength": 255},
                "open": open,
                "tags": {"type": "array", "items": {"type": "object", "properties": {tag: {"type": "string"}}}},
            }
        })
    };
    compiled(&json!({
        "name": "flat",
        "from": {"version": "v1", "schema": properties("hours", "k", json!({"type": "boolean"}))},
        "to": {"version": "v2", "schema": properties("opening_hours", "key", json!({"enum": ["yes", "no"]})), "first": ["open"]},
        "rules": {
            "hours": {"to": "opening_hours"},
            "open": {"words": [[true, "yes"], [false, "no"]]},
            "tags/*/k": {"to": "./key"},
        },
    }))
}

/// Moves across levels and lists: what takes a tree.
fn order() -> Mapping {
    compiled(&json!({
        "name": "order", "from": {"version": "v1"}, "to": {"version": "v2"},
        "rules": {
            "name": {"to": "customer/name"},
            "vip": {"to": "customer/vip", "words": [["yes", true], ["no", false]]},
            "total": {"to": "total/minor", "codec": "scale", "by": 2},
            "items": {"to": "lines"},
            "items/*/code": {"to": "./sku"},
            "items/*/ext/note": {"to": "lines/*/note", "refuse": "v1 does not say what is in ext"},
        },
    }))
}

#[test]
fn nothing_to_report_is_nothing_to_allocate() {
    let flat_payload = json!({
        "lat": 51.5, "hours": "24/7", "open": true, "größe": "said \"twice\"",
        "tags": [{"k": "a", "v": 1}, {"k": "b", "v": {"deep": [1, 2, 3]}}, {}],
    });
    let order_payload = json!({
        "id": 7, "name": "Ada", "vip": "yes", "total": 12.5,
        "items": [{"code": "a-1", "qty": 1, "ext": {"note": "n"}}, {"code": "b", "ext": {"note": null, "x": 1}}, 5],
    });
    for (mapping, v1) in [(flat(), flat_payload), (order(), order_payload)] {
        let (v1, call) = (v1.to_string(), Call::new());
        let (mut v2, mut back) = (Vec::with_capacity(4_096), Vec::with_capacity(4_096));
        let mut all = |again: bool| {
            v2.clear();
            back.clear();
            let up = measure(|| {
                let report = mapping.upgrade(v1.as_bytes(), &call, &mut v2).unwrap();
                assert_eq!(report.findings(), []);
            });
            let down = measure(|| {
                let report = mapping.downgrade(&v2, &call, &mut back).unwrap();
                assert_eq!(report.findings(), []);
            });
            let from = measure(|| {
                let report = mapping.validate(Side::From, v1.as_bytes(), &call).unwrap();
                assert_eq!(report.findings(), []);
            });
            let to = measure(|| {
                let report = mapping.validate(Side::To, &v2, &call).unwrap();
                assert_eq!(report.findings(), []);
            });
            let read = |json: &[u8]| serde_json::from_slice::<Value>(json).unwrap();
            assert_eq!(read(&back), read(v1.as_bytes()));
            if again {
                let counts = [up, down, from, to].map(|counted| counted.count_total);
                assert_eq!(counts, [0; 4], "{}: {v1}", mapping.name());
            }
        };
        all(false);
        all(true);
    }
}
