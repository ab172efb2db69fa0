//! Definitions that use every kind of rule between them, and their hooks, for the engine and for the model.

use cutover::mapping::{Call, Code, Finding, Hook, Hooks, Outputs, RawJson};
use cutover_testkit::mapping::{Hooked, Model, ORDER};

use super::Both;

const ENGLISH: &[(&str, &str)] = &[("language", "en")];

const CLOUDEVENTS: &str = r#"{
  "name": "cloudevents", "from": {"version": "0.3"}, "to": {"version": "1.0"},
  "rules": {
    "specversion": {"words": [["0.3", "1.0"]]},
    "schemaurl": {"to": "dataschema"},
    "data": [{"tag": {"datacontentencoding": "base64"}, "to": "data_base64"}, {}]
  }
}"#;

const OPENRTB: &str = r#"{
  "name": "openrtb", "from": {"version": "2.5", "foreign": "keep"}, "to": {"version": "2.6", "foreign": "keep"},
  "rules": {
    "imp/*/ext/prebid/is_rewarded_inventory": {"to": "imp/*/rwdd"},
    "source/ext/schain": {"to": "source/schain", "also": ["ext/schain"]},
    "regs/ext/gdpr": {"to": "regs/gdpr"},
    "regs/ext/us_privacy": {"to": "regs/us_privacy"},
    "user/ext/consent": {"to": "user/consent"},
    "user/ext/eids": {"to": "user/eids"}
  },
  "dialect": [
    {"name": "2.6-202211", "added": ["regs/gpp", "imp/*/qty"]},
    {"name": "2.6-202303", "added": ["imp/*/refresh/n", "acat"]}
  ]
}"#;

/// Containers in containers, moves within what moves, and both places filled with either side winning.
const MOVES: &str = r#"{
  "name": "moves", "from": {"version": "1", "first": ["z", "y"]}, "to": {"version": "2", "first": ["id", "x"]},
  "codes": {"conflict": "clash"},
  "rules": {
    "customer": {"to": "client/person"},
    "vip": {"to": "client/person/vip"},
    "customer/n": {"to": "./name"},
    "customer/level": {"to": "level"},
    "deep/er/still": {"to": "up/a/b"},
    "deep/flat": {"to": "up/c", "absent": {"k": [1.50]}},
    "a": {"to": "b", "wins": "from", "foreign": "keep", "words": [[1, 2]]},
    "e": {"to": "box/e", "wins": "to", "foreign": "keep", "also": ["old/e", "older"]},
    "rows": {"to": "table/rows"},
    "rows/*/*/c": {"to": "./cell"},
    "rows/*/*/s/t": {"to": "table/rows/*/*/t", "absent_down": 0},
    "list/*/in/x": {"to": "list/*/out/x", "codec": "integer"},
    "list/*/in/y": {"to": "list/*/y"},
    "gone/here": {"drop": "old"}
  },
  "added": {
    "up/d": {"absent": null, "drop": "new"},
    "list/*/out/z": {"absent": "", "drop": "new"},
    "fresh/one": {"drop": "new"}
  }
}"#;

/// The kinds that have a list on one side, and those that have several members.
const LISTS: &str = r#"{
  "name": "lists", "from": {"version": "1"}, "to": {"version": "2"}, "context": ["language"],
  "rules": {
    "one": {"list": "to", "codec": "number-string", "lost": "more"},
    "many": {"list": "from", "to": "inner/single", "words": [["a", "A"], ["b", "A"]], "lost": "more"},
    "cpu": {"to": "spec/metrics", "pivot": {"where": {"name": "cpu"}, "value": "target"}, "lost": "more"},
    "cpu_max": {"to": "spec/metrics", "pivot": {"where": {"name": "cpu"}, "value": "max"}, "lost": "more"},
    "mem": {"to": "spec/metrics", "pivot": {"where": {"name": "mem", "lang": "$language"}, "value": "target"}, "codec": "prefix", "text": "m-", "lost": "more"},
    "title": {"pivot": {"where": {"language": "$language", "kind": 1}, "value": "text"}, "words": [["x", "X"]], "lost": "more"},
    "counts": {"entries": {"key": "id", "value": "n"}, "lost": "more"},
    "groups": {"to": "sets", "entries": {"key": "ids", "value": "v", "grouped": true}, "codec": "scale", "by": -1, "lost": "more"},
    "ride": {"split": ["./start", "./end"], "join": "all", "lost": "more"},
    "far": {"split": ["out/p", "out/q", "out/r"], "join": "any", "lost": "more"},
    "both": {"split": ["./l", "./r"], "join": "first", "words": [["yes", true], ["no", false]], "lost": "more"},
    "notices": {"to": "news/list", "without": {"for": ["staff", null], "old": [true]}, "lost": "more"},
    "notices/*/t": {"to": "./text"}
  }
}"#;

/// Alternatives of each sort, every codec, hooks, and a pick with rules below it.
const KINDS: &str = r#"{
  "name": "kinds", "from": {"version": "1"}, "to": {"version": "2"}, "context": ["language"],
  "policies": ["unknowns", "legacy"],
  "rules": {
    "port": [{"type": "integer", "to": "port/number"}, {"type": "string", "to": "port/name"}],
    "n": [{"when": {"kind": "card"}, "to": "pan", "codec": "number-string"}, {"when": {"kind": "iban", "k2": 1}, "to": "iban"}, {}],
    "body": [{"tag": {"enc": "b64", "zip": false}, "to": "body_b64"}, {"tag": {"enc": "hex"}, "to": "raw/hex"}, {}],
    "t": {"codec": "posix-rfc3339", "lost": "fractions"},
    "t2": {"to": "at/t2", "codec": "posix-rfc3339"},
    "i": {"codec": "integer"},
    "s": {"codec": "scale", "by": 3},
    "s2": {"codec": "scale", "by": -2},
    "ns": {"codec": "number-string"},
    "p": {"codec": "prefix", "text": "urn:"},
    "j": {"codec": "joined", "separator": ", "},
    "b": {"codec": "base64", "to": "plain"},
    "mirror": {"hook": "mirror", "to": "mirrored"},
    "data": {"pick": "$language", "to": "content", "lost": "other languages"},
    "data/$language/feeds": {"to": "./list"},
    "data/$language/feeds/*/u": {"to": "./url", "absent_by": {"unknowns": "?"}},
    "data/$language/meta/ttl": {"to": "ttl"},
    "status": {"absent_by": {"unknowns": "unknown", "legacy": "ok"}, "words": [["ok", "OK"], [null, "none"]]}
  },
  "added": {"content/extra": {"absent_by": {"legacy": [1, {"a": 2}]}, "drop": "new"}},
  "hook": [
    {"name": "size", "from": ["w", "h"], "to": ["size"], "loss": "none"},
    {"name": "fee", "from": ["cost/fee"], "to": ["cost/fee", "cost/charge"], "loss": "down"}
  ]
}"#;

pub(super) fn all() -> Vec<Both> {
    let mut all = vec![
        Both::new("order", ORDER, ENGLISH),
        Both::new("cloudevents", CLOUDEVENTS, &[]),
        Both::new("openrtb", OPENRTB, &[]),
        Both::new("moves", MOVES, &[]),
        Both::new("lists", LISTS, ENGLISH),
        Both::new("kinds", KINDS, ENGLISH),
    ];
    // Names of the other version taken as meant, wherever they stand.
    for (name, json) in [
        ("order", ORDER),
        ("cloudevents", CLOUDEVENTS),
        ("lists", LISTS),
        ("kinds", KINDS),
    ] {
        let context = if name == "cloudevents" { &[] } else { ENGLISH };
        let keeping = json.replacen(r#""version""#, r#""foreign": "keep", "version""#, 2);
        all.push(Both::new(&format!("{name}, keeping"), &keeping, context));
    }
    all
}

pub(super) fn policies(name: &str) -> &'static [&'static str] {
    if name.starts_with("kinds") {
        &["unknowns", "legacy"]
    } else {
        &[]
    }
}

pub(super) fn dialects(name: &str) -> &'static [&'static str] {
    if name == "openrtb" {
        &["2.6-202211", "2.6-202303"]
    } else {
        &[]
    }
}

/// Written here once for both: the model's form of a hook, which the engine's calls.
struct Shared(fn(bool, &[Option<&str>]) -> Hooked);

impl Shared {
    fn run(
        &self,
        up: bool,
        values: &[Option<RawJson<'_>>],
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let texts: Vec<Option<&str>> = values.iter().map(|v| v.map(|v| v.text())).collect();
        let hooked = (self.0)(up, &texts);
        for loss in hooked.losses {
            assert_eq!(loss, "lost");
            out.report(Finding::warning(Code::LOST, "", "lost"));
        }
        match hooked.values {
            Ok(values) => {
                for (i, value) in values.iter().enumerate() {
                    if let Some(value) = value {
                        out.set(i, value);
                    }
                }
                Ok(())
            }
            Err(code) => {
                assert_eq!(code, "unfit");
                Err(Finding::error(Code::new("unfit"), "", "unfit"))
            }
        }
    }
}

impl Hook for Shared {
    fn up(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        self.run(true, values, out)
    }

    fn down(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        self.run(false, values, out)
    }
}

fn made(values: Vec<Option<String>>) -> Hooked {
    Hooked {
        values: Ok(values),
        losses: vec![],
    }
}

/// A text in a list and back; a number is refused, `true` becomes nothing.
fn mirror(up: bool, values: &[Option<&str>]) -> Hooked {
    let text = values[0].unwrap();
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return Hooked {
            values: Err("unfit".into()),
            losses: vec![],
        };
    }
    if text == "true" {
        return Hooked {
            values: Ok(vec![None]),
            losses: vec!["lost".into()],
        };
    }
    made(vec![Some(if up {
        format!("[ {text} ]")
    } else {
        "\"back\"".into()
    })])
}

/// Two members in a list of two; down, what is no list of ours is lost.
fn size(up: bool, values: &[Option<&str>]) -> Hooked {
    if up {
        let all = [values[0].unwrap_or("0"), values[1].unwrap_or("0")];
        return made(vec![Some(format!("[{}]", all.join(",")))]);
    }
    match values[0] {
        Some("[]") => Hooked {
            values: Ok(vec![None, None]),
            losses: vec!["lost".into()],
        },
        _ => made(vec![Some("1".into()), Some("2".into())]),
    }
}

/// One member is two, and one of them says it all.
fn fee(up: bool, values: &[Option<&str>]) -> Hooked {
    match (up, values) {
        (true, [Some("null")]) => made(vec![None, None]),
        (true, [Some(fee)]) => made(vec![Some("true".into()), Some((*fee).into())]),
        (false, [_, Some(charge)]) => made(vec![Some((*charge).into())]),
        (false, [Some(fee), None]) => made(vec![Some((*fee).into())]),
        other => panic!("{other:?}"),
    }
}

pub(super) fn hooks(hooks: Hooks) -> Hooks {
    hooks
        .with("mirror", Shared(mirror))
        .with("size", Shared(size))
        .with("fee", Shared(fee))
}

pub(super) fn naive_hooks(model: Model) -> Model {
    model
        .hook("mirror", mirror)
        .hook("size", size)
        .hook("fee", fee)
}
