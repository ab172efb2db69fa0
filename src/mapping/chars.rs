//! What a JSON string says, character by character, without allocating.

/// The characters that the inside of a JSON string says.
///
/// The scan has checked the escapes; what it would have refused reads as U+FFFD rather than as a panic.
#[derive(Clone, Debug)]
pub(crate) struct Chars<'t> {
    rest: std::str::Chars<'t>,
}

/// `inside` is the text between the quotes.
pub(crate) fn chars(inside: &str) -> Chars<'_> {
    Chars {
        rest: inside.chars(),
    }
}

/// Whether the inside of a JSON string says this.
#[inline]
pub(crate) fn says(inside: &str, escaped: bool, what: &str) -> bool {
    if escaped {
        chars(inside).eq(what.chars())
    } else {
        inside == what
    }
}

impl Chars<'_> {
    fn hex(&mut self) -> u32 {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | self.rest.next().and_then(|c| c.to_digit(16)).unwrap_or(0);
        }
        unit
    }
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c != '\\' {
            return Some(c);
        }
        Some(match self.rest.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut unit = self.hex();
                if (0xD800..0xDC00).contains(&unit) {
                    self.rest.nth(1);
                    unit = 0x1_0000
                        + ((unit - 0xD800) << 10)
                        + (self.hex().wrapping_sub(0xDC00) & 0x3FF);
                }
                char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_what_serde_json_reads() {
        for inside in [
            "",
            "plain",
            r#"a\n\t\b\f\r\/\\\"x"#,
            r"\u00e9\u0000\uFFFF",
            r"\ud83d\udebb!",
            r"\uD800\uDC00\uDBFF\uDFFF",
            "é🚻",
        ] {
            let expected: String = serde_json::from_str(&format!("\"{inside}\"")).unwrap();
            assert_eq!(chars(inside).collect::<String>(), expected, "{inside}");
        }
    }

    /// No text is read with a panic, not even one that the scan refuses.
    #[test]
    fn what_breaks_off_does_not_panic() {
        let whole = r"\u00e9\ud83d\udebb\\\x\ud83dx";
        for end in 0..=whole.len() {
            for start in 0..=end {
                assert!(chars(&whole[start..end]).count() <= end - start);
            }
        }
    }
}
