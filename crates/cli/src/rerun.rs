//! A recorded log through outcomes and guard, by the times that were logged.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use cutover::migration::evidence::ln_sample_ratio;
use cutover::migration::{Action, Guard, GuardBuilder, Kept, Outcome, Snapshot, Verdict};
use cutover::routing::Seed;
use cutover::{Clock, Decision, ManualClock, Reason, Request, Rollout, Router, Share, Version};

use crate::failure::Failure;
use crate::log::Entry;

/// The log's share of v2 is said to be another when it has at most this probability.
const UNLIKELY: f64 = 1e-3;
/// How many principals are few, and how many requests say something about that.
const FEW: usize = 10;
const FEWEST: usize = 1_000;
/// The guard counts the principals of one bucket in so many.
const SAMPLE: u32 = 64;

/// A log on its way through a guard: read whole, then judged.
///
/// A request is known to a service when it ends or reaches the request timeout, whichever is first; so it is recorded here.
/// The guard looks at every whole second of the log, before what is recorded in it.
pub(crate) struct Rerun {
    share: Share,
    guard: GuardBuilder,
    /// In whole seconds.
    timeout: Duration,
    requests: Vec<Logged>,
}

struct Logged {
    line: u64,
    /// When the line was written, when the request started, and when it ended or timed out.
    at: Duration,
    started: Duration,
    known: Duration,
    took: Duration,
    version: Version,
    outcome: Outcome,
    principal: Box<str>,
    /// The share in force, if the line says.
    share: Option<Share>,
    /// Whether the share decided: other requests, such as v1's after v2 failed, are no evidence.
    by_share: bool,
}

impl Rerun {
    /// A guard as this builder makes it, with this request timeout, over requests of which this share was on v2.
    pub(crate) fn new(share: Share, guard: GuardBuilder, timeout: Duration) -> Self {
        let seconds = timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0);
        Self {
            share,
            guard: guard.request_timeout(timeout),
            timeout: Duration::from_secs(seconds),
            requests: Vec::new(),
        }
    }

    /// The next request of the log.
    pub(crate) fn record(&mut self, line: u64, entry: &Entry<'_>) {
        let at = entry.timestamp.0;
        let started = at.saturating_sub(entry.took);
        self.requests.push(Logged {
            line,
            at,
            started,
            known: at.min(started.saturating_add(self.timeout)),
            took: entry.took,
            version: entry.version,
            outcome: entry.action.outcome(),
            principal: entry
                .principal
                .as_ref()
                .unwrap_or(&entry.id)
                .as_ref()
                .into(),
            share: entry.share,
            by_share: entry.reason.as_ref().is_none_or(|reason| reason == "share"),
        });
    }

    /// What the guard says of the log, if it had kept this before.
    pub(crate) fn end(mut self, kept: Kept) -> Result<End, Failure> {
        let usage = |error: cutover::Error| Failure::Usage(error.to_string());
        self.requests
            .sort_by_key(|request| (request.known, request.line));
        let share_doubt = self.doubt_share();
        let ten_busiest = self.ten_busiest();
        let clock = Arc::new(ManualClock::new());
        let guard = self
            .guard
            .kept(kept, |_| Ok(()))
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .build()
            .map_err(usage)?;
        let mut playing = Playing {
            guard,
            clock,
            shares: shares(&self.requests, self.share),
            rolled_back: None,
        };
        let begin = self.requests.iter().map(|request| request.started).min();
        playing.look(begin.unwrap_or_default().as_secs());
        let mut decisions = HashMap::new();
        // The log says nothing of buckets: one in 64 principals stands for one bucket in 64.
        let sample = Seed::new("sample");
        for request in &self.requests {
            playing.look_until(request.known.as_secs());
            let share = request.share.unwrap_or(self.share);
            let sampled = sample
                .bucket(request.principal.as_bytes())
                .get()
                .is_multiple_of(SAMPLE);
            let kind = (share.as_ppm(), request.version, sampled, request.by_share);
            let decision = match decisions.get(&kind) {
                Some(decision) => decision,
                None => decisions
                    .entry(kind)
                    .or_insert(decision(share, request, sampled).map_err(usage)?),
            };
            playing.guard.outcomes().record(
                decision,
                request.principal.as_bytes(),
                request.outcome,
                request.started,
                request.took,
            );
        }
        if let Some(last) = self.requests.iter().map(|request| request.at).max() {
            playing.look_until(last.as_secs() + self.timeout.as_secs() + 2);
        }
        let rolled_back = playing.rolled_back.map(|(look, verdict)| {
            let look = Duration::from_secs(look);
            let before = self.requests.iter().filter(|request| request.at < look);
            let line = before.map(|request| request.line).max().unwrap_or(0);
            (line, verdict)
        });
        Ok(End {
            at_end: playing.guard.verdict(),
            rolled_back,
            kept: playing.guard.kept(),
            seen: playing.guard.outcomes().snapshot(),
            share_doubt,
            ten_busiest,
        })
    }

    /// The part of the requests that the 10 busiest principals sent, when it is half of them or more: then the evidence is
    /// mostly about them.
    fn ten_busiest(&self) -> Option<f64> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for request in self.requests.iter().filter(|request| request.by_share) {
            *counts.entry(&request.principal).or_default() += 1;
        }
        let mut counts: Vec<usize> = counts.into_values().collect();
        counts.sort_unstable_by(|one, other| other.cmp(one));
        let all: usize = counts.iter().sum();
        let busiest: usize = counts.iter().take(FEW).sum();
        (all >= FEWEST && 2 * busiest >= all).then(|| busiest as f64 / all as f64)
    }

    /// What the log's share of v2 is, when it isn't likely to be the one that was given: by principal, as retries of one
    /// are no sign of anything. Lines that say their share are trusted.
    fn doubt_share(&self) -> Option<f64> {
        let mut first: HashMap<&str, Version> = HashMap::new();
        for request in &self.requests {
            if request.share.is_none() && request.by_share {
                first.entry(&request.principal).or_insert(request.version);
            }
        }
        let v2 = first.values().filter(|&&version| version == Version::V2);
        let (v2, all) = (v2.count() as u64, first.len() as u64);
        let found = v2 as f64 / all.max(1) as f64;
        let share = f64::from(self.share.as_ppm()) / 1e6;
        let doubtful = if 0.0 < share && share < 1.0 {
            ln_sample_ratio(v2, all - v2, share) >= -UNLIKELY.ln()
        } else {
            // Nobody is on the other version by the share.
            all > 0 && (found - share).abs() > f64::EPSILON
        };
        doubtful.then_some(found)
    }
}

struct Playing {
    guard: Guard,
    clock: Arc<ManualClock>,
    /// The share from each second on.
    shares: BTreeMap<u64, Share>,
    /// At which look, and what it said.
    rolled_back: Option<(u64, Verdict)>,
}

impl Playing {
    /// Looks at every second up to this one; after a rollback there is nothing more to look at.
    fn look_until(&mut self, last: u64) {
        while self.rolled_back.is_none() && self.clock.now().as_secs() < last {
            self.look(self.clock.now().as_secs() + 1);
        }
    }

    fn look(&mut self, second: u64) {
        let now = Duration::from_secs(second);
        self.clock.advance(now.saturating_sub(self.clock.now()));
        let verdict = self.guard.evaluate();
        if verdict.action == Action::RollBack {
            self.rolled_back = Some((second, verdict));
            return;
        }
        while let Some((&from, &share)) = self.shares.first_key_value() {
            if from > second {
                break;
            }
            self.guard.observe(share);
            self.shares.remove(&from);
        }
    }
}

/// The share from each second on: the one that was given in the second in which the first request starts, and each other
/// that a line says in the second in which the first request with it starts.
fn shares(requests: &[Logged], share: Share) -> BTreeMap<u64, Share> {
    let by_share = requests.iter().filter(|request| request.by_share);
    let mut by_start: Vec<&Logged> = by_share.collect();
    by_start.sort_by_key(|request| (request.started, request.line));
    let mut changes = BTreeMap::new();
    let mut in_force = None;
    for request in by_start {
        let said = request.share.unwrap_or(share);
        if in_force != Some(said) {
            in_force = Some(said);
            changes.insert(request.started.as_secs(), said);
        }
    }
    if changes.is_empty() {
        changes.insert(0, share);
    }
    changes
}

/// What came of a log.
pub(crate) struct End {
    /// The last line before the look that said "roll back", and what it said.
    pub(crate) rolled_back: Option<(u64, Verdict)>,
    /// What the guard said at the end.
    pub(crate) at_end: Verdict,
    /// What the guard would keep.
    pub(crate) kept: Kept,
    /// All requests.
    pub(crate) seen: Snapshot,
    /// The log's share of v2, when it isn't likely to be the one that was given.
    pub(crate) share_doubt: Option<f64>,
    /// The part of the requests that the 10 busiest principals sent, when it is most of them.
    pub(crate) ten_busiest: Option<f64>,
}

impl End {
    /// The guard's word: "roll back" is its last.
    pub(crate) fn verdict(&self) -> &Verdict {
        self.rolled_back
            .as_ref()
            .map_or(&self.at_end, |(_, verdict)| verdict)
    }
}

/// A decision for this version, of a bucket that is in the guard's sample or of one that isn't: by the share where that
/// ever decides so, as a request else. At 0 % whoever is on v2 has asked for it, and is no evidence.
fn decision(share: Share, request: &Logged, sampled: bool) -> Result<Decision, cutover::Error> {
    let version = request.version;
    let rollout = Rollout::builder("rerun", share).allow_requested(true);
    let router = Router::builder()
        .rollout(rollout.build()?)
        .env(|_| None)
        .build()?;
    let asked = router.decide(&Request::new("any").requested(version));
    let share_decides = match version {
        Version::V1 => share < Share::FULL,
        Version::V2 => share > Share::ZERO,
    };
    if !share_decides || !request.by_share {
        return Ok(asked);
    }
    // At a share of a millionth v2 has bucket 0 alone: found in a million ids, a tenth of a second, and never beside the sample.
    let decisions =
        || (0..10_000_000_u64).map(|id| router.decide(&Request::new(&id.to_le_bytes())));
    let fits =
        |decision: &Decision| decision.version() == version && decision.reason() == Reason::Share;
    let wanted = |decision: &Decision| decision.bucket().get().is_multiple_of(SAMPLE) == sampled;
    let found = decisions().find(|decision| fits(decision) && wanted(decision));
    Ok(found.or_else(|| decisions().find(fits)).unwrap_or(asked))
}
