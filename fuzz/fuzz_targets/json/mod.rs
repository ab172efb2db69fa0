//! Changes JSON as trees: most changes of bytes only break it. Lines that are JSON are changed, others are left to libFuzzer.

use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Map, Value};

/// Keywords of schemas, a schema a line, and values.
#[allow(dead_code)]
pub const SCHEMAS: &str = include_str!("schemas.txt");

/// LeakSanitizer asks this: the `jsonschema` crate never frees a validator with `$dynamicRef` that refers to itself.
#[unsafe(no_mangle)]
pub extern "C" fn __lsan_is_turned_off() -> i32 {
    1
}

/// SplitMix64.
pub struct Rng(u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Gives JSON that a change may take parts of.
pub type Fragment<'f> = &'f mut dyn FnMut(&[u8], &mut Rng) -> Option<Value>;

/// The input's new size.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    fragment: Fragment<'_>,
) -> usize {
    let mut rng = Rng(u64::from(seed));
    if rng.below(4) > 0 {
        if let Some(changed) = changed(&data[..size], &mut rng, fragment) {
            if changed.len() <= max_size {
                data[..changed.len()].copy_from_slice(&changed);
                return changed.len();
            }
        }
    }
    fuzzer_mutate(data, size, max_size)
}

fn changed(data: &[u8], rng: &mut Rng, fragment: Fragment<'_>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(data).ok()?;
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut trees: Vec<(usize, Value)> = (0..lines.len())
        .filter_map(|at| Some((at, serde_json::from_str(&lines[at]).ok()?)))
        .collect();
    if trees.is_empty() {
        return None;
    }
    for _ in 0..=rng.below(3) {
        let source = match rng.below(3) {
            0 => trees[rng.below(trees.len())].1.clone(),
            _ => fragment(data, rng)?,
        };
        let at = rng.below(trees.len());
        let (line, tree) = &mut trees[at];
        change(tree, source, rng);
        lines[*line] = tree.to_string();
    }
    Some(lines.join("\n").into_bytes())
}

/// A node of the tree, each as likely.
fn pick<'v>(tree: &'v mut Value, rng: &mut Rng) -> &'v mut Value {
    fn count(tree: &Value) -> usize {
        1 + match tree {
            Value::Array(elements) => elements.iter().map(count).sum(),
            Value::Object(members) => members.values().map(count).sum::<usize>(),
            _ => 0,
        }
    }
    fn at<'v>(tree: &'v mut Value, wanted: usize) -> &'v mut Value {
        if wanted == 0 {
            return tree;
        }
        let mut left = wanted - 1;
        let below: Vec<&mut Value> = match tree {
            Value::Array(elements) => elements.iter_mut().collect(),
            Value::Object(members) => members.values_mut().collect(),
            _ => unreachable!("counted"),
        };
        for child in below {
            let size = count(child);
            if left < size {
                return at(child, left);
            }
            left -= size;
        }
        unreachable!("counted")
    }
    let wanted = rng.below(count(tree));
    at(tree, wanted)
}

fn change(tree: &mut Value, mut source: Value, rng: &mut Rng) {
    let whole = source.clone();
    let taken = pick(&mut source, rng).clone();
    let node = pick(tree, rng);
    match node {
        Value::Object(members) => match rng.below(6) {
            0 | 1 => {
                // A member of what was given, or its whole object.
                if let Value::Object(given) = if rng.below(2) == 0 { taken } else { whole } {
                    let which = rng.below(given.len());
                    if let Some((name, value)) = given.into_iter().nth(which) {
                        members.insert(name, value);
                    }
                }
            }
            2 => rename(members, &whole, rng),
            3 => {
                let which = rng.below(members.len());
                if let Some(name) = members.keys().nth(which).cloned() {
                    members.remove(&name);
                }
            }
            4 => {
                // In another order.
                let which = rng.below(members.len());
                if let Some(name) = members.keys().nth(which).cloned() {
                    if let Some(value) = members.remove(&name) {
                        members.insert(name, value);
                    }
                }
            }
            _ => *node = taken,
        },
        Value::Array(elements) => match rng.below(4) {
            0 => {
                let at = rng.below(elements.len() + 1);
                elements.insert(at, taken);
            }
            1 if !elements.is_empty() => {
                elements.remove(rng.below(elements.len()));
            }
            2 if !elements.is_empty() => {
                let copy = elements[rng.below(elements.len())].clone();
                elements.push(copy);
            }
            _ => *node = taken,
        },
        _ => match rng.below(8) {
            0 => *node = Value::Array(vec![node.take(), taken]),
            1 => *node = Value::Object(Map::from_iter([("a".to_owned(), node.take())])),
            2 => *node = scalar(rng),
            _ => *node = taken,
        },
    }
}

/// A member gets the name of another's.
fn rename(members: &mut Map<String, Value>, given: &Value, rng: &mut Rng) {
    let names: Vec<String> = given
        .as_object()
        .into_iter()
        .flat_map(|given| given.keys().cloned())
        .collect();
    let which = rng.below(members.len());
    let Some(old) = members.keys().nth(which).cloned() else {
        return;
    };
    let new = match names.len() {
        0 => ["a", "b", "c", "", "é", "$ref"][rng.below(6)].to_owned(),
        count => names[rng.below(count)].clone(),
    };
    if let Some(value) = members.remove(&old) {
        members.insert(new, value);
    }
}

fn scalar(rng: &mut Rng) -> Value {
    const SCALARS: [&str; 22] = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "-1",
        "2",
        "1.0",
        "0.5",
        "0.1",
        "1e2",
        "1e-2",
        "3.0e0",
        "\"\"",
        "\"a\"",
        "\"b\"",
        "\"ab\"",
        "\"é\"",
        "\"2024-02-29\"",
        "[]",
        "{}",
    ];
    serde_json::from_str(SCALARS[rng.below(SCALARS.len())]).unwrap_or_default()
}
