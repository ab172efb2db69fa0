//! Lines in and bytes out in constant memory: a bounded reader and a writer, both by the block.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::iter;
use std::path::Path;

use crate::failure::Failure;

/// The longest line that is read, in bytes: eight times v2's largest payload, so that a payload which is merely too
/// large is still refused by name, with its id, and only a line that no payload accounts for is skipped unread.
pub(crate) const LINE_LIMIT: usize = 1 << 20;

/// How much is read at once, and answered before the answers are handed on: fewer bytes, and the system calls show; more,
/// and the cache misses do.
pub(crate) const BLOCK: usize = 64 << 10;

/// One line of the input, without its newline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Text(&'a [u8]),
    /// Longer than the limit.
    TooLong,
}

/// Lines of a block at most: of empty lines, each becomes an error a hundred times as long.
const LINES: usize = 1_024;

/// Lines that were read together.
pub(crate) struct Block {
    buffer: Vec<u8>,
    end: usize,
    count: u64,
    size: usize,
    limit: usize,
}

impl Block {
    /// One that holds about `size` bytes, or a single line of up to `limit`.
    pub(crate) fn new(size: usize, limit: usize) -> Self {
        Self {
            buffer: vec![0; size],
            end: 0,
            count: 0,
            size,
            limit,
        }
    }

    /// The lines. A last one without a newline counts as one.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut rest = &self.buffer[..self.end];
        iter::from_fn(move || {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            if rest.is_empty() {
                return None;
            }
            rest = rest.get(end + 1..).unwrap_or_default();
            Some(match line.len() <= self.limit {
                true => Line::Text(line),
                false => Line::TooLong,
            })
        })
    }

    /// How many lines there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    fn begin_with(&mut self, text: &[u8]) {
        (self.end, self.count) = (text.len(), 0);
        let size = self.size.max(self.end);
        if self.buffer.len() != size {
            // A long line's room is given back.
            self.buffer.resize(size, 0);
            self.buffer.shrink_to_fit();
        }
        self.buffer[..self.end].copy_from_slice(text);
    }

    /// Ends the block behind its last line that is whole, or the one that fills it: what is behind that. `None` when no
    /// line is whole; the first `searched` bytes have no newline.
    fn cut(&mut self, searched: usize) -> Option<&[u8]> {
        let text = &self.buffer[searched..self.end];
        let newlines = memchr::memchr_iter(b'\n', text).take(LINES);
        let newline = newlines.inspect(|_| self.count += 1).last()?;
        let behind = searched + newline + 1..self.end;
        self.end = behind.start;
        Some(&self.buffer[behind])
    }

    /// Room for more of the line that the block holds the beginning of.
    fn room(&mut self) -> &mut [u8] {
        // Of a line that is too long, that it is so will do: memory is bounded by twice the limit.
        self.end = self.end.min(self.limit + 1);
        if self.end == self.buffer.len() {
            self.buffer.resize(2 * self.end, 0);
        }
        &mut self.buffer[self.end..]
    }
}

/// Reads lines, by the block.
pub(crate) struct Lines<R> {
    source: R,
    name: String,
    /// The beginning of a line whose end has not been read yet.
    rest: Vec<u8>,
    bytes: u64,
    ended: bool,
}

impl<R: Read> Lines<R> {
    /// `name` is what a failure to read calls the source.
    pub(crate) fn new(source: R, name: String) -> Self {
        Self {
            source,
            name,
            rest: Vec::new(),
            bytes: 0,
            ended: false,
        }
    }

    /// How many bytes were read from the source so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads the lines that are there into `block`, and waits only while there is none: what was read is to be answered
    /// first. `false` is the end.
    pub(crate) fn next(&mut self, block: &mut Block) -> Result<bool, Failure> {
        block.begin_with(&self.rest);
        self.rest.clear();
        let mut searched = 0;
        loop {
            if let Some(rest) = block.cut(searched) {
                self.rest.extend_from_slice(rest);
                return Ok(true);
            }
            if self.ended {
                block.count = u64::from(block.end > 0);
                return Ok(block.end > 0);
            }
            let room = block.room();
            let read = read(&mut self.source, room)
                .map_err(|error| Failure::Io(format!("cannot read {}: {error}", self.name)))?;
            self.bytes += read as u64;
            self.ended = read == 0;
            searched = block.end;
            block.end += read;
        }
    }
}

fn read(source: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(into) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
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
        Ok(Self::of(sink, name))
    }

    /// Standard output for text, whose styles show where they are wanted.
    pub(crate) fn for_people() -> Self {
        Self::of(Box::new(anstream::stdout()), "standard output".to_owned())
    }

    fn of(sink: Box<dyn Write + Send>, name: String) -> Self {
        Self {
            sink,
            name,
            buffer: Vec::with_capacity(2 * BLOCK),
        }
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

    /// The lines, by the block; `None` is one that is too long.
    fn read_all(text: &[u8], step: usize, size: usize) -> Vec<Vec<Option<Vec<u8>>>> {
        let mut lines = Lines::new(Drip(text, step), "drip".to_owned());
        let (mut block, mut all) = (Block::new(size, 8), Vec::new());
        while lines.next(&mut block).unwrap() {
            let lines = block.lines().map(|line| match line {
                Line::Text(text) => Some(text.to_vec()),
                Line::TooLong => None,
            });
            all.push(lines.collect::<Vec<_>>());
            assert_eq!(block.count(), all.last().unwrap().len() as u64);
            assert!(block.buffer.len() <= size.max(2 * 9), "memory is bounded");
            assert!(all.last().unwrap().len() <= LINES);
        }
        assert!(!lines.next(&mut block).unwrap(), "the end stays the end");
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
            for (step, size) in (1..=40).flat_map(|step| [(step, 1), (step, 5), (step, 64)]) {
                let read = read_all(text, step, size).concat();
                assert_eq!(read, expected, "{text:?} by {step} into {size}");
            }
        }
    }

    /// However many lines are read at once, a block has so many at most, and the rest comes without another read.
    #[test]
    fn a_block_of_empty_lines_is_cut() {
        let text = vec![b'\n'; 3 * LINES + 1];
        let blocks = read_all(&text, text.len(), text.len());
        let lengths: Vec<_> = blocks.iter().map(Vec::len).collect();
        assert_eq!(lengths, [LINES, LINES, LINES, 1]);
    }

    /// The room for a long line is given back with the next one.
    #[test]
    fn a_long_line_leaves_no_room_behind() {
        let mut text = vec![b'x'; 1_000];
        text.extend_from_slice(b"\nshort\n");
        let mut lines = Lines::new(Drip(&text, 100), "drip".to_owned());
        let mut block = Block::new(64, 10_000);
        assert!(lines.next(&mut block).unwrap());
        assert!(block.buffer.capacity() >= 1_000);
        while lines.next(&mut block).unwrap() {}
        assert_eq!(block.buffer.capacity(), 64);
    }

    /// What was read is answered before more is waited for.
    #[test]
    fn a_block_waits_for_its_first_line_alone() {
        let by_one = read_all(b"a\nbb\n123456789\nc\n\nd", 1, 64);
        assert!(by_one.iter().all(|block| block.len() == 1), "{by_one:?}");
        assert_eq!(by_one.len(), 6);
        assert_eq!(read_all(b"a\nbb\nc", 5, 64).len(), 2);
    }
}
