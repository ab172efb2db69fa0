//! All 122 tags: their tiers and kinds, and what a null is.

use cutover::Version;
use cutover::contribution::{Code, Tier, validate};
use cutover_testkit::model::{Api, tags};

use crate::kit::check;

#[test]
fn nulls_are_dropped_whatever_the_kind() {
    for tag in tags::all() {
        let payload = format!(r#"{{"{}":null}}"#, tag.name);
        let report = validate(Version::V1, payload.as_bytes());
        assert_eq!(
            check::findings(&report)[0],
            ("null_value", format!("/{}", tag.name))
        );
    }
    for alias in ["accessible", "hours", "payment_contactless", "x"] {
        let report = validate(Version::V1, format!(r#"{{"{alias}":null}}"#).as_bytes());
        assert_eq!(check::findings(&report)[0].0, "null_value");
    }
}

#[test]
fn the_table_of_tags_has_the_contract_s_tiers_and_kinds() {
    // Each value tells kinds apart; both sides see all of them for all 122 names.
    let values = [
        "null",
        "true",
        "7",
        "2024",
        "-1",
        "1e999",
        "[]",
        r#""""#,
        r#"" yes ""#,
        r#""yes""#,
        r#""limited""#,
        r#""only""#,
        r#""toilets""#,
        r#""flush""#,
        r#""seated""#,
        r#""2024-05""#,
        r#""£1""#,
        r#""24/7""#,
        r#""unknown""#,
        r#""public""#,
    ];
    let long = [256, 1_001].map(|count| format!("\"{}\"", "x".repeat(count)));
    for tag in tags::all() {
        for value in values.into_iter().chain(long.iter().map(String::as_str)) {
            let payload = format!(r#"{{"{}":{value}}}"#, tag.name);
            for (version, api) in [(Version::V1, Api::V1), (Version::V2, Api::V2)] {
                let report = validate(version, payload.as_bytes());
                let want = check::MODEL.validate(api, payload.as_bytes());
                assert_eq!(
                    check::findings(&report),
                    want.findings,
                    "{version} {payload}"
                );
                for finding in report
                    .findings()
                    .iter()
                    .filter(|finding| finding.code() != Code::Required)
                {
                    assert_eq!(
                        finding.tier().map(Tier::as_str),
                        Some(tag.tier.as_str()),
                        "{payload}"
                    );
                }
                for (tier, counts) in Tier::ALL.into_iter().zip(want.tiers) {
                    let count = report.tier(tier);
                    assert_eq!(
                        [count.provided, count.valid, count.required],
                        counts,
                        "{payload} {tier}"
                    );
                }
            }
        }
    }
}
