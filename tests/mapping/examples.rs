//! The example definitions: their files, their JSON and the same built in Rust are one definition.
//! `CUTOVER_BLESS=1` writes the JSON anew.

use std::fs;
use std::path::{Path, PathBuf};

use cutover::mapping::{
    Builder, Code, Definition, HookLoss, Join, JsonType, Rule, Side, Treatment,
};
use serde_json::{Value, json};

use crate::definition::format;

/// The examples, without their ending.
const EXAMPLES: [&str; 4] = [
    "tests/mapping/definitions/order",
    "tests/mapping/definitions/library",
    "tests/mapping/definitions/telemetry",
    "examples/cloudevents",
];

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn opened(example: &str) -> Definition {
    let path = at(&format!("{example}.toml"));
    Definition::open(&path, None).unwrap_or_else(|flaws| panic!("{}:\n{flaws}", path.display()))
}

fn schema(path: &str) -> Option<Value> {
    let text = fs::read_to_string(at(path)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn begun(name: &str, from: &str, to: &str) -> Builder {
    let schema = |version| {
        schema(&format!(
            "tests/mapping/definitions/{name}.{version}.schema.json"
        ))
    };
    Definition::builder(name)
        .from(from, schema("v1"))
        .to(to, schema("v2"))
}

#[test]
fn examples_are_written_and_read_back() {
    for example in EXAMPLES {
        let definition = opened(example);
        let json = definition.to_json();
        assert_eq!(Definition::from_json(&json).unwrap(), definition);
        let copy = at(&format!(
            "tests/mapping/definitions/{}.json",
            example.rsplit('/').next().unwrap()
        ));
        if std::env::var_os("CUTOVER_BLESS").is_some() {
            fs::write(&copy, format!("{json}\n")).unwrap();
        }
        let committed = fs::read_to_string(&copy).unwrap_or_default();
        assert!(
            committed.trim_end() == json,
            "{} is out of date: run this test with CUTOVER_BLESS=1",
            copy.display()
        );
    }
}

#[test]
fn schemas_are_looked_for_in_the_folder_that_is_named() {
    let path = at("tests/mapping/definitions/order.toml");
    let elsewhere = at("examples");
    let flaws = Definition::open(&path, Some(&elsewhere)).unwrap_err();
    assert_eq!(flaws.as_slice().len(), 2, "{flaws}");
    assert!(flaws.to_string().contains("order.v1.schema.json"));

    let beside = at("tests/mapping/definitions");
    assert!(Definition::open(&path, Some(&beside)).is_ok());
}

#[test]
fn a_file_of_no_known_format_is_refused() {
    for path in ["Cargo.lock", "no such file.toml"] {
        let flaws = Definition::open(at(path), None).unwrap_err();
        assert!(flaws.to_string().contains(path), "{flaws}");
    }
}

#[test]
fn the_order_can_be_built() {
    let built = begun("order", "v1", "v2")
        .context("language")
        .rule("name", Rule::new().to("customer/name"))
        .rule(
            "vip",
            Rule::new()
                .to("customer/vip")
                .words([("yes", true), ("no", false)]),
        )
        .rule("total", Rule::new().to("total/minor").scale(2))
        .rule("items", Rule::new().to("lines"))
        .rule("items/*/code", Rule::new().to("./sku"))
        .rule("items/*/tags", Rule::new().joined(";"))
        .rule(
            "items/*/ext/note",
            Rule::new()
                .to("lines/*/note")
                .refuse("v1 does not say what is in ext"),
        )
        .rule(
            "title",
            Rule::new()
                .pivot("text", [("language", json!("$language"))])
                .lost("other languages"),
        )
        .rule(
            "legacy_ref",
            Rule::new().drop("nobody has read it since 2023"),
        )
        .added(
            "total/currency",
            Rule::new().absent("GBP").drop("v1 is in pounds"),
        )
        .build()
        .unwrap();
    assert_eq!(built, opened(EXAMPLES[0]));
}

#[test]
fn the_library_can_be_built() {
    let book = |name: &str| format!("catalogue/$language/books/*/{name}");
    let built = begun("library", "v1", "v2")
        .first(Side::To, ["@type"])
        .context("language")
        .policy("cautious")
        .policy("generous")
        .code(&Code::OTHER_VERSION, "v1_member")
        .rule(
            "catalogue",
            Rule::new()
                .pick("$language")
                .lost("catalogues in other languages")
                .refuse("not every library has a catalogue in every language"),
        )
        .rule(
            &book("author"),
            Rule::new()
                .to("./authors")
                .list(Side::To)
                .lost("further authors"),
        )
        .rule(
            &book("binding"),
            Rule::new()
                .words([
                    ("hardback", "hardcover"),
                    ("cloth", "hardcover"),
                    ("paperback", "paperback"),
                ])
                .lost("cloth is a hardcover"),
        )
        .rule(
            &book("copies"),
            Rule::new()
                .entries_grouped("branches", "count")
                .lost("which branches share their copies"),
        )
        .rule(
            &book("lendable"),
            Rule::new()
                .split(["./loan", "./reservation"], Join::All)
                .lost("v1 does not tell loans from reservations"),
        )
        .rule(&book("shelf"), Rule::new().hook("shelf"))
        .rule(
            "contact/email",
            Rule::new()
                .to("email")
                .also(["mail"])
                .wins(Side::From)
                .foreign_keep()
                .lost("older addresses"),
        )
        .rule("fax", Rule::new().drop("nobody sends a fax"))
        .rule("lending_days", Rule::new().absent_down(28))
        .rule(
            "notices",
            Rule::new()
                .without("audience", ["staff", "board"])
                .lost("notices that are not for readers"),
        )
        .rule(
            "opening_hours",
            Rule::new()
                .absent_by("cautious", "by appointment")
                .absent_by("generous", "24/7"),
        )
        .added(
            "accessible",
            Rule::new()
                .absent_by("generous", "yes")
                .absent_by("cautious", "unknown")
                .drop("v1 does not say"),
        )
        .added("catalogue/books/*/rating", Rule::new().drop("new in v2"))
        .added(
            "country",
            Rule::new()
                .absent("DE")
                .drop("all libraries of v1 are in Germany"),
        )
        .dialect("2024-06", ["catalogue/books/*/audio"])
        .dialect("2025-01", ["catalogue/books/*/e_book", "events"])
        .hook(
            "size",
            [book("width").as_str(), book("height").as_str()],
            ["catalogue/books/*/size"],
            HookLoss::None,
        )
        .build()
        .unwrap();
    assert_eq!(built, opened(EXAMPLES[1]));
}

#[test]
fn telemetry_can_be_built() {
    let point = |value: &str| {
        Rule::new()
            .to("points")
            .pivot(value, [("role", json!("site"))])
            .lost("points that are no site, and what else a point says")
    };
    let built = begun("telemetry", "1.0", "2.0")
        .context("language")
        .tier("core", Treatment::Error)
        .tier("optional", Treatment::Coerce)
        .tier("rest", Treatment::Warn)
        .rule("schema_version", Rule::new().words([("1.0", "2.0")]))
        .rule(
            "device",
            Rule::new().to("device/urn").prefix("urn:station:"),
        )
        .rule("serial", Rule::new().to("device/serial").number_string())
        .rule(
            "sent",
            Rule::new().posix_rfc3339().lost("fractions of a second"),
        )
        .rule("interval", Rule::new().to("interval_ms").scale(3))
        .rule("retries", Rule::new().integer())
        .rule("labels", Rule::new().joined(","))
        .rule(
            "log",
            Rule::new()
                .to("log_text")
                .base64()
                .refuse("a log may be no text, or wrapped base64"),
        )
        .alternatives(
            "port",
            [
                Rule::new().of_type(JsonType::Integer).to("port/number"),
                Rule::new().of_type(JsonType::String).to("port/name"),
            ],
        )
        .rule("site/lat", point("lat"))
        .rule("site/lon", point("lon"))
        .alternatives(
            "readings/*/value",
            [
                Rule::new().when("kind", "temperature").to("./celsius"),
                Rule::new().when("kind", "humidity").to("./percent"),
                Rule::new(),
            ],
        )
        .rule(
            "readings/*/note",
            Rule::new()
                .pivot("text", [("language", json!("$language"))])
                .lost("notes in other languages"),
        )
        .rule("readings/*/bursts/*/*/v", Rule::new().to("./value"))
        .rule(
            "readings/*/bursts/*/*/at",
            Rule::new().to("./offset_us").scale(3),
        )
        .build()
        .unwrap();
    assert_eq!(built, opened(EXAMPLES[2]));
}

#[test]
fn cloudevents_can_be_built() {
    let built = Definition::builder("cloudevents")
        .from("0.3", schema("examples/cloudevents/v0.3.schema.json"))
        .to("1.0", schema("examples/cloudevents/v1.0.schema.json"))
        .rule("specversion", Rule::new().words([("0.3", "1.0")]))
        .rule("schemaurl", Rule::new().to("dataschema"))
        .alternatives(
            "data",
            [
                Rule::new()
                    .tag("datacontentencoding", "base64")
                    .to("data_base64")
                    .refuse("0.3 does not say that base64 data is a string"),
                Rule::new(),
            ],
        )
        .build()
        .unwrap();
    assert_eq!(built, opened(EXAMPLES[3]));
}

#[test]
fn the_schema_of_the_format_accepts_the_examples() {
    let validator = format();
    for example in EXAMPLES {
        let definition: Value = serde_json::from_str(&opened(example).to_json()).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&definition)
            .map(|error| format!("{} {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{example}: {errors:?}");
    }
}

/// Schemas of examples are schemas, and the team's own data is accepted by them.
#[test]
fn the_schemas_of_cloudevents_accept_recorded_events() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/cloudevents");
    if !Path::new(data).exists() {
        eprintln!("SKIPPED: no recorded events in {data}");
        return;
    }
    for (folder, version) in [("v03", "v0.3"), ("v1", "v1.0")] {
        let schema = schema(&format!("examples/cloudevents/{version}.schema.json")).unwrap();
        let validator = jsonschema::draft7::new(&schema).unwrap();
        let mut seen = 0;
        for entry in fs::read_dir(Path::new(data).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let event: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            assert!(validator.is_valid(&event), "{}", path.display());
            seen += 1;
        }
        assert_eq!(seen, 12);
    }
}
