//! A compiled mapping: converts, validates and compares documents of two versions.

use std::fmt;
use std::sync::Arc;

use super::call::{Call, CallError, Side};
use super::check::{Checked, Loss, OpenEnd, check};
use super::compare::{Difference, differences};
use super::compile::build::build;
use super::compile::program::{Key, Program, Way};
use super::convert::walk::{Prepared, Want};
use super::definition::Definition;
use super::definition::images::Images;
use super::flaws::{Flaw, Flaws};
use super::hook::{Hook, Hooks};
use super::json::{self, OwnedJson};
use super::names::Symbols;
use super::pass;
use super::report::{Error, Report};
use super::samples::Documents;
use super::schema::{Schema, Tiers};

/// How two versions of a payload correspond, compiled: upgrades, downgrades, validates and compares.
///
/// Immutable, cheap to clone, and shared between threads.
#[derive(Clone)]
pub struct Mapping(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) definition: Definition,
    /// All names that the programs and schemas know.
    pub(super) symbols: Symbols,
    pub(super) images: Images,
    pub(super) up: Program,
    pub(super) down: Program,
    pub(super) settle: Program,
    pub(super) from: Option<Schema>,
    pub(super) to: Option<Schema>,
    pub(super) tiers: Tiers,
    pub(super) checked: Checked,
    /// To the shape of each dialect, and of none.
    pub(super) dialects: Vec<Program>,
    pub(super) hooks: Vec<Arc<dyn Hook>>,
}

impl Mapping {
    /// Compiles a definition.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(definition: Definition, hooks: &Hooks) -> Result<Self, Flaws> {
        let mut flaws = Vec::new();
        let mut schema = |side: Side, document: &Option<serde_json::Value>| match Schema::compile(
            document.as_ref()?,
        ) {
            Ok(schema) => Some(schema.with_nulls_absent(definition.nulls_absent)),
            Err(found) => {
                flaws.extend(found.into_iter().map(|flaw| Flaw {
                    path: format!("{side}: {}", flaw.path),
                    ..flaw
                }));
                None
            }
        };
        let from = schema(Side::From, &definition.from.schema);
        let to = schema(Side::To, &definition.to.schema);
        let images = Images::of(&definition);
        let mut checked = check(&definition, &images, &|name| hooks.get(name).is_some());
        checked.trust(&definition, &|name| {
            hooks.get(name).is_some_and(|hook| hook.keeps_to_schema())
        });
        flaws.append(&mut checked.flaws);
        if !flaws.is_empty() {
            return Err(Flaws(flaws));
        }
        let program = |way| build(&definition, &images, way, 0, hooks);
        let (mut up, mut down) = (program(Way::Up), program(Way::Down));
        let mut settle = program(Way::Settle);
        let mut dialects: Vec<Program> = (1..=definition.dialects.len())
            .map(|known| build(&definition, &images, Way::Dialect, known, hooks))
            .collect();
        let (mut from, mut to) = (from, to);
        let schemas = from.iter().chain(&to).flat_map(Schema::names);
        let programs = [&up, &down, &settle].into_iter().chain(&dialects);
        let symbols = Symbols::new(schemas.chain(programs.flat_map(Program::names)));
        for schema in from.iter_mut().chain(&mut to) {
            schema.adopt(&symbols);
        }
        for program in [&mut up, &mut down, &mut settle]
            .into_iter()
            .chain(&mut dialects)
        {
            program.adopt(&symbols);
        }
        Ok(Self(Arc::new(Inner {
            symbols,
            images,
            up,
            down,
            settle,
            from,
            to,
            tiers: Tiers::new(&definition.tiers),
            checked,
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

    /// The schema of a side, as the definition has it.
    #[must_use]
    pub fn schema(&self, side: Side) -> Option<&serde_json::Value> {
        match side {
            Side::From => self.0.definition.from.schema.as_ref(),
            Side::To => self.0.definition.to.schema.as_ref(),
        }
    }

    /// Everything that a conversion can lose, from the rules: what a report says at run time is among it.
    #[must_use]
    pub fn losses(&self) -> &[Loss] {
        &self.0.checked.losses
    }

    /// Where a conversion can be refused by the other side's schema, since nothing was proved there.
    #[must_use]
    pub fn open_ends(&self) -> &[OpenEnd] {
        &self.0.checked.open
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
        Ok(pass::with_scratch(|scratch| {
            let nothing = (&mut Vec::new(), Want::Input);
            self.read(
                program,
                document,
                &prepared,
                scratch,
                nothing,
                |_, _, input, _, _| self.report(pass::without_places(input), Vec::new()),
            )
            .unwrap_or_else(|finding| self.report(vec![finding], Vec::new()))
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
        self.compare_sides((Side::From, from), (Side::To, to), call)
    }

    /// [`compare`](Self::compare) for documents of any two sides, such as two answers of one version.
    ///
    /// # Errors
    /// As [`compare`](Self::compare).
    pub fn compare_sides(
        &self,
        one: (Side, &[u8]),
        two: (Side, &[u8]),
        call: &Call<'_>,
    ) -> Result<Vec<Difference>, Error> {
        let settled = |(side, document): (Side, &[u8])| {
            let mut out = Vec::new();
            let program = match side {
                Side::From => &self.0.up,
                Side::To => &self.0.settle,
            };
            self.run(program, document, call, &mut out)?;
            Ok::<_, Error>(OwnedJson::of(&String::from_utf8_lossy(&out)))
        };
        Ok(differences(settled(one)?.value(), settled(two)?.value()))
    }

    /// Generated documents of a side, for tests: see [`Documents`].
    #[must_use]
    pub fn samples(&self, side: Side, seed: u64) -> Documents {
        Documents::new(&self.0.definition, side, seed)
    }

    #[cfg(feature = "laws")]
    pub(crate) fn definition(&self) -> &Definition {
        &self.0.definition
    }

    pub(crate) fn images(&self) -> &Images {
        &self.0.images
    }

    /// The number that a scan gives to a name that the mapping knows; `None` when it gives none.
    pub(crate) fn symbol(&self, name: &str) -> Option<u16> {
        self.0.symbols.named(name)
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

    /// The context's values as members' names; none where no rule writes them so.
    fn words(&self, call: &Call<'_>) -> Vec<Key> {
        if self.0.definition.context.is_empty() {
            return Vec::new();
        }
        let words = self.0.down.keys.iter().filter_map(|key| key.word.clone());
        let key = |word: Box<str>| {
            let name = call.value_of(&word).unwrap_or_default();
            let mut quoted = Vec::new();
            json::write_string(name, &mut quoted);
            let quoted = String::from_utf8_lossy(&quoted);
            Key {
                name: name.into(),
                between: format!(",{quoted}:").into(),
                quoted: quoted.into(),
                word: Some(word),
                front: None,
                fills: 0,
            }
        };
        words.map(key).collect()
    }

    pub(super) fn prepare<'a>(
        &self,
        call: &'a Call<'a>,
        converts: bool,
    ) -> Result<Prepared<'a>, CallError> {
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
            _ => Ok(Prepared {
                call,
                policy,
                words: self.words(call),
            }),
        }
    }
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
