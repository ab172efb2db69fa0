//! Writes generated contributions as lines for the command: `payloads 1000000 > payloads.ndjson`.

use std::io::{self, BufWriter, Write};

use cutover_testkit::generator::Payloads;

fn main() -> io::Result<()> {
    let count = std::env::args()
        .nth(1)
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_000);
    let mut out = BufWriter::new(io::stdout().lock());
    for (id, payload) in Payloads::seeded(7).take(count) {
        writeln!(out, r#"{{"id":"{id}","payload":{payload}}}"#)?;
    }
    out.flush()
}
