//! The frozen mapping from an id to one of a million buckets. A change here is a major version: it would re-bucket everyone.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// One of a million equal parts of all ids, 0..=999,999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Bucket(u32);

impl Bucket {
    /// The bucket's number, 0..=999,999.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The top 64 bits of `hash × 1,000,000`: no division, and every bucket is as likely as any other to 1 in 10¹³.
    #[inline]
    pub(crate) const fn of_hash(hash: u64) -> Self {
        Self(((hash as u128 * 1_000_000) >> 64) as u32)
    }
}

/// What a salt makes of the mapping: different salts bucket the same ids independently of each other.
///
/// `seed = XXH3_64(salt, 0)`, `hash = XXH3_64(id, seed)`, `bucket = (hash × 1,000,000) >> 64`. `docs/bucketing.md` has
/// the recipe for other languages, `tests/vectors/` the values to check it with.
///
/// ```
/// use cutover::routing::Seed;
/// assert_eq!(Seed::new("contribution-form-v2").bucket("user-1").get(), 857162);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// The seed of a salt (a rollout's name, unless its document has a salt of its own).
    #[must_use]
    pub fn new(salt: &str) -> Self {
        Self(xxh3_64_with_seed(salt.as_bytes(), 0))
    }

    /// The seed of the shadow sample, so that who is in it does not depend on who is in the share.
    #[must_use]
    pub fn shadow(self) -> Self {
        Self(xxh3_64_with_seed(b"shadow", self.0))
    }

    /// The bucket of an id, by its bytes. Takes time proportional to their number; any number will do, none too.
    #[must_use]
    pub fn bucket(self, id: impl AsRef<[u8]>) -> Bucket {
        Bucket::of_hash(self.hash(id.as_ref()))
    }

    #[inline]
    pub(crate) fn hash(self, id: &[u8]) -> u64 {
        xxh3_64_with_seed(id, self.0)
    }
}
