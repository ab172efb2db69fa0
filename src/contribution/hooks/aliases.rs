//! Members that v1 calls otherwise. When a payload has both, the tag wins, and the alias is reported.

use smallvec::SmallVec;

use super::one::{measure, yes_no};
use super::{Values, say, say_of, unsaid, value};
use crate::contribution::hours;
use crate::contribution::kind::{Kind, Normal};
use crate::contribution::report::Code;
use crate::mapping::{Call, Finding, Hook, Outputs, RawJson};

const ALIAS: usize = 0;
const TAG: usize = 1;

/// `accessible`, a bool, is `wheelchair` yes or no. v1 does not say that it knows nothing.
pub(crate) struct Accessible;

impl Hook for Accessible {
    fn up(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        match (value(values, ALIAS), value(values, TAG)) {
            (alias, Some(_)) => {
                if alias.is_some() {
                    say_of(out, "accessible", "/accessible", Code::ShadowedAlias);
                }
                out.keep(0, TAG);
            }
            (Some(alias), None) => yes_no(alias, out),
            (None, None) => {}
        }
        Ok(())
    }

    fn down(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        match value(values, 0) {
            Some(tag) if tag.says("yes") => out.set_bool(ALIAS, true),
            Some(tag) if tag.says("no") => out.set_bool(ALIAS, false),
            Some(tag) if tag.says("unknown") => unsaid(out, "/wheelchair"),
            _ => out.keep(TAG, 0),
        }
        Ok(())
    }

    fn keeps_to_schema(&self) -> bool {
        true
    }
}

/// `payment_contactless`, a bool, is the tag `payment:contactless`. It goes back under the tag's name.
pub(crate) struct Contactless;

impl Hook for Contactless {
    fn up(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let (alias, tag) = (value(values, ALIAS), value(values, TAG));
        if let (Some(_), Some(_)) = (alias, tag) {
            let (name, path) = ("payment_contactless", "/payment_contactless");
            say_of(out, name, path, Code::ShadowedAlias);
        }
        match (alias, tag) {
            (_, Some(tag)) if tag.bool().is_none() => out.keep(0, TAG),
            (_, Some(value)) | (Some(value), None) => yes_no(value, out),
            (None, None) => {}
        }
        Ok(())
    }

    fn down(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        match value(values, 0).and_then(|tag| tag.bool()) {
            Some(true) => out.set_string(TAG, "yes"),
            Some(false) => out.set_string(TAG, "no"),
            None => out.keep(TAG, 0),
        }
        Ok(())
    }

    fn settle(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        if let Some(tag) = value(values, 0) {
            yes_no(tag, out);
        }
        Ok(())
    }

    fn keeps_places(&self) -> bool {
        true
    }

    fn keeps_to_schema(&self) -> bool {
        true
    }
}

/// `hours` is `opening_hours` in v1's words. A value that v1 would read as another one stays under the tag's name.
pub(crate) struct Hours;

impl Hours {
    fn tag(tag: RawJson<'_>, out: &mut Outputs<'_>) {
        // One that is too long has its finding from the schema.
        if tag
            .string_in(&mut SmallVec::new())
            .is_some_and(|text| !Kind::Hours.is_too_long(text) && !hours::readable(text))
        {
            say_of(
                out,
                "opening_hours",
                "/opening_hours",
                Code::UnreadableHours,
            );
        }
    }

    fn alias(alias: RawJson<'_>, is_shadowed: bool, out: &mut Outputs<'_>) {
        let kind = &Kind::HoursWords;
        let mut room = SmallVec::new();
        let Some(text) = alias.string_in(&mut room) else {
            return out.keep(0, ALIAS);
        };
        let normal = hours::of_v1(text);
        let stored = match normal {
            Normal::Dropped => {
                if !is_shadowed {
                    say(out, "/hours", kind, Code::UnusualValue);
                }
                return;
            }
            Normal::Part(part) => part,
            Normal::Same | Normal::Built(_) => text,
        };
        if !measure(out, "/hours", kind, stored) && !is_shadowed && !hours::readable(stored) {
            say(out, "/hours", kind, Code::UnreadableHours);
        }
        match normal {
            Normal::Part(part) => out.set_string(0, part),
            _ => out.keep(0, ALIAS),
        }
    }
}

impl Hook for Hours {
    fn up(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let (alias, tag) = (value(values, ALIAS), value(values, TAG));
        if let Some(alias) = alias {
            Self::alias(alias, tag.is_some(), out);
        }
        if let Some(tag) = tag {
            if alias.is_some() {
                say_of(out, "hours", "/hours", Code::ShadowedAlias);
            }
            Self::tag(tag, out);
            out.keep(0, TAG);
        }
        Ok(())
    }

    fn down(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let Some(tag) = value(values, 0) else {
            return Ok(());
        };
        Self::tag(tag, out);
        let mut room = SmallVec::new();
        let text = tag.string_in(&mut room).unwrap_or_default();
        match hours::unwords(text) {
            _ if text == "unknown" => unsaid(out, "/opening_hours"),
            Some(back) => out.set_string(ALIAS, back),
            None => out.keep(TAG, 0),
        }
        Ok(())
    }

    fn settle(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        if let Some(tag) = value(values, 0) {
            Self::tag(tag, out);
            out.keep(0, 0);
        }
        Ok(())
    }

    fn keeps_to_schema(&self) -> bool {
        true
    }
}
