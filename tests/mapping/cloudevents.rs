//! CloudEvents 0.3 and 1.0: pairs that others have published are each other's conversion, member order included.

use std::fs;

use cutover::mapping::{Call, Definition, Hooks, Mapping};

use crate::kit::{compact, down, silently, up};

fn cloudevents() -> Mapping {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/cloudevents.toml");
    let definition = Definition::open(path, None).unwrap_or_else(|flaws| panic!("{flaws}"));
    Mapping::compile(definition, &Hooks::new()).unwrap_or_else(|flaws| panic!("{flaws}"))
}

#[test]
fn the_published_pairs_are_each_others_conversion() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/cloudevents");
    let Ok(entries) = fs::read_dir(format!("{folder}/v03")) else {
        println!("SKIPPED the CloudEvents pairs: {folder} is not there");
        return;
    };
    let mapping = cloudevents();
    let mut pairs = 0;
    for entry in entries {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let old = compact(&fs::read_to_string(format!("{folder}/v03/{name}")).unwrap());
        let new = compact(&fs::read_to_string(format!("{folder}/v1/{name}")).unwrap());
        assert_eq!(silently(up(&mapping, &old, &Call::new())), new, "{name}");
        assert_eq!(silently(down(&mapping, &new, &Call::new())), old, "{name}");
        pairs += 1;
    }
    assert_eq!(pairs, 12);
}
