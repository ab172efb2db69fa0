//! One pass over untrusted bytes: where each member of the payload object stands, within the limits.

use super::limits::Limits;
use super::report::Code;
use crate::mapping::swar;

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

impl Shape {
    pub(crate) const COUNT: usize = 6;
}

/// A string or value in the input, by byte offsets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) shape: Shape,
    /// A string with a backslash in it, or a number with an exponent: its text is not what it says.
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

/// Its methods read what begins at `at` and give where it ends, or `None` when the scan has stopped; `stop` then says why.
/// A place handed from one to the next stays in a register: kept in here, it cost a tenth of the scan.
struct Scanner<'t> {
    bytes: &'t [u8],
    depth: usize,
    stop: Stop,
}

impl Scanner<'_> {
    #[inline(always)]
    fn object(&mut self, most: usize, member: &mut impl FnMut(Token, Token)) -> Option<()> {
        let mut at = self.space(0);
        if self.peek(at) != Some(b'{') {
            let (end, ..) = self.value(at, 0)?;
            self.finish(end)?;
            return self.stop(Code::InvalidType, 0, "a JSON object");
        }
        at = self.space(at + 1);
        if self.peek(at) == Some(b'}') {
            return self.finish(at + 1);
        }
        let mut members = 0;
        loop {
            // Before the name is read: what stands behind the limit is nobody's concern, not even whether it is JSON.
            if members == most {
                return self.stop(Code::TooManyMembers, at, "fewer members");
            }
            members += 1;
            let (key, start) = self.key(at)?;
            let (end, shape, escaped) = self.value(start, 1)?;
            member(key, Token::new(start, end, shape, escaped));
            at = self.space(end);
            match self.peek(at) {
                Some(b',') => at = self.space(at + 1),
                Some(b'}') => return self.finish(at + 1),
                _ => return self.malformed(at, "a comma or a closing brace"),
            }
        }
    }

    #[inline(always)]
    fn peek(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    #[inline(always)]
    fn space(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek(at) {
            at += 1;
        }
        at
    }

    #[cold]
    fn stop<T>(&mut self, code: Code, at: usize, expected: &'static str) -> Option<T> {
        self.stop = Stop { code, at, expected };
        None
    }

    #[cold]
    fn malformed<T>(&mut self, at: usize, expected: &'static str) -> Option<T> {
        self.stop(Code::MalformedJson, at.min(self.bytes.len()), expected)
    }

    fn finish(&mut self, at: usize) -> Option<()> {
        let at = self.space(at);
        if at < self.bytes.len() {
            return self.malformed(at, "the end of the payload");
        }
        Some(())
    }

    /// A member's name and the colon behind it: the name, and where the value begins.
    #[inline(always)]
    fn key(&mut self, at: usize) -> Option<(Token, usize)> {
        if self.peek(at) != Some(b'"') {
            return self.malformed(at, "a member name in double quotes");
        }
        let (end, escaped) = self.string(at)?;
        let key = Token::new(at, end, Shape::String, escaped);
        let at = self.space(end);
        if self.peek(at) != Some(b':') {
            return self.malformed(at, "a colon");
        }
        Some((key, self.space(at + 1)))
    }

    /// One value inside `depth` open containers: where it ends, what it is, and whether it is escaped.
    #[inline(always)]
    fn value(&mut self, at: usize, depth: usize) -> Option<(usize, Shape, bool)> {
        let (end, shape) = match self.peek(at) {
            Some(b'"') => {
                let (end, escaped) = self.string(at)?;
                return Some((end, Shape::String, escaped));
            }
            Some(b'-' | b'0'..=b'9') => {
                let (end, exponent) = self.number(at)?;
                return Some((end, Shape::Number, exponent));
            }
            Some(b't') => (self.word(at, b"true")?, Shape::True),
            Some(b'f') => (self.word(at, b"false")?, Shape::False),
            Some(b'n') => (self.word(at, b"null")?, Shape::Null),
            Some(b'{' | b'[') => (self.nested(at, depth)?, Shape::Nested),
            _ => return self.malformed(at, "a JSON value"),
        };
        Some((end, shape, false))
    }

    #[inline(always)]
    fn word(&mut self, at: usize, word: &[u8]) -> Option<usize> {
        let end = at + word.len();
        if self.bytes.get(at..end) != Some(word) {
            return self.malformed(at, "true, false or null");
        }
        Some(end)
    }

    #[inline(always)]
    fn digits(&mut self, at: usize) -> Option<usize> {
        let end = swar::digits(self.bytes, at);
        if end == at {
            return self.malformed(at, "a digit");
        }
        Some(end)
    }

    /// Where the number ends, and whether it has an exponent.
    #[inline(always)]
    fn number(&mut self, at: usize) -> Option<(usize, bool)> {
        // Added rather than branched on: half of all longitudes are negative.
        let start = at + usize::from(self.peek(at) == Some(b'-'));
        let mut at = match self.peek(start) {
            Some(b'0') => start + 1,
            _ => self.digits(start)?,
        };
        if self.peek(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        let exponent = matches!(self.peek(at), Some(b'e' | b'E'));
        if exponent {
            let sign = matches!(self.peek(at + 1), Some(b'+' | b'-'));
            at = self.digits(at + 1 + usize::from(sign))?;
        }
        Some((at, exponent))
    }

    /// Where the string ends, and whether it has a backslash.
    #[inline(always)]
    fn string(&mut self, at: usize) -> Option<(usize, bool)> {
        let end = swar::special(self.bytes, at + 1);
        match self.peek(end) {
            Some(b'"') => Some((end + 1, false)),
            _ => Some((self.escaped(end)?, true)),
        }
    }

    /// The rest of a string, from its first backslash on.
    #[cold]
    fn escaped(&mut self, mut at: usize) -> Option<usize> {
        loop {
            match self.peek(at) {
                Some(b'"') => return Some(at + 1),
                Some(b'\\') => at = swar::special(self.bytes, self.escape(at + 1)?),
                Some(_) => return self.malformed(at, "a control character to be escaped"),
                None => return self.malformed(at, "a closing quote"),
            }
        }
    }

    fn escape(&mut self, at: usize) -> Option<usize> {
        match self.peek(at) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Some(at + 1),
            Some(b'u') => match self.unit(at + 1)? {
                0xD800..=0xDBFF => {
                    let second = at + 5;
                    let ahead = self.bytes.get(second..).unwrap_or_default();
                    if !ahead.starts_with(b"\\u") {
                        return self.malformed(second, "the second half of a surrogate pair");
                    }
                    match self.unit(second + 2)? {
                        0xDC00..=0xDFFF => Some(second + 6),
                        _ => self.malformed(second + 6, "the second half of a surrogate pair"),
                    }
                }
                0xDC00..=0xDFFF => {
                    self.malformed(at + 5, "the first half of a surrogate pair before this one")
                }
                _ => Some(at + 5),
            },
            _ => self.malformed(at, "an escape that JSON knows"),
        }
    }

    fn unit(&mut self, at: usize) -> Option<u32> {
        let mut unit = 0;
        for at in at..at + 4 {
            match self.peek(at).and_then(|byte| char::from(byte).to_digit(16)) {
                Some(digit) => unit = unit << 4 | digit,
                None => return self.malformed(at, "four hexadecimal digits"),
            }
        }
        Some(unit)
    }

    /// A container and all that is in it. One bit a level says whether it is an object.
    fn nested(&mut self, mut at: usize, outside: usize) -> Option<usize> {
        let mut objects: u128 = 0;
        let mut open = 0;
        loop {
            // Here a value is due.
            match self.peek(at) {
                Some(bracket @ (b'{' | b'[')) => {
                    if outside + open >= self.depth {
                        return self.stop(Code::TooDeep, at, "less nesting");
                    }
                    open += 1;
                    let object = bracket == b'{';
                    objects = objects << 1 | u128::from(object);
                    at = self.space(at + 1);
                    if self.peek(at) != Some(if object { b'}' } else { b']' }) {
                        if object {
                            (_, at) = self.key(at)?;
                        }
                        continue;
                    }
                }
                // `open` is at least 1 here: `value` sends only brackets.
                _ => (at, ..) = self.value(at, self.depth)?,
            }
            // Here a value has ended, or an empty container is about to.
            loop {
                at = self.space(at);
                let object = objects & 1 == 1;
                match self.peek(at) {
                    Some(b',') => {
                        at = self.space(at + 1);
                        if object {
                            (_, at) = self.key(at)?;
                        }
                        break;
                    }
                    Some(b'}') if object => {}
                    Some(b']') if !object => {}
                    _ => return self.malformed(at, "a comma or a closing bracket"),
                }
                at += 1;
                objects >>= 1;
                open -= 1;
                if open == 0 {
                    return Some(at);
                }
            }
        }
    }
}
