//! A slow and obvious JSON reader (RFC 8259) that keeps number text and raw bytes, and stops at CONTRACT 1.5's limits.

/// A JSON value as the contract compares it: decoded strings, number text, nested values as their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was written.
    Number(String),
    /// A string, decoded.
    Text(String),
    /// An object or an array as it was written, its white space included.
    Nested(Vec<u8>),
}

/// A top-level member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name, decoded.
    pub name: String,
    /// The value.
    pub value: Value,
    /// The name as it was written, quotes included.
    pub raw_name: Vec<u8>,
    /// The value as it was written.
    pub raw_value: Vec<u8>,
}

/// CONTRACT 1.5: what a payload may measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the payload.
    pub bytes: usize,
    /// Top-level members, further copies included.
    pub members: usize,
    /// Depth; the payload object is depth 1.
    pub depth: usize,
}

impl Limits {
    /// 1.5: "v1 65,536 bytes, 256 top-level members, depth 32".
    pub const V1: Self = Self {
        bytes: 65_536,
        members: 256,
        depth: 32,
    };
    /// 1.5: "v2 128 KiB, 272, 32".
    pub const V2: Self = Self {
        bytes: 131_072,
        members: 272,
        depth: 32,
    };
    /// For reading what was written.
    pub const WIDE: Self = Self {
        bytes: usize::MAX,
        members: usize::MAX,
        depth: 64,
    };
}

/// The members of an object in input order, `None` for another JSON value.
///
/// # Errors
/// `malformed_json`, `too_large`, `too_deep` or `too_many_members`: size first, then whichever comes first from left
/// to right.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Option<Vec<Member>>, &'static str> {
    if bytes.len() > limits.bytes {
        return Err("too_large");
    }
    let mut reader = Reader {
        bytes,
        at: 0,
        limits,
    };
    reader.white_space();
    let members = if reader.peek() == Some(b'{') {
        Some(reader.payload()?)
    } else {
        reader.value(1)?;
        None
    };
    reader.white_space();
    if reader.at != bytes.len() {
        return Err(MALFORMED);
    }
    Ok(members)
}

/// `text` as a JSON string with the fewest escapes.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

const MALFORMED: &str = "malformed_json";

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    limits: Limits,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, &'static str> {
        let byte = self.peek().ok_or(MALFORMED)?;
        self.at += 1;
        Ok(byte)
    }

    fn expect(&mut self, text: &[u8]) -> Result<(), &'static str> {
        for want in text {
            if self.next()? != *want {
                return Err(MALFORMED);
            }
        }
        Ok(())
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn payload(&mut self) -> Result<Vec<Member>, &'static str> {
        let mut members = Vec::new();
        self.object(1, &mut Some(&mut members))?;
        Ok(members)
    }

    fn object(
        &mut self,
        depth: usize,
        members: &mut Option<&mut Vec<Member>>,
    ) -> Result<(), &'static str> {
        if depth > self.limits.depth {
            return Err("too_deep");
        }
        self.expect(b"{")?;
        self.white_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.white_space();
            let name_at = self.at;
            // The member that is one too many is so from its first byte on.
            if self.peek() == Some(b'"')
                && members
                    .as_ref()
                    .is_some_and(|m| m.len() == self.limits.members)
            {
                return Err("too_many_members");
            }
            let name = self.string()?;
            let raw_name = self.bytes[name_at..self.at].to_vec();
            self.white_space();
            self.expect(b":")?;
            self.white_space();
            let value_at = self.at;
            let value = self.value(depth + 1)?;
            let raw_value = self.bytes[value_at..self.at].to_vec();
            if let Some(members) = members {
                members.push(Member {
                    name,
                    value,
                    raw_name,
                    raw_value,
                });
            }
            self.white_space();
            match self.next()? {
                b',' => {}
                b'}' => return Ok(()),
                _ => return Err(MALFORMED),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), &'static str> {
        if depth > self.limits.depth {
            return Err("too_deep");
        }
        self.expect(b"[")?;
        self.white_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.white_space();
            self.value(depth + 1)?;
            self.white_space();
            match self.next()? {
                b',' => {}
                b']' => return Ok(()),
                _ => return Err(MALFORMED),
            }
        }
    }

    /// A value; were it an object or array, it would stand at this depth.
    fn value(&mut self, depth: usize) -> Result<Value, &'static str> {
        let from = self.at;
        match self.peek().ok_or(MALFORMED)? {
            b'{' => self.object(depth, &mut None)?,
            b'[' => self.array(depth)?,
            b'"' => return Ok(Value::Text(self.string()?)),
            b't' => return self.expect(b"true").map(|()| Value::Bool(true)),
            b'f' => return self.expect(b"false").map(|()| Value::Bool(false)),
            b'n' => return self.expect(b"null").map(|()| Value::Null),
            _ => return self.number().map(Value::Number),
        }
        Ok(Value::Nested(self.bytes[from..self.at].to_vec()))
    }

    fn digits(&mut self) -> Result<(), &'static str> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(MALFORMED);
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<String, &'static str> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.bytes[from..self.at]
            .iter()
            .map(|b| char::from(*b))
            .collect())
    }

    fn string(&mut self) -> Result<String, &'static str> {
        self.expect(b"\"")?;
        let mut out = String::new();
        loop {
            match self.next()? {
                b'"' => return Ok(out),
                b'\\' => out.push(self.escape()?),
                0x00..=0x1f => return Err(MALFORMED),
                byte if byte.is_ascii() => out.push(char::from(byte)),
                _ => {
                    self.at -= 1;
                    out.push(self.scalar()?);
                }
            }
        }
    }

    /// One character of two to four bytes.
    fn scalar(&mut self) -> Result<char, &'static str> {
        for length in 2..=4 {
            let Some(bytes) = self.bytes.get(self.at..self.at + length) else {
                break;
            };
            if let Ok(text) = std::str::from_utf8(bytes) {
                self.at += length;
                return text.chars().next().ok_or(MALFORMED);
            }
        }
        Err(MALFORMED)
    }

    fn escape(&mut self) -> Result<char, &'static str> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.four_hex()?;
                let code = match high {
                    0xD800..=0xDBFF => {
                        self.expect(b"\\u")?;
                        let low = self.four_hex()?;
                        if !(0xDC00..=0xDFFF).contains(&low) {
                            return Err(MALFORMED);
                        }
                        0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
                    }
                    // A low surrogate without its high one is no scalar value: `from_u32` refuses it.
                    other => other,
                };
                char::from_u32(code).ok_or(MALFORMED)?
            }
            _ => return Err(MALFORMED),
        })
    }

    fn four_hex(&mut self) -> Result<u32, &'static str> {
        let mut code = 0;
        for _ in 0..4 {
            code = code * 16 + char::from(self.next()?).to_digit(16).ok_or(MALFORMED)?;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Value, parse, quote};

    fn code(bytes: &[u8]) -> &'static str {
        parse(bytes, Limits::V1).expect_err("this is refused")
    }

    #[test]
    fn members_keep_order_text_and_spelling() {
        let text = br#" { "a\u0062" : 1.50e+1 , "n":{ "x": [1] },"":"\ud83d\ude00\/","t":true,"z":null } "#;
        let members = parse(text, Limits::V1).unwrap().unwrap();
        let names: Vec<_> = members.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["ab", "n", "", "t", "z"]);
        assert_eq!(members[0].value, Value::Number("1.50e+1".into()));
        assert_eq!(members[0].raw_name, br#""a\u0062""#);
        assert_eq!(members[1].value, Value::Nested(br#"{ "x": [1] }"#.to_vec()));
        assert_eq!(members[2].value, Value::Text("😀/".into()));
        assert_eq!(members[2].raw_value, br#""\ud83d\ude00\/""#);
        assert_eq!(members[3].value, Value::Bool(true));
        assert_eq!(members[4].value, Value::Null);
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        let cases: [&[u8]; 36] = [
            b"",
            b" ",
            b"{",
            b"{}x",
            b"{} {}",
            b"{,}",
            b"{\"a\"}",
            b"{\"a\":}",
            b"{\"a\":1,}",
            b"{\"a\":1 \"b\":2}",
            b"{a:1}",
            b"{'a':1}",
            b"{\"a\":01}",
            b"{\"a\":1.}",
            b"{\"a\":.5}",
            b"{\"a\":+1}",
            b"{\"a\":1e}",
            b"{\"a\":-}",
            b"{\"a\":NaN}",
            b"{\"a\":tru}",
            b"{\"a\":nul}",
            b"{\"a\":[1,]}",
            b"{\"a\":\"\n\"}",
            b"{\"a\":\"\\x\"}",
            b"{\"a\":\"\\u12\"}",
            b"{\"a\":\"\\ud800\"}",
            b"{\"\\udc00\":1}",
            b"{\"a\":[\"\\ud83d\\u0041\"]}",
            b"{\"a\":\"\\ud83d\\ud83d\"}",
            b"\xef\xbb\xbf{}",
            b"{\"a\":\"\xff\"}",
            b"{\"a\":\"\xed\xa0\x80\"}",
            b"{\"\xc0\xaf\":1}",
            b"{\"a\":\"\xe2\x82\"}",
            b"[1,",
            b"{\"a\":1}\0",
        ];
        for case in cases {
            assert_eq!(
                code(case),
                "malformed_json",
                "{:?}",
                String::from_utf8_lossy(case)
            );
        }
    }

    #[test]
    fn other_values_are_no_object() {
        for case in ["[]", "1", " \"x\" ", "null", "true", "[{\"a\":1}]"] {
            assert_eq!(parse(case.as_bytes(), Limits::V1), Ok(None), "{case}");
        }
    }

    #[test]
    fn limits_hold_to_the_last_one() {
        let deep = |depth: usize| {
            format!(
                "{{\"a\":{}{}}}",
                "[".repeat(depth - 1),
                "]".repeat(depth - 1)
            )
            .into_bytes()
        };
        assert!(parse(&deep(32), Limits::V1).is_ok());
        assert_eq!(code(&deep(33)), "too_deep");
        assert_eq!(code("[".repeat(60_000).as_bytes()), "too_deep");

        let many = |n: usize| {
            let all: Vec<_> = (0..n).map(|i| format!("\"k{i}\":1")).collect();
            format!("{{{}}}", all.join(",")).into_bytes()
        };
        assert_eq!(parse(&many(256), Limits::V1).unwrap().unwrap().len(), 256);
        assert_eq!(code(&many(257)), "too_many_members");
        assert!(parse(&many(272), Limits::V2).is_ok());

        let large = |n: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(n - 8)).into_bytes();
        assert_eq!(large(65_536).len(), 65_536);
        assert!(parse(&large(65_536), Limits::V1).is_ok());
        assert_eq!(code(&large(65_537)), "too_large");
        // Size comes before anything else, then the first from the left.
        assert_eq!(code(&[b'x'; 65_537]), "too_large");
        assert_eq!(
            code(format!("{{\"a\":{}, x", "[".repeat(40)).as_bytes()),
            "too_deep"
        );
        assert_eq!(
            code(format!("{{x, \"a\":{}", "[".repeat(40)).as_bytes()),
            "malformed_json"
        );
    }

    #[test]
    fn quoting_is_minimal() {
        assert_eq!(
            quote("a\"\\/\u{1}\n£\u{7f}"),
            "\"a\\\"\\\\/\\u0001\\n£\u{7f}\""
        );
    }
}
