//! The loop that every line-by-line command shares: read a line, answer it, count it, go on whatever it was.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use clap::Args;
use same_file::Handle;

use crate::envelope::{Fault, LineCode, LineError};
use crate::failure::Failure;
use crate::json;
use crate::ndjson::{Block, LINE_LIMIT, Line, Lines, Output};
use crate::progress::Progress;
use crate::summary::Tally;

type Input = Lines<Box<dyn Read + Send>>;

/// Where lines come from and where answers go.
#[derive(Args, Debug)]
pub(crate) struct Streams {
    /// The input, one record a line; standard input when absent or `-`
    file: Option<PathBuf>,

    /// Write to this file instead of standard output; an existing one is replaced
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Answer on so many threads; the order of the lines stays
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
}

impl Streams {
    /// Answers every line with `answer`, which appends to the output and leaves no half answer that matters: on a
    /// fault its bytes are taken back and an error line stands in their place. It is a pure function of the line.
    ///
    /// The exit code is 0 when every line was handled, else 1.
    pub(crate) fn run(
        &self,
        tally: Tally,
        answer: impl Fn(&[u8], &mut Vec<u8>, &mut Tally) -> Result<(), Fault> + Sync,
    ) -> Result<ExitCode, Failure> {
        let started = Instant::now();
        let (lines, size) = self.open_input()?;
        let crew = Crew {
            source: Mutex::new(Source {
                lines,
                blocks: 0,
                handed: 0,
            }),
            sink: Mutex::new(Sink {
                output: Output::open(self.output.as_deref())?,
                progress: Progress::new(size, self.output.is_some()),
                tally: tally.clone(),
                written: 0,
                ended: Ok(()),
            }),
            turn: Condvar::new(),
            empty: tally,
        };
        // One job needs no other thread.
        thread::scope(|scope| {
            for _ in 1..self.jobs {
                scope.spawn(|| crew.work(&answer));
            }
            crew.work(&answer);
        });
        let sink = crew.sink.into_inner();
        let Sink { tally, ended, .. } = sink.unwrap_or_else(PoisonError::into_inner);
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

    /// The input, and its size in bytes when it is a file.
    fn open_input(&self) -> Result<(Input, Option<u64>), Failure> {
        let Some(path) = self.file.as_deref().filter(|path| *path != Path::new("-")) else {
            self.keep(Handle::stdin())?;
            let input = Box::new(io::stdin());
            return Ok((
                Lines::new(input, "standard input".to_owned(), LINE_LIMIT),
                None,
            ));
        };
        let name = path.display().to_string();
        let cannot = |error: io::Error| Failure::Io(format!("cannot open {name}: {error}"));
        let file = File::open(path).map_err(cannot)?;
        let meta = file.metadata().map_err(cannot)?;
        self.keep(Handle::from_path(path))?;
        let size = meta.is_file().then_some(meta.len());
        Ok((Lines::new(Box::new(file), name, LINE_LIMIT), size))
    }

    /// Refuses to write over a file that is being read, under whatever name: the output is emptied before the first line
    /// is read.
    pub(crate) fn keep(&self, read: io::Result<Handle>) -> Result<(), Failure> {
        let written = self.output.as_ref().map(Handle::from_path);
        let (Ok(read), Some(Ok(written))) = (read, written) else {
            return Ok(());
        };
        let is_file = read.as_file().metadata().is_ok_and(|meta| meta.is_file());
        if is_file && read == written {
            let message = "--output names a file that is read: write to another";
            return Err(Failure::Usage(message.to_owned()));
        }
        Ok(())
    }
}

/// Bytes of input that a thread answers before it hands on: a block of output.
const BLOCK: usize = 64 << 10;

/// Threads that take turns: each reads a block of lines, answers it while the others do the same, and writes the answers
/// when all before it have been written.
struct Crew {
    source: Mutex<Source>,
    sink: Mutex<Sink>,
    turn: Condvar,
    /// A tally of nothing yet.
    empty: Tally,
}

struct Source {
    lines: Input,
    /// Blocks and lines that have been handed out.
    blocks: u64,
    handed: u64,
}

struct Sink {
    output: Output,
    progress: Progress,
    tally: Tally,
    /// Blocks that have been written.
    written: u64,
    ended: Result<(), Failure>,
}

impl Crew {
    fn work(&self, answer: &impl Fn(&[u8], &mut Vec<u8>, &mut Tally) -> Result<(), Fault>) {
        let _ends = EndsOnPanic(self);
        let (mut block, mut out) = (Block::default(), Vec::with_capacity(2 * BLOCK));
        loop {
            let mut source = lock(&self.source);
            let read = source.lines.block(&mut block, BLOCK);
            let (number, before) = (source.blocks, source.handed);
            source.blocks += 1;
            source.handed += block.lines().len() as u64;
            let bytes = source.lines.bytes();
            drop(source);

            out.clear();
            let mut tally = self.empty.clone();
            let answered =
                read.and_then(|()| answer_block(&block, before, &mut out, &mut tally, answer));

            let mut sink = lock(&self.sink);
            while sink.written != number && sink.ended.is_ok() {
                sink = self.turn.wait(sink).unwrap_or_else(PoisonError::into_inner);
            }
            if sink.ended.is_err() {
                return;
            }
            sink.written += 1;
            sink.tally.add(tally);
            sink.ended = sink.output.write(&out).and(answered);
            sink.progress.at(sink.tally.lines(), bytes);
            let goes_on = sink.ended.is_ok() && block.lines().len() > 0;
            self.turn.notify_all();
            if !goes_on {
                return;
            }
        }
    }
}

/// Answers the lines of a block, which `before` other lines stand before.
fn answer_block(
    block: &Block,
    before: u64,
    out: &mut Vec<u8>,
    tally: &mut Tally,
    answer: &impl Fn(&[u8], &mut Vec<u8>, &mut Tally) -> Result<(), Fault>,
) -> Result<(), Failure> {
    for (line, number) in block.lines().zip(before + 1..) {
        let begin = out.len();
        let answered = match line {
            Line::Text(text) => answer(text, out, tally),
            Line::TooLong => Err(Fault::Line(too_long())),
        };
        let written = answered.or_else(|fault| match fault {
            Fault::Line(error) => {
                out.truncate(begin);
                tally.error(error.code);
                json::line_error(out, number, &error)
            }
            Fault::Io(error) => Err(error),
        });
        if let Err(error) = written {
            out.truncate(begin);
            return Err(cannot_answer(number, &error));
        }
        out.push(b'\n');
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes the others when a thread panics: its turn would never come to an end.
struct EndsOnPanic<'a>(&'a Crew);

impl Drop for EndsOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            lock(&self.0.sink).ended = Err(Failure::Io("a line made the program panic".to_owned()));
            self.0.turn.notify_all();
        }
    }
}

fn too_long() -> LineError {
    let message = format!("longer than {LINE_LIMIT} bytes: skipped unread");
    LineError::whole(LineCode::TooLarge, message)
}

fn cannot_answer(line: u64, error: &io::Error) -> Failure {
    Failure::Io(format!("line {line} cannot be answered: {error}"))
}
