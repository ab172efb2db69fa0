//! Codecs by name and argument.

use super::*;

fn named(name: &str, arguments: &[(&str, &'static str)]) -> Result<Codec, String> {
    let argument = |wanted: &str| {
        let found = arguments.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, text)| *text)
    };
    Codec::named(name, &argument)
}

#[test]
fn every_codec_has_a_name_and_comes_back_from_it() {
    let mut names: Vec<_> = codecs().iter().map(Codec::name).collect();
    for codec in codecs() {
        let argument = codec.argument();
        let given = |wanted: &str| {
            let (name, text) = argument.as_ref()?;
            (*name == wanted).then_some(text.as_str())
        };
        assert_eq!(Codec::named(codec.name(), &given), Ok(codec));
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, NAMES);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    for (name, arguments, expected) in [
        (
            "posix",
            vec![],
            "there is no codec \"posix\": use one of \"base64\", \"integer\", ",
        ),
        ("scale", vec![], "codec \"scale\" needs `by`: an integer"),
        (
            "scale",
            vec![("by", "0")],
            "codec \"scale\" needs `by`: an integer",
        ),
        (
            "scale",
            vec![("by", "1.5")],
            "codec \"scale\" needs `by`: an integer",
        ),
        (
            "scale",
            vec![("by", "\"2\"")],
            "codec \"scale\" needs `by`: an integer",
        ),
        (
            "scale",
            vec![("by", "401")],
            "codec \"scale\" needs `by`: an integer",
        ),
        (
            "scale",
            vec![("by", "-2147483648")],
            "codec \"scale\" needs `by`: an integer",
        ),
        (
            "scale",
            vec![("by", "2"), ("text", "\"x\"")],
            "codec \"scale\" has no `text`",
        ),
        ("prefix", vec![], "codec \"prefix\" needs `text`: a string"),
        (
            "prefix",
            vec![("text", "1")],
            "codec \"prefix\" needs `text`: a string",
        ),
        (
            "joined",
            vec![("separator", "\"\"")],
            "codec \"joined\" needs `separator`: a string",
        ),
        (
            "joined",
            vec![("text", "\";\"")],
            "codec \"joined\" needs `separator`: a string",
        ),
        (
            "base64",
            vec![("by", "2")],
            "codec \"base64\" has no `by`: remove it",
        ),
    ] {
        let error = named(name, &arguments).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
    assert_eq!(named("scale", &[("by", "-2")]), Ok(Codec::Scale { by: -2 }));
}
