//! The operators' OpenAPI document: every route is in it and in the README, and every answer is as it says, in each member.

use std::collections::BTreeSet;

use cutover_service::Service;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::common::{self, post, start, suggest};

/// The operators' routes, as people are told of them. One more is a line more, here and in the README.
const ROUTES: [&str; 16] = [
    "GET /changes",
    "GET /explain",
    "GET /healthz",
    "GET /openapi.json",
    "GET /plan",
    "GET /plan/decisions",
    "GET /readyz",
    "GET /rollout",
    "GET /status",
    "GET /verdict",
    "POST /brake",
    "POST /brake/release",
    "POST /plan/accept",
    "POST /plan/advance",
    "POST /plan/back",
    "PUT /rollout",
];

fn ask(service: &Service, method: &str, path: &str) -> RequestBuilder {
    let url = format!("http://{}{path}", service.admin);
    Client::new().request(method.parse::<Method>().unwrap(), url)
}

/// What a service says, held against its document.
struct Checked<'a> {
    service: &'a Service,
    document: Value,
    /// The operations that were answered with success.
    seen: BTreeSet<String>,
}

impl<'a> Checked<'a> {
    async fn new(service: &'a Service) -> Self {
        let response = ask(service, "GET", "/openapi.json").send().await.unwrap();
        assert_eq!(response.status(), 200);
        let document = response.json().await.unwrap();
        Self {
            service,
            document,
            seen: BTreeSet::new(),
        }
    }

    /// Asks, signed, and checks that the answer is one that the document has.
    async fn get(&mut self, method: &str, path: &str, expected: u16, body: Value) -> Value {
        let request = ask(self.service, method, path)
            .header("x-who", "ana")
            .header("x-why", "to see the answer");
        self.send(request, method, path, expected, body).await
    }

    async fn send(
        &mut self,
        mut request: RequestBuilder,
        method: &str,
        path: &str,
        expected: u16,
        body: Value,
    ) -> Value {
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(response.headers()["content-type"], "application/json");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(status, expected, "{method} {path}: {answer}");

        let (route, _) = path.split_once('?').unwrap_or((path, ""));
        let operation = &self.document["paths"][route][method.to_lowercase()];
        let content = &operation["responses"][status.to_string()]["content"];
        let mut schema = content["application/json"]["schema"].clone();
        assert!(schema.is_object(), "{method} {route} has no {status}");
        assert_eq!(undescribed(&self.document, &schema, &answer, ""), [""; 0]);
        schema["components"] = self.document["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&answer)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{method} {route}: {errors:?}: {answer}");
        if expected == 200 {
            self.seen.insert(format!("{method} {route}"));
        }
        answer
    }

    /// Fails unless each of these routes has been answered with success: a route that is added is to be checked, too.
    fn has_seen(&self, is_asked: impl Fn(&str) -> bool) {
        let unseen = |route: &&str| is_asked(route) && !self.seen.contains(*route);
        let unseen: Vec<&str> = ROUTES.into_iter().filter(unseen).collect();
        assert_eq!(unseen, [""; 0], "never answered with success");
    }
}

/// The members of an answer that its schema doesn't name: a schema that leaves one out would still be valid.
fn undescribed(document: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    gather(document, schema, &mut parts);
    match value {
        Value::Object(members) if parts.iter().any(|part| part["properties"].is_object()) => {
            let of = |(name, value): (&String, &Value)| {
                let path = format!("{path}/{name}");
                match parts.iter().find_map(|part| part["properties"].get(name)) {
                    Some(schema) => undescribed(document, schema, value, &path),
                    None => vec![path],
                }
            };
            members.iter().flat_map(of).collect()
        }
        Value::Object(members) => {
            let rest = parts
                .iter()
                .find_map(|part| part.get("additionalProperties"));
            let rest = rest.unwrap_or(&Value::Null);
            let of = |(name, value): (&String, &Value)| {
                undescribed(document, rest, value, &format!("{path}/{name}"))
            };
            members.iter().flat_map(of).collect()
        }
        Value::Array(items) => {
            let each = parts.iter().find_map(|part| part.get("items"));
            let each = each.unwrap_or(&Value::Null);
            let of = |item| undescribed(document, each, item, &format!("{path}/-"));
            items.iter().flat_map(of).collect()
        }
        _ => Vec::new(),
    }
}

/// A schema and those that it refers to or is made of.
fn gather<'a>(document: &'a Value, schema: &'a Value, parts: &mut Vec<&'a Value>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let found = document.pointer(reference.trim_start_matches('#'));
        gather(document, found.expect(reference), parts);
    }
    for of in ["allOf", "oneOf", "anyOf"] {
        for part in schema[of].as_array().into_iter().flatten() {
            gather(document, part, parts);
        }
    }
    parts.push(schema);
}

fn operations(document: &Value) -> Vec<String> {
    let mut operations: Vec<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    operations.sort();
    operations
}

/// A route is registered by what makes the document, so the two can't differ; what remains to be seen is that each is there
/// and asks for the token, and that people are told.
#[tokio::test]
async fn every_route_is_in_the_document_and_in_the_readme() {
    const TOKEN: &str = "correct horse battery staple";
    let service = start(|options| options.admin_token = Some(TOKEN.to_owned())).await;
    let request = ask(&service, "GET", "/openapi.json").bearer_auth(TOKEN);
    let document: Value = request.send().await.unwrap().json().await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(operations(&document), ROUTES);
    let readme = include_str!("../../../../README.md");
    for route in ROUTES {
        let (method, path) = route.split_once(' ').unwrap();
        let told = format!("| `{method} {path}` |");
        assert!(readme.contains(&told), "README.md has no row {told}");
        let operation = &document["paths"][path][method.to_lowercase()];
        let secured = operation["security"] == json!([{}, {"token": []}]);
        let response = ask(&service, method, path).send().await.unwrap();
        let asked_for = response.status() == 401;
        assert_eq!(asked_for, secured, "{route}: {}", response.status());
        if secured {
            assert!(operation["responses"]["401"].is_object(), "{route}");
        }
        assert_eq!(secured, !matches!(path, "/healthz" | "/readyz"));
    }
    let put = ask(&service, "DELETE", "/rollout").bearer_auth(TOKEN);
    let response = put.send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["content-type"], "application/json");
    service.stop().await;
}

#[tokio::test]
async fn every_answer_of_a_service_without_a_plan_is_as_the_document_says() {
    let service = start(|options| options.share = "50%".parse().unwrap()).await;
    let mut checked = Checked::new(&service).await;
    for n in 0..200 {
        let body = format!(r#"{{"lat":51.5,"lng":-0.1,"name":"{n}"}}"#);
        assert_eq!(post(suggest(&service), None, &body).await.status(), 201);
    }
    // The guard looks once a second, at what is older than the request timeout.
    for path in [
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/status",
        "/verdict",
    ] {
        checked.get("GET", path, 200, Value::Null).await;
    }
    checked.get("GET", "/explain?id=x", 200, Value::Null).await;
    checked.get("GET", "/explain", 400, Value::Null).await;
    checked
        .get("GET", "/changes?limit=x", 400, Value::Null)
        .await;
    checked.get("GET", "/plan", 404, Value::Null).await;
    checked.get("GET", "/rollout", 200, Value::Null).await;

    let edit = json!({
        "name": "contribution-form-v2", "revision": 1, "share": "60%", "shadow": "5%", "force": "v1",
        "allow_requested": true, "pins": {"v1": ["a"], "v2": ["b"]},
    });
    checked.get("PUT", "/rollout", 428, edit.clone()).await;
    for (revision, path, status, body) in [
        ("\"9\"", "/rollout", 412, &edit),
        ("\"0\"", "/rollout?dry_run=perhaps", 400, &edit),
        ("\"0\"", "/rollout?dry_run=true", 200, &edit),
        ("\"0\"", "/rollout", 400, &json!({"share": 1})),
        ("\"0\"", "/rollout", 200, &edit),
    ] {
        let put = ask(&service, "PUT", path)
            .header("x-who", "ana")
            .header("x-why", "to see the answer")
            .header("if-match", revision);
        checked.send(put, "PUT", path, status, body.clone()).await;
    }
    let bad = service.app.router.apply_json(b"{").unwrap_err();
    assert!(
        checked.get("GET", "/status", 200, Value::Null).await["last_error"].is_object(),
        "{bad}"
    );

    let unsigned = ask(&service, "POST", "/brake");
    checked
        .send(unsigned, "POST", "/brake", 400, Value::Null)
        .await;
    let pulled = checked.get("POST", "/brake", 200, Value::Null).await;
    checked.get("GET", "/status", 200, Value::Null).await;
    let wrong = json!({"number": 99});
    checked.get("POST", "/brake/release", 409, wrong).await;
    let number = json!({"number": pulled["number"]});
    checked.get("POST", "/brake/release", 200, number).await;
    checked.get("GET", "/changes", 200, Value::Null).await;
    checked.has_seen(|route| !route.contains("/plan"));
    service.stop().await;
}

#[tokio::test]
async fn every_answer_of_a_plan_is_as_the_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let plan = common::open_plan(folder.path());
    let service = start(|options| {
        options.state = Some(folder.path().to_owned());
        options.plan = Some(Some(plan));
        options.raise = true;
    })
    .await;
    let mut checked = Checked::new(&service).await;
    checked.get("GET", "/plan", 200, Value::Null).await;
    checked.get("GET", "/verdict", 200, Value::Null).await;
    checked.get("POST", "/plan/back", 409, Value::Null).await;
    checked.get("POST", "/plan/accept", 409, Value::Null).await;
    checked.get("POST", "/plan/advance", 200, Value::Null).await;
    checked.get("POST", "/plan/advance", 409, Value::Null).await;
    checked
        .get("GET", "/plan/decisions", 200, Value::Null)
        .await;
    checked.get("POST", "/plan/back", 200, Value::Null).await;
    // An entry that nobody has made: the log can't be relied on, until somebody accepts it.
    let log = folder.path().join("plan.json.log");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("ana", "eve")).unwrap();
    assert!(checked.get("GET", "/plan", 200, Value::Null).await["damage"].is_string());
    checked.get("POST", "/plan/advance", 409, Value::Null).await;
    checked.get("POST", "/plan/accept", 200, Value::Null).await;
    checked.get("GET", "/changes", 200, Value::Null).await;
    checked.has_seen(|route| route.contains("/plan"));
    service.stop().await;
}
