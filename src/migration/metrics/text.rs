//! The figures as text that Prometheus reads.

use std::fmt::{self, Write};

use super::{METRICS, Metrics, Sample, Value};

/// The text format of Prometheus, version 0.0.4 (`text/plain; version=0.0.4`): in the order of [`METRICS`].
impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for metric in METRICS {
            let mut samples = self
                .samples
                .iter()
                .filter(|sample| sample.metric.name == metric.name)
                .peekable();
            if samples.peek().is_some() {
                writeln!(f, "# HELP {} {}", metric.name, metric.help)?;
                writeln!(f, "# TYPE {} {}", metric.name, metric.kind.as_str())?;
            }
            for sample in samples {
                writeln!(f, "{sample}")?;
            }
        }
        Ok(())
    }
}

/// Names, labels and their values are words of ours: nothing in them needs an escape.
impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.metric.name, self.suffix)?;
        for (at, (label, value)) in self.labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            write!(f, "{before}{label}=\"{value}\"")?;
        }
        if !self.labels.is_empty() {
            f.write_char('}')?;
        }
        match self.value {
            Value::Count(count) => write!(f, " {count}"),
            Value::Figure(f64::INFINITY) => f.write_str(" +Inf"),
            Value::Figure(figure) => write!(f, " {figure}"),
        }
    }
}
