//! Where the lines of a line-by-line command come from and where its answers go, and how the run ends.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use same_file::Handle;

use crate::envelope::Fault;
use crate::exit::FailOn;
use crate::failure::{self, Failure};
use crate::ndjson::{Lines, Output};
use crate::parallel::{Input, Workers};
use crate::progress::Progress;
use crate::summary::Tally;

/// What is read, what it is called, and its size if that is known.
type Source = (Box<dyn Read + Send>, String, Option<u64>);

/// As large a document as mappings take.
const DOCUMENT_LIMIT: u64 = 16 << 20;

/// Where lines come from and where answers go.
#[derive(Args, Debug)]
pub(crate) struct Streams {
    /// The input, one record a line; `-` or none is standard input
    file: Option<PathBuf>,

    /// Write to this file instead of standard output; an existing file is overwritten
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Number of threads, 1 to 64; the output keeps the order of the input
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
}

impl Streams {
    /// Answers every line with `answer`, which appends to the output and leaves no half answer that matters: on a
    /// fault its bytes are taken back and an error line stands in their place. It is a pure function of the line.
    ///
    /// The exit code is the tally's.
    pub(crate) fn run(
        &self,
        fail_on: FailOn,
        tally: Tally,
        answer: impl Fn(&[u8], &mut Vec<u8>, &mut Tally) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Result<ExitCode, Failure> {
        let started = Instant::now();
        let (lines, size) = self.open_input()?;
        let output = Output::open(self.output.as_deref())?;
        let progress = Progress::new(size, self.output.is_some());
        let workers = Workers::new(self.jobs, lines, output, progress, tally);
        let (tally, ended) = workers.answer(answer);
        let read = ended.is_ok() || tally.lines() > 0;
        if read && ended != Err(Failure::Closed) {
            // A closed stderr is no reason to fail.
            let _ = anstream::stderr().write_all(tally.table(started.elapsed()).as_bytes());
        }
        ended?;
        Ok(tally.exit_code(fail_on))
    }

    /// The input file that is named beside the options.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// One whole document: that of the file, or of standard input. Of one that is too large, as much as shows it.
    pub(crate) fn read_document(&self, path: Option<&Path>) -> Result<Vec<u8>, Failure> {
        let (source, name, _) = self.open(path, "one document")?;
        let mut document = Vec::new();
        let read = source.take(DOCUMENT_LIMIT + 1).read_to_end(&mut document);
        read.map_err(|error| Failure::Io(format!("cannot read {name}: {error}")))?;
        Ok(document)
    }

    /// Writes one document where answers go, with a newline behind it.
    pub(crate) fn write_document(&self, document: &[u8]) -> Result<(), Failure> {
        let mut output = Output::open(self.output.as_deref())?;
        output.buffer.extend_from_slice(document);
        output.buffer.push(b'\n');
        output.flush()
    }

    /// The input, and its size in bytes when it is a file.
    fn open_input(&self) -> Result<(Input, Option<u64>), Failure> {
        let (source, name, size) = self.open(self.file.as_deref(), "one record a line")?;
        Ok((Lines::new(source, name), size))
    }

    /// The bytes of a file or of standard input, which holds `what`, with its name and its size.
    fn open(&self, path: Option<&Path>, what: &str) -> Result<Source, Failure> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            self.keep(Handle::stdin())?;
            if path.is_none() && io::stdin().is_terminal() {
                failure::say(&format!(
                    "reading standard input, {what}: Ctrl-D ends it, --help tells more"
                ));
            }
            return Ok((Box::new(io::stdin()), "standard input".to_owned(), None));
        };
        let name = path.display().to_string();
        let cannot = |error: io::Error| Failure::Io(format!("cannot open {name}: {error}"));
        let file = File::open(path).map_err(cannot)?;
        let meta = file.metadata().map_err(cannot)?;
        self.keep(file.try_clone().and_then(Handle::from_file))?;
        let size = meta.is_file().then_some(meta.len());
        Ok((Box::new(file), name, size))
    }

    /// Refuses to write over a file that is being read, under whatever name: the output is emptied before the first line
    /// is read.
    pub(crate) fn keep(&self, read: io::Result<Handle>) -> Result<(), Failure> {
        // Of a pipe, to look is to open it, and to open it is to wait for the other end.
        let output = self.output.as_ref().filter(|path| path.is_file());
        let written = output.map(Handle::from_path);
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
