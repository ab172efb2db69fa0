//! The OpenAPI document: all routes are in it, and the service does what it says, as far as schemathesis can tell.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::process::Command;

use common::start;
use cutover_service::Service;
use reqwest::{Client, Method};
use serde_json::Value;

async fn document(service: &Service) -> Value {
    let url = format!("http://{}/openapi.json", service.address);
    Client::new()
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
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

/// Runs schemathesis (PyPI) where it is installed; under `CUTOVER_REQUIRE=schemathesis` it has to be.
#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_what_the_document_says() {
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
    let service = start(|options| options.share = "50%".parse().unwrap()).await;
    let url = format!("http://{}/openapi.json", service.address);
    let folder = tempfile::tempdir().unwrap();
    let run = tokio::task::spawn_blocking(move || {
        Command::new(program)
            .args([
                "--config-file",
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemathesis.toml"),
            ])
            .args([
                "run",
                &url,
                "--seed",
                "1",
                "--max-examples",
                "50",
                "--no-color",
            ])
            .current_dir(folder.path())
            .output()
            .unwrap()
    });
    let output = run.await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // A run that finds nothing to test would pass as well.
    assert!(text.contains("Tested: 6"), "{text}");
    service.stop().await;
}
