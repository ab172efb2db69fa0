//! One phase at a time, forward through the gates and back without them; one writer.

use std::fs;

use cutover::migration::plan::{Environment, Evidence, Plan, Progress, Signature};
use cutover::{ErrorKind, Reason, Request, Rollout, Router, Share, Version};

use super::kit::Folder;
use super::{at, begun, reopened, signature, sound};

#[test]
fn a_rollout_walks_phase_by_phase_and_every_router_follows() {
    let folder = Folder::new("walk");
    let mut progress = begun(&folder);
    let first = Rollout::builder("contribution-form-v2", Share::ZERO)
        .salt("s")
        .pin("vip", Version::V2)
        .build()
        .unwrap();
    let router = Router::builder()
        .rollout(first)
        .env(|_| None)
        .build()
        .unwrap();
    let mut hours = 0;
    for (phase, share, requested) in [
        ("development", "100%", Reason::Share),
        ("staging", "0%", Reason::Requested),
        ("canary", "10%", Reason::Share),
        ("production", "50%", Reason::Share),
        ("full", "100%", Reason::Share),
    ] {
        if hours > 0 {
            let approval = Signature::new("li", "seen the numbers").unwrap();
            progress
                .advance(&signature(), &sound(), Some(&approval), at(hours))
                .unwrap();
        }
        hours += 200;
        let revision = router.status().revision.unwrap();
        router
            .apply(
                progress
                    .phase()
                    .rollout(&router.rollout().unwrap())
                    .unwrap(),
            )
            .unwrap();
        let status = router.status();
        assert_eq!(progress.phase().name, phase);
        assert_eq!(
            (status.revision, status.share.to_string()),
            (Some(revision + 1), share.to_owned())
        );
        assert_eq!((status.salt.as_str(), status.pins), ("s", 1));
        assert_eq!(
            router
                .decide(&Request::new("someone").requested("v2"))
                .reason(),
            requested,
            "{phase}"
        );
    }
    let end = progress
        .advance(&signature(), &sound(), Some(&signature()), at(2_000))
        .unwrap_err();
    assert_eq!(end.kind(), ErrorKind::Plan);
    drop(progress);
    assert_eq!(reopened(&folder).unwrap().decisions().len(), 5);
}

#[test]
fn advancing_is_refused_with_the_reason_of_every_closed_gate() {
    let folder = Folder::new("closed");
    let mut progress = begun(&folder);
    let mut evidence = sound();
    evidence.v2.errors = 2_000;
    let files = || {
        (
            fs::read(folder.state()).unwrap(),
            fs::read(folder.log()).unwrap(),
        )
    };
    let before = files();
    let error = progress
        .advance(&signature(), &evidence, None, at(0))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gate);
    assert_eq!(
        error.to_string(),
        "not yet from development to staging: soak hold: 0 s in this phase, at least 3600 are asked for; \
         error_rate no-go: 0.1000 of v2's requests, to be below 0.05"
    );
    assert_eq!(files(), before, "nothing is written");
}

#[test]
fn production_takes_an_approval_of_a_named_person() {
    let folder = Folder::new("approval");
    let mut progress = begun(&folder);
    for hours in [100, 200] {
        progress
            .advance(&signature(), &sound(), None, at(hours))
            .unwrap();
    }
    let status = progress.status(&sound(), None, at(300));
    assert_eq!(
        (&*status.phase, status.next.as_deref(), status.ready),
        ("canary", Some("production"), false)
    );
    let error = progress
        .advance(&signature(), &sound(), None, at(300))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("approval hold: production takes an approval: name who approves, and why")
    );
    assert_eq!(Signature::new("  ", "why").unwrap_err().path(), "/who");
    assert_eq!(Signature::new("li", "").unwrap_err().path(), "/why");
    let li = Signature::new("li", "numbers are fine").unwrap();
    assert!(progress.status(&sound(), Some(&li), at(300)).ready);
    progress
        .advance(&signature(), &sound(), Some(&li), at(300))
        .unwrap();
    let log = fs::read_to_string(folder.log()).unwrap();
    assert!(
        log.lines()
            .last()
            .unwrap()
            .contains(r#""approval":{"who":"li","why":"numbers are fine"}"#)
    );
}

#[test]
fn the_way_back_asks_no_gate_and_survives_a_restart_with_its_epochs() {
    let folder = Folder::new("back");
    let mut progress = begun(&folder);
    progress
        .advance(&signature(), &sound(), None, at(100))
        .unwrap();
    progress
        .advance(&signature(), &sound(), None, at(200))
        .unwrap();
    progress.note_windows(5).unwrap();
    progress.note_windows(3).unwrap();
    let broken = Evidence {
        braked: true,
        roll_back: Some(true),
        ..Evidence::default()
    };
    progress.back(&signature(), &broken, at(201)).unwrap();
    drop(progress);
    let mut progress = reopened(&folder).unwrap();
    assert_eq!(
        (&*progress.phase().name, progress.state().windows()),
        ("staging", 5)
    );
    assert_eq!(progress.state().since(), at(201));
    progress.back(&signature(), &broken, at(202)).unwrap();
    let first = progress.back(&signature(), &broken, at(203)).unwrap_err();
    assert_eq!(
        first.to_string(),
        "development is the phase that the plan began at: pull the brake to stop v2"
    );
    let decisions: Vec<_> = progress
        .decisions()
        .iter()
        .map(|d| (d.n, d.from.clone().unwrap_or_default(), &*d.to))
        .collect();
    let expected = [
        (1, "", "development"),
        (2, "development", "staging"),
        (3, "staging", "canary"),
        (4, "canary", "staging"),
        (5, "staging", "development"),
    ];
    assert_eq!(
        decisions,
        expected.map(|(n, from, to)| (n, from.to_owned(), to))
    );
}

/// Two writers would lose each other's decisions; two readers, or a reader beside a writer, see what is there.
#[test]
fn one_writes_at_a_time_and_anyone_reads() {
    let folder = Folder::new("two");
    let mut writer = begun(&folder);
    let second = reopened(&folder).unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Locked);
    assert!(second.to_string().contains("is in use by"), "{second}");

    let read = || Progress::read(Plan::contribution_form_v2(), folder.state()).unwrap();
    let mut reader = read();
    writer
        .advance(&signature(), &sound(), None, at(100))
        .unwrap();
    reader.reload().unwrap();
    assert_eq!(
        (&*reader.phase().name, &*read().phase().name),
        ("staging", "staging")
    );
    let files = || {
        (
            fs::read(folder.state()).unwrap(),
            fs::read(folder.log()).unwrap(),
        )
    };
    let before = files();
    let refused = reader.back(&signature(), &sound(), at(101)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Locked);
    assert_eq!(
        reader.note_windows(9).unwrap_err().kind(),
        ErrorKind::Locked
    );
    assert_eq!(files(), before);
    drop(writer);
    reopened(&folder)
        .unwrap()
        .back(&signature(), &sound(), at(102))
        .unwrap();
}

#[test]
fn a_plan_is_begun_once() {
    let folder = Folder::new("once");
    assert_eq!(reopened(&folder).unwrap_err().kind(), ErrorKind::State);
    begun(&folder);
    let again = Progress::begin(
        Plan::contribution_form_v2(),
        folder.state(),
        Environment::Development,
        &signature(),
        at(1),
    )
    .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::State);
    assert!(
        again
            .to_string()
            .ends_with("has a plan under way: open it, or choose another file"),
        "{again}"
    );
}
