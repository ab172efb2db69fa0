//! The README's definition is the one in `examples/`, and the command says of it what the README shows.

use std::fs;
use std::path::Path;

use crate::common::{command, finish, scratch};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const DEFINITION: &str = "examples/gbfs/station_status.toml";

/// The code blocks of "Payloads of your own", by what they are.
fn block(kind: &str) -> String {
    let readme = fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    let (_, section) = readme.split_once("### Payloads of your own\n").unwrap();
    let (section, _) = section.split_once("\n### ").unwrap();
    let (_, rest) = section.split_once(&format!("\n```{kind}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// The command in the repository's root: its exit status, and all that it says.
fn ran(args: &[&str]) -> (Option<i32>, String) {
    let mut command = command(args);
    command.current_dir(ROOT);
    let ran = finish(command, b"");
    (ran.code, ran.out + &ran.err)
}

#[test]
fn the_definition_of_the_readme_passes_the_check() {
    let definition = fs::read_to_string(Path::new(ROOT).join(DEFINITION)).unwrap();
    assert_eq!(block("toml"), definition);
    assert_eq!(definition.lines().count(), 10);

    let console = block("console");
    let (line, said) = console.split_once('\n').unwrap();
    let args: Vec<&str> = line
        .strip_prefix("$ cutover ")
        .unwrap()
        .split(' ')
        .collect();
    assert_eq!(ran(&args), (Some(0), said.to_owned()));
}

#[test]
fn without_a_rule_the_check_shows_the_smallest_payload_that_is_refused() {
    let definition = block("toml");
    let without: String = definition
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("\"version\""))
        .collect();
    assert_ne!(without, definition);
    let path = scratch("station_status").with_extension("toml");
    fs::write(&path, without).unwrap();
    let path = path.to_str().unwrap();
    let (code, said) = ran(&["mapping", "check", path, "--schemas", "examples/data/gbfs"]);
    assert_eq!(code, Some(1));
    assert_eq!(said.replace(path, "station_status.toml"), block("text"));
}
