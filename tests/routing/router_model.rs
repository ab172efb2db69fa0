//! The router beside an obvious model, under random operations: bytes → operations, so that proptest and the fuzzer share it.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use cutover::routing::Seed;
use cutover::{Reason, Request, Rollout, Router, Share, Version};

use Version::{V1, V2};

const NAME: &str = "model";
const IDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const SHARES: [u32; 6] = [0, 1, 250_000, 500_000, 999_999, 1_000_000];

/// A document as plain data.
#[derive(Clone, Debug)]
struct Document {
    revision: u32,
    ppm: u32,
    force: Option<Version>,
    allow: bool,
    pins: BTreeMap<&'static str, Version>,
    releases: Option<u32>,
}

impl Document {
    fn version(&self, id: Option<&str>, bucket: u32) -> (Version, Reason) {
        if let Some(version) = self.force {
            return (version, Reason::Forced);
        }
        if let Some(version) = id.and_then(|id| self.pins.get(id)) {
            return (*version, Reason::Pinned);
        }
        (if bucket < self.ppm { V2 } else { V1 }, Reason::Share)
    }

    fn rollout(&self) -> Rollout {
        let share = Share::ppm(self.ppm).unwrap();
        let mut builder = Rollout::builder(NAME, share)
            .revision(self.revision)
            .allow_requested(self.allow);
        if let Some(version) = self.force {
            builder = builder.force(version);
        }
        if let Some(number) = self.releases {
            builder = builder.releases_brake(number);
        }
        for (id, version) in &self.pins {
            builder = builder.pin(id, *version);
        }
        builder.build().unwrap()
    }
}

/// What a router is, said as simply as it can be.
#[derive(Debug, Default)]
struct Model {
    document: Option<Document>,
    /// Number and revision of the brake that is pulled.
    brake: Option<(u32, u32)>,
    last: u32,
}

impl Model {
    fn decide(&self, id: &str, wish: Option<Version>) -> (Version, Reason) {
        let Some(document) = &self.document else {
            return (V1, Reason::NoRollout);
        };
        if self.brake.is_some() {
            return (V1, Reason::Brake);
        }
        match wish {
            Some(version) if document.allow => (version, Reason::Requested),
            _ => document.version(Some(id), bucket(id)),
        }
    }

    fn apply(&mut self, new: Document) -> bool {
        let releases = self.brake.is_some_and(|(number, revision)| {
            new.releases == Some(number) && new.revision > revision
        });
        if let Some(old) = self
            .document
            .as_ref()
            .filter(|old| new.revision < old.revision)
        {
            // Every id that a document can name, and someone unnamed in the first and last bucket of each share.
            let named = IDS.iter().map(|id| (Some(*id), bucket(id)));
            let edges = SHARES
                .iter()
                .flat_map(|ppm| [ppm.saturating_sub(1), (*ppm).min(999_999)]);
            let v1_now = |id, bucket| releases || old.version(id, bucket).0 == V1;
            let mut people = named.chain(edges.map(|bucket| (None, bucket)));
            if people.any(|(id, bucket)| v1_now(id, bucket) && new.version(id, bucket).0 == V2) {
                return false;
            }
        }
        if releases {
            self.brake = None;
        }
        self.document = Some(new);
        true
    }

    fn brake(&mut self) -> u32 {
        let revision = self
            .document
            .as_ref()
            .map_or(0, |document| document.revision);
        if self.brake.is_none() {
            self.last += 1;
        }
        self.brake.get_or_insert((self.last, revision)).0
    }

    fn release(&mut self, number: u32) -> bool {
        let held = self.brake.is_some_and(|(held, _)| held == number);
        if held {
            self.brake = None;
        }
        held
    }
}

fn bucket(id: &str) -> u32 {
    Seed::new(NAME).bucket(id).get()
}

/// Runs the operations that the bytes say on a router and on the model, and asserts after each that they agree.
/// Says how many it ran.
pub(crate) fn run(bytes: &[u8]) -> usize {
    let router = Router::builder().name(NAME).env(|_| None).build().unwrap();
    let mut model = Model::default();
    let mut bytes = bytes.iter().copied();
    let mut operations = 0;
    while let Some(operation) = bytes.next() {
        let mut next = || u32::from(bytes.next().unwrap_or(0));
        match operation % 4 {
            0 | 1 => {
                let document = document(&mut next);
                let applied = router.apply(document.rollout()).is_ok();
                assert_eq!(
                    applied,
                    model.apply(document.clone()),
                    "{document:?} {model:?}"
                );
                assert_eq!(router.status().last_error.is_none(), applied);
            }
            2 => assert_eq!(router.brake("model").get(), model.brake()),
            _ => {
                let number = next() % 8;
                assert_eq!(
                    router.release(number).is_ok(),
                    model.release(number),
                    "{number} {model:?}"
                );
            }
        }
        for id in IDS.into_iter().chain(["unnamed-1", "unnamed-2"]) {
            for wish in [None, Some(V1), Some(V2)] {
                let decision = router.decide(&Request::new(id).requested(wish));
                let got = (decision.version(), decision.reason());
                assert_eq!(got, model.decide(id, wish), "{id} {wish:?} {model:?}");
            }
            assert_eq!(router.route(id), model.decide(id, None).0, "{id} {model:?}");
        }
        let status = router.status();
        let revision = model.document.as_ref().map(|document| document.revision);
        assert_eq!(status.revision, revision);
        let brake = status
            .brake
            .map(|brake| (brake.number.get(), brake.revision));
        assert_eq!(brake, model.brake);
        operations += 1;
    }
    operations
}

fn document(next: &mut impl FnMut() -> u32) -> Document {
    let version = |number: u32| [None, Some(V1), Some(V2), None][number as usize % 4];
    let flags = next();
    let pins = next() * 256 + next();
    let pin = |(at, id): (usize, &&'static str)| Some((*id, version(pins >> (2 * at))?));
    Document {
        revision: next() % 8,
        ppm: SHARES[next() as usize % SHARES.len()],
        force: version(flags),
        allow: flags & 4 != 0,
        pins: IDS.iter().enumerate().filter_map(pin).collect(),
        releases: (flags & 8 != 0).then(|| next() % 8),
    }
}
