//! Payloads with nothing to report cost no allocation, once the output and the scratch have room.

use allocation_counter::measure;
use cutover::Version;
use cutover::contribution::{Policy, Upgrader, validate};
use cutover_testkit::generator::Payloads;

/// Escaped names, keys of every kind and the longest texts among them: whatever has no finding.
#[test]
fn nothing_to_report_is_nothing_to_allocate() {
    let mut payloads: Vec<_> = Payloads::seeded(11).clean().take(1_000).collect();
    let name = r"\u0061".repeat(255);
    payloads.push((
        "way/1".to_owned(),
        format!(r#"{{"lat":1,"l\u006eg":2,"name":" {name} ","say \"hi\"":"\n"}}"#),
    ));
    // A name that a hook reads and that keeps its spelling.
    payloads.push((
        "c1".to_owned(),
        r#"{"lat":1,"lng":2,"\u0066ee":0.5}"#.to_owned(),
    ));
    let mut out = Vec::with_capacity(1 << 14);
    let mut v2 = Vec::with_capacity(1 << 14);
    for policy in [Policy::Unknowns, Policy::Legacy] {
        let upgrader = Upgrader::new().policy(policy);
        // The mapping is made on first use, and what is kept between calls grows with the payloads.
        for (id, payload) in &payloads {
            let mut out = Vec::new();
            upgrader.upgrade(payload.as_bytes(), id, &mut out).unwrap();
            let _ = validate(Version::V1, payload.as_bytes());
            let _ = validate(Version::V2, &out);
        }
        for (id, payload) in &payloads {
            let payload = payload.as_bytes();
            out.clear();
            let upgrade = measure(|| {
                let report = upgrader.upgrade(payload, id, &mut out).unwrap();
                assert_eq!(report.findings(), []);
            });
            let v1 = measure(|| assert_eq!(validate(Version::V1, payload).findings(), []));
            v2.clone_from(&out);
            let v2 = measure(|| assert_eq!(validate(Version::V2, &v2).findings(), []));
            let counts = [upgrade, v1, v2].map(|counted| counted.count_total);
            assert_eq!(counts, [0, 0, 0], "{}", String::from_utf8_lossy(payload));
        }
    }
}
