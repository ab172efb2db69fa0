//! L1, L2, L3, L6, L7 and L9 on whatever the fuzzer makes up, under both policies, against the naive model.
#![no_main]

#[path = "../../tests/contribution/kit/check/mod.rs"]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (id, payload) = check::case(data);
    check::laws(payload, id);
});
