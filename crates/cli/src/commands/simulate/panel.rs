//! One diagram over the time axis: its frame, its scale, its lines.

use std::fmt::{self, Write};

pub(super) const WIDTH: f64 = 960.0;
pub(super) const LEFT: f64 = 76.0;
pub(super) const RIGHT: f64 = 40.0;
pub(super) const V1: &str = "#5a6b7b";
pub(super) const V2: &str = "#d4540f";
pub(super) const WEALTH: &str = "#1f5fa8";
pub(super) const LIMIT: &str = "#b3261e";
pub(super) const INK: &str = "#1d232a";
pub(super) const FAINT: &str = "#6b7681";
pub(super) const GRID: &str = "#e3e7eb";

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

    pub(super) fn over(series: &[&Vec<Option<f64>>], lines: u32) -> Self {
        let all = || series.iter().flat_map(|values| values.iter().flatten());
        let high = all().copied().fold(0.0, f64::max).max(1e-9);
        let low = all().copied().fold(0.0, f64::min);
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
fn round_step(step: f64) -> f64 {
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
                "#9aa5af"
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
                r##"<line x1="{x:.1}" y1="{y:.1}" x2="{x:.1}" y2="{:.1}" stroke="#9aa5af"/>
<text x="{x:.1}" y="{:.1}" text-anchor="middle" fill="{FAINT}">{second}</text>"##,
                y + 5.0,
                y + 20.0,
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
        seconds: &[f64],
        values: &[Option<f64>],
        color: &str,
        dashes: &str,
    ) -> fmt::Result {
        let mut path = String::new();
        let mut pen_down = false;
        for (second, value) in seconds.iter().zip(values) {
            if let Some(value) = value {
                let verb = if pen_down { 'L' } else { 'M' };
                let (x, y) = (self.x(*second), self.y(*value));
                write!(path, "{verb}{x:.1} {y:.1}")?;
            }
            pen_down = value.is_some();
        }
        writeln!(
            svg,
            r#"<path d="{path}" fill="none" stroke="{color}" stroke-width="1.8" stroke-linejoin="round"{dashes}/>"#
        )
    }

    /// A share holds until the next look, so it is drawn in steps, and filled: it is a part of a whole.
    pub(super) fn step(
        &self,
        svg: &mut String,
        seconds: &[f64],
        values: &[Option<f64>],
    ) -> fmt::Result {
        let zero = self.y(0.0);
        let mut path = format!("M{LEFT} {zero:.1}");
        for (second, value) in seconds.iter().zip(values) {
            let x = self.x(*second);
            write!(path, "H{x:.1}V{:.1}", self.y(value.unwrap_or(0.0)))?;
        }
        writeln!(
            svg,
            r#"<path d="{path}V{zero:.1}Z" fill="{V2}" fill-opacity="0.22" stroke="{V2}" stroke-width="1.5"/>"#
        )
    }

    /// The area between two lines, where there are both.
    pub(super) fn band(
        &self,
        svg: &mut String,
        seconds: &[f64],
        bounds: &[Option<(f64, f64)>],
        color: &str,
    ) -> fmt::Result {
        let known: Vec<(f64, (f64, f64))> = seconds
            .iter()
            .zip(bounds)
            .filter_map(|(second, bounds)| Some((self.x(*second), (*bounds)?)))
            .collect();
        let lower = known.iter().map(|(x, (low, _))| (x, self.y(*low)));
        let upper = known.iter().rev().map(|(x, (_, high))| (x, self.y(*high)));
        let points: Vec<String> = lower
            .chain(upper)
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        writeln!(
            svg,
            r#"<polygon points="{}" fill="{color}" fill-opacity="0.18" stroke="none"/>"#,
            points.join(" ")
        )
    }
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
        let scale = Scale::over(&[&vec![Some(-1.3), None, Some(7.9)]], 4);
        assert_eq!((scale.low, scale.high, scale.step), (-5.0, 10.0, 5.0));
        assert_eq!(scale.lines().collect::<Vec<_>>(), [-5.0, 0.0, 5.0, 10.0]);
    }

    #[test]
    fn numbers_are_tidy() {
        let shown = [0.0, -0.0, 2.0, 0.5, 12.5, 1e-9].map(tidy);
        assert_eq!(shown, ["0", "0", "2", "0.5", "12.5", "0"]);
    }
}
