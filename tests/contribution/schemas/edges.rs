//! Each rule at its edge, and what a schema cannot say.

use cutover::Version;
use cutover::contribution::{self, form_schema, form_to_v1, schema};

use super::{Judges, validator};

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
