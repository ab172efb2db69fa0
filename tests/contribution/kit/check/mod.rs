//! The laws of CONTRACT 3 as functions on one case: `laws.rs`, the replay of the corpus and the fuzz target all
//! call these, so that what one of them finds the others can repeat. A law that does not hold panics.

mod agree;

use std::collections::HashSet;

use cutover::Version;
use cutover::contribution::equivalence::{self, Comparer};
use cutover::contribution::{self, Code, Difference, Policy, Report, Upgrader, V1, V2};
use cutover_testkit::model::json::{self, Limits, Member, quote};
use cutover_testkit::model::{self, ALIASES, CORE, Model, Value};

pub(crate) use agree::l7;

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
