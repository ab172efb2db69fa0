//! The service's own figures are those that the documentation lists, word for word.

use crate::common;

#[tokio::test]
async fn the_documentation_has_the_service_s_figures() {
    let service = common::start(|_| {}).await;
    let url = format!("http://{}/metrics", service.address);
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let described: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP ")?.split_once(' '))
        .filter(|(name, _)| name.starts_with("cutover_service_"))
        .collect();
    let page = include_str!("../../../../docs/metrics.md");
    let documented: Vec<(&str, &str)> = page
        .lines()
        .filter(|line| line.starts_with("| `cutover_service_"))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`'), cells[4])
        })
        .collect();
    assert!(!described.is_empty());
    assert_eq!(documented, described);
    service.stop().await;
}
