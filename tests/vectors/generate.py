#!/usr/bin/env python3
"""Wrote bucketing.ndjson, once, with an XXH3 that is none of this crate's (the `xxhash` package of PyPI).

DO NOT CHANGE the vectors. Whoever is in a share today is so by these numbers; other numbers are a major version.
Running this again must print the very same bytes:

    python3 tests/vectors/generate.py | diff - tests/vectors/bucketing.ndjson
"""

import json

import xxhash

DO_NOT_CHANGE = (
    "Golden vectors of the bucketing. Do not change a line: other numbers re-bucket everyone, which is a major version. "
    "64-bit numbers are decimal strings, because JSON readers lose digits of them."
)
TEXT = "The quick brown fox jumps over the lazy dog, 0123456789 times; node/1234567890 "
SALTS = ["contribution-form-v2", "", "a", "checkout", "ünïcödé-塩-🧂", "x" * 300]
IDS = [
    "",
    "user-1",
    "user-2",
    "node/1234567890",
    "way/1",
    "7d444840-9dc0-11d1-b245-5ffdce74fad2",
    "7D444840-9DC0-11D1-B245-5FFDCE74FAD2",
    " user-1",
    "user-1 ",
    "user-1\n",
    "\u0000",
    "\u0000\u0000",
    "é",
    "e\u0301",
    "ß",
    "東京",
    "публичный туалет",
    "مرحاض",
    "🚻",
    "👩‍👩‍👧‍👦",
    "\U0010ffff",
    "a\"b\\c",
    "🚻" * 64,
]
LONG = [("a", 1_000_000), ("é", 500_000), ("0123456789abcdef", 1 << 12)]


def line(salt, text, written):
    seed = xxhash.xxh3_64_intdigest(salt.encode(), 0)
    shadow = xxhash.xxh3_64_intdigest(b"shadow", seed)
    digest = xxhash.xxh3_64_intdigest(text.encode(), seed)
    in_shadow = xxhash.xxh3_64_intdigest(text.encode(), shadow)
    vector = {
        "salt": salt,
        "id": written,
        "seed": str(seed),
        "hash": str(digest),
        "bucket": digest * 1_000_000 >> 64,
        "shadow_bucket": in_shadow * 1_000_000 >> 64,
    }
    print(json.dumps(vector, ensure_ascii=True))


print(json.dumps({"do_not_change": DO_NOT_CHANGE}))
for length in range(301):
    text = (TEXT * 4)[:length]
    line(SALTS[0], text, text)
for salt in SALTS:
    for text in IDS:
        line(salt, text, text)
    for unit, times in LONG:
        line(salt, unit * times, {"repeat": unit, "times": times})
