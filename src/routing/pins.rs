//! The ids that a document pins to a version, found by the hash that routing has computed anyway.

use super::bucket::Seed;
use crate::error::{Error, ErrorKind};
use crate::version::Version;

/// The most ids a document may pin. A million UUIDs are 36 MB of ids and 30 MB of table.
pub(crate) const MOST_PINS: usize = 1_000_000;

/// The most bytes that all pinned ids, or a document, may have: 1,000,000 pins of 250 bytes each. It bounds what a hostile
/// document can make us allocate (the ids once more, 24 bytes a pin), and keeps offsets within 32 bits.
pub(crate) const MOST_BYTES: usize = 256 << 20;

/// A filter by the hash's low bits that tells 15 of 16 ids without a pin from those with one, in one look; behind it a
/// directory by the hash's top bits over entries sorted by (hash, id): an honest lookup touches one or two entries, and
/// one among a million ids that were made to collide is still a binary search.
#[derive(Default)]
pub(crate) struct Pins {
    ids: Box<str>,
    entries: Box<[Entry]>,
    /// One bit for each value of the hash's low bits that a pin has, in words; as many words as a power of two.
    filter: Box<[u64]>,
    /// `directory[top]..directory[top + 1]` are the entries whose hash has these top bits.
    directory: Box<[u32]>,
    shift: u32,
}

#[derive(Clone, Copy)]
struct Entry {
    hash: u64,
    start: u32,
    end: u32,
    version: Version,
}

impl Entry {
    fn id(self, ids: &str) -> &str {
        ids.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

impl Pins {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The version that the id is pinned to. `hash` is `seed.hash(id)` of the seed that the pins were built with.
    #[inline]
    pub(crate) fn get(&self, hash: u64, id: &[u8]) -> Option<Version> {
        let (word, bit) = filter_place(hash, self.filter.len());
        if self.filter.get(word)? & bit == 0 {
            return None;
        }
        self.find(hash, id)
    }

    #[inline(never)]
    fn find(&self, hash: u64, id: &[u8]) -> Option<Version> {
        let top = usize::try_from(hash >> self.shift).ok()?;
        let range = *self.directory.get(top)? as usize..*self.directory.get(top + 1)? as usize;
        let entries = self.entries.get(range)?;
        let key = |entry: &Entry| (entry.hash, entry.id(&self.ids).as_bytes());
        let found = entries
            .binary_search_by(|entry| key(entry).cmp(&(hash, id)))
            .ok()?;
        entries.get(found).map(|entry| entry.version)
    }

    /// One bit for each value of the hashes' low bits that a pin has, at its [`filter_place`].
    pub(crate) fn filter(&self) -> &[u64] {
        &self.filter
    }

    /// Every pin once, in an order that the ids and the salt alone decide, with the id's hash.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &str, Version)> {
        self.entries
            .iter()
            .map(|entry| (entry.hash, entry.id(&self.ids), entry.version))
    }
}

/// The word of a filter, and the bit in it, that a hash is told by.
#[inline]
pub(crate) fn filter_place(hash: u64, words: usize) -> (usize, u64) {
    (
        (hash as usize / 64) & words.wrapping_sub(1),
        1 << (hash % 64),
    )
}

/// Pins as they are read; `build` sorts them once the salt is known.
#[derive(Default)]
pub(crate) struct Pinned {
    ids: String,
    entries: Vec<Entry>,
}

impl Pinned {
    /// Adds a pin.
    ///
    /// # Errors
    /// [`ErrorKind::Document`] at `/pins` when there are too many of them, or too long ones.
    pub(crate) fn push(&mut self, id: &str, version: Version) -> Result<(), Error> {
        if self.entries.len() == MOST_PINS {
            let message = format!("more than {MOST_PINS} pins: pin fewer ids, or use the share");
            return Err(Error::new(ErrorKind::Document, "/pins", message));
        }
        let bounds = (
            u32::try_from(self.ids.len()),
            u32::try_from(self.ids.len() + id.len()),
        );
        match bounds {
            (Ok(start), Ok(end)) if end as usize <= MOST_BYTES => {
                self.ids.push_str(id);
                self.entries.push(Entry {
                    hash: 0,
                    start,
                    end,
                    version,
                });
                Ok(())
            }
            _ => {
                let message = "pinned ids of more than 256 MiB together: pin fewer or shorter ids";
                Err(Error::new(ErrorKind::Document, "/pins", message))
            }
        }
    }

    /// Sorts the pins for lookup by the seed's hash. An id named twice for the same version counts once.
    ///
    /// # Errors
    /// [`ErrorKind::Document`] at `/pins` when an id is pinned to both versions.
    pub(crate) fn build(self, seed: Seed) -> Result<Pins, Error> {
        let Self { ids, mut entries } = self;
        for entry in &mut entries {
            entry.hash = seed.hash(entry.id(&ids).as_bytes());
        }
        let key = |entry: &Entry| (entry.hash, entry.id(&ids).as_bytes(), entry.version);
        entries.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        entries.dedup_by(|a, b| key(a) == key(b));
        let twice = entries
            .windows(2)
            .find(|pair| pair[0].id(&ids) == pair[1].id(&ids));
        if let Some(pair) = twice {
            let id: String = pair[0].id(&ids).chars().take(64).collect();
            let message = format!("id {id:?} is pinned to v1 and to v2: keep one of the two");
            return Err(Error::new(ErrorKind::Document, "/pins", message));
        }

        // As many directory slots as pins, rounded up: one entry a slot on average.
        let bits = entries.len().next_power_of_two().trailing_zeros().max(1);
        let shift = u64::BITS - bits;
        let mut directory = vec![0u32; (1 << bits) + 1];
        for entry in &entries {
            if let Some(slot) = directory.get_mut((entry.hash >> shift) as usize + 1) {
                *slot += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut directory {
            sum += *slot;
            *slot = sum;
        }
        // 16 bits or more a pin: of ids without a pin, one in 16 at most is looked for among the entries.
        let mut filter = vec![0u64; (entries.len() / 4 + 1).next_power_of_two()];
        for entry in &entries {
            let (word, bit) = filter_place(entry.hash, filter.len());
            if let Some(place) = filter.get_mut(word) {
                *place |= bit;
            }
        }
        Ok(Pins {
            filter: filter.into_boxed_slice(),
            ids: ids.into_boxed_str(),
            entries: entries.into_boxed_slice(),
            directory: directory.into_boxed_slice(),
            shift,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_whose_hashes_are_equal_are_told_apart() {
        // Made by hand: two ids under one hash, as nobody has found yet for XXH3 with an unknown seed.
        let entry = |start, end, version| Entry {
            hash: 7,
            start,
            end,
            version,
        };
        let pins = Pins {
            filter: Box::new([u64::MAX]),
            ids: "ab".into(),
            entries: Box::new([entry(0, 1, Version::V1), entry(1, 2, Version::V2)]),
            directory: Box::new([0, 2, 2]),
            shift: 63,
        };
        assert_eq!(pins.get(7, b"a"), Some(Version::V1));
        assert_eq!(pins.get(7, b"b"), Some(Version::V2));
        assert_eq!(pins.get(7, b"c"), None);
        assert_eq!(pins.get(8, b"a"), None);
    }

    #[test]
    fn no_pins_and_the_extremes_of_the_hash_are_within_the_directory() {
        let none = Pinned::default().build(Seed::new("s")).unwrap();
        for hash in [0, 1, u64::MAX / 2, u64::MAX] {
            assert_eq!(none.get(hash, b""), None);
            assert_eq!(Pins::default().get(hash, b""), None);
        }
    }
}
