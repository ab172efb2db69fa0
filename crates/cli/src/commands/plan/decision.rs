//! What a decision takes: the plan's files, who decides and why, and the rollout document that it changes.

use std::env;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf, absolute};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use cutover::migration::plan::{self, HeadFile, OpenOptions, Progress, Signature};
use cutover::{Rollout, Share};

use super::figures::Known;
use super::{failed, print_text, read};
use crate::failure::{Failure, say};
use crate::rollout;

/// How long a command waits for another to be done with the plan; a service keeps it, and is not waited for.
const WAIT: Duration = Duration::from_secs(10);

#[derive(Args, Debug)]
pub(super) struct Files {
    /// Where the plan's state is kept
    #[arg(long, value_name = "FILE")]
    pub(super) state: PathBuf,

    /// The plan (JSON); without it the one that the state remembers, or the five phases of contribution-form-v2
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// Where the end of the decision log is kept too
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct Decision {
    /// Who decides; the name of the user (USER) when absent. Only back does without either
    #[arg(long, value_name = "NAME")]
    who: Option<String>,

    /// Why, for the decision log
    #[arg(long, value_name = "TEXT", default_value = "no reason given")]
    why: String,

    /// Write the rollout document of the phase here: the next revision of the one that is there, or a new one
    #[arg(long, value_name = "FILE")]
    rollout: Option<PathBuf>,
}

impl Files {
    pub(super) fn plan(&self) -> Result<plan::Plan, Failure> {
        let remembered = match (&self.plan, plan::plan_file(&self.state)) {
            // What is wrong with the state is told when it is opened.
            (Some(_), Err(_)) => None,
            (_, remembered) => remembered.map_err(|error| failed(&error))?,
        };
        match (self.given_plan()?, &remembered) {
            (Some(given), Some(remembered)) if given != *remembered => say(&format!(
                "this plan was read from {} before; now from {}",
                remembered.display(),
                given.display()
            )),
            _ => {}
        }
        let Some(path) = self.plan.as_ref().or(remembered.as_ref()) else {
            return Ok(plan::Plan::contribution_form_v2());
        };
        plan::Plan::from_json(&read(path)?).map_err(|error| rollout::refused(path, &error))
    }

    /// To write.
    pub(super) fn open(&self) -> Result<Progress, Failure> {
        let progress = self
            .options()?
            .open(self.plan()?, &self.state)
            .map_err(|error| failed(&error))?;
        if let Some(damage) = progress.damage() {
            say(&format!("the decision log can't be relied on: {damage}"));
        }
        Ok(progress)
    }

    pub(super) fn read(&self) -> Result<Progress, Failure> {
        self.options()?
            .read(self.plan()?, &self.state)
            .map_err(|error| failed(&error))
    }

    pub(super) fn options(&self) -> Result<OpenOptions, Failure> {
        let mut options = OpenOptions::new().wait(WAIT);
        if let Some(path) = self.given_plan()? {
            options = options.plan_file(path);
        }
        if let Some(path) = &self.head {
            options = options.head_store(HeadFile::new(path));
        }
        Ok(options)
    }

    /// The plan's path as a later command, in another folder, can use it.
    fn given_plan(&self) -> Result<Option<PathBuf>, Failure> {
        let path = self.plan.as_ref().map(absolute).transpose();
        path.map_err(|error| Failure::Io(format!("--plan: {error}")))
    }
}

impl Decision {
    pub(super) fn signature(&self) -> Result<Signature, Failure> {
        signature(self.who.as_deref(), &self.why)
    }

    /// At night nobody is kept from going back for want of a name.
    pub(super) fn signature_if_known(&self) -> Result<Signature, Failure> {
        let who = self.who.clone().or_else(user);
        let who = who.as_deref().unwrap_or("unknown");
        signature(Some(who), &self.why)
    }

    /// The rollout that a decision replaces. Read before it is made, so that a document that can't be used stops it.
    pub(super) fn in_force(&self, plan: &plan::Plan) -> Result<Option<(&Path, Rollout)>, Failure> {
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

    /// Keeps the number of windows that the log has seen. Those of a damaged plan stay as they are until it was accepted.
    pub(super) fn note(&self, progress: &mut Progress, known: &Known) -> Result<ExitCode, Failure> {
        if progress.damage().is_none() {
            progress
                .note_windows(known.windows)
                .map_err(|error| failed(&error))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Says which phase it is from now on, and writes its rollout.
    pub(super) fn put(
        &self,
        in_force: Option<(&Path, Rollout)>,
        phase: &plan::Phase,
    ) -> Result<ExitCode, Failure> {
        let written = in_force
            .map(|(path, rollout)| {
                let name = path.display();
                let late = |why: &dyn fmt::Display| {
                    Failure::Io(format!(
                        "{name} still has the share of before ({why}): give it {}, the share of {}",
                        phase.share, phase.name
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

fn user() -> Option<String> {
    env::var("USER").ok().filter(|name| !name.trim().is_empty())
}

pub(super) fn signature(who: Option<&str>, why: &str) -> Result<Signature, Failure> {
    let Some(who) = who.map(str::to_owned).or_else(user) else {
        let message = "--who: name who decides, for the decision log: USER is not set";
        return Err(Failure::Usage(message.to_owned()));
    };
    Signature::new(&who, why).map_err(|error| {
        let flag = error.path().replace('/', "--");
        Failure::Usage(format!("{flag}: {error}"))
    })
}
