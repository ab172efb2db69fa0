//! Threads that answer lines by the block and hand the answers on in the order of the lines.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::envelope::{Fault, LineError};
use crate::failure::Failure;
use crate::json;
use crate::ndjson::{BLOCK, Block, LINE_LIMIT, Line, Lines, Output};
use crate::progress::Progress;
use crate::summary::Tally;

pub(crate) type Input = Lines<Box<dyn Read + Send>>;

/// How many blocks may be answered, by each thread, before the one whose turn it is: without any, two threads took 7 %
/// longer, waiting for each other.
const AHEAD: u64 = 2;

/// Each thread reads a block of lines, answers it while the others do the same, and hands the answers in. They are written
/// when all before them have been. What a thread may hold is bounded, however long the input is.
pub(crate) struct Workers {
    jobs: u16,
    source: Mutex<Source>,
    sink: Mutex<Sink>,
    /// Blocks were written, or the work ended.
    moved: Condvar,
    /// The work ended.
    ended: Condvar,
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
    /// Absent while a thread writes.
    output: Option<Output>,
    /// Answers whose turn has not come, by their block.
    early: BTreeMap<u64, Answers>,
    /// Buffers to fill again.
    spare: Vec<Vec<u8>>,
    /// Blocks that have been written.
    written: u64,
    tally: Tally,
    progress: Progress,
    ended: Option<Result<(), Failure>>,
}

struct Answers {
    out: Vec<u8>,
    tally: Tally,
    /// How much of the input had been read by then.
    bytes: u64,
    /// Whether there may be more.
    more: Result<bool, Failure>,
}

impl Workers {
    /// `empty` is a tally of nothing yet.
    pub(crate) fn new(
        jobs: u16,
        lines: Input,
        output: Output,
        progress: Progress,
        empty: Tally,
    ) -> Self {
        let source = Source {
            lines,
            blocks: 0,
            handed: 0,
        };
        let sink = Sink {
            output: Some(output),
            early: BTreeMap::new(),
            spare: Vec::new(),
            written: 0,
            tally: empty.clone(),
            progress,
            ended: None,
        };
        Self {
            jobs,
            source: Mutex::new(source),
            sink: Mutex::new(sink),
            moved: Condvar::new(),
            ended: Condvar::new(),
            empty,
        }
    }

    /// Answers all lines: what was counted, and how it ended.
    ///
    /// Nobody waits for the threads' end: one of them may be reading an input that stays open, while the output is closed.
    pub(crate) fn answer(
        self,
        answer: impl Fn(&[u8], &mut Vec<u8>, &mut Tally) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> (Tally, Result<(), Failure>) {
        let (workers, answer) = (Arc::new(self), Arc::new(answer));
        let mut started = 0;
        while workers.jobs > 1 && started < workers.jobs {
            let (workers, answer) = (Arc::clone(&workers), Arc::clone(&answer));
            // A system that has no thread left has to do with fewer.
            let Ok(_) = thread::Builder::new().spawn(move || workers.work(&*answer)) else {
                break;
            };
            started += 1;
        }
        if started == 0 {
            workers.work(&*answer);
        }
        let mut sink = lock(&workers.sink);
        loop {
            if let Some(ended) = sink.ended.clone() {
                sink.progress.end();
                return (sink.tally.clone(), ended);
            }
            sink = workers
                .ended
                .wait(sink)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(&self, answer: &impl Fn(&[u8], &mut Vec<u8>, &mut Tally) -> Result<(), Fault>) {
        let _ends = EndsOnPanic(self);
        let mut block = Block::new(BLOCK, LINE_LIMIT);
        loop {
            let mut source = lock(&self.source);
            let mut sink = lock(&self.sink);
            if sink.ended.is_some() {
                return;
            }
            let mut out = sink.spare.pop().unwrap_or_default();
            drop(sink);
            let read = source.lines.next(&mut block);
            let (number, before) = (source.blocks, source.handed);
            source.blocks += 1;
            source.handed += block.count();
            let bytes = source.lines.bytes();
            drop(source);

            let mut tally = self.empty.clone();
            let more = read.and_then(|more| {
                answer_block(&block, before, &mut out, &mut tally, answer)?;
                Ok(more)
            });
            let goes_on = more == Ok(true);
            let answers = Answers {
                out,
                tally,
                bytes,
                more,
            };
            if !self.hand_in(number, answers) || !goes_on {
                return;
            }
        }
    }

    /// Writes the answers to a block and all whose turn it makes, unless another thread is at it, which then will. Whether
    /// the work goes on.
    fn hand_in(&self, number: u64, answers: Answers) -> bool {
        let mut sink = lock(&self.sink);
        while sink.ended.is_none() && number > sink.written + AHEAD * u64::from(self.jobs) {
            sink = self
                .moved
                .wait(sink)
                .unwrap_or_else(PoisonError::into_inner);
        }
        sink.early.insert(number, answers);
        while let Some((mut output, answers)) = sink.next() {
            drop(sink);
            let written = output.write(&answers.out);
            sink = lock(&self.sink);
            sink.output = Some(output);
            sink.wrote(answers, written);
            self.moved.notify_all();
            if sink.ended.is_some() {
                self.ended.notify_all();
            }
        }
        sink.ended.is_none()
    }
}

impl Sink {
    /// The answers that are next to be written, if they are there and no other thread writes.
    fn next(&mut self) -> Option<(Output, Answers)> {
        if self.ended.is_some() || self.output.is_none() {
            return None;
        }
        let answers = self.early.remove(&self.written)?;
        Some((self.output.take()?, answers))
    }

    fn wrote(&mut self, mut answers: Answers, written: Result<(), Failure>) {
        self.written += 1;
        self.tally.add(answers.tally);
        self.progress.at(self.tally.lines(), answers.bytes);
        let ended = match written.and(answers.more) {
            Ok(true) => None,
            Ok(false) => Some(Ok(())),
            Err(failure) => Some(Err(failure)),
        };
        // A thread that panicked in the meantime has said so.
        self.ended = self.ended.take().or(ended);
        answers.out.clear();
        self.spare.push(answers.out);
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
            Line::TooLong => Err(Fault::Line(LineError::too_long())),
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
struct EndsOnPanic<'a>(&'a Workers);

impl Drop for EndsOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let failure = Failure::Io("a line made the program panic".to_owned());
            lock(&self.0.sink).ended = Some(Err(failure));
            self.0.moved.notify_all();
            self.0.ended.notify_all();
        }
    }
}

fn cannot_answer(line: u64, error: &io::Error) -> Failure {
    Failure::Io(format!("line {line} cannot be answered: {error}"))
}
