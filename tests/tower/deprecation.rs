//! What v1's answers say of its end, and v2's don't.

use std::time::{Duration, SystemTime};

use cutover::tower::{CutoverLayer, Deprecation};
use cutover::{Error, ErrorKind, Version};
use tower::{Layer, ServiceExt, service_fn};

use crate::kit::*;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The dates are those of the RFCs' own examples.
fn announced() -> Result<Deprecation, Error> {
    Deprecation::since(at(1_688_169_599) + Duration::from_millis(900))?
        .sunset(at(1_719_791_999))?
        .link("https://developer.example.com/deprecation#v1")?
        .sunset_link("https://developer.example.com/sunset?v=1")
}

fn all<'a>(response: &'a Answer, name: &str) -> Vec<&'a str> {
    let values = response.headers().get_all(name).iter();
    values.map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn v1_s_answers_announce_its_end_and_v2_s_do_not() {
    let v1 = service_fn(async |_: Asked| {
        let mut response = answer(200, "");
        let headers = response.headers_mut();
        headers.insert("deprecation", "true".parse().unwrap());
        headers.insert("link", "</next>; rel=\"next\"".parse().unwrap());
        Ok::<_, tower::BoxError>(response)
    });
    let layer = |router, v2| {
        CutoverLayer::new(router, v2)
            .id(id)
            .fallback(|request: &Asked| Some(request.clone()))
            .deprecation(announced().unwrap())
    };
    let mut unidentified = request("");
    unidentified.headers_mut().clear();
    for (version, v2_fails, asked) in [
        (Version::V1, false, request("")),
        (Version::V2, true, request("")),
        (Version::V2, false, unidentified),
    ] {
        let v2 = service_fn(move |_: Asked| async move {
            Ok::<_, tower::BoxError>(answer(if v2_fails { 500 } else { 200 }, ""))
        });
        let service = layer(all_on(version), v2.boxed_clone()).layer(v1);
        let response = service.oneshot(asked).await.unwrap();
        assert_eq!(says(&response).0, "v1");
        assert_eq!(all(&response, "deprecation"), ["@1688169599"]);
        assert_eq!(all(&response, "sunset"), ["Sun, 30 Jun 2024 23:59:59 GMT"]);
        assert_eq!(
            all(&response, "link"),
            [
                "</next>; rel=\"next\"",
                "<https://developer.example.com/deprecation#v1>; rel=\"deprecation\"",
                "<https://developer.example.com/sunset?v=1>; rel=\"sunset\"",
            ]
        );
    }
    let service = layer(all_on(Version::V2), ok("").boxed_clone()).layer(v1);
    let response = service.oneshot(request("")).await.unwrap();
    assert_eq!(says(&response).0, "v2");
    for name in ["deprecation", "sunset", "link"] {
        assert!(response.headers().get(name).is_none(), "{name}");
    }
}

#[test]
fn what_the_headers_can_not_say_is_refused() {
    let refused = |built: Result<Deprecation, Error>, path: &str| {
        let error = built.unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Setting, path));
    };
    let end = 253_402_300_800;
    let now = || Deprecation::since(at(1_000)).unwrap();
    refused(
        Deprecation::since(at(0) - Duration::from_secs(1)),
        "/deprecation",
    );
    refused(Deprecation::since(at(end)), "/deprecation");
    refused(now().sunset(at(999)), "/sunset");
    refused(now().sunset(at(end)), "/sunset");
    for bad in ["", "a b", "x>; rel=next", "é", "a\"b", "a\r\nx: y"] {
        refused(now().link(bad), "/link");
        refused(now().sunset_link(bad), "/link");
    }
    assert!(now().sunset(at(1_000)).is_ok() && Deprecation::since(at(end - 1)).is_ok());
}
