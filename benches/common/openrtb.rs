//! An OpenRTB 2.5 request of any size, made up, and its upgrade to 2.6 by a `serde_json::Value` and by typed serde: the seven
//! moves of `examples/openrtb/openrtb.toml`, where nothing is in two places.

use cutover::mapping::{Definition, Hooks, Mapping};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const DEFINITION: &str = include_str!("../../examples/openrtb/openrtb.toml");

pub fn mapping() -> Mapping {
    let definition = Definition::from_toml(DEFINITION).unwrap();
    Mapping::compile(definition, &Hooks::new()).unwrap()
}

/// A request with this many impressions; with one it is about a kilobyte.
pub fn request(imps: usize) -> String {
    let imp = |nth: usize| {
        json!({
            "id": format!("imp-{nth}"), "tagid": "page-top", "bidfloor": 0.35, "bidfloorcur": "EUR", "secure": 1,
            "banner": {"format": [{"w": 300, "h": 250}, {"w": 728, "h": 90}], "pos": 1, "api": [5, 6]},
            "pmp": {"private_auction": 0, "deals": [{"id": "deal-7", "bidfloor": 1.1, "at": 1}]},
            "ext": {"prebid": {"is_rewarded_inventory": nth % 2}, "gpid": "/1234/home#1"},
        })
    };
    let request = json!({
        "id": "6f1c6a5e-5d0b-4f5c-9a38-0d8b4f1a2f10", "tmax": 250, "at": 1, "cur": ["EUR"],
        "imp": (0..imps).map(imp).collect::<Vec<_>>(),
        "site": {"id": "s-9", "domain": "news.example", "page": "https://news.example/politics/1", "cat": ["IAB12"],
            "publisher": {"id": "p-3", "name": "Example Média"}},
        "device": {"ua": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0", "ip": "203.0.113.0", "language": "en"},
        "source": {"tid": "t-1", "ext": {"schain": {"ver": "1.0", "complete": 1, "nodes": [{"asi": "ssp.example", "sid": "77", "hp": 1}]}}},
        "regs": {"coppa": 0, "ext": {"gdpr": 1, "us_privacy": "1YNN"}},
        "user": {"id": "u-5", "ext": {"consent": "CPxAAAAPxAAAAAKAtAENAAEgAAAAAAAAAAAAAAAAAAA",
            "eids": [{"source": "id.example", "uids": [{"id": "ab12", "atype": 1}]}], "seg": 3}},
    });
    request.to_string()
}

pub fn by_value(request: &[u8], out: &mut Vec<u8>) {
    let mut request: Value = serde_json::from_slice(request).unwrap();
    for imp in request["imp"].as_array_mut().unwrap() {
        moved(imp, &["ext", "prebid", "is_rewarded_inventory"], &["rwdd"]);
    }
    for (from, to) in [
        (&["source", "ext", "schain"][..], &["source", "schain"][..]),
        (&["ext", "schain"], &["source", "schain"]),
        (&["regs", "ext", "gdpr"], &["regs", "gdpr"]),
        (&["regs", "ext", "us_privacy"], &["regs", "us_privacy"]),
        (&["user", "ext", "consent"], &["user", "consent"]),
        (&["user", "ext", "eids"], &["user", "eids"]),
    ] {
        moved(&mut request, from, to);
    }
    serde_json::to_writer(out, &request).unwrap();
}

/// Moves a member, and leaves out the objects that this empties.
fn moved(of: &mut Value, from: &[&str], to: &[&str]) {
    fn take(of: &mut Map<String, Value>, path: &[&str]) -> Option<Value> {
        let [name, below @ ..] = path else {
            return None;
        };
        if below.is_empty() {
            return of.remove(*name);
        }
        let inner = of.get_mut(*name)?.as_object_mut()?;
        let taken = take(inner, below);
        if taken.is_some() && inner.is_empty() {
            of.remove(*name);
        }
        taken
    }
    if let Some(value) = of.as_object_mut().and_then(|of| take(of, from)) {
        let mut place = of;
        for name in to {
            place = &mut place[*name];
        }
        *place = value;
    }
}

#[derive(Deserialize, Serialize)]
struct Request {
    imp: Vec<Imp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regs: Option<Regs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ext: Option<Source>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct Imp {
    #[serde(skip_serializing_if = "Option::is_none")]
    rwdd: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ext: Option<ImpExt>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct ImpExt {
    #[serde(skip_serializing_if = "Option::is_none")]
    prebid: Option<Prebid>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct Prebid {
    #[serde(skip_serializing_if = "Option::is_none")]
    is_rewarded_inventory: Option<i64>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Default, Deserialize, Serialize)]
struct Source {
    #[serde(skip_serializing_if = "Option::is_none")]
    schain: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ext: Option<Box<Source>>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct Regs {
    #[serde(skip_serializing_if = "Option::is_none")]
    gdpr: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    us_privacy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ext: Option<Box<Regs>>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
struct User {
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eids: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ext: Option<Box<User>>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

pub fn by_serde(request: &[u8], out: &mut Vec<u8>) {
    let mut request: Request = serde_json::from_slice(request).unwrap();
    for imp in &mut request.imp {
        if let Some(ext) = &mut imp.ext {
            if let Some(prebid) = &mut ext.prebid {
                imp.rwdd = prebid.is_rewarded_inventory.take();
                if prebid.rest.is_empty() {
                    ext.prebid = None;
                }
            }
            if ext.prebid.is_none() && ext.rest.is_empty() {
                imp.ext = None;
            }
        }
    }
    if let Some(schain) = request.ext.as_mut().and_then(|ext| ext.schain.take()) {
        request.source.get_or_insert_default().schain = Some(schain);
    }
    if let Some(source) = &mut request.source
        && let Some(ext) = &mut source.ext
    {
        source.schain = ext.schain.take();
        if ext.rest.is_empty() {
            source.ext = None;
        }
    }
    if let Some(regs) = &mut request.regs
        && let Some(ext) = &mut regs.ext
    {
        (regs.gdpr, regs.us_privacy) = (ext.gdpr.take(), ext.us_privacy.take());
        if ext.rest.is_empty() {
            regs.ext = None;
        }
    }
    if let Some(user) = &mut request.user
        && let Some(ext) = &mut user.ext
    {
        (user.consent, user.eids) = (ext.consent.take(), ext.eids.take());
        if ext.rest.is_empty() {
            user.ext = None;
        }
    }
    serde_json::to_writer(out, &request).unwrap();
}
