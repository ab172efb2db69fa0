//! A bike-share feed served in both versions from one: the system stores GBFS 2.3, and apps that read 3.0 get 3.0.
//!
//! `cargo run --features file,schema --example gbfs` takes small schemas of its own; with `-- FOLDER` the official ones, which
//! are MobilityData's: `v2.3/station_status.json` and `v3.0/station_status.json` in that folder.

use std::error::Error;
use std::path::{Path, PathBuf};

use cutover::mapping::{Call, Definition, Hooks, Mapping, Side};

const STORED: &str = r#"{
    "last_updated": 1700000000, "ttl": 60, "version": "2.3",
    "data": {"stations": [
        {"station_id": "s1", "num_bikes_available": 3, "num_docks_available": 9, "is_installed": true,
         "is_renting": true, "is_returning": true, "last_reported": 1699999990}
    ]}
}"#;

/// The feed as a version wants it; `None` for a version that isn't served.
fn serve(feed: &Mapping, version: &str) -> Option<Result<Vec<u8>, cutover::mapping::Error>> {
    if version == feed.version(Side::From) {
        return Some(Ok(STORED.into()));
    }
    (version == feed.version(Side::To)).then(|| {
        let mut out = Vec::new();
        feed.upgrade(STORED.as_bytes(), &Call::new(), &mut out)?;
        Ok(out)
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let schemas = std::env::args_os()
        .nth(1)
        .map_or_else(|| here.join("data/gbfs"), PathBuf::from);
    let definition = Definition::open(
        here.join("gbfs/station_status.toml"),
        Some(schemas.as_path()),
    )?;
    let feed = Mapping::compile(definition, &Hooks::new())?;

    for version in ["2.3", "3.0"] {
        let body = serve(&feed, version).ok_or("a version that isn't served")??;
        println!(
            "/gbfs/{version}/station_status.json\n{}\n",
            String::from_utf8_lossy(&body)
        );
        let side = if version == "2.3" {
            Side::From
        } else {
            Side::To
        };
        assert!(feed.validate(side, &body, &Call::new())?.is_valid());
    }
    // Both say the same; 3.0 says "vehicle" of what may be a scooter too.
    let new = serve(&feed, "3.0").ok_or("3.0 is served")??;
    assert!(
        feed.compare(STORED.as_bytes(), &new, &Call::new())?
            .is_empty()
    );
    assert!(String::from_utf8(new)?.contains(r#""num_vehicles_available":3"#));
    assert!(serve(&feed, "1.1").is_none());
    Ok(())
}
