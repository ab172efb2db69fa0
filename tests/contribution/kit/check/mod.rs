//! The laws of CONTRACT 3 as functions on one case: `laws.rs`, the replay of the corpus and the fuzz target all
//! call these, so that what one of them finds the others can repeat. A law that does not hold panics.

use std::collections::HashSet;

use cutover::Version;
use cutover::contribution::equivalence::{self, Comparer};
use cutover::contribution::{self, Code, Difference, Policy, Report, Tier, Upgrader, V1, V2};
use cutover_testkit::model::json::{self, Limits, Member, quote};
use cutover_testkit::model::{self, ALIASES, Api, CORE, Model, Outcome, Value};

/// The model; the grammar of opening hours, which it does not have, is asked of the crate.
pub(crate) const MODEL: Model = Model { readable };

pub(crate) const POLICIES: [(Policy, model::Policy); 2] = [
    (Policy::Unknowns, model::Policy::Unknowns),
    (Policy::Legacy, model::Policy::Legacy),
];

fn readable(text: &str) -> bool {
    let payload = format!("{{\"opening_hours\":{}}}", quote(text));
    let report = contribution::validate(Version::V2, payload.as_bytes());
    report
        .findings()
        .iter()
        .all(|finding| finding.code() != Code::UnreadableHours)
}

/// Code and path of each finding, in order.
pub(crate) fn findings(report: &Report) -> Vec<(&'static str, String)> {
    report
        .findings()
        .iter()
        .map(|finding| (finding.code().as_str(), finding.path().to_owned()))
        .collect()
}

/// What `upgrade` said and wrote, with what holds for every call: it appends, and writes nothing on an error.
pub(crate) fn upgrade(payload: &[u8], id: &str, policy: Policy) -> (Report, Option<Vec<u8>>) {
    let mut out = b"what was there".to_vec();
    match Upgrader::new()
        .policy(policy)
        .upgrade(payload, id, &mut out)
    {
        Ok(report) => {
            assert!(
                report.is_valid(),
                "an upgrade that succeeds has no errors: {report}"
            );
            let written = out
                .strip_prefix(b"what was there")
                .expect("upgrade appends")
                .to_vec();
            (report, Some(written))
        }
        Err(error) => {
            assert_eq!(out, b"what was there", "an error leaves `out` as it was");
            let report = Report::of(&error)
                .expect("a refused payload's error carries the report")
                .clone();
            let first = report
                .first_error()
                .expect("a refused payload has an error");
            assert_eq!(
                error.path(),
                first.path(),
                "the error points to the first finding that refuses"
            );
            assert_eq!(error.to_string(), first.message());
            (report, None)
        }
    }
}

/// The members of what was written; it must be an object.
pub(crate) fn members(json: &[u8]) -> Vec<Member> {
    match json::parse(json, Limits::WIDE) {
        Ok(Some(members)) => members,
        other => panic!("not an object: {other:?}: {}", text(json)),
    }
}

/// Bytes to read in a failure's message.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn good_id(id: &str) -> bool {
    (1..=1_024).contains(&id.len())
}

/// L1, acceptance: what v1 accepts, upgrades to something v2 accepts, under both policies. True when v1 accepts it.
pub(crate) fn l1(payload: &[u8], id: &str) -> bool {
    let accepted = contribution::validate(Version::V1, payload).is_valid();
    for (policy, _) in POLICIES {
        let (report, output) = upgrade(payload, id, policy);
        assert_eq!(
            output.is_some(),
            accepted && good_id(id),
            "v1 and upgrade disagree: {report}"
        );
        if let Some(output) = output {
            let report = contribution::validate(Version::V2, &output);
            assert!(
                report.is_valid(),
                "v2 refuses an upgrade: {report}: {}",
                text(&output)
            );
        }
    }
    accepted
}

/// L2, equivalence: p ≡ upgrade(p) under both policies, by `compare` and by the model; and `compare` does see a tag that
/// was changed or lost.
pub(crate) fn l2(payload: &[u8], id: &str) {
    for (policy, naive) in POLICIES {
        let (_, Some(output)) = upgrade(payload, id, policy) else {
            continue;
        };
        let comparer = Comparer::new().id(id).policy(policy);
        assert_eq!(comparer.compare(payload, &output), Ok(()));
        if policy == Policy::Unknowns {
            assert_eq!(
                equivalence::compare(payload, &output),
                Ok(()),
                "without an id `@id` is not compared"
            );
        }
        let canonical = MODEL.canonical_v2(&output);
        assert!(canonical.is_some(), "the model refuses an upgrade");
        assert_eq!(canonical, MODEL.canonical_v1(payload, id, naive));

        let written: Vec<(String, Value)> = members(&output)
            .into_iter()
            .map(|m| (m.name, m.value))
            .collect();
        let mut other = written.clone();
        for (name, value) in &mut other {
            if name == "wheelchair" {
                let word = if *value == Value::Text("limited".into()) {
                    "no"
                } else {
                    "limited"
                };
                *value = Value::Text(word.into());
            }
        }
        assert_eq!(
            paths(comparer.compare(payload, &model::to_json(&other))),
            ["/wheelchair"]
        );
        let mut fewer = written;
        if fewer.len() > CORE.len() {
            let (lost, _) = fewer.pop().expect("there is one");
            let differences = comparer.compare(payload, &model::to_json(&fewer));
            if let Err(differences) = &differences {
                assert!(differences[0].v1().is_some() && differences[0].v2().is_none());
            }
            assert_eq!(paths(differences), [model::pointer(&lost)]);
        }
    }
}

fn paths(result: Result<(), Vec<Difference>>) -> Vec<String> {
    result
        .err()
        .into_iter()
        .flatten()
        .map(|difference| difference.path().to_owned())
        .collect()
}

/// L3, no silent loss: every input member is in the output or named in the report; with `unknowns` the only member
/// written that is neither from the input nor `unknown` is `fee: false` (and `amenity`, `@id`), and `assumed` says so.
pub(crate) fn l3(payload: &[u8], id: &str) {
    for (policy, _) in POLICIES {
        let (report, Some(output)) = upgrade(payload, id, policy) else {
            continue;
        };
        let input = members(payload);
        let output = members(&output);
        let named: HashSet<&str> = report
            .findings()
            .iter()
            .map(|finding| finding.path())
            .collect();
        let osm_name = |name: &str| {
            ALIASES
                .iter()
                .find(|(alias, _)| *alias == name)
                .map_or(name.to_owned(), |(_, tag)| (*tag).to_owned())
        };
        for member in &input {
            let written = output.iter().any(|out| out.name == osm_name(&member.name));
            let said = named.contains(model::pointer(&member.name).as_str());
            assert!(
                written || said,
                "{:?} is lost and nobody says so",
                member.name
            );
        }
        // A null is no source.
        let sources: HashSet<String> = input
            .iter()
            .filter(|m| m.value != Value::Null)
            .map(|m| osm_name(&m.name))
            .collect();
        let fee_has_amount = input
            .iter()
            .any(|m| m.name == "fee" && matches!(m.value, Value::Number(_)));
        let assumed: Vec<&str> = report.assumed().names().collect();
        for out in &output {
            let name = out.name.as_str();
            let from_input = sources.contains(name) && !assumed.contains(&name);
            let charge_of_fee = name == "charge" && fee_has_amount;
            if from_input || charge_of_fee || name == "@id" {
                continue;
            }
            let word = |word: &str| out.value == Value::Text(word.into());
            let by_legacy =
                policy == Policy::Legacy && ["male", "female", "unisex"].contains(&name);
            assert!(
                assumed.contains(&name) || by_legacy,
                "{name} comes from nowhere and is not in `assumed`"
            );
            if policy == Policy::Unknowns {
                let said = match name {
                    "amenity" => word("toilets"),
                    "fee" => out.value == Value::Bool(false),
                    _ => word("unknown"),
                };
                assert!(said, "{name} is {:?}, which nobody said", out.value);
            }
        }
        for name in assumed {
            assert!(
                output.iter().any(|out| out.name == name),
                "{name} is assumed but not written"
            );
        }
    }
}

/// L6, determinism: same inputs, same bytes; inputs are never changed; a retry writes the same `@id`.
pub(crate) fn l6(payload: &[u8], id: &str) {
    for (policy, _) in POLICIES {
        let (before, id_before) = (payload.to_vec(), id.to_owned());
        let upgrader = Upgrader::new().policy(policy);
        let run = || {
            let mut out = Vec::new();
            let result = upgrader.upgrade(payload, id, &mut out);
            (result.map_err(|error| error.to_string()), out)
        };
        let (first, retry) = (run(), run());
        assert_eq!(first, retry);
        assert_eq!(
            upgrade(payload, id, policy).1.unwrap_or_default(),
            first.1,
            "another upgrader writes the same"
        );
        assert_eq!((payload, id), (&before[..], id_before.as_str()));
    }
}

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

/// L9, totality: no byte string panics anything; errors are values, and say something.
pub(crate) fn l9(payload: &[u8], other: &[u8], id: &str) {
    for version in [Version::V1, Version::V2] {
        let report = contribution::validate(version, payload);
        assert!(
            report
                .findings()
                .iter()
                .all(|finding| !finding.message().is_empty())
        );
    }
    for (policy, _) in POLICIES {
        upgrade(payload, id, policy);
        let comparer = Comparer::new().id(id).policy(policy);
        for (v1, v2) in [(payload, other), (other, payload), (payload, payload)] {
            if let Err(differences) = comparer.compare(v1, v2) {
                assert!(!differences.is_empty(), "a difference has a place");
            }
        }
    }
    if let Ok(v1) = V1::from_slice(payload) {
        let _ = V2::try_from(&v1);
    }
}

/// Every law on one case: what the fuzz target runs.
pub(crate) fn laws(payload: &[u8], id: &str) {
    l1(payload, id);
    l2(payload, id);
    l3(payload, id);
    l6(payload, id);
    l7(payload, id);
    l9(payload, b"{}", id);
}

/// A fuzz input: the contribution id up to the first line break, then the payload; without a line break, or when the id
/// is not UTF-8, all of it is payload.
pub(crate) fn case(data: &[u8]) -> (&str, &[u8]) {
    let all = ("fuzz", data);
    let Some(at) = data.iter().position(|byte| *byte == b'\n') else {
        return all;
    };
    std::str::from_utf8(&data[..at]).map_or(all, |id| (id, &data[at + 1..]))
}
