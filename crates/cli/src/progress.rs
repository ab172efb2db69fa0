//! The progress bar on stderr, for people only.

use std::io::{IsTerminal, stderr, stdout};

use indicatif::{ProgressBar, ProgressStyle};

use crate::summary::Grouped;

/// A bar over a file's bytes, a spinner over a stream's lines, or nothing at all.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Shown when stderr is a terminal that nothing else is written to. `size` is the input's in bytes, if it has one.
    pub(crate) fn new(size: Option<u64>, to_file: bool) -> Self {
        let alone = to_file || !stdout().is_terminal();
        if !alone || !stderr().is_terminal() {
            return Self(None);
        }
        let (bar, template) = match size {
            Some(size) => (
                ProgressBar::new(size),
                "{bar:32} {percent:>3} %  {msg} lines  {eta} left",
            ),
            None => (ProgressBar::new_spinner(), "{spinner} {msg} lines"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// So many lines were handled, so many bytes read.
    pub(crate) fn at(&self, lines: u64, bytes: u64) {
        let Some(bar) = &self.0 else { return };
        bar.set_message(Grouped(lines).to_string());
        bar.set_position(bytes);
    }

    /// Takes the bar away: what comes next is the summary.
    pub(crate) fn end(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}
