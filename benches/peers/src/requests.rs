//! OpenRTB 2.5 to 2.6: seven moves, and the objects that they empty left out.

use cutover::mapping::Call;

use crate::table::{Peer, rows as measured};
use crate::{jq, openrtb, rounds, vector};

const JQ: &str = r#"
    def no_ext: if .ext == {} then del(.ext) else . end;
    .imp[] |= (if .ext.prebid.is_rewarded_inventory != null
        then .rwdd = .ext.prebid.is_rewarded_inventory | del(.ext.prebid.is_rewarded_inventory)
            | if .ext.prebid == {} then del(.ext.prebid) else . end | no_ext
        else . end)
    | if .source.ext.schain != null then .source |= (.schain = .ext.schain | del(.ext.schain) | no_ext) else . end
    | if .ext.schain != null then .source.schain = .ext.schain | del(.ext.schain) | no_ext else . end
    | if .regs.ext.gdpr != null then .regs |= (.gdpr = .ext.gdpr | del(.ext.gdpr) | no_ext) else . end
    | if .regs.ext.us_privacy != null then .regs |= (.us_privacy = .ext.us_privacy | del(.ext.us_privacy) | no_ext) else . end
    | if .user.ext.consent != null then .user |= (.consent = .ext.consent | del(.ext.consent) | no_ext) else . end
    | if .user.ext.eids != null then .user |= (.eids = .ext.eids | del(.ext.eids) | no_ext) else . end
"#;

const VRL: &str = r#"
    .imp = map_values(array!(.imp)) -> |imp| {
        if exists(imp.ext.prebid.is_rewarded_inventory) {
            imp.rwdd = del(imp.ext.prebid.is_rewarded_inventory, compact: true)
        }
        imp
    }
    if exists(.source.ext.schain) { .source.schain = del(.source.ext.schain, compact: true) }
    if exists(.ext.schain) { .source.schain = del(.ext.schain, compact: true) }
    if exists(.regs.ext.gdpr) { .regs.gdpr = del(.regs.ext.gdpr, compact: true) }
    if exists(.regs.ext.us_privacy) { .regs.us_privacy = del(.regs.ext.us_privacy, compact: true) }
    if exists(.user.ext.consent) { .user.consent = del(.user.ext.consent, compact: true) }
    if exists(.user.ext.eids) { .user.eids = del(.user.ext.eids, compact: true) }
"#;

pub fn rows(imps: usize) {
    let request = openrtb::request(imps).into_bytes();
    let mapping = openrtb::mapping();
    let call = Call::new();
    let (jq, vrl) = (jq::Program::new(JQ), vector::Program::new(VRL));
    let title = format!("OpenRTB request of {} bytes", request.len());
    let ours = Peer::new("cutover", None, |input, out| {
        mapping.upgrade(input, &call, out).expect("accepted");
    });
    let peers = [
        ours,
        Peer::new("VRL", Some(4.0), |input, out| vrl.run(input, out)),
        Peer::new("jaq", Some(4.0), |input, out| jq.run(input, out)),
        Peer::new("typed serde with flatten", Some(2.0), openrtb::by_serde),
        Peer::new("`serde_json::Value`", None, openrtb::by_value),
        Peer::silent("reading the same JSON", None, |input| {
            assert!(rounds::parse_only(input))
        }),
    ];
    measured(&title, &request, 2_000 / imps, &peers);
}
