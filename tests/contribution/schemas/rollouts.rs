//! The schema of the rollout document.

use cutover::{Rollout, routing};

use super::validator;

#[test]
fn rollouts_are_what_the_schema_says() {
    let schema = validator(&routing::schema());
    let document = |members: &str| format!("{{\"name\":\"a\",\"share\":\"10%\"{members}}}");
    let mut documents: Vec<String> = [
        "",
        ",\"revision\":7",
        ",\"revision\":-1",
        ",\"revision\":4294967295",
        ",\"revision\":4294967296",
        ",\"revision\":1.5",
        ",\"revision\":null",
        ",\"revision\":\"1\"",
        ",\"salt\":null",
        ",\"salt\":\"\"",
        ",\"salt\":1",
        ",\"force\":\"v1\"",
        ",\"force\":\"v3\"",
        ",\"force\":null",
        ",\"allow_requested\":true",
        ",\"allow_requested\":null",
        ",\"allow_requested\":1",
        ",\"shadow\":\"5%\"",
        ",\"shadow\":null",
        ",\"shadow\":5",
        ",\"pins\":{}",
        ",\"pins\":null",
        ",\"pins\":[]",
        ",\"pins\":{\"v1\":[]}",
        ",\"pins\":{\"v2\":[\"a\",\"a\",\"\"]}",
        ",\"pins\":{\"v2\":[1]}",
        ",\"pins\":{\"v2\":null}",
        ",\"pins\":{\"v3\":[]}",
        ",\"releases_brake\":null",
        ",\"releases_brake\":3",
        ",\"releases_brake\":-3",
        ",\"releases_brake\":\"3\"",
        ",\"Share\":\"1%\"",
    ]
    .map(document)
    .to_vec();
    for share in [
        "0%",
        "100%",
        "100.0000%",
        "100.00000%",
        "100.0001%",
        "099.9999%",
        "99.99999%",
        "101%",
        "1000%",
        "0100%",
        "12.5%",
        ".5%",
        "5.%",
        "5",
        "%",
        "",
        "-1%",
        "+1%",
        " 5%",
        "5 %",
        "5%\\n",
        "٥%",
        "1e1%",
        "0ppm",
        "1000000ppm",
        "1000001ppm",
        "0999999ppm",
        "00999999ppm",
        "9999999ppm",
        "1.0ppm",
        "ppm",
        "5PPM",
        "000%",
        "001.5%",
        "0000%",
    ] {
        documents.push(format!("{{\"name\":\"a\",\"share\":\"{share}\"}}"));
        documents.push(document(&format!(",\"shadow\":\"{share}\"")));
    }
    documents.extend(
        [
            "{}",
            "[]",
            "{\"name\":\"a\"}",
            "{\"share\":\"1%\"}",
            "{\"name\":\"\",\"share\":\"1%\"}",
            "{\"name\":1,\"share\":\"1%\"}",
        ]
        .map(str::to_owned),
    );
    let mut taken = 0;
    for document in &documents {
        let accepted = Rollout::from_json(document.as_bytes()).is_ok();
        let value = serde_json::from_str(document).unwrap();
        assert_eq!(schema.is_valid(&value), accepted, "{document}");
        taken += usize::from(accepted);
    }
    assert!(taken >= 30 && documents.len() - taken >= 30, "{taken}");
    let written = Rollout::from_json(documents[1].as_bytes())
        .unwrap()
        .to_json();
    assert!(schema.is_valid(&serde_json::from_str(&written).unwrap()));
    // Beyond a schema.
    for document in [
        document(",\"pins\":{\"v1\":[\"a\"],\"v2\":[\"a\"]}"),
        document(",\"revision\":7.0"),
        document(",\"force\":\"v1\",\"force\":\"v2\""),
    ] {
        assert!(Rollout::from_json(document.as_bytes()).is_err());
        assert!(
            schema.is_valid(&serde_json::from_str(&document).unwrap()),
            "{document}"
        );
    }
}
