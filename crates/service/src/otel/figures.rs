//! The figures of `/metrics` for OpenTelemetry: read off that very text, so that the two can't disagree.
//!
//! Counters and gauges keep their names and labels. The histogram and the summary of the latency stay out: OpenTelemetry has a
//! histogram of its own (`request.rs`), and quantiles of several processes can't be added up. So does a gauge while it is
//! not known or infinite: collectors do with those what they like.

use std::collections::BTreeMap;
use std::sync::Arc;

use cutover::migration::metrics::METRICS;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};

use crate::app::App;
use crate::metrics::text;

/// Registers an instrument for each counter and gauge. They are asked at each export, by the exporter's thread.
pub(super) fn export(app: &Arc<App>, meter: &Meter) {
    for (name, (kind, help)) in families(&text(app)) {
        let app = Arc::clone(app);
        let metric = name.clone();
        let observe = move |instrument: &dyn AsyncInstrument<f64>| {
            for (value, labels) in samples(&text(&app), &metric) {
                instrument.observe(value, &labels);
            }
        };
        match &*kind {
            "counter" => drop(
                meter
                    .f64_observable_counter(name)
                    .with_description(help)
                    .with_callback(observe)
                    .build(),
            ),
            "gauge" => drop(
                meter
                    .f64_observable_gauge(name)
                    .with_description(help)
                    .with_callback(observe)
                    .build(),
            ),
            _ => {}
        }
    }
}

/// Kind and help of each metric by name: those of the text, and those that the library may have later.
fn families(text: &str) -> BTreeMap<String, (String, String)> {
    let mut families: BTreeMap<_, _> = METRICS
        .iter()
        .map(|metric| {
            let about = (metric.kind.as_str().to_owned(), metric.help.to_owned());
            (metric.name.to_owned(), about)
        })
        .collect();
    for line in text.lines() {
        if let Some((name, help)) = line
            .strip_prefix("# HELP ")
            .and_then(|line| line.split_once(' '))
        {
            families.entry(name.to_owned()).or_default().1 = help.to_owned();
        }
        if let Some((name, kind)) = line
            .strip_prefix("# TYPE ")
            .and_then(|line| line.split_once(' '))
        {
            families.entry(name.to_owned()).or_default().0 = kind.to_owned();
        }
    }
    families
}

/// The samples of a metric: values with their labels. The text is ours: no label's value has a comma or a quote in it.
fn samples(text: &str, metric: &str) -> Vec<(f64, Vec<KeyValue>)> {
    let sample = |line: &str| {
        let (sample, value) = line.rsplit_once(' ')?;
        let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
        if name != metric {
            return None;
        }
        let label = |label: &str| {
            let (key, value) = label.split_once('=')?;
            Some(KeyValue::new(
                key.to_owned(),
                value.trim_matches('"').to_owned(),
            ))
        };
        let labels = labels.trim_end_matches('}').split(',');
        let value = value.parse().ok().filter(|value: &f64| value.is_finite())?;
        Some((value, labels.filter_map(label).collect()))
    };
    text.lines().filter_map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# HELP a_total Of a.\n# TYPE a_total counter\na_total{route=\"/x/{id}\",status=\"201\"} 7\n\
                        a_total{route=\"other\",status=\"404\"} 1\n# HELP a A.\n# TYPE a gauge\na -0.5\n\
                        c NaN\nd +Inf\n";

    #[test]
    fn samples_are_read_with_their_labels() {
        let label = |key, value| KeyValue::new(key, value);
        assert_eq!(
            samples(TEXT, "a_total"),
            [
                (7.0, vec![label("route", "/x/{id}"), label("status", "201")]),
                (1.0, vec![label("route", "other"), label("status", "404")]),
            ]
        );
        assert_eq!(samples(TEXT, "a"), [(-0.5, vec![])]);
        for unknown in ["b", "c", "d"] {
            assert!(samples(TEXT, unknown).is_empty());
        }
    }

    #[test]
    fn what_is_not_in_the_text_yet_is_known_as_well() {
        let families = families(TEXT);
        assert_eq!(
            families["a_total"],
            ("counter".to_owned(), "Of a.".to_owned())
        );
        assert_eq!(families["cutover_guard_alpha"].0, "gauge");
    }
}
