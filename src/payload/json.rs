//! JSON strings and pointers: reading what a string says, writing one with minimal escapes (RFC 8259, RFC 6901).

use std::borrow::Cow;

use super::words;

/// The characters that the inside of a JSON string says. The scan has checked the escapes; what it would have
/// refused reads as U+FFFD rather than as a panic.
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

/// What the inside of a JSON string says, borrowed when it has no escape.
#[inline(always)]
pub(crate) fn decode(inside: &str, escaped: bool) -> Cow<'_, str> {
    if escaped {
        decode_escapes(inside)
    } else {
        Cow::Borrowed(inside)
    }
}

/// Room for the longest string that a reader takes, 255 characters with every one escaped, and for white space around it.
const ROOM: usize = 2_048;

/// Hands what the inside of a JSON string says to `then`. Allocates for strings beyond `ROOM` only.
#[cold]
pub(crate) fn decoded<T>(inside: &str, then: impl FnOnce(&str) -> T) -> T {
    if inside.len() > ROOM {
        return then(&decode_escapes(inside));
    }
    // What a string says never takes more bytes than its spelling.
    let mut room = [0; ROOM];
    let mut len = 0;
    for c in chars(inside) {
        let end = len + c.len_utf8();
        if let Some(place) = room.get_mut(len..end) {
            c.encode_utf8(place);
            len = end;
        }
    }
    then(std::str::from_utf8(&room[..len]).unwrap_or_default())
}

#[cold]
fn decode_escapes(inside: &str) -> Cow<'_, str> {
    Cow::Owned(chars(inside).collect())
}

/// Appends `text` as a JSON string with minimal escapes: `"`, `\` and the control characters, nothing else.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    write_inside(text, out);
    out.push(b'"');
}

/// [`write_string`] without the quotes.
pub(crate) fn write_inside(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut written = 0;
    loop {
        let at = words::special(bytes, written);
        out.extend_from_slice(&bytes[written..at]);
        let Some(&byte) = bytes.get(at) else { return };
        written = at + 1;
        let short = match byte {
            0x08 => b'b',
            0x09 => b't',
            0x0A => b'n',
            0x0C => b'f',
            0x0D => b'r',
            0..0x20 => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
                continue;
            }
            _ => byte,
        };
        out.extend_from_slice(&[b'\\', short]);
    }
}

/// The JSON pointer to the top-level member `name`.
pub(crate) fn pointer(name: &str) -> String {
    let mut path = String::with_capacity(name.len() + 1);
    path.push('/');
    if !name.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
        path.push_str(name);
        return path;
    }
    for c in name.chars() {
        match c {
            '~' => path.push_str("~0"),
            '/' => path.push_str("~1"),
            _ => path.push(c),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_reads_what_serde_json_reads() {
        for inside in [
            "",
            "plain",
            r#"a\n\t\b\f\r\/\\\"x"#,
            r"\u00e9\u0000",
            r"\ud83d\udebb!",
            "é🚻",
        ] {
            let expected: String = serde_json::from_str(&format!("\"{inside}\"")).unwrap();
            assert_eq!(decode(inside, true), expected, "{inside}");
            assert_eq!(decoded(inside, str::to_owned), expected, "{inside}");
            let (long, expected) = (inside.repeat(1_600), expected.repeat(1_600));
            assert_eq!(decoded(&long, str::to_owned), expected, "{inside}");
        }
    }

    #[test]
    fn write_string_escapes_what_must_be_and_nothing_else() {
        let text: String = (0u8..=0x7F)
            .map(char::from)
            .chain("é\u{2028}🚻".chars())
            .collect();
        let mut out = Vec::new();
        write_string(&text, &mut out);
        assert_eq!(out, serde_json::to_vec(&text).unwrap());
    }

    #[test]
    fn pointer_escapes_tilde_and_slash() {
        assert_eq!(pointer("a/b~c~1"), "/a~1b~0c~01");
        assert_eq!(pointer(""), "/");
    }
}
