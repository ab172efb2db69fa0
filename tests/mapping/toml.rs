//! Definitions in TOML: the same as in JSON, and what is wrong with them by line and column.

use cutover::mapping::Definition;

fn written(toml: &str) -> String {
    Definition::from_toml(toml).unwrap().to_json()
}

#[test]
fn toml_says_what_json_says() {
    let toml = r#"
        name = "x"
        to.version = "2"
        from = { version = "1", schema = { type = "object" } }
        policies = ["strict"]

        [rules]
        "a" = { to = "b", absent_by = { strict = true } }
        "c" = [{ tag = { d = 1 }, to = "e" }, {}]

        [rules."f/*/g"]
        codec = "joined"
        separator = ";"

        [[dialect]]
        name = "one"
        added = ["h"]

        [[dialect]]
        name = "two"
        added = []
    "#;
    let json = r#"{
        "name": "x",
        "from": {"version": "1", "schema": {"type": "object"}},
        "to": {"version": "2"},
        "policies": ["strict"],
        "rules": {
            "a": {"to": "b", "absent_by": {"strict": true}},
            "c": [{"tag": {"d": 1}, "to": "e"}, {}],
            "f/*/g": {"codec": "joined", "separator": ";"}
        },
        "dialect": [{"name": "one", "added": ["h"]}, {"name": "two", "added": []}]
    }"#;
    assert_eq!(
        Definition::from_toml(toml).unwrap(),
        Definition::from_json(json).unwrap()
    );
}

#[test]
fn numbers_keep_their_text_where_json_has_it() {
    for (toml, json) in [
        ("1.50", "1.50"),
        ("1e2", "1e2"),
        ("6.26E-34", "6.26E-34"),
        ("-0.0", "-0.0"),
        ("+7", "7"),
        ("+7.5", "7.5"),
        ("1_000", "1000"),
        ("1_0.0_1", "10.01"),
        ("0xff", "255"),
        ("0o17", "15"),
        ("0b101", "5"),
        ("99999999999999999999", "99999999999999999999"),
        (
            "{ z = 1, a = [2.0, \"\\u0041\"] }",
            r#"{"z":1,"a":[2.0,"A"]}"#,
        ),
        ("2024-02-29", "\"2024-02-29\""),
        ("2024-02-29T01:02:03Z", "\"2024-02-29T01:02:03Z\""),
    ] {
        let found = written(&format!("[rules]\na = {{ absent = {toml} }}"));
        assert!(
            found.ends_with(&format!(r#""rules":{{"a":{{"absent":{json}}}}}}}"#)),
            "{toml}: {found}"
        );
    }
}

#[test]
fn what_is_no_toml_or_no_json_is_refused_by_its_place() {
    for (toml, place) in [
        ("name = ", "line 1"),
        ("\n\nname == 'x'", "line 3"),
        ("[rules]\na = {}\na = {}", "line 3 column 1"),
        ("[rules]\n'ä' = { absent = inf }", "line 2 column 18"),
        ("[rules]\na = { absent = -nan }", "line 2 column 16"),
        (
            "[rules]\na = { absent = 0xffffffffffffffffffff }",
            "line 2 column 16",
        ),
    ] {
        let flaws = Definition::from_toml(toml).unwrap_err();
        assert!(
            flaws
                .as_slice()
                .iter()
                .any(|flaw| flaw.reason().contains(place)),
            "{toml}: {flaws}"
        );
    }
    let deep = format!("a = {}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(Definition::from_toml(&deep).is_err());
}

#[test]
fn all_that_is_no_toml_is_found() {
    let flaws = Definition::from_toml("a = \nb = 'x\nc = [1,,2]\n").unwrap_err();
    assert!(flaws.as_slice().len() > 1, "{flaws}");
}

/// As in a program that has its schemas in the binary: they are asked for by the paths that the definition names.
#[test]
fn schemas_that_a_text_names_are_asked_for() {
    let toml = r#"
        name = "x"
        from.schema = "v1.json"
        to.schema = "folder/v2.json"
    "#;
    let mut asked = Vec::new();
    let given = Definition::from_toml_with(toml, &mut |path| {
        asked.push(path.to_owned());
        Ok(r#"{"type":"object"}"#.to_owned())
    });
    let inside = r#"
        name = "x"
        from.schema = { type = "object" }
        to.schema = { type = "object" }
    "#;
    assert_eq!(given.unwrap(), Definition::from_toml(inside).unwrap());
    assert_eq!(asked, ["v1.json", "folder/v2.json"]);
    assert!(Definition::from_toml_with(toml, &mut |_| Err("gone".to_owned())).is_err());
}
