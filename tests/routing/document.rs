//! The rollout document: what it may say, and each way in which it is refused, by message and pointer.

use cutover::{ErrorKind, Rollout, Share, Version};
use proptest::prelude::*;

#[test]
fn only_name_and_share_are_required() {
    let rollout =
        Rollout::from_json(br#" {"share":"10%","name":"contribution-form-v2"} "#).unwrap();
    assert_eq!(rollout.name(), "contribution-form-v2");
    assert_eq!(rollout.salt(), "contribution-form-v2");
    assert_eq!(rollout.share().as_ppm(), 100_000);
    assert_eq!(
        (
            rollout.revision(),
            rollout.force(),
            rollout.allow_requested()
        ),
        (0, None, false)
    );
    assert_eq!(
        (rollout.shadow(), rollout.releases_brake()),
        (Share::ZERO, None)
    );
    assert_eq!(rollout.pins().count(), 0);
}

#[test]
fn the_contracts_document_reads_and_writes() {
    let document = r#"{"name":"contribution-form-v2","revision":7,"share":"10%","salt":null,"force":null,"allow_requested":false,"shadow":"5%","pins":{"v1":[],"v2":["user-1"]},"releases_brake":null}"#;
    let rollout = Rollout::from_json(document.as_bytes()).unwrap();
    assert_eq!(rollout.pin_of("user-1"), Some(Version::V2));
    assert_eq!(rollout.pin_of("user-2"), None);
    assert_eq!(rollout.to_json(), document);
}

#[test]
fn every_member_is_heard() {
    let document = r#"{"name":"n","revision":4294967295,"share":"1ppm","salt":"s","force":"v2","allow_requested":true,
        "shadow":"100%","pins":{"v1":["a","a"],"v2":["\u0062",""]},"releases_brake":0}"#;
    let rollout = Rollout::from_json(document.as_bytes()).unwrap();
    assert_eq!((rollout.salt(), rollout.revision()), ("s", u32::MAX));
    assert_eq!(
        (rollout.share().as_ppm(), rollout.shadow()),
        (1, Share::FULL)
    );
    assert_eq!(
        (rollout.force(), rollout.allow_requested()),
        (Some(Version::V2), true)
    );
    assert_eq!(rollout.releases_brake(), Some(0));
    let mut pins: Vec<_> = rollout.pins().collect();
    pins.sort_unstable();
    assert_eq!(
        pins,
        [("", Version::V2), ("a", Version::V1), ("b", Version::V2)]
    );
}

#[track_caller]
fn refused(document: &str, path: &str, message: &str) {
    let error = Rollout::from_json(document.as_bytes()).unwrap_err();
    let got = (error.kind(), error.path(), error.to_string());
    assert_eq!(
        got,
        (ErrorKind::Document, path, message.to_owned()),
        "{document}"
    );
}

#[test]
fn each_fault_has_its_message_and_pointer() {
    let with = |rest: &str| format!(r#"{{"name":"n","share":"1%",{rest}}}"#);
    refused(
        r#"{"share":"1%"}"#,
        "/name",
        "name is missing: a rollout needs it",
    );
    refused(
        r#"{"name":"n"}"#,
        "/share",
        "share is missing: a rollout needs it",
    );
    refused(
        r#"{"name":1,"share":"1%"}"#,
        "/name",
        "name must be a string",
    );
    refused(
        r#"{"name":null,"share":"1%"}"#,
        "/name",
        "name must be a string",
    );
    refused(
        r#"{"name":"\ud800","share":"1%"}"#,
        "/name",
        "name must be a string",
    );
    let message = "the name is empty: name the rollout, it salts who is in the share";
    refused(r#"{"name":"","share":"1%"}"#, "/name", message);
    let form = "{name} must be a string such as \"10%\" or \"100000ppm\"";
    let other = "101%".parse::<Share>().unwrap_err().to_string();
    for (share, message) in [
        ("10", form),
        ("null", form),
        ("[\"10%\"]", form),
        ("0.1", form),
        ("\"60\"", "a share needs its unit: add %, as in 60%"),
        ("\"101%\"", &other),
        ("\"1000001ppm\"", &other),
    ] {
        let message = |name| message.replace("{name}", name);
        let document = format!(r#"{{"name":"n","share":{share}}}"#);
        refused(&document, "/share", &message("share"));
        refused(
            &with(&format!(r#""shadow":{share}"#)),
            "/shadow",
            &message("shadow"),
        );
    }
    for number in ["-1", "1.0", "1e0", "4294967296", "\"7\"", "[]", "true"] {
        let message = "must be a whole number from 0 to 4294967295";
        let revision = with(&format!(r#""revision":{number}"#));
        refused(&revision, "/revision", &format!("revision {message}"));
        let releases = with(&format!(r#""releases_brake":{number}"#));
        refused(
            &releases,
            "/releases_brake",
            &format!("releases_brake {message}"),
        );
    }
    refused(
        &with(r#""revision":null"#),
        "/revision",
        "revision must be a whole number from 0 to 4294967295",
    );
    refused(&with(r#""salt":7"#), "/salt", "salt must be a string");
    for force in ["\"V2\"", "2", "\"\"", "false"] {
        let document = with(&format!(r#""force":{force}"#));
        refused(&document, "/force", "force must be \"v1\", \"v2\" or null");
    }
    for allow in ["null", "1", "\"true\""] {
        let document = with(&format!(r#""allow_requested":{allow}"#));
        refused(
            &document,
            "/allow_requested",
            "allow_requested must be true or false",
        );
    }
}

#[test]
fn unknown_and_repeated_members_are_refused_where_they_are() {
    let members =
        "name, revision, share, salt, force, allow_requested, shadow, pins, releases_brake";
    let unknown = format!("no such member: a rollout has {members}");
    refused(
        r#"{"name":"n","share":"1%","sahre":"2%"}"#,
        "/sahre",
        &unknown,
    );
    refused(r#"{"a/b~c":1}"#, "/a~1b~0c", &unknown);
    refused(r#"{"name":"n","share":"1%","Name":"n"}"#, "/Name", &unknown);
    refused(
        r#"{"name":"n","share":"1%","share":"1%"}"#,
        "/share",
        "share is there twice: keep one",
    );
    refused(
        r#"{"name":"n","share":"1%","\u0073hare":"1%"}"#,
        "/share",
        "share is there twice: keep one",
    );
    refused(
        r#"{"name":"n","share":"1%","salt":null,"salt":null}"#,
        "/salt",
        "salt is there twice: keep one",
    );
    let pins = |pins: &str| format!(r#"{{"name":"n","share":"1%","pins":{pins}}}"#);
    refused(
        &pins(r#"{"v3":[]}"#),
        "/pins/v3",
        "no such member: a rollout has v1, v2",
    );
    refused(
        &pins(r#"{"v1":[],"v1":[]}"#),
        "/pins/v1",
        "v1 is there twice: keep one",
    );
    let long = format!(r#"{{"{}":1}}"#, "x".repeat(10_000));
    assert_eq!(
        Rollout::from_json(long.as_bytes())
            .unwrap_err()
            .path()
            .len(),
        65
    );
}

#[test]
fn each_fault_of_pins_has_its_message_and_pointer() {
    let pins = |pins: &str| format!(r#"{{"name":"n","share":"1%","pins":{pins}}}"#);
    for other in ["null", "[]", "\"a\"", "1"] {
        refused(
            &pins(other),
            "/pins",
            "pins must be an object with v1 and v2",
        );
    }
    for list in ["null", "{}", "\"a\"", "1"] {
        let document = pins(&format!(r#"{{"v2":{list}}}"#));
        refused(
            &document,
            "/pins/v2",
            "v2 must be a list of ids, each a string",
        );
    }
    for id in ["null", "7", "[\"b\"]", "\"\\udc00\""] {
        let document = pins(&format!(r#"{{"v1":["a",{id}]}}"#));
        refused(&document, "/pins/v1/1", "a pinned id must be a string");
    }
    refused(
        &pins(r#"{"v1":["x","user-1"],"v2":["y","user\u002d1"]}"#),
        "/pins",
        "id \"user-1\" is pinned to v1 and to v2: keep one of the two",
    );
}

#[test]
fn what_is_no_json_document_is_refused() {
    for document in ["[]", "null", "7", "\"name\""] {
        refused(document, "", "a rollout document must be a JSON object");
    }
    for document in [
        "",
        " ",
        "{",
        "{\"name\"",
        "{\"name\":\"n\",\"share\":\"1%\"",
        "{\"name\":\"n\",\"share\":\"1%\",}",
        "{\"name\":\"n\",\"share\":\"1%\"} x",
        "{}{}",
        "\u{feff}{}",
        "{'name':'n'}",
        "{\"name\":\"n\",\"share\":\"1%\"}\0",
        "{\"revision\":01}",
    ] {
        let error = Rollout::from_json(document.as_bytes()).unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::Document, ""),
            "{document:?}"
        );
        let message = error.to_string();
        assert!(
            message.starts_with("the document is not JSON: "),
            "{document:?}: {message}"
        );
    }
    let error = Rollout::from_json(b"{\"name\":\"\xff\",\"share\":\"1%\"}").unwrap_err();
    assert_eq!(error.to_string(), "the document is not UTF-8");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_hostile_document_is_refused_early() {
    let error = Rollout::from_json(&vec![b' '; (256 << 20) + 1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the document is larger than 256 MiB: pin fewer ids"
    );
    let deep = format!(r#"{{"name":"n","share":{}"#, "[".repeat(1_000_000));
    assert_eq!(
        Rollout::from_json(deep.as_bytes()).unwrap_err().kind(),
        ErrorKind::Document
    );
}

#[test]
fn a_million_pins_are_taken_and_one_more_is_not() {
    let pins = |count: u32| {
        let ids: Vec<String> = (0..count).map(|id| format!("\"{id}\"")).collect();
        format!(
            r#"{{"name":"n","share":"0%","pins":{{"v2":[{}]}}}}"#,
            ids.join(",")
        )
    };
    let rollout = Rollout::from_json(pins(1_000_000).as_bytes()).unwrap();
    assert_eq!(rollout.pins().count(), 1_000_000);
    for id in ["0", "499999", "999999"] {
        assert_eq!(rollout.pin_of(id), Some(Version::V2));
    }
    assert_eq!(rollout.pin_of("1000000"), None);
    refused(
        &pins(1_000_001),
        "/pins",
        "more than 1000000 pins: pin fewer ids, or use the share",
    );
}

#[test]
fn the_builder_refuses_what_the_document_does() {
    let error = Rollout::builder("", Share::ZERO).build().unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Document, "/name"));
    let both = Rollout::builder("n", Share::ZERO)
        .pin("a", Version::V1)
        .pin("a", Version::V2);
    let error = both.build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "id \"a\" is pinned to v1 and to v2: keep one of the two"
    );
}

fn version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V1), Just(Version::V2)]
}

fn rollouts() -> impl Strategy<Value = Rollout> {
    let pins = prop::collection::btree_map("[a-z\"\\\\\u{0}é]{0,3}", version(), 0..20);
    let numbers = (
        any::<u32>(),
        0..=1_000_000u32,
        0..=1_000_000u32,
        any::<bool>(),
    );
    let options = (
        prop::option::of(".{0,5}"),
        prop::option::of(version()),
        any::<Option<u32>>(),
    );
    (".{1,10}", numbers, options, pins).prop_map(|(name, numbers, options, pins)| {
        let (revision, share, shadow, allow) = numbers;
        let (salt, force, releases) = options;
        let share = Share::ppm(share).unwrap();
        let mut builder = Rollout::builder(name, share)
            .revision(revision)
            .shadow(Share::ppm(shadow).unwrap())
            .allow_requested(allow);
        if let Some(salt) = salt {
            builder = builder.salt(salt);
        }
        if let Some(version) = force {
            builder = builder.force(version);
        }
        if let Some(number) = releases {
            builder = builder.releases_brake(number);
        }
        let pin = |builder: cutover::routing::RolloutBuilder, (id, to): (String, Version)| {
            builder.pin(id, to)
        };
        pins.into_iter().fold(builder, pin).build().unwrap()
    })
}

proptest! {
    /// A document that is written reads back as the rollout that it was written from.
    #[test]
    fn what_is_written_reads_back(rollout in rollouts()) {
        let json = rollout.to_json();
        let read = Rollout::from_json(json.as_bytes()).unwrap();
        prop_assert_eq!(&read, &rollout);
        prop_assert_eq!(read.to_json(), json);
    }

    /// L9: no bytes panic it, and whatever it takes can be written and read again.
    #[test]
    fn any_bytes_are_a_rollout_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..200usize) {
        let good = br#"{"name":"n","revision":7,"share":"10%","pins":{"v1":["a"],"v2":["b"]},"releases_brake":3}"#;
        let mut mixed = good[..cut.min(good.len())].to_vec();
        mixed.extend(&bytes);
        for document in [&bytes, &mixed] {
            match Rollout::from_json(document) {
                Ok(rollout) => prop_assert!(Rollout::from_json(rollout.to_json().as_bytes()).is_ok()),
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Document),
            }
        }
    }
}
