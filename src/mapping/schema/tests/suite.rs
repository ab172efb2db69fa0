//! The official JSON-Schema-Test-Suite: every case is judged as the suite says, by compiled checks or by the
//! `jsonschema` crate, or its schema is refused by name. How many of which stands in `docs/mapping-schema.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Draft, accepts, compile, json, shared};

/// By format we assert what the suite's default leaves alone.
const ASSERTED: [&str; 2] = [
    "invalid date string is only an annotation by default",
    "invalid date-time string is only an annotation by default",
];

/// Cases that are compiled, judged by the crate, refused, and judged otherwise on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    compiled: usize,
    left: usize,
    refused: usize,
    otherwise: usize,
}

impl Counts {
    fn sum(self, other: Self) -> Self {
        Self {
            compiled: self.compiled + other.compiled,
            left: self.left + other.left,
            refused: self.refused + other.refused,
            otherwise: self.otherwise + other.otherwise,
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let is_json = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
    let list = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut files: Vec<_> = entries.map(|e| e.unwrap().path()).filter(is_json).collect();
        files.sort();
        files
    };
    let mut files = list(folder.to_owned());
    files.extend(list(folder.join("optional")));
    // Of the formats these two are asserted.
    files.push(folder.join("optional/format/date.json"));
    files.push(folder.join("optional/format/date-time.json"));
    files
}

fn run(folder: &str, draft: Draft) -> Option<BTreeMap<String, Counts>> {
    let root = shared("json-schema-test-suite")?.join(folder);
    let mut table = BTreeMap::new();
    let mut failures = Vec::new();
    for file in files(&root) {
        let name = file.strip_prefix(&root).unwrap().with_extension("");
        let name = name.to_str().unwrap().to_owned();
        let counts: &mut Counts = table.entry(name.clone()).or_default();
        for group in json(&file).as_array().unwrap() {
            let tests = group["tests"].as_array().unwrap();
            let schema = match compile::compile(&group["schema"], draft) {
                Ok(schema) => schema,
                Err(flaws) => {
                    assert!(
                        flaws
                            .iter()
                            .all(|f| f.reason().contains('`') || f.path().contains("$schema")),
                        "{flaws:?}"
                    );
                    println!("{folder}/{name}: refused: {}", flaws[0]);
                    counts.refused += tests.len();
                    continue;
                }
            };
            for test in tests {
                if accepts(&schema, &test["data"]) != test["valid"].as_bool().unwrap() {
                    if ASSERTED.iter().any(|text| test["description"] == *text) {
                        counts.otherwise += 1;
                    } else {
                        failures.push(format!(
                            "{name}: {}: {}",
                            group["description"], test["description"]
                        ));
                    }
                } else if schema.leftovers().is_empty() {
                    counts.compiled += 1;
                } else {
                    counts.left += 1;
                }
            }
            for left in schema.leftovers() {
                println!("{folder}/{name}: left: {left:?}");
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{}\n{}",
        failures.len(),
        failures.join("\n")
    );
    Some(table)
}

/// The page's table: one row a draft and file.
fn documented() -> BTreeMap<String, Counts> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/mapping-schema.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, compiled, left, refused, otherwise] = cells[..] else {
            return None;
        };
        let counts = Counts {
            compiled: compiled.parse().ok()?,
            left: left.parse().ok()?,
            refused: refused.parse().ok()?,
            otherwise: otherwise.parse().ok()?,
        };
        Some((name.to_owned(), counts))
    });
    rows.collect()
}

/// Runs a draft's cases and holds their counts against the page's.
fn check(folder: &str, draft: Draft) {
    let Some(table) = run(folder, draft) else {
        return;
    };
    let total = table
        .values()
        .fold(Counts::default(), |sum, one| sum.sum(*one));
    let mut rows: Vec<(String, Counts)> = table
        .into_iter()
        .map(|(name, counts)| (format!("{folder}/{name}"), counts))
        .collect();
    rows.push((format!("{folder}, all"), total));
    for (name, c) in &rows {
        println!(
            "| {name} | {} | {} | {} | {} |",
            c.compiled, c.left, c.refused, c.otherwise
        );
    }
    let documented = documented();
    for (name, counts) in rows {
        let mut wanted = documented.get(&name).copied().unwrap_or_default();
        if !cfg!(feature = "schema") {
            // What the crate would judge is refused.
            wanted.refused += std::mem::take(&mut wanted.left);
        }
        assert_eq!(
            counts, wanted,
            "{name}: write the printed table into the page"
        );
    }
}

#[test]
fn draft_7_is_judged_as_the_suite_says() {
    check("draft7", Draft::Draft7);
}

#[test]
fn draft_2020_12_is_judged_as_the_suite_says() {
    check("draft2020-12", Draft::Draft202012);
}
