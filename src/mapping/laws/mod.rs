//! The laws of mappings, checked on generated documents and on given ones: for a team's own tests, in one line.
//!
//! ```
//! use cutover::mapping::{Definition, Hooks, Mapping, laws};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let definition = Definition::from_json(
//!     r#"{
//!         "name": "greeting",
//!         "from": {"version": "v1"},
//!         "to": {"version": "v2"},
//!         "rules": {"hello": {"to": "greeting/text"}}
//!     }"#,
//! )?;
//! let mapping = Mapping::compile(definition, &Hooks::new())?;
//! laws::check(&mapping, 100)?;
//! # Ok(())
//! # }
//! ```

mod back;
mod broken;
mod edit;
mod kept;
mod places;
mod read;
mod round;
mod shrink;
#[cfg(test)]
mod tests;
mod trial;

use std::panic::{AssertUnwindSafe, catch_unwind};

use self::broken::Shown;
pub use self::broken::{Broken, Law};
use self::places::Places;
use self::trial::{Fault, Trial};
use super::call::{Call, Side};
use super::compiled::Mapping;
use super::samples::{self, Documents};

/// Edits of each converted document.
const EDITS: u64 = 2;

/// Checks every law on `cases` generated documents, half of them of each side. The same mapping gets the same documents.
///
/// # Errors
/// The first law that is broken, with the smallest document found that breaks it.
pub fn check(mapping: &Mapping, cases: u32) -> Result<(), Broken> {
    let bench = Bench::new(mapping);
    for case in 0..u64::from(cases) {
        let side = if case % 2 == 0 { Side::From } else { Side::To };
        let mut documents = Documents::new(mapping.definition(), side, case).grown(case);
        if let Some(document) = documents.next() {
            bench.document(side, &document, case)?;
        }
    }
    Ok(())
}

/// Checks every law on given documents of a side, such as recorded ones.
///
/// # Errors
/// The first law that is broken, with the smallest document found that breaks it.
pub fn check_samples<D: AsRef<[u8]>>(
    mapping: &Mapping,
    side: Side,
    documents: impl IntoIterator<Item = D>,
) -> Result<(), Broken> {
    let bench = Bench::new(mapping);
    for (seed, document) in (0..).zip(documents) {
        bench.document(side, document.as_ref(), seed)?;
    }
    Ok(())
}

/// A mapping, and what each trial of it needs.
struct Bench<'m> {
    mapping: &'m Mapping,
    context: Vec<(String, String)>,
    up: Places,
    down: Places,
}

impl<'m> Bench<'m> {
    fn new(mapping: &'m Mapping) -> Self {
        let definition = mapping.definition();
        let context = samples::context(definition);
        Self {
            mapping,
            up: Places::new(definition, Side::From, &context),
            down: Places::new(definition, Side::To, &context),
            context,
        }
    }

    fn document(&self, side: Side, document: &[u8], seed: u64) -> Result<(), Broken> {
        let Err(fault) = self.attempt(side, document, seed) else {
            return Ok(());
        };
        let (mut fault, mut input) = (fault, document.to_vec());
        if let Some(tree) = read::tree(document) {
            let law = fault.law;
            let mut smaller = None;
            shrink::smallest(tree, |candidate| {
                let text = candidate.text().into_bytes();
                match self.attempt(side, &text, seed) {
                    Err(found) if found.law == law => {
                        smaller = Some((found, text));
                        true
                    }
                    _ => false,
                }
            });
            if let Some((found, text)) = smaller {
                (fault, input) = (found, text);
            }
        }
        Err(Broken(Box::new(Shown {
            law: fault.law,
            side,
            path: fault.path,
            rule: fault.rule,
            what: fault.what,
            input,
            output: fault.output,
        })))
    }

    /// Every law on one document; a panic breaks one too.
    fn attempt(&self, side: Side, document: &[u8], seed: u64) -> Result<(), Fault> {
        let definition = self.mapping.definition();
        let mut call = Call::new().id("7");
        for (name, value) in &self.context {
            call = call.context(name, value);
        }
        // Every policy has its turn.
        let policies = &definition.policies;
        let turn = usize::try_from(seed / 2).unwrap_or(0) % policies.len().max(1);
        if let Some(policy) = policies.get(turn) {
            call = call.policy(policy);
        }
        let trial = Trial {
            mapping: self.mapping,
            definition,
            up: &self.up,
            down: &self.down,
            call,
        };
        let run = AssertUnwindSafe(|| trial.document(side, document, EDITS, seed));
        catch_unwind(run).unwrap_or_else(|_| Err(Fault::panicked()))
    }
}
