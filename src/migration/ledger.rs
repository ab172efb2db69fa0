//! What a guard knows: what its looks have taken in since the share changed, second by second.

use std::collections::VecDeque;
use std::time::Duration;

use super::bet::Bet;
use super::evidence::rate_at_most;
use super::kept::Keeper;
use super::latency::Latencies;
use super::outcome::Outcome;
use super::outcomes::{Outcomes, Ring};
use super::settings::Settings;
use super::snapshot::{KINDS, kind};
use super::unrecorded::{Reconciliation, Unrecorded};
use super::verdict::Count;
use super::windows::{ENOUGH, Windows};
use crate::routing::Share;
use crate::version::Version;

/// v1's requests from which it is learned what is slow, and how often v1 fails.
const LEARN_FROM: u64 = 1_000;
/// The rate that v2's failures are held against at 100 %, at least and at most.
const LEAST_RATE: f64 = 0.02;
const MOST_RATE: f64 = 0.5;
/// Rates are those of the last so many seconds.
const RATES_OVER: u64 = 300;

/// What was taken in of one second, v1 first.
pub(super) type Counts = [Count; 2];

#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) keeper: Keeper,
    reconciliation: Reconciliation,
    pub(super) share: Option<Share>,
    /// The first second that is not taken in.
    next: u64,
    windows: [Windows; Bet::ALL.len()],
    /// Of the last five minutes at this share, with the second, and their sum.
    seconds: VecDeque<(u64, Counts)>,
    pub(super) recent: Counts,
    /// Since the share changed.
    pub(super) all: Counts,
    /// Since when this share is in force.
    pub(super) since: Duration,
    /// v1's requests that were taken in, and how many there were when it was last learned what is slow.
    v1: Latencies,
    v1_learned: u64,
    v1_requests: u64,
    /// How often v2 may fail at 100 %.
    pub(super) p0: f64,
}

impl Ledger {
    pub(super) fn new(keeper: Keeper, reconciliation: Reconciliation) -> Self {
        Self {
            keeper,
            reconciliation,
            share: None,
            next: 0,
            windows: Default::default(),
            seconds: VecDeque::new(),
            recent: Counts::default(),
            all: Counts::default(),
            since: Duration::ZERO,
            v1: Latencies::default(),
            v1_learned: 0,
            v1_requests: 0,
            p0: LEAST_RATE,
        }
    }

    pub(super) fn windows(&self, bet: Bet) -> &Windows {
        &self.windows[bet as usize]
    }

    /// How long a request of v1 may take, and one of v2; `None` until that is known.
    pub(super) fn slow_after(&self, settings: &Settings) -> Option<[Duration; 2]> {
        let v1 = Duration::from_nanos(self.keeper.kept().slow_ns?);
        Some([v1, v1.mul_f64(settings.slower)])
    }

    /// The bets that there is something to bet on at this share.
    pub(super) fn running(&self, settings: &Settings) -> impl Iterator<Item = Bet> {
        let share = self.share.unwrap_or(Share::ZERO);
        let compared = Share::ZERO < share && share < Share::FULL;
        let weights = settings.weights;
        let slow = self.keeper.kept().slow_ns.is_some();
        let begun = self.share.is_some();
        Bet::ALL.into_iter().filter(move |&bet| {
            let runs = match bet {
                Bet::Error | Bet::Failure => compared,
                Bet::Slow => compared && slow,
                Bet::Absolute => share == Share::FULL,
                Bet::Shadow => begun,
            };
            runs && weights[bet as usize] > 0.0
        })
    }

    /// Forgets the evidence: from the next whole second on, requests decided at this share are evidence.
    pub(super) fn restart(
        &mut self,
        share: Share,
        now: Duration,
        settings: &Settings,
        outcomes: &Outcomes,
    ) {
        outcomes.frame.close();
        outcomes.drop_evidence();
        if self.share != Some(share) {
            self.note_change(share, settings);
        }
        self.windows.iter_mut().for_each(Windows::close);
        self.seconds.clear();
        self.reconciliation.restart();
        (self.recent, self.all) = Default::default();
        self.share = Some(share);
        self.since = now;
        self.next = ceil(now);
        self.begin_windows(now, settings);
        self.keeper.save();
        outcomes.frame.set_slow(self.slow_after(settings));
        outcomes.frame.open(share, self.next);
    }

    /// Takes in every second that is old enough.
    pub(super) fn take_in(&mut self, now: Duration, settings: &Settings, outcomes: &Outcomes) {
        let wait = 1 + settings.request_timeout.as_secs();
        let Some(due) = now.as_secs().checked_sub(wait) else {
            return;
        };
        if self.share.is_none() || due < self.next {
            return;
        }
        let first = self.next;
        self.next = due + 1;
        outcomes.expire(first, self.next);
        // Seconds beyond what the rings have are empty: whoever had one to record would have noted an overrun.
        let last = due.min(first.saturating_add(outcomes.frame.seconds() - 1));
        for second in first..=last {
            outcomes.frame.advance(second + 1);
            self.take_second(second, outcomes);
        }
        outcomes.frame.advance(self.next);
        if self.share < Some(Share::FULL) {
            let [v1, _] = self.all;
            self.keeper.note_v1(v1.failures, v1.requests - v1.failures);
        }
        self.forget_before((due + 1).saturating_sub(RATES_OVER));
        if self.keeper.kept().slow_ns.is_none() && self.v1_requests >= LEARN_FROM {
            self.learn_slow(settings);
            outcomes.frame.set_slow(self.slow_after(settings));
        }
    }

    /// Requests that were decided and never recorded; `None` when nobody counts decisions.
    pub(super) fn unrecorded(&self) -> Option<Unrecorded> {
        self.reconciliation.found()
    }

    /// Compares what was decided with what was taken in.
    pub(super) fn reconcile(&mut self, now: Duration) {
        if self.share.is_some() {
            self.reconciliation
                .look(now, self.since, self.next, &self.all);
        }
    }

    /// Begins the next window of each bet for which it is due, in the next whole second.
    pub(super) fn begin_windows(&mut self, now: Duration, settings: &Settings) {
        let enough = |bet| match bet {
            Bet::Absolute => ENOUGH as f64 / self.p0,
            _ => ENOUGH as f64,
        };
        let due: Vec<Bet> = self
            .running(settings)
            .filter(|&bet| self.windows(bet).is_next_due(now, enough(bet)))
            .collect();
        if due.is_empty() {
            return;
        }
        for (bet, number) in due
            .iter()
            .zip(self.keeper.next_windows(&due).into_iter().flatten())
        {
            self.windows[*bet as usize].begin(number, ceil(now));
        }
    }

    fn take_second(&mut self, second: u64, outcomes: &Outcomes) {
        let taken = outcomes.take_second(second, &mut self.v1);
        let counts = counts(&taken);
        if counts != Counts::default() {
            add(&mut self.recent, &counts);
            add(&mut self.all, &counts);
            self.seconds.push_back((second, counts));
            self.v1_requests += counts[0].requests;
        }
        for (ring, bet) in [
            (Ring::Errors, Bet::Error),
            (Ring::Failures, Bet::Failure),
            (Ring::Slow, Bet::Slow),
        ] {
            let bet = match (bet, self.share) {
                (Bet::Failure, Some(Share::FULL)) => Bet::Absolute,
                _ => bet,
            };
            let windows = &mut self.windows[bet as usize];
            outcomes.take_errors(ring, second, |cell, version| {
                windows.count(second, cell, version);
            });
        }
        let windows = &mut self.windows[Bet::Shadow as usize];
        let slot = outcomes.frame.slot(second);
        outcomes
            .pairs
            .take(slot, |cell, version| windows.count(second, cell, version));
        let [_, v2] = counts;
        self.windows[Bet::Absolute as usize].count_rest(second, v2.requests - v2.failures);
    }

    fn forget_before(&mut self, second: u64) {
        while let Some((_, counts)) = self.seconds.front().filter(|(at, _)| *at < second) {
            for (sum, count) in self.recent.iter_mut().zip(counts) {
                sum.requests -= count.requests;
                sum.errors -= count.errors;
                sum.failures -= count.failures;
            }
            self.seconds.pop_front();
        }
    }

    /// The share becomes another: what is known of v1 up to now is used from here on.
    fn note_change(&mut self, share: Share, settings: &Settings) {
        if self.v1_requests - self.v1_learned >= LEARN_FROM {
            self.learn_slow(settings);
        }
        if share < Share::FULL {
            self.keeper.note_v1(0, 0);
            return;
        }
        let (failed, rest) = self.keeper.kept().v1;
        self.p0 = if failed + rest < LEARN_FROM {
            LEAST_RATE
        } else {
            (2.0 * rate_at_most(failed, rest, 1_000.0_f64.ln())).clamp(LEAST_RATE, MOST_RATE)
        };
    }

    fn learn_slow(&mut self, settings: &Settings) {
        let Some(p99) = self.v1.quantile(0.99) else {
            return;
        };
        self.v1_learned = self.v1_requests;
        let slow = p99.max(settings.latency_budget.unwrap_or_default());
        let nanos = u64::try_from(slow.as_nanos()).ok();
        self.keeper.update(|kept| kept.slow_ns = nanos);
    }
}

/// The first whole second from this time on.
fn ceil(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

fn counts(taken: &[u64; KINDS / 2]) -> Counts {
    [Version::V1, Version::V2].map(|version| {
        let of = |outcome| taken[kind(version, outcome)];
        Count {
            requests: Outcome::ALL.into_iter().map(of).sum(),
            errors: of(Outcome::Rejected) + of(Outcome::Failed),
            failures: of(Outcome::Failed),
        }
    })
}

fn add(sums: &mut Counts, counts: &Counts) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        sum.requests += count.requests;
        sum.errors += count.errors;
        sum.failures += count.failures;
    }
}
