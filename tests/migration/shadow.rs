//! The shadow's promises: the caller gets the primary's answer, the candidate can't hurt, and one wrong field is found.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use cutover::contribution;
use cutover::migration::shadow::{Discordant, Shadow, ShadowBuilder, Side};
use cutover::routing::Seed;
use cutover::{Decision, Request, Rollout, Router, Share, Version};

fn router(share: Share, shadow: Share) -> Router {
    let rollout = Rollout::builder("contribution-form-v2", share)
        .shadow(shadow)
        .build()
        .unwrap();
    Router::builder()
        .rollout(rollout)
        .env(|_| None)
        .build()
        .unwrap()
}

/// A decision for an id that is in the shadow sample, answered by this version.
pub(crate) fn decision(version: Version) -> Decision {
    let share = if version == Version::V2 {
        Share::FULL
    } else {
        Share::ZERO
    };
    router(share, Share::FULL).decide(&Request::new("user-1"))
}

/// Compares texts, and names the versions and the texts where they differ.
fn texts() -> ShadowBuilder<String> {
    Shadow::builder(|_id, one: Side<'_, String>, two: Side<'_, String>| {
        if one.answer == two.answer {
            return Vec::new();
        }
        vec![format!(
            "{}:{} {}:{}",
            one.version, one.answer, two.version, two.answer
        )]
    })
    .queue(10_000)
}

/// Compares contributions.
fn contributions() -> ShadowBuilder<Vec<u8>> {
    Shadow::builder(|id, one: Side<'_, Vec<u8>>, two: Side<'_, Vec<u8>>| {
        contribution::differences(id, (one.version, one.answer), (two.version, two.answer))
    })
}

fn ok(text: &str) -> Result<String, ()> {
    Ok(text.to_owned())
}

/// v1's answer to a contribution, and v2's.
fn answers(n: usize) -> (Vec<u8>, Vec<u8>) {
    let v1 = format!(
        r#"{{"lat":51.{n},"lng":-0.1,"hours":"dawn to dusk","fee":0.5,"name":"toilet {n}","level":"{n}"}}"#
    );
    let mut v2 = Vec::new();
    contribution::upgrade(v1.as_bytes(), &format!("user-{n}"), &mut v2).unwrap();
    (v1.into_bytes(), v2)
}

/// One wrong field in one of 1,000 responses is found, by path and id.
#[test]
fn one_wrong_field_in_a_thousand_responses_is_found_by_path_and_id() {
    let router = router("30%".parse().unwrap(), Share::FULL);
    let shadow = contributions().queue(1_000).build().unwrap();
    for n in 0..1_000 {
        let id = format!("user-{n}");
        let (v1, mut v2) = answers(n);
        if n == 617 {
            let text = String::from_utf8(v2).unwrap();
            assert!(text.contains("0.50 GBP"));
            v2 = text.replace("0.50 GBP", "0.05 GBP").into_bytes();
        }
        let decision = router.decide(&Request::new(&id));
        let (first, second) = if decision.version() == Version::V1 {
            (v1, v2)
        } else {
            (v2, v1)
        };
        let (given, again) = (first.clone(), first.clone());
        let answer = shadow.run_with_noise(
            &decision,
            &id,
            || Ok::<_, ()>(first),
            move || Ok::<_, ()>(second),
            move || Ok::<_, ()>(again),
        );
        assert_eq!(answer, Ok(given));
    }
    let seen = shadow.finish();
    assert_eq!(
        (
            seen.comparisons,
            seen.differing,
            seen.skipped,
            seen.divergences()
        ),
        (1_000, 1, 0, 1)
    );
    assert!(
        (60..140).contains(&seen.noise_comparisons),
        "{} of 1,000 at 10 %",
        seen.noise_comparisons
    );
    let paths: Vec<_> = seen
        .paths
        .iter()
        .map(|path| (&*path.path, path.differing, path.noise, &path.ids[..]))
        .collect();
    assert_eq!(paths, [("/charge", 1, 0, &["user-617".to_owned()][..])]);
}

#[test]
fn the_caller_gets_the_primarys_answer_while_the_candidate_still_runs() {
    for version in [Version::V1, Version::V2] {
        let shadow = texts().build().unwrap();
        let (go, wait) = channel::<()>();
        let candidate = move || {
            wait.recv().unwrap();
            ok("other")
        };
        // Returns at all only because nobody waits for the candidate: it is let go afterwards.
        assert_eq!(
            shadow.run(&decision(version), "user-1", || ok("same"), candidate),
            ok("same")
        );
        assert_eq!(shadow.snapshot().comparisons, 0);
        go.send(()).unwrap();
        assert_eq!(shadow.finish().comparisons, 1);
    }
}

#[test]
fn the_candidate_never_runs_on_the_callers_thread() {
    let shadow = texts().build().unwrap();
    let (tell, told) = channel();
    let candidate = move || {
        tell.send(thread::current().id()).unwrap();
        ok("")
    };
    let _ = shadow.run(&decision(Version::V1), "user-1", || ok(""), candidate);
    assert_ne!(told.recv().unwrap(), thread::current().id());
}

#[test]
fn v1_is_compared_with_v2_whichever_answered() {
    for (version, path) in [
        (Version::V1, "v1:primary v2:candidate"),
        (Version::V2, "v1:candidate v2:primary"),
    ] {
        let shadow = texts().noise(Share::FULL).build().unwrap();
        let run = shadow.run_with_noise(
            &decision(version),
            "user-1",
            || ok("primary"),
            || ok("candidate"),
            || ok("again"),
        );
        assert_eq!(run, ok("primary"));
        let paths: Vec<String> = shadow
            .finish()
            .paths
            .into_iter()
            .map(|path| path.path)
            .collect();
        let noise = format!("{version}:primary {version}:again");
        let mut expected = [path.to_owned(), noise];
        expected.sort();
        assert_eq!(paths, expected);
    }
}

#[test]
fn nothing_runs_outside_the_sample_under_a_brake_or_without_a_rollout() {
    let shadow = texts().build().unwrap();
    let run = |decision: &Decision| {
        let candidate = || -> Result<String, ()> { panic!("runs all the same") };
        assert_eq!(
            shadow.run(decision, "user-1", || ok("same"), candidate),
            ok("same")
        );
    };
    run(&router(Share::ZERO, Share::ZERO).decide(&Request::new("user-1")));
    let braked = router(Share::ZERO, Share::FULL);
    braked.brake("v2 is broken");
    run(&braked.decide(&Request::new("user-1")));
    let empty = Router::builder()
        .name("none")
        .env(|_| None)
        .build()
        .unwrap();
    run(&empty.decide(&Request::new("user-1")));
    let seen = shadow.finish();
    assert_eq!((seen.comparisons, seen.panicked, seen.skipped), (0, 0, 0));
}

#[test]
fn when_all_places_are_taken_candidates_are_skipped_and_counted() {
    let shadow = texts().concurrency(1).queue(2).build().unwrap();
    let (started, has_started) = channel::<()>();
    let (go, wait) = channel::<()>();
    let blocking = move || {
        started.send(()).unwrap();
        wait.recv().unwrap();
        ok("same")
    };
    let decision = decision(Version::V1);
    let _ = shadow.run(&decision, "user-0", || ok("same"), blocking);
    has_started.recv().unwrap();
    for n in 1..10 {
        let _ = shadow.run(
            &decision,
            &format!("user-{n}"),
            || ok("same"),
            || ok("same"),
        );
    }
    assert_eq!(shadow.snapshot().skipped, 7);
    go.send(()).unwrap();
    let seen = shadow.finish();
    assert_eq!((seen.comparisons, seen.skipped), (3, 7));
}

#[test]
fn a_late_answer_is_thrown_away_and_counted() {
    let shadow = texts().timeout(Duration::ZERO).build().unwrap();
    let late = || {
        thread::sleep(Duration::from_millis(1));
        ok("other")
    };
    let _ = shadow.run(&decision(Version::V1), "user-1", || ok("same"), late);
    let seen = shadow.finish();
    assert_eq!((seen.late, seen.comparisons, seen.divergences()), (1, 0, 0));
    assert_eq!(seen.discordant, Discordant::default());
}

#[test]
fn panics_of_candidates_and_comparisons_are_caught_and_the_workers_live_on() {
    let shadow = Shadow::builder(|id, _, _| {
        if id == "user-9" {
            panic!("comparing")
        } else {
            Vec::new()
        }
    })
    .concurrency(1)
    .build()
    .unwrap();
    let decision = decision(Version::V1);
    for n in 0..5 {
        let panics = || -> Result<String, ()> { panic!("the candidate") };
        assert_eq!(
            shadow.run(&decision, &format!("user-{n}"), || ok("same"), panics),
            ok("same")
        );
    }
    let _ = shadow.run(&decision, "user-9", || ok("same"), || ok("same"));
    let _ = shadow.run(&decision, "user-6", || ok("same"), || ok("same"));
    let seen = shadow.finish();
    assert_eq!((seen.panicked, seen.comparisons), (6, 1));
    assert_eq!(seen.discordant, Discordant { v1: 0, v2: 5 });
}

#[test]
fn discordant_pairs_are_counted_by_the_version_that_went_wrong_once_per_id() {
    let shadow = texts().build().unwrap();
    let run = |version, id: &str, primary: Result<(), ()>, candidate: Result<(), ()>| {
        let text = |result: Result<(), ()>| result.map(|()| String::new());
        let _ = shadow.run(
            &decision(version),
            id,
            move || text(primary),
            move || text(candidate),
        );
    };
    for _retry in 0..3 {
        run(Version::V1, "a", Ok(()), Err(()));
    }
    run(Version::V2, "b", Err(()), Ok(()));
    run(Version::V1, "c", Err(()), Ok(()));
    run(Version::V2, "d", Ok(()), Err(()));
    run(Version::V1, "e", Err(()), Err(()));
    run(Version::V1, "f", Ok(()), Ok(()));
    run(Version::V2, "g", Err(()), Ok(()));
    let seen = shadow.finish();
    assert_eq!(seen.discordant, Discordant { v1: 2, v2: 3 });
    assert_eq!((seen.both_failed, seen.comparisons), (1, 1));
}

/// A field that differs by itself is no divergence, and one that doesn't is, in the same answers.
#[test]
fn noise_is_measured_by_path_and_taken_off() {
    let members = |_: &str, one: Side<'_, [u32; 2]>, two: Side<'_, [u32; 2]>| {
        let differs = |n: usize| one.answer[n] != two.answer[n];
        (0..2)
            .filter(|&n| differs(n))
            .map(|n| format!("/{n}"))
            .collect()
    };
    let shadow = Shadow::builder(members)
        .queue(1_000)
        .noise("50%".parse().unwrap())
        .build()
        .unwrap();
    let decision = decision(Version::V1);
    for n in 0..1_000_u32 {
        // The first member is a coin; the second is wrong in v2 for 1 in 100.
        let coin = |salt: &str| Seed::new(salt).bucket(n.to_le_bytes()).get() % 2;
        let (one, two, again) = (
            [coin("one"), 0],
            [coin("two"), u32::from(n % 100 == 0)],
            [coin("again"), 0],
        );
        let run = shadow.run_with_noise(
            &decision,
            &format!("user-{n}"),
            || Ok::<_, ()>(one),
            move || Ok::<_, ()>(two),
            move || Ok::<_, ()>(again),
        );
        assert_eq!(run, Ok(one));
    }
    let seen = shadow.finish();
    assert_eq!(seen.comparisons, 1_000);
    let [noisy, wrong] = &seen.paths[..] else {
        panic!("{:?}", seen.paths)
    };
    assert!(noisy.differing > 300 && noisy.noise > 100, "{noisy:?}");
    assert_eq!(
        (noisy.excess, wrong.excess, seen.divergences()),
        (0, 10, 10)
    );
}

/// Two answers of one version that are written differently and say the same are no noise.
#[test]
fn contributions_of_one_version_are_compared_by_what_they_say() {
    for version in [Version::V1, Version::V2] {
        let shadow = contributions().noise(Share::FULL).build().unwrap();
        let (v1, v2) = answers(1);
        let same = |bytes: &[u8]| [b" ", bytes].concat();
        let (one, two) = if version == Version::V1 {
            (v1, v2)
        } else {
            (v2, v1)
        };
        let again = same(&one);
        let wrong = String::from_utf8(one.clone())
            .unwrap()
            .replace("toilet 1", "toilet 2")
            .into_bytes();
        let run = |id: &str, again: Vec<u8>| {
            let (one, two) = (one.clone(), two.clone());
            let _ = shadow.run_with_noise(
                &decision(version),
                id,
                || Ok::<_, ()>(one),
                move || Ok::<_, ()>(two),
                move || Ok::<_, ()>(again),
            );
        };
        run("user-1", again);
        run("user-1", wrong);
        let seen = shadow.finish();
        assert_eq!(
            (seen.comparisons, seen.differing, seen.noise_comparisons),
            (2, 0, 2)
        );
        let noise: Vec<_> = seen
            .paths
            .iter()
            .map(|path| (&*path.path, path.noise))
            .collect();
        assert_eq!(noise, [("/name", 1)], "{version}");
    }
}
