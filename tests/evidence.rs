//! The arithmetic of the guard against a table computed in 80 digits, and at the edges of its range.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(loom))]

use cutover::migration::evidence::{
    Errors, clean_requests, ln_limit, ln_mean, ln_wealth, ln_wealth_go,
};
use proptest::prelude::*;

/// Both tests agree with an independent program to what a double can hold of sums that large.
#[test]
fn wealth_is_what_an_independent_program_computes() {
    let mut rows = 0;
    for line in include_str!("vectors/evidence.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let cells: Vec<&str> = line.split('\t').collect();
        let [v2, v1, share, tolerance, back, go] = cells[..] else {
            panic!("six columns: {line}")
        };
        let errors = Errors {
            v1: v1.parse().unwrap(),
            v2: v2.parse().unwrap(),
        };
        let (share, tolerance): (f64, f64) = (share.parse().unwrap(), tolerance.parse().unwrap());
        let allowed = 1e-12 + 1e-14 * (errors.v1 as f64 + errors.v2 as f64);
        for (got, want) in [
            (
                ln_wealth(errors, share, tolerance),
                back.parse::<f64>().unwrap(),
            ),
            (
                ln_wealth_go(errors, share, tolerance),
                go.parse::<f64>().unwrap(),
            ),
        ] {
            assert!((got - want).abs() <= allowed, "{line}: {got} is not {want}");
        }
        rows += 1;
    }
    assert_eq!(rows, 540);
}

#[test]
fn no_errors_or_no_randomisation_leave_the_wealth_one_starts_with() {
    let some = Errors { v1: 3, v2: 90 };
    assert_eq!(ln_wealth(Errors::default(), 0.1, 1.0), 0.0);
    for (share, tolerance) in [
        (0.0, 1.0),
        (1.0, 1.0),
        (-0.1, 1.0),
        (f64::NAN, 1.0),
        (0.1, 0.0),
        (0.1, f64::NAN),
    ] {
        assert_eq!(
            ln_wealth(some, share, tolerance),
            0.0,
            "share {share}, tolerance {tolerance}"
        );
        assert_eq!(
            ln_wealth_go(some, share, tolerance),
            0.0,
            "share {share}, tolerance {tolerance}"
        );
    }
}

/// The levels of all epochs add up to α: the first has half of it, the first thousand leave a thousandth.
#[test]
fn the_levels_of_the_epochs_add_up_to_alpha() {
    let alpha = 0.001;
    assert!((ln_limit(alpha, 1) - (2000.0_f64).ln()).abs() < 1e-12);
    let spent: f64 = (1..=1_000)
        .map(|epoch| (-ln_limit(alpha, epoch)).exp())
        .sum();
    assert!(
        (spent / alpha - (1.0 - 1.0 / 1_001.0)).abs() < 1e-9,
        "{spent}"
    );
    assert!(ln_limit(alpha, u64::MAX).is_finite());
}

#[test]
fn three_hundred_clean_requests_show_less_than_one_percent_at_five() {
    assert_eq!(clean_requests(0.05, 0.01), 300);
    assert_eq!(clean_requests(0.05, 0.001), 2_996);
}

/// ln of the mean is between its two and never loses the larger by more than ln 2, however far apart they are.
#[test]
fn the_mean_of_two_wealths_keeps_the_larger() {
    assert!((ln_mean(4.0_f64.ln(), 2.0_f64.ln()) - 3.0_f64.ln()).abs() < 1e-12);
    assert!((ln_mean(1e10, -1e10) - (1e10 - 2.0_f64.ln())).abs() < 1e-5);
}

proptest! {
    /// Totality: no counts up to 2³², share in (0, 1) or tolerance give anything but a number, and what speaks against
    /// v2 grows with v2's errors and shrinks with v1's (the go test the other way round).
    #[test]
    fn wealth_is_a_number_and_moves_the_right_way(
        v1 in 0..=1_u64 << 32,
        v2 in 0..=1_u64 << 32,
        share in prop_oneof![1e-300..1e-9_f64, 1e-9..1.0_f64, Just(f64::MIN_POSITIVE), Just(1.0 - f64::EPSILON / 2.0)],
        tolerance in 1.0..1e6_f64,
    ) {
        let at = |v1, v2| ln_wealth(Errors { v1, v2 }, share, tolerance);
        let go = |v1, v2| ln_wealth_go(Errors { v1, v2 }, share, tolerance);
        prop_assert!(at(v1, v2).is_finite() && go(v1, v2).is_finite());
        let noise = 1e-14 * (v1 + v2) as f64 + 1e-12;
        prop_assert!(at(v1, v2 + 1_000) >= at(v1, v2) - noise);
        prop_assert!(at(v1 + 1_000, v2) <= at(v1, v2) + noise);
        prop_assert!(go(v1, v2 + 1_000) <= go(v1, v2) + noise);
        prop_assert!(go(v1 + 1_000, v2) >= go(v1, v2) - noise);
    }
}
