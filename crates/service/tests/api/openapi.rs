//! The OpenAPI documents, of clients and of operators: all routes are in them, answers are as they say, and the service does
//! what they say, as far as schemathesis can tell.

use std::process::Command;

use cutover_service::Service;
use reqwest::{Client, Method};
use serde_json::Value;

use crate::common::{self, start};

async fn document(service: &Service) -> Value {
    let url = format!("http://{}/openapi.json", service.address);
    common::json_at(&url).await
}

/// Each operation of the document is one of the service, and each answer of the service is one of the document.
#[tokio::test]
async fn the_document_has_what_the_service_has() {
    let service = start(|_| {}).await;
    let document = document(&service).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let mut paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            "/api/contributions/{id}",
            "/api/suggest",
            "/api/v2/suggest",
            "/healthz",
            "/metrics",
            "/openapi.json",
            "/readyz"
        ]
    );
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let url = format!("http://{}{}", service.address, path.replace("{id}", "none"));
            let status = Client::new()
                .request(method, url)
                .send()
                .await
                .unwrap()
                .status();
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.contains_key(status.as_str()), "{path}: {status}");
        }
    }
    service.stop().await;
}

/// Runs schemathesis (PyPI) on a document where it is installed; under `CUTOVER_REQUIRE=schemathesis` it has to be.
async fn schemathesis(address: std::net::SocketAddr, operations: usize, arguments: &[&str]) {
    let program = std::env::var("SCHEMATHESIS").unwrap_or_else(|_| String::from("schemathesis"));
    if !Command::new(&program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        let required = std::env::var("CUTOVER_REQUIRE").unwrap_or_default();
        assert!(
            !required.split(',').any(|what| what == "schemathesis"),
            "CUTOVER_REQUIRE=schemathesis, and there is no {program}: pip install schemathesis"
        );
        eprintln!("SKIPPED: there is no {program}; pip install schemathesis to run this");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    command
        .args([
            "--config-file",
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemathesis.toml"),
        ])
        .args(["run", &format!("http://{address}/openapi.json")])
        .args(["--seed", "1", "--no-color"])
        .args(arguments)
        .current_dir(folder.path());
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = run.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // A run that finds nothing to test would pass as well.
    assert!(text.contains(&format!("Tested: {operations}")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_what_the_document_says() {
    let service = start(|options| options.share = "50%".parse().unwrap()).await;
    schemathesis(service.address, 6, &["--max-examples", "50"]).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_listener_does_what_its_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(|options| {
        options.state = Some(folder.path().to_owned());
        options.plan = Some(None);
    })
    .await;
    // Most changes are refused, as the state doesn't allow them: that is no fault of the request.
    let arguments = [
        "--max-examples",
        "5",
        "--exclude-checks",
        "positive_data_acceptance",
    ];
    schemathesis(service.admin, 15, &arguments).await;
    service.stop().await;
}
