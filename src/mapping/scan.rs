//! One pass over untrusted bytes: where each value of the document stands, within the limits.

mod stop;
#[cfg(test)]
mod tests;

pub(crate) use stop::{Cause, Stop};

use super::limits::Limits;
use super::names::Symbols;
use super::report::{Code, Finding};
use super::swar;
use super::tape::{Node, Shape};

/// The document as text, and its nodes, which replace those in `nodes`; after an error there are none. Members' names get
/// their symbols.
///
/// # Errors
/// Too large, not UTF-8, not JSON, or beyond another limit.
pub(crate) fn document<'t>(
    bytes: &'t [u8],
    limits: &Limits,
    symbols: &Symbols,
    nodes: &mut Vec<Node>,
) -> Result<&'t str, Finding> {
    nodes.clear();
    // Before anything is read: the limit is what bounds the work.
    if bytes.len() > limits.bytes {
        return Err(Stop::too_large(bytes.len()).finding(limits));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let message = format!("not UTF-8 at byte {at}: send JSON in UTF-8");
        Finding::error(Code::MALFORMED_JSON, "", message)
    })?;
    match run(text, limits, Some(symbols), nodes) {
        Ok(()) => Ok(text),
        Err(stop) => Err(stop.finding(limits)),
    }
}

/// Reads one JSON value and replaces `nodes` by its nodes; after an error there are none.
///
/// Accepts exactly RFC 8259 JSON without lone surrogates; linear in the input; never recurses.
///
/// # Errors
/// Where the text stops being JSON or goes beyond a limit.
pub(crate) fn scan(text: &str, limits: &Limits, nodes: &mut Vec<Node>) -> Result<(), Stop> {
    run(text, limits, None, nodes)
}

fn run(
    text: &str,
    limits: &Limits,
    symbols: Option<&Symbols>,
    nodes: &mut Vec<Node>,
) -> Result<(), Stop> {
    nodes.clear();
    if text.len() > limits.bytes {
        return Err(Stop::too_large(text.len()));
    }
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        text,
        symbols,
        nodes,
        stop: Stop::too_large(0),
    };
    match scanner.document(limits) {
        Some(()) => Ok(()),
        None => {
            let stop = scanner.stop;
            nodes.clear();
            Err(stop)
        }
    }
}

/// Its methods read what begins at `at` and return where it ends, or `None` when the scan has stopped; `stop` then says
/// why. The position is passed from one to the next and not kept in here, so that it stays in a register.
struct Scanner<'t, 'n> {
    bytes: &'t [u8],
    text: &'t str,
    symbols: Option<&'n Symbols>,
    nodes: &'n mut Vec<Node>,
    stop: Stop,
}

impl Scanner<'_, '_> {
    /// The open containers are a list through their own nodes: while one is open, its `next` is the index of the
    /// container around it, and its `end` is how many members or elements that one had so far.
    #[inline(always)]
    fn document(&mut self, limits: &Limits) -> Option<()> {
        let mut at = self.space(0);
        if !matches!(self.peek(at), Some(b'{' | b'[')) {
            at = self.scalar(at)?;
            return self.finish(at);
        }
        let (mut container, mut count, mut depth) = (0, 0, 0);
        'open: loop {
            // Here a bracket opens a container.
            let mut is_object = self.peek(at) == Some(b'{');
            if depth >= limits.depth {
                return self.stop(Cause::TooDeep, at, "less nesting");
            }
            depth += 1;
            let (shape, closing) = if is_object {
                (Shape::Object, b'}')
            } else {
                (Shape::Array, b']')
            };
            let index = self.nodes.len() as u32;
            self.nodes.push(Node {
                start: at as u32,
                end: count,
                next: container,
                shape,
                escaped: false,
                symbol: 0,
            });
            (container, count) = (index, 0);
            at = self.space(at + 1);
            let mut is_empty = self.peek(at) == Some(closing);
            loop {
                // Here a member or an element is due, unless the container is empty.
                if is_empty {
                    is_empty = false;
                } else if is_object {
                    loop {
                        // Before the name is read: what stands behind the limit need not even be JSON.
                        let most = if container == 0 {
                            limits.top_members
                        } else {
                            limits.members
                        };
                        if count as usize >= most {
                            let cause = if container == 0 {
                                Cause::TooManyTopMembers
                            } else {
                                Cause::TooManyMembers
                            };
                            return self.stop(cause, at, "fewer members");
                        }
                        count += 1;
                        at = self.key(at)?;
                        if matches!(self.peek(at), Some(b'{' | b'[')) {
                            continue 'open;
                        }
                        at = self.scalar(at)?;
                        at = self.space(at);
                        match self.peek(at) {
                            Some(b',') => at = self.space(at + 1),
                            Some(b'}') => break,
                            _ => return self.malformed(at, "a comma or a closing brace"),
                        }
                    }
                } else {
                    loop {
                        if count as usize >= limits.elements {
                            return self.stop(Cause::TooManyElements, at, "fewer elements");
                        }
                        count += 1;
                        if matches!(self.peek(at), Some(b'{' | b'[')) {
                            continue 'open;
                        }
                        at = self.scalar(at)?;
                        at = self.space(at);
                        match self.peek(at) {
                            Some(b',') => at = self.space(at + 1),
                            Some(b']') => break,
                            _ => return self.malformed(at, "a comma or a closing bracket"),
                        }
                    }
                }
                // Here a bracket closes the container, and perhaps further ones after it.
                loop {
                    at += 1;
                    (container, count) = self.close(container, at);
                    depth -= 1;
                    if depth == 0 {
                        return self.finish(at);
                    }
                    is_object = self.is_object(container);
                    at = self.space(at);
                    match self.peek(at) {
                        Some(b',') => {
                            at = self.space(at + 1);
                            break;
                        }
                        Some(b'}') if is_object => {}
                        Some(b']') if !is_object => {}
                        _ if is_object => {
                            return self.malformed(at, "a comma or a closing brace");
                        }
                        _ => return self.malformed(at, "a comma or a closing bracket"),
                    }
                }
            }
        }
    }

    /// Ends a container; returns the one around it and how much that one has so far.
    #[inline(always)]
    fn close(&mut self, container: u32, end: usize) -> (u32, u32) {
        let next = self.nodes.len() as u32;
        let Some(node) = self.nodes.get_mut(container as usize) else {
            return (0, 0);
        };
        let outside = (node.next, node.end);
        (node.next, node.end) = (next, end as u32);
        outside
    }

    #[inline(always)]
    fn is_object(&self, container: u32) -> bool {
        let node = self.nodes.get(container as usize);
        node.is_some_and(|node| node.shape == Shape::Object)
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

    #[inline(always)]
    fn push(&mut self, start: usize, end: usize, shape: Shape, escaped: bool) -> usize {
        // Limits hold the input to 1 GiB, so that offsets fit.
        self.nodes.push(Node {
            start: start as u32,
            end: end as u32,
            next: self.nodes.len() as u32 + 1,
            shape,
            escaped,
            symbol: 0,
        });
        end
    }

    #[cold]
    fn stop<T>(&mut self, cause: Cause, at: usize, expected: &'static str) -> Option<T> {
        self.stop = Stop {
            cause,
            at,
            expected,
        };
        None
    }

    #[cold]
    fn malformed<T>(&mut self, at: usize, expected: &'static str) -> Option<T> {
        self.stop(Cause::Malformed, at.min(self.bytes.len()), expected)
    }

    fn finish(&mut self, at: usize) -> Option<()> {
        let at = self.space(at);
        if at < self.bytes.len() {
            return self.malformed(at, "the end of the document");
        }
        Some(())
    }

    /// A member's name and the colon behind it; returns where the value begins.
    #[inline(always)]
    fn key(&mut self, at: usize) -> Option<usize> {
        if self.peek(at) != Some(b'"') {
            return self.malformed(at, "a member name in double quotes");
        }
        let end = self.string(at)?;
        if let (Some(symbols), Some(key)) = (self.symbols, self.nodes.last_mut()) {
            key.symbol = symbols.of(self.text, key);
        }
        let at = self.space(end);
        if self.peek(at) != Some(b':') {
            return self.malformed(at, "a colon");
        }
        Some(self.space(at + 1))
    }

    /// One value that is no container.
    #[inline(always)]
    fn scalar(&mut self, at: usize) -> Option<usize> {
        match self.peek(at) {
            Some(b'"') => self.string(at),
            Some(b'-' | b'0'..=b'9') => self.number(at),
            Some(b't') => self.word(at, b"true", Shape::True),
            Some(b'f') => self.word(at, b"false", Shape::False),
            Some(b'n') => self.word(at, b"null", Shape::Null),
            _ => self.malformed(at, "a JSON value"),
        }
    }

    #[inline(always)]
    fn word(&mut self, at: usize, word: &[u8], shape: Shape) -> Option<usize> {
        let end = at + word.len();
        if self.bytes.get(at..end) != Some(word) {
            return self.malformed(at, "true, false or null");
        }
        Some(self.push(at, end, shape, false))
    }

    #[inline(always)]
    fn digits(&mut self, at: usize) -> Option<usize> {
        let end = swar::digits(self.bytes, at);
        if end == at {
            return self.malformed(at, "a digit");
        }
        Some(end)
    }

    #[inline(always)]
    fn number(&mut self, start: usize) -> Option<usize> {
        // Added rather than branched on: half of all longitudes are negative.
        let first = start + usize::from(self.peek(start) == Some(b'-'));
        let mut at = match self.peek(first) {
            Some(b'0') => first + 1,
            _ => self.digits(first)?,
        };
        if self.peek(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        let exponent = matches!(self.peek(at), Some(b'e' | b'E'));
        if exponent {
            let sign = matches!(self.peek(at + 1), Some(b'+' | b'-'));
            at = self.digits(at + 1 + usize::from(sign))?;
        }
        Some(self.push(start, at, Shape::Number, exponent))
    }

    #[inline(always)]
    fn string(&mut self, start: usize) -> Option<usize> {
        let end = swar::special(self.bytes, start + 1);
        let (end, escaped) = match self.peek(end) {
            Some(b'"') => (end + 1, false),
            _ => (self.escaped(end)?, true),
        };
        Some(self.push(start, end, Shape::String, escaped))
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
}
