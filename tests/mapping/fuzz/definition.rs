//! Any text is a definition or has flaws, and whatever compiles converts any document or refuses it.

use cutover::mapping::{Call, Code, Definition, Hooks, Mapping, Report, Side};
use serde_json::Value;

/// The definition, JSON or TOML, up to an empty line; then documents, one a line. How many documents were converted.
pub(crate) fn run(data: &[u8]) -> usize {
    let Ok(text) = std::str::from_utf8(data) else {
        return 0;
    };
    let (definition, documents) = text.split_once("\n\n").unwrap_or((text, ""));
    let read = if definition.trim_start().starts_with('{') {
        Definition::from_json(definition)
    } else {
        Definition::from_toml(definition)
    };
    let compiled = read.and_then(|definition| {
        let json = definition.to_json();
        let again = Definition::from_json(&json);
        assert_eq!(again.as_ref(), Ok(&definition), "written as {json}");
        Ok((json, Mapping::compile(definition, &Hooks::new())?))
    });
    match compiled {
        Err(flaws) => {
            assert!(!flaws.as_slice().is_empty(), "refused without a flaw");
            assert!(!flaws.to_string().is_empty());
            0
        }
        Ok((json, mapping)) => documents
            .lines()
            .map(|line| converted(&mapping, &json, line.as_bytes()))
            .sum(),
    }
}

/// Both ways, under each policy.
fn converted(mapping: &Mapping, definition: &str, document: &[u8]) -> usize {
    let definition: Value = serde_json::from_str(definition).unwrap();
    let names = |key: &str| -> Vec<String> {
        let names = definition[key].as_array().into_iter().flatten();
        names
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect()
    };
    let policies = names("policies");
    let mut calls = vec![Call::new()];
    calls.extend(policies.iter().map(|policy| Call::new().policy(policy)));
    let context = names("context");
    let mut count = 0;
    for call in calls {
        let call = context
            .iter()
            .fold(call, |call, name| call.context(name, "en"));
        for side in [Side::From, Side::To] {
            count += usize::from(one(mapping, side, document, &call));
        }
        // Whatever it says: it must not panic.
        drop(mapping.compare(document, document, &call));
    }
    count
}

/// Whether it was converted; an output is one of the other side, and the same again.
fn one(mapping: &Mapping, side: Side, document: &[u8], call: &Call<'_>) -> bool {
    let convert = |from: Side, document: &[u8], call: &Call<'_>, out: &mut Vec<u8>| match from {
        Side::From => mapping.upgrade(document, call, out),
        Side::To => mapping.downgrade(document, call, out),
    };
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let report = convert(side, document, call, &mut first);
    assert_eq!(report, convert(side, document, call, &mut second));
    assert_eq!(first, second);
    let judged = mapping.validate(side, document, call).unwrap();
    let Ok(report) = report else {
        assert!(first.is_empty(), "refused, but something was written");
        return false;
    };
    assert!(
        judged.is_valid(),
        "converted, though validation says: {judged}"
    );
    let shown = || String::from_utf8_lossy(&first).into_owned();
    let other = match side {
        Side::From => Side::To,
        Side::To => Side::From,
    };
    let output = mapping.validate(other, &first, call).unwrap();
    // Without a schema, a value that its rule left alone may hold names of the other version.
    let error = output
        .errors()
        .find(|error| *error.code() != Code::OTHER_VERSION && error.code().as_str() != "v1_member");
    assert_eq!(error, None, "the output is invalid: {}", shown());
    let assumed: &[String] = if side == Side::From {
        report.assumed()
    } else {
        &[]
    };
    let mut back = Vec::new();
    // Refused or not: it must not panic.
    let again: Option<Report> =
        convert(other, &first, &call.clone().assumed(assumed), &mut back).ok();
    assert!(again.is_some() || back.is_empty());
    true
}
