//! The known name that somebody may have meant by an unknown one.

/// What other formats call some of the keys.
const ELSEWHERE: &[(&str, &str)] = &[
    ("default", "absent"),
    ("rename", "to"),
    ("move", "to"),
    ("map", "words"),
    ("enum", "words"),
    ("remove", "drop"),
    ("delete", "drop"),
    ("ignore", "drop"),
];

/// The known name with the fewest changed letters, if those are few, or one that begins alike, the first of several; or what
/// other formats call by that name.
pub(in crate::mapping) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let meant = ELSEWHERE.iter().find(|(other, _)| *other == name);
    if let Some(meant) = meant.and_then(|(_, own)| known.iter().find(|known| *known == own)) {
        return Some(meant);
    }
    let most = (name.chars().count() / 3).max(1);
    let (distance, found) = known
        .iter()
        .map(|known| (distance(name, known), *known))
        .min_by_key(|(distance, _)| *distance)?;
    let begins = |known: &&&str| {
        name.len() >= 3
            && (known.starts_with(name) || known.len() >= 3 && name.starts_with(**known))
    };
    (distance <= most)
        .then_some(found)
        .or_else(|| known.iter().find(begins).copied())
}

/// How many letters must be added, removed or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for ((y, up), diagonal) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            left = (diagonal + usize::from(x != *y)).min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (a, b, changes) in [
            ("", "", 0),
            ("", "ab", 2),
            ("ab", "", 2),
            ("kitten", "sitting", 3),
            ("absent", "absent_by", 3),
            ("tiers", "tier", 1),
        ] {
            assert_eq!(distance(a, b), changes, "{a} {b}");
        }
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        assert_eq!(nearest("splt", &["split", "pivot"]), Some("split"));
        assert_eq!(nearest("To", &["to", "tag"]), Some("to"));
        assert_eq!(nearest("join", &["base64", "joined"]), Some("joined"));
        assert_eq!(nearest("dropped", &["to", "drop"]), Some("drop"));
        assert_eq!(nearest("rename", &["tag", "to"]), Some("to"));
        assert_eq!(nearest("rename", &["key", "tag"]), None);
        assert_eq!(nearest("default", &["to", "absent"]), Some("absent"));
        assert_eq!(nearest("x", &[]), None);
    }
}
