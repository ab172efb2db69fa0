//! Install a router, route an id, upgrade what goes to v2.

use cutover::{Rollout, Router, Version, contribution};

fn main() -> Result<(), cutover::Error> {
    let rollout = Rollout::from_json(br#"{"name":"contribution-form-v2","share":"50%"}"#)?;
    cutover::install(Router::new(rollout))?;

    let payload =
        br#"{"lat":51.5007,"lng":-0.1246,"hours":"dawn to dusk","fee":0.5,"accessible":true}"#;
    let mut v2 = Vec::new();
    for id in ["node/1", "node/2", "node/3", "node/4", "node/5", "node/6"] {
        match cutover::route(id) {
            Version::V1 => println!("{id}: v1 takes it as it is"),
            Version::V2 => {
                v2.clear();
                contribution::upgrade(payload, id, &mut v2)?;
                println!("{id}: v2 stores {}", String::from_utf8_lossy(&v2));
            }
        }
    }
    Ok(())
}
