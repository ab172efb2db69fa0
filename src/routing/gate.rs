//! The gate word, all of a router's state that most requests need in 64 bits, and the rules of the decision over it.

use super::bucket::Bucket;
use super::decision::{Decision, Reason};
use super::rollout::Rollout;
use super::share::Share;
use crate::version::Version;

/// ```text
///  63    60       59         58     57   56..55  54..53    52     51..20    19..0
/// | 0 | shadow | requested | pins | brake | force |  env | rollout | revision | share |
/// ```
/// `force` and `env` are 0 for none, else the version's number. Without the rollout bit the rest of the document's is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gate(u64);

const REVISION: u32 = 20;
const ROLLOUT: u64 = 1 << 52;
const ENV: u32 = 53;
const FORCE: u32 = 55;
const BRAKE: u64 = 1 << 57;
const PINS: u64 = 1 << 58;
const REQUESTED: u64 = 1 << 59;
const SHADOW: u64 = 1 << 60;
const SHARE_BITS: u64 = (1 << REVISION) - 1;
const VERSION_BITS: u64 = 0b11;

const _: () = assert!(
    (Share::FULL.as_ppm() as u64) <= SHARE_BITS,
    "the share fits its bits"
);

/// What the rules look at besides the gate.
pub(crate) struct Asked<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) hash: u64,
    pub(crate) wish: Option<Version>,
    /// The rollout that the gate is of; needed only when the gate has pins.
    pub(crate) rollout: Option<&'a Rollout>,
}

impl Gate {
    pub(crate) fn new(rollout: Option<&Rollout>, env: Option<Version>, brake: bool) -> Self {
        let flag = |bit: u64, set: bool| if set { bit } else { 0 };
        let document = rollout.map_or(0, |rollout| {
            ROLLOUT
                | u64::from(rollout.share().as_ppm())
                | u64::from(rollout.revision()) << REVISION
                | number(rollout.force()) << FORCE
                | flag(PINS, rollout.pin_table().len() > 0)
                | flag(REQUESTED, rollout.allow_requested())
                | flag(SHADOW, rollout.shadow() > Share::ZERO)
        });
        Self(document | number(env) << ENV | flag(BRAKE, brake))
    }

    pub(crate) const fn from_word(word: u64) -> Self {
        Self(word)
    }

    pub(crate) const fn word(self) -> u64 {
        self.0
    }

    /// Whether the share alone decides for a caller without a wish: a rollout, and no brake, env, force or pins.
    #[inline]
    pub(crate) const fn is_share_alone(self) -> bool {
        const RULES: u64 = ROLLOUT | BRAKE | PINS | (VERSION_BITS << ENV) | (VERSION_BITS << FORCE);
        self.0 & RULES == ROLLOUT
    }

    pub(crate) const fn has_pins(self) -> bool {
        self.0 & PINS != 0
    }

    /// The same for an id that is not pinned.
    #[inline]
    pub(crate) const fn without_pins(self) -> Self {
        Self(self.0 & !PINS)
    }

    pub(crate) const fn has_shadow(self) -> bool {
        self.0 & SHADOW != 0
    }

    pub(crate) const fn is_braked(self) -> bool {
        self.0 & BRAKE != 0
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn share(self) -> Share {
        Share::of_gate((self.0 & SHARE_BITS) as u32)
    }

    pub(crate) const fn revision(self) -> u32 {
        (self.0 >> REVISION) as u32
    }

    #[inline]
    pub(crate) fn by_share(self, hash: u64) -> Version {
        if self.share().contains(Bucket::of_hash(hash)) {
            Version::V2
        } else {
            Version::V1
        }
    }

    /// A decision that was made over this gate.
    #[inline]
    pub(crate) fn decision(
        self,
        hash: u64,
        (version, reason): (Version, Reason),
        in_shadow: bool,
    ) -> Decision {
        Decision {
            version,
            reason,
            bucket: Bucket::of_hash(hash),
            revision: self.revision(),
            share: self.share(),
            in_shadow,
        }
    }

    /// The rules, highest first. Without a rollout no other rule applies, so that one stands before them all.
    pub(crate) const RULES: [Reason; 7] = [
        Reason::NoRollout,
        Reason::Brake,
        Reason::Requested,
        Reason::Env,
        Reason::Forced,
        Reason::Pinned,
        Reason::Share,
    ];

    /// The version that a rule gives, looked at by itself; `None` when it does not apply.
    #[inline(always)]
    pub(crate) fn rule(self, rule: Reason, asked: &Asked<'_>) -> Option<Version> {
        match rule {
            Reason::NoRollout => (self.0 & ROLLOUT == 0).then_some(Version::V1),
            Reason::Brake => self.is_braked().then_some(Version::V1),
            Reason::Requested if self.0 & REQUESTED != 0 => asked.wish,
            Reason::Requested => None,
            Reason::Env => version(self.0 >> ENV),
            Reason::Forced => version(self.0 >> FORCE),
            Reason::Pinned => asked.rollout?.pin_table().get(asked.hash, asked.id),
            Reason::Share => Some(self.by_share(asked.hash)),
        }
    }

    /// The first rule that applies, and the version that it gives. Spelled out so that each look is a bit test: as a loop
    /// it took three times as long.
    #[inline]
    pub(crate) fn decide(self, asked: &Asked<'_>) -> (Version, Reason) {
        let look = |rule: Reason| Some((self.rule(rule, asked)?, rule));
        let [a, b, c, d, e, f, last] = Self::RULES;
        look(a)
            .or_else(|| look(b))
            .or_else(|| look(c))
            .or_else(|| look(d))
            .or_else(|| look(e))
            .or_else(|| look(f))
            .or_else(|| look(last))
            // The share always gives one.
            .unwrap_or((Version::V1, last))
    }
}

fn number(version: Option<Version>) -> u64 {
    match version {
        None => 0,
        Some(Version::V1) => 1,
        Some(Version::V2) => 2,
    }
}

fn version(bits: u64) -> Option<Version> {
    match bits & VERSION_BITS {
        1 => Some(Version::V1),
        2 => Some(Version::V2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Each part of the word reads back as it was written, whatever the other parts are.
        #[test]
        fn parts_of_the_word_do_not_touch(
            ppm in 0..=1_000_000u32, revision: u32, force in 0..3u64, env in 0..3u64,
            brake: bool, requested: bool, pins: bool, shadow: bool,
        ) {
            let share = Share::ppm(ppm).unwrap();
            let mut builder = Rollout::builder("n", share).revision(revision).allow_requested(requested);
            if let Some(version) = version(force) { builder = builder.force(version); }
            if pins { builder = builder.pin("id", Version::V2); }
            if shadow { builder = builder.shadow(Share::FULL); }
            let rollout = builder.build().unwrap();
            let gate = Gate::from_word(Gate::new(Some(&rollout), version(env), brake).word());
            let asked = Asked { id: b"other", hash: 0, wish: Some(Version::V2), rollout: None };
            prop_assert_eq!(gate.share(), share);
            prop_assert_eq!(gate.revision(), revision);
            prop_assert_eq!(gate.rule(Reason::Forced, &asked), version(force));
            prop_assert_eq!(gate.rule(Reason::Env, &asked), version(env));
            prop_assert_eq!(gate.rule(Reason::Requested, &asked), requested.then_some(Version::V2));
            prop_assert_eq!(gate.rule(Reason::NoRollout, &asked), None);
            prop_assert_eq!((gate.is_braked(), gate.has_pins(), gate.has_shadow()), (brake, pins, shadow));
            prop_assert_eq!(gate.is_share_alone(), !brake && !pins && force == 0 && env == 0);
        }
    }
}
