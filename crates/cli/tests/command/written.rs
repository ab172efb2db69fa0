//! What each command writes, byte for byte, on small inputs.

use crate::common::{command, cutover, file, finish};

const V1: &str = r#"{"lat":51.50,"lng":-0.1,"fee":0.5,"hours":"business","level":null}"#;
const V2: &str = r#"{"@id":"way/1","amenity":"toilets","lat":51.50,"lng":-0.1,"wheelchair":"unknown","access":"unknown","opening_hours":"Mo-Fr 09:00-17:00","fee":true,"charge":"0.50 GBP"}"#;
const NULL: &str = r#"[{"severity":"warning","code":"null_value","path":"/level","tier":"high_frequency","message":"null: left out, do not send the member"}]"#;
const NORTH: &str = r#"{"severity":"error","code":"out_of_range","path":"/lat","tier":"core","message":"out of range: use a number from -90 to 90"}"#;
const ERROR: &str = r#"{"code":"out_of_range","path":"/lat","message":"out of range: use a number from -90 to 90"}"#;

fn good() -> String {
    format!("{{\"id\":\"way/1\",\"payload\":{V1}}}\n")
}

fn bad() -> String {
    "{\"id\":\"way/1\",\"payload\":{\"lat\":91,\"lng\":0}}\n".to_owned()
}

/// Amenity, wheelchair and access, which V1 does not say.
const ASSUMED: &str = r#","assumed":50"#;

/// Standard output of a run in which all lines were handled.
fn out(args: &[&str], input: impl AsRef<[u8]>) -> String {
    ends(0, args, input)
}

/// Standard output of a run with this exit code.
fn ends(code: i32, args: &[&str], input: impl AsRef<[u8]>) -> String {
    let ran = cutover(args, input);
    assert_eq!(ran.code, Some(code), "{args:?}: {}", ran.err);
    ran.out
}

#[test]
fn run_keeps_v1_payloads_and_upgrades_those_for_v2() {
    let head = |version| {
        format!(r#"{{"id":"way/1","version":"{version}","reason":"share","bucket":BUCKET"#)
    };
    let tail = format!(r#","findings":{NULL}}}"#);
    let bucket = out(&["route"], "way/1");
    let bucket = bucket
        .split(r#""bucket":"#)
        .nth(1)
        .unwrap()
        .trim_end_matches("}\n");
    for (share, version, payload, assumed) in [("0%", "v1", V1, ""), ("100%", "v2", V2, ASSUMED)] {
        let head = head(version).replace("BUCKET", bucket);
        assert_eq!(
            out(&["run", "--share", share], good()),
            format!("{head},\"payload\":{payload}{assumed}{tail}\n")
        );
        assert_eq!(
            out(&["run", "--share", share], bad()),
            format!("{head},\"error\":{ERROR},\"findings\":[{NORTH}]}}\n")
        );
    }
}

#[test]
fn upgrade_writes_v2_or_why_not() {
    assert_eq!(
        out(&["upgrade"], good() + &bad()),
        format!(
            "{{\"id\":\"way/1\",\"payload\":{V2}{ASSUMED},\"findings\":{NULL}}}\n\
             {{\"id\":\"way/1\",\"error\":{ERROR},\"findings\":[{NORTH}]}}\n"
        )
    );
    let legacy = out(&["upgrade", "--policy", "legacy"], good());
    assert!(
        legacy.contains(r#""access":"yes","opening_hours":"Mo-Fr 09:00-17:00""#),
        "{legacy}"
    );
    assert!(
        legacy.contains(r#""male":"yes","female":"yes","unisex":"no"}"#),
        "{legacy}"
    );
}

#[test]
fn validate_says_what_is_wrong_with_a_payload() {
    assert_eq!(
        ends(3, &["validate", "--api", "v1"], good() + &bad()),
        format!(
            "{{\"id\":\"way/1\",\"valid\":true,\"findings\":{NULL}}}\n\
             {{\"id\":\"way/1\",\"valid\":false,\"findings\":[{NORTH}]}}\n"
        )
    );
    assert_eq!(
        out(
            &["validate", "--api", "v2"],
            format!("{{\"id\":\"a\",\"payload\":{V2}}}")
        ),
        "{\"id\":\"a\",\"valid\":true,\"findings\":[]}\n"
    );
    let v1_as_v2 = ends(3, &["validate", "--api=v2"], good());
    assert!(v1_as_v2.contains(r#""valid":false"#), "{v1_as_v2}");
    assert!(
        v1_as_v2.contains(r#""code":"v1_member","path":"/hours""#),
        "{v1_as_v2}"
    );
}

#[test]
fn compare_names_each_difference() {
    let pair = |v2: &str| format!("{{\"id\":\"way/1\",\"v1\":{V1},\"v2\":{v2}}}");
    assert_eq!(
        out(&["compare"], pair(V2)),
        "{\"id\":\"way/1\",\"equivalent\":true,\"differences\":[]}\n"
    );
    assert_eq!(
        ends(3, &["compare"], pair(&V2.replace("0.50 GBP", "0.20 GBP"))),
        "{\"id\":\"way/1\",\"equivalent\":false,\
         \"differences\":[{\"path\":\"/charge\",\"v1\":\"0.50 GBP\",\"v2\":\"0.20 GBP\"}]}\n"
    );
    let legacy = ends(3, &["compare", "--policy", "legacy"], pair(V2));
    assert!(
        legacy.contains(r#"{"path":"/access","v1":"yes","v2":"unknown"}"#),
        "{legacy}"
    );
}

/// Ids and versions as the bucketing recipe gives them, computed by another program (Python's xxhash).
#[test]
fn route_is_the_recipe() {
    assert_eq!(
        out(&["route", "--share", "30%"], "user-1\nGünther \"x\"\nway/1"),
        "{\"id\":\"user-1\",\"version\":\"v1\",\"reason\":\"share\",\"bucket\":857162}\n\
         {\"id\":\"Günther \\\"x\\\"\",\"version\":\"v2\",\"reason\":\"share\",\"bucket\":86908}\n\
         {\"id\":\"way/1\",\"version\":\"v1\",\"reason\":\"share\",\"bucket\":575247}\n"
    );
    assert_eq!(
        out(&["route", "--name", "other"], "user-1"),
        "{\"id\":\"user-1\",\"version\":\"v1\",\"reason\":\"share\",\"bucket\":654508}\n"
    );
}

const ROLLOUT: &str = r#"{"name":"contribution-form-v2","revision":7,"share":"10%","allow_requested":true,"pins":{"v2":["user-1"]}}"#;

#[test]
fn a_rollout_document_decides() {
    let path = file("decides", ROLLOUT);
    let answer = out(&["route", "--rollout", &path], "user-1");
    assert!(
        answer.starts_with(r#"{"id":"user-1","version":"v2","reason":"pinned","#),
        "{answer}"
    );
    let table = out(&["explain", "--rollout", &path, "user-1"], "");
    let columns: Vec<_> = table
        .lines()
        .map(|row| row.split("  ").collect::<Vec<_>>())
        .collect();
    assert_eq!(columns[0], ["id", "", "", "", "user-1"]);
    assert_eq!(columns[1], ["version", " v2, reason pinned"]);
    assert_eq!(
        columns[2],
        ["bucket", "", "857,162 of 1,000,000, share 10%"]
    );
    assert_eq!(columns[3], ["revision", "7"]);
    let rules: Vec<_> = table
        .lines()
        .skip(5)
        .map(|row| row[..18].trim_end())
        .collect();
    assert_eq!(
        rules,
        [
            "   rule       gives",
            " 1 brake      -",
            " 2 requested  -",
            " 3 env        -",
            " 4 forced     -",
            ">5 pinned     v2",
            " 6 share      v1",
        ]
        .map(|row| &row[..row.len().min(18)])
    );
    assert!(
        table.lines().skip(6).all(|row| row.len() > 21),
        "each says why: {table}"
    );
    let asked = out(
        &[
            "explain",
            "--rollout",
            &path,
            "user-1",
            "--requested",
            "v1",
            "--json",
        ],
        "",
    );
    let asked: serde_json::Value = serde_json::from_str(&asked).unwrap();
    assert_eq!(
        (&asked["id"], &asked["decision"]["reason"]),
        (&"user-1".into(), &"requested".into())
    );
    let applied: Vec<_> = asked["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["applied"] == true)
        .collect();
    assert_eq!(applied, [false, true, false, false, false, false]);
    let odd = out(
        &["explain", "--rollout", &path, "user-1", "--requested", "v3"],
        "",
    );
    assert!(odd.contains("\n>5 pinned"), "{odd}");
}

#[test]
fn the_environment_counts_as_in_a_service() {
    let reason = |name: &str, value: &str| {
        let mut run = command(&["run"]);
        run.env(name, value);
        let ran = finish(run, good().as_bytes());
        let answer = &ran.answers()[0];
        format!(
            "{} {}",
            answer["version"].as_str().unwrap(),
            answer["reason"].as_str().unwrap()
        )
    };
    assert_eq!(reason("CUTOVER_API_VERSION", "v2"), "v2 env");
    assert_eq!(reason("CUTOVER_BRAKE", "1"), "v1 brake");
    assert_eq!(reason("CUTOVER_BRAKE", "0"), "v1 share");
    assert_eq!(reason("CUTOVER_API_VERSION", "v3"), "v1 share");
}

#[test]
fn what_one_command_writes_the_next_one_reads() {
    let upgraded = out(&["upgrade"], good());
    assert!(upgraded.contains(r#""findings":[{"#), "{upgraded}");
    let valid = out(&["validate", "--api", "v2"], &upgraded);
    assert_eq!(valid, "{\"id\":\"way/1\",\"valid\":true,\"findings\":[]}\n");
    let back = out(&["downgrade"], &upgraded);
    let again = out(
        &["run", "--share", "100%"],
        out(&["run", "--share", "0%"], &back),
    );
    assert!(again.contains(V2), "{again}");
}

#[test]
fn a_contribution_is_no_id() {
    let ran = cutover(&["route"], good() + "{id}\n");
    assert_eq!(ran.code, Some(1));
    let lines = ran.lines();
    assert!(lines[0].contains("an object, not an id"), "{}", lines[0]);
    assert!(lines[1].starts_with(r#"{"id":"{id}","#), "{}", lines[1]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_an_id() {
    let ran = cutover(&["route"], "\u{FEFF}user-1\nuser-1\n");
    assert_eq!(ran.code, Some(1));
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].contains("a byte order mark"), "{}", lines[0]);
    assert!(
        lines[1].starts_with(r#"{"id":"user-1","version":"#),
        "{}",
        lines[1]
    );
}
