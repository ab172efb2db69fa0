//! A number and a text against a node.

use super::judge::{Pass, Subject};
use super::node::{Number, Text};
use super::say;
use crate::mapping::report::Code;

impl<'t> Pass<'_, 't> {
    pub(super) fn number(&mut self, number: &Number, subject: Subject<'t>) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let text = subject.value.text();
        let bounds = [
            (&number.minimum, &[Equal, Greater][..], "at least"),
            (&number.maximum, &[Equal, Less], "at most"),
            (&number.above, &[Greater], "greater than"),
            (&number.below, &[Less], "less than"),
        ];
        for (bound, good, words) in bounds {
            if let Some(bound) = bound {
                if !good.contains(&bound.compared(text))
                    && !self.wrong(subject, Code::OUT_OF_RANGE, || {
                        say::bound(words, &bound.text)
                    })
                {
                    return false;
                }
            }
        }
        number.multiple_of.as_ref().is_none_or(|divisor| {
            divisor.divides_number(text)
                || self.wrong(subject, Code::OUT_OF_RANGE, || {
                    say::bound("a multiple of", &divisor.text)
                })
        })
    }

    pub(super) fn text(&mut self, text: &Text, subject: Subject<'t>) -> bool {
        let said;
        let value = if subject.as_text {
            subject.value.text()
        } else {
            said = subject.value.string().unwrap_or_default();
            &said
        };
        // A character has one to four bytes: mostly they needn't be counted.
        let bytes = value.len() as u64;
        if bytes / 4 < text.min || bytes > text.max {
            let count = value.chars().count() as u64;
            if count < text.min
                && !self.wrong(subject, Code::TOO_SHORT, || {
                    say::least(text.min, "character")
                })
            {
                return false;
            }
            if count > text.max
                && !self.wrong(subject, Code::TOO_LONG, || say::most(text.max, "character"))
            {
                return false;
            }
        }
        if let Some(pattern) = &text.pattern {
            if !pattern.is_in(value)
                && !self.wrong(subject, Code::INVALID_FORMAT, || {
                    say::pattern(&pattern.source)
                })
            {
                return false;
            }
        }
        text.format.is_none_or(|format| {
            format.has(value)
                || self.wrong(subject, Code::INVALID_FORMAT, || format.wanted().to_owned())
        })
    }
}
