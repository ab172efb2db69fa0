//! Conversions as the tests write them.

use cutover::mapping::{Call, Definition, Error, Hooks, Mapping};

pub(crate) fn mapping(json: &str) -> Mapping {
    let definition = Definition::from_json(json).unwrap_or_else(|flaws| panic!("{flaws}"));
    Mapping::compile(definition, &Hooks::new()).unwrap_or_else(|flaws| panic!("{flaws}"))
}

/// The output and the findings as `code path`.
pub(crate) type Outcome = Result<(String, Vec<String>), Vec<String>>;

fn outcome(result: Result<cutover::mapping::Report, Error>, out: Vec<u8>) -> Outcome {
    let said = |report: &cutover::mapping::Report| {
        report
            .findings()
            .iter()
            .map(|finding| format!("{} {}", finding.code(), finding.path()))
            .collect::<Vec<_>>()
    };
    match result {
        Ok(report) => Ok((String::from_utf8(out).unwrap(), said(&report))),
        Err(Error::Rejected(rejected)) => {
            assert!(out.is_empty(), "nothing is written of what is refused");
            Err(said(&rejected))
        }
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn up(mapping: &Mapping, document: &str, call: &Call<'_>) -> Outcome {
    let mut out = Vec::new();
    outcome(mapping.upgrade(document.as_bytes(), call, &mut out), out)
}

pub(crate) fn down(mapping: &Mapping, document: &str, call: &Call<'_>) -> Outcome {
    let mut out = Vec::new();
    outcome(mapping.downgrade(document.as_bytes(), call, &mut out), out)
}

/// Converted without a word.
pub(crate) fn silently(outcome: Outcome) -> String {
    let (json, findings) = outcome.unwrap_or_else(|findings| panic!("refused: {findings:?}"));
    assert_eq!(findings, [""; 0], "{json}");
    json
}

/// Without spaces between tokens.
pub(crate) fn compact(text: &str) -> String {
    let value: Box<serde_json::value::RawValue> = serde_json::from_str(text).unwrap();
    let mut out = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in value.get().chars() {
        if quoted || !c.is_whitespace() {
            out.push(c);
        }
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
    }
    out
}
