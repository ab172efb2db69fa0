//! The usual spelling of a line, taken apart without reading its payload.

/// The id and the payload of a line whose payload nobody has read yet.
///
/// Finding out where a payload ends means reading all of it, which the library does anyway. So the usual spelling of a
/// line is split on trust (`{"id":"…","payload":` in front, `}` behind), which halves the work; only if the library
/// then cannot read the payload as JSON is the line parsed in earnest.
pub(crate) fn split(line: &[u8]) -> Option<(&str, &[u8])> {
    let rest = after(after(after(after(line, b"{")?, b"\"id\"")?, b":")?, b"\"")?;
    let (id, rest) = rest.split_at(memchr::memchr(b'"', rest)?);
    if !is_plain(id) {
        return None;
    }
    let id = std::str::from_utf8(id).ok()?;
    let rest = rest.strip_prefix(b"\"")?;
    let rest = after(after(after(rest, b",")?, b"\"payload\"")?, b":")?;
    let payload = trim(trim(rest).strip_suffix(b"}")?);
    // Findings that another command wrote behind the payload end in a bracket.
    let whole = payload.starts_with(b"{") && payload.ends_with(b"}");
    whole.then_some((id, payload))
}

/// Whether a text stands for itself between quotes. All of it is looked at, without a branch for each byte: ids are short.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    !text.iter().fold(false, |any, byte| any | special(byte))
}

fn after<'a>(text: &'a [u8], token: &[u8]) -> Option<&'a [u8]> {
    trim_start(text).strip_prefix(token)
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

pub(crate) fn trim_start(text: &[u8]) -> &[u8] {
    let start = text
        .iter()
        .position(|&byte| !is_space(byte))
        .unwrap_or(text.len());
    &text[start..]
}

fn trim(text: &[u8]) -> &[u8] {
    let text = trim_start(text);
    let end = text
        .iter()
        .rposition(|&byte| !is_space(byte))
        .map_or(0, |last| last + 1);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;
    use crate::envelope::parse;

    /// Splitting on trust finds just what parsing finds, whenever the payload it found is JSON.
    #[test]
    fn a_split_is_a_parse_when_the_payload_is_json() {
        let lines: [&[u8]; 6] = [
            br#"{"id":"a","payload":{"b":1}}"#,
            b"  { \"id\" : \"\xc3\xbc\" , \"payload\" : { \"b\" : \"}\" }  }\r",
            br#"{"id":"","payload":{}}"#,
            br#"{"id":"a","payload":{},"payload":{}}"#,
            br#"{"id":"a","payload":{}}}"#,
            br#"{"id":"a","payload":{"x":"}"#,
        ];
        let alphabet = b"{}\",:\\ aid\0\x0c\xc3\r[";
        let mut splits = 0;
        for line in lines {
            for at in 0..line.len() {
                for &byte in alphabet {
                    let mut line = line.to_vec();
                    line[at] = byte;
                    let Some((id, payload)) = split(&line) else {
                        continue;
                    };
                    let json = std::str::from_utf8(payload)
                        .is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
                    match parse(&line, ["payload"]) {
                        Ok(parts) => {
                            assert!(json);
                            assert_eq!((id, payload), (&*parts.id, parts.values[0]));
                            splits += 1;
                        }
                        Err(error) => assert!(!json, "{error:?}"),
                    }
                }
            }
        }
        assert!(splits > 100, "{splits}");
        for line in [
            &b"{\"id\":\"\\u0061\",\"payload\":{}}"[..],
            b"{\"id\":\"a\",\"payload\":1}",
            b"",
        ] {
            assert_eq!(split(line), None);
        }
    }
}
