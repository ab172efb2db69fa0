//! A conversion as this crate's own mappings see it: with the place of each finding, and written only when asked.

use super::call::Call;
use super::compile::program::Way;
use super::compiled::Mapping;
use super::convert::tree::{NONE, OutId, Source, Tree};
pub(crate) use super::convert::walk::Want;
use super::convert::write::write;
pub(crate) use super::pass::no_object;
use super::pass::with_scratch;
use super::report::{Code, Finding};
use super::tape::{Members, Tape};

/// A document that was read, judged and converted.
pub(crate) struct Look<'l, 't> {
    source: Source<'l, 't>,
    tree: &'l Tree,
    root: OutId,
    /// By the node that they are about: the input's, then the conversion's, each in document order. Without what was assumed.
    pub(crate) findings: Vec<(u32, Finding)>,
    /// Pointers into the output, when it took a tree.
    pub(crate) assumed: Vec<String>,
    /// Else the numbers of the stand-ins that were written, as bits. See [`Mapping::stand_ins`].
    pub(crate) written: u64,
}

impl<'t> Look<'_, 't> {
    pub(crate) fn tape(&self) -> Tape<'t> {
        self.source.tape
    }

    /// The document's members.
    pub(crate) fn members(&self) -> Members<'t> {
        self.source.tape.root().members()
    }

    /// Appends what the document became, whatever was found, unless it was written while it was read; with errors, members may
    /// be missing.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if self.root != NONE {
            write(self.tree, self.root, &self.source, out);
        }
    }
}

impl Mapping {
    /// Converts a document in memory and lets `then` have a look. The output isn't judged: for mappings whose outputs are
    /// proved to be accepted.
    ///
    /// # Errors
    /// What stops the reading, or the call is wrong.
    pub(crate) fn look<R>(
        &self,
        way: Way,
        document: &[u8],
        call: &Call<'_>,
        (out, want): (&mut Vec<u8>, Want),
        then: impl FnOnce(Look<'_, '_>, &mut Vec<u8>) -> R,
    ) -> Result<R, Finding> {
        let program = match way {
            Way::Up => &self.0.up,
            Way::Down => &self.0.down,
            Way::Settle | Way::Dialect => &self.0.settle,
        };
        let prepared = self
            .prepare(call, true)
            .map_err(|error| Finding::error(Code::SCHEMA, "", error.to_string()))?;
        with_scratch(|scratch| {
            self.read(
                program,
                document,
                &prepared,
                scratch,
                (out, want),
                |source, tree, mut findings, converted, out| {
                    if !converted.found.is_empty() {
                        let found = converted.found.into_iter();
                        findings.extend(found.filter(|(_, it)| it.code != Code::ASSUMED));
                    }
                    let look = Look {
                        source,
                        tree,
                        root: converted.root,
                        findings,
                        assumed: converted.assumed,
                        written: converted.written,
                    };
                    then(look, out)
                },
            )
        })
    }

    /// Pointers to what an upgrade may assume, by the numbers of the stand-ins.
    pub(crate) fn stand_ins(&self) -> &[Box<str>] {
        &self.0.up.pointers
    }

    /// Whether each valid input becomes a valid output, up and down.
    #[cfg(test)]
    pub(crate) fn is_proved(&self) -> [bool; 2] {
        [self.0.checked.proved_up, self.0.checked.proved_down]
    }
}
