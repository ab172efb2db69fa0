//! The progress bar on stderr, for people only.

use std::io::{IsTerminal, stderr, stdout};

use indicatif::{ProgressBar, ProgressStyle};

use crate::summary::Grouped;

/// A bar over what is known to come, such as a file's bytes, a spinner over a stream, or nothing at all.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Shown when stderr is a terminal that nothing else is written to: `quiet` when nothing goes to standard output
    /// meanwhile. `size` is what there is to do, such as the input's bytes, if that is known.
    pub(crate) fn new(size: Option<u64>, quiet: bool) -> Self {
        let alone = quiet || !stdout().is_terminal();
        if !alone || !stderr().is_terminal() {
            return Self(None);
        }
        let (bar, template) = match size {
            Some(size) => (
                ProgressBar::new(size),
                "{bar:32} {percent:>3} %  {msg}  {eta} left",
            ),
            None => (ProgressBar::new_spinner(), "{spinner} {msg}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// So many lines were handled, so many bytes read.
    pub(crate) fn at(&self, lines: u64, bytes: u64) {
        self.show(bytes, || format!("{} lines", Grouped(lines)));
    }

    /// So much of what there is to do is done.
    pub(crate) fn show(&self, done: u64, message: impl FnOnce() -> String) {
        let Some(bar) = &self.0 else { return };
        bar.set_message(message());
        bar.set_position(done);
    }

    /// Takes the bar away: what comes next is the summary.
    pub(crate) fn end(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}
