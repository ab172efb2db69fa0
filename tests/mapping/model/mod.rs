//! M6: the naive model agrees with the engine, on documents made for each definition.
//!
//! Schemas are left out of the definitions here, but for the names that they declare: the model doesn't judge by them.

mod definitions;

use cutover::mapping::{Call, Definition, Error, Hooks, Mapping, Report};
use cutover_testkit::mapping::{self as naive, Model, shrink};

/// What either of the two made of a document: output, findings, what was assumed; or findings alone.
type Made = Result<(String, Vec<String>, Vec<String>), Vec<String>>;

/// Stand-ins have an order within their object only.
fn sorted(made: (String, Vec<String>, Vec<String>)) -> (String, Vec<String>, Vec<String>) {
    let (json, mut findings, mut assumed) = made;
    let said = findings
        .iter()
        .take_while(|f| !f.starts_with("assumed "))
        .count();
    findings[said..].sort();
    assumed.sort();
    (json, findings, assumed)
}

/// What the two have to agree on: what is found where, not how often. Of a document with a conflict, that there is one: what
/// else is in the way of a value that has no place depends on what was made of it until then.
fn told(made: &Made) -> Made {
    let once = |findings: &[String]| {
        let mut said: Vec<String> = Vec::new();
        for finding in findings {
            if !said.contains(finding) {
                said.push(finding.clone());
            }
        }
        said
    };
    match made {
        Err(findings) if findings.iter().any(|f| f.starts_with("conflict ")) => {
            Err(vec!["conflict".to_owned()])
        }
        Err(findings) => Err(once(findings)),
        Ok((json, findings, assumed)) => Ok((json.clone(), once(findings), assumed.clone())),
    }
}

/// Documents of each side for each definition.
const DOCUMENTS: u64 = 1_500;

struct Both {
    name: String,
    mapping: Mapping,
    model: Model,
    context: &'static [(&'static str, &'static str)],
}

impl Both {
    fn new(name: &str, json: &str, context: &'static [(&'static str, &'static str)]) -> Self {
        let definition = Definition::from_json(json).unwrap_or_else(|f| panic!("{name}: {f}"));
        let hooks = definitions::hooks(Hooks::new());
        Self {
            name: name.into(),
            mapping: Mapping::compile(definition, &hooks).unwrap_or_else(|f| panic!("{name}: {f}")),
            model: definitions::naive_hooks(Model::new(json)),
            context,
        }
    }

    fn call<'a>(&self, said: &naive::Call<'a>) -> Call<'a> {
        let mut call = Call::new().assumed(said.assumed);
        for (name, value) in self.context {
            call = call.context(name, value);
        }
        if let Some(policy) = said.policy {
            call = call.policy(policy);
        }
        if let Some(dialect) = said.dialect {
            call = call.dialect(dialect);
        }
        call
    }

    fn engine(&self, up: bool, document: &str, said: &naive::Call<'_>) -> Made {
        let mut out = Vec::new();
        let call = self.call(said);
        let result = if up {
            self.mapping.upgrade(document.as_bytes(), &call, &mut out)
        } else {
            self.mapping.downgrade(document.as_bytes(), &call, &mut out)
        };
        let findings = |report: &Report| {
            let found = report.findings().iter();
            found
                .map(|f| format!("{} {}", f.code(), f.path()))
                .collect()
        };
        match result {
            Ok(report) => Ok(sorted((
                String::from_utf8(out).unwrap(),
                findings(&report),
                report.assumed().to_vec(),
            ))),
            Err(Error::Rejected(rejected)) => Err(findings(&rejected)),
            Err(error) => panic!("{}: {error}", self.name),
        }
    }

    fn naively(&self, up: bool, document: &str, said: &naive::Call<'_>) -> Made {
        let made = if up {
            self.model.upgrade(document, said)
        } else {
            self.model.downgrade(document, said)
        };
        let findings = |found: Vec<naive::Found>| {
            let found = found.into_iter();
            found.map(|(code, path)| format!("{code} {path}")).collect()
        };
        made.map(|o| sorted((o.json, findings(o.findings), o.assumed)))
            .map_err(findings)
    }

    /// Panics with the smallest document that I find, when the two don't agree.
    fn agree(&self, up: bool, document: &str, said: &naive::Call<'_>) -> Made {
        let differ = |document: &str| {
            let (engine, naive) = (
                self.engine(up, document, said),
                self.naively(up, document, said),
            );
            told(&engine) != told(&naive)
        };
        let engine = self.engine(up, document, said);
        if differ(document) {
            let smallest = shrink(document, differ);
            panic!(
                "{}, {}: {smallest}\n  said   {said:?}\n  engine {:?}\n  model  {:?}",
                self.name,
                if up { "up" } else { "down" },
                self.engine(up, &smallest, said),
                self.naively(up, &smallest, said),
            );
        }
        engine
    }

    fn compares(&self, from: &str, to: &str, said: &naive::Call<'_>) {
        // Where names of the other version are kept, the two differ in which documents they refuse to compare; and the model
        // does not compare what a pick is in.
        if self.name.ends_with("keeping") || self.name == "kinds" {
            return;
        }
        let naive = self.model.compare(from, to, said);
        let engine = self
            .mapping
            .compare(from.as_bytes(), to.as_bytes(), &self.call(said));
        let engine = engine.map(|differences| differences.is_empty());
        assert_eq!(
            engine.as_ref().ok(),
            naive.as_ref().ok(),
            "{}: {from}\n against {to}\n {said:?}\n {engine:?}\n {naive:?}",
            self.name
        );
    }
}

/// What the engine makes of a document, the model makes of it: the same bytes, findings and assumptions, and of that the
/// same again on the way back.
#[test]
fn model_and_engine_agree() {
    for both in definitions::all() {
        let (mut taken, mut silent) = (0, 0);
        for seed in 0..DOCUMENTS {
            let up = seed % 2 == 0;
            let said = naive::Call {
                context: both.context,
                ..naive::Call::default()
            };
            let document = both.model.document(up, seed, &said);
            let Ok((there, findings, assumed)) = both.agree(up, &document, &said) else {
                continue;
            };
            taken += 1;
            silent += u64::from(findings.is_empty());
            let knowing = naive::Call {
                assumed: &assumed,
                ..said
            };
            let _ = both.agree(!up, &there, &knowing);
            let (from, to) = if up {
                (&document, &there)
            } else {
                (&there, &document)
            };
            both.compares(from, to, &said);
            both.compares(from, &both.model.document(false, seed, &said), &said);
        }
        println!(
            "{}: {taken} of {DOCUMENTS} taken, {silent} without a word",
            both.name
        );
        assert!(
            taken > DOCUMENTS / 4,
            "{}: only {taken} were taken",
            both.name
        );
        assert!(
            silent > DOCUMENTS / 50,
            "{}: only {silent} were silent",
            both.name
        );
    }
}

/// Likewise under each policy, and for each dialect.
#[test]
fn model_and_engine_agree_under_policies_and_dialects() {
    let mut tried = 0;
    for both in definitions::all() {
        let policies = definitions::policies(&both.name);
        let dialects = definitions::dialects(&both.name);
        for seed in 0..DOCUMENTS / 4 {
            let said = naive::Call {
                context: both.context,
                ..naive::Call::default()
            };
            for policy in policies {
                let policy = Some(*policy);
                let said = naive::Call { policy, ..said };
                let document = both.model.document(true, seed, &said);
                let Ok((there, _, assumed)) = both.agree(true, &document, &said) else {
                    continue;
                };
                let assumed = assumed.as_slice();
                let _ = both.agree(false, &there, &naive::Call { assumed, ..said });
                tried += 1;
            }
            for dialect in dialects {
                let dialect = Some(*dialect);
                let document = both.model.document(false, seed, &said);
                let _ = both.agree(false, &document, &naive::Call { dialect, ..said });
                tried += 1;
            }
        }
    }
    assert!(tried > 0);
}
