//! Patterns are read as ECMA-262 has them, and both ways of matching agree.

use proptest::prelude::*;

use super::{Pattern, translate};

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
        "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(a)\\1", "\\p{L}", "\\k<a>", "(?i)a", "a**", "*",
        "a{,2}", "a{", "[b-a]", "[a-\\d]", "[\\d-a]", "(", ")", "[a", "\\", "\\a", "\\Z",
        "\\ud83d", "a]", "\\u12",
    ] {
        assert!(Pattern::new(pattern).is_err(), "{pattern}");
    }
}

proptest! {
    /// Law: where a text is ASCII, following positions says what `regex-lite` says.
    #[test]
    fn both_ways_of_matching_agree(
        pattern in "\\^?([ab.]|\\[\\^?[a-c]\\]|\\((a|b|ab[?]|[|]b|a|b[*])\\)|[ab]([*+?]|\\{[0-2](,3)?\\})|\\(a\\|b[+?]c\\)(\\*|\\{1,2\\})?){0,5}\\$?",
        texts in prop::collection::vec("[a-c]{0,6}", 8),
    ) {
        if let Ok(pattern) = Pattern::new(&pattern) {
            prop_assert!(pattern.positions.is_some());
            for text in texts {
                prop_assert_eq!(pattern.is_in(&text), pattern.regex.is_match(&text), "{}", text);
            }
        }
    }
}

#[test]
fn patterns_that_are_too_long_or_look_at_edges_are_left_to_regex_lite() {
    for (pattern, here) in [
        ("^[a-z]{2,3}(-[A-Z]{2})?$", true),
        ("^.{64}$", true),
        ("^.{65}$", false),
        ("^a|b", false),
        ("\\ba", false),
        ("(^a)", false),
    ] {
        assert_eq!(
            Pattern::new(pattern).unwrap().positions.is_some(),
            here,
            "{pattern}"
        );
    }
    assert!(translate("a{1000000000000}").is_err());
}
