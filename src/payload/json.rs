//! JSON strings and pointers: reading what a string says, writing one with minimal escapes (RFC 8259, RFC 6901).

use std::borrow::Cow;

pub(crate) use crate::mapping::chars::chars;
pub(crate) use crate::mapping::json::{write_inside, write_string};
use crate::mapping::pointer::push_name;

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

/// The JSON pointer to the top-level member `name`.
pub(crate) fn pointer(name: &str) -> String {
    let mut path = String::with_capacity(name.len() + 1);
    push_name(&mut path, name);
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
