//! No silent loss, and bytes that stay: every value of the input against the output, by where the rules send it.

use super::broken::Law;
use super::places::Places;
use super::read::{Document, Step, has_twins, pointer};
use super::trial::Fault;
use crate::mapping::tape::{Shape, Value};

/// Whether each value of the input is in the output, or at or below one of the reported places.
pub(super) fn check(
    places: &Places,
    input: &Document,
    output: &Document,
    reported: &[Vec<Step>],
    defaults: &[Vec<Step>],
) -> Result<(), Fault> {
    let walk = Walk {
        places,
        output,
        reported,
        defaults,
    };
    walk.value(None, input.root(), &mut Vec::new())
}

struct Walk<'a> {
    places: &'a Places,
    output: &'a Document,
    reported: &'a [Vec<Step>],
    /// Where the output has a default.
    defaults: &'a [Vec<Step>],
}

impl Walk<'_> {
    /// No deeper than a document can be.
    fn value(
        &self,
        name: Option<Value<'_>>,
        value: Value<'_>,
        steps: &mut Vec<Step>,
    ) -> Result<(), Fault> {
        let is_reported = self.reported.iter().any(|spot| steps.starts_with(spot));
        if is_reported {
            return Ok(());
        }
        // The document itself is always entered. In an object that has a name twice, a name is no place.
        let is_entered = (steps.is_empty() || self.places.leads_to_a_rule(steps))
            && !has_twins(
                value
                    .members()
                    .map(|(name, _)| name.string().unwrap_or_default()),
            );
        let mut empty = true;
        if is_entered {
            for (name, member) in value.members() {
                empty = false;
                steps.push(Step::Name(name.string().unwrap_or_default().into_owned()));
                self.value(Some(name), member, steps)?;
                steps.pop();
            }
            for (index, element) in value.elements().enumerate() {
                empty = false;
                steps.push(Step::Index(index));
                self.value(None, element, steps)?;
                steps.pop();
            }
        }
        if empty {
            self.whole(name, value, is_entered, steps)
        } else {
            Ok(())
        }
    }

    /// A value that no rule enters, a scalar, or an empty container.
    fn whole(
        &self,
        name: Option<Value<'_>>,
        value: Value<'_>,
        is_entered: bool,
        steps: &[Step],
    ) -> Result<(), Fault> {
        let mut tags = self.places.ends.iter().flat_map(|end| &end.tags);
        if tags.any(|tag| self.places.is_below(tag, steps)) {
            return Ok(());
        }
        let readers = self.places.readers(steps);
        let moved = self.moved_up(steps);
        let mut other_text = None;
        for (end, length) in &readers {
            for place in &end.write {
                if end.turned {
                    let image = self.places.with(place, &moved, moved.len());
                    if self.output.at(&image).is_some() {
                        return Ok(());
                    }
                    continue;
                }
                let image = self.places.with(place, &moved, *length);
                // A member that a rule sends elsewhere gets its name written anew.
                let name = name.filter(|_| moved.len() > *length);
                if self.same(name, value, &moved, &image, is_entered, &mut other_text) {
                    return Ok(());
                }
            }
        }
        let image = self.places.image(&moved);
        for image in [&image, &moved] {
            if self.same(name, value, &moved, image, is_entered, &mut other_text) {
                return Ok(());
            }
        }
        let law = match other_text {
            Some(_) if readers.is_empty() => Law::Unmentioned,
            _ => Law::NoSilentLoss,
        };
        let what = match other_text {
            Some(text) => format!("the output has {text} for {}", value.text()),
            None => "neither in the output nor in the report".to_owned(),
        };
        Err(Fault {
            law,
            path: pointer(steps),
            rule: readers.first().map(|(end, _)| end.rule.clone()),
            what,
            output: None,
        })
    }

    /// Whether the output has this value there, by its bytes, and under this spelling of its name.
    fn same(
        &self,
        name: Option<Value<'_>>,
        value: Value<'_>,
        steps: &[Step],
        image: &[Step],
        is_entered: bool,
        other_text: &mut Option<String>,
    ) -> bool {
        let Some((found_name, found)) = self.output.at(image) else {
            return false;
        };
        let is_container = matches!(value.shape(), Shape::Object | Shape::Array);
        let is_default = |name: Value<'_>| {
            let name = name.string().unwrap_or_default();
            let last = Step::Name(name.into_owned());
            let mut defaults = self.defaults.iter().filter_map(|place| place.split_last());
            defaults.any(|(end, parent)| *end == last && parent == image)
        };
        // An empty container that a rule's path enters is written without spaces, and may get defaults.
        let same_value = if is_entered && is_container {
            let is_empty = found.elements().next().is_none();
            found.shape() == value.shape()
                && is_empty
                && found.members().all(|(name, _)| is_default(name))
        } else {
            found.text() == value.text()
        };
        let same_name = match (name, found_name) {
            (Some(name), Some(found)) if steps.last() == image.last() => {
                name.text() == found.text()
            }
            _ => true,
        };
        if !(same_value && same_name) {
            let spelled = found_name.map_or(String::new(), |name| format!("{}: ", name.text()));
            *other_text = Some(spelled + found.text());
        }
        same_value && same_name
    }

    /// The steps with the indices that are left when elements before them were left out.
    fn moved_up(&self, steps: &[Step]) -> Vec<Step> {
        let mut moved = steps.to_vec();
        for (at, step) in steps.iter().enumerate() {
            let Step::Index(index) = step else { continue };
            let around = &steps[..at];
            let mut thinned = self.places.ends.iter().filter(|end| end.thins);
            if !thinned.any(|end| {
                end.read
                    .iter()
                    .any(|path| path.0.len() == at && self.places.is_below(path, around))
            }) {
                continue;
            }
            let before = self.reported.iter().filter(|spot| {
                spot.len() == at + 1
                    && spot.starts_with(around)
                    && matches!(spot.last(), Some(Step::Index(gone)) if gone < index)
            });
            if let Some(step) = moved.get_mut(at) {
                *step = Step::Index(index - before.count().min(*index));
            }
        }
        moved
    }
}
