//! CONTRACT 2, the way back, row by row: what each v2 member is in v1, with and without what the upgrade assumed.

use cutover::contribution::{
    Assumed, Limits, Policy, Upgrader, V2, assumed_from_bits, downgrade_within,
};

use crate::kit::{back, check};

/// A v2 payload in the order of the contract, with these members in place of its own or behind them.
fn v2(changes: &[(&str, &str)]) -> String {
    let mut members = vec![
        ("@id", r#""way/1""#),
        ("amenity", r#""toilets""#),
        ("lat", "51.50"),
        ("lng", "-1e-1"),
        ("wheelchair", r#""limited""#),
        ("access", r#""customers""#),
        ("opening_hours", r#""24/7""#),
        ("fee", "false"),
    ];
    for (name, value) in changes {
        match members.iter_mut().find(|(member, _)| member == name) {
            Some(member) => member.1 = value,
            None => members.push((name, value)),
        }
    }
    object(&members)
}

fn object(members: &[(&str, &str)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn down(payload: &str, assumed: Assumed) -> String {
    let (report, written) = back::downgrade(payload.as_bytes(), assumed);
    let written = written.unwrap_or_else(|| panic!("{report}: {payload}"));
    String::from_utf8(written).unwrap()
}

/// What the downgrade makes of some members, without those that it leaves alone.
#[track_caller]
fn becomes(changes: &[(&str, &str)], want: &str) {
    let payload = v2(changes);
    let fixed = r#""@id":"way/1","lat":51.50,"lng":-1e-1"#;
    let written = down(&payload, Assumed::default());
    let written = written
        .strip_prefix('{')
        .and_then(|rest| rest.strip_prefix(fixed))
        .unwrap_or_else(|| panic!("{written}"));
    assert_eq!(written, format!("{want}}}"), "{changes:?}");
    assert!(back::downgrades_as_the_model(payload.as_bytes(), Assumed::default()).is_some());
}

/// "`wheelchair` yes/no → `accessible`, `unknown` → absent, else kept."
#[test]
fn wheelchair() {
    let rest = r#","access":"customers","hours":"24/7","fee":0"#;
    for (tag, want) in [
        (r#""yes""#, r#","accessible":true"#),
        (r#""no""#, r#","accessible":false"#),
        (r#""\u0079es""#, r#","accessible":true"#),
        (r#""unknown""#, ""),
        (r#""limited""#, r#","wheelchair":"limited""#),
        (r#""designated""#, r#","wheelchair":"designated""#),
    ] {
        becomes(&[("wheelchair", tag)], &format!("{want}{rest}"));
    }
}

/// "`access: unknown` → absent", else kept; the legacy `public` is `yes` by then.
#[test]
fn access() {
    for (tag, want) in [
        (r#""unknown""#, ""),
        (r#""yes""#, r#","access":"yes""#),
        (r#""public""#, r#","access":"yes""#),
        (r#""no""#, r#","access":"no""#),
    ] {
        let want = format!(r#","wheelchair":"limited"{want},"hours":"24/7","fee":0"#);
        becomes(&[("access", tag)], &want);
    }
}

/// "`opening_hours: unknown` → absent; `sunrise-sunset` → `hours: "dawn to dusk"`; a value that `hours` would map or drop
/// stays under its OSM name; else `hours`."
#[test]
fn opening_hours() {
    for (tag, want) in [
        ("unknown", ""),
        ("sunrise-sunset", r#","hours":"dawn to dusk""#),
        ("24/7", r#","hours":"24/7""#),
        ("Mo-Fr 09:00-17:00", r#","hours":"Mo-Fr 09:00-17:00""#),
        ("ask", r#","hours":"ask""#),
        ("dawn to dusk", r#","opening_hours":"dawn to dusk""#),
        ("dawn_to_dusk", r#","opening_hours":"dawn_to_dusk""#),
        ("business", r#","opening_hours":"business""#),
        ("custom", r#","opening_hours":"custom""#),
        ("", r#","opening_hours":"""#),
        (" ", r#","opening_hours":" ""#),
        (" 24/7", r#","opening_hours":" 24/7""#),
        (" sunrise-sunset", r#","opening_hours":" sunrise-sunset""#),
        (" unknown", r#","opening_hours":" unknown""#),
    ] {
        let want = format!(r#","wheelchair":"limited","access":"customers"{want},"fee":0"#);
        becomes(&[("opening_hours", &format!("\"{tag}\""))], &want);
    }
}

/// "`fee: true` with a GBP charge N, 0 < N ≤ 1,000,000 and ≤ 32 digits → `fee: N` and the charge is folded in; otherwise
/// `fee: true` and `charge` stay; `false` → `fee: 0`."
#[test]
fn fee_and_charge() {
    let head = r#","wheelchair":"limited","access":"customers","hours":"24/7","#;
    for (fee, charge, want) in [
        ("true", r#""0.50 GBP""#, r#""fee":0.5"#),
        ("true", r#""50p""#, r#""fee":0.5"#),
        ("true", r#""£1""#, r#""fee":1"#),
        (r#""yes""#, r#""0.125 GBP""#, r#""fee":0.125"#),
        ("true", r#""1.500 GBP""#, r#""fee":1.500"#),
        ("true", r#""1000000 GBP""#, r#""fee":1000000"#),
        (
            "true",
            r#""1000000.01 GBP""#,
            r#""fee":true,"charge":"1000000.01 GBP""#,
        ),
        (
            "true",
            r#""0.1234567890123456789012345678901 GBP""#,
            r#""fee":0.1234567890123456789012345678901"#,
        ),
        (
            "true",
            r#""0.12345678901234567890123456789012 GBP""#,
            r#""fee":true,"charge":"0.12345678901234567890123456789012 GBP""#,
        ),
        ("true", r#""0 GBP""#, r#""fee":true,"charge":"0.00 GBP""#),
        ("true", r#""1 EUR""#, r#""fee":true,"charge":"1 EUR""#),
        (
            "true",
            r#""1 GBP/hour""#,
            r#""fee":true,"charge":"1 GBP/hour""#,
        ),
        ("true", r#""a coin""#, r#""fee":true,"charge":"a coin""#),
        ("true", "null", r#""fee":true"#),
        ("false", r#""50p""#, r#""fee":0,"charge":"0.50 GBP""#),
        (r#""no""#, "null", r#""fee":0"#),
    ] {
        becomes(
            &[("fee", fee), ("charge", charge)],
            &format!("{head}{want}"),
        );
    }
}

/// "`amenity` is dropped, the rest kept", also under the names that v1 has aliases for; values are normalised as in v2.
#[test]
fn the_rest() {
    let head = r#","wheelchair":"limited","access":"customers","hours":"24/7","fee":0,"#;
    for (name, value, want) in [
        ("level", "-1", r#""level":-1"#),
        (
            "payment:contactless",
            r#""yes""#,
            r#""payment:contactless":"yes""#,
        ),
        ("changing_table", "true", r#""changing_table":"yes""#),
        ("name", r#"" Mill\u0020Lane ""#, r#""name":"Mill Lane""#),
        ("layer", "true", r#""layer":"true""#),
        ("male", r#""only""#, r#""male":"only""#),
        (
            "x:nested",
            r#"{"a": [1.50]}"#,
            r#""x:nested":{"a": [1.50]}"#,
        ),
        ("note", r#""caf\u00e9""#, r#""note":"caf\u00e9""#),
    ] {
        becomes(&[(name, value)], &format!("{head}{want}"));
    }
}

/// "keeps input order, renames in place"
#[test]
fn order_is_the_inputs() {
    let payload = r#"{ "z":"1", "fee":true, "lng":0, "opening_hours":"off", "a":"2", "charge":"50p", "@id":"x",
        "access":"no", "wheelchair":"yes", "amenity":"toilets", "lat":1, "b":null }"#;
    assert_eq!(
        down(payload, Assumed::default()),
        r#"{"z":"1","fee":0.5,"lng":0,"hours":"off","a":"2","@id":"x","access":"no","accessible":true,"lat":1}"#
    );
}

/// "Given the upgrade's `assumed`, the members it names are left out", under both policies, and also when the set was
/// stored as its bits; a member that was given another value since is somebody's word and stays.
#[test]
fn what_was_assumed_is_left_out_again() {
    for (policy, changed) in [
        (
            Policy::Unknowns,
            (r#""access":"unknown""#, r#""access":"no""#),
        ),
        (Policy::Legacy, (r#""access":"yes""#, r#""access":"no""#)),
    ] {
        let mut stored = Vec::new();
        let report = Upgrader::new()
            .policy(policy)
            .upgrade(br#"{"lat":1,"lng":2,"level":"0"}"#, "way/7", &mut stored)
            .unwrap();
        let assumed = report.assumed();
        assert_eq!(
            assumed.names().collect::<Vec<_>>(),
            ["amenity", "wheelchair", "access", "opening_hours", "fee"]
        );
        let stored = String::from_utf8(stored).unwrap();
        // What legacy adds beyond the core is in no report.
        let added = match policy {
            Policy::Legacy => r#","male":"yes","female":"yes","unisex":"no""#,
            Policy::Unknowns => "",
        };
        let want = format!(r#"{{"@id":"way/7","lat":1,"lng":2,"level":"0"{added}}}"#);
        assert_eq!(down(&stored, assumed), want);
        assert_eq!(down(&stored, assumed_from_bits(assumed.bits())), want);
        let typed = V2::from_slice(stored.as_bytes()).unwrap();
        assert_eq!(typed.downgrade(assumed).unwrap().to_json(), want.as_bytes());
        assert!(down(&stored, Assumed::default()).contains(r#""fee":0"#));

        let edited = stored.replace(changed.0, changed.1);
        assert_ne!(edited, stored);
        assert!(
            down(&edited, assumed).contains(r#""access":"no""#),
            "{policy}: an edit since is kept"
        );
        let paid = stored.replace(r#""fee":false"#, r#""fee":true,"charge":"50p""#);
        assert!(down(&paid, assumed).contains(r#""fee":0.5"#));
    }
}

/// "validates … as v2": what v2 refuses, is not downgraded; limits are v2's, or the caller's.
#[test]
fn what_v2_refuses_is_not_downgraded() {
    for (payload, code, path) in [
        (v2(&[("accessible", "true")]), "v1_member", "/accessible"),
        (v2(&[("hours", "null")]), "v1_member", "/hours"),
        (v2(&[("fee", "0.5")]), "invalid_type", "/fee"),
        (v2(&[("amenity", "null")]), "null_value", "/amenity"),
        ("{".to_owned(), "malformed_json", ""),
        ("[]".to_owned(), "invalid_type", ""),
    ] {
        let (report, written) = back::downgrade(payload.as_bytes(), Assumed::default());
        assert_eq!(written, None, "{payload}");
        assert_eq!(check::findings(&report)[0], (code, path.to_owned()));
        back::refuses_as_validation(payload.as_bytes());
    }
    let payload = v2(&[]);
    let limits = Limits::V2.with_members(8);
    let within = |limits| {
        downgrade_within(
            payload.as_bytes(),
            Assumed::default(),
            &limits,
            &mut Vec::new(),
        )
    };
    assert!(within(limits).is_ok());
    assert!(within(limits.with_members(7)).is_err());
}
