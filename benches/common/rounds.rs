//! Medians of interleaved rounds, and the bound that everything is compared with.

use std::time::Instant;

use serde::de::IgnoredAny;

/// The bound: the same bytes read as JSON, and nothing of them understood.
pub fn parse_only(payload: &[u8]) -> bool {
    std::str::from_utf8(payload).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// Medians, in ns a call of each; as [`times`].
pub fn medians(rounds: usize, calls: usize, subjects: &mut [&mut dyn FnMut()]) -> Vec<f64> {
    let times = times(rounds, calls, subjects);
    times.into_iter().map(median).collect()
}

/// Times in ns a call, by subject, of rounds in which all take turns, so that whatever slows the machine slows them all.
/// A subject runs `calls` times per round.
pub fn times(rounds: usize, calls: usize, subjects: &mut [&mut dyn FnMut()]) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::with_capacity(rounds); subjects.len()];
    for round in 0..rounds {
        for at in 0..subjects.len() {
            // Another one begins each round: nobody always runs behind the same one.
            let at = (at + round) % subjects.len();
            let start = Instant::now();
            subjects[at]();
            times[at].push(start.elapsed().as_nanos() as f64 / calls as f64);
        }
    }
    times
}

pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
