//! What a rule does with a value: words, a codec and its arguments, or a hook.

use super::place::{Object, Place};
use crate::mapping::codec::Codec;
use crate::mapping::definition::Inner;
use crate::mapping::flaws::FlawCode;

/// Arguments of codecs; each codec takes some of them.
pub(super) const ARGUMENTS: &[&str] = &["by", "text", "separator"];

pub(super) fn inner(place: &mut Place<'_>, object: &mut Object<'_>) -> Option<Inner> {
    let codec = codec(place, object);
    if let Some(raw) = object.take("words") {
        let mut words = Vec::new();
        for pair in place.elements("`words`", raw) {
            match <[_; 2]>::try_from(place.literals("a pair of `words`", pair)) {
                Ok([from, to]) => words.push((from, to)),
                Err(_) => place.unreadable("each of `words` must be a pair: [in from, in to]"),
            }
        }
        if words.is_empty() {
            place.unreadable("`words` needs a pair");
        }
        return Some(Inner::Words(words));
    }
    if let Some(raw) = object.take("hook") {
        return place.text("`hook`", raw).map(Inner::Hook);
    }
    codec.map(Inner::Codec)
}

fn codec(place: &mut Place<'_>, object: &mut Object<'_>) -> Option<Codec> {
    let codec = object.take("codec");
    let name = codec.and_then(|raw| place.text("`codec`", raw));
    let found = name.as_deref().and_then(|name| named(place, name, object));
    // A codec that couldn't be read may well have arguments.
    if codec.is_none() || found.is_some() {
        for key in object.have(ARGUMENTS) {
            let reason = match &name {
                Some(name) => format!("the codec {name:?} takes no `{key}`: leave it out"),
                None => format!("`{key}` is for a rule with `codec`"),
            };
            place.flaw(FlawCode::UnknownName, reason);
        }
    }
    found
}

fn named(place: &mut Place<'_>, name: &str, object: &mut Object<'_>) -> Option<Codec> {
    let mut missing = |place: &mut Place<'_>, key: &str| {
        let found = object.take(key);
        if found.is_none() {
            place.flaw(
                FlawCode::UnknownName,
                format!("the codec {name:?} needs `{key}`"),
            );
        }
        found
    };
    Some(match name {
        "posix-rfc3339" => Codec::PosixRfc3339,
        "scale" => {
            let by = missing(place, "by")?;
            Codec::Scale {
                by: place.integer("`by`", by)?,
            }
        }
        "integer" => Codec::Integer,
        "number-string" => Codec::NumberString,
        "prefix" => {
            let text = missing(place, "text")?;
            Codec::Prefix {
                text: place.text("`text`", text)?.into(),
            }
        }
        "joined" => {
            let separator = missing(place, "separator")?;
            Codec::Joined {
                separator: place.text("`separator`", separator)?.into(),
            }
        }
        "base64" => Codec::Base64,
        _ => {
            place.unknown("codec", name, CODECS);
            return None;
        }
    })
}

const CODECS: &[&str] = &[
    "posix-rfc3339",
    "scale",
    "integer",
    "number-string",
    "prefix",
    "joined",
    "base64",
];
