//! A service that takes a team's own documents, by the definition of its mapping.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cutover::Rollout;
use cutover::mapping::{Call, Definition, Hooks, Mapping, Side};
use cutover_service::{Options, Service, StartError};
use serde_json::{Value, json};

use crate::common::{self, Process, header, parts, post, read, start, suggest, suggest_v2};

const V1: &str = r#"{"id": "o-1", "name": "Ada", "vip": "yes", "total": 12.50, "items": [{"code": "a-1", "qty": 1, "tags": "x;y", "ext": {"note": "n"}}], "title": "Hi"}"#;
const V2: &str = r#"{"id":"o-2","customer":{"name":"Bea"},"total":{"minor":99,"currency":"EUR"},"lines":[{"sku":"b","qty":2}]}"#;

/// v2 takes no note that isn't a text, and v1 does not say what a note is: the definition says `refuse`.
const V1_ALONE: &str =
    r#"{"id":"o-3","name":"Cy","total":1,"items":[{"code":"c","qty":1,"ext":{"note":5}}]}"#;

fn definition() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join("tests/mapping/definitions/order.toml")
}

fn mapping() -> Mapping {
    let definition = Definition::open(definition(), None).unwrap();
    Mapping::compile(definition, &Hooks::new()).unwrap()
}

fn orders(options: &mut Options) {
    options.mapping = Some(definition());
    options.context = vec![("language".to_owned(), "en".to_owned())];
}

async fn at_share(share: &str) -> Service {
    start(|options| {
        orders(options);
        options.share = share.parse().unwrap();
    })
    .await
}

/// What the library, and so the command, makes of it.
fn converted(side: Side, document: &str, assumed: &[String]) -> (String, Vec<String>) {
    let call = Call::new().context("language", "en").assumed(assumed);
    let mut out = Vec::new();
    let report = match side {
        Side::From => mapping().upgrade(document.as_bytes(), &call, &mut out),
        Side::To => mapping().downgrade(document.as_bytes(), &call, &mut out),
    };
    let assumed = report.unwrap().assumed().to_vec();
    (String::from_utf8(out).unwrap(), assumed)
}

/// The errors, as code and pointer.
fn found(body: &Value) -> Vec<String> {
    let errors = body["validation"]["errors"].as_array().unwrap();
    let said = |error: &Value| format!("{} {}", error["code"], error["field"]).replace('"', "");
    errors.iter().map(said).collect()
}

/// Whichever version stored it, readers of both get what the command makes of it; what nobody has said is left out again.
#[tokio::test]
async fn an_order_is_stored_by_either_version_and_read_in_both() {
    let (v2, assumed) = converted(Side::From, V1, &[]);
    assert_eq!(assumed, ["/total/currency"]);
    let (back, _) = converted(Side::To, &v2, &assumed);
    assert!(!back.contains("GBP"), "{back}");
    for (share, version) in [("0%", "v1"), ("100%", "v2")] {
        let service = at_share(share).await;
        let response = post(suggest(&service), Some("order 1"), V1).await;
        assert_eq!(header(&response, "x-api-version"), version);
        let (status, body) = parts(response).await;
        assert_eq!(status, 201, "{body}");
        let mut said = json!({"success": true, "suggestionId": "order 1", "apiVersion": version,
            "validation": {"errors": [], "warnings": []}});
        if version == "v2" {
            let warnings = body["validation"]["warnings"].as_array().unwrap();
            let warning = (&warnings[0]["code"], &warnings[0]["field"]);
            assert_eq!(
                (warnings.len(), warning),
                (1, (&json!("assumed"), &json!("/total/currency")))
            );
            said["validation"]["warnings"] = warnings.clone().into();
            said["validation"]["assumed"] = json!(["/total/currency"]);
        }
        assert_eq!(body, said);
        let stored = if version == "v1" { V1 } else { &back };
        let address = service.address;
        assert_eq!(
            read(address, "order%201", "v1").await,
            (200, stored.to_owned())
        );
        assert_eq!(read(address, "order%201", "v2").await, (200, v2.clone()));

        // The same again is the same order, another one under its id is refused.
        let again = parts(post(suggest(&service), Some("order 1"), V1).await).await;
        assert_eq!(again, (201, said));
        let other = V1.replace("Ada", "Eve");
        let (status, body) = parts(post(suggest(&service), Some("order 1"), &other).await).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (422, &json!("idempotency_key_reused"))
        );

        let response = post(suggest_v2(&service), Some("order-2"), V2).await;
        assert_eq!(response.status(), 201);
        assert_eq!(read(address, "order-2", "v2").await, (200, V2.to_owned()));
        let (v1, _) = converted(Side::To, V2, &[]);
        assert_eq!(read(address, "order-2", "v1").await, (200, v1));
        service.stop().await;
    }
}

#[tokio::test]
async fn a_refused_order_is_told_by_code_and_pointer() {
    for share in ["0%", "100%"] {
        let service = at_share(share).await;
        let wrong =
            r#"{"id":"o","name":"Ada","total":"12","items":[{"code":"a","qty":0}],"lines":[]}"#;
        let (status, body) = parts(post(suggest(&service), None, wrong).await).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (400, &json!("validation_failed"))
        );
        let expected = [
            "invalid_type /total",
            "out_of_range /items/0/qty",
            "other_version /lines",
        ];
        assert_eq!(found(&body), expected, "{share}");
        let (status, body) = parts(post(suggest_v2(&service), None, V1).await).await;
        assert_eq!(status, 400);
        assert_eq!(found(&body)[0], "required /customer", "{body}");
        service.stop().await;
    }
}

/// The check has foretold it: v1 stores it, v2 has no place for it.
#[tokio::test]
async fn what_v2_cannot_take_is_seen_by_the_shadow_and_told_to_readers() {
    let service = start(orders).await;
    let rollout = br#"{"name":"order","revision":1,"share":"0%","shadow":"100%"}"#;
    service
        .app
        .router
        .apply(Rollout::from_json(rollout).unwrap())
        .unwrap();
    for (id, order) in [("1", V1), ("2", V1_ALONE)] {
        assert_eq!(post(suggest(&service), Some(id), order).await.status(), 201);
    }
    let give_up = Instant::now() + Duration::from_secs(60);
    let seen = loop {
        let seen = service.app.shadow.snapshot();
        if seen.comparisons + seen.discordant.v2 == 2 || Instant::now() > give_up {
            break seen;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(
        (seen.comparisons, seen.differing, seen.discordant.v2),
        (1, 0, 1)
    );
    assert_eq!(seen.divergences(), 1);

    assert_eq!(
        read(service.address, "2", "v1").await,
        (200, V1_ALONE.to_owned())
    );
    let (status, body) = read(service.address, "2", "v2").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (status, &body["error"]["code"]),
        (406, &json!("not_convertible"))
    );
    assert_eq!(found(&body), ["invalid_type /items/0/ext/note"]);
    service.stop().await;
}

/// A feed of a megabyte is taken, as a whole and on the way back.
#[tokio::test]
async fn large_documents_are_taken_and_larger_ones_refused() {
    let service = at_share("100%").await;
    let order = |items: usize| {
        let item = format!(
            r#"{{"code":"a","qty":1,"ext":{{"x":"{}"}}}}"#,
            "y".repeat(1_000)
        );
        format!(
            r#"{{"id":"o","name":"Ada","total":1,"items":[{}]}}"#,
            vec![item; items].join(",")
        )
    };
    let fits = order(1_000);
    assert_eq!(
        post(suggest(&service), Some("1"), &fits).await.status(),
        201
    );
    assert_eq!(
        read(service.address, "1", "v1").await,
        (
            200,
            converted(
                Side::To,
                &converted(Side::From, &fits, &[]).0,
                &["/total/currency".to_owned()]
            )
            .0
        )
    );
    let (status, body) = parts(post(suggest(&service), None, &order(1_100)).await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (413, &json!("payload_too_large"))
    );
    service.stop().await;
}

#[tokio::test]
async fn a_definition_with_flaws_is_refused_with_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let flawed = folder.path().join("flawed.json");
    let text = r#"{"name": "flawed", "from": {"version": "1"}, "to": {"version": "2"},
        "rules": {"a": {"words": [["x", 1], ["y", 1]]}, "b": {"list": "to"}}}"#;
    std::fs::write(&flawed, text).unwrap();
    let path = flawed.to_str().unwrap().to_owned();
    let said = tokio::task::spawn_blocking(move || Process::refused(&["--mapping", &path])).await;
    let said = said.unwrap();
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("flawed.json: "))
        .collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(
        lines[0].contains("(words_not_one_to_one)") && lines[0].contains(": a: "),
        "{said}"
    );
    assert!(
        lines[1].contains("(unacknowledged_loss)") && lines[1].contains(": b: "),
        "{said}"
    );

    // What is said with each order has to suit the definition.
    for (change, expected) in [
        (
            |options: &mut Options| options.context.clear(),
            "\"language\" is missing",
        ),
        (
            |options: &mut Options| options.policy = Some("legacy".to_owned()),
            "no policy \"legacy\"",
        ),
        (
            |options: &mut Options| options.mapping = Some("none.toml".into()),
            "none.toml",
        ),
    ] as [(fn(&mut Options), &str); 3]
    {
        let mut options = Options::anywhere("sqlite::memory:");
        orders(&mut options);
        change(&mut options);
        let refused = Service::start(options).await.unwrap_err();
        assert!(matches!(refused, StartError::Mapping(_)), "{refused:?}");
        assert!(refused.to_string().contains(expected), "{refused}");
    }
}

#[tokio::test]
async fn the_openapi_document_has_the_definition_s_schemas() {
    let service = at_share("0%").await;
    let url = format!("http://{}/openapi.json", service.address);
    let document = common::json_at(&url).await;
    let text = document.to_string();
    for word in ["oilet", "heelchair", "menity", "Fee"] {
        assert!(!text.contains(word), "{word}");
    }
    // Every reference leads somewhere.
    let mut references = 0;
    for (at, _) in text.match_indices("\"$ref\":\"#") {
        let pointer = text[at + "\"$ref\":\"#".len()..].split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
        references += 1;
    }
    assert!(references > 10);
    for (schema, path, order) in [
        ("V1Payload", "suggest", V1),
        ("V2Payload", "v2/suggest", V2),
    ] {
        let mut asked = json!({"$ref": format!("#/components/schemas/{schema}")});
        asked["components"] = document["components"].clone();
        let validator = jsonschema::validator_for(&asked).unwrap();
        let order: Value = serde_json::from_str(order).unwrap();
        assert!(validator.is_valid(&order), "{schema}");
        assert!(!validator.is_valid(&json!({"id": 7})), "{schema}");
        let post = &document["paths"][format!("/api/{path}")]["post"];
        assert!(
            post["summary"]
                .as_str()
                .unwrap()
                .starts_with("A document of order v"),
            "{post}"
        );
    }
    let titled = json!({"title": [{"text": "Hi"}]});
    let asked = json!({"$ref": "#/components/schemas/V2Payload/properties/title", "components": document["components"]});
    let title = jsonschema::validator_for(&asked).unwrap();
    assert!(!title.is_valid(&titled["title"]), "a language is required");
    service.stop().await;
}
