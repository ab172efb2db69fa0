//! Lines in and bytes out in constant memory: a bounded line reader and a block writer.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use crate::failure::Failure;

/// The longest line that is read, in bytes: eight times v2's largest payload, so that a payload which is merely too
/// large is still refused by name, with its id, and only a line that no payload accounts for is skipped unread.
pub(crate) const LINE_LIMIT: usize = 1 << 20;

/// Output is handed on in blocks of this many bytes: fewer, and the system calls show; more, and the cache misses do.
const BLOCK: usize = 64 << 10;

/// One line of the input, without its newline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Text(&'a [u8]),
    /// Longer than the limit; it was skipped without being held.
    TooLong,
}

/// Reads lines from a fixed buffer; a line is borrowed from it and never copied out.
pub(crate) struct Lines<R> {
    source: R,
    name: String,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    bytes: u64,
}

impl<R: Read> Lines<R> {
    /// `name` is what a failure to read calls the source.
    pub(crate) fn new(source: R, name: String, limit: usize) -> Self {
        let buffer = vec![0; limit + 1].into_boxed_slice();
        Self {
            source,
            name,
            buffer,
            start: 0,
            end: 0,
            bytes: 0,
        }
    }

    /// How many bytes were read from the source so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line, or `None` at the end. A last line without a newline counts as one.
    ///
    /// `before_read` is called before each read, which may wait: the moment to flush what was answered so far.
    pub(crate) fn next(
        &mut self,
        mut before_read: impl FnMut() -> Result<(), Failure>,
    ) -> Result<Option<Line<'_>>, Failure> {
        let mut searched = self.start;
        let mut skipping = false;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[searched..self.end]) {
                let line = self.start..searched + at;
                self.start = line.end + 1;
                return Ok(Some(if skipping {
                    Line::TooLong
                } else {
                    Line::Text(&self.buffer[line])
                }));
            }
            skipping |= self.end - self.start == self.buffer.len();
            if skipping || self.start == self.end {
                (self.start, self.end) = (0, 0);
            } else if self.end == self.buffer.len() {
                self.buffer.copy_within(self.start.., 0);
                (self.start, self.end) = (0, self.end - self.start);
            }
            searched = self.end;
            before_read()?;
            if self.fill()? == 0 {
                let rest = self.start..self.end;
                self.start = self.end;
                return Ok(match (skipping, rest.is_empty()) {
                    (true, _) => Some(Line::TooLong),
                    (false, true) => None,
                    (false, false) => Some(Line::Text(&self.buffer[rest])),
                });
            }
        }
    }

    fn fill(&mut self) -> Result<usize, Failure> {
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    self.bytes += read as u64;
                    return Ok(read);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Failure::Io(format!("cannot read {}: {error}", self.name)));
                }
            }
        }
    }
}

/// Where results go. Lines are appended to `buffer` and leave it in blocks.
pub(crate) struct Output {
    sink: Box<dyn Write>,
    name: String,
    pub(crate) buffer: Vec<u8>,
}

impl Output {
    /// Standard output, or the file at `path`, which is created or emptied.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let (sink, name): (Box<dyn Write>, _) = match path {
            None => (Box::new(io::stdout()), "standard output".to_owned()),
            Some(path) => {
                let name = path.display().to_string();
                let file = File::create(path)
                    .map_err(|error| Failure::Io(format!("cannot create {name}: {error}")))?;
                (Box::new(file), name)
            }
        };
        Ok(Self {
            sink,
            name,
            buffer: Vec::with_capacity(2 * BLOCK),
        })
    }

    /// Writes the buffer out when it holds a block.
    pub(crate) fn spill(&mut self) -> Result<(), Failure> {
        if self.buffer.len() < BLOCK {
            return Ok(());
        }
        self.flush()
    }

    /// Writes the buffer out.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let written = self
            .sink
            .write_all(&self.buffer)
            .and_then(|()| self.sink.flush());
        self.buffer.clear();
        written.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Io(format!("cannot write {}: {error}", self.name)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out `step` bytes at a time, so that lines fall across reads in every way.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            let (now, later) = self.0.split_at(count);
            into[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn read_all(text: &[u8], step: usize, limit: usize) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(Drip(text, step), "drip".to_owned(), limit);
        let mut all = Vec::new();
        while let Some(line) = lines.next(|| Ok(())).unwrap() {
            all.push(match line {
                Line::Text(text) => Some(text.to_vec()),
                Line::TooLong => None,
            });
        }
        assert_eq!(
            lines.next(|| Ok(())).unwrap(),
            None,
            "the end stays the end"
        );
        assert_eq!(lines.bytes(), text.len() as u64);
        all
    }

    /// However the bytes arrive, the lines are those between the newlines, and exactly those over the limit are skipped.
    #[test]
    fn lines_do_not_depend_on_how_bytes_arrive() {
        let texts: [&[u8]; 9] = [
            b"",
            b"\n",
            b"a",
            b"a\n",
            b"a\n\nbb\r\nccc",
            b"12345678\n",
            b"123456789\n",
            b"x\n1234567890123456789012345\ny\n12345678",
            b"1234567890123456789",
        ];
        for text in texts {
            let mut expected: Vec<_> = text.split(|&byte| byte == b'\n').collect();
            if expected.last().is_some_and(|last| last.is_empty()) {
                expected.pop();
            }
            let expected: Vec<_> = expected
                .into_iter()
                .map(|line| (line.len() <= 8).then(|| line.to_vec()))
                .collect();
            for step in 1..=40 {
                assert_eq!(read_all(text, step, 8), expected, "{text:?} by {step}");
            }
        }
    }

    #[test]
    fn what_was_answered_is_flushed_before_each_wait() {
        let mut lines = Lines::new(Drip(b"a\nb\n", 2), "drip".to_owned(), 8);
        let mut waits = 0;
        for expected in [1, 2, 3] {
            lines
                .next(|| {
                    waits += 1;
                    Ok(())
                })
                .unwrap();
            assert_eq!(waits, expected);
        }
    }
}
