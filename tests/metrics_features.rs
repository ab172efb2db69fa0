//! The figures for the `metrics` facade, and the events for `tracing`.
#![cfg(all(feature = "metrics", feature = "tracing"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cutover::migration::Guard;
use cutover::migration::metrics::{Decisions, METRICS, Metrics, VerdictEvents, trace_changes};
use cutover::{Request, Rollout, Router, Share};
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString,
    Unit,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};

fn router() -> Router {
    let rollout = Rollout::builder("contribution-form-v2", "10%".parse().unwrap())
        .revision(7)
        .build()
        .unwrap();
    Router::builder()
        .rollout(rollout)
        .env(|_| None)
        .build()
        .unwrap()
}

#[derive(Clone, Default)]
struct Recorded {
    values: Arc<Mutex<BTreeMap<String, f64>>>,
    described: Arc<Mutex<BTreeMap<String, String>>>,
}

struct Cell(String, Recorded);

impl Cell {
    fn of(key: &Key, recorded: &Recorded) -> Arc<Self> {
        let labels: Vec<String> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        Arc::new(Self(
            format!("{}{{{}}}", key.name(), labels.join(",")),
            recorded.clone(),
        ))
    }

    fn put(&self, value: f64) {
        self.1.values.lock().unwrap().insert(self.0.clone(), value);
    }
}

impl CounterFn for Cell {
    fn increment(&self, _: u64) {
        panic!("counts are absolute: publishing twice must not double them");
    }

    fn absolute(&self, value: u64) {
        self.put(value as f64);
    }
}

impl GaugeFn for Cell {
    fn increment(&self, _: f64) {
        panic!("figures are set");
    }

    fn decrement(&self, _: f64) {
        panic!("figures are set");
    }

    fn set(&self, value: f64) {
        self.put(value);
    }
}

impl Recorded {
    fn note(&self, name: KeyName, help: SharedString) {
        self.described
            .lock()
            .unwrap()
            .insert(name.as_str().to_owned(), help.into_owned());
    }
}

impl Recorder for Recorded {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.note(name, help);
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.note(name, help);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, help: SharedString) {
        self.note(name, help);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Cell::of(key, self))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(Cell::of(key, self))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// The facade gets what the text has: each sample, with its labels and its value, however often it is published.
#[test]
fn the_facade_gets_every_sample_of_the_text() {
    let (router, decisions) = (router(), Decisions::new());
    let guard = Guard::builder().build().unwrap();
    let outcomes = guard.outcomes();
    let decision = router.decide(&Request::new("user-1"));
    decisions.count(&decision);
    outcomes.record_ended(
        &decision,
        "user-1",
        cutover::migration::Outcome::Accepted,
        Duration::from_millis(3),
    );
    let metrics = Metrics::new()
        .router(&router.status(), SystemTime::now())
        .decisions(&decisions)
        .outcomes(&outcomes.snapshot());
    let recorded = Recorded::default();
    metrics::with_local_recorder(&recorded, || {
        Metrics::describe();
        metrics.publish();
        metrics.publish();
    });
    let from_text: BTreeMap<String, f64> = metrics
        .to_string()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let series = if series.contains('{') {
                series.replace('"', "")
            } else {
                format!("{series}{{}}")
            };
            (series, value.parse().unwrap())
        })
        .collect();
    assert!(from_text.len() > 30);
    assert_eq!(*recorded.values.lock().unwrap(), from_text);
    let described = recorded.described.lock().unwrap();
    assert!(
        METRICS
            .iter()
            .all(|metric| described[metric.name] == metric.help)
    );
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}

impl Subscriber for Heard {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        assert_eq!(event.metadata().target(), "cutover");
        let level = if *event.metadata().level() == Level::WARN {
            "warn"
        } else {
            "info"
        };
        let mut line = Line(level.to_owned());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Every change is one event with its figures, and requests are none.
#[test]
fn changes_and_new_verdicts_are_events_and_requests_are_not() {
    let heard = Heard::default();
    tracing::subscriber::with_default(heard.clone(), || {
        let router = router();
        trace_changes(&router);
        router
            .apply(
                Rollout::builder("contribution-form-v2", Share::FULL)
                    .revision(8)
                    .build()
                    .unwrap(),
            )
            .unwrap();
        for n in 0..100 {
            let _ = router.decide(&Request::new(&format!("user-{n}")));
        }
        let number = router.brake("too many errors");
        router.release(number).unwrap();
        assert!(router.apply_json(b"[]").is_err());
        let verdict = Guard::builder().build().unwrap().evaluate();
        let events = VerdictEvents::new();
        events.note(&verdict);
        events.note(&verdict);
    });
    let heard = heard.0.lock().unwrap();
    assert_eq!(heard.len(), 5, "{heard:#?}");
    assert_eq!(
        heard[0],
        "info message=rollout applied revision=8 share=100%"
    );
    assert_eq!(
        heard[1],
        "warn message=brake pulled number=1 by=\"operator\" why=too many errors"
    );
    assert_eq!(heard[2], "info message=brake released number=1");
    assert!(
        heard[3].starts_with("warn message=rollout refused path= reason="),
        "{}",
        heard[3]
    );
    assert!(
        heard[4].starts_with("info message=verdict verdict=hold: v2 gets no requests by the share"),
        "{}",
        heard[4]
    );
}
