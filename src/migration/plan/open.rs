//! How a plan's files are opened: by the one who writes them, for as long as that lasts, or by anyone, to read.

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::Plan;
use super::files::Files;
use super::progress::Progress;
use super::signature::Signature;
use crate::error::Error;

/// How to open a plan's files, where [`Progress::open`] and [`Progress::begin`] leave something to be said.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("cutover-doc-open-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("plan.json");
/// use std::time::SystemTime;
/// use cutover::ErrorKind;
/// use cutover::migration::plan::{OpenOptions, Plan, Progress, Signature};
///
/// let ana = Signature::new("ana", "first try")?;
/// let service = OpenOptions::new()
///     .note("admin 127.0.0.1:8081")
///     .begin(Plan::contribution_form_v2(), &path, &ana, SystemTime::now())?;
/// let second = Progress::open(Plan::contribution_form_v2(), &path).unwrap_err();
/// assert_eq!(second.kind(), ErrorKind::Locked);
/// // Reading takes no lock.
/// let seen = Progress::read(Plan::contribution_form_v2(), &path)?;
/// assert_eq!(seen.phase().name, service.phase().name);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing until open, begin or read"]
pub struct OpenOptions {
    note: Option<String>,
    wait: Duration,
}

impl OpenOptions {
    /// No note, and no waiting.
    pub fn new() -> Self {
        Self::default()
    }

    /// What another process that wants to write is told about this one, beside its pid and host: how to reach it, such as
    /// the address where operators are listened to. For services, which keep the files open: nobody waits for them.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// How long to wait for another writer to be done, if it has no note; otherwise not at all, which is the default.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Begins a plan at its first phase, in files that are not there yet.
    ///
    /// # Errors
    /// Those of [`Progress::begin`].
    pub fn begin(
        self,
        plan: Plan,
        path: impl AsRef<Path>,
        by: &Signature,
        now: SystemTime,
    ) -> Result<Progress, Error> {
        Progress::begin_in(self.files(path.as_ref())?, plan, by, now)
    }

    /// Opens a plan that was begun, to write, and checks the whole log.
    ///
    /// # Errors
    /// Those of [`Progress::open`].
    pub fn open(self, plan: Plan, path: impl AsRef<Path>) -> Result<Progress, Error> {
        Progress::open_in(self.files(path.as_ref())?, plan)
    }

    fn files(self, path: &Path) -> Result<Files, Error> {
        Files::locked(path, self.note.as_deref(), self.wait)
    }
}
