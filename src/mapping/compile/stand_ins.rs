//! Stand-ins: what is written at the end of a scope when nothing else is.

use super::build::{Build, scope};
use super::program::{ByPolicy, StandIn, Way};
use crate::mapping::definition as def;
use crate::mapping::json::OwnedJson;
use crate::mapping::path::{Path, Segment};

impl Build<'_> {
    pub(super) fn by_policy(&self, stand_in: &def::StandIn) -> Option<ByPolicy> {
        match stand_in {
            def::StandIn::Nothing => None,
            def::StandIn::Always(literal) => Some(ByPolicy::Always(OwnedJson::of(literal))),
            def::StandIn::By(by) => Some(ByPolicy::Some(
                self.definition
                    .policies
                    .iter()
                    .map(|policy| {
                        let found = by.iter().find(|(known, _)| known == policy);
                        found.map(|(_, literal)| OwnedJson::of(literal))
                    })
                    .collect(),
            )),
        }
    }

    pub(super) fn stand_ins(&mut self) {
        let definition = self.definition;
        let mut all: Vec<(String, Path, ByPolicy, bool)> = Vec::new();
        for (path, alternatives) in &definition.rules {
            for rule in alternatives {
                let (write, by, listed) = match self.way {
                    Way::Up => (
                        self.images.target(path, rule),
                        self.by_policy(&rule.absent),
                        true,
                    ),
                    Way::Down => {
                        let by = rule
                            .absent_down
                            .as_ref()
                            .map(|it| ByPolicy::Always(OwnedJson::of(it)));
                        (path.clone(), by, false)
                    }
                    Way::Settle | Way::Dialect => return,
                };
                if let Some(by) = by {
                    all.push((path.to_string(), write, by, listed));
                }
            }
        }
        if self.way == Way::Up {
            for (path, rule) in &definition.added {
                if let Some(by) = self.by_policy(&rule.absent) {
                    all.push((path.to_string(), path.clone(), by, true));
                }
            }
        }
        let last = match self.way {
            Way::Down => &definition.from.last,
            _ => &definition.to.last,
        };
        let rank = |write: &Path| {
            last.iter()
                .position(
                    |name| matches!(write.0.as_slice(), [Segment::Name(only)] if **only == **name),
                )
                .map_or(0, |at| at + 1)
        };
        all.sort_by(|a, b| (rank(&a.1), &a.0).cmp(&(rank(&b.1), &b.0)));
        for (_, write, by, listed) in all {
            let around = scope(&write);
            let Some((last, through)) = write.behind(&around).and_then(<[_]>::split_last) else {
                continue;
            };
            let Some(keys) = self.through(&around, through) else {
                continue;
            };
            let Segment::Name(last) = last else { continue };
            let key = self.key(last);
            // What stands on the way is looked into, so that it can be appended to.
            let parent = self.origin(&write.parent().unwrap_or_default());
            self.place(&parent);
            // So is the same object under the name of the other version, where that is kept.
            if let (Some(outside), Some(last)) = (
                write.parent().and_then(|parent| parent.parent()),
                write.parent().and_then(|parent| parent.0.last().cloned()),
            ) {
                let kept = self.origin(&outside).child(last);
                if self.known(&kept) {
                    let id = self.place(&kept);
                    self.at(id).opens = true;
                }
            }
            let scope = self.origin(&around);
            let id = self.place(&scope);
            self.at(id).stand_ins.push(StandIn {
                through: keys,
                key,
                by,
                listed,
            });
        }
    }
}
