#![allow(clippy::unwrap_used, clippy::print_stdout)]
use super::*;

#[test]
fn dump() {
    for path in std::env::var("DUMP").unwrap_or_default().split(',').filter(|p| !p.is_empty()) {
        let schemas = std::env::var("SCHEMAS").ok().map(std::path::PathBuf::from);
        let definition = match Definition::open(path, schemas.as_deref()) {
            Ok(d) => d,
            Err(f) => { println!("{path}: {f}"); continue; }
        };
        let start = std::time::Instant::now();
        let checked = check(&definition, &|_| true);
        println!("== {path} {:?}", start.elapsed());
        for flaw in &checked.flaws { println!("FLAW {flaw}"); }
        for open in &checked.open { println!("OPEN {} {} {}: {}", open.direction, open.path, open.keyword, open.reason); }
        for loss in &checked.losses { println!("LOSS {} {} {}: {}", loss.direction, loss.path, loss.code, loss.reason); }
        println!("proved up {} down {}", checked.proved_up, checked.proved_down);
    }
}
