//! Evidence held against the limits of a phase. Pure; the time is handed in.

use std::time::{Duration, SystemTime};

use super::evidence::{Evidence, FEWEST, Percentile, Shadowed, Soundness};
use super::gate::{Gate, GateResult, GateStatus};
use super::signature::Signature;
use super::{Phase, Plan, Requirement};
use crate::migration::verdict::Rough;

impl Plan {
    /// Holds the evidence of a phase (by its index) against its gates, and the approval against what the next phase takes.
    /// Every gate answers, in a fixed order; a phase that the plan doesn't have has no gates.
    ///
    /// A rate over a limit is "no-go" and a figure that is missing is "hold": no news is never good news. A percentile is
    /// "go" or "no-go" when its bounds leave no doubt, and "hold" until then. `p95_times_v1` is a gate only where the share
    /// decides who gets v2: at 0 % and 100 % there is nothing to compare.
    #[must_use]
    pub fn judge(
        &self,
        phase: usize,
        since: SystemTime,
        evidence: &Evidence,
        approval: Option<&Signature>,
        now: SystemTime,
    ) -> Vec<GateResult> {
        let mut answers = self.phases().get(phase).map_or_else(Vec::new, |at| {
            // A clock that was set back shows no time at all: the phase lasts longer for it, never shorter.
            let lasted = now.duration_since(since).unwrap_or_default();
            at.judge(evidence, lasted)
        });
        let next = self.phases().get(phase.saturating_add(1));
        answers.extend(
            next.filter(|next| next.approval)
                .map(|next| approved(&next.name, approval)),
        );
        answers
    }
}

impl Phase {
    fn judge(&self, evidence: &Evidence, lasted: Duration) -> Vec<GateResult> {
        let Evidence { v1, v2, .. } = evidence;
        let gates = &self.gates;
        // A bound of the ratio takes enough requests of both.
        let fewest = v1.requests.min(v2.requests);
        let rate = |part: u64| (v2.requests > 0).then(|| part as f64 / v2.requests as f64);
        let mut answers = vec![
            brake(evidence.braked),
            at_least(
                Gate::Soak,
                lasted.as_secs(),
                self.min_soak_s,
                "s in this phase",
            ),
            at_least(
                Gate::Requests,
                v2.requests,
                self.min_requests,
                "requests of v2",
            ),
        ];
        answers.extend(
            gates
                .error_rate
                .map(|limit| below(Gate::ErrorRate, rate(v2.errors), limit)),
        );
        answers.extend(
            gates
                .failure_rate
                .map(|limit| below(Gate::FailureRate, rate(v2.failures), limit)),
        );
        answers.extend(
            gates
                .p95_ms
                .map(|limit| between(Gate::P95, v2.p95(), limit as f64, "ms", v2.requests)),
        );
        let compared = gates.p95_times_v1.filter(|_| self.compares());
        answers.extend(compared.map(|limit| {
            let times = v2.p95().over(v1.p95());
            between(Gate::P95TimesV1, times, limit, "times v1's", fewest)
        }));
        let shadow = |limit| shadow_divergences(evidence.shadow, limit);
        answers.extend(gates.shadow_divergences.map(shadow));
        answers.extend(gates.evidence.then(|| verdict(evidence)));
        answers.extend((self.go == Requirement::Required).then(|| go(evidence)));
        answers
    }
}

fn brake(braked: bool) -> GateResult {
    let (status, reason) = if braked {
        (
            GateStatus::NoGo,
            "the brake is pulled: find out why and release it, or go back",
        )
    } else {
        (GateStatus::Go, "the brake is not pulled")
    };
    GateResult {
        gate: Gate::Brake,
        status,
        figure: None,
        limit: None,
        reason: reason.to_owned(),
    }
}

fn at_least(gate: Gate, figure: u64, limit: u64, what: &str) -> GateResult {
    let status = if figure >= limit {
        GateStatus::Go
    } else {
        GateStatus::Hold
    };
    let reason = format!("{figure} {what}, at least {limit} are asked for");
    GateResult {
        gate,
        status,
        figure: Some(figure as f64),
        limit: Some(limit as f64),
        reason,
    }
}

fn below(gate: Gate, figure: Option<f64>, limit: f64) -> GateResult {
    held(
        gate,
        figure,
        limit,
        |figure| figure < limit,
        |figure| format!("{figure:.4} of v2's requests, to be below {limit}"),
    )
}

fn at_most(gate: Gate, figure: Option<f64>, limit: f64, what: &str) -> GateResult {
    held(
        gate,
        figure,
        limit,
        |figure| figure <= limit,
        |figure| format!("{figure:.2} {what}, at most {limit} are allowed"),
    )
}

/// A percentile says "go" or "no-go" when both its bounds say so.
fn between(gate: Gate, p95: Percentile, limit: f64, what: &str, requests: u64) -> GateResult {
    let Percentile {
        lower,
        estimate,
        upper,
    } = p95;
    let status = if upper.is_some_and(|upper| upper <= limit) {
        GateStatus::Go
    } else if lower.is_some_and(|lower| lower > limit) {
        GateStatus::NoGo
    } else {
        GateStatus::Hold
    };
    let number = |bound: Option<f64>| bound.map(|bound| format!("{bound:.2}"));
    let known = match (number(lower), number(upper)) {
        (Some(lower), Some(upper)) => format!("certainly {lower} to {upper} {what}"),
        (Some(lower), None) => format!("certainly {lower} {what} or more"),
        (None, Some(upper)) => format!("certainly {upper} {what} or less"),
        (None, None) => "nothing certain yet".to_owned(),
    };
    let wait = match (status, requests) {
        (GateStatus::Hold, _) if requests < FEWEST => {
            let missing = FEWEST - requests;
            format!(": wait for at least {missing} more requests, {requests} of {FEWEST} are there")
        }
        (GateStatus::Hold, _) => ": wait for more requests".to_owned(),
        _ => String::new(),
    };
    GateResult {
        gate,
        status,
        figure: estimate.filter(|estimate| !estimate.is_nan()),
        limit: Some(limit),
        reason: format!("{known}; at most {limit} {what} is allowed{wait}"),
    }
}

fn held(
    gate: Gate,
    figure: Option<f64>,
    limit: f64,
    holds: impl Fn(f64) -> bool,
    say: impl Fn(f64) -> String,
) -> GateResult {
    let limited = Some(limit);
    match figure {
        // Not a number is no figure.
        Some(figure) if !figure.is_nan() => {
            let status = if holds(figure) {
                GateStatus::Go
            } else {
                GateStatus::NoGo
            };
            GateResult {
                gate,
                status,
                figure: Some(figure),
                limit: limited,
                reason: say(figure),
            }
        }
        _ => {
            let reason = format!("nothing measured yet to hold against {limit}");
            GateResult {
                gate,
                status: GateStatus::Hold,
                figure: None,
                limit: limited,
                reason,
            }
        }
    }
}

fn shadow_divergences(shadow: Option<Shadowed>, limit: u64) -> GateResult {
    let missing = match shadow {
        None => {
            "no shadow runs, or none was reported: start one, or take this gate out of the plan"
        }
        Some(Shadowed {
            comparisons: 0,
            divergences: 0,
        }) => "the shadow has compared nothing yet: is the document's shadow share above 0%?",
        Some(Shadowed { divergences, .. }) => {
            let what = "shadowed requests differ";
            let figure = Some(divergences as f64);
            return at_most(Gate::ShadowDivergences, figure, limit as f64, what);
        }
    };
    GateResult {
        gate: Gate::ShadowDivergences,
        status: GateStatus::Hold,
        figure: None,
        limit: Some(limit as f64),
        reason: missing.to_owned(),
    }
}

fn verdict(evidence: &Evidence) -> GateResult {
    let (status, reason) = match evidence.roll_back {
        Some(true) => (GateStatus::NoGo, "the guard says \"roll back\""),
        Some(false) => (GateStatus::Go, "the guard does not say \"roll back\""),
        None => (GateStatus::Hold, "no guard has judged: give its verdict"),
    };
    GateResult {
        gate: Gate::Evidence,
        status,
        figure: None,
        limit: None,
        reason: reason.to_owned(),
    }
}

/// Not sound enough yet is never "no-go": time may show it.
fn go(evidence: &Evidence) -> GateResult {
    let (status, reason) = match &evidence.go {
        None => (
            GateStatus::Hold,
            "no guard has compared the versions at this share: give its verdict".to_owned(),
        ),
        Some(Soundness { shown: true, .. }) => (
            GateStatus::Go,
            "the guard says \"continue\": v2 is shown to be sound".to_owned(),
        ),
        Some(seen) => {
            let mut reason = format!(
                "v2 is not shown to be sound yet: about {} principals of v2 seen, {} without an error would do",
                seen.principals, seen.clean_principals
            );
            match (seen.remaining_s, &evidence.verdict) {
                (Some(seconds), _) => {
                    let remaining = Rough(Duration::from_secs(seconds));
                    reason += &format!("; probably in {remaining} at the present traffic");
                }
                (None, Some(verdict)) => reason += &format!("; the guard says \"{verdict}\""),
                (None, None) => reason += "; how long that takes can't be told",
            }
            (GateStatus::Hold, reason)
        }
    };
    GateResult {
        gate: Gate::Go,
        status,
        figure: None,
        limit: None,
        reason,
    }
}

fn approved(next: &str, approval: Option<&Signature>) -> GateResult {
    let (status, reason) = match approval {
        Some(by) => (
            GateStatus::Go,
            format!("{} approves {next}: {}", by.who(), by.why()),
        ),
        None => (
            GateStatus::Hold,
            format!("{next} takes an approval: name who approves, and why"),
        ),
    };
    GateResult {
        gate: Gate::Approval,
        status,
        figure: None,
        limit: None,
        reason,
    }
}
