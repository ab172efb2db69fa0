//! What replacing one rollout by another moves, and which way: exact, from the two documents alone.

use super::rollout::Rollout;
use super::share::Share;
use crate::version::Version;

/// Who moves between two rollouts of one salt. Requests, env and brake are not in it: it is about the documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moves<'a> {
    /// Parts per million of the ids that neither document pins, to v2 and to v1. At most one of them is above 0.
    pub(crate) to_v2: Share,
    pub(crate) to_v1: Share,
    /// The pinned ids (in either document) that move, with where to; in no particular order.
    pub(crate) pinned: Vec<(&'a str, Version)>,
}

impl Moves<'_> {
    /// Whether there is an id that moves to v2.
    pub(crate) fn any_to_v2(&self) -> bool {
        self.to_v2 > Share::ZERO || self.pinned.iter().any(|(_, to)| *to == Version::V2)
    }
}

/// Compares two rollouts of one salt. Takes time in proportion to their pins.
pub(crate) fn moves<'a>(old: &'a Rollout, new: &'a Rollout) -> Moves<'a> {
    let (before, after) = (reach(old).as_ppm(), reach(new).as_ppm());
    let share = |ppm| Share::ppm(ppm).unwrap_or_default();
    // Both documents have one seed, so the hash that one keeps with a pin holds for the other.
    let pinned = (old.pin_table().iter())
        .chain(new.pin_table().iter().filter(|(hash, id, _)| {
            // Once each: those in both came with the old ones.
            old.pin_table().get(*hash, id.as_bytes()).is_none()
        }))
        .filter_map(|(hash, id, _)| {
            let to = version(new, hash, id);
            (version(old, hash, id) != to).then_some((id, to))
        })
        .collect();
    Moves {
        to_v2: share(after.saturating_sub(before)),
        to_v1: share(before.saturating_sub(after)),
        pinned,
    }
}

/// The share of the unpinned ids that get v2.
fn reach(rollout: &Rollout) -> Share {
    match rollout.force() {
        Some(Version::V1) => Share::ZERO,
        Some(Version::V2) => Share::FULL,
        None => rollout.share(),
    }
}

/// The version that a rollout gives an id with this hash, by force, pin or share.
pub(crate) fn version(rollout: &Rollout, hash: u64, id: &str) -> Version {
    let pin = rollout.pin_table().get(hash, id.as_bytes());
    rollout.force().or(pin).unwrap_or_else(|| {
        let bucket = super::bucket::Bucket::of_hash(hash);
        if rollout.share().contains(bucket) {
            Version::V2
        } else {
            Version::V1
        }
    })
}

/// Whether the rollout gives this version to anyone.
pub(crate) fn reaches(rollout: &Rollout, version: Version) -> bool {
    let unpinned = match version {
        Version::V1 => reach(rollout) < Share::FULL,
        Version::V2 => reach(rollout) > Share::ZERO,
    };
    let pinned = || rollout.pins().any(|(_, to)| to == version);
    unpinned || (rollout.force().is_none() && pinned())
}

/// About how many of the unpinned ids go to v2, and to v1, when another salt draws all buckets again: each document's
/// bucket is independent of the other's.
pub(crate) fn rebucketed(old: &Rollout, new: &Rollout) -> (Share, Share) {
    let (before, after) = (reach(old).as_ppm(), reach(new).as_ppm());
    let both = |one: u32, two: u32| {
        let ppm = u64::from(one) * u64::from(two) / u64::from(Share::FULL.as_ppm());
        u32::try_from(ppm)
            .ok()
            .and_then(Share::ppm)
            .unwrap_or_default()
    };
    let rest = |ppm| Share::FULL.as_ppm() - ppm;
    (both(rest(before), after), both(before, rest(after)))
}
