//! OpenRTB 2.5 and 2.6: seven moves across levels, and what each dialect of 2.6 added. Recorded conversions and requests
//! are prebid-server's and not in this repository; without them the tests say SKIPPED.

use std::fs;

use cutover::mapping::{Call, Definition, Hooks, Mapping, laws};
use cutover_testkit::cases;
use serde_json::Value;

use crate::kit::{down, silently, up};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/openrtb");

fn openrtb() -> Mapping {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/openrtb/openrtb.toml");
    let definition = Definition::open(path, None).unwrap_or_else(|flaws| panic!("{flaws}"));
    Mapping::compile(definition, &Hooks::new()).unwrap_or_else(|flaws| panic!("{flaws}"))
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn recorded_conversions_come_out_the_same() {
    let Ok(pairs) = fs::read_to_string(format!("{DATA}/pairs.json")) else {
        println!("SKIPPED OpenRTB: {DATA} is not there");
        return;
    };
    let (mapping, pairs) = (openrtb(), value(&pairs));
    let pairs = pairs.as_array().unwrap();
    assert_eq!(pairs.len(), 6);
    for pair in pairs {
        let input = pair["input"].to_string();
        let output = match pair["direction"].as_str() {
            Some("up") => up(&mapping, &input, &Call::new()),
            _ => down(&mapping, &input, &Call::new()),
        };
        // Their conversions sort members by the structs of Go.
        assert_eq!(
            value(&silently(output)),
            pair["expected"],
            "{}",
            pair["name"]
        );
    }
}

#[test]
fn recorded_requests_upgrade_once_and_for_all() {
    let Ok(requests) = fs::read_dir(format!("{DATA}/requests")) else {
        println!("SKIPPED OpenRTB: {DATA} is not there");
        return;
    };
    let (mapping, call) = (openrtb(), Call::new());
    let mut count = 0;
    for request in requests {
        let path = request.unwrap().path();
        let request = fs::read_to_string(&path).unwrap();
        let (new, _) = up(&mapping, &request, &call).unwrap();
        assert_eq!(up(&mapping, &new, &call).unwrap().0, new, "{path:?}");
        let (old, dropped) = down(&mapping, &new, &call).unwrap();
        let (again, _) = up(&mapping, &old, &call).unwrap();
        if dropped.is_empty() {
            // What moved away and back is the last of its object.
            assert_eq!(value(&again), value(&new), "{path:?}");
        }
        // An `ext` that came empty is gone once something has moved into it and out again.
        let is_known = |one: &String| one.starts_with("dropped ") || one == "lost /user/ext";
        assert!(dropped.iter().all(is_known), "{dropped:?}");
        count += 1;
    }
    assert_eq!(count, 100);
}

#[test]
fn a_dialect_keeps_what_its_reader_knows() {
    let mapping = openrtb();
    let new = r#"{"imp":[{"qty":{"m":1},"refresh":{},"rwdd":1}],"acat":["a"],"regs":{"gpp":"x","gdpr":1},"wlangb":["en"]}"#;
    let (old, said) = down(&mapping, new, &Call::new()).unwrap();
    assert_eq!(
        old,
        r#"{"imp":[{"ext":{"prebid":{"is_rewarded_inventory":1}}}],"regs":{"ext":{"gdpr":1}}}"#
    );
    let dropped = [
        "dropped /imp/0/qty",
        "dropped /imp/0/refresh",
        "dropped /acat",
        "dropped /regs/gpp",
        "dropped /wlangb",
    ];
    assert_eq!(said, dropped);
    let call = Call::new().dialect("2.6-202211");
    let (kept, said) = down(&mapping, new, &call).unwrap();
    assert_eq!(
        kept,
        r#"{"imp":[{"qty":{"m":1},"rwdd":1}],"regs":{"gpp":"x","gdpr":1},"wlangb":["en"]}"#
    );
    assert_eq!(said, ["dropped /imp/0/refresh", "dropped /acat"]);
}

#[test]
fn the_laws_hold() {
    laws::check(&openrtb(), cases(400)).unwrap_or_else(|broken| panic!("{broken}"));
}
