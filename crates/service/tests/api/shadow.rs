//! The shadow: what the other version makes of a payload is compared off the request path, and never stored.

use std::time::{Duration, Instant};

use cutover::Rollout;
use cutover_service::{Options, Service};
use reqwest::Client;
use serde_json::Value;

use crate::common::{self, V1, post, read, start, suggest};

/// A service whose rollout is this one.
async fn with_rollout(document: &str, change: impl FnOnce(&mut Options)) -> Service {
    let service = start(change).await;
    let rollout = Rollout::from_json(document.as_bytes()).unwrap();
    service.app.router.apply(rollout).unwrap();
    service
}

/// The lines of `/metrics` about the shadow that are not zero, once there is this one.
async fn found(service: &Service, line: &str) -> Vec<String> {
    let give_up = Instant::now() + Duration::from_secs(60);
    loop {
        let url = format!("http://{}/metrics", service.address);
        let text = Client::new().get(url).send().await.unwrap();
        let text = text.text().await.unwrap();
        let lines: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with("cutover_shadow_") && !line.ends_with(" 0"))
            .filter(|line| !line.contains("sample_ratio") && !line.contains("noise"))
            .map(str::to_owned)
            .collect();
        if lines.iter().any(|found| found == line) {
            return lines;
        }
        assert!(Instant::now() < give_up, "no {line} in {lines:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn records_of_both_versions_are_compared_and_one_is_stored() {
    for (share, version) in [("0%", "v1"), ("100%", "v2")] {
        let document = format!(
            r#"{{"name":"contribution-form-v2","revision":1,"share":"{share}","shadow":"100%"}}"#
        );
        let service = with_rollout(&document, |_| ()).await;
        for id in ["toilet-1", "toilet-2", "toilet-1"] {
            let response = post(suggest(&service), Some(id), V1).await;
            assert_eq!(
                (
                    response.status().as_u16(),
                    common::header(&response, "x-api-version")
                ),
                (201, version)
            );
        }
        let invalid = post(suggest(&service), Some("toilet-3"), r#"{"lat":91,"lng":0}"#).await;
        assert_eq!(invalid.status(), 400);
        assert_eq!(
            found(
                &service,
                r#"cutover_shadow_not_compared_total{reason="both_failed"} 1"#
            )
            .await,
            [
                r#"cutover_shadow_comparisons_total{result="same"} 2"#,
                r#"cutover_shadow_not_compared_total{reason="both_failed"} 1"#
            ]
        );
        assert_eq!(read(service.address, "toilet-1", "v1").await.0, 200);
        assert_eq!(read(service.address, "toilet-3", "v1").await.0, 404);
        let status = service.app.router.status();
        assert!(status.shadow_runs, "{status:?}");
        service.stop().await;
    }
}

/// A v2 that fails is seen by the shadow before anyone is given it.
#[tokio::test]
async fn a_broken_v2_is_found_out_while_everyone_is_on_v1() {
    let document = r#"{"name":"contribution-form-v2","revision":1,"share":"0%","shadow":"100%"}"#;
    let service = with_rollout(document, |options| options.v2_fault = cutover::Share::FULL).await;
    let response = post(suggest(&service), Some("toilet-1"), V1).await;
    assert_eq!(response.status(), 201);
    assert_eq!(
        found(&service, "cutover_shadow_divergences 1").await,
        [
            r#"cutover_shadow_discordant_total{version="v2"} 1"#,
            "cutover_shadow_divergences 1"
        ]
    );
    service.stop().await;
}

#[tokio::test]
async fn without_a_share_nothing_is_shadowed() {
    let document = r#"{"name":"contribution-form-v2","revision":1,"share":"0%"}"#;
    let service = with_rollout(document, |_| ()).await;
    let response = post(suggest(&service), Some("toilet-1"), V1).await;
    assert_eq!(response.status(), 201);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let seen = service.app.shadow.snapshot();
    assert_eq!(seen, cutover::migration::shadow::Snapshot::default());
    service.stop().await;
}

/// The default plan asks for the shadow, and the service gives it one.
#[tokio::test]
async fn the_plan_has_a_gate_on_the_shadow_and_gets_what_it_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(|options| {
        options.state = Some(folder.path().to_owned());
        options.plan = Some(None);
    })
    .await;
    let gate = async || {
        let url = format!("http://{}/plan", service.admin);
        let plan: Value = common::json_at(&url).await;
        let gates = plan["gates"].as_array().unwrap();
        let gate = gates
            .iter()
            .find(|gate| gate["gate"] == "shadow_divergences");
        gate.unwrap().clone()
    };
    let before = gate().await;
    assert_eq!(before["status"], "hold", "{before}");
    assert!(
        before["reason"].as_str().unwrap().contains("nothing yet"),
        "{before}"
    );

    // An id in the sample of a tenth.
    let sampled = |id: &String| {
        let request = cutover::Request::new(id);
        service.app.router.decide(&request).in_shadow()
    };
    let id = (0..).map(|n| format!("toilet-{n}")).find(sampled).unwrap();
    assert_eq!(post(suggest(&service), Some(&id), V1).await.status(), 201);
    found(
        &service,
        r#"cutover_shadow_comparisons_total{result="same"} 1"#,
    )
    .await;
    let after = gate().await;
    assert_eq!(
        (&after["status"], &after["figure"]),
        (&"go".into(), &0.0.into()),
        "{after}"
    );
    service.stop().await;
}
