//! The shapes of the operators' answers, for the OpenAPI document alone: the library's types say what is answered. The test
//! holds every answer against them.
#![allow(dead_code, clippy::large_enum_variant)]

mod guard;

pub(super) use guard::Verdict;
use serde::Serialize;
use utoipa::ToSchema;

use crate::crowd::Senders;
use crate::openapi::ApiVersion;

/// What is in force in the router.
#[derive(Serialize, ToSchema)]
pub(super) struct RouterStatus {
    /// The name of the rollouts that the router takes.
    name: String,
    salt: String,
    /// The revision in force; null without a rollout.
    revision: Option<u32>,
    share: Share,
    /// The shadow sample in force.
    shadow: Share,
    /// Whether a shadow runs that sample in this process.
    shadow_runs: bool,
    /// The version that the document forces.
    #[schema(inline)]
    force: Option<ApiVersion>,
    /// Whether callers get the version that they ask for.
    allow_requested: bool,
    /// How many ids are pinned.
    pins: u64,
    /// When the rollout came into force.
    since_unix_ms: u64,
    /// Whether the brake is pulled, by whomever: all is v1 then.
    braked: bool,
    /// The brake that operators and the guard pull; the one of the environment is `env.brake`.
    brake: Option<Brake>,
    /// Why the brake could not be stored or read, when it was last tried.
    state_error: Option<Trouble>,
    env: Environment,
    /// The last document that was refused, or the source that has none to give.
    last_error: Option<Trouble>,
}

/// A share of the ids, such as `10%`.
#[derive(Serialize, ToSchema)]
#[schema(pattern = r"^[0-9]{1,3}(\.[0-9]{1,4})?%$")]
pub(super) struct Share(String);

/// A pulled brake.
#[derive(Serialize, ToSchema)]
pub(super) struct Brake {
    /// What to release it by.
    number: u32,
    /// The revision that was in force when it was pulled. A document that releases it has a higher one.
    revision: u32,
    /// Why it was pulled, in order: the first 16 reasons.
    reasons: Vec<String>,
    /// How many more reasons there were.
    further: u64,
}

/// A document that was refused, or a file that can't be read or written.
#[derive(Serialize, ToSchema)]
pub(super) struct Trouble {
    /// Where the document came from; null when an operator put it.
    source: Option<String>,
    /// JSON pointer to the value at fault.
    path: String,
    message: String,
    age_ms: u64,
}

/// What the environment variables said when they were last read.
#[derive(Serialize, ToSchema)]
pub(super) struct Environment {
    /// Whether CUTOVER_BRAKE is set: only a restart without it releases that.
    brake: bool,
    /// What CUTOVER_API_VERSION says.
    #[schema(inline)]
    version: Option<ApiVersion>,
    /// A value of it that is neither `v1` nor `v2`, and so was ignored.
    ignored: Option<String>,
}

/// The router's status, and what else operators should look at, though clients are served.
#[derive(Serialize, ToSchema)]
pub(super) struct Overview {
    #[serde(flatten)]
    router: RouterStatus,
    /// Who sent the latest requests.
    principals: Senders,
    warnings: Vec<String>,
}

/// The document in force.
#[derive(Serialize, ToSchema)]
pub(super) struct InForce {
    #[schema(schema_with = super::openapi::rollout)]
    rollout: (),
    status: Overview,
}

/// An edit, made or tried.
#[derive(Serialize, ToSchema)]
pub(super) struct Edit {
    /// False for a dry run.
    applied: bool,
    /// Whether a restart will find it: false without `--state`, and while a slow disk takes its time. Not in a dry run.
    durable: Option<bool>,
    /// Whom the edit moves; null when no rollout was in force.
    preflight: Option<Moves>,
    #[schema(schema_with = super::openapi::rollout)]
    rollout: (),
    status: RouterStatus,
}

/// Whom an edit of the rollout moves.
#[derive(Serialize, ToSchema)]
pub(super) struct Moves {
    /// The share of the ids that no document pins that moves to v2.
    to_v2: Share,
    /// The share of them that moves back to v1.
    to_v1: Share,
    pinned_to_v2: Vec<String>,
    pinned_to_v1: Vec<String>,
    /// Whether callers who ask for a version move to v2, as `allow_requested` changes.
    requests_to_v2: bool,
    requests_to_v1: bool,
}

/// A brake was pulled.
#[derive(Serialize, ToSchema)]
pub(super) struct Pulled {
    /// What to release it by.
    number: u32,
    /// Whether it survives a restart by now; it is in force in any case.
    durable: bool,
    status: RouterStatus,
}

/// A brake was released.
#[derive(Serialize, ToSchema)]
pub(super) struct Released {
    /// Whether a restart will find it released.
    durable: bool,
    status: RouterStatus,
}

/// Which brake to release.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Number {
    number: u32,
}

/// Where the plan stands.
#[derive(Serialize, ToSchema)]
pub(super) struct Standing {
    /// The phase that is stored.
    phase: String,
    /// The next one; null in the last.
    next: Option<String>,
    in_force: Phase,
    /// How long the phase has lasted, in seconds.
    lasted_s: u64,
    gates: Vec<GateResult>,
    /// Whether all gates say `go`, there is a next phase, and the decision log is sound.
    ready: bool,
    /// Why the decision log can't be relied on.
    damage: Option<String>,
    is_stored: bool,
    /// The phase in force: an earlier one than `phase` while a step back waits for the disk.
    in_force_phase: String,
    durable: bool,
}

/// A step back that is in force, and not stored yet.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SteppedBack {
    /// The phase in force.
    phase: String,
    durable: bool,
}

/// What a step back is answered: where the plan stands, or less while the disk takes its time.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Back {
    Stored(Box<Standing>),
    Waiting(SteppedBack),
}

/// A phase of the plan.
#[derive(Serialize, ToSchema)]
pub(super) struct Phase {
    name: String,
    share: Share,
    #[schema(pattern = "^(development|staging|production)$")]
    environment: String,
    allow_requested: bool,
    /// Whether entering it takes the approval of a named person.
    approval: bool,
    min_soak_s: u64,
    min_requests: u64,
    /// Whether the guard has to say `continue` when it ends.
    #[schema(pattern = "^(required|not_required)$")]
    go: String,
    gates: Gates,
}

/// The limits of a phase; null where it has no such gate.
#[derive(Serialize, ToSchema)]
pub(super) struct Gates {
    error_rate: Option<f64>,
    failure_rate: Option<f64>,
    p95_ms: Option<u64>,
    p95_times_v1: Option<f64>,
    shadow_divergences: Option<u64>,
    evidence: bool,
}

/// What a gate says.
#[derive(Serialize, ToSchema)]
pub(super) struct GateResult {
    /// Such as `soak`, `error_rate`, `p95`, `go`, `approval`.
    gate: String,
    #[schema(pattern = "^(go|hold|no-go)$")]
    status: String,
    figure: Option<f64>,
    limit: Option<f64>,
    /// Why, for people.
    reason: String,
}

/// The decisions, first to last.
#[derive(Serialize, ToSchema)]
pub(super) struct Decisions {
    decisions: Vec<DecisionEntry>,
}

/// A decision: each carries the hash of the one before.
#[derive(Serialize, ToSchema)]
pub(super) struct DecisionEntry {
    n: u64,
    at_unix_ms: u64,
    who: String,
    /// The phase before; null for the beginning.
    from: Option<String>,
    to: String,
    why: String,
    /// What was known: figures, gates, approval; null for the beginning.
    #[schema(value_type = Option<Object>)]
    evidence: (),
    /// SHA-256 of the line before, in hexadecimal; of the plan's name for the first.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    prev: String,
}

/// Who gets which version, and why.
#[derive(Serialize, ToSchema)]
pub(super) struct Explanation {
    decision: Decision,
    /// The rules, highest first.
    rules: Vec<Rule>,
}

/// A decision.
#[derive(Serialize, ToSchema)]
pub(super) struct Decision {
    #[schema(inline)]
    version: ApiVersion,
    /// The rule that decided, such as `share` or `brake`.
    reason: String,
    bucket: u32,
    revision: u32,
    share: Share,
    in_shadow: bool,
}

/// One rule, looked at.
#[derive(Serialize, ToSchema)]
pub(super) struct Rule {
    rule: String,
    /// The version that it gives; null when it has nothing to say.
    #[schema(inline)]
    version: Option<ApiVersion>,
    /// Whether it decided.
    applied: bool,
    because: String,
}

/// The latest changes, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Changes {
    changes: Vec<Change>,
}

/// A change that an operator or the guard made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    at_unix_ms: i64,
    who: String,
    why: String,
    /// Such as `brake`, `release`, `rollout`, `plan advance`.
    what: String,
    /// What it was done with, as JSON text.
    detail: String,
}
