//! One document's way through a mapping: read, judged, converted, written, judged again.

use std::cell::RefCell;

use super::call::{Call, Side};
use super::compile::program::{Program, Way};
use super::compiled::Mapping;
use super::convert::origin::Origins;
use super::convert::tree::{NONE, Source, Tree};
use super::convert::walk::Prepared;
use super::convert::write::write;
use super::convert::{Converted, convert, once};
use super::limits::Limits;
use super::report::{Code, Error, Finding, Rejected, Report, Severity};
use super::scan;
use super::schema::Judged;
use super::tape::{Node, Shape, Tape};

/// What a conversion needs beside its input and output; kept from call to call.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    nodes: Vec<Node>,
    tree: Tree,
    coerced: Vec<u32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The most nodes that a thread's scratch keeps between calls: about 2 MB.
const KEPT: usize = 1 << 16;

impl Mapping {
    /// Reads, judges and converts a document in memory, then lets `then` have the input's findings and what it became.
    pub(super) fn read<R: From<Report>>(
        &self,
        program: &Program,
        document: &[u8],
        prepared: &Prepared<'_>,
        scratch: &mut Scratch,
        then: impl FnOnce(Source<'_, '_>, &Tree, Vec<Finding>, Converted) -> R,
    ) -> R {
        let limits = prepared.call.limits.unwrap_or_default();
        let alone = |finding| self.report(vec![finding], Vec::new()).into();
        let text = match scan::document(document, &limits, &mut scratch.nodes) {
            Ok(text) => text,
            Err(finding) => return alone(finding),
        };
        let tape = Tape {
            text,
            nodes: &scratch.nodes,
        };
        if tape.root().shape() != Shape::Object {
            let message = "the document must be a JSON object";
            return alone(Finding::error(Code::INVALID_TYPE, "", message));
        }
        scratch.coerced.clear();
        let side = match program.way {
            Way::Up => Side::From,
            _ => Side::To,
        };
        let mut input = self.judge(side, tape, &mut scratch.coerced);
        let mut converted = convert(
            program,
            tape,
            prepared,
            &self.0.hooks,
            &scratch.coerced,
            &mut scratch.tree,
        );
        input.append(&mut converted.input);
        input.sort_by_key(|(at, _)| *at);
        once(&mut input);
        let input = input.into_iter().map(|(_, finding)| finding).collect();
        let words = &prepared.words;
        then(
            Source {
                program,
                tape,
                words,
            },
            &scratch.tree,
            input,
            converted,
        )
    }

    /// What a side's schema says of a document.
    fn judge(&self, side: Side, tape: Tape<'_>, coerced: &mut Vec<u32>) -> Vec<(u32, Finding)> {
        let schema = match side {
            Side::From => &self.0.from,
            Side::To => &self.0.to,
        };
        let Some(schema) = schema else {
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
                |source, tree, mut findings, converted| {
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
                    if !refused {
                        write(tree, converted.root, &source, out);
                        let mut origins = Origins::new(tree, source, converted.root);
                        self.judge_output(program.way, &out[start..], &mut origins, &mut findings);
                    }
                    self.report(findings, converted.assumed)
                },
            )
        });
        if report.is_valid() {
            return Ok(report);
        }
        out.truncate(start);
        Err(Rejected(Box::new(report)).into())
    }

    /// What the other side's schema says of the output, at the input's pointers.
    fn judge_output(
        &self,
        way: Way,
        output: &[u8],
        origins: &mut Origins<'_, '_>,
        findings: &mut Vec<Finding>,
    ) {
        let proved = match way {
            Way::Up => self.0.checked.proved_up,
            Way::Down => self.0.checked.proved_down,
            Way::Settle | Way::Dialect => false,
        };
        if proved {
            return;
        }
        let side = match way {
            Way::Up | Way::Settle | Way::Dialect => Side::To,
            Way::Down => Side::From,
        };
        let mut nodes = Vec::new();
        let limits = Limits::default()
            .with_bytes(1 << 30)
            .with_depth(128)
            .with_members(usize::MAX)
            .with_elements(usize::MAX);
        let text = match scan::document(output, &limits, &mut nodes) {
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
