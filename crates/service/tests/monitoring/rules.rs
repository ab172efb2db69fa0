//! The rules themselves: Prometheus takes them, and their unit tests pass and leave none out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::tools::are_there;

/// The rules.
pub(crate) const RULES: &str = include_str!("../../../../docs/monitoring/rules.yml");

const TESTS: &str = include_str!("../../../../docs/monitoring/rules_test.yml");

/// The names of the alerts, in order.
pub(crate) fn alerts() -> Vec<&'static str> {
    let names = RULES
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    names.collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/monitoring")
}

#[test]
fn promtool_takes_the_rules_and_their_unit_tests_pass() {
    if !are_there(&["promtool"]) {
        return;
    }
    for arguments in [
        ["check", "rules", "rules.yml"],
        ["test", "rules", "rules_test.yml"],
    ] {
        let said = Command::new("promtool")
            .args(arguments)
            .current_dir(folder())
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
        assert!(said.status.success(), "{arguments:?}: {words}");
    }
}

/// In the unit tests, each alert is silent at one time at least, and fires at another.
#[test]
fn each_alert_has_a_unit_test_in_which_it_is_silent_and_one_in_which_it_fires() {
    let mut seen: BTreeMap<&str, [bool; 2]> = BTreeMap::new();
    let mut lines = TESTS.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        if let Some(alert) = line.strip_prefix("alertname: ") {
            let fires = lines.peek() == Some(&"exp_alerts:");
            assert!(fires || lines.peek() == Some(&"exp_alerts: []"), "{alert}");
            seen.entry(alert).or_default()[usize::from(fires)] = true;
        }
    }
    let tested: Vec<&str> = seen
        .iter()
        .filter_map(|(alert, seen)| (*seen == [true, true]).then_some(*alert))
        .collect();
    let mut alerts = alerts();
    alerts.sort_unstable();
    assert_eq!(tested, alerts);
}
