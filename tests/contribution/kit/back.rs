//! The laws of the way back (L4) and of the form (L5) as functions on one case, beside those in `check`.

use cutover::Version;
use cutover::contribution::equivalence::Comparer;
use cutover::contribution::{
    self, Assumed, Form, Limits, Policy, Report, Upgrader, V2, form_to_v1, form_to_v2,
};
use cutover_testkit::edits::Edits;
use cutover_testkit::model::json::Member;
use cutover_testkit::model::{self, ALIASES, Api, Outcome, Value};

use super::check::{self, MODEL, POLICIES, findings, members, upgrade};

/// What `downgrade` said and wrote, with what holds for every call: it appends, and writes nothing on an error.
pub(crate) fn downgrade(payload: &[u8], assumed: Assumed) -> (Report, Option<Vec<u8>>) {
    appended(|out| contribution::downgrade(payload, assumed, out))
}

fn appended(
    convert: impl FnOnce(&mut Vec<u8>) -> Result<Report, cutover::Error>,
) -> (Report, Option<Vec<u8>>) {
    let mut out = b"what was there".to_vec();
    match convert(&mut out) {
        Ok(report) => {
            assert!(report.is_valid(), "{report}");
            let written = out
                .strip_prefix(b"what was there")
                .expect("it appends")
                .to_vec();
            (report, Some(written))
        }
        Err(error) => {
            assert_eq!(out, b"what was there", "an error leaves `out` as it was");
            let report = Report::of(&error).expect("the error carries the report");
            let first = report.first_error().expect("a refusal has an error");
            assert_eq!(error.path(), first.path());
            (report.clone(), None)
        }
    }
}

/// The upgrade of a payload that a downgrade wrote: the way back may need v2's room.
fn upgrade_again(payload: &[u8], id: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let result = Upgrader::new()
        .limits(Limits::V2)
        .upgrade(payload, id, &mut out);
    assert!(
        result.is_ok(),
        "{result:?}: {}",
        String::from_utf8_lossy(payload)
    );
    out
}

/// The downgrade is the model's: findings, order, decoded strings, number text, in bytes and typed; names are the members
/// that `assumed` has. What is written, once it is written.
pub(crate) fn downgrades_as_the_model(payload: &[u8], assumed: Assumed) -> Option<Vec<u8>> {
    let names: Vec<&str> = assumed.names().collect();
    let want = MODEL.downgrade(payload, &names);
    let (report, written) = downgrade(payload, assumed);
    let text = String::from_utf8_lossy(payload);
    assert_eq!(report.is_valid(), want.is_valid(), "{text}");
    // Which of two faults of bytes that are no UTF-8 is told is nobody's promise.
    if std::str::from_utf8(payload).is_ok() {
        assert_eq!(findings(&report), want.findings, "{text}");
    }
    assert_eq!(written.as_deref().map(record), want.output, "{text}");
    typed_downgrade(payload, assumed, &names);
    written
}

fn record(json: &[u8]) -> Vec<(String, Value)> {
    members(json)
        .into_iter()
        .map(|member| (member.name, member.value))
        .collect()
}

/// A typed v2 payload has v2's order; else its downgrade is that of its bytes.
fn typed_downgrade(payload: &[u8], assumed: Assumed, names: &[&str]) {
    let Ok(v2) = V2::from_slice(payload) else {
        return;
    };
    let stored = v2.to_json();
    let v1 = v2
        .downgrade(assumed)
        .expect("a typed v2 payload downgrades");
    assert_eq!(
        Some(record(&v1.to_json())),
        MODEL.downgrade(&stored, names).output
    );
    assert_eq!(v2.to_json(), stored, "the input is left alone");
}

/// L4 from v1: downgrade(upgrade(p)) ≡ p, with and without what the upgrade assumed. True when v1 accepts p.
///
/// With it, what is written has no member that p had not, but for `@id` and, for a fee with a charge beside it, `fee`.
pub(crate) fn l4_from_v1(payload: &[u8], id: &str) -> bool {
    let (report, Some(v2)) = upgrade(payload, id, Policy::Unknowns) else {
        return false;
    };
    let canonical = MODEL.canonical_v1(payload, id, model::Policy::Unknowns);
    for assumed in [Assumed::default(), report.assumed()] {
        let back = downgrades_as_the_model(&v2, assumed).expect("an upgrade downgrades");
        assert!(contribution::validate(Version::V1, &back).is_valid());
        let again = MODEL.canonical_v1(&back, "another", model::Policy::Unknowns);
        assert_eq!(again, canonical, "{}", String::from_utf8_lossy(&back));
        assert_eq!(
            Comparer::new().compare(&back, &v2),
            Ok(()),
            "the crate's own comparison agrees"
        );
    }
    let back = downgrades_as_the_model(&v2, report.assumed()).expect("an upgrade downgrades");
    let input = members(payload);
    for member in members(&back) {
        let known = there(&input, &member.name) || member.name == "@id";
        assert!(known, "{} was never sent", member.name);
    }
    true
}

/// Whether a payload has a value for this member, by either of its names.
fn there(members: &[Member], name: &str) -> bool {
    let tag = osm_name(name);
    members
        .iter()
        .any(|member| osm_name(&member.name) == tag && member.value != Value::Null)
}

fn osm_name(name: &str) -> &str {
    ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name, |(_, tag)| tag)
}

/// L4 from v2: upgrade(downgrade(q)) ≡ q. What was written, `None` when v2 refuses q.
pub(crate) fn l4_from_v2(payload: &[u8]) -> Option<Vec<u8>> {
    let back = downgrades_as_the_model(payload, Assumed::default())?;
    let again = upgrade_again(&back, "another");
    assert_eq!(
        MODEL.canonical_v2(&again),
        MODEL.canonical_v2(payload),
        "{}",
        String::from_utf8_lossy(&back)
    );
    Some(back)
}

/// L4 with an edit e of d = downgrade(q): downgrade(upgrade(e(d))) ≡ e(d); a value that e removed never returns; an alias
/// beside its OSM name is shadowed and reported. True when v1 accepts e(d).
pub(crate) fn l4_edited(d: &[u8], edits: &Edits, id: &str) -> bool {
    let edited = edits.apply(d);
    let (report, Some(v2)) = upgrade(&edited, id, Policy::Unknowns) else {
        return false;
    };
    l4_from_v1(&edited, id);
    let (before, after) = (members(d), members(&edited));
    let (_, back) = downgrade(&v2, Assumed::default());
    let back = members(&back.expect("an upgrade downgrades"));
    for removed in before.iter().filter(|member| member.name != "@id") {
        if there(&after, &removed.name) {
            continue;
        }
        for returned in &back {
            if osm_name(&returned.name) == osm_name(&removed.name) {
                // The one default that v1 sees: nothing to pay.
                let default = (
                    returned.name.as_str() == "fee",
                    returned.value == Value::Number("0".to_owned()),
                );
                assert_eq!(default, (true, true), "{} returned", removed.name);
            }
        }
    }
    for alias in &after {
        let tag = osm_name(&alias.name);
        let beside = after
            .iter()
            .find(|member| member.name == tag && member.value != Value::Null);
        if let (true, Some(beside)) = (
            tag != alias.name && alias.value != Value::Null && tag_is_text(beside),
            beside,
        ) {
            let path = model::pointer(&alias.name);
            assert!(
                findings(&report).contains(&("shadowed_alias", path)),
                "{} is not reported",
                alias.name
            );
            let stored = MODEL.canonical_v2(&v2).expect("v2 takes an upgrade");
            let stored = stored.iter().find(|(name, _)| name == tag);
            assert_eq!(
                stored.map(|(_, value)| value),
                Some(&beside.value),
                "the OSM name wins"
            );
        }
    }
    true
}

/// Bools are stored as words, so that only a text can be looked for as it is.
fn tag_is_text(member: Option<&Member>) -> bool {
    member.is_some_and(|member| matches!(member.value, Value::Text(_)))
}

/// L5, commuting: upgrade(form.to_v1()) ≡ form.to_v2(), under both policies, in bytes and typed; and both are what the
/// model makes of the form without a v1 payload on the way. True when the form is taken.
pub(crate) fn l5(form: &[u8], id: &str) -> bool {
    let (_, v1) = appended(|out| form_to_v1(form, out));
    let taken = MODEL.form(form, "any", model::Policy::Unknowns).is_some();
    assert_eq!(v1.is_some(), taken, "{}", String::from_utf8_lossy(form));
    for (policy, naive) in POLICIES {
        let upgrader = Upgrader::new().policy(policy);
        let want = MODEL.form(form, id, naive);
        let (report, v2) = appended(|out| form_to_v2(form, &upgrader, id, out));
        let stored = v2
            .as_ref()
            .map(|v2| MODEL.canonical_v2(v2).expect("v2 takes it"));
        assert_eq!(stored, want, "{report}");
        if let (Some(v1), Some(v2)) = (&v1, &v2) {
            let (_, upgraded) = check::upgrade(v1, id, policy);
            assert_eq!(
                upgraded.and_then(|upgraded| MODEL.canonical_v2(&upgraded)),
                want
            );
            assert_eq!(MODEL.canonical_v1(v1, id, naive), want);
            assert_eq!(
                Comparer::new().id(id).policy(policy).compare(v1, v2),
                Ok(())
            );
        }
        typed_form(form, &upgrader, id, naive);
    }
    taken
}

/// A struct holds f64s, so that the model is asked about what the struct says.
fn typed_form(form: &[u8], upgrader: &Upgrader, id: &str, naive: model::Policy) {
    let Ok(form) = serde_json::from_slice::<Form>(form) else {
        return;
    };
    let json = serde_json::to_vec(&form).expect("a form is JSON");
    let want = MODEL.form(&json, id, naive);
    let v2 = form.to_v2(upgrader, id);
    let stored = |v2: V2| MODEL.canonical_v2(&v2.to_json()).expect("v2 takes it");
    assert_eq!(v2.ok().map(|(v2, _)| stored(v2)), want);
    match form.to_v1() {
        Ok(v1) => {
            let upgraded = v1.upgrade(upgrader, id);
            assert_eq!(upgraded.ok().map(|(v2, _)| stored(v2)), want);
        }
        Err(_) => assert_eq!(want, None),
    }
}

/// Findings of a refused downgrade are those of v2's validation.
pub(crate) fn refuses_as_validation(payload: &[u8]) {
    let report = contribution::validate(Version::V2, payload);
    let (refused, written) = downgrade(payload, Assumed::default());
    assert_eq!(written.is_some(), report.is_valid());
    let want: &Outcome = &MODEL.validate(Api::V2, payload);
    if std::str::from_utf8(payload).is_ok() {
        assert_eq!(findings(&refused), want.findings);
    }
}
