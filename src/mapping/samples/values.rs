//! Scalars that go wrong first: bounds, odd spellings, odd characters; and values of any type.

use super::rng::Rng;
use super::tree::{Kind, Tree, escape, quoted, said};

/// Where a number may lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Whether the bound itself is outside.
    pub(crate) above: bool,
    pub(crate) below: bool,
}

impl Range {
    pub(crate) fn contains(&self, number: f64) -> bool {
        let low = number > self.low || (number == self.low && !self.above);
        low && (number < self.high || (number == self.high && !self.below))
    }
}

/// Numbers that are worth a try wherever they fit.
const INTEGERS: [&str; 11] = [
    "0",
    "1",
    "-1",
    "2",
    "7",
    "42",
    "100",
    "65535",
    "2147483648",
    "9007199254740993",
    "-9223372036854775808",
];
const DECIMALS: [&str; 9] = [
    "0.5",
    "12.50",
    "-0",
    "0.1",
    "1e3",
    "2.5E-3",
    "51.507222",
    "1e300",
    "123456789012345678901234567890",
];

/// A number in the range; `step`: it is a multiple of this.
pub(crate) fn number(range: Range, integral: bool, step: Option<&str>, rng: &mut Rng) -> String {
    if let Some(step) = step {
        return multiple(step, range, rng);
    }
    let mut fitting: Vec<String> = Vec::new();
    let extra: &[&str] = if integral { &[] } else { &DECIMALS };
    for text in INTEGERS.iter().chain(extra) {
        if text.parse().is_ok_and(|number| range.contains(number)) {
            fitting.push((*text).to_owned());
        }
    }
    // The bounds and what is beside them stand twice, so that they come often.
    for bound in [range.low, range.high, range.low, range.high] {
        for beside in [-1.0, 0.0, 1.0] {
            let number = if integral { bound.round() } else { bound } + beside;
            if number.abs() < 9e15 && range.contains(number) {
                fitting.push(number.to_string());
            }
        }
    }
    if range.low.is_finite() && range.high.is_finite() {
        let number = range.low + (range.high - range.low) * (rng.below(1001) as f64 / 1000.0);
        let number = if integral { number.floor() } else { number };
        if range.contains(number) {
            fitting.push(number.to_string());
        }
    } else {
        let number = rng.below(100_000).to_string();
        fitting.extend(
            number
                .parse()
                .is_ok_and(|n| range.contains(n))
                .then_some(number),
        );
    }
    rng.pick(&fitting)
        .cloned()
        .unwrap_or_else(|| "0".to_owned())
}

/// A multiple of a plain decimal, exactly: of its digits, with the point put back.
fn multiple(step: &str, range: Range, rng: &mut Rng) -> String {
    let (whole, fraction) = step.split_once('.').unwrap_or((step, ""));
    let Ok(unit) = format!("{whole}{fraction}").parse::<i128>() else {
        return step.to_owned();
    };
    let scale = 10_f64.powi(i32::try_from(fraction.len()).unwrap_or(0));
    let size = (unit as f64 / scale).abs().max(f64::MIN_POSITIVE);
    let least = (range.low / size).ceil().max(-1e12) as i128;
    let most = (range.high / size).floor().min(1e12) as i128;
    let span = usize::try_from(most.saturating_sub(least))
        .unwrap_or(0)
        .min(1_000);
    let times = [least, most, 0, least + rng.below(span + 1) as i128];
    let wanted = times[rng.below(4)];
    let wanted = if (least..=most).contains(&wanted) {
        wanted
    } else {
        least
    };
    let digits = (wanted * unit).to_string();
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits.as_str()), |digits| ("-", digits));
    if fraction.is_empty() {
        return format!("{sign}{digits}");
    }
    let digits = format!("{digits:0>width$}", width = fraction.len() + 1);
    let (whole, rest) = digits.split_at(digits.len() - fraction.len());
    format!("{sign}{whole}.{rest}")
}

/// A text of this many characters.
pub(crate) fn text(least: usize, most: usize, rng: &mut Rng) -> String {
    const WORDS: [&str; 12] = [
        "",
        "a",
        "Ada",
        "yes",
        "null",
        "é",
        "中文",
        "😀",
        "a b",
        "\"\\/",
        "line\nend\t",
        "\u{0}\u{2028}",
    ];
    const CHARS: [char; 10] = ['a', 'Z', '0', ' ', 'é', '中', '😀', '"', '\\', '/'];
    let usual = most.min(least.saturating_add(12));
    let length = match rng.below(4) {
        0 => least,
        1 if most <= 5_000 => most,
        2 => rng.between(least, usual),
        _ => match rng.pick(&WORDS) {
            Some(word) if (least..=most).contains(&word.chars().count()) => {
                return (*word).to_owned();
            }
            _ => rng.between(least, usual),
        },
    };
    (0..length)
        .map(|_| match rng.below(3) {
            0 => *rng.pick(&CHARS).unwrap_or(&'a'),
            _ => char::from(b'a' + rng.below(26) as u8),
        })
        .collect()
}

/// A text of this `format`; `None` for one that isn't known here.
pub(crate) fn formatted(format: &str, rng: &mut Rng) -> Option<&'static str> {
    let known: &[&str] = match format {
        "date-time" => &[
            "1970-01-01T00:00:00Z",
            "2023-11-14T22:13:20Z",
            "2023-11-14T23:13:20+01:00",
            "2024-02-29T23:59:59.123456Z",
            "9999-12-31T23:59:59Z",
            "2020-06-30t12:00:00z",
            "0001-01-01T00:00:00-12:30",
        ],
        "date" => &["1970-01-01", "2024-02-29", "9999-12-31", "0001-01-01"],
        "time" => &["00:00:00Z", "23:59:59.5+01:00"],
        "email" | "idn-email" => &["ada@example.org", "a.b+c@example.co"],
        "uri" | "iri" => &[
            "https://example.org/",
            "http://example.org/a?b=c#d",
            "urn:x:y",
        ],
        "uri-reference" | "iri-reference" => &["", "/a/b", "https://example.org/?q=1"],
        "uuid" => &["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
        "ipv4" => &["127.0.0.1", "255.255.255.255"],
        "ipv6" => &["::1", "2001:db8::8a2e:370:7334"],
        "hostname" | "idn-hostname" => &["example.org", "a-1.example"],
        "json-pointer" => &["", "/a/0"],
        "duration" => &["P1D", "PT1H30M"],
        "regex" => &["^a+$"],
        // An encoding rather than a format.
        "base64" => &["", "YQ==", "YWI=", "YWJj", "w6k=", "/w=="],
        _ => return None,
    };
    rng.pick(known).copied()
}

/// Any value, at most so deep.
pub(crate) fn any(depth: usize, rng: &mut Rng) -> Tree {
    const EVERY: Range = Range {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        above: false,
        below: false,
    };
    match rng.below(if depth == 0 { 7 } else { 10 }) {
        0 => Tree::null(),
        1 => Tree::leaf("true"),
        2 => Tree::leaf("false"),
        3 => Tree::leaf(number(EVERY, true, None, rng)),
        4 => Tree::leaf(number(EVERY, false, None, rng)),
        5 | 6 => Tree::string(&text(0, 20, rng)),
        7 => Tree::Array((0..rng.below(4)).map(|_| any(depth - 1, rng)).collect()),
        _ => {
            let mut object = Tree::Object(Vec::new());
            for _ in 0..rng.below(4) {
                object.set(&text(0, 6, rng), any(depth - 1, rng));
            }
            object
        }
    }
}

/// A value of this kind.
pub(crate) fn of_kind(kind: Kind, rng: &mut Rng) -> Tree {
    for _ in 0..64 {
        let tree = any(1, rng);
        if tree.kind() == kind {
            return tree;
        }
    }
    match kind {
        Kind::Null => Tree::null(),
        Kind::Bool => Tree::leaf("true"),
        Kind::Number => Tree::leaf("0"),
        Kind::String => Tree::string(""),
        Kind::Array => Tree::Array(Vec::new()),
        Kind::Object => Tree::Object(Vec::new()),
    }
}

/// Spells a scalar otherwise without changing its value, where that is possible.
pub(crate) fn respelled(raw: &str, rng: &mut Rng) -> String {
    if raw.starts_with('"') {
        let mut out = String::from("\"");
        for c in said(raw).chars() {
            match c {
                '/' if rng.chance(50) => out.push_str("\\/"),
                c if rng.chance(40) => escape(c, &mut out),
                c => {
                    let plain = quoted(c.encode_utf8(&mut [0; 4]));
                    out.push_str(plain.get(1..plain.len() - 1).unwrap_or_default());
                }
            }
        }
        return out + "\"";
    }
    let is_plain = raw.ends_with(|c: char| c.is_ascii_digit()) && !raw.contains(['e', 'E']);
    match rng.below(4) {
        0 if is_plain => format!("{raw}e0"),
        1 if is_plain => format!("{raw}E+00"),
        2 if is_plain && raw.contains('.') => format!("{raw}0"),
        2 if is_plain => format!("{raw}.0"),
        _ if raw == "0" => "-0".to_owned(),
        _ => raw.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_respelled_scalar_is_the_same_value() {
        let mut rng = Rng::seeded(3);
        for raw in ["0", "12.50", "-7", "1e3", "\"a/é😀\\n\"", "true", "null"] {
            for _ in 0..40 {
                let other = respelled(raw, &mut rng);
                let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
                match value(raw).as_f64() {
                    Some(number) => assert_eq!(value(&other).as_f64(), Some(number), "{other}"),
                    None => assert_eq!(value(&other), value(raw), "{other}"),
                }
            }
        }
    }

    #[test]
    fn numbers_keep_to_their_range_and_reach_its_bounds() {
        let mut rng = Rng::seeded(4);
        let range = Range {
            low: -2.0,
            high: 5.0,
            above: true,
            below: false,
        };
        let numbers: Vec<f64> = (0..200)
            .map(|_| number(range, true, None, &mut rng).parse().unwrap())
            .collect();
        assert!(numbers.iter().all(|n| (-1.0..=5.0).contains(n)));
        assert!(numbers.contains(&-1.0) && numbers.contains(&5.0));
        let steps: Vec<String> = (0..50)
            .map(|_| number(range, false, Some("0.05"), &mut rng))
            .collect();
        assert!(steps.contains(&"5.00".to_owned()), "{steps:?}");
        assert!(steps.iter().all(|step| {
            step.split_once('.')
                .is_some_and(|(_, f)| f.len() == 2 && f.ends_with(['0', '5']))
        }));
    }
}
