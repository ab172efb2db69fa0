//! The reader: one method for each production of the grammar.

use super::{Limits, Member, Value};

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
            // Checked before the name is read, so it comes before whatever is wrong with the name.
            let count = members.as_ref().map(|members| members.len());
            if count == Some(self.limits.members) {
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
