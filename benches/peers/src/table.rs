//! Rows of the table: the same work by several, each checked first.

use std::cell::RefCell;
use std::hint::black_box;

use serde_json::Value;

use crate::rounds::{median, times};

pub const HEAD: &str = "| work | by | µs | ratio | target | |\n|---|---|---|---|---|---|";

/// Someone who does the work: reads bytes, appends bytes.
pub struct Peer<'p> {
    pub name: &'static str,
    pub work: Box<dyn Fn(&[u8], &mut Vec<u8>) + 'p>,
    /// It should take at least this many times as long as ours.
    pub target: Option<f64>,
    /// Whether it writes the converted document, which is then compared with ours.
    pub writes: bool,
}

impl<'p> Peer<'p> {
    pub fn new(
        name: &'static str,
        target: Option<f64>,
        work: impl Fn(&[u8], &mut Vec<u8>) + 'p,
    ) -> Self {
        Self {
            name,
            work: Box::new(work),
            target,
            writes: true,
        }
    }

    /// One that writes nothing.
    pub fn silent(name: &'static str, target: Option<f64>, work: impl Fn(&[u8]) + 'p) -> Self {
        let work = Box::new(move |input: &[u8], _: &mut Vec<u8>| work(input));
        Self {
            name,
            work,
            target,
            writes: false,
        }
    }
}

/// Ours first.
pub fn rows(title: &str, input: &[u8], calls: usize, peers: &[Peer<'_>]) {
    let written = |peer: &Peer<'_>| {
        let mut out = Vec::new();
        (peer.work)(input, &mut out);
        peer.writes
            .then(|| serde_json::from_slice::<Value>(&out).expect(peer.name))
    };
    let ours = written(&peers[0]);
    for peer in &peers[1..] {
        if let Some(theirs) = written(peer) {
            assert!(
                ours.as_ref() == Some(&theirs),
                "{} writes something else: {theirs}",
                peer.name
            );
        }
    }
    let out = RefCell::new(Vec::with_capacity(2 * input.len()));
    let mut turns: Vec<Box<dyn FnMut() + '_>> = Vec::new();
    for peer in peers {
        let out = &out;
        turns.push(Box::new(move || {
            for _ in 0..calls {
                let mut out = out.borrow_mut();
                out.clear();
                (peer.work)(black_box(input), &mut out);
                black_box(&*out);
            }
        }));
    }
    let mut turns: Vec<&mut dyn FnMut()> = turns.iter_mut().map(|turn| &mut **turn as _).collect();
    let all = times(31, calls, &mut turns);
    for (peer, taken) in peers.iter().zip(&all) {
        let ratio = median(
            taken
                .iter()
                .zip(&all[0])
                .map(|(theirs, ours)| theirs / ours)
                .collect(),
        );
        let (target, verdict) = match peer.target {
            Some(target) if ratio >= target => (format!("≥ {target}"), "met"),
            Some(target) => (format!("≥ {target}"), "**miss**"),
            None => (String::new(), ""),
        };
        let micros = median(taken.clone()) / 1e3;
        println!(
            "| {title} | {} | {micros:.2} | {ratio:.2} | {target} | {verdict} |",
            peer.name
        );
    }
}
