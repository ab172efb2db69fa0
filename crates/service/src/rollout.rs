//! What says the share when the service starts: the plan, the rollout's file, what operators put before, or `--share`.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use cutover::migration::plan::Plan;
use cutover::routing::BrakedBy;
use cutover::routing::source::{File, Follow, Following};
use cutover::{Rollout, Router};

use crate::document::{Document, Followed};
use crate::options::Options;
use crate::planned::{Begin, Planned, first_rollout};
use crate::service::StartError;
use crate::store::Store;

/// The router, and where what it needs over a restart is kept.
pub(crate) struct Routing {
    pub(crate) router: Arc<Router>,
    pub(crate) planned: Option<Planned>,
    pub(crate) document: Option<Arc<Document>>,
    /// Keeps the router at its file.
    pub(crate) following: Option<Following>,
}

/// Reads it all, on a thread that may wait for the disk. The rollout has this name when there is no document.
///
/// # Errors
/// [`StartError::File`] and [`StartError::Refused`], the latter also when another process has the state folder.
pub(crate) async fn open(
    options: Options,
    name: String,
    admin: SocketAddr,
    store: &Store,
) -> Result<Routing, StartError> {
    let plan = plan(&options)?;
    let heads = match &plan {
        Some(plan) => store.heads(plan.name()).await?,
        None => None,
    };
    let opened = tokio::task::spawn_blocking(move || {
        // Without this, a typo or a disk that isn't mounted would look like a brake that can't be read.
        if let Some(folder) = options.state.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(StartError::NoFolder(folder.clone()));
        }
        // What a second service on this folder is told of this one.
        let note = format!("admin {admin}");
        let planned = match (plan, &options.state) {
            (Some(plan), Some(folder)) => {
                let begin = Begin {
                    environment: options.environment,
                    raise: options.raise,
                    plan_file: options.plan.clone().flatten(),
                };
                Some(Planned::open(
                    plan,
                    Planned::path(folder),
                    heads,
                    &note,
                    begin,
                )?)
            }
            _ => None,
        };
        read(&options, &name, planned, note)
    });
    opened.await.unwrap_or_else(|error| {
        let error = std::io::Error::other(error);
        Err(StartError::File(String::from("the state"), error))
    })
}

fn plan(options: &Options) -> Result<Option<Plan>, StartError> {
    Ok(match &options.plan {
        None => None,
        Some(Some(path)) => Some(Plan::from_json(&content(path)?)?),
        Some(None) => Some(Plan::contribution_form_v2()),
    })
}

fn read(
    options: &Options,
    name: &str,
    planned: Option<Planned>,
    note: String,
) -> Result<Routing, StartError> {
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
        (None, Some(planned), _) => first_rollout(planned, name)?,
        (None, None, document) => {
            let share = || Rollout::builder(name, options.share).build();
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
        router.brake_by(BrakedBy::Document, why);
    }
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

fn content(path: &Path) -> Result<Vec<u8>, StartError> {
    std::fs::read(path).map_err(|error| StartError::File(path.display().to_string(), error))
}
