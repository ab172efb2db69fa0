//! The codecs of strings, against the obvious way to do it.

use super::*;

/// Bit by bit, as RFC 4648 describes it.
fn encode(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits: String = text.bytes().map(|byte| format!("{byte:08b}")).collect();
    while bits.len() % 6 != 0 {
        bits.push('0');
    }
    let sextets = bits.as_bytes().chunks(6);
    let mut encoded: String = sextets
        .map(|bits| {
            let bits = std::str::from_utf8(bits).unwrap();
            char::from(ALPHABET[usize::from_str_radix(bits, 2).unwrap()])
        })
        .collect();
    while encoded.len() % 4 != 0 {
        encoded.push('=');
    }
    encoded
}

fn list(parts: &[String]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| quoted(part)).collect();
    format!("[{}]", parts.join(","))
}

#[test]
fn escapes_are_read_and_written_minimally() {
    let prefix = Codec::Prefix { text: "a/".into() };
    assert_eq!(
        up(&prefix, r#""\u00e9\/\u0022\u000a""#).unwrap(),
        r#""a/é/\"\n""#
    );
    assert_eq!(down(&prefix, r#""\u0061\/\u0001""#).unwrap(), r#""\u0001""#);
    let joined = Codec::Joined {
        separator: ";".into(),
    };
    assert_eq!(up(&joined, r#""a\u003b\n""#).unwrap(), r#"["a","\n"]"#);
    assert_eq!(down(&joined, r#"[ "a" , "\u00e9" ]"#).unwrap(), "\"a;é\"");
    assert_eq!(up(&Codec::Base64, r#""aG\u006b=""#).unwrap(), "\"hi\"");
    assert_eq!(down(&Codec::NumberString, r#""1\u002e5""#).unwrap(), "1.5");
}

#[test]
fn separators_that_overlap_themselves() {
    let joined = |separator: &str| Codec::Joined {
        separator: separator.into(),
    };
    // "a" before "aa" would come back as "" before "a…".
    assert!(down(&joined("aa"), r#"["a","b"]"#).is_err());
    assert!(down(&joined("aa"), r#"["b","a"]"#).is_ok());
    assert!(down(&joined("aba"), r#"["ab",""]"#).is_err());
    assert!(down(&joined("aba"), r#"["ba",""]"#).is_ok());
    assert_eq!(up(&joined("aa"), "\"aaa\"").unwrap(), r#"["","a"]"#);
}

proptest! {
    /// Base64 is what the bits say, and every text comes back from it.
    #[test]
    fn base64_agrees_with_the_bits(text in prop_oneof![any::<String>(), "[\"\\\\a\n]{0,9}"]) {
        let encoded = quoted(&encode(&text));
        prop_assert_eq!(down(&Codec::Base64, &quoted(&text)), Ok(encoded.clone()));
        prop_assert_eq!(up(&Codec::Base64, &encoded), Ok(quoted(&text)));
    }

    /// What isn't the base64 of a text is refused: nothing but that text's own base64 says it.
    #[test]
    fn base64_has_one_spelling(text in "[A-Za-z0-9+/]{0,3}[A-Za-z0-9+/=\n_-]{0,6}") {
        if let Ok(decoded) = up(&Codec::Base64, &quoted(&text)) {
            prop_assert_eq!(down(&Codec::Base64, &decoded), Ok(quoted(&text)));
        }
    }

    /// A list is taken exactly when splitting what it is joined to gives the list again.
    #[test]
    fn joined_agrees_with_split(parts in prop::collection::vec("[ab]{0,3}", 0..4), separator in "[ab]{1,4}") {
        let text = parts.join(&separator);
        let comes_back = if text.is_empty() {
            parts.is_empty()
        } else {
            text.split(&separator).eq(parts.iter())
        };
        let expected = comes_back.then(|| quoted(&text));
        let codec = Codec::Joined { separator: separator.into() };
        prop_assert_eq!(down(&codec, &list(&parts)).ok(), expected);
    }

    /// Up, every string is split as the standard library does it.
    #[test]
    fn joined_takes_every_string(text in "[ab]{1,9}", separator in "[ab]{1,4}") {
        let parts: Vec<String> = text.split(&separator).map(str::to_owned).collect();
        let codec = Codec::Joined { separator: separator.into() };
        prop_assert_eq!(up(&codec, &quoted(&text)), Ok(list(&parts)));
    }
}
