//! What a finding says to people: what is wrong and what to do, never the value.

use std::borrow::Cow;

use super::kind::Kind;
use super::report::Code;

impl Kind {
    /// What to do about a finding of this code in a member of this kind.
    pub(crate) fn message(&self, code: Code) -> Cow<'static, str> {
        message(code, Some(self))
    }
}

impl Code {
    /// What to do about a finding of this code in a member that is no known tag.
    pub(crate) fn message(self) -> Cow<'static, str> {
        message(self, None)
    }
}

fn message(code: Code, kind: Option<&Kind>) -> Cow<'static, str> {
    let fixed = match (code, kind) {
        (Code::InvalidEnum, Some(Kind::Enum { words, .. })) => {
            return format!("not a value of this tag: use {}", words.join(", ")).into();
        }
        (Code::InvalidEnum, Some(Kind::List { words })) => {
            return format!(
                "not a list of this tag's values: use {}, separated by ;",
                words.join(", ")
            )
            .into();
        }
        (Code::InvalidEnum, Some(Kind::YesNo { also: Some(word) })) => {
            return format!("not a value of this tag: use yes, no, {word}").into();
        }
        (Code::InvalidEnum, _) => "not a value of this tag: use yes, no",
        (Code::OutOfRange, Some(Kind::Number { min, max })) => {
            return format!("out of range: use a number from {min} to {max}").into();
        }
        (Code::OutOfRange, _) => "out of range: use at most 1000000, in at most 32 digits",
        (Code::InvalidFormat, Some(Kind::Date)) => "not a date: use YYYY, YYYY-MM or YYYY-MM-DD",
        (Code::InvalidFormat, _) => "not an id: use a string that is not empty",
        (Code::TooLong, Some(kind)) => {
            let max = kind.max().unwrap_or_default();
            return format!("too long: use at most {max} characters").into();
        }
        (Code::InvalidType, Some(Kind::Number { .. })) => "wrong type: use a number",
        (Code::InvalidType, Some(Kind::Bool)) => "wrong type: use true or false",
        (Code::InvalidType, Some(Kind::Fee)) => {
            "wrong type: use true or false, in v1 also an amount"
        }
        (Code::InvalidType, Some(Kind::YesNo { .. })) => {
            "wrong type: use \"yes\", \"no\", true or false"
        }
        (Code::InvalidType, Some(Kind::TextOrNumber)) => "wrong type: use a string or a number",
        (Code::InvalidType, _) => "wrong type: use a string",
        (Code::UnusualValue, Some(Kind::Enum { .. })) => {
            "a word of earlier days: its present form is used"
        }
        (Code::UnusualValue, Some(Kind::Fee)) => "a negative amount: taken as 0",
        (Code::UnusualValue, _) => "says nothing: left out",
        (Code::TypeCoercion, _) => "not a string: taken as its JSON text, send it as a string",
        (Code::TypeMismatch, _) => {
            "not a string, as OSM tags are: kept as it is, send it as a string"
        }
        (Code::UnreadableCharge, _) => {
            "not an amount and a currency: kept as it is, write it like 0.50 GBP"
        }
        (Code::UnreadableHours, _) => {
            "not opening hours that we can read: kept as they are, write them like Mo-Fr 09:00-17:00"
        }
        (Code::NullValue, _) => "null: left out, do not send the member",
        (Code::ShadowedAlias, _) => {
            "an alias beside the tag it stands for: the tag is used, send only that"
        }
        (Code::DuplicateMember, _) => "the member is there more than once: send it once",
        (Code::V1Member, _) => "a member of v1: send the OSM tag it stands for",
        (Code::Required, _) => "required: send it",
        _ => code.as_str(),
    };
    Cow::Borrowed(fixed)
}
