//! One document against every law.

use super::broken::Law;
use super::edit::edit;
use super::kept;
use super::places::Places;
use super::read::{Document, Step, tree};
use crate::mapping::call::{Call, Side};
use crate::mapping::check::Direction;
use crate::mapping::compiled::Mapping;
use crate::mapping::definition::Definition;
use crate::mapping::report::{Code, Error, Finding, Report};
use crate::mapping::samples::Documents;
use crate::mapping::samples::rng::Rng;

/// What is wrong with a document's conversion.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) law: Law,
    pub(super) path: String,
    pub(super) rule: Option<String>,
    pub(super) what: String,
    pub(super) output: Option<Vec<u8>>,
}

impl Fault {
    pub(super) fn panicked() -> Self {
        Self::new(Law::Totality, "", "the conversion panicked")
    }

    pub(super) fn new(law: Law, path: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            law,
            path: path.into(),
            rule: None,
            what: what.into(),
            output: None,
        }
    }
}

/// A mapping under trial, and how it is called.
#[derive(Debug)]
pub(super) struct Trial<'m> {
    pub(super) mapping: &'m Mapping,
    pub(super) definition: &'m Definition,
    pub(super) up: &'m Places,
    pub(super) down: &'m Places,
    pub(super) call: Call<'m>,
}

/// A conversion that went well.
#[derive(Clone)]
pub(super) struct Done {
    pub(super) bytes: Vec<u8>,
    pub(super) report: Report,
}

impl Trial<'_> {
    /// A document of a side, and documents made from its conversion by edits.
    pub(super) fn document(
        &self,
        side: Side,
        document: &[u8],
        edits: u64,
        seed: u64,
    ) -> Result<(), Fault> {
        let Some(done) = self.one(side, document, &[])? else {
            return Ok(());
        };
        let Some(converted) = tree(&done.bytes) else {
            return Err(self.shown(
                Fault::new(Law::Acceptance, "", "the output is invalid JSON"),
                done,
            ));
        };
        let mut rng = Rng::seeded(seed);
        let others = Documents::new(self.definition, side.other(), seed).valid();
        for other in others.take(usize::try_from(edits).unwrap_or(0)) {
            let Some(other) = tree(&other) else { continue };
            let mut edited = converted.clone();
            for _ in 0..=rng.below(2) {
                edit(&mut edited, &other, &mut rng);
            }
            let text = edited.text();
            let assumed = if side == Side::From {
                done.report.assumed()
            } else {
                &[]
            };
            if let Err(mut fault) = self.one(side.other(), text.as_bytes(), assumed) {
                fault.what = format!("{} (after an edit, of {text})", fault.what);
                return Err(fault);
            }
        }
        Ok(())
    }

    /// One document; what became of it when it was converted.
    fn one(&self, side: Side, document: &[u8], assumed: &[String]) -> Result<Option<Done>, Fault> {
        let judged = match self.mapping.validate(side, document, &self.call) {
            Ok(judged) => judged,
            Err(error) => return Err(Fault::new(Law::Totality, "", error.to_string())),
        };
        let done = match self.convert(side, document, assumed)? {
            Ok(done) => done,
            Err(refused) => {
                self.refusal(side, document, &judged, &refused)?;
                return Ok(None);
            }
        };
        let Some(input) = Document::read(document) else {
            return Err(Fault::new(Law::Totality, "", "invalid JSON was converted"));
        };
        let held = self.held(side, &input, &judged, &done, assumed);
        held.map_err(|fault| self.shown(fault, done.clone()))?;
        Ok(Some(done))
    }

    /// Everything that holds of a document that was converted.
    fn held(
        &self,
        side: Side,
        input: &Document,
        judged: &Report,
        done: &Done,
        assumed: &[String],
    ) -> Result<(), Fault> {
        if let Some(error) = judged.first_error() {
            let what = format!(
                "converted, though validation says: {} ({error})",
                error.code()
            );
            return Err(Fault::new(Law::Acceptance, error.path(), what));
        }
        let output = self.mapping.validate(side.other(), &done.bytes, &self.call);
        if let Some(error) = output.iter().find_map(Report::first_error) {
            let what = format!("the output is invalid there: {} ({error})", error.code());
            return Err(Fault::new(Law::Acceptance, error.path(), what));
        }
        let Some(output) = Document::read(&done.bytes) else {
            return Err(Fault::new(
                Law::Acceptance,
                "",
                "the output is invalid JSON",
            ));
        };
        if side == Side::From {
            let found = self.mapping.compare(input.bytes(), &done.bytes, &self.call);
            match found {
                Ok(found) => {
                    if let Some(first) = found.first() {
                        return Err(Fault::new(
                            Law::Equivalence,
                            first.path(),
                            first.to_string(),
                        ));
                    }
                }
                Err(error) => return Err(Fault::new(Law::Equivalence, "", error.to_string())),
            }
        }
        self.foretold(side, input, &output, &done.report)?;
        let mut reported = self.reported(side, input, &done.report);
        reported.extend(assumed.iter().map(|path| input.steps(path)));
        let defaults = done.report.warnings();
        let defaults: Vec<_> = defaults
            .filter(|finding| self.is(finding, &Code::ASSUMED))
            .map(|finding| output.steps(finding.path()))
            .collect();
        kept::check(self.places(side), input, &output, &reported, &defaults)?;
        self.back(side, input, &output, done, reported)
    }

    /// Converts twice, the second time behind other bytes.
    pub(super) fn convert(
        &self,
        side: Side,
        document: &[u8],
        assumed: &[String],
    ) -> Result<Result<Done, Report>, Fault> {
        let call = self.call.clone().assumed(assumed);
        let run = |out: &mut Vec<u8>| match side {
            Side::From => self.mapping.upgrade(document, &call, out),
            Side::To => self.mapping.downgrade(document, &call, out),
        };
        let (mut first, mut second) = (Vec::new(), b"before".to_vec());
        let (once, again) = (run(&mut first), run(&mut second));
        if once != again || second.strip_prefix(b"before".as_slice()) != Some(&first) {
            return Err(Fault::new(
                Law::Determinism,
                "",
                "the second run gave a different result",
            ));
        }
        match once {
            Ok(report) => Ok(Ok(Done {
                bytes: first,
                report,
            })),
            Err(Error::Rejected(_)) if !first.is_empty() => Err(Fault::new(
                Law::Determinism,
                "",
                "refused, but something was written",
            )),
            Err(Error::Rejected(rejected)) => Ok(Err((*rejected).clone())),
            Err(Error::Call(error)) => Err(Fault::new(Law::Totality, "", error.to_string())),
        }
    }

    /// A refusal is for what validation says, or one that the check of the definition foretold.
    pub(super) fn refusal(
        &self,
        side: Side,
        document: &[u8],
        judged: &Report,
        refused: &Report,
    ) -> Result<(), Fault> {
        if !judged.is_valid() {
            return Ok(());
        }
        let Some(input) = Document::read(document) else {
            return Ok(());
        };
        let foreseen = [Code::CONFLICT, Code::OUT_OF_DOMAIN, Code::DUPLICATE_MEMBER];
        for error in refused.errors() {
            let steps = input.steps(error.path());
            let places = self.places(side);
            let by_rule = places.readers(&steps).iter().any(|(end, _)| end.refuses);
            // What a downgrade may refuse is not promised to be listed place by place.
            let open =
                side == Side::To
                    || self.mapping.open_ends().iter().any(|open| {
                        open.direction == Direction::Up && places.near(&open.path, &steps)
                    });
            if !open && !by_rule && !foreseen.iter().any(|code| self.is(error, code)) {
                let what = format!(
                    "refused, which the check did not predict: {} ({error})",
                    error.code()
                );
                return Err(Fault::new(Law::Acceptance, error.path(), what));
            }
        }
        Ok(())
    }

    /// Every loss that was reported is one that was foretold.
    fn foretold(
        &self,
        side: Side,
        input: &Document,
        output: &Document,
        report: &Report,
    ) -> Result<(), Fault> {
        for finding in report.warnings() {
            let is_assumed = self.is(finding, &Code::ASSUMED);
            let is_loss = [Code::LOST, Code::DROPPED, Code::SHADOWED];
            if !is_assumed && !is_loss.iter().any(|code| self.is(finding, code)) {
                continue;
            }
            let (document, places) = if is_assumed {
                (output, self.places(side.other()))
            } else {
                (input, self.places(side))
            };
            let steps = document.steps(finding.path());
            let known = self.mapping.losses().iter().any(|loss| {
                loss.direction == direction(side)
                    && self.is(finding, &loss.code)
                    && places.covers(&loss.path, &steps)
            });
            if !known {
                let what = format!("{} is not among the losses of this place", finding.code());
                return Err(Fault::new(Law::NoSilentLoss, finding.path(), what));
            }
        }
        Ok(())
    }

    /// The places that a report's warnings name in the input; for an element that becomes several or none, its list.
    fn reported(&self, side: Side, input: &Document, report: &Report) -> Vec<Vec<Step>> {
        let named = report
            .warnings()
            .filter(|finding| !self.is(finding, &Code::ASSUMED));
        named
            .flat_map(|finding| {
                let mut steps = input.steps(finding.path());
                let places = self.places(side);
                let readers = places.readers(&steps);
                if let Some((_, length)) = readers.iter().find(|(end, _)| end.regroups) {
                    steps.truncate(*length);
                }
                let merged = readers.iter().filter(|(end, _)| end.merges);
                let others = merged.flat_map(|(end, _)| &end.read);
                let mut named: Vec<_> = others
                    .map(|place| places.with(place, &steps, steps.len()))
                    .collect();
                named.push(steps);
                named
            })
            .collect()
    }

    pub(super) fn places(&self, side: Side) -> &Places {
        match side {
            Side::From => self.up,
            Side::To => self.down,
        }
    }

    /// Whether a finding has this code, by the definition's name for it.
    pub(super) fn is(&self, finding: &Finding, code: &Code) -> bool {
        let codes = &self.definition.codes;
        let renamed = codes.iter().find(|(known, _)| known == code.as_str());
        finding.code().as_str() == renamed.map_or(code.as_str(), |(_, name)| name)
    }

    fn shown(&self, fault: Fault, done: Done) -> Fault {
        Fault {
            output: fault.output.or(Some(done.bytes)),
            ..fault
        }
    }
}

fn direction(side: Side) -> Direction {
    match side {
        Side::From => Direction::Up,
        Side::To => Direction::Down,
    }
}
