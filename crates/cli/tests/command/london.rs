//! 521 real toilets, where that file is at hand: accepted, upgraded, valid in v2, equivalent, twice the same.

use serde_json::value::RawValue;
use std::collections::BTreeMap;

use crate::common::{Ran, cutover};

type Line<'a> = BTreeMap<&'a str, &'a RawValue>;

fn line(text: &str) -> Line<'_> {
    serde_json::from_str(text).unwrap()
}

fn clean(args: &[&str], input: &str) -> Ran {
    let ran = cutover(args, input);
    assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.err);
    ran
}

#[test]
fn real_toilets_go_all_the_way() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/london-v1.ndjson"
    );
    let path = std::env::var("CUTOVER_LONDON").unwrap_or_else(|_| path.to_owned());
    let Ok(input) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: no {path}");
        return;
    };
    let count = input.lines().count();
    for policy in ["unknowns", "legacy"] {
        let valid = clean(&["validate", "--api", "v1", "--fail-on", "none"], &input);
        let upgraded = clean(&["upgrade", "--policy", policy], &input);
        assert_eq!(
            upgraded,
            Ran {
                err: upgraded.err.clone(),
                ..clean(&["upgrade", "--policy", policy], &input)
            }
        );
        let run = clean(&["run", "--share", "100%", "--policy", policy], &input);

        let (mut v2, mut pairs, mut taken) = (String::new(), String::new(), 0);
        let outputs = valid
            .lines()
            .into_iter()
            .zip(upgraded.lines())
            .zip(run.lines());
        for (text, ((valid, upgraded), run)) in input.lines().zip(outputs) {
            let (from, to, run) = (line(text), line(upgraded), line(run));
            let ok = line(valid)["valid"].get() == "true";
            assert_eq!(
                to.contains_key("payload"),
                ok,
                "v1 takes what upgrades: {upgraded}"
            );
            let same = |key| to.get(key).map(|it| it.get()) == run.get(key).map(|it| it.get());
            assert!(
                same("payload") && same("error") && same("findings"),
                "{upgraded}"
            );
            if ok {
                taken += 1;
                let (id, v1, payload) = (from["id"], from["payload"], to["payload"]);
                v2 += &format!("{{\"id\":{id},\"payload\":{payload}}}\n");
                pairs += &format!("{{\"id\":{id},\"v1\":{v1},\"v2\":{payload}}}\n");
            }
        }
        assert!(taken * 100 >= count * 99, "{taken} of {count}");
        for answer in clean(&["validate", "--api", "v2"], &v2).answers() {
            assert_eq!(answer["valid"], true, "{answer}");
        }
        for answer in clean(&["compare", "--policy", policy], &pairs).answers() {
            assert_eq!(answer["equivalent"], true, "{answer}");
        }
    }
}
