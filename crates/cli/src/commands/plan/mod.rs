//! `cutover plan`: from phase to phase, by what the gates say.

mod decision;
mod figures;
mod tell;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::{Args, Subcommand};
use cutover::migration::plan::{self, Environment, GateStatus, Signature};
use cutover::{Error, ErrorKind, Rollout, Share};

use self::decision::{Decision, Files};
use self::figures::Figures;
use super::{print_json, print_text};
use crate::failure::{Failure, say};

/// What `status --exit-code` says, and of a damaged log `log`.
const HOLD: u8 = 3;
const NO_GO: u8 = 4;

/// Take a rollout from phase to phase: begin, look, advance when every gate says go, go back
///
/// The five phases: development 100 % (internal), staging 0 % (testers by
/// request), canary 10 %, production 50 %, full 100 %; or those of --plan, which
/// the state remembers. init begins at staging, or at the first phase of --plan
/// that is not of development; with --environment development at the first.
///
/// The state is kept in --state FILE, the decisions in FILE.log, where each
/// carries the hash of the one before. One process writes them at a time, by a
/// lock on FILE.lock: a command waits up to 10 s for another, and tells you to
/// ask the service that has them open; status and log only read.
///
/// With --head FILE the end of the log is also kept there: put it where those
/// who can write the state can't. It shows older files that were put back, and a
/// log that was written anew. When the log is damaged, advance is refused until
/// you have looked and run accept; back works, and keeps what is in the log.
///
/// The gates take their figures from --log, a log as replay reads it, of which
/// the lines since the phase began count; and from --evidence, a JSON document,
/// every member of which may be left out:
///   {"v1":{"requests","errors","failures",
///          "p95_ms","p95_lower_ms","p95_upper_ms"},"v2":{…},
///    "shadow":{"comparisons","divergences"},"roll_back":false,
///    "go":{"shown":true,"principals","clean_principals","remaining_s"},
///    "verdict":"…","braked":false}
/// The gates on p95 go by its bounds, p95_lower_ms and p95_upper_ms. With both,
/// requests and verdict are the log's.
///
/// Exit status:
///   0  done
///   1  reading or writing failed, the state is damaged or in use, the log is
///      damaged and you asked to advance, or a line of --log cannot be read
///   2  wrong usage
///   3  a gate is closed, there is no phase to go to, or init would raise a
///      share; status --exit-code: a gate is on hold
///   4  status --exit-code: a gate is no-go, or the decision log is damaged;
///      log: it is damaged
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Plan {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand, Debug)]
enum Step {
    /// Write the five phases as JSON, to change them and give them to --plan
    Template,
    /// Begin at the first phase that is not of development
    Init(Init),
    /// Show the phase and the status of each gate
    Status(Look),
    /// Show the decisions, first to last
    Log(Log),
    /// Go to the next phase, if every gate says go
    Advance(Advance),
    /// Go to the phase before; no gate is asked
    Back(Back),
    /// Take a damaged decision log as it is, after you have looked at it
    Accept(Accept),
}

#[derive(Args, Debug)]
struct Init {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    decision: Decision,

    /// Where this is: only in development the plan begins at a phase of development
    #[arg(long, value_name = "NAME", default_value = "production")]
    environment: Environment,

    /// Let the phase raise the share: that of the rollout document, or 0 % where there is none
    #[arg(long)]
    raise: bool,
}

#[derive(Args, Debug)]
struct Look {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    figures: Figures,

    /// Answer in JSON
    #[arg(long)]
    json: bool,

    /// Exit with 3 when a gate holds, with 4 when one is no-go or the log is damaged
    #[arg(long)]
    exit_code: bool,
}

#[derive(Args, Debug)]
struct Log {
    #[command(flatten)]
    files: Files,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
struct Accept {
    #[command(flatten)]
    files: Files,

    /// Who has looked; the name of the user (USER) when absent
    #[arg(long, value_name = "NAME")]
    who: Option<String>,

    /// What you found, for the decision log
    #[arg(long, value_name = "TEXT")]
    why: String,
}

#[derive(Args, Debug)]
struct Advance {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    decision: Decision,
    #[command(flatten)]
    figures: Figures,

    /// Who approves of the next phase, and why, where it takes that: `ana: the figures are good`
    #[arg(long, value_name = "NAME: WHY", value_parser = approval)]
    approve: Option<Signature>,
}

#[derive(Args, Debug)]
struct Back {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    decision: Decision,
    #[command(flatten)]
    figures: Figures,
}

impl Plan {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        match &self.step {
            Step::Template => {
                print_text(|out| writeln!(out, "{}", plan::Plan::contribution_form_v2().to_json()))
            }
            Step::Init(step) => step.run(),
            Step::Status(step) => step.run(),
            Step::Advance(step) => step.run(),
            Step::Back(step) => step.run(),
            Step::Log(step) => step.run(),
            Step::Accept(step) => step.run(),
        }
    }
}

impl Init {
    fn run(&self) -> Result<ExitCode, Failure> {
        let (plan, by) = (self.files.plan()?, self.decision.signature()?);
        let in_force = self.decision.in_force(&plan)?;
        if let (Some(first), false) = (plan.first_phase(self.environment), self.raise) {
            refuse_to_raise(first, in_force.as_ref())?;
        }
        let progress = self
            .files
            .options()?
            .begin(
                plan,
                &self.files.state,
                self.environment,
                &by,
                SystemTime::now(),
            )
            .map_err(|error| failed(&error))?;
        self.decision.put(in_force, progress.phase())
    }
}

/// Nobody goes to v2 by a beginning that was not told to do that. Where there is no document, nobody is on v2 yet.
fn refuse_to_raise(
    first: &plan::Phase,
    in_force: Option<&(&Path, Rollout)>,
) -> Result<(), Failure> {
    let before = in_force.map_or(Share::ZERO, |(_, rollout)| rollout.share());
    if first.share <= before {
        return Ok(());
    }
    let document = match in_force {
        Some((path, _)) if path.exists() => format!("{} is at {before}", path.display()),
        _ => format!("without a rollout document the share is {before}"),
    };
    Err(Failure::Refused(format!(
        "{document}, and {} would make that {} in {}: add --raise if that is what you want",
        first.name, first.share, first.environment
    )))
}

impl Look {
    fn run(&self) -> Result<ExitCode, Failure> {
        let progress = self.files.read()?;
        let known = self.figures.read(&progress)?;
        let status = progress.status(&known.evidence, None, SystemTime::now());
        if self.json {
            print_json(&status)?;
        } else {
            print_text(|out| tell::status(&status, out))?;
        }
        if !self.exit_code || !known.count.is_whole() {
            return Ok(known.count.exit_code());
        }
        let worst = status.gates.iter().map(|gate| gate.status).max();
        Ok(match (&status.damage, worst) {
            (Some(_), _) | (_, Some(GateStatus::NoGo)) => ExitCode::from(NO_GO),
            (None, Some(GateStatus::Hold)) => ExitCode::from(HOLD),
            (None, _) => ExitCode::SUCCESS,
        })
    }
}

impl Log {
    fn run(&self) -> Result<ExitCode, Failure> {
        let progress = self.files.read()?;
        if self.json {
            print_json(&progress.decisions())?;
        } else {
            print_text(|out| {
                let now = SystemTime::now();
                tell::decisions(progress.decisions(), progress.damage(), now, out)
            })?;
        }
        Ok(match progress.damage() {
            Some(_) => ExitCode::from(NO_GO),
            None => ExitCode::SUCCESS,
        })
    }
}

impl Advance {
    fn run(&self) -> Result<ExitCode, Failure> {
        let by = self.decision.signature()?;
        let mut progress = self.files.open()?;
        let in_force = self.decision.in_force(progress.plan())?;
        let known = self.figures.read(&progress)?;
        if !known.count.is_whole() {
            let message = "the log has lines that cannot be read, and half a log is no evidence: \
                           repair it or cut them out";
            return Err(Failure::Io(message.to_owned()));
        }
        let (approval, now) = (self.approve.as_ref(), SystemTime::now());
        let advanced = progress.advance(&by, &known.evidence, approval, now);
        if let Err(error) = advanced.map(drop) {
            return Err(match error.kind() {
                ErrorKind::Gate => closed(&progress.status(&known.evidence, approval, now)),
                _ => failed(&error),
            });
        }
        self.decision.put(in_force, progress.phase())?;
        self.decision.note(&mut progress, &known)
    }
}

/// Each gate that doesn't say "go" on a line of its own.
fn closed(status: &plan::Status) -> Failure {
    let closed = status
        .gates
        .iter()
        .filter(|gate| gate.status != GateStatus::Go);
    closed.for_each(|gate| say(&gate.to_string()));
    let next = status.next.as_deref().unwrap_or("the next phase");
    Failure::Refused(format!("not yet from {} to {next}", status.phase))
}

impl Back {
    /// In force first, stored after it: neither a damaged log nor a full disk keeps anybody at a share.
    fn run(&self) -> Result<ExitCode, Failure> {
        let by = self.decision.signature_if_known()?;
        let mut progress = self.files.open()?;
        let in_force = self.decision.in_force(progress.plan())?;
        let known = self.figures.read(&progress)?;
        let previous = progress.previous().cloned();
        let told = previous
            .map(|phase| self.decision.put(in_force, &phase))
            .transpose()?;
        let stored = progress
            .back(&by, &known.evidence, SystemTime::now())
            .map(drop);
        match (stored, told) {
            (Ok(()), _) => {}
            (Err(error), None) => return Err(failed(&error)),
            (Err(error), Some(_)) => {
                return Err(Failure::Io(format!(
                    "that is not stored ({error}): run back again once it can be"
                )));
            }
        }
        self.decision.note(&mut progress, &known)
    }
}

impl Accept {
    fn run(&self) -> Result<ExitCode, Failure> {
        let by = self.decision()?;
        let mut progress = self.files.open()?;
        progress
            .accept(&by, SystemTime::now())
            .map_err(|error| failed(&error))?;
        let phase = progress.phase().clone();
        print_text(|out| writeln!(out, "accepted: {}: {}", phase.name, phase.share))
    }

    fn decision(&self) -> Result<Signature, Failure> {
        decision::signature(self.who.as_deref(), &self.why)
    }
}

/// `ana: the figures are good`
fn approval(text: &str) -> Result<Signature, String> {
    let (who, why) = text
        .split_once(':')
        .ok_or("write who approves, a colon, and why")?;
    Signature::new(who, why).map_err(|error| error.to_string())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::Io(format!("cannot read {}: {error}", path.display())))
}

fn failed(error: &Error) -> Failure {
    let message = match error.path() {
        "" => error.to_string(),
        path => format!("{path}: {error}"),
    };
    match error.kind() {
        ErrorKind::Gate | ErrorKind::Plan => Failure::Refused(message),
        ErrorKind::Io | ErrorKind::State | ErrorKind::Log | ErrorKind::Locked => {
            Failure::Io(message)
        }
        _ => Failure::Usage(message),
    }
}
