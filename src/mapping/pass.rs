//! One document's way through a mapping: read, judged, converted, written, judged again.

use std::cell::RefCell;

use super::call::{Call, Side};
use super::compile::program::{Program, Way};
use super::compiled::Mapping;
use super::convert::origin::Origins;
use super::convert::tree::{NONE, Source, Tree};
use super::convert::walk::{Prepared, Want};
use super::convert::write::write;
use super::convert::{Converted, convert, convert_direct, once};
use super::limits::Limits;
use super::report::{Code, Error, Finding, Rejected, Report, Severity};
use super::scan;
use super::schema::{Judged, Schema};
use super::tape::{Node, Shape, Tape};

/// What a conversion needs beside its input and output; kept from call to call.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    nodes: Vec<Node>,
    tree: Tree,
    coerced: Vec<u32>,
    /// Of the output, when it is judged.
    output: Vec<Node>,
    /// An output that nobody asked for.
    unwanted: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// An output may be larger than an input.
const OUTPUT: Limits = Limits {
    bytes: 1 << 30,
    depth: 128,
    members: usize::MAX,
    top_members: usize::MAX,
    elements: usize::MAX,
};

/// The most nodes that a thread's scratch keeps between calls: about 2 MB.
const KEPT: usize = 1 << 16;

impl Mapping {
    /// Reads, judges and converts a document in memory, then lets `then` have the input's findings, by node, and what it
    /// became. What could be written at once is in `out`. A document that can't be read has one finding.
    pub(super) fn read<R>(
        &self,
        program: &Program,
        document: &[u8],
        prepared: &Prepared<'_>,
        scratch: &mut Scratch,
        (out, want): (&mut Vec<u8>, Want),
        then: impl FnOnce(Source<'_, '_>, &Tree, Vec<(u32, Finding)>, Converted, &mut Vec<u8>) -> R,
    ) -> Result<R, Finding> {
        let limits = prepared.call.limits.unwrap_or_default();
        let text = scan::document(document, &limits, &self.0.symbols, &mut scratch.nodes)?;
        let tape = Tape {
            text,
            nodes: &scratch.nodes,
        };
        if tape.root().shape() != Shape::Object {
            return Err(no_object());
        }
        scratch.coerced.clear();
        let side = match program.way {
            Way::Up => Side::From,
            Way::Down | Way::Settle | Way::Dialect => Side::To,
        };
        let mut input = self.judge(side, tape, &mut scratch.coerced);
        let (hooks, tree, start) = (&self.0.hooks, &mut scratch.tree, out.len());
        let direct = if program.direct && scratch.coerced.is_empty() {
            let out = match want {
                Want::Input => None,
                Want::Findings => {
                    scratch.unwanted.clear();
                    Some(&mut scratch.unwanted)
                }
                Want::Output => Some(&mut *out),
            };
            convert_direct(program, tape, prepared, hooks, tree, out)
        } else {
            None
        };
        // A finding of the output is said of a place in the input, for which it takes the tree.
        let sound = |_: &Converted| {
            want != Want::Output
                || self.accepts_output(program.way, &out[start..], &mut scratch.output)
        };
        let mut converted = match direct.filter(sound) {
            Some(converted) => converted,
            None => {
                out.truncate(start);
                convert(program, tape, prepared, hooks, &scratch.coerced, tree)
            }
        };
        let input = if input.is_empty() && converted.input.is_empty() {
            Vec::new()
        } else {
            input.append(&mut converted.input);
            input.sort_by_key(|(at, _)| *at);
            once(&mut input);
            input
        };
        let words = &prepared.words;
        let source = Source {
            program,
            tape,
            words,
        };
        Ok(then(source, &scratch.tree, input, converted, out))
    }

    /// What a side's schema says of a document.
    fn judge(&self, side: Side, tape: Tape<'_>, coerced: &mut Vec<u32>) -> Vec<(u32, Finding)> {
        let Some(schema) = self.schema_of(side).filter(|it| !it.is_valid(tape.root())) else {
            return Vec::new();
        };
        let mut judged = Judged::default();
        schema.judge(tape.root(), &self.0.tiers, &mut judged);
        coerced.append(&mut judged.coerced);
        judged.places.into_iter().zip(judged.findings).collect()
    }

    pub(super) fn run(
        &self,
        program: &Program,
        document: &[u8],
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Report, Error> {
        let prepared = self.prepare(call, true)?;
        let start = out.len();
        let report = with_scratch(|scratch| {
            self.read(
                program,
                document,
                &prepared,
                scratch,
                (&mut *out, Want::Output),
                |source, tree, input, mut converted, out| {
                    converted.say_written(program);
                    let mut findings = without_places(input);
                    if is_refused(&findings) {
                        return self.report(findings, Vec::new());
                    }
                    let error = |(_, it): &(u32, Finding)| it.severity == Severity::Error;
                    let refused = converted.found.iter().any(error);
                    // Nothing is assumed of an output that there is not.
                    let found = converted
                        .found
                        .into_iter()
                        .filter(|(at, _)| !refused || *at != NONE);
                    findings.extend(found.map(|(_, finding)| finding));
                    // The root is no node when it is written already.
                    if !refused && converted.root != NONE {
                        write(tree, converted.root, &source, out);
                        let mut origins = Origins::new(tree, source, converted.root);
                        self.judge_output(program.way, &out[start..], &mut origins, &mut findings);
                    }
                    self.report(findings, converted.assumed)
                },
            )
            .unwrap_or_else(|finding| self.report(vec![finding], Vec::new()))
        });
        if report.is_valid() {
            return Ok(report);
        }
        out.truncate(start);
        Err(Rejected(Box::new(report)).into())
    }

    /// The side whose schema has to judge the output: none when it is known to be accepted, or there is no schema.
    fn unproved(&self, way: Way) -> Option<Side> {
        let (side, proved) = match way {
            Way::Up => (Side::To, self.0.checked.proved_up),
            Way::Down => (Side::From, self.0.checked.proved_down),
            Way::Settle | Way::Dialect => (Side::To, false),
        };
        (!proved && self.schema_of(side).is_some()).then_some(side)
    }

    fn schema_of(&self, side: Side) -> Option<&Schema> {
        match side {
            Side::From => self.0.from.as_ref(),
            Side::To => self.0.to.as_ref(),
        }
    }

    /// Whether there is nothing to say of the output.
    fn accepts_output(&self, way: Way, output: &[u8], nodes: &mut Vec<Node>) -> bool {
        let Some(schema) = self.unproved(way).and_then(|side| self.schema_of(side)) else {
            return true;
        };
        let Ok(text) = scan::document(output, &OUTPUT, &self.0.symbols, nodes) else {
            return false;
        };
        schema.is_valid(Tape { text, nodes }.root())
    }

    /// What the other side's schema says of the output, at the input's pointers.
    fn judge_output(
        &self,
        way: Way,
        output: &[u8],
        origins: &mut Origins<'_, '_>,
        findings: &mut Vec<Finding>,
    ) {
        let Some(side) = self.unproved(way) else {
            return;
        };
        let mut nodes = Vec::new();
        let text = match scan::document(output, &OUTPUT, &self.0.symbols, &mut nodes) {
            Ok(text) => text,
            Err(finding) => return findings.push(finding),
        };
        let tape = Tape {
            text,
            nodes: &nodes,
        };
        for (_, mut finding) in self.judge(side, tape, &mut Vec::new()) {
            if finding.severity == Severity::Error {
                finding.path = origins.of(&finding.path, |path| match way {
                    Way::Up => self.0.images.back(path),
                    Way::Down => self.0.images.image(path),
                    Way::Settle | Way::Dialect => path.clone(),
                });
                findings.push(finding);
            }
        }
    }

    /// A report under the definition's names for codes.
    pub(super) fn report(&self, mut findings: Vec<Finding>, assumed: Vec<String>) -> Report {
        let codes = &self.0.definition.codes;
        if !codes.is_empty() {
            for finding in &mut findings {
                if let Some((_, name)) =
                    codes.iter().find(|(code, _)| code == finding.code.as_str())
                {
                    finding.code = Code::owned(name.clone());
                }
            }
        }
        Report { findings, assumed }
    }
}

pub(super) fn without_places(findings: Vec<(u32, Finding)>) -> Vec<Finding> {
    findings.into_iter().map(|(_, finding)| finding).collect()
}

#[cold]
pub(crate) fn no_object() -> Finding {
    Finding::error(Code::INVALID_TYPE, "", "wrong type: send a JSON object")
}

fn is_refused(findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
}

/// Lends the thread's scratch; a hook that converts on its own gets a new one.
pub(super) fn with_scratch<R>(run: impl FnOnce(&mut Scratch) -> R) -> R {
    SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut scratch) => {
            let done = run(&mut scratch);
            if scratch.nodes.capacity() > KEPT {
                *scratch = Scratch::default();
            }
            done
        }
        Err(_) => run(&mut Scratch::default()),
    })
}
