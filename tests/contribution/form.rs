//! CONTRACT 1.1, the form: what it is in v1, byte for byte, and what is refused.

use cutover::contribution::{Report, Tier, Upgrader, form_to_v1, form_to_v2};

use crate::kit::{back, check};

/// CONTRACT 1.1: what a form is in v1, byte for byte, and what is said of it.
#[test]
fn a_form_as_v1() {
    type Row<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
    let rows: &[Row<'_>] = &[
        (r#"{"lat":1,"lng":2}"#, r#"{"lat":1,"lng":2}"#, &[]),
        (
            r#"{"name":"A","lat":1,"lng":2,"hours":"business","accessible":true,"fee":0.50}"#,
            r#"{"name":"A","lat":1,"lng":2,"hours":"business","accessible":true,"fee":0.50}"#,
            &[],
        ),
        (
            r#"{"lat":1,"lng":2,"hours":" custom ","customHours":"Sa 10:00-14:00"}"#,
            r#"{"lat":1,"lng":2,"hours":"Sa 10:00-14:00"}"#,
            &[],
        ),
        (
            r#"{"customHours":"business","lat":1,"lng":2,"hours":"custom"}"#,
            r#"{"lat":1,"lng":2,"hours":"business"}"#,
            &[],
        ),
        (
            r#"{"lat":1,"lng":2,"hours":"24/7","customHours":"off"}"#,
            r#"{"lat":1,"lng":2,"hours":"24/7"}"#,
            &[("unusual_value", "/customHours")],
        ),
        (
            r#"{"lat":1,"lng":2,"hours":"custom"}"#,
            r#"{"lat":1,"lng":2,"hours":"custom"}"#,
            &[("unusual_value", "/hours")],
        ),
        (
            r#"{"features":{"contactless":true,"automatic":true,"radar":true,"babyChange":true},"lat":1,"lng":2}"#,
            r#"{"changing_table":true,"centralkey":"nks","automatic":"yes","payment_contactless":true,"lat":1,"lng":2}"#,
            &[],
        ),
        (
            r#"{"lat":1,"lng":2,"features":{"babyChange":false,"radar":null,"shower":true}}"#,
            r#"{"lat":1,"lng":2}"#,
            &[
                ("null_value", "/features/radar"),
                ("unusual_value", "/features/shower"),
            ],
        ),
        (
            r#"{"lat":1,"lng":2,"features":null,"fee":-1,"level":"0"}"#,
            r#"{"lat":1,"lng":2,"fee":-1,"level":"0"}"#,
            &[("null_value", "/features"), ("unusual_value", "/fee")],
        ),
    ];
    for (form, want, findings) in rows {
        let mut v1 = Vec::new();
        let report = form_to_v1(form.as_bytes(), &mut v1).unwrap();
        assert_eq!(String::from_utf8(v1).unwrap(), *want);
        assert_eq!(pairs(&check::findings(&report)), *findings, "{form}");
        assert!(back::l5(form.as_bytes(), "way/1"));
    }
    for (form, code, path) in [
        (r#"{"lat":1,"lng":2,"fee":"0.5"}"#, "invalid_type", "/fee"),
        (r#"{"lat":1,"lng":2,"fee":true}"#, "invalid_type", "/fee"),
        (
            r#"{"lat":1,"lng":2,"features":[]}"#,
            "invalid_type",
            "/features",
        ),
        (
            r#"{"lat":1,"lng":2,"features":{"radar":"yes"}}"#,
            "invalid_type",
            "/features/radar",
        ),
        (
            r#"{"lat":1,"lng":2,"hours":"custom","customHours":1}"#,
            "invalid_type",
            "/customHours",
        ),
        (r#"{"lng":2}"#, "required", "/lat"),
        (
            r#"{"lat":1,"lng":2,"changing_table":"no","features":{"babyChange":true}}"#,
            "duplicate_member",
            "/changing_table",
        ),
        (
            r#"{"lat":1,"lng":2,"features":{"radar":true},"features":{"automatic":true}}"#,
            "duplicate_member",
            "/features",
        ),
        (
            r#"{"lat":1,"lng":2,"features":{"radar":true,"r\u0061dar":false}}"#,
            "duplicate_member",
            "/features/radar",
        ),
        (
            r#"{"lat":1,"lng":2,"hours":"custom","customHours":"off","customHours":"24/7"}"#,
            "duplicate_member",
            "/customHours",
        ),
        (
            r#"{"lat":1,"lng":2,"hours":"custom","customHours":"off","hours":"24/7"}"#,
            "duplicate_member",
            "/hours",
        ),
        (
            r#"{"lat":1,"lng":2,"fee":1,"fee":true}"#,
            "duplicate_member",
            "/fee",
        ),
        ("{", "malformed_json", ""),
    ] {
        let error = form_to_v1(form.as_bytes(), &mut Vec::new()).unwrap_err();
        let report = Report::of(&error).unwrap();
        assert_eq!(pairs(&check::findings(report)), [(code, path)], "{form}");
        assert!(!back::l5(form.as_bytes(), "way/1"));
        let v2 = form_to_v2(form.as_bytes(), &Upgrader::new(), "way/1", &mut Vec::new());
        assert!(v2.is_err());
    }
}

/// The first `fee` is no payload's, so v1 never sees that there was one.
#[test]
fn a_copy_of_a_refused_fee_is_a_duplicate() {
    let form = br#"{"lat":1,"lng":2,"fee":"yes","\u0066ee":197,"fee":{}}"#;
    let error = form_to_v1(form, &mut Vec::new()).unwrap_err();
    let report = Report::of(&error).unwrap();
    assert_eq!(
        pairs(&check::findings(report)),
        [
            ("invalid_type", "/fee"),
            ("duplicate_member", "/fee"),
            ("duplicate_member", "/fee"),
        ]
    );
    assert!(
        report
            .errors()
            .all(|error| error.tier() == Some(Tier::Core))
    );
}

fn pairs<'a>(findings: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    findings
        .iter()
        .map(|(code, path)| (*code, path.as_str()))
        .collect()
}
