//! `pattern`: ECMA-262 regular expressions (with the `u` flag's reading of characters), matched in linear time.

use std::iter::Peekable;
use std::str::Chars;

use regex_lite::Regex;

use super::positions::Positions;

/// A regular expression that is searched for anywhere in a text.
#[derive(Debug)]
pub(in crate::mapping) struct Pattern {
    pub(super) source: Box<str>,
    /// For ASCII texts, several times as fast.
    positions: Option<Box<Positions>>,
    regex: Regex,
}

/// A piece of a regular expression, as `regex-lite` writes it.
#[derive(Debug)]
pub(super) enum Token {
    /// One character, or one of a class.
    One(String),
    Open,
    Close,
    Or,
    Start,
    End,
    /// `\b` or `\B`.
    Edge(char),
    /// How often what stands before it is there; without a second number, any more times.
    Repeat(String, u32, Option<u32>),
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::One(text) | Self::Repeat(text, ..) => text,
            Self::Open => "(?:",
            Self::Close => ")",
            Self::Or => "|",
            Self::Start => "^",
            Self::End => "$",
            Self::Edge('b') => "\\b",
            Self::Edge(_) => "\\B",
        }
    }
}

impl Pattern {
    /// # Errors
    /// Why it can't be taken.
    pub(in crate::mapping) fn new(source: &str) -> Result<Self, String> {
        let tokens = translate(source)?;
        let translated: String = tokens.iter().map(Token::text).collect();
        let regex = Regex::new(&translated).map_err(|error| error.to_string())?;
        Ok(Self {
            source: source.into(),
            positions: Positions::new(&tokens).map(Box::new),
            regex,
        })
    }

    #[inline]
    pub(in crate::mapping) fn is_in(&self, text: &str) -> bool {
        match &self.positions {
            Some(positions) if text.is_ascii() => positions.are_in(text.as_bytes()),
            _ => self.regex.is_match(text),
        }
    }
}

/// What ECMA-262 calls white space and line ends, as ranges of a class.
const SPACE: &str =
    r"\t-\r\x20\u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}";
/// Everything else.
const NO_SPACE: &str = r"\x00-\x08\x0E-\x1F\x21-\u{9F}\u{A1}-\u{167F}\u{1681}-\u{1FFF}\u{200B}-\u{2027}\u{202A}-\u{202E}\u{2030}-\u{205E}\u{2060}-\u{2FFF}\u{3001}-\u{FEFE}\u{FF00}-\u{10FFFF}";

/// What an escape means.
enum Escape {
    Char(char),
    /// Ranges of a class.
    Class(&'static str),
    /// `\b` and `\B`.
    Edge(char),
}

/// Says the same in the syntax of `regex-lite`, whose `\b` is ASCII as ECMA's is.
fn translate(source: &str) -> Result<Vec<Token>, String> {
    let mut chars = source.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(c) = chars.next() {
        let token = match c {
            '\\' => match escape(&mut chars, false)? {
                Escape::Char(c) => one(c),
                Escape::Class(ranges) => Token::One(format!("[{ranges}]")),
                Escape::Edge(edge) => Token::Edge(edge),
            },
            '[' => Token::One(class(&mut chars)?),
            '(' => {
                group(&mut chars)?;
                Token::Open
            }
            ')' => Token::Close,
            '.' => Token::One(r"[^\n\r\u{2028}\u{2029}]".to_owned()),
            '^' => Token::Start,
            '$' => Token::End,
            '|' => Token::Or,
            '*' | '+' | '?' | '{' => {
                if !matches!(tokens.last(), Some(Token::One(_) | Token::Close)) {
                    return Err(format!("`{c}` has nothing before it to repeat"));
                }
                repeat(c, &mut chars)?
            }
            '}' | ']' => return Err(format!("unescaped `{c}`: write `\\{c}`")),
            c => one(c),
        };
        tokens.push(token);
    }
    Ok(tokens)
}

fn one(c: char) -> Token {
    let mut text = String::new();
    push(&mut text, c);
    Token::One(text)
}

/// A character that means itself.
fn push(out: &mut String, c: char) {
    if c.is_alphanumeric() && c.is_ascii() {
        out.push(c);
    } else {
        out.push_str(&format!("\\u{{{:X}}}", u32::from(c)));
    }
}

/// What follows a group's bracket.
fn group(chars: &mut Peekable<Chars<'_>>) -> Result<(), String> {
    if chars.next_if_eq(&'?').is_none() {
        return Ok(());
    }
    match chars.next() {
        Some(':') => Ok(()),
        Some('<') if !matches!(chars.peek(), Some('=' | '!')) => {
            // A name is only for references back, which are refused.
            if chars.by_ref().any(|c| c == '>') {
                Ok(())
            } else {
                Err("unterminated group name".to_owned())
            }
        }
        Some('=' | '!' | '<') => Err("it looks ahead or behind".to_owned()),
        _ => Err("unknown group syntax after `(?`".to_owned()),
    }
}

/// A quantifier, greedy or not: that makes no difference to whether there is a match.
fn repeat(first: char, chars: &mut Peekable<Chars<'_>>) -> Result<Token, String> {
    let mut text = String::from(first);
    let (least, most) = match first {
        '*' => (0, None),
        '+' => (1, None),
        '?' => (0, Some(1)),
        _ => {
            let counts: String = chars.by_ref().take_while(|c| *c != '}').collect();
            text.push_str(&counts);
            text.push('}');
            counted(&counts).ok_or("unescaped `{`: write `\\{`, or a count such as `{2,3}`")?
        }
    };
    text.extend(chars.next_if_eq(&'?'));
    Ok(Token::Repeat(text, least, most))
}

/// `2`, `2,` or `2,3`.
fn counted(counts: &str) -> Option<(u32, Option<u32>)> {
    let number = |text: &str| {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    match counts.split_once(',') {
        None => number(counts).map(|count| (count, Some(count))),
        Some((least, "")) => Some((number(least)?, None)),
        Some((least, most)) => Some((number(least)?, Some(number(most)?))),
    }
}

/// The rest of `[…]`.
fn class(chars: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let not = chars.next_if_eq(&'^').is_some();
    let mut ranges = String::new();
    // The start of what may become a range.
    let mut start: Option<char> = None;
    loop {
        let one = match chars.next() {
            None => return Err("unterminated `[`".to_owned()),
            Some(']') => break,
            Some('-') if start.is_some() && chars.peek().is_some_and(|next| *next != ']') => {
                let end = match chars.next() {
                    Some('\\') => escape(chars, true)?,
                    Some(c) => Escape::Char(c),
                    None => return Err("unterminated `[`".to_owned()),
                };
                let Escape::Char(end) = end else {
                    return Err("a range ends with a class".to_owned());
                };
                if start.take().is_some_and(|start| start > end) {
                    return Err("a range ends before it begins".to_owned());
                }
                ranges.push('-');
                push(&mut ranges, end);
                continue;
            }
            Some('\\') => escape(chars, true)?,
            Some(c) => Escape::Char(c),
        };
        match one {
            Escape::Char(c) => {
                push(&mut ranges, c);
                start = Some(c);
            }
            Escape::Class(class) => {
                if chars.peek() == Some(&'-') && chars.clone().nth(1).is_some_and(|c| c != ']') {
                    return Err("a range begins with a class".to_owned());
                }
                ranges.push_str(class);
                start = None;
            }
            Escape::Edge(_) => return Err("`\\B` in a character class".to_owned()),
        }
    }
    Ok(match (ranges.is_empty(), not) {
        // Nothing is in it, or everything.
        (true, false) => r"[^\x00-\u{10FFFF}]".to_owned(),
        (true, true) => r"[\x00-\u{10FFFF}]".to_owned(),
        (false, false) => format!("[{ranges}]"),
        (false, true) => format!("[^{ranges}]"),
    })
}

/// What follows a backslash.
fn escape(chars: &mut Peekable<Chars<'_>>, in_class: bool) -> Result<Escape, String> {
    let Some(c) = chars.next() else {
        return Err("trailing backslash".to_owned());
    };
    Ok(match c {
        'd' => Escape::Class("0-9"),
        'D' => Escape::Class(r"\x00-/:-\u{10FFFF}"),
        'w' => Escape::Class("0-9A-Za-z_"),
        'W' => Escape::Class(r"\x00-/:-@\[-\^`\{-\u{10FFFF}"),
        's' => Escape::Class(SPACE),
        'S' => Escape::Class(NO_SPACE),
        'b' if in_class => Escape::Char('\u{8}'),
        'b' | 'B' => Escape::Edge(c),
        't' => Escape::Char('\t'),
        'n' => Escape::Char('\n'),
        'r' => Escape::Char('\r'),
        'v' => Escape::Char('\u{B}'),
        'f' => Escape::Char('\u{C}'),
        '0' if !chars.peek().is_some_and(char::is_ascii_digit) => Escape::Char('\0'),
        'c' => match chars.next() {
            Some(letter) if letter.is_ascii_alphabetic() => {
                Escape::Char(char::from(letter as u8 % 32))
            }
            _ => return Err("`\\c` needs a letter after it".to_owned()),
        },
        'x' => Escape::Char(code(hexadecimal(chars, 2)?)?),
        'u' => Escape::Char(unicode(chars)?),
        '1'..='9' | 'k' => return Err("it refers back to a group".to_owned()),
        'p' | 'P' => return Err("it names a property of Unicode (`\\p`)".to_owned()),
        c if c.is_alphanumeric() => return Err(format!("`\\{c}` isn't an escape of ECMA-262")),
        c => Escape::Char(c),
    })
}

fn unicode(chars: &mut Peekable<Chars<'_>>) -> Result<char, String> {
    if chars.next_if_eq(&'{').is_some() {
        let digits: String = chars.by_ref().take_while(|c| *c != '}').collect();
        return code(u32::from_str_radix(&digits, 16).map_err(|error| error.to_string())?);
    }
    let high = hexadecimal(chars, 4)?;
    if !(0xD800..0xDC00).contains(&high) {
        return code(high);
    }
    // A pair of surrogates is one character.
    if chars.next() == Some('\\') && chars.next() == Some('u') {
        let low = hexadecimal(chars, 4)?;
        if (0xDC00..0xE000).contains(&low) {
            return code(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
        }
    }
    code(high)
}

fn hexadecimal(chars: &mut Peekable<Chars<'_>>, count: usize) -> Result<u32, String> {
    (0..count).try_fold(0, |sum, _| {
        let digit = chars.next().and_then(|c| c.to_digit(16));
        digit
            .map(|digit| sum * 16 + digit)
            .ok_or_else(|| "an escape has too few hexadecimal digits".to_owned())
    })
}

fn code(number: u32) -> Result<char, String> {
    char::from_u32(number).ok_or_else(|| "unpaired surrogate".to_owned())
}

#[cfg(test)]
mod tests;
