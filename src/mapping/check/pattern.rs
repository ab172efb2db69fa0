//! Whether a text matches a schema's `pattern`, as far as the checks can tell, and a text that does.

use std::cell::RefCell;
use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;

use super::super::schema::pattern::Pattern;

thread_local! {
    /// A check asks for the same few patterns over and over; compiling them is most of its time.
    static KNOWN: RefCell<HashMap<Box<str>, Option<Pattern>>> = RefCell::new(HashMap::new());
}

/// `None` when the pattern can't be read.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    KNOWN.with_borrow_mut(|known| {
        if !known.contains_key(pattern) {
            known.insert(pattern.into(), Pattern::new(pattern).ok());
        }
        known
            .get(pattern)?
            .as_ref()
            .map(|pattern| pattern.is_in(text))
    })
}

/// Forgets what a check has compiled.
pub(super) fn forget() {
    KNOWN.take();
}

/// A text that matches, for the plain patterns that most schemas have.
pub(super) fn example(pattern: &str) -> Option<String> {
    let mut chars = pattern.chars().peekable();
    let text = alternative(&mut chars, 0)?;
    (matches(pattern, &text) == Some(true)).then_some(text)
}

/// The first alternative up to a closing bracket; the others are read over.
fn alternative(chars: &mut Peekable<Chars<'_>>, depth: usize) -> Option<String> {
    let (mut out, mut first) = (String::new(), true);
    if depth > 16 {
        return None;
    }
    while let Some(c) = chars.next() {
        let piece = match c {
            ')' => break,
            '|' => {
                first = false;
                continue;
            }
            '^' | '$' => continue,
            '(' => {
                if chars.next_if_eq(&'?').is_some() && chars.next() != Some(':') {
                    return None;
                }
                alternative(chars, depth + 1)?
            }
            '[' => class(chars)?.to_string(),
            '\\' => escaped(chars.next()?).to_string(),
            '.' => "x".to_owned(),
            c => c.to_string(),
        };
        let count = least(chars)?;
        if first {
            out.push_str(&piece.repeat(count));
        }
    }
    Some(out)
}

fn escaped(c: char) -> char {
    match c {
        'd' => '0',
        'w' | 'D' | 'S' => 'x',
        's' | 'W' => ' ',
        c => c,
    }
}

/// The first character of a class; none for one that excludes.
fn class(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
    let mut found = None;
    loop {
        let c = match chars.next()? {
            ']' => return found,
            '\\' => escaped(chars.next()?),
            '^' if found.is_none() => return None,
            c => c,
        };
        found.get_or_insert(c);
    }
}

/// How often a quantifier wants what is before it, at least.
fn least(chars: &mut Peekable<Chars<'_>>) -> Option<usize> {
    let count = match chars.peek() {
        Some('*' | '?') => 0,
        Some('+') => 1,
        Some('{') => {
            chars.next();
            let mut digits = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            while chars.next_if(|c| *c != '}').is_some() {}
            digits.parse().ok().filter(|count| *count <= 1_000)?
        }
        _ => return Some(1),
    };
    chars.next();
    chars.next_if_eq(&'?');
    Some(count)
}
