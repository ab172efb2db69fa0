//! The same figures for the `metrics` facade.

use ::metrics::{Label, counter, describe_counter, describe_gauge, describe_histogram, gauge};

use super::{Kind, METRICS, Metrics, Value};

impl Metrics {
    /// Gives the figures to the recorder of the `metrics` crate, as counters and gauges of the same names. A
    /// histogram becomes a counter for each bucket and for its count, and a gauge for its sum; a summary a gauge for each
    /// quantile and a counter of its count: the facade has no summaries, and takes no counts of buckets.
    pub fn publish(&self) {
        for sample in &self.samples {
            let labels: Vec<Label> = sample
                .labels
                .iter()
                .map(|&(key, value)| Label::from_static_parts(key, value))
                .collect();
            let name = format!("{}{}", sample.metric.name, sample.suffix);
            match sample.value {
                Value::Count(count) => counter!(name, labels).absolute(count),
                Value::Figure(figure) => gauge!(name, labels).set(figure),
            }
        }
    }

    /// Tells the recorder what the metrics mean. Once, after the recorder is installed.
    pub fn describe() {
        for metric in METRICS {
            match metric.kind {
                Kind::Counter => describe_counter!(metric.name, metric.help),
                Kind::Histogram => describe_histogram!(metric.name, metric.help),
                Kind::Gauge | Kind::Summary => describe_gauge!(metric.name, metric.help),
            }
        }
    }
}
