//! Error rates over time, in bins that hold enough requests to say something: v2 gets few at a small share.

use super::run::{Look, Served};

/// A bin has at least so many requests,
const REQUESTS: u64 = 50;
/// and so many errors on average, unless there are too few bins then.
const ERRORS: u64 = 4;
const FEWEST: u64 = 8;
const MOST: u64 = 60;
/// A version that has served nobody for so many seconds has no error rate.
const IDLE: u64 = 10;

/// A stretch of time, in seconds, and the error rate in it, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bin {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) rate: f64,
}

/// A version's error rates. Where the version serves nobody there is no bin.
pub(super) fn rates(looks: &[Look], version: usize) -> Vec<Bin> {
    let served = |look: &Look| (look.second, look.so_far[version]);
    let all = looks
        .last()
        .map_or(Served::default(), |look| served(look).1);
    let for_errors = ERRORS * all.requests / all.errors.max(1);
    let enough = for_errors
        .min(all.requests / FEWEST)
        .max(all.requests / MOST)
        .max(REQUESTS);
    let mut bins = Vec::new();
    let (mut from, mut to) = ((0, Served::default()), (0, Served::default()));
    for look in looks.iter().map(served) {
        if look.1.requests > to.1.requests {
            if to == from && look.0 > from.0 + IDLE {
                from.0 = look.0 - 1;
            }
            to = look;
        }
        if to.1.requests - from.1.requests >= enough {
            bins.push(bin(from, to));
            from = to;
        }
    }
    // What is left is worth a bin if it is half of one.
    if to.1.requests - from.1.requests >= enough / 2 {
        bins.push(bin(from, to));
    }
    bins
}

fn bin((from, then): (u64, Served), (to, now): (u64, Served)) -> Bin {
    let requests = (now.requests - then.requests).max(1);
    Bin {
        from: from as f64,
        to: to as f64,
        rate: 100.0 * (now.errors - then.errors) as f64 / requests as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many requests of v2 up to each second, every tenth with an error.
    fn run(requests: impl Iterator<Item = u64>) -> Vec<Look> {
        let look = |(second, requests)| Look {
            second,
            share: "1%".parse().unwrap(),
            so_far: [0, requests].map(|requests| Served {
                requests,
                errors: requests / 10,
            }),
            bets: Vec::new(),
        };
        (1..).zip(requests).map(look).collect()
    }

    fn spans(bins: &[Bin]) -> Vec<(f64, f64)> {
        bins.iter().map(|bin| (bin.from, bin.to)).collect()
    }

    #[test]
    fn a_bin_has_enough_requests_and_errors() {
        let bins = rates(&run(1..=420), 1);
        let ends: Vec<f64> = bins.iter().map(|bin| bin.to).collect();
        assert_eq!(
            ends,
            [50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0]
        );
        assert!(bins.iter().all(|bin| (bin.rate - 10.0).abs() < 1.0));
        assert_eq!(
            rates(&run((1..=1_000).map(|second| 600 * second)), 1).len(),
            59
        );
        assert_eq!(rates(&[], 1), []);
        // With few errors, bins are longer.
        let mut rare = run((1..=1_000).map(|second| 10 * second));
        rare.iter_mut().for_each(|look| look.so_far[1].errors /= 20);
        assert_eq!(rates(&rare, 1).len(), 13);
    }

    #[test]
    fn where_a_version_serves_nobody_there_is_no_bin() {
        let idle = [0; 20];
        let busy = [60, 90, 120, 145];
        let looks = run(idle.into_iter().chain(busy).chain([145; 20]));
        assert_eq!(
            spans(&rates(&looks, 1)),
            [(20.0, 21.0), (21.0, 23.0), (23.0, 24.0)]
        );
        assert_eq!(rates(&looks, 0), []);
    }
}
