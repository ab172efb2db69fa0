//! Bytes that are mostly not taken: payloads that were damaged, and payloads at about the contract's limits.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{v1, v2};

/// Bytes that were a payload once: a few changed, lost, doubled or put in, so that most of it is malformed.
pub fn mutated() -> BoxedStrategy<Vec<u8>> {
    const TOKENS: [&[u8]; 24] = [
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"null",
        b"\\ud800",
        b"\\u0000",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\0",
        b"1e999",
        b"-",
        b"0",
        b".",
        b"e",
        b"\"lat\":1,",
        b"\"lat\":null,",
        b"\"fee\":0.5,",
        b" ",
        b"\xed\xa0\x80",
    ];
    let change = (
        any::<prop::sample::Index>(),
        0..6_u8,
        any::<u8>(),
        prop::sample::select(TOKENS.to_vec()),
    );
    (prop_oneof![v1(), v2()], vec(change, 0..5))
        .prop_map(|(text, changes)| {
            let mut bytes = text.into_bytes();
            for (at, how, byte, token) in changes {
                let at = at.index(bytes.len() + 1);
                match how {
                    0 => bytes.truncate(at),
                    1 if at < bytes.len() => bytes[at] = byte,
                    2 if at < bytes.len() => _ = bytes.remove(at),
                    3 => {
                        let copy = bytes[at..bytes.len().min(at + 1 + usize::from(byte))].to_vec();
                        bytes.splice(at..at, copy);
                    }
                    _ => _ = bytes.splice(at..at, token.iter().copied()),
                }
            }
            bytes
        })
        .boxed()
}

/// Nested to about the limit of depth, as a member of a payload that is fine otherwise.
pub fn deep() -> BoxedStrategy<Vec<u8>> {
    (28..36_usize, any::<bool>(), any::<bool>())
        .prop_map(|(depth, arrays, closed)| {
            let (open, close) = if arrays { ("[", "]") } else { ("{\"a\":", "}") };
            let close = if closed {
                close.repeat(depth)
            } else {
                String::new()
            };
            let middle = if arrays { "" } else { "1" };
            format!(
                "{{\"lat\":1,\"lng\":2,\"deep\":{}{middle}{close}}}",
                open.repeat(depth)
            )
            .into_bytes()
        })
        .boxed()
}

/// Members to about the limit of their number.
pub fn many() -> BoxedStrategy<Vec<u8>> {
    (250..280_usize)
        .prop_map(|count| {
            let names: Vec<String> = (2..count).map(|at| format!("\"k{at}\":\"\"")).collect();
            format!("{{\"lat\":1,\"lng\":2,{}}}", names.join(",")).into_bytes()
        })
        .boxed()
}
