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

impl Token {
    #[inline(always)]
    fn new(start: usize, end: usize, shape: Shape, escaped: bool) -> Self {
        // Limits hold the input to 1 GiB, so that offsets fit.
        Self {
            start: start as u32,
            end: end as u32,
            shape,
            escaped,
        }
    }
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
        stop: Stop {
            code: Code::MalformedJson,
            at: 0,
            expected: "",
        },
    };
    match scan.object(limits.members, &mut member) {
        Some(()) => Ok(()),
        None => Err(scan.stop),
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Where the next quote, backslash or control character stands, or the end. Eight bytes at a time: a byte of
/// `word ^ pattern` is zero where the byte is the pattern, and the lowest byte that `(x - 1) & !x` marks is always a
/// true one.
#[inline(always)]
pub(crate) fn special(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * b'"' as u64);
        let slash = word ^ (ONES * b'\\' as u64);
        let marks = (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let marks = marks & HIGHS;
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            return at;
        }
        at += 1;
    }
    at
}

/// Its methods give `None` when the scan has stopped; `stop` then says why. A small result stays in registers.
struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    depth: usize,
    stop: Stop,
}

impl Scanner<'_> {
    #[inline(always)]
    fn object(&mut self, most: usize, member: &mut impl FnMut(Token, Token)) -> Option<()> {
        self.space();
        if self.peek() != Some(b'{') {
            self.value(0)?;
            self.finish()?;
            return self.stop(Code::InvalidType, 0, "a JSON object");
        }
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return self.finish();
        }
        let mut members = 0;
        loop {
            let start = self.at;
            let (end, escaped) = self.key()?;
            let key = Token::new(start, end, Shape::String, escaped);
            members += 1;
            if members > most {
                return self.stop(Code::TooManyMembers, start, "fewer members");
            }
            let start = self.at;
            let (shape, escaped) = self.value(1)?;
            member(key, Token::new(start, self.at, shape, escaped));
            self.space();
            match self.next() {
                Some(b',') => self.space(),
                Some(b'}') => return self.finish(),
                _ => return self.malformed_before("a comma or a closing brace"),
            }
        }
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    #[inline(always)]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    #[cold]
    fn stop<T>(&mut self, code: Code, at: usize, expected: &'static str) -> Option<T> {
        self.stop = Stop { code, at, expected };
        None
    }

    #[cold]
    fn malformed<T>(&mut self, expected: &'static str) -> Option<T> {
        self.stop(Code::MalformedJson, self.at.min(self.bytes.len()), expected)
    }

    /// The byte at fault has been taken already.
    #[cold]
    fn malformed_before<T>(&mut self, expected: &'static str) -> Option<T> {
        self.at -= 1;
        self.malformed(expected)
    }

    fn finish(&mut self) -> Option<()> {
        self.space();
        if self.at < self.bytes.len() {
            return self.malformed("the end of the payload");
        }
        Some(())
    }

    /// A member's name and the colon behind it, up to where its value begins: where the name ends, whether it has a
    /// backslash.
    #[inline(always)]
    fn key(&mut self) -> Option<(usize, bool)> {
        if self.peek() != Some(b'"') {
            return self.malformed("a member name in double quotes");
        }
        let escaped = self.string()?;
        let end = self.at;
        self.space();
        if self.next() != Some(b':') {
            return self.malformed_before("a colon");
        }
        self.space();
        Some((end, escaped))
    }

    /// One value inside `depth` open containers.
    #[inline(always)]
    fn value(&mut self, depth: usize) -> Option<(Shape, bool)> {
        match self.peek() {
            Some(b'"') => Some((Shape::String, self.string()?)),
            Some(b'-' | b'0'..=b'9') => Some((self.number()?, false)),
            Some(b't') => Some((self.word(b"true", Shape::True)?, false)),
            Some(b'f') => Some((self.word(b"false", Shape::False)?, false)),
            Some(b'n') => Some((self.word(b"null", Shape::Null)?, false)),
            Some(b'{' | b'[') => Some((self.nested(depth)?, false)),
            _ => self.malformed("a JSON value"),
        }
    }

    #[inline]
    fn word(&mut self, word: &[u8], shape: Shape) -> Option<Shape> {
        if !self.bytes[self.at..].starts_with(word) {
            return self.malformed("true, false or null");
        }
        self.at += word.len();
        Some(shape)
    }

    #[inline]
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            return self.malformed("a digit");
        }
        Some(())
    }

    #[inline]
    fn number(&mut self) -> Option<Shape> {
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
        Some(Shape::Number)
    }

    /// Whether the string has a backslash.
    #[inline]
    fn string(&mut self) -> Option<bool> {
        self.at += 1;
        let mut escaped = false;
        loop {
            self.at = special(self.bytes, self.at);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Some(escaped);
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

    #[cold]
    fn escape(&mut self) -> Option<()> {
        self.at += 1;
        match self.next() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Some(()),
            Some(b'u') => match self.unit()? {
                0xD800..=0xDBFF => {
                    if !self.bytes[self.at..].starts_with(b"\\u") {
                        return self.malformed("the second half of a surrogate pair");
                    }
                    self.at += 2;
                    match self.unit()? {
                        0xDC00..=0xDFFF => Some(()),
                        _ => self.malformed("the second half of a surrogate pair"),
                    }
                }
                0xDC00..=0xDFFF => {
                    self.malformed("the first half of a surrogate pair before this one")
                }
                _ => Some(()),
            },
            _ => self.malformed_before("an escape that JSON knows"),
        }
    }

    fn unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            match self.next().and_then(|byte| char::from(byte).to_digit(16)) {
                Some(digit) => unit = unit << 4 | digit,
                None => return self.malformed_before("four hexadecimal digits"),
            }
        }
        Some(unit)
    }

    /// A container and all that is in it. One bit a level says whether it is an object.
    fn nested(&mut self, outside: usize) -> Option<Shape> {
        let mut objects: u128 = 0;
        let mut open = 0;
        loop {
            // Here a value is due.
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    if outside + open >= self.depth {
                        return self.stop(Code::TooDeep, self.at, "less nesting");
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
                _ => {
                    self.value(self.depth)?;
                }
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
                    return Some(Shape::Nested);
                }
            }
        }
    }
}
