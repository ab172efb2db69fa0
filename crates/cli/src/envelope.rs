//! The form of an input line, `{"id": "...", "payload": {...}}`, and what is said of a line that has another.

use std::borrow::Cow;
use std::fmt;
use std::io;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::ndjson::LINE_LIMIT;
use crate::split;

/// Why a line could not be handled. The words are listed in `cutover --help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LineCode {
    EmptyLine,
    MalformedJson,
    MalformedLine,
    TooLarge,
}

impl LineCode {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::EmptyLine => "empty_line",
            Self::MalformedJson => "malformed_json",
            Self::MalformedLine => "malformed_line",
            Self::TooLarge => "too_large",
        }
    }
}

/// A line that could not be handled: what is wrong with it, and its id if that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineError {
    pub(crate) code: LineCode,
    pub(crate) id: Option<String>,
    pub(crate) path: String,
    pub(crate) message: Cow<'static, str>,
}

impl LineError {
    /// An error about the line as a whole.
    pub(crate) fn whole(code: LineCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            id: None,
            path: String::new(),
            message: message.into(),
        }
    }

    /// A line beyond [`LINE_LIMIT`].
    pub(crate) fn too_long() -> Self {
        let message = format!("longer than {LINE_LIMIT} bytes: skipped");
        Self::whole(LineCode::TooLarge, message)
    }
}

/// Why a line has no result: it is at fault itself, or its result cannot be written.
#[derive(Debug)]
pub(crate) enum Fault {
    Line(LineError),
    Io(io::Error),
}

impl From<LineError> for Fault {
    fn from(error: LineError) -> Self {
        Self::Line(error)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A line with members after its payload that this command does not know.
pub(crate) fn behind_the_payload() -> LineError {
    let message = "members after the payload: write the payload last";
    LineError::whole(LineCode::MalformedLine, message.to_owned())
}

/// A line whose `assumed` is not what the upgrade writes there.
pub(crate) fn not_assumed(id: &str, message: &'static str) -> LineError {
    LineError {
        code: LineCode::MalformedLine,
        id: Some(id.to_owned()),
        path: "/assumed".to_owned(),
        message: message.into(),
    }
}

/// A line, taken apart.
#[derive(Debug)]
pub(crate) struct Parts<'a, const N: usize> {
    pub(crate) id: Cow<'a, str>,
    /// By the names that were asked for.
    pub(crate) values: [&'a [u8]; N],
    /// What an upgrade filled in, as its line says.
    pub(crate) assumed: Option<&'a str>,
}

/// The id and the named members of a line, which must be all it has but for what commands write themselves, and what an
/// upgrade assumed. Values are raw JSON, read without recursion, so depth is the library's to judge.
///
/// # Errors
/// `empty_line`, `malformed_json`, or `malformed_line` with the path of the member at fault.
pub(crate) fn parse<'a, const N: usize>(
    line: &'a [u8],
    names: [&'static str; N],
) -> Result<Parts<'a, N>, LineError> {
    let form = Form {
        names,
        id: None,
        values: [None; N],
        assumed: None,
        problem: None,
    };
    let form = form.read(line)?;
    let assumed = form.assumed.map(RawValue::get);
    let (id, mut problem) = form.id();
    let mut values = [&b""[..]; N];
    for (slot, (name, value)) in values.iter_mut().zip(names.iter().zip(form.values)) {
        match value {
            Some(value) => *slot = value.get().as_bytes(),
            // A line that was rejected has none, and says why.
            None if form.problem.is_some() => {}
            None => problem = problem.or_else(|| Some((format!("/{name}"), MISSING))),
        }
    }
    match (id, problem.or(form.problem)) {
        (Some(id), None) => Ok(Parts {
            id,
            values,
            assumed,
        }),
        (id, problem) => {
            let (path, message) = problem.unwrap_or_default();
            let id = id.map(Cow::into_owned);
            Err(LineError {
                code: LineCode::MalformedLine,
                id,
                path,
                message: message.into(),
            })
        }
    }
}

const MISSING: &str = "missing: every line needs it";
const REJECTED: &str =
    "the command that wrote this line rejected it: fix the payload or remove the line";

/// What a line's members were found to be. Reading goes on after a problem: broken JSON outranks it, and an id that
/// comes late still names the line.
struct Form<'a, const N: usize> {
    names: [&'static str; N],
    id: Option<&'a RawValue>,
    values: [Option<&'a RawValue>; N],
    assumed: Option<&'a RawValue>,
    problem: Option<(String, &'static str)>,
}

impl<'a, const N: usize> Form<'a, N> {
    fn read(self, line: &'a [u8]) -> Result<Self, LineError> {
        let text = std::str::from_utf8(line).map_err(|error| {
            let at = error.valid_up_to() + 1;
            LineError::whole(
                LineCode::MalformedJson,
                format!("not UTF-8 (byte {at}): write the file as UTF-8"),
            )
        })?;
        if text.starts_with('\u{feff}') {
            let message = "begins with a byte order mark: write the file without one";
            return Err(LineError::whole(LineCode::MalformedJson, message));
        }
        match split::trim_start(line).first() {
            None => Err(LineError::whole(
                LineCode::EmptyLine,
                "an empty line: remove it",
            )),
            Some(b'{') => {
                let mut json = serde_json::Deserializer::from_str(text);
                let form = json.deserialize_map(self).map_err(not_json)?;
                json.end().map_err(not_json)?;
                Ok(form)
            }
            Some(_) => {
                serde_json::from_str::<IgnoredAny>(text).map_err(not_json)?;
                Err(LineError::whole(
                    LineCode::MalformedLine,
                    "not an object: write one JSON object a line",
                ))
            }
        }
    }

    /// The id, and what is wrong with it.
    fn id(&self) -> (Option<Cow<'a, str>>, Option<(String, &'static str)>) {
        let at_id = |message| Some(("/id".to_owned(), message));
        let Some(raw) = self.id else {
            return (None, at_id(MISSING));
        };
        if !raw.get().starts_with('"') {
            return (None, at_id("not a string: write the id as a JSON string"));
        }
        match serde_json::from_str(raw.get()) {
            Ok(Text(id)) => (Some(id), None),
            Err(_) => (None, at_id("a lone surrogate: ids are Unicode text")),
        }
    }
}

#[cold]
fn not_json(error: serde_json::Error) -> LineError {
    // A line is line 1 to serde_json, which would mislead in a file of many.
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    let message = format!("not JSON (byte {}): {what}", error.column());
    LineError::whole(LineCode::MalformedJson, message)
}

/// What the commands themselves write beside the payload: their lines are lines for the next command.
const WRITTEN: [&str; 4] = ["version", "reason", "bucket", "findings"];

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, const N: usize> Visitor<'de> for Form<'de, N> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(Text(key)) = map.next_key()? {
            let value = map.next_value()?;
            let slot = match self.names.iter().position(|name| *name == key) {
                Some(index) => Some(&mut self.values[index]),
                None if key == "id" => Some(&mut self.id),
                None if key == "assumed" => Some(&mut self.assumed),
                None if key == "error" => {
                    self.problem
                        .get_or_insert_with(|| ("/error".to_owned(), REJECTED));
                    continue;
                }
                None if WRITTEN.contains(&key.as_ref()) => continue,
                None => None,
            };
            let message = match slot {
                Some(slot @ None) => {
                    *slot = Some(value);
                    continue;
                }
                Some(Some(_)) => "repeated: write each member once",
                None => "unknown member: remove it",
            };
            let path = || format!("/{}", key.replace('~', "~0").replace('/', "~1"));
            self.problem.get_or_insert_with(|| (path(), message));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(line: &[u8]) -> (&'static str, Option<String>, String, String) {
        let error = parse(line, ["payload"]).unwrap_err();
        (
            error.code.as_str(),
            error.id,
            error.path,
            error.message.into_owned(),
        )
    }

    #[test]
    fn a_line_in_any_spelling_is_read() {
        let lines = [
            r#"{"id":"a\"ü","payload":{"x":[1e999,"\ud800"]}}"#,
            "\t{ \"payload\" : {\"x\":[1e999,\"\\ud800\"]} , \"\\u0069d\" : \"a\\\"\\u00fc\" } \r",
        ];
        for line in lines {
            let parts = parse(line.as_bytes(), ["payload"]).unwrap();
            assert_eq!(parts.id, "a\"ü");
            assert_eq!(parts.values[0], br#"{"x":[1e999,"\ud800"]}"#);
        }
    }

    #[test]
    fn each_fault_has_its_code_its_path_and_its_id() {
        let line = |text: &str| error(text.as_bytes());
        let of = |code, id: Option<&str>, path: &str, message: &str| {
            (
                code,
                id.map(str::to_owned),
                path.to_owned(),
                message.to_owned(),
            )
        };
        let bad = "malformed_line";
        assert_eq!(
            line(" \t\r"),
            of("empty_line", None, "", "an empty line: remove it")
        );
        assert_eq!(
            line("[1]"),
            of(bad, None, "", "not an object: write one JSON object a line")
        );
        assert_eq!(line(r#"{"payload":{}}"#), of(bad, None, "/id", MISSING));
        assert_eq!(
            line(r#"{"id":"a"}"#),
            of(bad, Some("a"), "/payload", MISSING)
        );
        assert_eq!(
            line(r#"{"id":7,"payload":{}}"#),
            of(
                bad,
                None,
                "/id",
                "not a string: write the id as a JSON string"
            )
        );
        assert_eq!(
            line(r#"{"id":"\ud800","payload":{}}"#),
            of(bad, None, "/id", "a lone surrogate: ids are Unicode text")
        );
        assert_eq!(
            line(r#"{"a/b~":1,"payload":{},"id":"a"}"#),
            of(bad, Some("a"), "/a~1b~0", "unknown member: remove it")
        );
        assert_eq!(
            line(r#"{"id":"a","payload":{},"payload":{}}"#),
            of(
                bad,
                Some("a"),
                "/payload",
                "repeated: write each member once"
            )
        );
    }

    #[test]
    fn what_is_not_json_says_where() {
        let lines: [(&[u8], &str); 8] = [
            (b"hello", "not JSON (byte 1): expected value"),
            (
                br#"{"id":"a","payload":{}"#,
                "not JSON (byte 22): EOF while parsing an object",
            ),
            (
                br#"{"id":"a","payload":{}} x"#,
                "not JSON (byte 25): trailing characters",
            ),
            (
                br#"{"id":"a","payload":{},"b":1,}"#,
                "not JSON (byte 30): trailing comma",
            ),
            (
                b"{\"id\":\"a\xff\"}",
                "not UTF-8 (byte 9): write the file as UTF-8",
            ),
            (b"\0", "not JSON (byte 1): expected value"),
            (
                b"\xef\xbb\xbf{}",
                "begins with a byte order mark: write the file without one",
            ),
            (
                b"{\"id\":\"a\0\"}",
                "not JSON (byte 8): control character (\\u0000-\\u001F) found while parsing a string",
            ),
        ];
        for (line, message) in lines {
            let expected = ("malformed_json", None, String::new(), message.to_owned());
            assert_eq!(error(line), expected);
        }
    }

    /// Depth is no danger, wherever it stands: 100,000 levels need no stack.
    #[test]
    fn depth_needs_no_stack() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let line = format!(r#"{{"id":"a","payload":{deep}}}"#);
        let parts = parse(line.as_bytes(), ["payload"]).unwrap();
        assert_eq!(parts.values[0].len(), 200_000);
        assert_eq!(error(deep.as_bytes()).0, "malformed_line");
        assert_eq!(
            error(format!(r#"{{"id":{deep},"payload":{{}}}}"#).as_bytes()).2,
            "/id"
        );
        assert_eq!(error("[".repeat(100_000).as_bytes()).0, "malformed_json");
    }
}
