//! The loop that every line-by-line command shares: read a line, answer it, count it, go on whatever it was.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;

use crate::envelope::{Fault, LineCode, LineError};
use crate::failure::Failure;
use crate::json;
use crate::ndjson::{LINE_LIMIT, Line, Lines, Output};
use crate::progress::Progress;
use crate::summary::Tally;

type Input = Lines<Box<dyn Read>>;

/// Where lines come from and where answers go.
#[derive(Args, Debug)]
pub(crate) struct Streams {
    /// The input, one record a line; standard input when absent or `-`
    file: Option<PathBuf>,

    /// Write to this file instead of standard output; an existing one is replaced
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Streams {
    /// Answers every line with `answer`, which appends to the output and leaves no half answer that matters: on a
    /// fault its bytes are taken back and an error line stands in their place. It is a pure function of the line.
    ///
    /// The exit code is 0 when every line was handled, else 1.
    pub(crate) fn run(
        &self,
        mut tally: Tally,
        answer: impl Fn(&[u8], &mut Vec<u8>, &mut Tally) -> Result<(), Fault>,
    ) -> Result<ExitCode, Failure> {
        let started = Instant::now();
        let ended = self.answer_all(&mut tally, answer);
        let read = ended.is_ok() || tally.lines() > 0;
        if read && ended != Err(Failure::Closed) {
            // A closed stderr is no reason to fail.
            let _ = io::stderr().write_all(tally.table(started.elapsed()).as_bytes());
        }
        ended?;
        Ok(if tally.is_clean() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn answer_all(
        &self,
        tally: &mut Tally,
        answer: impl Fn(&[u8], &mut Vec<u8>, &mut Tally) -> Result<(), Fault>,
    ) -> Result<(), Failure> {
        let (mut lines, size) = self.open_input()?;
        let mut output = Output::open(self.output.as_deref())?;
        let progress = Progress::new(size, self.output.is_some());
        loop {
            let line = match lines.next(|| output.flush())? {
                None => break,
                Some(line) => line,
            };
            let begin = output.buffer.len();
            let answered = match line {
                Line::Text(text) => answer(text, &mut output.buffer, tally),
                Line::TooLong => Err(Fault::Line(too_long())),
            };
            match answered {
                Ok(()) => {}
                Err(Fault::Line(error)) => {
                    output.buffer.truncate(begin);
                    tally.error(error.code);
                    json::line_error(&mut output.buffer, tally.lines(), &error)
                        .map_err(|error| cannot_answer(tally.lines(), &error))?;
                }
                Err(Fault::Io(error)) => return Err(cannot_answer(tally.lines() + 1, &error)),
            }
            output.buffer.push(b'\n');
            output.spill()?;
            progress.at(tally.lines(), lines.bytes());
        }
        output.flush()
    }

    /// The input, and its size in bytes when it is a file.
    fn open_input(&self) -> Result<(Input, Option<u64>), Failure> {
        let Some(path) = self.file.as_deref().filter(|path| *path != Path::new("-")) else {
            let input = Box::new(io::stdin().lock());
            return Ok((
                Lines::new(input, "standard input".to_owned(), LINE_LIMIT),
                None,
            ));
        };
        let name = path.display().to_string();
        let cannot = |error: io::Error| Failure::Io(format!("cannot open {name}: {error}"));
        let file = File::open(path).map_err(cannot)?;
        let meta = file.metadata().map_err(cannot)?;
        self.refuse_overwriting(path)?;
        let size = meta.is_file().then_some(meta.len());
        Ok((Lines::new(Box::new(file), name, LINE_LIMIT), size))
    }

    /// The output is emptied before the first line is read: were it the input, that would be lost.
    fn refuse_overwriting(&self, input: &Path) -> Result<(), Failure> {
        let Some(output) = &self.output else {
            return Ok(());
        };
        let real = |path: &Path| path.canonicalize().ok();
        if real(output).is_some() && real(output) == real(input) {
            let message = "--output names the input itself: write to another file";
            return Err(Failure::Usage(message.to_owned()));
        }
        Ok(())
    }
}

fn too_long() -> LineError {
    let message = format!("longer than {LINE_LIMIT} bytes: skipped unread");
    LineError::whole(LineCode::TooLarge, message)
}

fn cannot_answer(line: u64, error: &io::Error) -> Failure {
    Failure::Io(format!("line {line} cannot be answered: {error}"))
}
