//! The JSON Schemas under `docs/schemas` are what the crate writes, and say what the crate says: an independent validator
//! takes what the crate takes, and refuses what it refuses but for the rules that `docs/schemas/README.md` lists.
//! `CUTOVER_BLESS=1` writes them anew.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use cutover::contribution::{self, Code, Report, Upgrader, form_schema, form_to_v1, schema};
use cutover::{Rollout, Version, routing};
use cutover_testkit::forms;
use cutover_testkit::generator::{Forms, Payloads, V2Payloads};
use cutover_testkit::strategies;
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::kit;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).expect("a schema is JSON");
    assert!(
        jsonschema::meta::is_valid(&schema),
        "not a schema: {schema}"
    );
    jsonschema::draft202012::new(&schema).expect("a schema of draft 2020-12")
}

#[test]
fn the_committed_schemas_are_what_the_crate_writes() {
    let folder = root().join("docs/schemas");
    for (name, schema) in [
        ("form.json", form_schema()),
        ("v1.json", schema(Version::V1)),
        ("v2.json", schema(Version::V2)),
        ("rollout.json", routing::schema()),
    ] {
        let path = folder.join(name);
        if std::env::var_os("CUTOVER_BLESS").is_some() {
            fs::write(&path, &schema).expect("the schema can be written");
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == schema,
            "{} is out of date: run this test with CUTOVER_BLESS=1",
            path.display()
        );
    }
}

/// What the crate says of a document, and what a schema says of it.
struct Judges {
    schema: Validator,
    crate_says: fn(&[u8]) -> Report,
    tried: RefCell<Tried>,
}

#[derive(Debug, Default)]
struct Tried {
    accepted: u32,
    refused: u32,
    /// Only the crate refuses, by rules that a schema can't say.
    beyond: u32,
    /// Not for the validator: its reader takes no number beyond f64 and no member twice.
    unread: u32,
}

impl Judges {
    fn of(schema: &str, crate_says: fn(&[u8]) -> Report) -> Self {
        Self {
            schema: validator(schema),
            crate_says,
            tried: RefCell::default(),
        }
    }

    fn v1() -> Self {
        Self::of(&schema(Version::V1), |payload| {
            contribution::validate(Version::V1, payload)
        })
    }

    fn v2() -> Self {
        Self::of(&schema(Version::V2), |payload| {
            contribution::validate(Version::V2, payload)
        })
    }

    fn form() -> Self {
        Self::of(&form_schema(), |form| {
            form_to_v1(form, &mut Vec::new())
                .unwrap_or_else(|error| Report::of(&error).expect("a report").clone())
        })
    }

    /// Schema-valid exactly when accepted, but for the rules beyond a schema.
    #[track_caller]
    fn agree(&self, document: &[u8]) {
        let mut tried = self.tried.borrow_mut();
        let report = (self.crate_says)(document);
        let twice = report
            .errors()
            .any(|error| error.code() == Code::DuplicateMember);
        let value = match serde_json::from_slice::<Value>(document) {
            Ok(value) if !twice => value,
            _ => {
                tried.unread += 1;
                return;
            }
        };
        let valid = self.schema.is_valid(&value);
        let text = String::from_utf8_lossy(document);
        if report.is_valid() {
            tried.accepted += 1;
            assert!(
                valid,
                "accepted, but the schema refuses it: {:?}: {text}",
                self.schema
                    .iter_errors(&value)
                    .map(|error| error.to_string())
                    .collect::<Vec<_>>()
            );
        } else if report
            .errors()
            .all(|error| is_beyond(error.code(), error.path(), &value))
        {
            tried.beyond += 1;
        } else {
            tried.refused += 1;
            assert!(!valid, "refused, but the schema takes it: {report}: {text}");
        }
    }

    /// Asserts that both outcomes were seen, and that the exceptions are few.
    fn done(&self, name: &str, refusals: u32) {
        let tried = self.tried.borrow();
        println!("{name}: {tried:?}");
        assert!(tried.accepted > 0 && tried.refused >= refusals, "{tried:?}");
        let judged = tried.accepted + tried.refused;
        assert!(
            tried.beyond * 20 <= judged && tried.unread * 5 <= judged,
            "{tried:?}"
        );
    }
}

/// Whether a schema can't see what this error is about: the list of `docs/schemas/README.md`.
fn is_beyond(code: Code, path: &str, document: &Value) -> bool {
    let value = document.pointer(path);
    let number = value.and_then(Value::as_f64);
    match code {
        // More digits than 32, or an amount above the limit by less than an f64 can tell.
        Code::OutOfRange if path == "/fee" => number.is_some_and(|number| number <= 1e6),
        // The text of a number, where a text is asked for.
        Code::TooLong => number.is_some(),
        Code::InvalidFormat => {
            number.is_some_and(|year| (1_000.0..=9_999.0).contains(&year) && year.fract() == 0.0)
        }
        _ => false,
    }
}

fn runner() -> TestRunner {
    TestRunner::new(Config {
        cases: kit::cases(),
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..Config::default()
    })
}

fn hard(judges: &Judges, documents: impl Strategy<Value = String>) {
    let result = runner().run(&documents, |document| {
        judges.agree(document.as_bytes());
        Ok(())
    });
    assert_eq!(result.map_err(|error| error.to_string()), Ok(()));
}

#[test]
fn v1_is_what_the_schema_says() {
    let judges = Judges::v1();
    hard(&judges, strategies::v1());
    for (_, payload) in Payloads::seeded(50).take(kit::cases() as usize) {
        judges.agree(payload.as_bytes());
    }
    // Payloads for the other version and forms are close enough to be wrong in other ways.
    hard(&judges, strategies::v2());
    hard(&judges, forms::form());
    judges.done("v1", kit::cases() / 20);
}

#[test]
fn v2_is_what_the_schema_says() {
    let judges = Judges::v2();
    hard(&judges, strategies::v2());
    for payload in V2Payloads::seeded(51).take(kit::cases() as usize) {
        judges.agree(payload.as_bytes());
    }
    for (id, payload) in Payloads::seeded(52).take(kit::cases() as usize) {
        let mut v2 = Vec::new();
        contribution::upgrade(payload.as_bytes(), &id, &mut v2).expect("v1 accepts it");
        judges.agree(&v2);
    }
    hard(&judges, strategies::v1());
    judges.done("v2", kit::cases() / 20);
}

#[test]
fn forms_are_what_the_schema_says() {
    let judges = Judges::form();
    hard(&judges, forms::form());
    for form in Forms::seeded(53).take(kit::cases() as usize) {
        judges.agree(form.as_bytes());
    }
    hard(&judges, strategies::v1());
    judges.done("form", kit::cases() / 20);
}

/// Each rule at its edge, so that no generator's luck is needed.
#[test]
fn the_edges_are_where_the_crate_has_them() {
    let (v1, v2, form) = (Judges::v1(), Judges::v2(), Judges::form());
    let text = |n: usize| format!("\"{}\"", "\u{1F6BB}".repeat(n));
    let spaces = "\\u0085\\u3000\\u2028 \\t\u{a0}\u{1680}\u{2007}\u{205f}";
    let padded = |n: usize, around: &str| format!("\"{around}{}{around}\"", "é".repeat(n));
    let mut rows: Vec<(&str, String)> = [
        ("lat", "90"),
        ("lat", "90.5"),
        ("lng", "-180"),
        ("lng", "-180.5"),
        ("lat", "null"),
        ("lat", "\"1\""),
        ("fee", "1000000"),
        ("fee", "1000000.5"),
        ("fee", "-5"),
        ("fee", "\"yes\""),
        ("fee", "\"YES\""),
        ("fee", "[]"),
        ("access", "\"public\""),
        ("access", "\"Public\""),
        ("access", "true"),
        ("access", "null"),
        ("accessible", "null"),
        ("accessible", "\"yes\""),
        ("accessible", "true"),
        ("hours", "\"custom\""),
        ("hours", "7"),
        ("male", "\"only\""),
        ("female", "\"limited\""),
        ("changing_table", "\"limited\""),
        ("unisex", "\"only\""),
        ("unisex", "1"),
        ("toilets:position", "\" seated ;\\u2003squat\\u0085\""),
        ("toilets:position", "\"seated;\""),
        ("toilets:position", "\"seated,squat\""),
        ("toilets:position", "\"\\uFEFFseated\""),
        ("toilets:position", "\"seatedsquat\""),
        ("check_date", "\"2024-02-31\""),
        ("check_date", "\"2024-13\""),
        ("check_date", "\"2024-00\""),
        ("check_date", "\"2024-01-32\""),
        ("check_date", "\"2024-1-1\""),
        ("check_date", "\"2024\\n\""),
        ("check_date", "\"٢٠٢٤\""),
        ("check_date", "2024"),
        ("check_date", "999"),
        ("check_date", "10000"),
        ("check_date", "2024.5"),
        ("check_date", "true"),
        ("level", "-1"),
        ("level", "true"),
        ("layer", "true"),
        ("layer", "[]"),
        ("operator", "1"),
        ("operator", "false"),
        ("created_by", "1"),
        ("created_by", "{}"),
        ("@id", "\"\""),
        ("@id", "1"),
        ("@id", "null"),
        ("amenity", "\"bar\""),
        ("x", "{\"a\":[null]}"),
        ("", "1"),
        ("charge", "1"),
        ("payment_contactless", "\"only\""),
        ("payment:contactless", "\"only\""),
        ("features", "{\"radar\":1}"),
        ("features", "{\"radar\":null,\"shower\":1}"),
        ("features", "[]"),
        ("customHours", "1"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec();
    for n in [255, 256] {
        rows.extend(
            [
                "operator",
                "name",
                "hours",
                "opening_hours",
                "charge",
                "created_by",
            ]
            .map(|name| (name, text(n))),
        );
        rows.push(("name", padded(n, spaces)));
        rows.push(("hours", padded(n, spaces)));
        rows.push(("name", padded(n, "\u{feff}")));
        rows.push(("operator", padded(n, " ")));
    }
    rows.extend([1_000, 1_001].map(|n| ("description", text(n))));
    let with = |base: &[(&str, &str)], name: &str, value: &str| {
        let others = base.iter().filter(|(member, _)| *member != name);
        let members = others.map(|(name, value)| format!("\"{name}\":{value}"));
        let members = members.chain([format!("\"{name}\":{value}")]);
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    };
    let place = [("lat", "1"), ("lng", "2")];
    let core = [
        ("@id", "\"x\""),
        ("amenity", "\"toilets\""),
        ("lat", "1"),
        ("lng", "2"),
        ("wheelchair", "\"no\""),
        ("access", "\"no\""),
        ("opening_hours", "\"off\""),
        ("fee", "true"),
    ];
    for (name, value) in &rows {
        v1.agree(with(&place, name, value).as_bytes());
        v2.agree(with(&core, name, value).as_bytes());
        form.agree(with(&place, name, value).as_bytes());
        for custom in ["custom", " custom\u{a0}", "Custom"] {
            let hours = format!("\"{custom}\"");
            let base = [("lat", "1"), ("lng", "2"), ("hours", &*hours)];
            form.agree(with(&base, "customHours", value).as_bytes());
        }
    }
    for (missing, _) in core {
        let rest: Vec<_> = core
            .iter()
            .copied()
            .filter(|(name, _)| *name != missing)
            .collect();
        v2.agree(with(&rest, "level", "1").as_bytes());
        v1.agree(with(&rest[..rest.len().min(3)], "level", "1").as_bytes());
    }
    for n in [255, 256, 257, 271, 272, 273] {
        let many: Vec<String> = (core.len()..n)
            .map(|at| format!("\"k{at}\":\"\""))
            .collect();
        let core = core.map(|(name, value)| format!("\"{name}\":{value}"));
        let payload = format!("{{{},{}}}", core.join(","), many.join(","));
        v1.agree(payload.as_bytes());
        v2.agree(payload.as_bytes());
    }
    for document in ["[]", "1", "null", "\"{}\"", "{}"] {
        v1.agree(document.as_bytes());
        v2.agree(document.as_bytes());
        form.agree(document.as_bytes());
    }
    for judges in [&v1, &v2, &form] {
        let tried = judges.tried.borrow();
        assert!(
            tried.accepted >= 30 && tried.refused >= 30 && tried.beyond == 0,
            "{tried:?}"
        );
    }
}

/// The exceptions are what they are said to be: refused by the crate alone.
#[test]
fn what_a_schema_cannot_say() {
    let (v1, form) = (validator(&schema(Version::V1)), validator(&form_schema()));
    let long = format!("0.{}", "1".repeat(300));
    for members in [
        "\"fee\":0.12345678901234567890123456789012".to_owned(),
        "\"fee\":1000000.00000000000000000001".to_owned(),
        "\"check_date\":2024.0".to_owned(),
        format!("\"created_by\":{long}"),
        "\"level\":\"1\",\"level\":\"2\"".to_owned(),
        format!("\"x\":{}1{}", "[".repeat(40), "]".repeat(40)),
        format!("\"x\":\"{}\"", "x".repeat(65_536)),
    ] {
        let payload = format!("{{\"lat\":1,\"lng\":2,{members}}}");
        let value = serde_json::from_str(&payload).unwrap();
        assert!(v1.is_valid(&value), "{payload:.80}");
        assert!(!contribution::validate(Version::V1, payload.as_bytes()).is_valid());
    }
    let ticked = r#"{"lat":1,"lng":2,"changing_table":"no","features":{"babyChange":true}}"#;
    assert!(form.is_valid(&serde_json::from_str(ticked).unwrap()));
    assert!(form_to_v1(ticked.as_bytes(), &mut Vec::new()).is_err());
}

#[test]
fn rollouts_are_what_the_schema_says() {
    let schema = validator(&routing::schema());
    let document = |members: &str| format!("{{\"name\":\"a\",\"share\":\"10%\"{members}}}");
    let mut documents: Vec<String> = [
        "",
        ",\"revision\":7",
        ",\"revision\":-1",
        ",\"revision\":4294967295",
        ",\"revision\":4294967296",
        ",\"revision\":1.5",
        ",\"revision\":null",
        ",\"revision\":\"1\"",
        ",\"salt\":null",
        ",\"salt\":\"\"",
        ",\"salt\":1",
        ",\"force\":\"v1\"",
        ",\"force\":\"v3\"",
        ",\"force\":null",
        ",\"allow_requested\":true",
        ",\"allow_requested\":null",
        ",\"allow_requested\":1",
        ",\"shadow\":\"5%\"",
        ",\"shadow\":null",
        ",\"shadow\":5",
        ",\"pins\":{}",
        ",\"pins\":null",
        ",\"pins\":[]",
        ",\"pins\":{\"v1\":[]}",
        ",\"pins\":{\"v2\":[\"a\",\"a\",\"\"]}",
        ",\"pins\":{\"v2\":[1]}",
        ",\"pins\":{\"v2\":null}",
        ",\"pins\":{\"v3\":[]}",
        ",\"releases_brake\":null",
        ",\"releases_brake\":3",
        ",\"releases_brake\":-3",
        ",\"releases_brake\":\"3\"",
        ",\"Share\":\"1%\"",
    ]
    .map(document)
    .to_vec();
    for share in [
        "0%",
        "100%",
        "100.0000%",
        "100.00000%",
        "100.0001%",
        "099.9999%",
        "99.99999%",
        "101%",
        "1000%",
        "0100%",
        "12.5%",
        ".5%",
        "5.%",
        "5",
        "%",
        "",
        "-1%",
        "+1%",
        " 5%",
        "5 %",
        "5%\\n",
        "٥%",
        "1e1%",
        "0ppm",
        "1000000ppm",
        "1000001ppm",
        "0999999ppm",
        "00999999ppm",
        "9999999ppm",
        "1.0ppm",
        "ppm",
        "5PPM",
        "000%",
        "001.5%",
        "0000%",
    ] {
        documents.push(format!("{{\"name\":\"a\",\"share\":\"{share}\"}}"));
        documents.push(document(&format!(",\"shadow\":\"{share}\"")));
    }
    documents.extend(
        [
            "{}",
            "[]",
            "{\"name\":\"a\"}",
            "{\"share\":\"1%\"}",
            "{\"name\":\"\",\"share\":\"1%\"}",
            "{\"name\":1,\"share\":\"1%\"}",
        ]
        .map(str::to_owned),
    );
    let mut taken = 0;
    for document in &documents {
        let accepted = Rollout::from_json(document.as_bytes()).is_ok();
        let value = serde_json::from_str(document).unwrap();
        assert_eq!(schema.is_valid(&value), accepted, "{document}");
        taken += usize::from(accepted);
    }
    assert!(taken >= 30 && documents.len() - taken >= 30, "{taken}");
    let written = Rollout::from_json(documents[1].as_bytes())
        .unwrap()
        .to_json();
    assert!(schema.is_valid(&serde_json::from_str(&written).unwrap()));
    // Beyond a schema.
    for document in [
        document(",\"pins\":{\"v1\":[\"a\"],\"v2\":[\"a\"]}"),
        document(",\"revision\":7.0"),
        document(",\"force\":\"v1\",\"force\":\"v2\""),
    ] {
        assert!(Rollout::from_json(document.as_bytes()).is_err());
        assert!(
            schema.is_valid(&serde_json::from_str(&document).unwrap()),
            "{document}"
        );
    }
}

/// Payloads of a file of contributions.
fn payloads(path: &Path) -> Option<Vec<(String, Vec<u8>)>> {
    let text = fs::read_to_string(path).ok()?;
    let lines = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        let id = line["id"].as_str().expect("an id").to_owned();
        (id, line["payload"].to_string().into_bytes())
    });
    Some(lines.collect())
}

fn real(payloads: &[(String, Vec<u8>)]) -> u32 {
    let (v1, v2) = (Judges::v1(), Judges::v2());
    let mut taken = 0;
    for (id, payload) in payloads {
        v1.agree(payload);
        let mut upgraded = Vec::new();
        if Upgrader::new().upgrade(payload, id, &mut upgraded).is_ok() {
            v2.agree(&upgraded);
            taken += 1;
        }
    }
    let (v1, v2) = (v1.tried.borrow(), v2.tried.borrow());
    println!("v1 {v1:?}, v2 {v2:?}");
    assert_eq!(v2.refused, 0);
    assert!(v2.accepted + v2.unread == taken && v2.unread <= 1, "{v2:?}");
    taken
}

#[test]
fn the_sample_is_what_the_schemas_say() {
    let sample = payloads(&root().join("examples/data/contributions.ndjson"));
    let sample = sample.expect("the sample is there");
    assert!(real(&sample) as usize * 2 >= sample.len());
}

/// 521 London toilets (© OpenStreetMap contributors, ODbL), which are not part of the project.
#[test]
fn london_is_what_the_schemas_say() {
    let path = std::env::var_os("CUTOVER_LONDON").map_or_else(
        || root().join("../shared/data/london-v1.ndjson"),
        PathBuf::from,
    );
    let Some(london) = payloads(&path) else {
        println!("SKIPPED: no file {}; set CUTOVER_LONDON", path.display());
        return;
    };
    assert!(real(&london) as usize * 100 >= london.len() * 99);
}
