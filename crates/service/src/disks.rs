//! How much room there is on the disks that the service writes to. Asked in the background: a disk that hangs must not hold
//! up the page that says so.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::options::Options;

/// From one look to the next.
const INTERVAL: Duration = Duration::from_secs(2);

/// The disks, each by what the service keeps there.
#[derive(Debug, Default)]
pub struct Disks(Vec<Disk>);

#[derive(Debug)]
struct Disk {
    what: &'static str,
    folder: PathBuf,
    free: AtomicU64,
    size: AtomicU64,
}

impl Disks {
    /// Those that these options name. A database that is a server has its disk elsewhere.
    #[must_use]
    pub fn of(options: &Options) -> Self {
        let database = options.database_url.strip_prefix("sqlite:");
        let database =
            database.filter(|file| !file.contains(":memory:") && !file.contains("mode=memory"));
        let database = database
            .and_then(|file| file.split('?').next())
            .map(|file| folder_of(Path::new(file.strip_prefix("//").unwrap_or(file))));
        let log = options.log.as_deref().map(folder_of);
        let there = [
            ("database", database),
            ("state", options.state.clone()),
            ("log", log),
        ];
        let disk = |(what, folder): (&'static str, Option<PathBuf>)| {
            Some(Disk {
                what,
                folder: folder?,
                free: AtomicU64::new(0),
                size: AtomicU64::new(0),
            })
        };
        Self(there.into_iter().filter_map(disk).collect())
    }

    /// Asks each disk. May wait for one that hangs.
    pub fn look(&self) {
        for disk in &self.0 {
            match fs4::statvfs(&disk.folder) {
                Ok(stats) => {
                    disk.size.store(stats.total_space(), Ordering::Relaxed);
                    disk.free.store(stats.available_space(), Ordering::Relaxed);
                }
                Err(error) => {
                    // Nothing can be written there either.
                    disk.free.store(0, Ordering::Relaxed);
                    tracing::warn!(%error, folder = %disk.folder.display(), "can't ask the disk how much room it has");
                }
            }
        }
    }

    /// As Prometheus text.
    pub(crate) fn write(&self, out: &mut String) {
        let mut family = |name: &str, help: &str, value: fn(&Disk) -> &AtomicU64| {
            let name = format!("cutover_service_disk_{name}_bytes");
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
            for disk in &self.0 {
                let bytes = value(disk).load(Ordering::Relaxed);
                let _ = writeln!(out, "{name}{{disk=\"{}\"}} {bytes}", disk.what);
            }
        };
        family(
            "free",
            "Room on the disk of the SQLite database, of --state and of --log; 0 when it can't be asked.",
            |disk| &disk.free,
        );
        family("size", "How large that disk is.", |disk| &disk.size);
    }
}

/// Looks now and then until `stop`.
pub(crate) async fn watch(disks: Arc<Disks>, mut stop: watch::Receiver<bool>) {
    if disks.0.is_empty() {
        return;
    }
    let mut looks = interval(INTERVAL);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let look = async {
            looks.tick().await;
            let disks = Arc::clone(&disks);
            tokio::task::spawn_blocking(move || disks.look()).await
        };
        let looked = tokio::select! {
            looked = look => looked,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if let Err(error) = looked {
            tracing::error!(%error, "asking the disks failed");
        }
    }
}

/// The folder that a file is in, or will be.
fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(disks: &Disks) -> String {
        let mut text = String::new();
        disks.write(&mut text);
        text
    }

    #[test]
    fn the_disks_are_those_of_the_options() {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::anywhere("postgres://db/toilets");
        assert!(Disks::of(&options).0.is_empty());
        options.database_url = String::from("sqlite::memory:");
        assert!(Disks::of(&options).0.is_empty());
        options.database_url = String::from("sqlite:toilets.db?mode=rwc");
        options.state = Some(folder.path().to_owned());
        options.log = Some(folder.path().join("log.ndjson"));
        let disks = Disks::of(&options);
        let folders: Vec<_> = disks
            .0
            .iter()
            .map(|disk| (disk.what, &*disk.folder))
            .collect();
        assert_eq!(
            folders,
            [
                ("database", Path::new(".")),
                ("state", folder.path()),
                ("log", folder.path())
            ]
        );
        disks.look();
        let text = text(&disks);
        assert!(!text.contains("} 0\n"), "{text}");
    }

    #[test]
    fn a_disk_that_cannot_be_asked_has_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::anywhere("sqlite::memory:");
        options.state = Some(folder.path().to_owned());
        let disks = Disks::of(&options);
        disks.look();
        drop(folder);
        disks.look();
        let text = text(&disks);
        assert!(
            text.contains("cutover_service_disk_free_bytes{disk=\"state\"} 0\n"),
            "{text}"
        );
        assert!(
            !text.contains("cutover_service_disk_size_bytes{disk=\"state\"} 0\n"),
            "{text}"
        );
    }
}
