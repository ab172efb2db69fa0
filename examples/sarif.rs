//! Where a table ends: SARIF logs refer by key in 1.0 and by index in 2.1, across arrays. A hook converts the runs as a
//! whole, the table the rest. docs/limits.md says what that costs.

use std::error::Error;

use cutover::mapping::{Call, Definition, Hooks, Mapping};

#[path = "sarif/logical.rs"]
mod logical;
#[path = "sarif/object.rs"]
mod object;
#[path = "sarif/runs.rs"]
mod runs;
#[path = "sarif/to_1_0.rs"]
mod to_1_0;
#[path = "sarif/to_2_1.rs"]
mod to_2_1;

const OLD: &str = r#"{"version":"1.0.0","runs":[{"tool":{"name":"lint"},
    "rules":{"E1":{"id":"E1","shortDescription":"unused"},"E2":{"id":"E2","shortDescription":"shadowed"}},
    "results":[{"ruleId":"E2","message":"`x` hides another","locations":[{"resultFile":{"uri":"a.rs","region":{"startLine":7}}}]}]}]}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let definition = Definition::from_toml(include_str!("sarif/sarif.toml"))?;
    let sarif = Mapping::compile(definition, &Hooks::new().with("runs", runs::Runs))?;

    let mut new = Vec::new();
    sarif.upgrade(OLD.as_bytes(), &Call::new(), &mut new)?;
    println!("2.1: {}", String::from_utf8_lossy(&new));
    let read: serde_json::Value = serde_json::from_slice(&new)?;
    assert_eq!(read["runs"][0]["results"][0]["ruleIndex"], 1);

    let mut old = Vec::new();
    let report = sarif.downgrade(&new, &Call::new(), &mut old)?;
    println!("1.0: {}", String::from_utf8_lossy(&old));
    assert!(report.findings().is_empty());
    let (old, before): (serde_json::Value, _) = (
        serde_json::from_slice(&old)?,
        OLD.parse::<serde_json::Value>()?,
    );
    assert_eq!(old, before);
    Ok(())
}
