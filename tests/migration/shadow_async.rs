//! The shadow for futures: the same promises, and a late candidate is cancelled.

use std::future::{Future, pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cutover::migration::shadow::{AsyncShadow, Discordant, Shadow, ShadowBuilder};
use cutover::{Decision, Request, Rollout, Router, Share};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

use crate::shadow_kit::{alone, guard};

type Answer = Result<&'static str, ()>;

fn decision() -> Decision {
    let rollout = Rollout::builder("contribution-form-v2", Share::ZERO)
        .shadow(Share::FULL)
        .build()
        .unwrap();
    Router::builder()
        .rollout(rollout)
        .env(|_| None)
        .build()
        .unwrap()
        .decide(&Request::new("user-1"))
}

fn builder() -> ShadowBuilder<&'static str> {
    Shadow::builder(|_id, one, two| {
        if one.answer == two.answer {
            Vec::new()
        } else {
            vec!["/text".to_owned()]
        }
    })
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// Lets the tasks run until this many candidates are accounted for.
async fn settled(shadow: &AsyncShadow<&'static str>, all: u64) {
    loop {
        let seen = shadow.snapshot();
        if seen.comparisons
            + seen.late
            + seen.panicked
            + seen.noise_comparisons
            + seen.discordant.v2
            >= all
        {
            return;
        }
        yield_now().await;
    }
}

#[test]
fn the_answer_is_the_primarys_and_the_candidates_are_compared() {
    runtime().block_on(async {
        let shadow = builder().noise(Share::FULL).build_async();
        let other: Answer = Ok("other");
        let same: Answer = Ok("same");
        assert_eq!(
            shadow
                .run(&decision(), "user-1", ready(same), ready(other))
                .await,
            same
        );
        assert_eq!(
            shadow.snapshot().comparisons,
            0,
            "the candidate hasn't run when the caller has its answer"
        );
        let answer = shadow
            .run_with_noise(&decision(), "user-2", ready(same), ready(same), ready(same))
            .await;
        assert_eq!(answer, same);
        settled(&shadow, 3).await;
        let seen = shadow.snapshot();
        assert_eq!(
            (seen.comparisons, seen.differing, seen.noise_comparisons),
            (2, 1, 1)
        );
        assert_eq!(seen.paths[0].ids, ["user-1"]);
    });
}

/// Set when it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_late_candidate_is_cancelled_counted_and_gives_its_place_back() {
    runtime().block_on(async {
        let shadow = builder()
            .concurrency(1)
            .timeout(Duration::ZERO)
            .build_async();
        let cancelled = Arc::new(AtomicBool::new(false));
        let guard = Dropped(Arc::clone(&cancelled));
        let hangs = async move {
            let _guard = guard;
            pending::<Answer>().await
        };
        let _ = shadow
            .run(&decision(), "user-1", ready(Answer::Ok("same")), hangs)
            .await;
        let _ = shadow
            .run(
                &decision(),
                "user-2",
                ready(Answer::Ok("same")),
                ready(Answer::Ok("same")),
            )
            .await;
        assert_eq!(shadow.snapshot().skipped, 1);
        settled(&shadow, 1).await;
        while !cancelled.load(Ordering::Relaxed) {
            yield_now().await;
        }
        let seen = shadow.snapshot();
        assert_eq!(
            (seen.late, seen.comparisons, seen.discordant),
            (1, 0, Discordant::default())
        );
        let _ = shadow
            .run(
                &decision(),
                "user-3",
                ready(Answer::Ok("same")),
                pending::<Answer>(),
            )
            .await;
        assert_eq!(shadow.snapshot().skipped, 1, "the place is free again");
    });
}

/// Those of a client that doesn't wait for v1 count as v1's: who knows why it left.
#[test]
fn the_guard_is_told_who_alone_went_wrong() {
    runtime().block_on(async {
        let (guard, clock) = guard();
        let shadow = builder().guard(&guard).build_async();
        let (well, wrong): (Answer, Answer) = (Ok("same"), Err(()));
        let panics = async move {
            let _: () = async { panic!("the candidate") }.await;
            well
        };
        let v1 = [("v2", well), ("v1", wrong), ("both", wrong), ("none", well)];
        for (id, v1) in v1 {
            let v2 = if matches!(id, "v2" | "both") {
                wrong
            } else {
                well
            };
            let _ = shadow.run(&decision(), id, ready(v1), ready(v2)).await;
            yield_now().await;
        }
        let _ = shadow.run(&decision(), "panics", ready(well), panics).await;
        {
            let decision = decision();
            let gone = shadow.run(&decision, "gone", pending::<Answer>(), ready(well));
            let mut gone = std::pin::pin!(gone);
            let polled = gone.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        settled(&shadow, 4).await;
        while shadow.snapshot().discordant.v1 + shadow.snapshot().both_failed < 2 {
            yield_now().await;
        }
        assert_eq!(alone(&guard, &clock), (2, 2));
    });
}

#[test]
fn panics_and_errors_of_candidates_are_counted() {
    runtime().block_on(async {
        let shadow = builder().build_async();
        let panics = async { panic!("the candidate") };
        let same: Answer = Ok("same");
        assert_eq!(
            shadow
                .run(&decision(), "user-1", ready(same), async move {
                    let _: () = panics.await;
                    same
                })
                .await,
            same
        );
        let wrong: Answer = Err(());
        assert_eq!(
            shadow
                .run(&decision(), "user-2", ready(same), ready(wrong))
                .await,
            same
        );
        settled(&shadow, 3).await;
        let seen = shadow.snapshot();
        assert_eq!(
            (seen.panicked, seen.discordant),
            (1, Discordant { v1: 0, v2: 2 })
        );
    });
}

#[test]
fn without_a_runtime_the_caller_gets_its_answer_and_the_candidate_is_skipped() {
    let shadow = builder().build_async();
    let same: Answer = Ok("same");
    let mut run = Box::pin(async {
        shadow
            .run(&decision(), "user-1", ready(same), ready(same))
            .await
    });
    let poll = run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(poll, Poll::Ready(same));
    drop(run);
    assert_eq!(shadow.snapshot().skipped, 1);
}
