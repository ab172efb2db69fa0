//! What a judgement takes down: findings, where they are, and which values count as their text.

use std::borrow::Cow;

use super::judge::Subject;
use super::{Schema, Tiers, say};
use crate::mapping::definition::Treatment;
use crate::mapping::pointer::push_name;
use crate::mapping::report::{Code, Finding, Severity};
use crate::mapping::tape::{Shape, Value};

/// One step on the way to the value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'t> {
    /// The member's name.
    Member(Value<'t>),
    Element(u64),
}

pub(super) struct Loud<'s, 't> {
    pub(super) schema: &'s Schema,
    pub(super) tiers: &'s Tiers,
    /// The way from the judged value to the present one; text only once there is a finding.
    pub(super) steps: Vec<Step<'t>>,
    /// Where the judged value is in its document.
    pub(super) base: &'s str,
    /// With the value's place on the tape: that is the order.
    pub(super) found: Vec<(u32, Finding)>,
    pub(super) coerced: Vec<u32>,
}

impl<'t> Loud<'_, 't> {
    /// Takes down what is wrong with a value, or with its member `below`, which is missing.
    #[cold]
    pub(super) fn wrong(
        &mut self,
        subject: Subject<'t>,
        below: Option<&str>,
        code: Code,
        message: String,
    ) {
        let severity = match self.treatment(subject.tier) {
            Treatment::Error | Treatment::Coerce => Severity::Error,
            Treatment::Warn => Severity::Warning,
        };
        self.find(subject, below, severity, code, message);
    }

    /// The same, at a pointer below the present value.
    #[cfg(feature = "schema")]
    pub(super) fn wrong_below(
        &mut self,
        subject: Subject<'t>,
        pointer: &str,
        below: Option<&str>,
        code: Code,
        message: String,
    ) {
        let present = self.found.len();
        self.wrong(subject, None, code, message);
        if let Some((_, finding)) = self.found.get_mut(present) {
            finding.path.push_str(pointer);
            if let Some(name) = below {
                push_name(&mut finding.path, name);
            }
        }
    }

    fn find(
        &mut self,
        subject: Subject<'t>,
        below: Option<&str>,
        severity: Severity,
        code: Code,
        message: String,
    ) {
        let mut path = self.pointer();
        if let Some(name) = below {
            push_name(&mut path, name);
        }
        let tier = self
            .tier(subject.tier)
            .map(|name| Cow::Owned(name.to_owned()));
        self.found.push((
            subject.value.at,
            Finding {
                severity,
                code,
                path,
                tier,
                message: message.into(),
            },
        ));
    }

    /// Whether a value of the wrong type counts as its text; takes it down then.
    pub(super) fn coerces(&mut self, subject: Subject<'t>) -> bool {
        let coerces = self.would_coerce(subject);
        if coerces {
            self.find(
                subject,
                None,
                Severity::Warning,
                Code::TYPE_COERCION,
                say::COERCED.to_owned(),
            );
            self.coerced.push(subject.value.at);
        }
        coerces
    }

    pub(super) fn would_coerce(&self, subject: Subject<'t>) -> bool {
        matches!(
            subject.value.shape(),
            Shape::Number | Shape::True | Shape::False
        ) && self.treatment(subject.tier) == Treatment::Coerce
    }

    fn tier(&self, tier: Option<u16>) -> Option<&str> {
        let name = self.schema.tiers.get(usize::from(tier?))?;
        Some(name)
    }

    fn treatment(&self, tier: Option<u16>) -> Treatment {
        self.tier(tier)
            .map_or(Treatment::Error, |name| self.tiers.treatment(name))
    }

    /// The JSON pointer of the present value.
    pub(super) fn pointer(&self) -> String {
        let mut path = self.base.to_owned();
        for step in &self.steps {
            match step {
                Step::Member(key) => push_name(&mut path, &key.string().unwrap_or_default()),
                Step::Element(index) => {
                    path.push('/');
                    path.push_str(&index.to_string());
                }
            }
        }
        path
    }
}
