//! A run as a drawing: the share, the error rates and the wealth over time, one above the other.

use std::fmt::{self, Write};

use cutover::{Error, Share};

use crate::summary::Grouped;

use super::model::Model;
use super::run::{Look, RolledBack, Served, Watcher, play};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 92.0;
const GAP: f64 = 44.0;
const HEIGHTS: [f64; 3] = [84.0, 190.0, 190.0];
const BOTTOM: f64 = 56.0;

/// Errors are rare, so a rate is of the requests of so many seconds: at 10 % and 2 % an error every 5 s.
const WINDOW: usize = 30;

const V1: &str = "#5a6b7b";
const V2: &str = "#d4540f";
const WEALTH: &str = "#1f5fa8";
const LIMIT: &str = "#b3261e";
const INK: &str = "#1d232a";
const FAINT: &str = "#6b7681";
const GRID: &str = "#e3e7eb";

/// Plays the run again and draws it. It goes on for a while after a rollback, to show that v2 gets nothing more.
pub(super) fn draw(model: &Model, seed: u64, number: u64) -> Result<String, Error> {
    let mut looks = Looks(Vec::new());
    let rolled_back = play(model, seed, number, &mut looks)?;
    let mut svg = String::new();
    // Writing into a string can't fail.
    let _ = drawing(&mut svg, model, number, &looks.0, rolled_back.as_ref());
    Ok(svg)
}

struct Looks(Vec<Look>);

impl Watcher for Looks {
    fn looked(&mut self, look: impl FnOnce() -> Look) {
        self.0.push(look());
    }

    fn goes_on(&self, second: u64, now: u64) -> bool {
        now < second + (second / 3).max(WINDOW as u64)
    }
}

fn drawing(
    svg: &mut String,
    model: &Model,
    number: u64,
    looks: &[Look],
    rolled_back: Option<&RolledBack>,
) -> fmt::Result {
    let height = TOP + HEIGHTS.iter().sum::<f64>() + 2.0 * GAP + BOTTOM;
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="{INK}">
<rect width="{WIDTH}" height="{height}" fill="white"/>"#
    )?;
    titles(svg, model, number, rolled_back)?;

    let last = looks.last().map_or(1, |look| look.second.max(1)) as f64;
    let rates = [0, 1].map(|version| rates(looks, version));
    let wealth: Vec<Option<f64>> = looks
        .iter()
        .map(|look| look.nearest.map(|(ln_w, ..)| ln_w))
        .collect();
    // Where there is no wealth there is nothing to hold against a limit: after the brake the next epoch has another.
    let limit: Vec<Option<f64>> = looks
        .iter()
        .map(|look| look.nearest.map(|(_, limit, _)| limit))
        .collect();
    let share: Vec<Option<f64>> = looks.iter().map(|look| Some(percent(look.share))).collect();

    let [share_y, rates_y, wealth_y] = [
        Scale::over(&[&share], 2),
        Scale::over(&[&rates[0], &rates[1]], 4),
        Scale::over(&[&wealth, &limit], 5),
    ];
    let mut top = TOP;
    let mut panels = Vec::new();
    for (y, height) in [share_y, rates_y, wealth_y].into_iter().zip(HEIGHTS) {
        panels.push(Panel {
            top,
            height,
            last,
            y,
        });
        top += height + GAP;
    }
    let names = [
        "v2's share of the users".to_owned(),
        format!(
            r#"error rate of <tspan fill="{V2}">v2</tspan> and <tspan fill="{V1}">v1</tspan>, in the last {WINDOW} s"#
        ),
        format!(r#"evidence that v2 is worse, <tspan fill="{WEALTH}">ln W</tspan>"#),
    ];
    for ((panel, name), unit) in panels.iter().zip(names).zip([" %", " %", ""]) {
        panel.frame(svg, &name, unit)?;
    }
    if let [share_panel, rates_panel, wealth_panel] = &panels[..] {
        share_panel.step(svg, &share)?;
        rates_panel.line(svg, &rates[0], V1, "")?;
        rates_panel.line(svg, &rates[1], V2, "")?;
        wealth_panel.line(svg, &limit, LIMIT, r#" stroke-dasharray="6 4""#)?;
        wealth_panel.line(svg, &wealth, WEALTH, "")?;
        if let Some(limit) = limit.iter().flatten().next() {
            wealth_panel.limit(svg, *limit)?;
        }
        wealth_panel.seconds(svg)?;
        if let Some(end) = rolled_back {
            marker(svg, share_panel, wealth_panel, end)?;
        }
    }
    svg.write_str("</svg>\n")
}

fn titles(
    svg: &mut String,
    model: &Model,
    number: u64,
    rolled_back: Option<&RolledBack>,
) -> fmt::Result {
    let headline = match rolled_back {
        Some(end) => format!(
            "Rolled back after {} s: {} requests, {} errors of v2",
            end.second,
            Grouped(end.requests),
            Grouped(end.v2_errors)
        ),
        None => format!("Not rolled back in {} requests", Grouped(model.requests)),
    };
    let retries = match model.retries {
        0 => String::new(),
        retries => format!(", {retries} retries after each error"),
    };
    writeln!(
        svg,
        r#"<text x="{LEFT}" y="34" font-size="20" font-weight="600">{headline}</text>
<text x="{LEFT}" y="56" fill="{FAINT}">v2 at {}; v1 errs at {} %, v2 at {} %{retries}; α = {}; the median run (number {number})</text>"#,
        Shares(&model.shares),
        tidy(100.0 * model.v1_error),
        tidy(100.0 * model.v2_error),
        model.alpha,
    )
}

/// The shares, one after the other.
struct Shares<'a>(&'a [Share]);

impl fmt::Display for Shares<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, share) in self.0.iter().enumerate() {
            write!(f, "{}{share}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// The line that crosses all panels where the brake was pulled, with its name beside it.
fn marker(svg: &mut String, first: &Panel, last: &Panel, end: &RolledBack) -> fmt::Result {
    let x = first.x(end.second as f64);
    let (top, bottom) = (first.top - 8.0, last.top + last.height);
    let y = first.top + 14.0;
    let (side, anchor) = if x < WIDTH - RIGHT - 130.0 {
        (8.0, "start")
    } else {
        (-8.0, "end")
    };
    writeln!(
        svg,
        r#"<line x1="{x:.1}" y1="{top:.1}" x2="{x:.1}" y2="{bottom:.1}" stroke="{INK}" stroke-width="1.2"/>
<path d="M{x:.1} {top:.1} l-5 -7 h10 z" fill="{INK}"/>
<text x="{:.1}" y="{y:.1}" text-anchor="{anchor}" font-weight="600">brake: all on v1</text>"#,
        x + side,
    )
}

/// The rate of each second over the window that ends there, in percent; `None` where there were no requests.
fn rates(looks: &[Look], version: usize) -> Vec<Option<f64>> {
    let served = |at: usize| -> Served {
        looks
            .get(at)
            .and_then(|look| look.so_far.get(version))
            .copied()
            .unwrap_or_default()
    };
    // The first seconds know too few requests, and their leaps would set the scale.
    let settled = WINDOW.min(looks.len() / 4);
    (0..looks.len())
        .map(|at| {
            let (now, then) = (served(at), served(at.saturating_sub(WINDOW)));
            // A version that serves nobody any more has no rate, whatever it did in the window before.
            let idle = at == 0 || served(at - 1).requests == now.requests || at < settled;
            let requests = now.requests - then.requests;
            (!idle).then(|| 100.0 * (now.errors - then.errors) as f64 / requests as f64)
        })
        .collect()
}

/// From where to where, and a round step between the grid's lines.
#[derive(Clone, Copy)]
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    fn over(series: &[&Vec<Option<f64>>], lines: u32) -> Self {
        let all = || series.iter().flat_map(|values| values.iter().flatten());
        let high = all().copied().fold(0.0, f64::max).max(1e-9);
        let low = all().copied().fold(0.0, f64::min);
        let step = round_step((high - low) / f64::from(lines));
        Self {
            low: (low / step).floor() * step,
            high: (high / step - 1e-9).ceil() * step,
            step,
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

struct Panel {
    top: f64,
    height: f64,
    /// The last second of the time axis.
    last: f64,
    y: Scale,
}

impl Panel {
    fn x(&self, second: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * second / self.last
    }

    fn y(&self, value: f64) -> f64 {
        let Scale { low, high, .. } = self.y;
        self.top + self.height * (high - value) / (high - low)
    }

    fn frame(&self, svg: &mut String, name: &str, unit: &str) -> fmt::Result {
        let right = WIDTH - RIGHT;
        writeln!(
            svg,
            r#"<text x="{LEFT}" y="{:.1}" font-weight="600">{name}</text>"#,
            self.top - 10.0
        )?;
        for line in self.y.lines() {
            let y = self.y(line);
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
                tidy(line),
            )?;
        }
        Ok(())
    }

    fn seconds(&self, svg: &mut String) -> fmt::Result {
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

    fn line(
        &self,
        svg: &mut String,
        values: &[Option<f64>],
        color: &str,
        dashes: &str,
    ) -> fmt::Result {
        let mut path = String::new();
        let mut pen_down = false;
        for (second, value) in values.iter().enumerate() {
            if let Some(value) = value {
                let verb = if pen_down { 'L' } else { 'M' };
                let (x, y) = (self.x(second as f64), self.y(*value));
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
    fn step(&self, svg: &mut String, values: &[Option<f64>]) -> fmt::Result {
        let zero = self.y(0.0);
        let mut path = format!("M{LEFT} {zero:.1}");
        for (second, value) in values.iter().enumerate() {
            let x = self.x(second as f64);
            write!(path, "H{x:.1}V{:.1}", self.y(value.unwrap_or(0.0)))?;
        }
        writeln!(
            svg,
            r#"<path d="{path}V{zero:.1}Z" fill="{V2}" fill-opacity="0.22" stroke="{V2}" stroke-width="1.5"/>"#
        )
    }

    /// What the limit is, below its line, where the wealth comes last.
    fn limit(&self, svg: &mut String, limit: f64) -> fmt::Result {
        writeln!(
            svg,
            r#"<text x="{:.1}" y="{:.1}" fill="{LIMIT}" font-weight="600">roll back from {limit:.2} on</text>"#,
            LEFT + 8.0,
            self.y(limit) + 17.0,
        )
    }
}

fn percent(share: Share) -> f64 {
    f64::from(share.as_ppm()) / 10_000.0
}

/// At most four decimals, and no zeros at the end.
fn tidy(number: f64) -> String {
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
