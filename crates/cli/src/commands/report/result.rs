//! The errors that a request's result names, in any of the shapes that services write.

use serde::Deserialize;
use serde_json::value::RawValue;

/// What a service answered: findings, alone or in a `validation`, or one error for the request as a whole.
#[derive(Deserialize)]
struct Answer {
    #[serde(default, alias = "findings")]
    errors: Vec<Finding>,
    validation: Option<Validation>,
    error: Option<Finding>,
}

#[derive(Deserialize)]
struct Validation {
    #[serde(default, alias = "findings")]
    errors: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    #[serde(default, alias = "field")]
    path: String,
    code: String,
    severity: Option<String>,
}

/// Path and code of each error. A result of another shape names none.
///
/// An answer with findings has an error, too, that says only that there are some.
pub(super) fn errors(result: &RawValue) -> Vec<(String, String)> {
    let Ok(answer) = serde_json::from_str::<Answer>(result.get()) else {
        return Vec::new();
    };
    let nested = answer.validation.map(|validation| validation.errors);
    let findings = answer
        .errors
        .into_iter()
        .chain(nested.into_iter().flatten());
    let mut errors: Vec<Finding> = findings
        .filter(|finding| finding.severity.as_deref() != Some("warning"))
        .collect();
    if errors.is_empty() {
        errors.extend(answer.error);
    }
    let pair = |finding: Finding| (finding.path, finding.code);
    errors.into_iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Vec<(String, String)> {
        errors(&RawValue::from_string(json.to_owned()).unwrap())
    }

    fn pair(path: &str, code: &str) -> (String, String) {
        (path.to_owned(), code.to_owned())
    }

    #[test]
    fn errors_are_found_in_every_shape() {
        assert_eq!(
            of(
                r#"{"errors":[{"path":"/lat","code":"required","more":1},{"field":"fee","code":"x"},{"code":"y"}]}"#
            ),
            [pair("/lat", "required"), pair("fee", "x"), pair("", "y")]
        );
        assert_eq!(
            of(
                r#"{"valid":false,"findings":[{"severity":"warning","path":"/a","code":"w"},{"severity":"error","path":"/b","code":"e"}]}"#
            ),
            [pair("/b", "e")]
        );
        assert_eq!(
            of(
                r#"{"error":{"code":"validation_failed"},"validation":{"errors":[{"field":"lat","code":"required"}]}}"#
            ),
            [pair("lat", "required")]
        );
        for rest in [
            "",
            r#","validation":null"#,
            r#","validation":{"warnings":[]}"#,
        ] {
            let failed = format!(r#"{{"error":{{"code":"down","message":"m"}}{rest}}}"#);
            assert_eq!(of(&failed), [pair("", "down")]);
        }
    }

    #[test]
    fn another_shape_has_none() {
        for other in [
            "null",
            "{}",
            "[1]",
            r#""ok""#,
            r#"{"errors":{"a":1}}"#,
            r#"{"error":null}"#,
        ] {
            assert_eq!(of(other), []);
        }
    }
}
