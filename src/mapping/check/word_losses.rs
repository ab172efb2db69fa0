//! What values lose: words that become one, fractions of a second, what a hook says.

use serde_json::Value;

use super::super::codec::Codec;
use super::super::definition::{Inner, Literal, Rule};
use super::super::flaws::{Flaw, FlawCode};
use super::super::path::Path;
use super::super::report::Code;
use super::Direction;
use super::judge::{Valid, judge};
use super::losses::Losing;
use super::numbers::equal;
use super::values::{pairs, worded};
use super::view::View;

impl Losing<'_> {
    pub(super) fn inner(
        &mut self,
        path: &Path,
        target: &Path,
        rule: &Rule,
        from: Option<&View<'_>>,
        to: Option<&View<'_>>,
    ) {
        match &rule.inner {
            Some(Inner::Codec(Codec::PosixRfc3339)) if rule.lost.is_some() => {
                let why = rule.lost.clone().unwrap_or_default();
                self.add(Direction::Down, target, Code::LOST, why);
            }
            Some(Inner::Hook(_)) => {
                // The hook reports what it loses; the rule says that it may.
                if let Some(why) = &rule.lost {
                    self.add(Direction::Up, path, Code::LOST, why.clone());
                    self.add(Direction::Down, target, Code::LOST, why.clone());
                }
            }
            Some(Inner::Words(list)) => {
                let (from, to) = if rule.outer.is_some() {
                    (None, None)
                } else {
                    (from, to)
                };
                self.words(Direction::Up, path, path, rule, list, from);
                self.words(Direction::Down, target, path, rule, list, to);
            }
            _ => {}
        }
    }

    /// Values that become one.
    fn words(
        &mut self,
        direction: Direction,
        at: &Path,
        by: &Path,
        rule: &Rule,
        list: &[(Literal, Literal)],
        view: Option<&View<'_>>,
    ) {
        let forth = pairs(list, direction);
        let back = pairs(list, direction.other());
        let comes_back = |value: &Value| equal(&worded(&back, &worded(&forth, value)), value);
        let listed: Vec<Value> = forth.iter().map(|(value, _)| value.clone()).collect();
        let values = view.and_then(View::values);
        let possible = |value: &Value| view.is_none_or(|view| judge(value, view) != Valid::No);
        let mut known: Vec<&Value> = listed.iter().filter(|value| possible(value)).collect();
        known.extend(values.iter().flatten().filter(|value| possible(value)));
        let losing = known.into_iter().find(|value| !comes_back(value));
        let code = Code::LOST;
        if let Some(value) = losing {
            let image = worded(&forth, value);
            let why = format!("{value} becomes {image}, which converts back to a different value");
            self.add(
                direction,
                at,
                code,
                rule.lost.clone().unwrap_or_else(|| why.clone()),
            );
            if rule.lost.is_none() {
                self.flaws.push(Flaw::new(
                    FlawCode::WordsNotOneToOne,
                    by,
                    format!(
                        "in {}, {why}: say in `lost` why that is fine, or map each value to a different one",
                        direction.conversion()
                    ),
                ));
            }
            return;
        }
        // A value in no pair may look like an image of one.
        let images = forth.iter().map(|(_, image)| image);
        if values.is_none()
            && images
                .into_iter()
                .any(|image| possible(image) && !comes_back(image))
        {
            self.add(
                direction,
                at,
                code,
                "a value that isn't listed and that a listed one becomes",
            );
        }
    }
}
