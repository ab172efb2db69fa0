//! What operators are promised: nobody else is heard, no edit undoes another, and each change is noted with who and why.

use cutover::Version;
use cutover_service::{Options, Service, StartError};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::common::{self, header, parts, start};

fn ask(service: &Service, method: Method, path: &str) -> RequestBuilder {
    Client::new().request(method, format!("http://{}{path}", service.admin))
}

fn signed(service: &Service, method: Method, path: &str) -> RequestBuilder {
    ask(service, method, path)
        .header("x-who", "ana")
        .header("x-why", "because é")
}

async fn get(service: &Service, path: &str) -> Value {
    let (status, body) = parts(ask(service, Method::GET, path).send().await.unwrap()).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn document(revision: u32, share: &str) -> String {
    format!(r#"{{"name":"contribution-form-v2","revision":{revision},"share":"{share}"}}"#)
}

#[tokio::test]
async fn a_rollout_is_put_by_who_has_seen_the_one_in_force() {
    let service = start(|_| {}).await;
    let response = ask(&service, Method::GET, "/rollout").send().await.unwrap();
    assert!(header(&response, "etag").starts_with("\"0-"));
    let put = async |if_match: Option<&str>, query: &str, document: String| {
        let mut request = signed(&service, Method::PUT, &format!("/rollout{query}")).body(document);
        if let Some(revision) = if_match {
            request = request.header("if-match", revision);
        }
        parts(request.send().await.unwrap()).await
    };
    assert_eq!(put(None, "", document(1, "10%")).await.0, 428);
    assert_eq!(put(Some("\"9\""), "", document(1, "10%")).await.0, 412);
    let (status, body) = put(Some("\"0\""), "?dry_run=true", document(1, "10%")).await;
    assert_eq!(
        (status, &body["applied"], &body["preflight"]["to_v2"]),
        (200, &json!(false), &json!("10%"))
    );
    assert_eq!(get(&service, "/rollout").await["rollout"]["share"], "0%");

    let (status, body) = put(Some("\"0\""), "", document(1, "10%")).await;
    assert_eq!(
        (status, &body["applied"], &body["status"]["revision"]),
        (200, &json!(true), &json!(1))
    );
    for (bad, status) in [
        (String::from("{"), 400),
        (document(0, "20%"), 409),
        (document(2, "20%").replace("form", "other"), 409),
    ] {
        assert_eq!(put(Some("\"1\""), "", bad).await.0, status);
    }
    assert_eq!(get(&service, "/rollout").await["rollout"]["share"], "10%");
    let changes = get(&service, "/changes").await;
    assert_eq!(changes["changes"].as_array().unwrap().len(), 1);
    let change = &changes["changes"][0];
    assert_eq!(
        (&change["who"], &change["why"], &change["what"]),
        (&json!("ana"), &json!("because é"), &json!("rollout"))
    );
    let pins: Vec<String> = (0..2_000).map(|n| format!("user-{n}")).collect();
    let pinned = document(2, "10%").replace('}', &format!(r#","pins":{{"v1":{}}}}}"#, json!(pins)));
    assert_eq!(put(Some("\"1\""), "", pinned).await.0, 200);
    let changes = get(&service, "/changes?limit=65535").await;
    let detail = changes["changes"][0]["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("{\"characters\":") && detail.len() < 40,
        "a list holds no document of megabytes: {detail}"
    );
    service.stop().await;
}

/// The `ETag` is another when the document is, though the revision stays: or the second of two operators would undo what the
/// first has done.
#[tokio::test]
async fn an_edit_that_keeps_the_revision_is_noticed() {
    let service = start(|_| {}).await;
    let tag = async || {
        let response = ask(&service, Method::GET, "/rollout").send().await.unwrap();
        header(&response, "etag").to_owned()
    };
    let put = async |if_match: &str, query: &str, share: &str| {
        let request = signed(&service, Method::PUT, &format!("/rollout{query}"));
        let request = request
            .header("if-match", if_match)
            .body(document(0, share));
        let response = request.send().await.unwrap();
        (
            response.status().as_u16(),
            header(&response, "etag").to_owned(),
        )
    };
    let seen = tag().await;
    assert_eq!(
        put(&seen, "?dry_run=true", "10%").await,
        (200, seen.clone())
    );
    let (status, after) = put(&seen, "", "10%").await;
    assert_eq!((status, &after), (200, &tag().await));
    assert_ne!(after, seen);
    assert_eq!(put(&seen, "", "20%").await.0, 412);
    assert_eq!(get(&service, "/rollout").await["rollout"]["share"], "10%");
    assert_eq!(put(&after, "", "20%").await.0, 200);
    // By hand: whatever has this revision.
    assert_eq!(put("\"0\"", "", "0%").await, (200, seen));
    service.stop().await;
}

#[tokio::test]
async fn the_brake_is_released_by_its_number() {
    let service = start(|options| options.share = cutover::Share::FULL).await;
    let unsigned = ask(&service, Method::POST, "/brake").send().await.unwrap();
    assert_eq!(unsigned.status(), 400);
    assert_eq!(service.app.router.route("x"), Version::V2);

    let (status, body) = parts(
        signed(&service, Method::POST, "/brake")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!((status, &body["status"]["braked"]), (200, &json!(true)));
    assert_eq!(
        body["status"]["brake"]["reasons"],
        json!(["ana: because é"])
    );
    assert_eq!(service.app.router.route("x"), Version::V1);
    for (number, status) in [
        (json!({"number": 7}), 409),
        (json!({}), 400),
        (body["number"].clone(), 400),
    ] {
        let sent = signed(&service, Method::POST, "/brake/release")
            .body(number.to_string())
            .send()
            .await;
        assert_eq!(sent.unwrap().status(), status);
    }
    let number = json!({"number": body["number"]}).to_string();
    let sent = signed(&service, Method::POST, "/brake/release")
        .body(number)
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 200);
    assert_eq!(service.app.router.route("x"), Version::V2);
    let changes = get(&service, "/changes?limit=1").await;
    assert_eq!(changes["changes"][0]["what"], "release");
    service.stop().await;
}

#[tokio::test]
async fn what_is_going_on_can_be_asked() {
    let service = start(|_| {}).await;
    assert_eq!(
        get(&service, "/status").await["name"],
        "contribution-form-v2"
    );
    let verdict = get(&service, "/verdict").await;
    assert_eq!(verdict["action"], "hold");
    let nothing = serde_json::json!({"v1": 0, "v2": 0});
    assert_eq!(
        verdict["unrecorded"], nothing,
        "the guard knows of decisions"
    );
    assert_eq!(
        get(&service, "/explain?id=user-1").await["decision"]["reason"],
        "share"
    );
    let missing = ask(&service, Method::GET, "/none").send().await.unwrap();
    assert_eq!(missing.status(), 404);
    service.stop().await;
}

#[tokio::test]
async fn with_a_token_nobody_without_it_is_heard() {
    const TOKEN: &str = "correct horse battery staple";
    let service = start(|options| options.admin_token = Some(TOKEN.to_owned())).await;
    let with = async |token: Option<&str>| {
        let mut request = signed(&service, Method::POST, "/brake");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!((with(None).await, with(Some("wrong")).await), (401, 401));
    assert_eq!(service.app.router.status().brake, None);
    assert_eq!(with(Some(TOKEN)).await, 200);
    service.stop().await;
}

#[tokio::test]
async fn an_open_listener_without_a_token_does_not_start() {
    let mut options = Options::anywhere("sqlite::memory:");
    options.admin = "0.0.0.0:0".parse().unwrap();
    for token in [None, Some(String::from("short"))] {
        options.admin_token = token;
        let refused = Service::start(options.clone()).await.unwrap_err();
        assert!(matches!(refused, StartError::Open(_)), "{refused}");
        assert!(
            !refused.to_string().contains("short")
                && refused.to_string().contains("CUTOVER_ADMIN_TOKEN")
        );
    }
}

/// On loopback the address is no reason to refuse: the message must not blame it.
#[tokio::test]
async fn a_short_token_on_loopback_is_named_as_the_reason() {
    let mut options = Options::anywhere("sqlite::memory:");
    options.admin_token = Some(String::from("short"));
    let refused = Service::start(options).await.unwrap_err().to_string();
    assert!(!refused.contains("others can reach"), "{refused}");
    assert!(refused.contains("at least 16 characters"), "{refused}");
}

#[tokio::test]
async fn a_state_folder_that_is_not_there_is_refused() {
    let mut options = Options::anywhere("sqlite::memory:");
    options.state = Some(std::env::temp_dir().join("cutover-no-such-folder"));
    let refused = Service::start(options).await.unwrap_err().to_string();
    assert!(
        refused.contains("cutover-no-such-folder is not a folder"),
        "{refused}"
    );
}

/// The message about a database that can't be opened must not have its password in it.
#[tokio::test]
async fn no_error_shows_the_database_s_password() {
    for url in [
        "mysql://u:hunter2@127.0.0.1/x",
        "postgres://u:hunter2@127.0.0.1:1/x",
    ] {
        let refused = Service::start(Options::anywhere(url)).await.unwrap_err();
        assert!(
            !format!("{refused} {refused:?}").contains("hunter2"),
            "{refused}"
        );
    }
}

/// The plan says the share and the gates keep it there; brake and phase are still there after a restart.
#[tokio::test]
async fn the_plan_and_the_brake_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let begin = || {
        start(|options| {
            options.state = Some(folder.path().to_owned());
            options.plan = Some(None);
        })
    };
    let service = begin().await;
    assert_eq!(get(&service, "/plan").await["phase"], "staging");
    assert_eq!(get(&service, "/status").await["share"], "0%");
    let go = async |service: &Service, way: &str| {
        let request = signed(service, Method::POST, &format!("/plan/{way}"));
        parts(request.send().await.unwrap()).await
    };
    let (status, body) = go(&service, "advance").await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("gate")));
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("requests"),
        "{body}"
    );
    assert_eq!(
        go(&service, "back").await.0,
        409,
        "there is no phase before the first"
    );
    assert_eq!(
        get(&service, "/plan/decisions").await["decisions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    service.app.router.brake("test");
    service.stop().await;

    let service = begin().await;
    assert_eq!(get(&service, "/plan").await["phase"], "staging");
    assert_eq!(get(&service, "/status").await["braked"], true);
    service.stop().await;
}

/// A plan whose gates ask for nothing goes on and back, and each phase's share is in force at once.
#[tokio::test]
async fn each_phase_is_put_into_force() {
    let folder = tempfile::tempdir().unwrap();
    let plan = common::open_plan(folder.path());
    let service = start(|options| {
        options.state = Some(folder.path().to_owned());
        options.plan = Some(Some(plan));
        options.raise = true;
    })
    .await;
    for (way, share) in [("advance", "10%"), ("back", "1%"), ("advance", "10%")] {
        let request = signed(&service, Method::POST, &format!("/plan/{way}"));
        let (status, body) = parts(request.send().await.unwrap()).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(get(&service, "/status").await["share"], share);
    }
    assert_eq!(
        get(&service, "/changes").await["changes"][0]["what"],
        "plan advance"
    );
    service.stop().await;
}
