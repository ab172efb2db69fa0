//! Names known beforehand, found by their text.

use xxhash_rust::xxh3::xxh3_64;

/// Up to here comparing each name beats hashing one.
const FEW: usize = 8;

/// Distinct names; each has the index of its place in the list.
#[derive(Debug, Default)]
pub(super) struct Names {
    list: Box<[Box<str>]>,
    /// Index + 1 by hash, 0 for none; a power of two long, at most half full. Empty for a few names.
    table: Box<[u32]>,
}

impl Names {
    /// The first of equal names counts.
    pub(super) fn new(names: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut list: Vec<Box<str>> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for name in names {
            if known.insert(name.clone()) {
                list.push(name);
            }
        }
        let mut table = Vec::new();
        if list.len() > FEW {
            table.resize((list.len() * 2).next_power_of_two(), 0_u32);
            for (index, name) in (1..).zip(&list) {
                let mut at = xxh3_64(name.as_bytes()) as usize & (table.len() - 1);
                while table.get(at).is_some_and(|&taken| taken != 0) {
                    at = (at + 1) & (table.len() - 1);
                }
                if let Some(free) = table.get_mut(at) {
                    *free = index;
                }
            }
        }
        Self {
            list: list.into(),
            table: table.into(),
        }
    }

    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        if self.table.is_empty() {
            return self.list.iter().position(|known| **known == *name);
        }
        let mask = self.table.len() - 1;
        let mut at = xxh3_64(name.as_bytes()) as usize & mask;
        loop {
            let index = (*self.table.get(at)? as usize).checked_sub(1)?;
            if self.list.get(index).is_some_and(|known| **known == *name) {
                return Some(index);
            }
            at = (at + 1) & mask;
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        self.list.get(index).map(|name| &**name)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.list.iter().map(|name| &**name)
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn few_and_many_names_are_found_and_no_others() {
        for count in [0, 1, 8, 9, 100] {
            let names = Names::new((0..count).map(|n| format!("name{n}").into_boxed_str()));
            for n in 0..count {
                assert_eq!(names.find(&format!("name{n}")), Some(n));
            }
            assert_eq!(names.find("name"), None);
            assert_eq!(names.find(&format!("name{count}")), None);
        }
    }
}
