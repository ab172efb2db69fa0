//! L7: the ways to convert a payload agree with the model, and with each other.

use cutover::Version;
use cutover::contribution::{self, Policy, Report, Tier, Upgrader, V1, V2};
use cutover_testkit::model::json::quote;
use cutover_testkit::model::{Api, Outcome, Value};

use super::{MODEL, POLICIES, findings, members, text, upgrade};

/// L7, paths agree: bytes → bytes, typed, and the model have the same findings, member order, decoded strings and number
/// text; bytes → bytes also keeps the spelling of what it does not change.
pub(crate) fn l7(payload: &[u8], id: &str) {
    for (api, version) in [(Api::V1, Version::V1), (Api::V2, Version::V2)] {
        let report = contribution::validate(version, payload);
        let want = MODEL.validate(api, payload);
        same_report(&report, &want, payload);
        assert!(report.assumed().is_empty(), "validation assumes nothing");
    }
    for (policy, naive) in POLICIES {
        let want = MODEL.upgrade(payload, id, naive);
        let (report, output) = upgrade(payload, id, policy);
        same_report(&report, &want, payload);
        if let Some(output) = &output {
            same_output(output, &want);
            assert_eq!(report.assumed().names().collect::<Vec<_>>(), want.assumed);
            spelling(payload, output);
        }
        typed(payload, id, policy, &want);
    }
    let mut out = Vec::new();
    let plain = contribution::upgrade(payload, id, &mut out);
    let (report, output) = upgrade(payload, id, Policy::Unknowns);
    assert_eq!(plain.is_ok(), output.is_some());
    assert_eq!(
        text(&out),
        text(&output.unwrap_or_default()),
        "the policy is `unknowns` unless one says otherwise"
    );
    let plain = plain.unwrap_or_else(|error| Report::of(&error).expect("a report").clone());
    assert_eq!(plain, report);
}

fn typed(payload: &[u8], id: &str, policy: Policy, want: &Outcome) {
    let upgrader = Upgrader::new().policy(policy);
    let result = V1::from_slice(payload).and_then(|v1| {
        let before = format!("{v1:?}");
        let result = v1.upgrade(&upgrader, id);
        assert_eq!(
            format!("{v1:?}"),
            before,
            "a typed upgrade leaves its input alone"
        );
        // Without a contribution id, the conversion is the upgrade of those that bring an `@id`.
        let brings_id = members(payload)
            .iter()
            .any(|m| m.name == "@id" && m.value != Value::Null);
        if let (true, Policy::Unknowns, Ok((v2, _))) = (brings_id, policy, &result) {
            if let Ok(converted) = V2::try_from(&v1) {
                assert_eq!(text(&converted.to_json()), text(&v2.to_json()));
            }
        }
        result
    });
    match result {
        Ok((v2, report)) => {
            same_report(&report, want, payload);
            same_output(&v2.to_json(), want);
            assert_eq!(report.assumed().names().collect::<Vec<_>>(), want.assumed);
        }
        Err(error) => same_report(Report::of(&error).expect("a report"), want, payload),
    }
}

fn same_report(report: &Report, want: &Outcome, payload: &[u8]) {
    let found = findings(report);
    // Whether UTF-8 is looked at before the scan or within it is nobody's promise: a payload that is both broken and
    // too deep (or has too many members) may be told either.
    let broken =
        found == [("malformed_json", String::new())] && std::str::from_utf8(payload).is_err();
    assert!(
        found == want.findings || (broken && !want.is_valid()),
        "crate {found:?}, model {:?}: {}",
        want.findings,
        text(payload)
    );
    assert_eq!(report.is_valid(), want.is_valid());
    if found.iter().all(|(_, path)| !path.is_empty()) {
        for (tier, counts) in Tier::ALL.into_iter().zip(want.tiers) {
            let count = report.tier(tier);
            assert_eq!(
                [count.provided, count.valid, count.required],
                counts,
                "tier {tier}"
            );
        }
    }
}

fn same_output(output: &[u8], want: &Outcome) {
    let written: Vec<(String, Value)> = members(output)
        .into_iter()
        .map(|m| (m.name, m.value))
        .collect();
    assert_eq!(Some(written), want.output);
}

/// 1.3: "Output is compact; unchanged values and keys keep their JSON spelling; changed strings are written with minimal
/// escapes."
fn spelling(payload: &[u8], output: &[u8]) {
    let input = members(payload);
    let output_members = members(output);
    let compact: Vec<Vec<u8>> = output_members
        .iter()
        .map(|m| [&m.raw_name[..], b":", &m.raw_value].concat())
        .collect();
    let compact = [b"{", &compact.join(&b',')[..], b"}"].concat();
    assert_eq!(text(output), text(&compact), "the output is compact");
    for out in &output_members {
        let source = input
            .iter()
            .find(|m| m.name == out.name && m.value != Value::Null);
        match (source, &out.value) {
            (Some(source), _) if source.value == out.value => {
                assert_eq!(
                    text(&out.raw_value),
                    text(&source.raw_value),
                    "{} was respelled",
                    out.name
                );
                assert_eq!(
                    text(&out.raw_name),
                    text(&source.raw_name),
                    "{}'s name was respelled",
                    out.name
                );
            }
            // A value that came under an alias keeps its spelling or gets the shortest: both are the same text.
            (None, Value::Text(_)) if out.name == "opening_hours" => {}
            (_, Value::Text(decoded)) => assert_eq!(
                text(&out.raw_value),
                quote(decoded),
                "{} has needless escapes",
                out.name
            ),
            _ => {}
        }
    }
}
