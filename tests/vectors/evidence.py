#!/usr/bin/env python3
"""Writes evidence.tsv: ln W by the book, in 80 digits, sharing nothing with the crate but the definition.

    python3 tests/vectors/evidence.py > tests/vectors/evidence.tsv      (needs mpmath)

For the share pi, the tolerance r and each multiplier k, theta0 = pi r/(pi r + 1 - pi) and
thetak = pi r k/(pi r k + 1 - pi); W = mean over k of (thetak/theta0)^S ((1-thetak)/(1-theta0))^F.
The go test is the same with 1/k for k. pi and r are the doubles nearest to the text in the table.
"""
from mpmath import mp, mpf, log

mp.dps = 80
K = [mpf(5) / 4, mpf(3) / 2, 2, 3, 5, 10, 30, 100]


def ln_wealth(s, f, pi, r, multipliers):
    theta0 = pi * r / (pi * r + 1 - pi)
    total = mpf(0)
    for k in multipliers:
        thetak = pi * r * k / (pi * r * k + 1 - pi)
        total += (thetak / theta0) ** s * ((1 - thetak) / (1 - theta0)) ** f
    return log(total / len(multipliers))


COUNTS = [
    (0, 0), (1, 0), (0, 1), (5, 3), (12, 30), (3, 250), (47, 2100), (100, 100), (40, 4056), (2048, 2048), (4096, 0),
    (0, 4096), (1_000_000, 99_000_000), (2**32, 0), (0, 2**32), (2**32, 2**32), (1, 2**32), (2**32, 1),
]
SHARES = ["0.000000001", "0.000001", "0.01", "0.05", "0.1", "0.25", "0.5", "0.9", "0.999999", "0.999999999"]
TOLERANCES = ["1", "1.5", "10"]

print("# v2_errors\tv1_errors\tshare\ttolerance\tln_wealth\tln_wealth_go")
for share in SHARES:
    for tolerance in TOLERANCES:
        for s, f in COUNTS:
            pi, r = mpf(float(share)), mpf(float(tolerance))
            back = ln_wealth(s, f, pi, r, K)
            go = ln_wealth(s, f, pi, r, [1 / mpf(k) for k in K])
            print(s, f, share, tolerance, mp.nstr(back, 20), mp.nstr(go, 20), sep="\t")
