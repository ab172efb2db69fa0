//! Programs that a test needs and that may be missing.

use std::path::PathBuf;

/// Whether all of these are in the path. `false`, after saying so, when one isn't; a failure where `CUTOVER_REQUIRE` has it.
pub(crate) fn are_there(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let is_missing = |program: &&&str| !folders.iter().any(|folder| folder.join(program).is_file());
    let missing: Vec<&str> = programs.iter().filter(is_missing).copied().collect();
    if missing.is_empty() {
        return true;
    }
    let required = std::env::var("CUTOVER_REQUIRE").unwrap_or_default();
    let broken = missing
        .iter()
        .find(|&&program| required.split(',').any(|what| what == program));
    assert!(
        broken.is_none(),
        "CUTOVER_REQUIRE has {}, and it isn't in the path",
        broken.unwrap()
    );
    eprintln!("SKIPPED: install {} to run this", missing.join(", "));
    false
}
