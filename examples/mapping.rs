//! A mapping built in Rust: an order goes from v1 to v2 and back, and what can't be carried over is reported.

use std::error::Error;

use cutover::mapping::{Call, Definition, Hooks, Mapping, Rule, Side};

fn order() -> Result<Mapping, Box<dyn Error>> {
    let definition = Definition::builder("order")
        .from("v1", None)
        .to("v2", None)
        .rule("name", Rule::new().to("customer/name"))
        .rule(
            "vip",
            Rule::new()
                .to("customer/vip")
                .words([("yes", true), ("no", false)]),
        )
        .rule("total", Rule::new().to("total/minor").scale(2))
        .rule("items", Rule::new().to("lines"))
        .rule("items/*/code", Rule::new().to("./sku"))
        .rule("items/*/tags", Rule::new().joined(";"))
        .rule("fax", Rule::new().drop("nobody sends a fax"))
        .build()?;
    Ok(Mapping::compile(definition, &Hooks::new())?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let order = order()?;
    let v1 = br#"{"id":7,"name":"Ada","vip":"yes","total":12.5,"fax":"1","items":[{"code":"a","tags":"x;y"}]}"#;

    let mut v2 = Vec::new();
    let report = order.upgrade(v1, &Call::new(), &mut v2)?;
    println!("v2: {}", String::from_utf8_lossy(&v2));
    for finding in report.findings() {
        println!("    {} at {}: {finding}", finding.code(), finding.path());
    }

    let mut back = Vec::new();
    order.downgrade(&v2, &Call::new(), &mut back)?;
    println!("v1: {}", String::from_utf8_lossy(&back));
    assert!(order.compare(&back, &v2, &Call::new())?.is_empty());

    // A name of the other version, and half a penny: both are reported, and nothing is written.
    let wrong = br#"{"customer":{"name":"Ada"}}"#;
    for wrong in [&wrong[..], br#"{"total":12.345}"#] {
        match order.upgrade(wrong, &Call::new(), &mut Vec::new()) {
            Ok(_) => println!("taken"),
            Err(error) => println!("refused: {error}"),
        }
    }
    let report = order.validate(Side::To, br#"{"name":"Ada"}"#, &Call::new())?;
    println!("valid as v2: {}", report.is_valid());
    Ok(())
}
