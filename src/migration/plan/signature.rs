//! Who decides, and why: no decision without both.

use serde::Serialize;

use crate::error::{Error, ErrorKind};

/// A reason is a sentence or two; the log is not the place for a dump.
const LONGEST: usize = 4_096;

/// Who says so, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signature {
    who: String,
    why: String,
}

impl Signature {
    /// Trims both, and escapes what would make a log or a terminal show something else than was written: control
    /// characters, line breaks and those that reverse the direction of text become `\u{202e}` and the like.
    ///
    /// # Errors
    /// [`ErrorKind::Gate`] when either is empty or longer than 4,096 bytes: a decision has a person and a reason.
    pub fn new(who: &str, why: &str) -> Result<Self, Error> {
        let (who, why) = (escaped(who.trim()), escaped(why.trim()));
        for (path, text) in [("/who", &who), ("/why", &why)] {
            if text.is_empty() || text.len() > LONGEST {
                let message =
                    format!("a decision takes a name and a reason of 1 to {LONGEST} bytes each");
                return Err(Error::new(ErrorKind::Gate, path, message));
            }
        }
        Ok(Self { who, why })
    }

    /// Who.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Why.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible_control(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The bidirectional controls of Unicode, and its line and paragraph separators.
fn is_invisible_control(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_show_as_something_else_is_escaped() {
        let signature =
            Signature::new("ana\u{202e}nimda", "a\tb\r\n\u{1b}[2J \u{9b}\u{2028}").unwrap();
        assert_eq!(signature.who(), r"ana\u{202e}nimda");
        assert_eq!(signature.why(), r"a\u{9}b\u{d}\u{a}\u{1b}[2J \u{9b}");
        let plain = "Zoë \"said\" שלום, \\o/ 👩‍🚒";
        assert_eq!(Signature::new(plain, plain).unwrap().why(), plain);
    }

    #[test]
    fn the_limit_is_of_what_is_written() {
        assert!(Signature::new("ana", &"x".repeat(LONGEST)).is_ok());
        let error = Signature::new("ana", &format!("x{}x", "\u{1}".repeat(1_000))).unwrap_err();
        assert_eq!(error.path(), "/why");
    }
}
