use super::*;
use std::time::Instant;
#[test]
fn speed() {
    let root = shared("gbfs").unwrap();
    for (version, file, list) in [
        ("v2.3", "station_status", "stations"),
        ("v2.3", "station_information", "stations"),
        ("v3.0", "station_information", "stations"),
        ("v3.0", "vehicle_status", "vehicles"),
        ("v2.3", "vehicle_types", "vehicle_types"),
        ("v3.0", "station_status", "stations"),
    ] {
        let doc = json(
            &root
                .join("schema")
                .join(version)
                .join(format!("{file}.json")),
        );
        let mut value = json(
            &root
                .join("testFixtures")
                .join(version)
                .join(format!("{file}.json")),
        );
        let elements = value["data"][list].as_array().unwrap().clone();
        let many: Vec<Json> = elements.iter().cycle().take(2000).cloned().collect();
        value["data"][list] = Json::from(many);
        let tape = document(&value);
        let t = Instant::now();
        let schema = Schema::compile(&doc).unwrap();
        let compile = t.elapsed();
        let crates = jsonschema::draft7::new(&doc).unwrap();
        let text = value.to_string();
        let run = |f: &dyn Fn() -> bool| {
            let mut best = u128::MAX;
            for _ in 0..15 {
                let t = Instant::now();
                assert!(f());
                best = best.min(t.elapsed().as_micros());
            }
            best
        };
        let ours = run(&|| schema.is_valid(tape.value()));
        let theirs = run(&|| crates.is_valid(&value));
        let parse = run(&|| serde_json::from_str::<Json>(&text).is_ok());
        let ignored = run(&|| serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
        println!(
            "{version}/{file}: {} bytes, compile {compile:?}, ours {ours}µs, jsonschema {theirs}µs + Value {parse}µs, IgnoredAny {ignored}µs",
            text.len()
        );
    }
}
