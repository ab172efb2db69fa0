//! What the tests of the contribution half share.

pub(crate) mod back;
pub(crate) mod check;

use cutover::Version;
use cutover::contribution::{self, Policy};

/// Asserts findings, code and path, on a payload read as `version`.
#[track_caller]
pub(crate) fn validates(version: Version, payload: impl AsRef<[u8]>, want: &[(&str, &str)]) {
    let payload = payload.as_ref();
    let report = contribution::validate(version, payload);
    let found = check::findings(&report);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(code, path)| (*code, path.as_str()))
        .collect();
    assert_eq!(
        found,
        want,
        "{version} {}",
        String::from_utf8_lossy(payload)
    );
}

/// Asserts findings and output, `None` for a payload that is refused, under one policy with the id `c1`.
#[track_caller]
pub(crate) fn upgrades(payload: &str, policy: Policy, want: &[(&str, &str)], json: Option<&str>) {
    let (report, output) = check::upgrade(payload.as_bytes(), "c1", policy);
    let found = check::findings(&report);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(code, path)| (*code, path.as_str()))
        .collect();
    assert_eq!(found, want, "{payload}");
    let output = output.map(|output| String::from_utf8(output).expect("upgrade writes UTF-8"));
    assert_eq!(output.as_deref(), json, "{payload}");
}

/// How many cases a law is tried on: `CUTOVER_CASES`, else 512.
pub(crate) fn cases() -> u32 {
    cutover_testkit::cases(512)
}
