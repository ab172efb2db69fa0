//! One pass over untrusted bytes: where each member of the payload object stands, within the limits.

use super::limits::Limits;
use super::report::Code;

/// The JSON type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Shape {
    Null,
    True,
    False,
    Number,
    String,
    Nested,
}

/// A string or value in the input, by byte offsets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) shape: Shape,
    /// A string with a backslash in it.
    pub(crate) escaped: bool,
}

/// Why the scan stopped: code, byte offset and what was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) code: Code,
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

/// Reads the payload object in `text`, handing each top-level member to `member` (key with, value with quotes).
///
/// Accepts exactly RFC 8259 JSON without lone surrogates; linear in the input; never recurses.
pub(crate) fn object(
    text: &str,
    limits: &Limits,
    mut member: impl FnMut(Token, Token),
) -> Result<(), Stop> {
    let mut scan = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        depth: limits.depth,
    };
    scan.space();
    if scan.peek() != Some(b'{') {
        scan.value(0)?;
        scan.finish()?;
        return Err(Stop {
            code: Code::InvalidType,
            at: 0,
            expected: "a JSON object",
        });
    }
    scan.at += 1;
    scan.space();
    if scan.peek() == Some(b'}') {
        scan.at += 1;
        return scan.finish();
    }
    let mut members = 0;
    loop {
        let key = scan.key()?;
        members += 1;
        if members > limits.members {
            return Err(Stop {
                code: Code::TooManyMembers,
                at: scan.at,
                expected: "fewer members",
            });
        }
        let value = scan.value(1)?;
        member(key, value);
        scan.space();
        match scan.next() {
            Some(b',') => scan.space(),
            Some(b'}') => return scan.finish(),
            _ => return scan.malformed_before("a comma or a closing brace"),
        }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    depth: usize,
}

impl Scanner<'_> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    #[cold]
    fn malformed<T>(&self, expected: &'static str) -> Result<T, Stop> {
        Err(Stop {
            code: Code::MalformedJson,
            at: self.at.min(self.bytes.len()),
            expected,
        })
    }

    /// The byte at fault has been taken already.
    #[cold]
    fn malformed_before<T>(&mut self, expected: &'static str) -> Result<T, Stop> {
        self.at -= 1;
        self.malformed(expected)
    }

    fn finish(&mut self) -> Result<(), Stop> {
        self.space();
        if self.at < self.bytes.len() {
            self.malformed("the end of the payload")
        } else {
            Ok(())
        }
    }

    /// A member's name and the colon behind it, up to where its value begins.
    #[inline]
    fn key(&mut self) -> Result<Token, Stop> {
        if self.peek() != Some(b'"') {
            return self.malformed("a member name in double quotes");
        }
        let key = self.string()?;
        self.space();
        if self.next() != Some(b':') {
            return self.malformed_before("a colon");
        }
        self.space();
        Ok(key)
    }

    /// One value inside `depth` open containers.
    #[inline]
    fn value(&mut self, depth: usize) -> Result<Token, Stop> {
        let start = self.at;
        let shape = match self.peek() {
            Some(b'"') => return self.string(),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word(b"true", Shape::True)?,
            Some(b'f') => self.word(b"false", Shape::False)?,
            Some(b'n') => self.word(b"null", Shape::Null)?,
            Some(b'{' | b'[') => self.nested(depth)?,
            _ => return self.malformed("a JSON value"),
        };
        Ok(self.token(start, shape, false))
    }

    #[inline]
    fn token(&self, start: usize, shape: Shape, escaped: bool) -> Token {
        // Limits hold the input to 1 GiB, so that offsets fit.
        Token {
            start: start as u32,
            end: self.at as u32,
            shape,
            escaped,
        }
    }

    #[inline]
    fn word(&mut self, word: &[u8], shape: Shape) -> Result<Shape, Stop> {
        if !self.bytes[self.at..].starts_with(word) {
            return self.malformed("true, false or null");
        }
        self.at += word.len();
        Ok(shape)
    }

    #[inline]
    fn digits(&mut self) -> Result<(), Stop> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            self.malformed("a digit")
        } else {
            Ok(())
        }
    }

    #[inline]
    fn number(&mut self) -> Result<Shape, Stop> {
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
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Shape::Number)
    }

    #[inline]
    fn string(&mut self) -> Result<Token, Stop> {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        loop {
            self.plain();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(self.token(start, Shape::String, escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return self.malformed("a control character to be escaped"),
                None => return self.malformed("a closing quote"),
            }
        }
    }

    /// Moves to the next quote, backslash or control character. Eight bytes at a time: a byte of `word ^ pattern` is
    /// zero where the byte is the pattern, and the lowest byte that `(x - 1) & !x` marks is always a true one.
    #[inline]
    fn plain(&mut self) {
        while let Some(Ok(chunk)) = self
            .bytes
            .get(self.at..self.at + 8)
            .map(<[u8; 8]>::try_from)
        {
            let word = u64::from_le_bytes(chunk);
            let quote = word ^ (ONES * b'"' as u64);
            let slash = word ^ (ONES * b'\\' as u64);
            let marks = (quote.wrapping_sub(ONES) & !quote)
                | (slash.wrapping_sub(ONES) & !slash)
                | (word.wrapping_sub(ONES * 0x20) & !word);
            let marks = marks & HIGHS;
            if marks != 0 {
                self.at += marks.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        while let Some(byte) = self.peek() {
            if byte == b'"' || byte == b'\\' || byte < 0x20 {
                return;
            }
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Result<(), Stop> {
        self.at += 1;
        match self.next() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') => match self.unit()? {
                0xD800..=0xDBFF => {
                    if !self.bytes[self.at..].starts_with(b"\\u") {
                        return self.malformed("the second half of a surrogate pair");
                    }
                    self.at += 2;
                    match self.unit()? {
                        0xDC00..=0xDFFF => Ok(()),
                        _ => self.malformed("the second half of a surrogate pair"),
                    }
                }
                0xDC00..=0xDFFF => {
                    self.malformed("the first half of a surrogate pair before this one")
                }
                _ => Ok(()),
            },
            _ => self.malformed_before("an escape that JSON knows"),
        }
    }

    fn unit(&mut self) -> Result<u32, Stop> {
        let mut unit = 0;
        for _ in 0..4 {
            match self.next().and_then(|byte| char::from(byte).to_digit(16)) {
                Some(digit) => unit = unit << 4 | digit,
                None => return self.malformed_before("four hexadecimal digits"),
            }
        }
        Ok(unit)
    }

    /// A container and all that is in it. One bit a level says whether it is an object.
    fn nested(&mut self, outside: usize) -> Result<Shape, Stop> {
        let mut objects: u128 = 0;
        let mut open = 0;
        loop {
            // Here a value is due.
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    if outside + open >= self.depth {
                        return Err(Stop {
                            code: Code::TooDeep,
                            at: self.at,
                            expected: "less nesting",
                        });
                    }
                    self.at += 1;
                    open += 1;
                    let object = bracket == b'{';
                    objects = objects << 1 | u128::from(object);
                    self.space();
                    if self.peek() != Some(if object { b'}' } else { b']' }) {
                        if object {
                            self.key()?;
                        }
                        continue;
                    }
                }
                // `open` is at least 1 here: `value` sends only brackets.
                _ => drop(self.value(self.depth)?),
            }
            // Here a value has ended, or an empty container is about to.
            loop {
                self.space();
                let object = objects & 1 == 1;
                match self.next() {
                    Some(b',') => {
                        self.space();
                        if object {
                            self.key()?;
                        }
                        break;
                    }
                    Some(b'}') if object => {}
                    Some(b']') if !object => {}
                    _ => return self.malformed_before("a comma or a closing bracket"),
                }
                objects >>= 1;
                open -= 1;
                if open == 0 {
                    return Ok(Shape::Nested);
                }
            }
        }
    }
}
