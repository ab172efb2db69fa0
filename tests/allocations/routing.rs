//! Deciding allocates nothing, whichever rule decides.

use std::hint::black_box;

use allocation_counter::measure;
use cutover::{Request, Rollout, Router, Share, Version};

#[test]
fn route_and_decide_allocate_nothing() {
    assert!(
        measure(|| drop(black_box(vec![1, 2, 3]))).count_total > 0,
        "the counter counts"
    );
    let share = "50%".parse::<Share>().unwrap();
    let base = || {
        Rollout::builder("n", share)
            .allow_requested(true)
            .shadow(Share::FULL)
    };
    let pinned = (0..1_000).fold(base(), |builder, id| {
        builder.pin(id.to_string(), Version::V2)
    });
    let plain = Rollout::builder("n", share);
    for builder in [plain, base(), base().force(Version::V2), pinned] {
        let rollout = builder.build().unwrap();
        let router = Router::builder()
            .env(|_| None)
            .rollout(rollout)
            .build()
            .unwrap();
        for braked in [false, true] {
            if braked {
                router.brake("test");
            }
            let all = || {
                for id in [
                    "user-1",
                    "7",
                    "999",
                    "",
                    "7d444840-9dc0-11d1-b245-5ffdce74fad2",
                ] {
                    black_box(router.route(id));
                    black_box(router.route_bytes(id.as_bytes()));
                    for wish in ["v2", "", "v3"] {
                        black_box(router.decide(&Request::new(id).requested(wish)));
                    }
                }
            };
            // arc-swap's record of this thread is made on the first read of a snapshot, and kept.
            all();
            assert_eq!(measure(all).count_total, 0, "{router:?}");
        }
    }
}
