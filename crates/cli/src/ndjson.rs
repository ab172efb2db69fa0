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
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, Failure> {
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

    /// Fills `block` with the next lines, up to about `most` bytes, but waits for no line when it has one: what was read
    /// is to be answered first. An empty block is the end.
    pub(crate) fn block(&mut self, block: &mut Block, most: usize) -> Result<(), Failure> {
        block.bytes.clear();
        block.ends.clear();
        while block.ends.is_empty() || (block.bytes.len() < most && self.has_line()) {
            let is_text = match self.next()? {
                None => break,
                Some(Line::Text(text)) => {
                    block.bytes.extend_from_slice(text);
                    true
                }
                Some(Line::TooLong) => false,
            };
            block.ends.push((block.bytes.len(), is_text));
        }
        Ok(())
    }

    /// Whether the next line has been read already.
    fn has_line(&self) -> bool {
        memchr::memchr(b'\n', &self.buffer[self.start..self.end]).is_some()
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

/// Lines that are answered together.
#[derive(Default)]
pub(crate) struct Block {
    bytes: Vec<u8>,
    /// Where each line ends, and whether it is there at all: one that was too long is not.
    ends: Vec<(usize, bool)>,
}

impl Block {
    pub(crate) fn lines(&self) -> impl ExactSizeIterator<Item = Line<'_>> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, is_text)| {
            let text = &self.bytes[start..end];
            start = end;
            if is_text {
                Line::Text(text)
            } else {
                Line::TooLong
            }
        })
    }
}

/// Where results go. Lines are appended to `buffer` and leave it in blocks.
pub(crate) struct Output {
    sink: Box<dyn Write + Send>,
    name: String,
    pub(crate) buffer: Vec<u8>,
}

impl Output {
    /// Standard output, or the file at `path`, which is created or emptied.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let (sink, name): (Box<dyn Write + Send>, _) = match path {
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
        let buffer = std::mem::take(&mut self.buffer);
        let written = self.write(&buffer);
        self.buffer = buffer;
        self.buffer.clear();
        written
    }

    /// Writes this out, past the buffer.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if bytes.is_empty() {
            return Ok(());
        }
        let written = self.sink.write_all(bytes).and_then(|()| self.sink.flush());
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
        while let Some(line) = lines.next().unwrap() {
            all.push(match line {
                Line::Text(text) => Some(text.to_vec()),
                Line::TooLong => None,
            });
        }
        assert_eq!(lines.next().unwrap(), None, "the end stays the end");
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

    /// A block ends where the next line would have to be waited for, and holds what `next` would have given.
    #[test]
    fn a_block_waits_for_its_first_line_alone() {
        let text = b"a\nbb\n123456789\nc\n\nd";
        for step in 1..=text.len() + 1 {
            let mut lines = Lines::new(Drip(text, step), "drip".to_owned(), 8);
            let (mut block, mut all) = (Block::default(), Vec::new());
            loop {
                lines.block(&mut block, 4).unwrap();
                if block.lines().len() == 0 {
                    break;
                }
                assert!(
                    step > 1 || block.lines().len() == 1,
                    "nothing is read ahead"
                );
                all.extend(block.lines().map(|line| match line {
                    Line::Text(text) => Some(text.to_vec()),
                    Line::TooLong => None,
                }));
            }
            assert_eq!(all, read_all(text, step, 8), "by {step}");
        }
    }
}
