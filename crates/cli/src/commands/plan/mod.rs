//! `cutover plan`: from phase to phase, by what the gates say.

mod tell;

use std::env;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand};
use cutover::migration::plan::{self, Evidence, Progress, Signature};
use cutover::migration::{Guard, Kept};
use cutover::{Error, ErrorKind, Rollout, Share};

use super::{print_json, print_text};
use crate::failure::Failure;
use crate::log::{self, Count};
use crate::rerun::Rerun;
use crate::rollout;

/// A request that took longer has failed.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Take a rollout from phase to phase: begin, look, advance when every gate says go, go back
///
/// The five phases: development 100 % (internal), staging 0 % (testers by
/// request), canary 10 %, production 50 %, full 100 %; or those of --plan.
///
/// The state is kept in --state FILE, the decisions in FILE.log, where each
/// carries the hash of the one before. A damaged state is refused and stays.
///
/// The gates take their figures from --log, a log as replay reads it, of which
/// the lines since the phase began count; and from --evidence, a JSON document,
/// every member of which may be left out:
///   {"v1":{"requests","errors","failures","p95_ms"},"v2":{…},
///    "shadow":{"comparisons","divergences"},"roll_back":false,
///    "verdict":"…","braked":false}
/// With both, requests and verdict are the log's.
///
/// Exit code: 0 done; 1 reading or writing failed, the state is damaged, or a
/// line of the log cannot be read; 2 wrong usage; 3 a gate refuses, there is no
/// phase to go to, or init would raise a share
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct Plan {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand, Debug)]
enum Step {
    /// Begin at the first phase
    Init(Init),
    /// Show the phase and what each gate says
    Status(Look),
    /// Go to the next phase, if every gate says go
    Advance(Advance),
    /// Go to the phase before; no gate is asked
    Back(Back),
}

#[derive(Args, Debug)]
struct Files {
    /// Where the plan's state is kept
    #[arg(long, value_name = "FILE")]
    state: PathBuf,

    /// The plan (JSON) instead of the five phases of contribution-form-v2
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct Decision {
    /// Who decides; the name of the user (USER) when absent
    #[arg(long, value_name = "NAME")]
    who: Option<String>,

    /// Why, for the decision log
    #[arg(long, value_name = "TEXT", default_value = "no reason given")]
    why: String,

    /// Write the rollout document of the phase here: the next revision of the one that is there, or a new one
    #[arg(long, value_name = "FILE")]
    rollout: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct Figures {
    /// What is known, as JSON
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,

    /// What happened, as a log; `-` is standard input
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct Init {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    decision: Decision,

    /// Let the first phase raise the share of the document that is there
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

/// What the gates are given.
#[derive(Default)]
struct Known {
    evidence: Evidence,
    /// The last epoch of evidence that the log has seen.
    epochs: u64,
    count: Count,
}

impl Plan {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        match &self.step {
            Step::Init(step) => step.run(),
            Step::Status(step) => step.run(),
            Step::Advance(step) => step.run(),
            Step::Back(step) => step.run(),
        }
    }
}

impl Init {
    fn run(&self) -> Result<ExitCode, Failure> {
        let (plan, by) = (self.files.plan()?, self.decision.signature()?);
        let in_force = self.decision.in_force(&plan)?;
        self.keep_the_share(&plan, in_force.as_ref())?;
        let now = SystemTime::now();
        let progress =
            Progress::begin(plan, &self.files.state, &by, now).map_err(|error| failed(&error))?;
        self.decision.put(in_force, progress.phase())
    }
}

impl Init {
    /// The first phase is for developers, all of them: a document of production must not get its share by mistake.
    fn keep_the_share(
        &self,
        plan: &plan::Plan,
        in_force: Option<&(&Path, Rollout)>,
    ) -> Result<(), Failure> {
        let (Some((path, rollout)), Some(first)) = (in_force, plan.phases().first()) else {
            return Ok(());
        };
        if self.raise || !path.exists() || first.share <= rollout.share() {
            return Ok(());
        }
        Err(Failure::Refused(format!(
            "{} is at {}, and {} would make that {} in {}: give it a document of its own, or --raise",
            path.display(),
            rollout.share(),
            first.name,
            first.share,
            first.environment
        )))
    }
}

impl Look {
    fn run(&self) -> Result<ExitCode, Failure> {
        let progress = self.files.open()?;
        let known = self.figures.read(&progress)?;
        let status = progress.status(&known.evidence, None, SystemTime::now());
        if self.json {
            print_json(&status)?;
        } else {
            print_text(|out| tell::tell(&status, out))?;
        }
        Ok(known.count.exit_code())
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
        progress
            .advance(&by, &known.evidence, approval, now)
            .map_err(|error| failed(&error))?;
        self.decision.settle(in_force, &mut progress, &known)
    }
}

impl Back {
    fn run(&self) -> Result<ExitCode, Failure> {
        let by = self.decision.signature()?;
        let mut progress = self.files.open()?;
        let in_force = self.decision.in_force(progress.plan())?;
        let known = self.figures.read(&progress)?;
        progress
            .back(&by, &known.evidence, SystemTime::now())
            .map_err(|error| failed(&error))?;
        self.decision.settle(in_force, &mut progress, &known)
    }
}

impl Files {
    fn plan(&self) -> Result<plan::Plan, Failure> {
        let Some(path) = &self.plan else {
            return Ok(plan::Plan::contribution_form_v2());
        };
        plan::Plan::from_json(&read(path)?).map_err(|error| rollout::refused(path, &error))
    }

    fn open(&self) -> Result<Progress, Failure> {
        Progress::open(self.plan()?, &self.state).map_err(|error| failed(&error))
    }
}

impl Decision {
    fn signature(&self) -> Result<Signature, Failure> {
        let user = || env::var("USER").ok().filter(|name| !name.trim().is_empty());
        let who = self.who.clone().or_else(user);
        // Where there are no users, in a container, the reason has to say it.
        let who = who.as_deref().unwrap_or("unknown");
        Signature::new(who, &self.why).map_err(|error| {
            let flag = error.path().replace('/', "--");
            Failure::Usage(format!("{flag}: {error}"))
        })
    }

    /// The rollout that a decision replaces. Read before it is made, so that a document that can't be used stops it.
    fn in_force(&self, plan: &plan::Plan) -> Result<Option<(&Path, Rollout)>, Failure> {
        let Some(path) = &self.rollout else {
            return Ok(None);
        };
        let there = path
            .try_exists()
            .map_err(|error| Failure::Io(format!("cannot read {}: {error}", path.display())))?;
        let rollout = match there {
            true => rollout::read(path)?,
            false => Rollout::builder(plan.name(), Share::ZERO)
                .build()
                .map_err(|error| failed(&error))?,
        };
        Ok(Some((path, rollout)))
    }

    /// Puts the phase into force, and keeps the epochs that the log has seen.
    fn settle(
        &self,
        in_force: Option<(&Path, Rollout)>,
        progress: &mut Progress,
        known: &Known,
    ) -> Result<ExitCode, Failure> {
        let told = self.put(in_force, progress.phase())?;
        progress
            .note_epochs(known.epochs)
            .map_err(|error| failed(&error))?;
        Ok(told)
    }

    /// Says which phase it is from now on, and writes its rollout.
    fn put(
        &self,
        in_force: Option<(&Path, Rollout)>,
        phase: &plan::Phase,
    ) -> Result<ExitCode, Failure> {
        let written = in_force
            .map(|(path, rollout)| {
                let name = path.display();
                let late = |why: &dyn fmt::Display| {
                    Failure::Io(format!(
                        "the plan is in {} now, but {name} still has the share of before ({why}): give it {}",
                        phase.name, phase.share
                    ))
                };
                let next = phase.rollout(&rollout).map_err(|error| late(&error))?;
                rollout::replace(path, &next).map_err(|error| late(&error))?;
                Ok(format!("{name}: revision {}", next.revision()))
            })
            .transpose()?;
        print_text(|out| {
            let plan::Phase {
                name,
                share,
                environment,
                ..
            } = phase;
            writeln!(out, "{name}: {share} of the users in {environment}")?;
            written.map_or(Ok(()), |written| writeln!(out, "{written}"))
        })
    }
}

impl Figures {
    fn read(&self, progress: &Progress) -> Result<Known, Failure> {
        let mut known = Known::default();
        if let Some(path) = &self.evidence {
            known.evidence = serde_json::from_slice(&read(path)?)
                .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
        }
        if let Some(path) = &self.log {
            let began = progress
                .state()
                .since()
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default();
            let mut rerun = Rerun::new(progress.phase().share, Guard::builder(), TIMEOUT);
            known.count = log::read(path, |line, entry| {
                if entry.timestamp.0 >= began {
                    rerun.record(line, entry);
                }
            })?;
            let end = rerun.end(Kept::after(progress.state().epochs()))?;
            let Evidence { shadow, braked, .. } = known.evidence;
            known.evidence = Evidence {
                shadow,
                ..Evidence::of(&end.seen, Some(end.verdict()), None, braked)
            };
            known.epochs = end.kept.windows();
        }
        Ok(known)
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
        ErrorKind::Io | ErrorKind::State | ErrorKind::Log => Failure::Io(message),
        _ => Failure::Usage(message),
    }
}
