//! The round trip: a converted document goes back, and is held against the one that went.

use super::broken::Law;
use super::read::{Document, Step, tree};
use super::round::{self, differences, thin};
use super::trial::{Done, Fault, Trial};
use crate::mapping::call::Side;
use crate::mapping::compare::Difference;
use crate::mapping::definition::{Inner, Rule};
use crate::mapping::path::Segment;
use crate::mapping::report::{Code, Report};
use crate::mapping::samples::tree::Tree;

impl Trial<'_> {
    /// The way back, against the document that went.
    pub(super) fn back(
        &self,
        side: Side,
        input: &Document,
        output: &Document,
        done: &Done,
        mut reported: Vec<Vec<Step>>,
    ) -> Result<(), Fault> {
        let back = match self.convert(side.other(), &done.bytes, done.report.assumed())? {
            Ok(back) => back,
            // What was lost may be what the other side requires.
            Err(_) if !reported.is_empty() => return Ok(()),
            Err(refused) => {
                return self
                    .refusal(side.other(), &done.bytes, &Report::default(), &refused)
                    .map_err(|fault| Fault {
                        law: Law::RoundTrip,
                        what: format!("converting back: {}", fault.what),
                        ..fault
                    });
            }
        };
        let (Some(mut before), Some(after)) = (tree(input.bytes()), tree(&back.bytes)) else {
            return Err(Fault::new(
                Law::RoundTrip,
                "",
                "what came back is invalid JSON",
            ));
        };
        // Elements that were left out on the way there, then those left out on the way back.
        thin(&mut before, Some(&after), &mut reported, &mut Vec::new());
        if side == Side::To {
            // What a downgrade stands in with isn't given back: it stays on the way up.
            for finding in done
                .report
                .warnings()
                .filter(|one| self.is(one, &Code::ASSUMED))
            {
                let place = output.steps(finding.path());
                reported.push(self.places(side.other()).image(&place));
            }
        }
        for finding in back.report.warnings() {
            // A stand-in's place is one of the document that came back.
            reported.push(if self.is(finding, &Code::ASSUMED) {
                input.steps(finding.path())
            } else {
                self.places(side.other())
                    .image(&output.steps(finding.path()))
            });
        }
        thin(&mut before, Some(&after), &mut reported, &mut Vec::new());
        for other in self.unlike(side, &before, &after, &back)? {
            let is_reported = reported.iter().any(|spot| other.steps.starts_with(spot));
            if is_reported || self.is_moved_home(side, &before, &after, &other) {
                continue;
            }
            return Err(Fault {
                rule: self
                    .places(side)
                    .readers(&other.steps)
                    .first()
                    .map(|(end, _)| end.rule.clone()),
                ..Fault::new(Law::RoundTrip, other.path(), other.what())
            });
        }
        Ok(())
    }

    /// Where the document that came back differs. Of the newer version, what a codec reads alike is alike.
    fn unlike(
        &self,
        side: Side,
        before: &Tree,
        after: &Tree,
        back: &Done,
    ) -> Result<Vec<round::Other>, Fault> {
        let mut found = differences(before, after);
        if side == Side::To && !found.is_empty() {
            let call = &self.call;
            let mut older = Vec::new();
            let down =
                |document: &[u8], out: &mut Vec<u8>| self.mapping.downgrade(document, call, out);
            if down(&back.bytes, &mut older).is_ok() {
                if let Ok(same) = self.mapping.compare(&older, before.text().as_bytes(), call) {
                    let places: Vec<&str> = same.iter().map(Difference::path).collect();
                    found.retain(|other| {
                        let path = other.path();
                        places.iter().any(|place| {
                            path.strip_prefix(place)
                                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                        })
                    });
                }
            }
        }
        if side == Side::From && found.iter().any(|other| self.is_hooked(&other.steps)) {
            // A hook may give a value back in another spelling or under another name: they are alike when they upgrade alike.
            let (one, two) = (before.text(), &back.bytes);
            let sides = ((side, one.as_bytes()), (side, &two[..]));
            let same = self.mapping.compare_sides(sides.0, sides.1, &self.call);
            if same.is_ok_and(|differences| differences.is_empty()) {
                found.retain(|other| !self.is_hooked(&other.steps));
            }
        }
        Ok(found)
    }

    /// Whether a hook reads or writes this place of `from`.
    fn is_hooked(&self, steps: &[Step]) -> bool {
        let definition = self.mapping.definition();
        let groups = definition.hooks.iter().flat_map(|hook| &hook.from);
        let rules = definition.rules.iter().filter_map(|(path, rules)| {
            let is_hook = |rule: &Rule| matches!(rule.inner, Some(Inner::Hook(_)));
            rules.iter().any(is_hook).then_some(path)
        });
        groups.chain(rules).any(|path| {
            path.0.len() <= steps.len()
                && path
                    .0
                    .iter()
                    .zip(steps)
                    .all(|(segment, step)| match (segment, step) {
                        (Segment::Each, Step::Index(_)) => true,
                        (Segment::Name(name), Step::Name(step)) => **name == **step,
                        _ => false,
                    })
        })
    }

    /// What stood at an older place, or at the other version's, comes back at its own.
    fn is_moved_home(&self, side: Side, before: &Tree, after: &Tree, other: &round::Other) -> bool {
        let places = self.places(side);
        let holds = |tree: &Tree, path| places.find(tree, path, &other.steps).is_some();
        places.ends.iter().any(|end| {
            let Some((own, others)) = end.read.split_first() else {
                return false;
            };
            let came = places.is_below(own, &other.steps)
                && others
                    .iter()
                    .any(|place| holds(before, place) && !holds(after, place));
            let went = others
                .iter()
                .any(|place| places.is_below(place, &other.steps))
                && holds(after, own);
            came || went
        })
    }
}
