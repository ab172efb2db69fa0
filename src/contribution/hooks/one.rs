//! Values that are respelled by themselves: bools of yes/no tags, names, words of earlier days; and numbers in a range.

use smallvec::SmallVec;

use super::{Values, say, unsaid, value};
use crate::contribution::kind::{Kind, Normal, trimmed};
use crate::contribution::number::{self, Number};
use crate::contribution::report::Code;
use crate::mapping::{Call, Finding, Hook, Outputs, RawJson, Rule};

/// A hook of one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct One(Kind);

impl One {
    /// The hook of this kind, if its values need one.
    pub(crate) fn of(kind: &Kind) -> Option<Self> {
        let needs = matches!(
            kind,
            Kind::Number { .. }
                | Kind::YesNo { .. }
                | Kind::Name
                | Kind::Enum {
                    earlier: Some(_),
                    ..
                }
        );
        needs.then_some(Self(*kind))
    }

    pub(crate) fn name(&self) -> String {
        match self.0 {
            Kind::Number { max, .. } => format!("within {max}"),
            Kind::YesNo { .. } => "yes or no".to_owned(),
            Kind::Name => "trimmed".to_owned(),
            _ => "words of earlier days".to_owned(),
        }
    }

    pub(crate) fn rule(&self) -> Rule {
        Rule::new().hook(&self.name())
    }

    fn normal(&self, value: RawJson<'_>, out: &mut Outputs<'_>) {
        let kind = &self.0;
        match kind {
            Kind::Number { min, max } => {
                let is_within = |number: Number<'_>| number::within(number, *min, *max);
                if value.number().is_some() && !is_within(Number::of(value)) {
                    say(out, "", kind, Code::OutOfRange);
                }
                out.keep(0, 0);
            }
            Kind::YesNo { .. } => yes_no(value, out),
            Kind::Enum {
                words,
                earlier: Some(earlier),
            } if value.says(earlier) => {
                say(out, "", kind, Code::UnusualValue);
                out.set_string(0, words.first().copied().unwrap_or_default());
            }
            Kind::Name => {
                let mut room = SmallVec::new();
                let Some(text) = value.string_in(&mut room) else {
                    return out.keep(0, 0);
                };
                match trimmed(text) {
                    Normal::Dropped => say(out, "", kind, Code::UnusualValue),
                    Normal::Part(part) => {
                        measure(out, "", kind, part);
                        out.set_string(0, part);
                    }
                    _ => {
                        measure(out, "", kind, text);
                        out.keep(0, 0);
                    }
                }
            }
            _ => out.keep(0, 0),
        }
    }
}

/// A bool of a yes/no tag is written as the word.
pub(super) fn yes_no(value: RawJson<'_>, out: &mut Outputs<'_>) {
    match value.bool() {
        Some(true) => out.set_string(0, "yes"),
        Some(false) => out.set_string(0, "no"),
        None => out.keep(0, 0),
    }
}

/// Reports a text that is too long in the form in which it is stored; whether it was.
pub(super) fn measure(out: &mut Outputs<'_>, path: &'static str, kind: &Kind, text: &str) -> bool {
    let is_long = kind.is_too_long(text);
    if is_long {
        say(out, path, kind, Code::TooLong);
    }
    is_long
}

impl Hook for One {
    fn up(
        &self,
        values: Values<'_, '_>,
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        if let Some(value) = value(values, 0) {
            self.normal(value, out);
        }
        Ok(())
    }

    /// v1 does not say that it knows nothing.
    fn down(
        &self,
        values: Values<'_, '_>,
        call: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let Some(value) = value(values, 0) else {
            return Ok(());
        };
        if let Kind::Enum {
            earlier: Some(earlier),
            ..
        } = &self.0
        {
            let unknown = value.says("unknown");
            // What was assumed under one policy may have been respelled since.
            if unknown || value.says(earlier) && call.is_assumed("/access") {
                match unknown {
                    true => unsaid(out, ""),
                    false => say(out, "", &self.0, Code::UnusualValue),
                }
                return Ok(());
            }
        }
        self.normal(value, out);
        Ok(())
    }

    fn settle(
        &self,
        values: Values<'_, '_>,
        call: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        self.up(values, call, out)
    }

    fn keeps_to_schema(&self) -> bool {
        true
    }
}
