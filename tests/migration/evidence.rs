//! The arithmetic of the guard against a table computed in 80 digits, and at the edges of its range.

use cutover::migration::evidence::{
    Errors, clean_principals, ln_limit, ln_sample_ratio, ln_wealth, ln_wealth_go, quantile_ranks,
    rate_at_least, rate_at_most, ratio_at_least, ratio_at_most,
};
use proptest::prelude::*;

/// Both tests agree with an independent program to what a double can hold of sums that large.
#[test]
fn wealth_is_what_an_independent_program_computes() {
    let mut rows = 0;
    for line in include_str!("../vectors/evidence.tsv")
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

/// Limits, bounds and the sample ratio agree with an independent program to nine digits.
#[test]
fn limits_and_bounds_are_what_an_independent_program_computes() {
    let mut rows = 0;
    for line in include_str!("../vectors/guard.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let cells: Vec<&str> = line.split('\t').collect();
        let [kind, one, two, three, want] = cells[..] else {
            panic!("five columns: {line}")
        };
        let real = |cell: &str| cell.parse::<f64>().unwrap();
        let whole = |cell: &str| cell.parse::<u64>().unwrap();
        let errors = || Errors {
            v2: whole(one),
            v1: whole(two),
        };
        let first = ln_limit(0.001, 0.35, 1);
        let got = match kind {
            "limit" => ln_limit(real(one), real(two), whole(three)),
            "sample_ratio" => ln_sample_ratio(whole(one), whole(two), real(three)),
            "ratio_at_least" => ratio_at_least(errors(), real(three), first),
            "ratio_at_most" => ratio_at_most(errors(), real(three), first),
            "rate_at_least" => rate_at_least(whole(one), whole(two), 1_000.0_f64.ln()),
            "rate_at_most" => rate_at_most(whole(one), whole(two), 1_000.0_f64.ln()),
            _ => panic!("{line}"),
        };
        let want = real(want);
        assert!(
            (got - want).abs() <= 1e-9 * want.abs().max(1.0),
            "{line}: {got}"
        );
        rows += 1;
    }
    assert_eq!(rows, 80);
}

/// Figures that the contract states to six digits.
#[test]
fn the_figures_of_the_contract() {
    let near = |got: f64, want: f64| assert!((got - want).abs() < 5e-7, "{got} is not {want}");
    for (v2, v1, share, tolerance, want) in [
        (5, 0, 0.1, 1.0, 9.399636),
        (21, 52, 0.1, 1.0, 8.221706),
        (14, 0, 0.5, 1.0, 8.248070),
        (400, 3_600, 0.1, 1.0, -11.592471),
        (12, 52, 0.01, 2.0, 15.126343),
        (30, 570, 0.02, 1.0, 7.842436),
    ] {
        near(ln_wealth(Errors { v1, v2 }, share, tolerance), want);
    }
    for (window, want) in [
        (1, 8.705529),
        (2, 9.943144),
        (64, 15.726355),
        (1_000, 19.477808),
    ] {
        near(ln_limit(0.001, 0.35, window), want);
    }
    near(ln_limit(0.001, 0.2, 1), 9.265145);
    near(ln_wealth_go(Errors { v1: 400, v2: 30 }, 0.1, 1.5), 9.384891);
    near(100.0 * rate_at_most(10, 9_990, 1_000.0_f64.ln()), 0.290319);
    near(ln_sample_ratio(80, 1_120, 0.1), 3.976352);
    near(ln_sample_ratio(100, 900, 0.1), -0.346995);
    // The allowance: v2's first three don't count.
    let six = Errors { v1: 58, v2: 6 };
    near(ln_wealth(six.allowing(3), 0.1, 1.0), -2.542351);
    let bound = ratio_at_least(Errors { v1: 52, v2: 24 }, 0.1, ln_limit(0.001, 0.35, 1));
    assert!((bound - 1.19).abs() < 0.005, "{bound}");
}

/// Every window has a part of α of its own, and all parts there will ever be add up to less than α: the first million
/// windows have 97 % of it, and the rest of the sum is below the integral of its terms.
#[test]
fn the_parts_of_all_windows_add_up_to_alpha() {
    let windows = 1_000_000;
    let spent: f64 = (1..=windows).map(|m| (-ln_limit(1.0, 1.0, m)).exp()).sum();
    let rest = 1.0 / (2.11 * (windows as f64).ln());
    assert!(spent > 0.9 && spent + rest < 1.0, "{spent} and {rest}");
    assert!(ln_limit(0.001, 0.35, u64::MAX).is_finite());
}

#[test]
fn principals_without_an_error_rule_out_a_rate() {
    assert_eq!(clean_principals(0.05, 1, 0.001), 3_744);
    assert_eq!(clean_principals(0.05, 1, 0.01), 375);
}

/// Too few observations say nothing; more say more.
#[test]
fn a_quantile_is_known_the_better_the_more_is_observed() {
    assert_eq!(quantile_ranks(0, 0.95, 0.001), (None, None));
    assert_eq!(quantile_ranks(100, 0.95, 0.001).1, None);
    let (low, high) = quantile_ranks(10_000, 0.95, 0.001);
    let (low, high) = (low.unwrap(), high.unwrap());
    assert!(0.93 < low && low < 0.95 && 0.95 < high && high < 0.97);
    let (lower, higher) = quantile_ranks(1_000_000, 0.95, 0.001);
    assert!(low < lower.unwrap() && higher.unwrap() < high);
}

#[test]
fn without_evidence_there_are_no_bounds() {
    let none = Errors::default();
    assert_eq!(ratio_at_least(none, 0.1, 8.7), 0.0);
    assert_eq!(ratio_at_most(none, 0.1, 8.7), f64::INFINITY);
    assert_eq!(rate_at_least(0, 0, 7.0), 0.0);
    assert!(rate_at_most(0, 0, 7.0) > 0.999);
    for share in [0.0, 1.0, f64::NAN] {
        assert_eq!(ln_sample_ratio(3, 90, share), 0.0);
    }
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
