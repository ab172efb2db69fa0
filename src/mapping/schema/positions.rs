//! Small regular expressions on ASCII texts: which of their characters can come next, as the bits of one word.
//!
//! Glushkov's automaton. Patterns of schemas are short and stand at every text of a document; `regex-lite` is small rather
//! than fast.

use regex_lite::Regex;

use super::pattern::Token;

/// As many characters of a pattern, repeated ones counted as often as they can come.
const MOST: usize = 64;

/// Groups within groups.
const NESTED: usize = 16;

/// Parts that are built, those that take no characters included.
const STEPS: u32 = 1_000;

/// A set of characters of the pattern.
type Set = u64;

#[derive(Debug)]
pub(super) struct Positions {
    /// The match begins where the text does; ends where it does.
    at_start: bool,
    at_end: bool,
    whole: Part,
    /// By position: what can come after it.
    follow: [Set; MOST],
    /// By byte: the positions that take it.
    taking: [Set; 128],
}

/// A part of a pattern.
#[derive(Clone, Copy, Debug)]
struct Part {
    can_be_empty: bool,
    first: Set,
    last: Set,
}

impl Part {
    const EMPTY: Self = Self {
        can_be_empty: true,
        first: 0,
        last: 0,
    };
}

impl Positions {
    /// `None` for what is too long, or has `^`, `$` or `\b` elsewhere than around the whole.
    pub(super) fn new(tokens: &[Token]) -> Option<Self> {
        let (at_start, rest) = match tokens {
            [Token::Start, rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (at_end, rest) = match rest {
            [rest @ .., Token::End] => (true, rest),
            rest => (false, rest),
        };
        let branches = split(rest)?;
        if (at_start || at_end) && branches.len() > 1 {
            return None;
        }
        let mut building = Building {
            positions: Self {
                at_start,
                at_end,
                whole: Part::EMPTY,
                follow: [0; MOST],
                taking: [0; 128],
            },
            count: 0,
            steps: 0,
            classes: Vec::new(),
        };
        building.positions.whole = building.any_of(rest, 0)?;
        Some(building.positions)
    }

    /// Whether there is a match in an ASCII text.
    pub(super) fn are_in(&self, text: &[u8]) -> bool {
        if self.whole.can_be_empty && (!self.at_start || !self.at_end || text.is_empty()) {
            return true;
        }
        let mut active: Set = 0;
        let mut starting = self.whole.first;
        for byte in text {
            let mut reached = starting;
            while active != 0 {
                reached |= self.follow[active.trailing_zeros() as usize];
                active &= active - 1;
            }
            active = reached & self.taking[usize::from(byte & 127)];
            if active & self.whole.last != 0 && !self.at_end {
                return true;
            }
            if self.at_start {
                starting = 0;
                if active == 0 {
                    return false;
                }
            }
        }
        active & self.whole.last != 0
    }
}

struct Building {
    positions: Positions,
    count: usize,
    /// What is repeated without taking positions is bounded too.
    steps: u32,
    /// Which characters of ASCII a class has.
    classes: Vec<(String, u128)>,
}

impl Building {
    fn any_of(&mut self, tokens: &[Token], depth: usize) -> Option<Part> {
        if depth > NESTED {
            return None;
        }
        let mut whole: Option<Part> = None;
        for branch in split(tokens)? {
            let part = self.sequence(branch, depth)?;
            whole = Some(match whole {
                None => part,
                Some(other) => Part {
                    can_be_empty: other.can_be_empty || part.can_be_empty,
                    first: other.first | part.first,
                    last: other.last | part.last,
                },
            });
        }
        whole
    }

    fn sequence(&mut self, mut tokens: &[Token], depth: usize) -> Option<Part> {
        let mut whole = Part::EMPTY;
        while !tokens.is_empty() {
            let (one, rest) = tokens.split_at(length(tokens)?);
            let (least, most, rest) = match rest {
                [Token::Repeat(_, least, most), rest @ ..] => (*least, *most, rest),
                rest => (1, Some(1), rest),
            };
            tokens = rest;
            // Without an end, the last copy follows itself.
            for copy in 0..most.unwrap_or(least.max(1)) {
                let mut part = self.one(one, depth)?;
                part.can_be_empty |= copy >= least;
                if most.is_none() && copy + 1 >= least {
                    self.then(part.last, part.first);
                }
                whole = self.join(whole, part);
            }
        }
        Some(whole)
    }

    fn one(&mut self, tokens: &[Token], depth: usize) -> Option<Part> {
        self.steps += 1;
        match tokens {
            _ if self.steps > STEPS => None,
            [Token::One(class)] => self.position(class),
            [Token::Open, inside @ .., Token::Close] => self.any_of(inside, depth + 1),
            _ => None,
        }
    }

    fn position(&mut self, class: &str) -> Option<Part> {
        if self.count == MOST {
            return None;
        }
        let position: Set = 1 << self.count;
        self.count += 1;
        let members = self.members(class)?;
        for (byte, taking) in self.positions.taking.iter_mut().enumerate() {
            if members >> byte & 1 == 1 {
                *taking |= position;
            }
        }
        Some(Part {
            can_be_empty: false,
            first: position,
            last: position,
        })
    }

    /// Asks `regex-lite`, which knows the syntax.
    fn members(&mut self, class: &str) -> Option<u128> {
        if let Some((_, members)) = self.classes.iter().find(|(known, _)| known == class) {
            return Some(*members);
        }
        let regex = Regex::new(&format!("^{class}$")).ok()?;
        let mut members = 0;
        for byte in 0..128_u8 {
            let mut buffer = [0; 4];
            let text = char::from(byte).encode_utf8(&mut buffer);
            members |= u128::from(regex.is_match(text)) << byte;
        }
        self.classes.push((class.to_owned(), members));
        Some(members)
    }

    fn join(&mut self, one: Part, other: Part) -> Part {
        self.then(one.last, other.first);
        let or = |sure: Set, also: bool, more: Set| if also { sure | more } else { sure };
        Part {
            can_be_empty: one.can_be_empty && other.can_be_empty,
            first: or(one.first, one.can_be_empty, other.first),
            last: or(other.last, other.can_be_empty, one.last),
        }
    }

    fn then(&mut self, last: Set, first: Set) {
        for (at, follow) in self.positions.follow.iter_mut().enumerate() {
            if last >> at & 1 == 1 {
                *follow |= first;
            }
        }
    }
}

/// How many tokens the first character or group is.
fn length(tokens: &[Token]) -> Option<usize> {
    let mut open = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Open => open += 1,
            Token::Close => open = open.checked_sub(1)?,
            _ => {}
        }
        if open == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// The branches between `|`, those in groups aside.
fn split(tokens: &[Token]) -> Option<Vec<&[Token]>> {
    let (mut branches, mut from, mut open) = (Vec::new(), 0, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Open => open += 1,
            Token::Close => open = open.checked_sub(1)?,
            Token::Or if open == 0 => {
                branches.push(tokens.get(from..at)?);
                from = at + 1;
            }
            _ => {}
        }
    }
    branches.push(tokens.get(from..)?);
    Some(branches)
}
