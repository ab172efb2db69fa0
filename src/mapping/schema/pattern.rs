//! `pattern`: ECMA-262 regular expressions (with the `u` flag's reading of characters), matched in linear time.

use std::iter::Peekable;
use std::str::Chars;

use regex_lite::Regex;

/// A regular expression that is searched for anywhere in a text.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) source: Box<str>,
    regex: Regex,
}

impl Pattern {
    /// # Errors
    /// Why it can't be taken.
    pub(super) fn new(source: &str) -> Result<Self, String> {
        let translated = translate(source)?;
        let regex = Regex::new(&translated).map_err(|error| error.to_string())?;
        Ok(Self {
            source: source.into(),
            regex,
        })
    }

    #[inline]
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
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

/// Says the same in the syntax of `regex-lite`, whose `\d`, `\w` and `\b` are ASCII as ECMA's are.
fn translate(source: &str) -> Result<String, String> {
    let mut chars = source.chars().peekable();
    let mut out = String::with_capacity(source.len() + 8);
    // Whether something stands here that a quantifier can repeat.
    let mut repeatable = false;
    while let Some(c) = chars.next() {
        let after = match c {
            '\\' => match escape(&mut chars, false)? {
                Escape::Char(c) => {
                    push(&mut out, c);
                    true
                }
                Escape::Class(ranges) => {
                    out.push_str(&format!("[{ranges}]"));
                    true
                }
                Escape::Edge(edge) => {
                    out.push('\\');
                    out.push(edge);
                    false
                }
            },
            '[' => {
                class(&mut chars, &mut out)?;
                true
            }
            '(' => {
                out.push_str(group(&mut chars)?);
                false
            }
            ')' => {
                out.push(')');
                true
            }
            '.' => {
                out.push_str(r"[^\n\r\u{2028}\u{2029}]");
                true
            }
            '^' | '$' | '|' => {
                out.push(c);
                false
            }
            '*' | '+' | '?' | '{' => {
                if !repeatable {
                    return Err(format!("`{c}` has nothing before it to repeat"));
                }
                out.push(c);
                if c == '{' {
                    counts(&mut chars, &mut out)?;
                }
                if chars.peek() == Some(&'?') {
                    out.extend(chars.next());
                }
                false
            }
            '}' | ']' => return Err(format!("`{c}` stands alone: write `\\{c}`")),
            c => {
                push(&mut out, c);
                true
            }
        };
        repeatable = after;
    }
    Ok(out)
}

/// A character that means itself.
fn push(out: &mut String, c: char) {
    if c.is_alphanumeric() && c.is_ascii() {
        out.push(c);
    } else {
        out.push_str(&format!("\\u{{{:X}}}", u32::from(c)));
    }
}

fn group(chars: &mut Peekable<Chars<'_>>) -> Result<&'static str, String> {
    if chars.peek() != Some(&'?') {
        return Ok("(?:");
    }
    chars.next();
    match chars.next() {
        Some(':') => Ok("(?:"),
        Some('<') if !matches!(chars.peek(), Some('=' | '!')) => {
            // A name is only for references back, which are refused.
            if chars.by_ref().any(|c| c == '>') {
                Ok("(?:")
            } else {
                Err("a group's name has no end".to_owned())
            }
        }
        Some('=' | '!' | '<') => Err("it looks ahead or behind".to_owned()),
        _ => Err("`(?` is followed by what ECMA-262 does not know".to_owned()),
    }
}

/// The rest of `{2}`, `{2,}` or `{2,3}`.
fn counts(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let counts: String = chars.by_ref().take_while(|c| *c != '}').collect();
    let (least, most) = counts.split_once(',').unwrap_or((&counts, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if least.is_empty() || !digits(least) || !digits(most) {
        return Err("`{` begins no count such as `{2,3}`: write `\\{`".to_owned());
    }
    out.push_str(&counts);
    out.push('}');
    Ok(())
}

/// The rest of `[…]`.
fn class(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let not = chars.next_if_eq(&'^').is_some();
    let mut ranges = String::new();
    // The start of what may become a range.
    let mut start: Option<char> = None;
    loop {
        let one = match chars.next() {
            None => return Err("`[` has no end".to_owned()),
            Some(']') => break,
            Some('-') if start.is_some() && chars.peek().is_some_and(|next| *next != ']') => {
                let end = match chars.next() {
                    Some('\\') => escape(chars, true)?,
                    Some(c) => Escape::Char(c),
                    None => return Err("`[` has no end".to_owned()),
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
            Escape::Edge(_) => return Err("`\\B` stands in a class".to_owned()),
        }
    }
    match (ranges.is_empty(), not) {
        // Nothing is in it, or everything.
        (true, false) => out.push_str(r"[^\x00-\u{10FFFF}]"),
        (true, true) => out.push_str(r"[\x00-\u{10FFFF}]"),
        (false, not) => {
            out.push_str(if not { "[^" } else { "[" });
            out.push_str(&ranges);
            out.push(']');
        }
    }
    Ok(())
}

/// What follows a backslash.
fn escape(chars: &mut Peekable<Chars<'_>>, in_class: bool) -> Result<Escape, String> {
    let Some(c) = chars.next() else {
        return Err("a backslash stands at the end".to_owned());
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
            _ => return Err("`\\c` is followed by no letter".to_owned()),
        },
        'x' => Escape::Char(code(hexadecimal(chars, 2)?)?),
        'u' => Escape::Char(unicode(chars)?),
        '1'..='9' | 'k' => return Err("it refers back to a group".to_owned()),
        'p' | 'P' => return Err("it names a property of Unicode (`\\p`)".to_owned()),
        c if c.is_alphanumeric() => return Err(format!("`\\{c}` is no escape of ECMA-262")),
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
    char::from_u32(number).ok_or_else(|| "half of a surrogate pair stands alone".to_owned())
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn ecma_is_read_as_ecma() {
        for (pattern, yes, no) in [
            ("^[a-z]{2,3}(-[A-Z]{2})?$", "en-GB", "en-gb"),
            ("^\\d+$", "12", "১"),
            ("^\\S+$", "a\u{200B}", "a\u{A0}"),
            ("^[\\s-]$", "\u{FEFF}", "x"),
            ("^[^\\S]$", " ", "x"),
            ("^[\\w.-]+$", "a_b.-", "a b"),
            ("^.$", "🐲", "\u{2028}"),
            ("^🐲*$", "🐲🐲", "🐉"),
            ("^\\ud83d\\udc32$", "🐲", "x"),
            ("^[a&&b~~c[]+$", "a&b~[", "d"),
            ("a|^$", "", "b"),
            ("^(?<year>\\d{4})\\/$", "2024/", "2024"),
            ("^[^]$", "\n", ""),
            ("\\bfoo\\b", "a foo b", "afoo"),
            ("^\\cA[\\b]\\x41\\u{1F432}\\0$", "\u{1}\u{8}A🐲\0", "A"),
            ("^a{2}?$", "aa", "a"),
        ] {
            let compiled = Pattern::new(pattern).unwrap();
            assert!(compiled.is_in(yes), "{pattern} in {yes:?}");
            assert!(!compiled.is_in(no), "{pattern} in {no:?}");
        }
        assert!(!Pattern::new("[]").unwrap().is_in("x"));
    }

    #[test]
    fn what_is_not_taken_is_refused() {
        for pattern in [
            "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(a)\\1", "\\p{L}", "\\k<a>", "(?i)a", "a**",
            "*", "a{,2}", "a{", "[b-a]", "[a-\\d]", "[\\d-a]", "(", ")", "[a", "\\", "\\a", "\\Z",
            "\\ud83d", "a]", "\\u12",
        ] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
    }
}
