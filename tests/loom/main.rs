//! The shipped router and guard on loom's atomics, over every interleaving: `RUSTFLAGS="--cfg loom" cargo test --release --test loom`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(loom)]

mod guard;

use cutover::routing::RolloutBuilder;
use cutover::{Decision, Reason, Request, Rollout, Router, Share, Version};
use loom::sync::Arc;
use loom::thread;

use Version::{V1, V2};

fn rollout(revision: u32, percent: u32) -> RolloutBuilder {
    Rollout::builder("n", Share::ppm(percent * 10_000).unwrap()).revision(revision)
}

fn router(rollout: RolloutBuilder) -> Arc<Router> {
    let router = Router::builder()
        .env(|_| None)
        .rollout(rollout.build().unwrap());
    Arc::new(router.build().unwrap())
}

/// Whoever has seen a document sees no older one, whichever ids are asked for: one of them is pinned, which the snapshot
/// says, and the other is not, which the filter beside the word says.
#[test]
fn a_reader_never_goes_back_to_an_older_document() {
    loom::model(|| {
        let router = router(rollout(1, 0).pin("a", V2));
        let writer = {
            let router = Arc::clone(&router);
            thread::spawn(move || {
                router
                    .apply(rollout(2, 0).pin("a", V2).build().unwrap())
                    .unwrap();
            })
        };
        let [a, b] = ["a", "b"].map(|id| router.decide(&Request::new(id)));
        assert_eq!((a.reason(), b.reason()), (Reason::Pinned, Reason::Share));
        assert!(
            a.revision() <= b.revision(),
            "a reader went back in time: {a:?} {b:?}"
        );
        writer.join().unwrap();
        assert_eq!(router.decide(&Request::new("b")).revision(), 2);
    });
}

fn decide(router: &Router) -> Decision {
    router.decide(&Request::new("a"))
}

/// What a reader sees of a document and the brake: enough to tell every state of these tests from every other.
fn seen(decision: Decision) -> (u32, u32, Version, Reason) {
    let percent = decision.share().as_ppm() / 10_000;
    (
        decision.revision(),
        percent,
        decision.version(),
        decision.reason(),
    )
}

/// Brake and share are one store: a document that raises the share while it releases the brake is never seen half.
#[test]
fn brake_and_share_are_seen_from_one_store() {
    loom::model(|| {
        let router = router(rollout(1, 0));
        router.brake("test");
        let writer = {
            let router = Arc::clone(&router);
            thread::spawn(move || {
                router
                    .apply(rollout(2, 100).releases_brake(1).build().unwrap())
                    .unwrap()
            })
        };
        let states = [(1, 0, V1, Reason::Brake), (2, 100, V2, Reason::Share)];
        let first = seen(decide(&router));
        let second = seen(decide(&router));
        assert!(
            states.contains(&first) && states.contains(&second),
            "{first:?} {second:?}"
        );
        assert!(first.0 <= second.0, "a reader went back in time");
        writer.join().unwrap();
        assert_eq!(seen(decide(&router)), states[1]);
    });
}

/// A brake is never lost against a document that is applied at the same time, and once `brake` has returned, everyone who
/// knows of that sees it.
#[test]
fn a_brake_is_never_lost_against_an_apply() {
    for pinned in [false, true] {
        loom::model(move || {
            let with = move |rollout: RolloutBuilder| {
                if pinned {
                    rollout.pin("a", V2)
                } else {
                    rollout
                }
            };
            let router = router(with(rollout(1, 100)));
            let applying = {
                let router = Arc::clone(&router);
                thread::spawn(move || {
                    router
                        .apply(with(rollout(2, 100)).build().unwrap())
                        .unwrap()
                })
            };
            let number = router.brake("test").get();
            assert_eq!(
                (router.route("a"), router.route("b")),
                (V1, V1),
                "pulled when it returns"
            );
            applying.join().unwrap();
            let decision = decide(&router);
            assert_eq!((decision.version(), decision.reason()), (V1, Reason::Brake));
            assert_eq!(decision.revision(), 2);
            assert!(number == 1 || number == 2);
            assert_eq!(router.status().brake.unwrap().number.get(), number);
        });
    }
}

/// With pins, which are in the snapshot and not in the word, a reader still sees what some document and some state of the
/// brake give, while documents with and without pins replace each other and the brake is pulled.
#[test]
fn a_reader_sees_one_state_of_document_and_brake() {
    loom::model(|| {
        let router = router(rollout(1, 0).pin("a", V2));
        let writer = {
            let router = Arc::clone(&router);
            thread::spawn(move || {
                router.brake("test");
                router
                    .apply(rollout(2, 100).releases_brake(1).build().unwrap())
                    .unwrap();
                router
                    .apply(rollout(3, 0).pin("a", V1).build().unwrap())
                    .unwrap();
            })
        };
        let states = [
            (1, 0, V2, Reason::Pinned),
            (1, 0, V1, Reason::Brake),
            (2, 100, V2, Reason::Share),
            (3, 0, V1, Reason::Pinned),
        ];
        let first = seen(decide(&router));
        assert!(states.contains(&first), "{first:?}");
        writer.join().unwrap();
        assert_eq!(seen(decide(&router)), states[3]);
        assert_eq!(router.route("a"), V1);
    });
}
