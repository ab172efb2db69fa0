//! The words v1 had for opening hours, and the way back.

/// What the text of a v1 `hours` member says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// The text is the `opening_hours` value itself.
    Kept,
    /// The text is a word for this `opening_hours` value.
    Mapped(&'static str),
    /// The text says nothing about the hours: it is empty, or it is `custom`, the form's pointer to
    /// a field that v1 payloads do not have.
    Dropped,
}

/// Reads the text of `hours`, already trimmed of Unicode White_Space. Words match exactly, case
/// included. Where they come from: `docs/hours.md`.
pub(crate) fn words(trimmed: &str) -> Words {
    match trimmed {
        "dawn to dusk" | "dawn_to_dusk" => Words::Mapped("sunrise-sunset"),
        "business" => Words::Mapped("Mo-Fr 09:00-17:00"),
        "" | "custom" => Words::Dropped,
        _ => Words::Kept,
    }
}

/// The `hours` text that [`words`] turns back into exactly `opening_hours`.
///
/// `None` when there is none, because `hours` would trim, map or drop it: such a value has to stay
/// under its OSM name. `Mo-Fr 09:00-17:00` comes back as itself, not as `business`, which is a word
/// nobody needs to read.
pub(crate) fn unwords(opening_hours: &str) -> Option<&str> {
    if opening_hours == "sunrise-sunset" {
        return Some("dawn to dusk");
    }
    let survives =
        opening_hours.trim().len() == opening_hours.len() && words(opening_hours) == Words::Kept;
    survives.then_some(opening_hours)
}
