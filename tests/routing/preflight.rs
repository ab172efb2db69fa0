//! Preflight: who would move and which way, exactly, and what would be refused.

use std::collections::BTreeMap;

use cutover::routing::{RolloutBuilder, Seed, preflight};
use cutover::{ErrorKind, Rollout, Router, Share, Version};
use proptest::prelude::*;

use Version::{V1, V2};

fn rollout(revision: u32, ppm: u32) -> RolloutBuilder {
    Rollout::builder("n", Share::ppm(ppm).unwrap()).revision(revision)
}

#[test]
fn shares_are_exact_and_pins_by_name() {
    let old = rollout(1, 100_000)
        .pin("a", V2)
        .pin("b", V1)
        .build()
        .unwrap();
    let new = rollout(2, 100_001)
        .pin("b", V2)
        .pin("c", V1)
        .pin("a", V1)
        .build()
        .unwrap();
    let moved = preflight(&old, &new).unwrap();
    assert_eq!((moved.to_v2().as_ppm(), moved.to_v1().as_ppm()), (1, 0));
    assert_eq!(
        (moved.pinned_to(V1), moved.pinned_to(V2)),
        (&["a"][..], &["b"][..])
    );
    assert!(moved.moves_anyone_to(V1) && moved.moves_anyone_to(V2));
    assert_eq!((moved.of("a"), moved.of("b")), ((V2, V1), (V1, V2)));
    let json = serde_json::to_value(&moved).unwrap();
    let expected = serde_json::json!({
        "to_v2": "0.0001%", "to_v1": "0%", "pinned_to_v2": ["b"], "pinned_to_v1": ["a"],
        "requests_to_v2": false, "requests_to_v1": false,
    });
    assert_eq!(json, expected);
}

#[test]
fn force_moves_everyone_but_who_is_there() {
    let (old, new) = (
        rollout(1, 250_000).build().unwrap(),
        rollout(2, 0).force(V2).build().unwrap(),
    );
    let moved = preflight(&old, &new).unwrap();
    assert_eq!(
        (moved.to_v2().as_ppm(), moved.to_v1().as_ppm()),
        (750_000, 0)
    );
    let new = rollout(2, 1_000_000).force(V1).build().unwrap();
    let moved = preflight(&old, &new).unwrap();
    assert_eq!(
        (moved.to_v2().as_ppm(), moved.to_v1().as_ppm()),
        (0, 250_000)
    );
    assert!(!moved.moves_anyone_to(V2) && moved.moves_anyone_to(V1));
}

#[test]
fn refusals_are_the_routers() {
    let old = rollout(7, 100_000).build().unwrap();
    let cases = [
        (
            Rollout::builder("m", Share::ZERO),
            ErrorKind::Identity,
            "/name",
        ),
        (rollout(8, 0).salt("s"), ErrorKind::Identity, "/salt"),
        (rollout(6, 100_001), ErrorKind::Revision, "/revision"),
    ];
    for (new, kind, path) in cases {
        let new = new.build().unwrap();
        let error = preflight(&old, &new).unwrap_err();
        assert_eq!((error.kind(), error.path()), (kind, path));
        let router = Router::builder()
            .env(|_| None)
            .rollout(rollout(7, 100_000).build().unwrap());
        let refused = router.build().unwrap().apply(new).unwrap_err();
        assert!(
            error.to_string().starts_with(&refused.to_string()),
            "{error}"
        );
    }
}

/// Another salt draws everyone's bucket again: of the 10 % on v2, 75 % would leave it; of the 90 % on v1, 25 % come.
#[test]
fn another_salt_is_refused_with_what_it_would_move() {
    let old = rollout(1, 100_000).build().unwrap();
    let says = |new: RolloutBuilder| {
        let error = preflight(&old, &new.build().unwrap()).unwrap_err();
        let message = error.to_string();
        let (_, says) = message.split_once("; ").expect("figures");
        says.to_owned()
    };
    let quarter = rollout(2, 250_000).salt("s");
    let moves = "about 22.5% of the ids would move to v2 and 7.5% to v1";
    assert_eq!(says(quarter), moves);
    let moves = "about 9% of the ids would move to v2 and 9% to v1";
    assert_eq!(says(rollout(2, 100_000).salt("s")), moves);
    let forced = rollout(2, 100_000).salt("s").force(V1);
    let moves = "about 0% of the ids would move to v2 and 10% to v1";
    assert_eq!(says(forced), moves);

    // What it says is what happens to 100,000 ids, but for five standard deviations.
    let new = rollout(2, 250_000).salt("s").build().unwrap();
    let moved = (0..100_000).filter(|n| {
        let id = n.to_string();
        let bucket = |seed: Seed| seed.bucket(&id);
        !old.share().contains(bucket(old.seed())) && new.share().contains(bucket(new.seed()))
    });
    let moved = moved.count();
    assert!((21_840..23_160).contains(&moved), "{moved}");
}

/// Callers who ask for a version move when the document begins or ceases to honour that, if there is anyone who would get
/// the other version otherwise.
#[test]
fn requests_move_when_they_begin_or_cease_to_count() {
    let requests = |old: RolloutBuilder, new: RolloutBuilder| {
        let (old, new) = (old.build().unwrap(), new.build().unwrap());
        let moved = preflight(&old, &new).unwrap();
        [V1, V2].map(|version| moved.moves_requests_to(version))
    };
    let with = |allow: bool, ppm: u32| rollout(1, ppm).allow_requested(allow);
    let [tenth, none, all] = [100_000, 0, 1_000_000];
    for share in [tenth, none, all] {
        for allow in [false, true] {
            let same = requests(with(allow, tenth), with(allow, share));
            assert_eq!(same, [false, false]);
        }
    }
    assert_eq!(
        requests(with(false, tenth), with(true, tenth)),
        [true, true]
    );
    // Who asked for v2 had v1; nobody had v2, so nobody comes to v1.
    assert_eq!(requests(with(false, none), with(true, none)), [false, true]);
    assert_eq!(requests(with(false, all), with(true, all)), [true, false]);
    // Who asked for v2 gets v1 again.
    assert_eq!(requests(with(true, none), with(false, none)), [true, false]);
    assert_eq!(requests(with(true, all), with(false, all)), [false, true]);
    let pinned = with(false, none).pin("a", V2);
    assert_eq!(requests(with(true, none), pinned), [true, true]);
    let forced = with(false, tenth).force(V2).pin("a", V1);
    assert_eq!(requests(with(true, tenth), forced), [false, true]);
}

#[test]
fn a_revision_is_raised_or_not() {
    let raises = |old: u32, new: u32| {
        let (old, new) = (
            rollout(old, 20).build().unwrap(),
            rollout(new, 10).build().unwrap(),
        );
        preflight(&old, &new).unwrap().raises_revision()
    };
    assert!(raises(1, 2));
    assert!(!raises(2, 2) && !raises(2, 1));
}

#[derive(Clone, Debug)]
struct Document {
    revision: u32,
    ppm: u32,
    force: Option<Version>,
    pins: BTreeMap<String, Version>,
}

impl Document {
    fn build(&self) -> Rollout {
        let mut builder = rollout(self.revision, self.ppm);
        if let Some(version) = self.force {
            builder = builder.force(version);
        }
        for (id, version) in &self.pins {
            builder = builder.pin(id, *version);
        }
        builder.build().unwrap()
    }
}

fn documents() -> impl Strategy<Value = Document> {
    let version = || prop_oneof![Just(V1), Just(V2)];
    let force = prop_oneof![4 => Just(None), 1 => version().prop_map(Some)];
    let pins = prop::collection::btree_map("[a-h]", version(), 0..6);
    let ppm = prop_oneof![Just(0), Just(1_000_000), 0..=1_000_000u32];
    (0..4u32, ppm, force, pins).prop_map(|(revision, ppm, force, pins)| Document {
        revision,
        ppm,
        force,
        pins,
    })
}

proptest! {
    /// What preflight says before, the router does after: for each id, for the named ids and for the shares; and it refuses
    /// exactly what the router refuses.
    #[test]
    fn what_it_foretells_happens(old in documents(), new in documents(), ids in prop::collection::vec("[a-z]{1,3}", 40)) {
        let (before, after) = (old.build(), new.build());
        let router = Router::builder().env(|_| None).rollout(old.build()).build().unwrap();
        let named = ('a'..='h').map(String::from);
        let ids: Vec<String> = named.chain(ids).collect();
        let routed = || ids.iter().map(|id| router.route(id)).collect::<Vec<_>>();
        let was = routed();
        let applied = router.apply(new.build());
        let moved = match preflight(&before, &after) {
            Ok(moved) => moved,
            Err(error) => {
                prop_assert_eq!(applied.unwrap_err().to_string(), error.to_string());
                return Ok(());
            }
        };
        prop_assert!(applied.is_ok());
        let (mut to_v1, mut to_v2) = (Vec::new(), Vec::new());
        for (id, (was, is)) in ids.iter().zip(was.into_iter().zip(routed())) {
            prop_assert_eq!(moved.of(id), (was, is), "{}", id);
            if old.pins.contains_key(id) || new.pins.contains_key(id) {
                if was != is && !to_v1.contains(&id.as_str()) && !to_v2.contains(&id.as_str()) {
                    if is == V2 { &mut to_v2 } else { &mut to_v1 }.push(id.as_str());
                }
            } else {
                // An unpinned id moves when its bucket lies in what the shares say moves.
                let bucket = Seed::new("n").bucket(id);
                let threshold = |document: &Document| match document.force {
                    Some(V1) => 0,
                    Some(V2) => 1_000_000,
                    None => document.ppm,
                };
                let (low, high) = (threshold(&old).min(threshold(&new)), threshold(&old).max(threshold(&new)));
                prop_assert_eq!(moved.to_v1().as_ppm() + moved.to_v2().as_ppm(), high - low);
                prop_assert_eq!((low..high).contains(&bucket.get()), was != is);
            }
        }
        prop_assert_eq!((moved.pinned_to(V1), moved.pinned_to(V2)), (&to_v1[..], &to_v2[..]));
    }
}
