//! Texts that a simple regular expression matches: classes, groups, alternatives, counts and anchors; nothing for others.

use super::rng::Rng;

/// As often as `*`, `+` and `{n,}` repeat at most beyond their minimum.
const MORE: usize = 3;

/// How deep groups may be nested.
const DEPTH: usize = 16;

/// One thing that a pattern wants.
#[derive(Clone, Debug)]
enum Part {
    /// One of these ranges.
    Class(Vec<(char, char)>),
    /// One of these sequences.
    Group(Vec<Vec<Repeated>>),
}

/// A part, and how often: at least, at most.
#[derive(Clone, Debug)]
struct Repeated(Part, usize, usize);

/// A text that the pattern matches; `None` for what this file doesn't know (look-around, back references, `\b`…).
pub(crate) fn matching(pattern: &str, rng: &mut Rng) -> Option<String> {
    let mut reader = Reader {
        rest: pattern.chars().collect(),
        at: 0,
    };
    let group = reader.alternatives(0)?;
    if reader.at < reader.rest.len() {
        return None;
    }
    let mut out = String::new();
    write(&Part::Group(group), rng, &mut out);
    Some(out)
}

fn write(part: &Part, rng: &mut Rng, out: &mut String) {
    match part {
        Part::Class(ranges) => {
            if let Some(&(low, high)) = rng.pick(ranges) {
                let code = rng.between(low as usize, high as usize);
                out.push(
                    u32::try_from(code)
                        .ok()
                        .and_then(char::from_u32)
                        .unwrap_or(low),
                );
            }
        }
        Part::Group(alternatives) => {
            for Repeated(part, least, most) in rng.pick(alternatives).into_iter().flatten() {
                // The bounds are the likely ones: that is where the other version may differ.
                let times = match rng.below(3) {
                    0 => *least,
                    1 => *most,
                    _ => rng.between(*least, *most),
                };
                for _ in 0..times.min(least + 64) {
                    write(part, rng, out);
                }
            }
        }
    }
}

struct Reader {
    rest: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += 1;
        c
    }

    fn eat(&mut self, c: char) -> bool {
        let there = self.peek() == Some(c);
        self.at += usize::from(there);
        there
    }

    fn alternatives(&mut self, depth: usize) -> Option<Vec<Vec<Repeated>>> {
        if depth > DEPTH {
            return None;
        }
        let mut all = vec![Vec::new()];
        while let Some(c) = self.peek() {
            match c {
                ')' => break,
                '|' => {
                    self.at += 1;
                    all.push(Vec::new());
                }
                '^' | '$' => self.at += 1,
                _ => {
                    let part = self.part(depth)?;
                    let (least, most) = self.count()?;
                    all.last_mut()?.push(Repeated(part, least, most));
                }
            }
        }
        Some(all)
    }

    fn part(&mut self, depth: usize) -> Option<Part> {
        match self.next()? {
            '(' => {
                if self.eat('?') && !self.eat(':') {
                    return None;
                }
                let group = self.alternatives(depth + 1)?;
                self.eat(')').then_some(Part::Group(group))
            }
            '[' => self.class().map(Part::Class),
            '.' => Some(Part::Class(vec![('!', '~'), ('à', 'ü')])),
            '\\' => {
                let c = self.next()?;
                escaped(c).map(Part::Class)
            }
            '*' | '+' | '?' | '{' => None,
            c => Some(Part::Class(vec![(c, c)])),
        }
    }

    /// Behind `[`. What a negated class leaves of the printable ASCII characters.
    fn class(&mut self) -> Option<Vec<(char, char)>> {
        let negated = self.eat('^');
        let mut ranges = Vec::new();
        loop {
            let low = match self.next()? {
                ']' => break,
                '\\' => {
                    let c = self.next()?;
                    match escaped(c)?.as_slice() {
                        [(one, same)] if one == same => *one,
                        several => {
                            ranges.extend_from_slice(several);
                            continue;
                        }
                    }
                }
                c => c,
            };
            let is_range =
                self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|c| *c != ']');
            if !is_range {
                ranges.push((low, low));
                continue;
            }
            self.at += 1;
            let high = match self.next()? {
                '\\' => {
                    let c = self.next()?;
                    escaped(c)?.first()?.0
                }
                c => c,
            };
            (low <= high).then_some(())?;
            ranges.push((low, high));
        }
        if negated {
            let allowed = |c: &char| !ranges.iter().any(|(low, high)| (*low..=*high).contains(c));
            ranges = (' '..='~').filter(allowed).map(|c| (c, c)).collect();
        }
        (!ranges.is_empty()).then_some(ranges)
    }

    /// `?`, `*`, `+`, `{2}`, `{2,}`, `{2,3}` or nothing; then `?` for a lazy one.
    fn count(&mut self) -> Option<(usize, usize)> {
        let count = match self.peek() {
            Some('?') => (0, 1),
            Some('*') => (0, MORE),
            Some('+') => (1, 1 + MORE),
            Some('{') => {
                let close = self.rest.get(self.at..)?.iter().position(|c| *c == '}')?;
                let inner: String = self
                    .rest
                    .get(self.at + 1..self.at + close)?
                    .iter()
                    .collect();
                self.at += close;
                let (least, most) = inner.split_once(',').unwrap_or((&inner, &inner));
                let least: usize = least.parse().ok()?;
                let most = if most.is_empty() {
                    least + MORE
                } else {
                    most.parse().ok()?
                };
                (least, most)
            }
            _ => return Some((1, 1)),
        };
        self.at += 1;
        self.eat('?');
        Some(count)
    }
}

/// What stands behind a backslash.
fn escaped(c: char) -> Option<Vec<(char, char)>> {
    Some(match c {
        'd' => vec![('0', '9')],
        'w' => vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
        's' => vec![(' ', ' ')],
        'D' | 'W' => vec![('!', '/'), (':', '@')],
        'S' => vec![('!', '~')],
        'n' => vec![('\n', '\n')],
        't' => vec![('\t', '\t')],
        'r' => vec![('\r', '\r')],
        // Word boundaries, classes by Unicode property, code points, back references.
        c if c.is_ascii_alphanumeric() => return None,
        c => vec![(c, c)],
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_match_their_pattern() {
        let patterns = [
            "^[a-z]{2,3}(-[A-Z]{2})?$",
            "^#([a-fA-F0-9]{6})$",
            "^([0-9]{4})-([0-9]{2})(([+-]([0-9]{2}):([0-9]{2}))|Z)$",
            r"^\+[1-9]\d{1,14}$",
            "^([0-1][0-9]|2[0-3]):[0-5][0-9]$",
            r"^\w{3}$",
            "^[^a-z/]+?$",
            "(?:ab|c)*x{2,}",
            r"^[\w.-]+@[a-z]+\.[a-z]+$",
            "",
        ];
        let mut rng = Rng::seeded(1);
        for pattern in patterns {
            let schema = jsonschema::validator_for(&json!({ "pattern": pattern })).unwrap();
            for _ in 0..50 {
                let text = matching(pattern, &mut rng).unwrap();
                assert!(schema.is_valid(&json!(text)), "{text:?} for {pattern}");
            }
        }
    }

    #[test]
    fn what_is_not_simple_is_left_to_others() {
        for pattern in [
            "(?=a)b", r"\bword", r"(a)\1", "[", "a{x}", "(a", "a)", r"\p{L}", "*",
        ] {
            assert_eq!(matching(pattern, &mut Rng::seeded(1)), None, "{pattern}");
        }
    }
}
