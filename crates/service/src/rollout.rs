//! What says the share when the service starts: the plan, the rollout's file, what operators put before, or `--share`.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use cutover::migration::plan::{OpenOptions, Plan, Signature};
use cutover::routing::source::{File, Follow, Following};
use cutover::{Rollout, Router};

use crate::document::{Document, Followed};
use crate::options::Options;
use crate::planned::{Planned, first_rollout};
use crate::remembered::Remembered;
use crate::service::StartError;

/// The rollout's name when there is no document.
const NAME: &str = "contribution-form-v2";

/// The router, and where what it needs over a restart is kept.
pub(crate) struct Routing {
    pub(crate) router: Arc<Router>,
    pub(crate) planned: Option<Planned>,
    pub(crate) document: Option<Arc<Document>>,
    pub(crate) remembered: Option<Remembered>,
    /// Keeps the router at its file.
    pub(crate) following: Option<Following>,
}

/// Reads it all, on a thread that may wait for the disk.
///
/// # Errors
/// [`StartError::File`] and [`StartError::Refused`], the latter also when another process has the state folder.
pub(crate) async fn open(options: Options, admin: SocketAddr) -> Result<Routing, StartError> {
    let opened = tokio::task::spawn_blocking(move || read(&options, admin));
    opened.await.unwrap_or_else(|error| {
        let error = std::io::Error::other(error);
        Err(StartError::File(String::from("the state"), error))
    })
}

fn read(options: &Options, admin: SocketAddr) -> Result<Routing, StartError> {
    // What a second service on this folder is told of this one.
    let note = format!("admin {admin}");
    let planned = planned(options, &note)?;
    let document = match (&options.rollout, &options.state, &planned) {
        (Some(file), _, _) => Some(Document::new(file.clone())),
        (None, Some(folder), None) => Some(Document::new(folder.join("rollout.json"))),
        _ => None,
    };
    let document = document.map(Arc::new);
    let mut damage = None;
    let rollout = match (&options.rollout, &planned, &document) {
        // Read once before it is followed: the first document fixes the name, and one that is wrong is seen at once.
        (Some(path), _, _) => Rollout::from_json(&content(path)?)?,
        (None, Some(planned), _) => first_rollout(planned, NAME)?,
        (None, None, document) => {
            let share = || Rollout::builder(NAME, options.share).build();
            match document.as_ref().map(|document| kept(document)) {
                Some(Ok(Some(rollout))) => rollout,
                Some(Err(why)) => {
                    damage = Some(why);
                    share()?
                }
                Some(Ok(None)) | None => share()?,
            }
        }
    };
    let mut router = Router::builder().rollout(rollout);
    if let Some(folder) = &options.state {
        router = router.brake_file(folder.join("brake.json")).lock_note(note);
    }
    let router = Arc::new(router.build()?);
    if let Some(why) = damage {
        // As for an unreadable brake: nobody knows what the operators had put, and v1 is what everyone had before.
        router.brake(why);
    }
    let remembered = options.state.as_deref().map(|folder| {
        let path = folder.join("guard.json").display().to_string();
        Remembered::open(folder).map_err(|error| StartError::File(path, error))
    });
    let following = match (&options.rollout, &document) {
        (Some(_), Some(document)) => {
            let source = Followed::new(Arc::clone(document));
            Some(Follow::new(Arc::clone(&router), source).every(File::INTERVAL)?)
        }
        _ => None,
    };
    Ok(Routing {
        router,
        planned,
        document,
        remembered: remembered.transpose()?,
        following,
    })
}

/// What operators put before this start; an error says what to do about a file that is there and can't be used.
fn kept(document: &Document) -> Result<Option<Rollout>, String> {
    let path = document.path().display();
    let unusable = |error: &dyn std::fmt::Display| {
        format!(
            "the rollout that operators put, {path}, can't be used ({error}): put one anew and release the brake"
        )
    };
    let Some(json) = document.read().map_err(|error| unusable(&error))? else {
        return Ok(None);
    };
    let rollout = Rollout::from_json(&json).map_err(|error| unusable(&error))?;
    tracing::info!(
        file = %path,
        revision = rollout.revision(),
        share = %rollout.share(),
        "the rollout that operators put is in force, and not --share"
    );
    Ok(Some(rollout))
}

fn planned(options: &Options, note: &str) -> Result<Option<Planned>, StartError> {
    let (Some(plan), Some(folder)) = (&options.plan, &options.state) else {
        return Ok(None);
    };
    let plan = match plan {
        Some(path) => Plan::from_json(&content(path)?)?,
        None => Planned::default_plan()?,
    };
    let path = Planned::path(folder);
    let open = OpenOptions::new().note(note);
    let progress = if path.exists() || path.with_extension("json.log").exists() {
        open.open(plan.clone(), &path)?
    } else {
        let by = Signature::new("cutover-service", "started with a new plan")?;
        open.begin(plan.clone(), &path, &by, std::time::SystemTime::now())?
    };
    Ok(Some(Planned::new(plan, path, progress)))
}

fn content(path: &Path) -> Result<Vec<u8>, StartError> {
    std::fs::read(path).map_err(|error| StartError::File(path.display().to_string(), error))
}
