//! Crashes at every step of every write.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::durable::crash::CrashDisk;
use crate::error::ErrorKind;
use crate::migration::plan::{HeadStore, Heads};

const PATH: &str = "folder/plan.json";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

fn plan() -> Plan {
    let phase = |name: &str| {
        format!(
            r#"{{"name":"{name}","share":"10%","environment":"production","min_soak_s":0,"min_requests":0,
            "gates":{{"error_rate":null,"failure_rate":null,"p95_ms":null,"p95_times_v1":null,"shadow_divergences":null,"evidence":false}}}}"#
        )
    };
    let phases = ["one", "two", "three"].map(phase).join(",");
    Plan::from_json(format!(r#"{{"name":"p","phases":[{phases}]}}"#).as_bytes()).unwrap()
}

fn ana() -> Signature {
    Signature::new("ana", "because").unwrap()
}

fn files(disk: &CrashDisk) -> Result<Files, Error> {
    Files::locked_on(
        Box::new(disk.clone()),
        Path::new(PATH),
        None,
        Duration::ZERO,
    )
}

fn open(disk: &CrashDisk) -> Result<Progress, Error> {
    Progress::open_in(files(disk)?, KnownHeads::default(), plan())
}

type Action = fn(&CrashDisk) -> Result<(), Error>;

fn begin(disk: &CrashDisk) -> Result<(), Error> {
    Progress::begin_in(
        files(disk)?,
        KnownHeads::default(),
        plan(),
        Environment::Production,
        &ana(),
        at(0),
    )
    .map(drop)
}

fn advance(disk: &CrashDisk) -> Result<(), Error> {
    open(disk)?
        .advance(&ana(), &Evidence::default(), None, at(1))
        .map(drop)
}

fn back(disk: &CrashDisk) -> Result<(), Error> {
    open(disk)?
        .back(&ana(), &Evidence::default(), at(2))
        .map(drop)
}

fn note(disk: &CrashDisk) -> Result<(), Error> {
    open(disk)?.note_windows(7)
}

/// What a reader sees: phase, windows, decisions; `None` when nothing was begun.
fn seen(disk: &CrashDisk) -> Option<(String, u64, usize)> {
    match open(disk) {
        Ok(progress) => {
            assert_eq!(progress.damage(), None);
            let state = progress.state();
            Some((
                state.phase_name().to_owned(),
                state.windows(),
                progress.decisions().len(),
            ))
        }
        Err(error)
            if error.kind() == ErrorKind::State
                && error.to_string().contains("begin one first") =>
        {
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// A crash at any step of any change leaves the state from before or the one from after, log included, never neither; and
/// whichever it is, the next changes work on it. So does a crash during the repair, or in the change that follows it.
#[test]
fn a_crash_leaves_the_old_or_the_new_state() {
    let cases: [(&[Action], Action); 4] = [
        (&[], begin),
        (&[begin, note], advance),
        (&[begin, note, advance], back),
        (&[begin, advance], note),
    ];
    for (before, change) in cases {
        let prepared = || {
            let disk = CrashDisk::new();
            before.iter().for_each(|step| step(&disk).unwrap());
            disk
        };
        let old = seen(&prepared());
        let new = {
            let disk = prepared();
            change(&disk).unwrap();
            seen(&disk)
        };
        assert_ne!(old, new);
        let mut steps = 0;
        let (mut olds, mut news) = (0, 0);
        loop {
            let disk = prepared();
            disk.crash_after(steps);
            let done = change(&disk).is_ok();
            for left in disk.after_crash() {
                for repair_steps in 0..6 {
                    let left = left.after_crash().remove(0);
                    left.crash_after(repair_steps);
                    let _ = open(&left);
                    for again in left.after_crash() {
                        let found = seen(&again);
                        assert!(
                            found == new || !done && found == old,
                            "step {steps}: {found:?}"
                        );
                        if found == old { olds += 1 } else { news += 1 }
                    }
                }
                if seen(&left) == old {
                    change(&left).unwrap();
                    assert_eq!(seen(&left), new, "step {steps}");
                }
                advance(&left).unwrap();
            }
            // A second crash, in the change after the repair, finds a state that the repair has brought up to date.
            if let Some(left) = disk.after_crash().pop() {
                for more in 0..15 {
                    let left = left.after_crash().remove(0);
                    left.crash_after(more);
                    let _ = advance(&left);
                    left.after_crash().iter().for_each(|left| drop(seen(left)));
                }
            }
            if done {
                break;
            }
            steps += 1;
        }
        assert!(
            steps >= 5 && olds > 0 && news > 0,
            "{steps} steps, {olds} old, {news} new"
        );
    }
}

/// A head store in memory.
#[derive(Debug, Default)]
struct Memory(Arc<Mutex<Option<Heads>>>);

impl HeadStore for Memory {
    fn load(&mut self) -> Result<Option<Heads>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn store(&mut self, heads: &Heads) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        *self.0.lock().unwrap() = Some(heads.clone());
        Ok(())
    }
}

/// A decision is announced before it is written and confirmed after it, so a crash at any step looks like no forgery.
#[test]
fn a_crash_at_any_step_agrees_with_the_head_store() {
    let with = |disk: &CrashDisk, heads: &Arc<Mutex<Option<Heads>>>| {
        let known = KnownHeads::new(Some(Box::new(Memory(Arc::clone(heads)))));
        Progress::open_in(files(disk)?, known, plan())
    };
    for change in [
        |progress: &mut Progress| {
            progress
                .advance(&ana(), &Evidence::default(), None, at(1))
                .map(drop)
        },
        |progress: &mut Progress| progress.back(&ana(), &Evidence::default(), at(2)).map(drop),
    ] {
        for steps in 0.. {
            let (disk, heads) = (CrashDisk::new(), Arc::default());
            begin(&disk).unwrap();
            advance(&disk).unwrap();
            let mut progress = with(&disk, &heads).unwrap();
            disk.crash_after(steps);
            let done = change(&mut progress).is_ok();
            for left in disk.after_crash() {
                let heads = Arc::new(Mutex::new(heads.lock().unwrap().clone()));
                let mut progress = with(&left, &heads).unwrap();
                assert_eq!(progress.damage(), None, "step {steps}");
                progress.back(&ana(), &Evidence::default(), at(3)).ok();
                let progress = with(&left, &heads).unwrap();
                assert_eq!(progress.damage(), None, "step {steps}");
            }
            if done {
                assert!(steps > 5, "log and state");
                break;
            }
        }
    }
}
