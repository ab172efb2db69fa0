//! How a plan's files are opened: by the one who writes them, for as long as that lasts, or by anyone, to read.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::files::Files;
use super::head::{HeadStore, KnownHeads};
use super::progress::Progress;
use super::signature::Signature;
use super::{Environment, Plan};
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
/// use cutover::migration::plan::{Environment, OpenOptions, Plan, Progress, Signature};
///
/// let ana = Signature::new("ana", "first try")?;
/// let service = OpenOptions::new()
///     .note("admin 127.0.0.1:8081")
///     .begin(Plan::contribution_form_v2(), &path, Environment::Production, &ana, SystemTime::now())?;
/// let second = Progress::open(Plan::contribution_form_v2(), &path).unwrap_err();
/// assert_eq!(second.kind(), ErrorKind::Locked);
/// // Reading takes no lock.
/// let seen = Progress::read(Plan::contribution_form_v2(), &path)?;
/// assert_eq!(seen.phase().name, service.phase().name);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[must_use = "options do nothing until open, begin or read"]
pub struct OpenOptions {
    note: Option<String>,
    wait: Duration,
    head_store: Option<Box<dyn HeadStore>>,
    plan_file: Option<PathBuf>,
}

impl OpenOptions {
    /// No note, no waiting, no head store, no plan file.
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

    /// Keeps the head of the decision log in a second place too, so that more than single changed entries are noticed. A plan
    /// that has no head store yet gets this one; from then on it takes no step forward without it.
    pub fn head_store(mut self, store: impl HeadStore + 'static) -> Self {
        self.head_store = Some(Box::new(store));
        self
    }

    /// Remembers in the state where the plan was read from: [`State::plan_file`](super::State::plan_file), [`plan_file`].
    pub fn plan_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.plan_file = Some(path.into());
        self
    }

    /// Begins a plan.
    ///
    /// # Errors
    /// Those of [`Progress::begin`].
    pub fn begin(
        self,
        plan: Plan,
        path: impl AsRef<Path>,
        environment: Environment,
        by: &Signature,
        now: SystemTime,
    ) -> Result<Progress, Error> {
        let files = self.files(path.as_ref())?;
        let known = KnownHeads::new(self.head_store);
        Progress::begin_in(files, known, plan, environment, by, now)
            .map(|progress| progress.with_plan_file(self.plan_file))
    }

    /// Opens a plan that was begun, to write, and checks the whole log.
    ///
    /// # Errors
    /// Those of [`Progress::open`].
    pub fn open(self, plan: Plan, path: impl AsRef<Path>) -> Result<Progress, Error> {
        let files = self.files(path.as_ref())?;
        let known = KnownHeads::new(self.head_store);
        Progress::open_in(files, known, plan)
            .map(|progress| progress.with_plan_file(self.plan_file))
    }

    /// Opens a plan that was begun, to read.
    ///
    /// # Errors
    /// Those of [`Progress::read`].
    pub fn read(self, plan: Plan, path: impl AsRef<Path>) -> Result<Progress, Error> {
        let known = KnownHeads::new(self.head_store);
        Progress::open_in(Files::unlocked(path.as_ref()), known, plan)
    }

    fn files(&self, path: &Path) -> Result<Files, Error> {
        Files::locked(path, self.note.as_deref(), self.wait)
    }
}

/// The file that the plan with this state was read from, as far as its state says: for those who have to open a plan and
/// were not told which.
///
/// # Errors
/// [`ErrorKind::State`](crate::ErrorKind::State) when there is something else than a state,
/// [`ErrorKind::Io`](crate::ErrorKind::Io) when it can't be read.
pub fn plan_file(state: impl AsRef<Path>) -> Result<Option<PathBuf>, Error> {
    Files::unlocked(state.as_ref()).plan_file()
}
