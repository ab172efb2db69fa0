//! Going back when the log is damaged, the disk fails, or the head store can't be reached.

use std::error::Error as StdError;
use std::fs;
use std::sync::{Arc, Mutex};

use cutover::ErrorKind;
use cutover::migration::plan::{Environment, Evidence, HeadStore, Heads, OpenOptions, Progress};

use super::kit::{Folder, advance, ana, at, back, plan};

/// A log of which somebody has changed an entry, or that a full disk has cut, keeps nobody from going back; what was in it
/// stays in it.
#[test]
fn going_back_keeps_a_damaged_log_as_it_is() {
    let folder = Folder::new("damaged");
    let mut progress = folder.begin();
    for _ in 0..3 {
        advance(&mut progress).unwrap();
    }
    let good = fs::read_to_string(folder.log()).unwrap();
    let damaged = good.replacen("ana", "bob", 1)[..good.len() - 9].to_owned();
    fs::write(folder.log(), &damaged).unwrap();
    assert_eq!(back(&mut progress).unwrap(), "p3");
    assert!(progress.damage().unwrap().contains("entry "));
    assert_eq!(back(&mut progress).unwrap(), "p2");
    let log = fs::read_to_string(folder.log()).unwrap();
    assert!(log.starts_with(&(damaged + "\n")), "{log}");
    drop(progress);

    let mut progress = folder.open();
    assert_eq!(progress.phase().name, "p2");
    assert_eq!(progress.note_windows(3).unwrap_err().kind(), ErrorKind::Log);
    progress.accept(&ana(), at(5)).unwrap();
    progress.note_windows(3).unwrap();
    advance(&mut progress).unwrap();
    drop(progress);
    // What was accepted is held to its hash from then on.
    let log = fs::read_to_string(folder.log()).unwrap();
    fs::write(folder.log(), log.replacen("bob", "eve", 1)).unwrap();
    assert!(
        folder
            .open()
            .damage()
            .unwrap()
            .contains("were changed after")
    );
    fs::write(folder.log(), log).unwrap();
    let progress = folder.open();
    assert_eq!((progress.damage(), &*progress.phase().name), (None, "p3"));
}

/// The way back is in force when the disk fails, and stored once it can be; until then nothing goes forward.
#[test]
fn going_back_does_not_wait_for_the_disk() {
    let folder = Folder::new("disk");
    let mut progress = folder.begin();
    for _ in 0..3 {
        advance(&mut progress).unwrap();
    }
    let aside = folder.0.with_extension("aside");
    fs::rename(&folder.0, &aside).unwrap();
    assert!(back(&mut progress).is_err());
    assert!(back(&mut progress).is_err());
    assert_eq!(progress.phase().name, "p2");
    assert!(!progress.status(&Evidence::default(), None, at(3)).is_stored);
    assert!(advance(&mut progress).is_err());
    assert_eq!(progress.phase().name, "p2");
    fs::rename(&aside, &folder.0).unwrap();
    progress.reload().unwrap();
    assert!(progress.status(&Evidence::default(), None, at(3)).is_stored);
    drop(progress);
    let progress = folder.open();
    assert_eq!((progress.damage(), &*progress.phase().name), (None, "p2"));
    let steps: Vec<&str> = progress
        .decisions()
        .iter()
        .map(|entry| &*entry.to)
        .collect();
    assert_eq!(steps, ["p1", "p2", "p3", "p4", "p3", "p2"]);
}

/// A head store that can be told to fail.
#[derive(Clone, Debug, Default)]
struct Flaky(Arc<Mutex<(bool, Option<Heads>)>>);

impl HeadStore for Flaky {
    fn load(&mut self) -> Result<Option<Heads>, Box<dyn StdError + Send + Sync>> {
        match &*self.0.lock().unwrap() {
            (true, _) => Err("no database".into()),
            (false, heads) => Ok(heads.clone()),
        }
    }

    fn store(&mut self, heads: &Heads) -> Result<(), Box<dyn StdError + Send + Sync>> {
        let mut place = self.0.lock().unwrap();
        if place.0 {
            return Err("no database".into());
        }
        place.1 = Some(heads.clone());
        Ok(())
    }
}

#[test]
fn a_head_store_that_fails_stops_steps_forward_alone() {
    let folder = Folder::new("flaky");
    let store = Flaky::default();
    let fails = |fails: bool| store.0.lock().unwrap().0 = fails;
    let options = || OpenOptions::new().head_store(store.clone());
    let mut progress = options()
        .begin(
            plan(),
            folder.state(),
            Environment::Production,
            &ana(),
            at(0),
        )
        .unwrap();
    for _ in 0..4 {
        advance(&mut progress).unwrap();
    }
    fails(true);
    let before = folder.files();
    let error = advance(&mut progress).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("no database"), "{error}");
    assert_eq!(folder.files(), before);
    assert_eq!(back(&mut progress).unwrap(), "p4");
    assert_eq!(progress.damage(), None);
    // It is told once it can be.
    fails(false);
    progress.reload().unwrap();
    drop(progress);
    let mut progress = options().open(plan(), folder.state()).unwrap();
    assert_eq!((progress.damage(), &*progress.phase().name), (None, "p4"));

    // A start without it: going back works, and is seen later to have been without it.
    fails(true);
    drop(progress);
    progress = options().open(plan(), folder.state()).unwrap();
    assert!(progress.damage().unwrap().contains("can't be read"));
    assert_eq!(progress.phase().name, "p4");
    assert_eq!(advance(&mut progress).unwrap_err().kind(), ErrorKind::Log);
    assert_eq!(back(&mut progress).unwrap(), "p3");
    assert!(progress.accept(&ana(), at(3)).is_err());
    fails(false);
    progress.accept(&ana(), at(3)).unwrap();
    assert_eq!(advance(&mut progress).unwrap(), "p4");

    // Without any: reading is fine, a step forward isn't.
    drop(progress);
    let mut progress = Progress::open(plan(), folder.state()).unwrap();
    assert_eq!(progress.damage(), None);
    let error = advance(&mut progress).unwrap_err();
    assert!(error.to_string().contains("head store"), "{error}");
}
