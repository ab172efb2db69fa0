//! A decision log that others have written to: noticed, and no reason to go up.

use std::fs;

use cutover::ErrorKind;
use cutover::migration::plan::{Environment, Evidence, Plan, Progress, Signature};

use super::kit::{Folder, advance, ana, at, back, plan};

#[test]
fn only_developers_begin_at_a_phase_of_development() {
    for (environment, phase) in [
        (Environment::Development, "p0"),
        (Environment::Staging, "p1"),
        (Environment::Production, "p1"),
    ] {
        let folder = Folder::new(environment.as_str());
        assert_eq!(plan().first_phase(environment).unwrap().name, phase);
        let begin = || Progress::begin(plan(), folder.state(), environment, &ana(), at(0));
        let mut progress = begin().unwrap();
        assert_eq!(progress.phase().name, phase);
        // Nobody gets to the 100 % of development by going back.
        assert_eq!(progress.previous(), None);
        assert_eq!(back(&mut progress).unwrap_err().kind(), ErrorKind::Plan);
        advance(&mut progress).unwrap();
        assert_eq!(back(&mut progress).unwrap(), phase);
        drop(progress);
        let progress = Progress::open(plan(), folder.state()).unwrap();
        assert_eq!((progress.damage(), progress.previous()), (None, None));
    }
    let text = plan().to_json().replace("production", "development");
    let internal = Plan::from_json(text.as_bytes()).unwrap();
    let folder = Folder::new("internal");
    let refused = Progress::begin(
        internal,
        folder.state(),
        Environment::Staging,
        &ana(),
        at(0),
    );
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Plan);
}

/// Each way to get to another state than the one that was written, and what it is called.
#[test]
fn what_others_write_is_noticed_and_moves_nobody_up() {
    type Forge = fn(&Folder, &[Vec<u8>; 2]);
    let cases: [(&str, Forge, &str); 4] = [
        (
            "older files put back",
            |folder, older| folder.put_back(older),
            "older files were put back",
        ),
        (
            "a log with fresh hashes, written by the library itself",
            |folder, _| {
                fs::remove_file(folder.state()).unwrap();
                fs::remove_file(folder.log()).unwrap();
                let mut forged = Progress::begin(
                    plan(),
                    folder.state(),
                    Environment::Production,
                    &Signature::new("mallory", "better now").unwrap(),
                    at(0),
                )
                .unwrap();
                for _ in 0..4 {
                    advance(&mut forged).unwrap();
                }
            },
            "the log was rewritten",
        ),
        (
            "further decisions without the head store",
            |folder, _| {
                // The library refuses to go on, so somebody takes the word for it out of the state.
                let state = fs::read_to_string(folder.state()).unwrap();
                fs::write(
                    folder.state(),
                    state.replace("\"head_kept\": true", "\"head_kept\": false"),
                )
                .unwrap();
                let mut forged = Progress::open(plan(), folder.state()).unwrap();
                advance(&mut forged).unwrap();
            },
            "added by another program",
        ),
        (
            "the head store emptied",
            |folder, _| fs::remove_file(folder.head()).unwrap(),
            "the head store is empty",
        ),
    ];
    for (number, (case, forge, message)) in cases.into_iter().enumerate() {
        let folder = Folder::new(&format!("forged-{number}"));
        let mut progress = folder.begin();
        advance(&mut progress).unwrap();
        let older = folder.files();
        for _ in 0..3 {
            advance(&mut progress).unwrap();
        }
        assert_eq!(progress.phase().name, "p5");
        drop(progress);
        forge(&folder, &older);

        let mut progress = folder.open();
        let damage = progress.damage().expect(case).to_owned();
        assert!(damage.contains(message), "{case}: {damage}");
        let status = progress.status(&Evidence::default(), None, at(1));
        assert_eq!(
            (status.damage.as_ref(), status.ready),
            (Some(&damage), false)
        );
        assert!(progress.phase().share.as_ppm() <= 40_000, "{case}");
        let before = folder.files();
        let error = advance(&mut progress).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Log);
        assert!(error.to_string().contains(&damage), "{error}");
        assert_eq!(folder.files(), before, "{case}: refused and not written");

        // Back works, and the damage stays for somebody to look at.
        let from = progress.phase().name.clone();
        let to = progress.previous().unwrap().name.clone();
        assert_eq!(back(&mut progress).unwrap(), to, "{case}");
        drop(progress);
        let mut progress = folder.open();
        assert_eq!(progress.phase().name, to, "{case}");
        assert!(progress.damage().is_some(), "{case}: {from}");
        assert_eq!(advance(&mut progress).unwrap_err().kind(), ErrorKind::Log);

        let seen = Signature::new("li", "compared with the backup").unwrap();
        progress.accept(&seen, at(3)).unwrap();
        assert_eq!((progress.damage(), &*progress.phase().name), (None, &*to));
        let last = folder.lines().pop().unwrap();
        assert!(
            last.contains("\"who\":\"li\"") && last.contains("\"damage\":"),
            "{last}"
        );
        assert_eq!(
            progress.accept(&seen, at(4)).unwrap_err().kind(),
            ErrorKind::Plan
        );
        assert_eq!(advance(&mut progress).unwrap(), from, "{case}");
        drop(progress);
        assert_eq!(folder.open().damage(), None, "{case}");
    }
}

/// An entry after those that the state knows is taken for one that a crash has kept from the state, if the plan allows it.
#[test]
fn a_line_appended_by_hand_moves_nobody_up() {
    let folder = Folder::new("appended");
    let begin = || {
        Progress::begin(
            plan(),
            folder.state(),
            Environment::Production,
            &ana(),
            at(0),
        )
    };
    let mut progress = begin().unwrap();
    advance(&mut progress).unwrap();
    let older = folder.files();
    advance(&mut progress).unwrap();
    drop(progress);
    let line = folder.lines().pop().unwrap();
    let with = |line: &str| {
        folder.put_back(&older);
        let log = String::from_utf8(older[1].clone()).unwrap();
        fs::write(folder.log(), format!("{log}{line}\n")).unwrap();
        let progress = Progress::open(plan(), folder.state()).unwrap();
        (
            progress.phase().name.clone(),
            progress.damage().map(str::to_owned),
        )
    };
    assert_eq!(with(&line), ("p3".to_owned(), None), "as it was written");
    for (from, to) in [
        ("\"to\":\"p3\"", "\"to\":\"p4\""),
        ("\"status\":\"go\"", "\"status\":\"hold\""),
        ("\"gates\":[", "\"gates\":[],\"was\":["),
    ] {
        assert!(line.contains(from), "{line}");
        let (phase, damage) = with(&line.replacen(from, to, 1));
        assert_eq!(phase, "p2", "{to}");
        assert!(damage.unwrap().contains("did not allow"), "{to}");
    }
}

/// A phase that is put between two later on doesn't make a forgery of the steps that were taken without it.
#[test]
fn a_plan_that_gets_another_phase_is_still_the_same() {
    let folder = Folder::new("edited");
    let mut progress = folder.begin();
    advance(&mut progress).unwrap();
    advance(&mut progress).unwrap();
    back(&mut progress).unwrap();
    drop(progress);
    let text = plan().to_json();
    let mut edited: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut between = edited["phases"][3].clone();
    between["name"] = "between".into();
    edited["phases"].as_array_mut().unwrap().insert(3, between);
    let edited = || Plan::from_json(edited.to_string().as_bytes()).unwrap();
    let mut progress = folder.options().open(edited(), folder.state()).unwrap();
    assert_eq!((progress.damage(), &*progress.phase().name), (None, "p2"));
    assert_eq!(advance(&mut progress).unwrap(), "between");
}

/// Files of before there were head stores and remembered plans, whose gates "say" what now is their status.
#[test]
fn files_of_the_first_version_still_open() {
    let folder = Folder::new("first-format");
    fs::write(folder.state(), include_str!("first_format/state.json")).unwrap();
    fs::write(folder.log(), include_str!("first_format/state.json.log")).unwrap();
    let plan = || Plan::from_json(include_bytes!("first_format/plan.json")).unwrap();
    let mut progress = Progress::open(plan(), folder.state()).unwrap();
    assert_eq!((progress.damage(), &*progress.phase().name), (None, "full"));
    assert_eq!(progress.state().plan_file(), None);
    assert_eq!(back(&mut progress).unwrap(), "canary");
    drop(progress);
    // From then on with a head store.
    let progress = folder.options().open(plan(), folder.state()).unwrap();
    assert_eq!((progress.damage(), progress.decisions().len()), (None, 3));
    assert!(folder.head().exists());
}
