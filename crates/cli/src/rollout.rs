//! The rollout that a command routes by: a document, or a share and a name.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;

use clap::Args;
use cutover::routing::VERSION_VARIABLE;
use cutover::{Rollout, Router, Share};
use same_file::Handle;

use crate::failure::Failure;
use crate::stream::Streams;

/// Who is to get v2.
#[derive(Args, Debug)]
pub(crate) struct RolloutArgs {
    /// Route by this rollout document (JSON), in place of --share and --name
    #[arg(long, value_name = "FILE", conflicts_with_all = ["share", "name"])]
    rollout: Option<PathBuf>,

    /// Route this share of the ids to v2: `12.5%` or `125000ppm`
    #[arg(long, default_value = "10%")]
    share: Share,

    /// The rollout's name, which decides who is in the share
    #[arg(long, default_value = "contribution-form-v2")]
    name: String,
}

impl RolloutArgs {
    /// Sees to it that the output is not written over the document.
    pub(crate) fn keep_from(&self, streams: &Streams) -> Result<(), Failure> {
        match &self.rollout {
            Some(path) if path.is_file() => streams.keep(Handle::from_path(path)),
            _ => Ok(()),
        }
    }

    /// A router with this rollout; `CUTOVER_BRAKE` and `CUTOVER_API_VERSION` count, as they do in a service.
    pub(crate) fn router(&self) -> Result<Router, Failure> {
        let rollout = match &self.rollout {
            Some(path) => read(path)?,
            None => Rollout::builder(&self.name, self.share)
                .build()
                .map_err(|error| Failure::Usage(format!("--name: {error}")))?,
        };
        let router = Router::new(rollout);
        if let Some(ignored) = router.status().env.ignored {
            let ignored = ignored.escape_debug();
            eprintln!("warning: {VERSION_VARIABLE}={ignored} is ignored: use v1 or v2");
        }
        Ok(router)
    }
}

/// More than any document that is taken, so that one without an end, such as a device, is refused for its size.
const LARGEST: u64 = (256 << 20) + 1;

/// The rollout that this document is.
pub(crate) fn read(path: &Path) -> Result<Rollout, Failure> {
    let name = path.display();
    let mut document = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut document))
        .map_err(|error| Failure::Io(format!("cannot read {name}: {error}")))?;
    Rollout::from_json(&document).map_err(|error| refused(path, &error))
}

/// Why a document can't be used, with its name and the place in it.
pub(crate) fn refused(path: &Path, error: &cutover::Error) -> Failure {
    let name = path.display();
    Failure::Usage(match error.path() {
        "" => format!("{name}: {error}"),
        at => format!("{name}: {at}: {error}"),
    })
}

/// Puts a rollout in the document's place: whoever reads it sees the old one or the new one, as a whole, also after a crash.
pub(crate) fn replace(path: &Path, rollout: &Rollout) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", process::id()));
    let temporary = PathBuf::from(name);
    let placed = File::create(&temporary)
        .and_then(|mut file| {
            writeln!(file, "{}", rollout.to_json())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&temporary, path));
    if placed.is_err() {
        // It may not be there: what is reported is what went wrong first.
        let _ = fs::remove_file(&temporary);
    }
    placed
}
