//! A compiled mapping: converts, validates and compares documents of two versions.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use super::call::{Call, CallError, Side};
use super::compare::{Difference, differences};
use super::compile::build::build;
use super::compile::program::{Program, Way};
use super::convert::origin::Origins;
use super::convert::tree::{Source, Tree};
use super::convert::walk::Prepared;
use super::convert::write::write;
use super::convert::{Converted, convert};
use super::definition::Definition;
use super::definition::images::Images;
use super::flaws::Flaws;
use super::hook::{Hook, Hooks};
use super::json::OwnedJson;
use super::report::{Code, Error, Finding, Rejected, Report, Severity};
use super::scan;
use super::tape::{Node, Shape, Tape};

/// How two versions of a payload correspond, compiled: upgrades, downgrades, validates and compares.
///
/// Immutable, cheap to clone, and shared between threads.
#[derive(Clone)]
pub struct Mapping(Arc<Inner>);

struct Inner {
    definition: Definition,
    images: Images,
    up: Program,
    down: Program,
    settle: Program,
    /// To the shape of each dialect, and of none.
    dialects: Vec<Program>,
    hooks: Vec<Arc<dyn Hook>>,
}

/// What a conversion needs beside its input and output; kept from call to call.
#[derive(Debug, Default)]
struct Scratch {
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
    /// Compiles a definition.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(definition: Definition, hooks: &Hooks) -> Result<Self, Flaws> {
        let names = hooks.names();
        let program = |way| build(&definition, way, 0, &names);
        let (up, down, settle) = (program(Way::Up), program(Way::Down), program(Way::Settle));
        let dialects = (1..=definition.dialects.len())
            .map(|known| build(&definition, Way::Dialect, known, &names))
            .collect();
        Ok(Self(Arc::new(Inner {
            images: Images::of(&definition),
            up,
            down,
            settle,
            dialects,
            hooks: hooks.known.iter().map(|(_, hook)| hook.clone()).collect(),
            definition,
        })))
    }

    /// The definition's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.definition.name
    }

    /// What a side's version is called.
    #[must_use]
    pub fn version(&self, side: Side) -> &str {
        match side {
            Side::From => &self.0.definition.from.version,
            Side::To => &self.0.definition.to.version,
        }
    }

    /// Converts a document of `from` to `to` and appends it to `out`.
    ///
    /// # Errors
    /// The call is wrong, or the document is refused; then `out` is as it was given.
    pub fn upgrade(
        &self,
        document: &[u8],
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Report, Error> {
        self.run(&self.0.up, document, call, out)
    }

    /// Converts a document of `to` to `from` and appends it to `out`; with a dialect in the call, to that dialect of `to`.
    ///
    /// # Errors
    /// The call is wrong, or the document is refused; then `out` is as it was given.
    pub fn downgrade(
        &self,
        document: &[u8],
        call: &Call<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Report, Error> {
        let Some(dialect) = call.dialect else {
            return self.run(&self.0.down, document, call, out);
        };
        let dialects = &self.0.definition.dialects;
        let known = dialects.iter().position(|known| known.name == dialect);
        match known.and_then(|at| self.0.dialects.get(at)) {
            Some(program) => self.run(program, document, call, out),
            None => {
                let known: Vec<_> = dialects.iter().map(|dialect| &*dialect.name).collect();
                Err(CallError::new(format!("no dialect {dialect:?}: use one of {known:?}")).into())
            }
        }
    }

    /// Everything there is to say of a document of one side: its schema, and names of the other version.
    ///
    /// # Errors
    /// The call is wrong. What is wrong with the document is in the report.
    pub fn validate(
        &self,
        side: Side,
        document: &[u8],
        call: &Call<'_>,
    ) -> Result<Report, CallError> {
        let program = match side {
            Side::From => &self.0.up,
            Side::To => &self.0.down,
        };
        // Judging a document asks for no context: nothing of it is written.
        let prepared = self.prepare(call, false)?;
        Ok(with_scratch(|scratch| {
            self.read(program, document, &prepared, scratch, |_, _, input, _| {
                self.report(input, Vec::new())
            })
        }))
    }

    /// Where two documents, one of each side, say something else; nothing when they are equivalent.
    ///
    /// They are when the upgrade of the first is the second as a JSON value: numbers by value, members in any order, what a
    /// codec reads by what it reads, and foreign names that are kept in their own places.
    ///
    /// # Errors
    /// The call is wrong, or one of the two is refused.
    pub fn compare(
        &self,
        from: &[u8],
        to: &[u8],
        call: &Call<'_>,
    ) -> Result<Vec<Difference>, Error> {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        self.run(&self.0.up, from, call, &mut left)?;
        self.run(&self.0.settle, to, call, &mut right)?;
        let text = |bytes: &[u8]| OwnedJson::of(&String::from_utf8_lossy(bytes));
        Ok(differences(text(&left).value(), text(&right).value()))
    }

    pub(crate) fn images(&self) -> &Images {
        &self.0.images
    }

    pub(crate) fn knows_context(&self, name: &str) -> bool {
        self.0.definition.context.iter().any(|known| known == name)
    }

    pub(crate) fn knows_policy(&self, name: &str) -> bool {
        self.0.definition.policies.iter().any(|known| known == name)
    }

    /// What of a chain's call is this mapping's.
    pub(crate) fn own_call<'a>(&self, call: &Call<'a>, assumed: &'a [String]) -> Call<'a> {
        let mut own = call.clone();
        own.context.retain(|(name, _)| self.knows_context(name));
        own.policy = own.policy.filter(|policy| self.knows_policy(policy));
        own.dialect = None;
        own.assumed = assumed;
        own
    }

    fn prepare<'a>(&self, call: &'a Call<'a>, converts: bool) -> Result<Prepared<'a>, CallError> {
        let definition = &self.0.definition;
        let policy = match call.policy {
            None => 0,
            Some(policy) => definition
                .policies
                .iter()
                .position(|known| known == policy)
                .ok_or_else(|| {
                    CallError::new(format!(
                        "no policy {policy:?}: use one of {:?}",
                        definition.policies
                    ))
                })?,
        };
        if let Some((name, _)) = call
            .context
            .iter()
            .find(|(name, _)| !definition.context.iter().any(|it| it == name))
        {
            return Err(CallError::new(format!(
                "no context {name:?}: use {:?}",
                definition.context
            )));
        }
        let missing = definition
            .context
            .iter()
            .find(|name| call.value_of(name).is_none());
        match missing {
            Some(name) if converts => Err(CallError::new(format!(
                "the context {name:?} is missing: give its value"
            ))),
            _ => Ok(Prepared { call, policy }),
        }
    }

    /// Reads, judges and converts a document in memory, then lets `then` have the input's findings and what it became.
    fn read<R: From<Report>>(
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
            let message = "the document is no object: send one";
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
        let input = input.into_iter().map(|(_, finding)| finding).collect();
        then(Source { program, tape }, &scratch.tree, input, converted)
    }

    /// What a side's schema says of a document.
    fn judge(&self, _side: Side, _tape: Tape<'_>, _coerced: &mut Vec<u32>) -> Vec<(u32, Finding)> {
        Vec::new()
    }

    fn run(
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
                    findings.extend(converted.found.into_iter().map(|(_, finding)| finding));
                    if !is_refused(&findings) {
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
        let side = match way {
            Way::Up | Way::Settle | Way::Dialect => Side::To,
            Way::Down => Side::From,
        };
        let mut nodes = Vec::new();
        let limits = super::limits::Limits::default()
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
    fn report(&self, mut findings: Vec<Finding>, assumed: Vec<String>) -> Report {
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
fn with_scratch<R>(run: impl FnOnce(&mut Scratch) -> R) -> R {
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

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapping")
            .field("name", &self.name())
            .field("from", &self.version(Side::From))
            .field("to", &self.version(Side::To))
            .finish_non_exhaustive()
    }
}
