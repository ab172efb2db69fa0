//! Chance from a seed.

/// SplitMix64 (Steele, Lea, Flood 2014): a few lines, so that no dependency's update changes what a seed means.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// Mixed, as streams whose seeds differ by a little overlap.
    pub(super) fn of_run(seed: u64, number: u64) -> Self {
        Self(Self(Self(seed).next().wrapping_add(number)).next())
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// From 0, included, to 1, excluded.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of a normal distribution (Box & Muller 1958).
    pub(super) fn normal(&mut self) -> f64 {
        let (one, two) = (1.0 - self.unit(), self.unit());
        (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos()
    }
}
