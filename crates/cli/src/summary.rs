//! What became of the lines, counted, and the table that says so at the end.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::styling::Style;

use crate::envelope::LineCode;
use crate::exit::{self, FailOn};
use crate::style::{BAD, WARNING};

/// Counts of one run.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    lines: u64,
    kinds: &'static [&'static str],
    counts: [u64; 2],
    /// By first error; `None` where a command has no rejections to speak of.
    rejected: Option<BTreeMap<String, u64>>,
    errors: BTreeMap<LineCode, u64>,
}

impl Tally {
    /// A tally of lines of these kinds, at most two, such as `["v1", "v2"]`.
    pub(crate) fn of(kinds: &'static [&'static str]) -> Self {
        Self {
            lines: 0,
            kinds,
            counts: [0; 2],
            rejected: None,
            errors: BTreeMap::new(),
        }
    }

    /// One that counts rejected payloads, too.
    pub(crate) fn with_rejections(self) -> Self {
        Self {
            rejected: Some(BTreeMap::new()),
            ..self
        }
    }

    /// A line was handled.
    pub(crate) fn handled(&mut self) {
        self.lines += 1;
    }

    /// The line is of the kind with this index.
    pub(crate) fn kind(&mut self, index: usize) {
        self.counts[index] += 1;
    }

    /// The line's payload was rejected, first of all with this code.
    pub(crate) fn rejected(&mut self, code: &str) {
        let codes = self.rejected.get_or_insert_default();
        match codes.get_mut(code) {
            Some(count) => *count += 1,
            None => drop(codes.insert(code.to_owned(), 1)),
        }
    }

    /// A line could not be handled.
    pub(crate) fn error(&mut self, code: LineCode) {
        self.lines += 1;
        *self.errors.entry(code).or_default() += 1;
    }

    /// Adds what another part of the run counted.
    pub(crate) fn add(&mut self, part: Self) {
        self.lines += part.lines;
        for (count, more) in self.counts.iter_mut().zip(part.counts) {
            *count += more;
        }
        for (code, count) in part.rejected.unwrap_or_default() {
            *self
                .rejected
                .get_or_insert_default()
                .entry(code)
                .or_default() += count;
        }
        for (code, count) in part.errors {
            *self.errors.entry(code).or_default() += count;
        }
    }

    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// 1 when a line could not be handled, 3 when there is one to fail on, else 0.
    pub(crate) fn exit_code(&self, fail_on: FailOn) -> ExitCode {
        let codes = self.rejected.as_ref();
        let rejected = codes.is_some_and(|codes| !codes.is_empty());
        let found = match fail_on {
            FailOn::Rejected => rejected,
            FailOn::Different => {
                let mut kinds = self.kinds.iter().zip(self.counts);
                // What is rejected is equivalent to nothing.
                rejected || kinds.any(|(kind, count)| *kind == fail_on.as_str() && count > 0)
            }
            FailOn::None => false,
        };
        match (self.errors.is_empty(), found) {
            (false, _) => ExitCode::FAILURE,
            (true, true) => ExitCode::from(exit::NO),
            (true, false) => ExitCode::SUCCESS,
        }
    }

    /// The table.
    pub(crate) fn table(&self, took: Duration) -> String {
        let mut rows = vec![Row::total("lines", self.lines, self.lines)];
        for (kind, count) in self.kinds.iter().zip(self.counts) {
            rows.push(Row::part(kind, count, self.lines));
        }
        if let Some(rejected) = &self.rejected {
            let codes = rejected.iter().map(|(code, count)| (&**code, *count));
            self.group(&mut rows, "rejected", WARNING, codes);
        }
        let errors = self
            .errors
            .iter()
            .map(|(code, count)| (code.as_str(), *count));
        self.group(&mut rows, "line errors", BAD, errors);
        let seconds = took.as_secs_f64();
        rows.push(Row {
            label: "lines a second".to_owned(),
            count: (self.lines as f64 / seconds.max(1e-9)) as u64,
            note: format!("in {seconds:.3} s"),
            style: Style::new(),
        });
        print(&rows)
    }

    /// A heading with its sum and, most frequent first, its parts.
    fn group<'a>(
        &self,
        rows: &mut Vec<Row>,
        heading: &str,
        style: Style,
        parts: impl Iterator<Item = (&'a str, u64)>,
    ) {
        let mut parts: Vec<_> = parts.collect();
        parts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        let sum = parts.iter().map(|part| part.1).sum();
        rows.push(Row {
            style: if sum > 0 { style } else { Style::new() },
            ..Row::total(heading, sum, self.lines)
        });
        rows.extend(
            parts
                .into_iter()
                // A definition may name codes as it likes.
                .map(|(code, count)| {
                    Row::part(&code.escape_debug().to_string(), count, self.lines)
                }),
        );
    }
}

struct Row {
    label: String,
    count: u64,
    note: String,
    /// The label's.
    style: Style,
}

impl Row {
    fn total(label: &str, count: u64, of: u64) -> Self {
        let part = count != of && count > 0;
        let note = if part {
            percent(count, of)
        } else {
            String::new()
        };
        Self {
            label: label.to_owned(),
            count,
            note,
            style: Style::new(),
        }
    }

    fn part(label: &str, count: u64, of: u64) -> Self {
        let note = if count > 0 {
            percent(count, of)
        } else {
            String::new()
        };
        Self {
            label: format!("  {label}"),
            count,
            note,
            style: Style::new(),
        }
    }
}

fn percent(count: u64, of: u64) -> String {
    format!("{:.1} %", 100.0 * count as f64 / of as f64)
}

fn print(rows: &[Row]) -> String {
    let label = rows.iter().map(|row| row.label.len()).max().unwrap_or(0);
    let count = rows
        .iter()
        .map(|row| Grouped(row.count).to_string().len())
        .max()
        .unwrap_or(0);
    let mut table = String::new();
    for row in rows {
        let digits = Grouped(row.count).to_string();
        let style = row.style;
        let figures = format!("{digits:>count$}  {:>7}", row.note);
        let _ = writeln!(
            table,
            "{style}{:label$}{style:#}  {}",
            row.label,
            figures.trim_end()
        );
    }
    table
}

/// A count with a comma every three digits: 1,042.
pub(crate) struct Grouped(pub(crate) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        let shown: Vec<_> = [0, 999, 1_000, 123_456, 1_000_000]
            .map(|count| Grouped(count).to_string())
            .into();
        assert_eq!(shown, ["0", "999", "1,000", "123,456", "1,000,000"]);
    }

    #[test]
    fn the_table_is_aligned_and_ordered_by_count() {
        let mut tally = Tally::of(&["v1", "v2"]).with_rejections();
        for line in 0..2_000 {
            tally.kind(usize::from(line % 10 == 0));
            tally.handled();
        }
        tally.rejected("required");
        tally.rejected("too_long");
        tally.rejected("too_long");
        tally.error(LineCode::MalformedJson);
        let expected = "\
lines             2,001
  v1              1,800   90.0 %
  v2                200   10.0 %
rejected              3    0.1 %
  too_long            2    0.1 %
  required            1    0.0 %
line errors           1    0.0 %
  malformed_json      1    0.0 %
lines a second    1,000  in 2.001 s
";
        let table = tally.table(Duration::from_millis(2_001));
        assert_eq!(strip_str(&table).to_string(), expected);
        assert!(table.contains("\x1b"), "{table:?}");
    }

    #[test]
    fn nothing_handled_is_a_table_too() {
        let tally = Tally::of(&["valid"]);
        let table = tally.table(Duration::ZERO);
        assert!(
            table.starts_with("lines           0\n  valid         0\n"),
            "{table}"
        );
    }
}
