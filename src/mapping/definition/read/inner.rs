//! What a rule does with a value: words, a codec and its arguments, or a hook.

use super::place::{Object, Place};
use crate::mapping::codec::{Codec, NAMES};
use crate::mapping::definition::Inner;
use crate::mapping::flaws::FlawCode;

/// Arguments of codecs; each codec takes some of them.
pub(super) const ARGUMENTS: &[&str] = &["by", "text", "separator"];

pub(super) fn inner(place: &mut Place<'_>, object: &mut Object<'_>) -> Option<Inner> {
    let codec = codec(place, object);
    if let Some(raw) = object.take("words") {
        let pairs = place.elements("`words`", raw)?;
        if pairs.is_empty() {
            place.unreadable("`words` needs a pair");
        }
        let mut words = Vec::new();
        for pair in pairs {
            match place.elements("a pair of `words`", pair).as_deref() {
                Some([from, to]) => {
                    let from = place.literal("a value of `words`", from);
                    let to = place.literal("a value of `words`", to);
                    words.extend(from.zip(to));
                }
                Some(_) => place.unreadable("each of `words` must be a pair: [in from, in to]"),
                None => {}
            }
        }
        return Some(Inner::Words(words));
    }
    if let Some(raw) = object.take("hook") {
        return place.text("`hook`", raw).map(Inner::Hook);
    }
    codec.map(Inner::Codec)
}

fn codec(place: &mut Place<'_>, object: &mut Object<'_>) -> Option<Codec> {
    let arguments: Vec<(&str, &str)> = ARGUMENTS
        .iter()
        .filter_map(|key| Some((*key, object.take(key)?.get())))
        .collect();
    let Some(raw) = object.take("codec") else {
        for (key, _) in arguments {
            place.flaw(
                FlawCode::UnknownName,
                format!("`{key}` is for a rule with `codec`"),
            );
        }
        return None;
    };
    let name = place.text("`codec`", raw)?;
    if !NAMES.contains(&name.as_str()) {
        place.unknown("codec", &name, &NAMES);
        return None;
    }
    let argument = |key: &str| {
        let found = arguments.iter().find(|(known, _)| *known == key);
        found.map(|(_, json)| *json)
    };
    Codec::named(&name, &argument)
        .map_err(|reason| place.flaw(FlawCode::UnknownName, reason))
        .ok()
}
