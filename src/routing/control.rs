//! The truth behind a router: what writers change, and what may be changed into what.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::brake::{BrakeNumber, Latch};
use super::braked_by::BrakedBy;
use super::change::Listener;
use super::decision::{Decision, Reason};
use super::env::Env;
use super::explain::Considered;
use super::gate::{Asked, Gate};
use super::moves::{moves, reaches};
use super::preflight::{forward_by_lower_revision, same_identity};
use super::rollout::Rollout;
use super::share::Share;
use super::status::{Refused, Status};
use crate::error::Error;
use crate::version::Version;

/// What fixes the seed.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) salt: String,
}

impl Identity {
    pub(crate) fn of(rollout: &Rollout) -> Self {
        Self {
            name: rollout.name().to_owned(),
            salt: rollout.salt().to_owned(),
        }
    }
}

/// What readers see: one state, whole.
pub(crate) struct Snapshot {
    pub(crate) gate: Gate,
    pub(crate) rollout: Option<Arc<Rollout>>,
}

pub(crate) struct Control {
    identity: Identity,
    pub(crate) rollout: Option<Arc<Rollout>>,
    pub(crate) since: SystemTime,
    pub(crate) env: Env,
    /// The brake that operators and guards pull; the environment's is in `env`.
    pub(crate) latch: Latch,
    pub(crate) refused: Option<Refused>,
    /// When the source that is followed was last read, or began to be followed; `None` without one.
    pub(crate) source_read: Option<Instant>,
    /// Whether a shadow runs the sample.
    pub(crate) shadow_runs: bool,
    pub(crate) listeners: Vec<Arc<Listener>>,
}

impl Control {
    pub(crate) fn new(
        identity: Identity,
        rollout: Option<Rollout>,
        env: Env,
        mut latch: Latch,
    ) -> Self {
        if env.brake {
            latch.brakings.count(BrakedBy::Environment);
        }
        Self {
            identity,
            rollout: rollout.map(Arc::new),
            since: SystemTime::now(),
            env,
            latch,
            refused: None,
            source_read: None,
            shadow_runs: false,
            listeners: Vec::new(),
        }
    }

    pub(crate) fn gate(&self) -> Gate {
        Gate::new(self.rollout.as_deref(), self.env.version, self.is_braked())
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            gate: self.gate(),
            rollout: self.rollout.clone(),
        }
    }

    pub(crate) fn revision(&self) -> Option<u32> {
        self.rollout.as_ref().map(|rollout| rollout.revision())
    }

    fn is_braked(&self) -> bool {
        self.latch.pulled().is_some() || self.env.brake
    }

    /// The brake that applying the rollout releases, if it may be applied at all.
    pub(crate) fn accept(&self, new: &Rollout) -> Result<Option<BrakeNumber>, Error> {
        same_identity((&self.identity.name, &self.identity.salt), new)?;
        let released = (new.releases_brake())
            .map(BrakeNumber::from)
            .filter(|number| self.latch.releases(*number, new.revision()));
        let Some(old) = self
            .rollout
            .as_deref()
            .filter(|old| new.revision() < old.revision())
        else {
            return Ok(released);
        };
        // Under the brake everyone is at v1: a lower revision that releases it moves whoever it gives v2.
        if moves(old, new).any_to_v2() || (released.is_some() && reaches(new, Version::V2)) {
            return Err(forward_by_lower_revision(old, new));
        }
        Ok(released)
    }

    /// The filter of the pins in force.
    pub(crate) fn pins(&self) -> &[u64] {
        let rollout = self.rollout.as_deref();
        rollout.map_or(&[], |rollout| rollout.pin_table().filter())
    }

    pub(crate) fn status(&self) -> Status {
        let rollout = self.rollout.as_deref();
        Status {
            name: self.identity.name.clone(),
            salt: self.identity.salt.clone(),
            revision: self.revision(),
            share: rollout.map_or(Share::ZERO, Rollout::share),
            shadow: rollout.map_or(Share::ZERO, Rollout::shadow),
            shadow_runs: self.shadow_runs,
            force: rollout.and_then(Rollout::force),
            allow_requested: rollout.is_some_and(Rollout::allow_requested),
            pins: rollout.map_or(0, |rollout| rollout.pin_table().len()),
            since: self.since,
            braked: self.is_braked(),
            brake: self.latch.pulled().cloned(),
            brakings: self.latch.brakings,
            state_error: self.latch.fault(),
            env: self.env.clone(),
            source_age: self.source_read.map(|at| at.elapsed()),
            last_error: self.refused.as_ref().map(Refused::aged),
        }
    }

    /// What each of the six rules says to a request.
    pub(crate) fn consider(&self, decision: &Decision, asked: &Asked<'_>) -> Vec<Considered> {
        let rules = Gate::RULES
            .into_iter()
            .filter(|rule| *rule != Reason::NoRollout);
        let considered = rules.map(|rule| match asked.rollout {
            None => {
                let because = "no rollout is in force".to_owned();
                Considered {
                    rule,
                    version: None,
                    applied: false,
                    because,
                }
            }
            Some(rollout) => Considered {
                rule,
                version: self.gate().rule(rule, asked),
                applied: rule == decision.reason,
                because: self.because(rule, rollout, decision, asked),
            },
        });
        considered.collect()
    }

    fn because(
        &self,
        rule: Reason,
        rollout: &Rollout,
        decision: &Decision,
        asked: &Asked<'_>,
    ) -> String {
        let says = |version: Option<Version>, yes: &str, no: &str| {
            version.map_or_else(|| no.to_owned(), |version| format!("{yes} {version}"))
        };
        match rule {
            Reason::NoRollout => "a rollout is in force".to_owned(),
            Reason::Brake => match (self.latch.pulled(), self.env.brake) {
                (Some(brake), _) => {
                    format!(
                        "brake {} is pulled: {}",
                        brake.number,
                        brake.reasons.join("; ")
                    )
                }
                (None, true) => "CUTOVER_BRAKE is set".to_owned(),
                (None, false) => "the brake is not pulled".to_owned(),
            },
            Reason::Requested if asked.wish.is_some() && !rollout.allow_requested() => {
                "the rollout does not allow requests".to_owned()
            }
            Reason::Requested => says(
                asked.wish,
                "the caller asked for",
                "no version was asked for",
            ),
            Reason::Env => says(
                self.env.version,
                "the environment says",
                "the environment says nothing",
            ),
            Reason::Forced => says(rollout.force(), "the document forces", "nothing is forced"),
            Reason::Pinned => {
                let pin = rollout.pin_table().get(asked.hash, asked.id);
                says(pin, "the document pins the id to", "the id is not pinned")
            }
            Reason::Share => {
                let (bucket, share) = (decision.bucket.get(), rollout.share());
                let sign = if share.contains(decision.bucket) {
                    "<"
                } else {
                    "≥"
                };
                format!("bucket {bucket} {sign} share {} ({share})", share.as_ppm())
            }
        }
    }
}
