//! How a service tests its own v1-to-v2 path: by meaning, not by bytes.
//!
//! In a real project the function below is yours and `main` is a `#[test]`.

#![allow(clippy::unwrap_used)]

use cutover::contribution::equivalence::compare;

/// The code under test: what our v2 endpoint stores for a form that arrived as v1.
fn our_v2_endpoint(wheelchair: &str) -> String {
    format!(
        r#"{{"wheelchair":"{wheelchair}","lat":51.50,"lng":-0.1,"@id":"node/1","access":"unknown",
            "amenity":"toilets","opening_hours":"Mo-Fr 09:00-17:00","fee":"yes","charge":"20p"}}"#
    )
}

fn main() {
    let v1 = r#"{"lat":51.50,"lng":-0.1,"hours":"business","accessible":true,"fee":0.2}"#;

    // Order, aliases, spelling and defaults don't count.
    cutover::assert_equivalent!(v1, our_v2_endpoint("yes"));

    // A lost fact does, and the difference says where.
    let differences = compare(v1.as_bytes(), our_v2_endpoint("no").as_bytes()).unwrap_err();
    assert_eq!(differences.len(), 1);
    assert_eq!(
        differences[0].to_string(),
        r#""/wheelchair": v1 says "yes", v2 says "no""#
    );
    println!("{}", differences[0]);
}
