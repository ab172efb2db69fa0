//! A bidder that speaks OpenRTB 2.6 behind exchanges that send 2.5, or a mixture: whatever comes in is upgraded, and what the
//! bidder passes on to a partner is in the dialect that the partner reads.

use std::error::Error;

use cutover::mapping::{Call, Definition, Hooks, Mapping};
use serde_json::Value;

/// 2.5: what has a place of its own in 2.6 is in `ext`.
const OLD: &str = r#"{"id":"1","imp":[{"id":"a","video":{"mimes":["video/mp4"]},"ext":{"prebid":{"is_rewarded_inventory":1}}}],
    "regs":{"ext":{"gdpr":1}},"user":{"ext":{"consent":"CPx"}}}"#;

/// 2.6, of an exchange that still fills the old place too: the new one counts, and the report says so.
const BOTH: &str = r#"{"id":"2","imp":[{"id":"a","rwdd":0,"qty":{"multiplier":3},"refresh":{"count":2}}],
    "regs":{"gdpr":0,"ext":{"gdpr":1}}}"#;

/// The bidder: knows 2.6 only.
fn bid(request: &Value) -> Value {
    let consent = request["regs"]["gdpr"] == 0 || request["user"]["consent"].is_string();
    let price = if request["imp"][0]["rwdd"] == 1 {
        2.5
    } else {
        1.0
    };
    let bids =
        consent.then(|| serde_json::json!({"impid": request["imp"][0]["id"], "price": price}));
    serde_json::json!({"id": request["id"], "seatbid": [{"bid": bids.into_iter().collect::<Vec<_>>()}]})
}

fn main() -> Result<(), Box<dyn Error>> {
    let openrtb = Definition::from_toml(include_str!("openrtb/openrtb.toml"))?;
    let openrtb = Mapping::compile(openrtb, &Hooks::new())?;

    for (request, price) in [(OLD, 2.5), (BOTH, 1.0)] {
        let mut new = Vec::new();
        let report = openrtb.upgrade(request.as_bytes(), &Call::new(), &mut new)?;
        println!("2.6: {}", String::from_utf8_lossy(&new));
        for finding in report.findings() {
            println!("     {} at {}: {finding}", finding.code(), finding.path());
        }
        let answer = bid(&serde_json::from_slice(&new)?);
        println!("bid: {answer}");
        assert_eq!(answer["seatbid"][0]["bid"][0]["price"], price);
    }

    // A partner that reads 2.6 as of November 2022 knows `qty`, but not `refresh`, which came later.
    let (mut new, mut passed) = (Vec::new(), Vec::new());
    openrtb.upgrade(BOTH.as_bytes(), &Call::new(), &mut new)?;
    let report = openrtb.downgrade(&new, &Call::new().dialect("2.6-202211"), &mut passed)?;
    println!("2.6-202211: {}", String::from_utf8_lossy(&passed));
    assert_eq!(report.findings()[0].path(), "/imp/0/refresh");
    assert!(String::from_utf8(passed)?.contains("qty"));
    Ok(())
}
