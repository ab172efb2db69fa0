//! One diagram over the time axis: its frame, its scale, its lines.

use std::fmt::{self, Write};

use super::bins::Bin;
use crate::summary::Grouped;

pub(super) const WIDTH: f64 = 960.0;
pub(super) const LEFT: f64 = 76.0;
pub(super) const RIGHT: f64 = 40.0;
pub(super) const V1: &str = "#5a6b7b";
pub(super) const V2: &str = "#d4540f";
pub(super) const EVIDENCE: &str = "#1f5fa8";
pub(super) const LIMIT: &str = "#b3261e";
pub(super) const INK: &str = "#1d232a";
pub(super) const FAINT: &str = "#6b7681";
const GRID: &str = "#e3e7eb";
const AXIS: &str = "#9aa5af";

/// Values over time: seconds, and the value where there is one.
pub(super) type Line = Vec<(f64, Option<f64>)>;

/// From where to where, and a round step between the grid's lines.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    step: f64,
    /// Of the decimal logarithm of what is shown.
    is_log: bool,
}

impl Scale {
    /// Ratios around 1, by their logarithm.
    pub(super) fn ratios() -> Self {
        Self {
            low: -1.0,
            high: 2.0,
            step: 1.0,
            is_log: true,
        }
    }

    /// Where a value is on the scale; what is beyond is at its end.
    fn place(&self, value: f64) -> f64 {
        let value = if self.is_log { value.log10() } else { value };
        value.clamp(self.low, self.high)
    }

    pub(super) fn over(series: &[&Line], lines: u32) -> Self {
        let all = || series.iter().flat_map(|line| line.iter());
        let all = || all().filter_map(|(_, value)| *value);
        let high = all().fold(0.0, f64::max).max(1e-9);
        let low = all().fold(0.0, f64::min);
        let step = round_step((high - low) / f64::from(lines));
        Self {
            low: (low / step).floor() * step,
            high: (high / step - 1e-9).ceil() * step,
            step,
            is_log: false,
        }
    }

    fn lines(&self) -> impl Iterator<Item = f64> {
        let (low, step) = (self.low, self.step);
        let count = ((self.high - low) / step).round() as u32;
        (0..=count).map(move |line| low + f64::from(line) * step)
    }
}

/// The next of 1, 2 and 5 times a power of ten.
pub(super) fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let digit = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|digit| digit * power >= step * 0.999);
    digit.unwrap_or(10.0) * power
}

pub(super) struct Panel {
    pub(super) top: f64,
    pub(super) height: f64,
    /// The last second of the time axis.
    pub(super) last: f64,
    pub(super) y: Scale,
}

impl Panel {
    pub(super) fn x(&self, second: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * second / self.last
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        let Scale { low, high, .. } = self.y;
        self.top + self.height * (high - self.y.place(value)) / (high - low)
    }

    pub(super) fn frame(&self, svg: &mut String, name: &str, unit: &str) -> fmt::Result {
        let right = WIDTH - RIGHT;
        writeln!(
            svg,
            r#"<text x="{LEFT}" y="{:.1}" font-weight="600">{name}</text>"#,
            self.top - 10.0
        )?;
        for line in self.y.lines() {
            let shown = if self.y.is_log {
                10_f64.powf(line)
            } else {
                line
            };
            let y = self.y(shown);
            let color = if line.abs() < self.y.step / 2.0 {
                AXIS
            } else {
                GRID
            };
            writeln!(
                svg,
                r#"<line x1="{LEFT}" y1="{y:.1}" x2="{right}" y2="{y:.1}" stroke="{color}"/>
<text x="{:.1}" y="{:.1}" text-anchor="end" fill="{FAINT}">{}{unit}</text>"#,
                LEFT - 8.0,
                y + 4.5,
                tidy(shown),
            )?;
        }
        Ok(())
    }

    pub(super) fn seconds(&self, svg: &mut String) -> fmt::Result {
        let step = round_step(self.last / 8.0).max(1.0);
        let y = self.top + self.height;
        let mut second = 0.0;
        while second <= self.last {
            let x = self.x(second);
            writeln!(
                svg,
                r#"<line x1="{x:.1}" y1="{y:.1}" x2="{x:.1}" y2="{:.1}" stroke="{AXIS}"/>
<text x="{x:.1}" y="{:.1}" text-anchor="middle" fill="{FAINT}">{}</text>"#,
                y + 5.0,
                y + 20.0,
                Grouped(second as u64),
            )?;
            second += step;
        }
        writeln!(
            svg,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="middle" fill="{FAINT}">seconds</text>"#,
            (LEFT + WIDTH - RIGHT) / 2.0,
            y + 40.0,
        )
    }

    pub(super) fn line(
        &self,
        svg: &mut String,
        line: &Line,
        color: &str,
        dashed: bool,
    ) -> fmt::Result {
        let mut path = String::new();
        let mut pen_down = false;
        for (second, value) in line {
            if let Some(value) = value {
                let verb = if pen_down { 'L' } else { 'M' };
                write!(path, "{verb}{:.1} {:.1}", self.x(*second), self.y(*value))?;
            }
            pen_down = value.is_some();
        }
        let dashes = if dashed {
            r#" stroke-dasharray="6 4""#
        } else {
            ""
        };
        stroke(svg, &path, color, dashes)
    }

    /// A level for each bin, and one stroke from level to level where a bin follows another.
    pub(super) fn steps(&self, svg: &mut String, bins: &[Bin], color: &str) -> fmt::Result {
        let mut path = String::new();
        let mut last = None;
        for &Bin { from, to, rate } in bins {
            let verb = if last == Some(from) { 'L' } else { 'M' };
            let (x, y) = (self.x(from), self.y(rate));
            write!(path, "{verb}{x:.1} {y:.1}H{:.1}", self.x(to))?;
            last = Some(to);
        }
        stroke(svg, &path, color, "")
    }

    /// A share holds until the next look, so it is drawn in steps, and filled: it is a part of a whole.
    pub(super) fn area(&self, svg: &mut String, line: &Line, color: &str) -> fmt::Result {
        let (zero, mut level) = (self.y(0.0), line.first().and_then(|(_, value)| *value));
        let mut path = format!("M{LEFT} {zero:.1}V{:.1}", self.y(level.unwrap_or(0.0)));
        for (second, value) in line {
            let x = self.x(*second);
            write!(path, "H{x:.1}")?;
            if *value != level {
                level = *value;
                write!(path, "V{:.1}", self.y(value.unwrap_or(0.0)))?;
            }
        }
        writeln!(
            svg,
            r#"<path d="{path}V{zero:.1}Z" fill="{color}" fill-opacity="0.22" stroke="{color}" stroke-width="1.5"/>"#
        )
    }

    /// The area between two lines, where there are both.
    pub(super) fn band(
        &self,
        svg: &mut String,
        lower: &Line,
        upper: &Line,
        color: &str,
    ) -> fmt::Result {
        let on_both = lower
            .iter()
            .zip(upper)
            .filter_map(|((second, low), (_, high))| {
                Some((self.x(*second), self.y((*low)?), self.y((*high)?)))
            });
        let both: Vec<(f64, f64, f64)> = on_both.collect();
        let there = both.iter().map(|(x, low, _)| (x, low));
        let back = both.iter().rev().map(|(x, _, high)| (x, high));
        let points: Vec<String> = there
            .chain(back)
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        writeln!(
            svg,
            r#"<polygon points="{}" fill="{color}" fill-opacity="0.18" stroke="none"/>"#,
            points.join(" ")
        )
    }
}

fn stroke(svg: &mut String, path: &str, color: &str, dashes: &str) -> fmt::Result {
    writeln!(
        svg,
        r#"<path d="{path}" fill="none" stroke="{color}" stroke-width="1.8" stroke-linejoin="round"{dashes}/>"#
    )
}

/// At most four decimals, and no zeros at the end.
pub(super) fn tidy(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_round_steps_and_hold_what_they_show() {
        for (step, round) in [
            (0.9, 1.0),
            (1.0, 1.0),
            (1.1, 2.0),
            (0.03, 0.05),
            (70.0, 100.0),
        ] {
            assert!((round_step(step) - round).abs() < 1e-12, "{step}");
        }
        let scale = Scale::over(
            &[&vec![(0.0, Some(-1.3)), (1.0, None), (2.0, Some(7.9))]],
            4,
        );
        assert_eq!((scale.low, scale.high, scale.step), (-5.0, 10.0, 5.0));
        assert_eq!(scale.lines().collect::<Vec<_>>(), [-5.0, 0.0, 5.0, 10.0]);
    }

    #[test]
    fn numbers_are_tidy() {
        let shown = [0.0, -0.0, 2.0, 0.5, 12.5, 1e-9].map(tidy);
        assert_eq!(shown, ["0", "0", "2", "0.5", "12.5", "0"]);
    }
}
