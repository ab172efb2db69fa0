//! Definitions in files: TOML, which becomes the JSON that the reader takes, and schemas beside them.

use std::fs;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::Definition;
use super::read::json::quoted;
use crate::mapping::flaws::{Flaw, FlawCode, Flaws};

impl Definition {
    /// Reads a definition from TOML. Its schemas have to be in it: there is no folder to look for their files in.
    ///
    /// TOML has no `null`: a definition that must name it is written in JSON.
    ///
    /// ```
    /// use cutover::mapping::Definition;
    ///
    /// let text = r#"
    ///     name = "order"
    ///     [rules]
    ///     "name" = { to = "customer/name" }
    /// "#;
    /// let json = r#"{"name": "order", "rules": {"name": {"to": "customer/name"}}}"#;
    /// assert_eq!(Definition::from_toml(text)?, Definition::from_json(json)?);
    /// # Ok::<(), cutover::mapping::Flaws>(())
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn from_toml(text: &str) -> Result<Self, Flaws> {
        Self::from_json(&to_json(text)?)
    }

    /// As [`from_toml`](Self::from_toml), but `schemas` reads the schemas that the definition names by a path, as for
    /// [`from_json_with`](Self::from_json_with): with `include_str!`, the definition and its schemas are in the binary.
    ///
    /// # Errors
    /// Everything that is wrong with the text, and schemas that could not be read.
    pub fn from_toml_with(
        text: &str,
        schemas: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Self, Flaws> {
        Self::from_json_with(&to_json(text)?, schemas)
    }

    /// Reads a definition from a file, TOML or JSON by its name. Schemas that it names are looked for in the folder `schemas`
    /// or, without one, in the definition's.
    ///
    /// # Errors
    /// Everything that is wrong with the file and with the schemas that it names.
    pub fn open(path: impl AsRef<Path>, schemas: Option<&Path>) -> Result<Self, Flaws> {
        let path = path.as_ref();
        let unreadable = |reason: String| {
            Flaw::new(
                FlawCode::UnreadableDefinition,
                "",
                format!("{}: {reason}", path.display()),
            )
        };
        let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        let json = match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => to_json(&text)?,
            Some("json") => text,
            _ => {
                return Err(
                    unreadable("unknown format: name the file .toml or .json".to_owned()).into(),
                );
            }
        };
        let folder = schemas
            .or_else(|| path.parent())
            .unwrap_or_else(|| Path::new(""));
        Self::from_json_with(&json, &mut |named| {
            let file = folder.join(named);
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
        })
    }
}

/// The JSON of a TOML text, members in the order in which they stand.
fn to_json(text: &str) -> Result<String, Flaws> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut flaws: Vec<Flaw> = errors.iter().map(|error| syntax(text, error)).collect();
    let mut json = String::with_capacity(text.len());
    if flaws.is_empty() {
        write_table(text, table.get_ref(), &mut json, &mut flaws);
    }
    if flaws.is_empty() {
        Ok(json)
    } else {
        Err(Flaws(flaws))
    }
}

fn syntax(text: &str, error: &Error) -> Flaw {
    flaw(
        text,
        error.span(),
        &format!("not TOML: {}", error.message()),
    )
}

fn flaw(text: &str, span: Option<Range<usize>>, reason: &str) -> Flaw {
    let place = span.and_then(|span| text.get(..span.start)).map(|before| {
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!(" at line {line} column {column}")
    });
    Flaw::new(
        FlawCode::UnreadableDefinition,
        "",
        format!("{reason}{}", place.unwrap_or_default()),
    )
}

// The parser refuses what is nested too deep for this.
fn write(text: &str, value: &Spanned<DeValue<'_>>, json: &mut String, flaws: &mut Vec<Flaw>) {
    match value.get_ref() {
        DeValue::String(string) => json.push_str(&quoted(string)),
        DeValue::Boolean(flag) => json.push_str(if *flag { "true" } else { "false" }),
        DeValue::Integer(integer) if integer.radix() == 10 => {
            json.push_str(plain(integer.as_str()));
        }
        DeValue::Integer(integer) => match u64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => json.push_str(&number.to_string()),
            Err(_) => flaws.push(flaw(text, Some(value.span()), "the number is too large")),
        },
        DeValue::Float(float) if float.as_str().ends_with(|c: char| c.is_ascii_digit()) => {
            json.push_str(plain(float.as_str()));
        }
        DeValue::Float(_) => {
            flaws.push(flaw(
                text,
                Some(value.span()),
                "JSON doesn't have this number",
            ));
        }
        DeValue::Datetime(time) => json.push_str(&quoted(&time.to_string())),
        DeValue::Array(array) => {
            json.push('[');
            for (at, element) in array.iter().enumerate() {
                if at > 0 {
                    json.push(',');
                }
                write(text, element, json, flaws);
            }
            json.push(']');
        }
        DeValue::Table(table) => write_table(text, table, json, flaws),
    }
}

fn write_table(text: &str, table: &DeTable<'_>, json: &mut String, flaws: &mut Vec<Flaw>) {
    let mut members: Vec<_> = table.iter().collect();
    members.sort_by_key(|(key, _)| key.span().start);
    json.push('{');
    for (at, (key, value)) in members.into_iter().enumerate() {
        if at > 0 {
            json.push(',');
        }
        json.push_str(&quoted(key.get_ref()));
        json.push(':');
        write(text, value, json, flaws);
    }
    json.push('}');
}

/// A number as JSON spells it.
fn plain(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}
