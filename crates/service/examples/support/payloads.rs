//! Payloads that are nearly JSON.

use fastrand::Rng;

/// What parsers get wrong.
const HARD: [&[u8]; 8] = [
    b"\0",
    b"\xff",
    b"\\ud800",
    b"1e999",
    b"null",
    b"[[[[",
    b"\"\"",
    b"\xef\xbb\xbf",
];

/// A payload with a few bytes changed, removed, doubled, or followed by something hard to parse.
pub(crate) fn broken(payload: &str, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = payload.as_bytes().to_vec();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..bytes.len());
        match rng.u8(..4) {
            0 => bytes[at] = rng.u8(..),
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, bytes[at]),
            _ => drop(bytes.splice(at..at, HARD[rng.usize(..8)].iter().copied())),
        }
    }
    bytes
}
