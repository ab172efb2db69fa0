//! Whom an edit of the rollout would move, before it is applied; and why a router would refuse it.

use serde::Serialize;

use super::moves::{moves, reaches, rebucketed, version};
use super::rollout::Rollout;
use super::share::Share;
use crate::error::{Error, ErrorKind};
use crate::version::Version;

/// Who would move between versions when one rollout replaces another.
///
/// It is about the documents: the environment and the brake, which come before them, are not in it.
#[derive(Clone, Debug, Serialize)]
pub struct Preflight<'a> {
    #[serde(skip)]
    old: &'a Rollout,
    #[serde(skip)]
    new: &'a Rollout,
    to_v2: Share,
    to_v1: Share,
    pinned_to_v2: Vec<&'a str>,
    pinned_to_v1: Vec<&'a str>,
    requests_to_v2: bool,
    requests_to_v1: bool,
}

impl<'a> Preflight<'a> {
    /// The share of the ids that neither document pins that would move to v2: exact, not a sample.
    #[must_use]
    pub fn to_v2(&self) -> Share {
        self.to_v2
    }

    /// The share of the ids that neither document pins that would move back to v1: exact, not a sample.
    #[must_use]
    pub fn to_v1(&self) -> Share {
        self.to_v1
    }

    /// The ids, pinned by either document, that would move to this version; sorted.
    #[must_use]
    pub fn pinned_to(&self, version: Version) -> &[&'a str] {
        match version {
            Version::V1 => &self.pinned_to_v1,
            Version::V2 => &self.pinned_to_v2,
        }
    }

    /// Whether callers who ask for a version would move to this one, because `allow_requested` changes. How many there
    /// are, documents can't tell.
    ///
    /// True when the new document begins to honour requests and someone who asks for `version` had the other one; and when
    /// it ceases to, and gives `version` to someone who may have asked for the other one.
    #[must_use]
    pub fn moves_requests_to(&self, version: Version) -> bool {
        match version {
            Version::V1 => self.requests_to_v1,
            Version::V2 => self.requests_to_v2,
        }
    }

    /// Whether the new document's revision is above the old one's. One that isn't looks the same in `status()`, and
    /// releases no brake.
    #[must_use]
    pub fn raises_revision(&self) -> bool {
        self.new.revision() > self.old.revision()
    }

    /// Whether any id would move to this version, pinned or not.
    #[must_use]
    pub fn moves_anyone_to(&self, version: Version) -> bool {
        let share = match version {
            Version::V1 => self.to_v1,
            Version::V2 => self.to_v2,
        };
        share > Share::ZERO || !self.pinned_to(version).is_empty()
    }

    /// The versions of one id, before and after.
    #[must_use]
    pub fn of(&self, id: impl AsRef<str>) -> (Version, Version) {
        let id = id.as_ref();
        let hash = self.old.seed().hash(id.as_bytes());
        (version(self.old, hash, id), version(self.new, hash, id))
    }
}

/// Compares two rollouts. Takes time in proportion to their pins.
///
/// ```
/// use cutover::{Rollout, Share, routing::preflight};
/// let old = Rollout::builder("contribution-form-v2", "10%".parse()?).build()?;
/// let new = Rollout::builder("contribution-form-v2", "25%".parse()?).revision(1).build()?;
/// let moved = preflight(&old, &new)?;
/// assert_eq!((moved.to_v2(), moved.to_v1()), ("15%".parse()?, Share::ZERO));
/// # Ok::<(), cutover::Error>(())
/// ```
///
/// # Errors
/// What a router with the old rollout in force would refuse the new one for. [`ErrorKind::Identity`]: another name or salt,
/// with about how many ids that would move. [`ErrorKind::Revision`]: a lower revision that would move someone to v2.
pub fn preflight<'a>(old: &'a Rollout, new: &'a Rollout) -> Result<Preflight<'a>, Error> {
    same_identity((old.name(), old.salt()), new).map_err(|error| rebuckets(error, old, new))?;
    let moves = moves(old, new);
    if new.revision() < old.revision() && moves.any_to_v2() {
        return Err(forward_by_lower_revision(old, new));
    }
    let pinned = |to: Version| {
        let mut ids: Vec<&str> = moves
            .pinned
            .iter()
            .filter(|(_, version)| *version == to)
            .map(|(id, _)| *id)
            .collect();
        ids.sort_unstable();
        ids
    };
    Ok(Preflight {
        old,
        new,
        to_v2: moves.to_v2,
        to_v1: moves.to_v1,
        pinned_to_v2: pinned(Version::V2),
        pinned_to_v1: pinned(Version::V1),
        requests_to_v2: moves_requests(old, new, Version::V2),
        requests_to_v1: moves_requests(old, new, Version::V1),
    })
}

fn moves_requests(old: &Rollout, new: &Rollout, to: Version) -> bool {
    let other = match to {
        Version::V1 => Version::V2,
        Version::V2 => Version::V1,
    };
    match (old.allow_requested(), new.allow_requested()) {
        // Whoever asks for it gets it: a move for those whose id had the other one.
        (false, true) => reaches(old, other),
        // Whoever asked for the other one gets what the id has.
        (true, false) => reaches(new, to),
        _ => false,
    }
}

/// The router's refusal of another name or salt, with whom it would move.
fn rebuckets(refusal: Error, old: &Rollout, new: &Rollout) -> Error {
    let (to_v2, to_v1) = match old.salt() == new.salt() {
        true => return refusal,
        false => rebucketed(old, new),
    };
    let message = format!("{refusal}; about {to_v2} of the ids would move to v2 and {to_v1} to v1");
    Error::new(refusal.kind(), refusal.path(), message)
}

/// Refuses a rollout with another name or salt than this one.
pub(crate) fn same_identity((name, salt): (&str, &str), new: &Rollout) -> Result<(), Error> {
    let (path, why) = match (new.name() == name, new.salt() == salt) {
        (true, true) => return Ok(()),
        (false, true) => ("/name", "name than the router"),
        (false, false) => (
            "/name",
            "name than the router, which would re-bucket everyone",
        ),
        (true, false) => (
            "/salt",
            "salt than the router, which would re-bucket everyone",
        ),
    };
    let message = format!("the document has another {why}: restore it, or start a new router");
    Err(Error::new(ErrorKind::Identity, path, message))
}

pub(crate) fn forward_by_lower_revision(old: &Rollout, new: &Rollout) -> Error {
    let (old, new) = (old.revision(), new.revision());
    let message = format!(
        "revision {new} is lower than {old}, which is in force, and would move ids to v2: \
         give the document a revision of at least {old}"
    );
    Error::new(ErrorKind::Revision, "/revision", message)
}
