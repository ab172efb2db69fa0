//! A run as a drawing: the share, the error rates, the evidence and what it says, over time, one above the other.

use std::fmt::{self, Write};

use cutover::migration::Bet;
use cutover::{Error, Share};

use crate::summary::Grouped;

use super::bins::rates;
use super::model::Model;
use super::panel::{
    EVIDENCE, FAINT, INK, LEFT, LIMIT, Line, Panel, RIGHT, Scale, V1, V2, WIDTH, tidy,
};
use super::run::{Found, Look, RolledBack, Watcher, play};

const TOP: f64 = 92.0;
const GAP: f64 = 44.0;
const HEIGHTS: [f64; 4] = [70.0, 150.0, 170.0, 150.0];
const BOTTOM: f64 = 56.0;
/// A run is drawn as so many points at most.
const POINTS: usize = 480;
/// Evidence below this is drawn here: how strongly nothing speaks against v2 is not to be read off.
const LEAST_EVIDENCE: f64 = -5.0;
/// The drawing goes on for so many seconds after a rollback, to show that v2 gets nothing more.
const AFTERWARDS: u64 = 20;

/// The same drawing for a dark page. A rule goes before an attribute, so each colour is given once more.
const DARK: &str = concat!(
    "<style>@media (prefers-color-scheme: dark) {",
    r##"[fill="white"]{fill:#14181d}[fill="#1d232a"]{fill:#e6e9ec}[stroke="#1d232a"]{stroke:#e6e9ec}"##,
    r##"[fill="#6b7681"]{fill:#9aa5af}[stroke="#e3e7eb"]{stroke:#2b323a}[stroke="#9aa5af"]{stroke:#56616b}"##,
    r##"[stroke="#5a6b7b"]{stroke:#9fb0c0}[fill="#5a6b7b"]{fill:#9fb0c0}"##,
    r##"[stroke="#d4540f"]{stroke:#f08a4b}[fill="#d4540f"]{fill:#f08a4b}"##,
    r##"[stroke="#1f5fa8"]{stroke:#6aa9ee}[fill="#1f5fa8"]{fill:#6aa9ee}"##,
    r##"[stroke="#b3261e"]{stroke:#ff8a80}[fill="#b3261e"]{fill:#ff8a80}"##,
    "}</style>\n"
);

/// Plays the run again and draws it.
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
    fn looked(&mut self, _: u64, look: impl FnOnce() -> Look) {
        self.0.push(look());
    }

    fn goes_on(&self, second: u64, now: u64) -> bool {
        now < second + (second / 5).max(AFTERWARDS)
    }
}

fn drawing(
    svg: &mut String,
    model: &Model,
    number: u64,
    looks: &[Look],
    rolled_back: Option<&RolledBack>,
) -> fmt::Result {
    let height = TOP + HEIGHTS.iter().sum::<f64>() + 3.0 * GAP + BOTTOM;
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="{INK}">
{DARK}<rect width="{WIDTH}" height="{height}" fill="white"/>"#
    )?;
    titles(svg, model, number, rolled_back)?;

    let bet = shown_bet(looks, rolled_back);
    let points = points(looks, rolled_back);
    let over_time = |value: &dyn Fn(&Look) -> Option<f64>| -> Line {
        let point = |look: &&Look| (look.second as f64, value(look));
        points.iter().map(point).collect()
    };
    let found = |value: &dyn Fn(&Found) -> Option<f64>| {
        over_time(&|look| {
            look.bets
                .iter()
                .find(|found| found.bet == bet)
                .and_then(value)
        })
    };
    let share = over_time(&|look| Some(percent(look.share)));
    let [v1, v2] = [0, 1].map(|version| rates(looks, version));
    let highest = v1.iter().chain(&v2).map(|bin| (bin.to, Some(bin.rate)));
    let evidence = found(&|found| Some(found.ln_w.max(LEAST_EVIDENCE)));
    let limit = found(&|found| Some(found.limit));
    // At 100 % a bet speaks of v2's failure rate, else of how many times v1's errors v2 makes.
    let absolute = bet == Bet::Absolute;
    let unit = if absolute { 100.0 } else { 1.0 };
    let lower = found(&|found| Some(unit * found.bounds.lower));
    let upper = found(&|found| Some(unit * found.bounds.upper.unwrap_or(f64::INFINITY)));
    let estimate = found(&|found| found.bounds.estimate.map(|value| unit * value));
    let estimate = if absolute {
        estimate
    } else {
        above_zero(estimate)
    };
    let tolerated = found(&|found| Some(found.tolerated_rate.map_or(1.0, |rate| unit * rate)));

    let last = looks.last().map_or(1, |look| look.second.max(1)) as f64;
    let scales = [
        Scale::over(&[&share], 2),
        Scale::over(&[&highest.collect()], 4),
        Scale::over(&[&evidence, &limit], 5),
        if absolute {
            Scale::over(&[&lower, &estimate, &tolerated], 4)
        } else {
            Scale::ratios()
        },
    ];
    let mut top = TOP;
    let panels = [0, 1, 2, 3].map(|at: usize| {
        let (y, height) = (scales[at], HEIGHTS[at]);
        let panel = Panel {
            top,
            height,
            last,
            y,
        };
        top += height + GAP;
        panel
    });
    let said = match bet {
        Bet::Absolute => "v2's failure rate",
        Bet::Failure => "how many times v1's failures v2 has",
        Bet::Slow => "how many times v1's slow requests v2 has",
        _ => "how many times v1's errors v2 has",
    };
    let names = [
        "v2's share".to_owned(),
        format!(r#"error rate of <tspan fill="{V2}">v2</tspan> and <tspan fill="{V1}">v1</tspan>"#),
        format!(
            r#"<tspan fill="{EVIDENCE}">evidence</tspan> against v2 (ln W) and <tspan fill="{LIMIT}">its limit</tspan>, bet "{bet}""#
        ),
        format!(
            r#"{said}: <tspan fill="{EVIDENCE}">estimate, and range with confidence 1 − α</tspan>; <tspan fill="{LIMIT}">tolerated</tspan>"#
        ),
    ];
    let units = [" %", " %", "", if absolute { " %" } else { " ×" }];
    for ((panel, name), unit) in panels.iter().zip(names).zip(units) {
        panel.frame(svg, &name, unit)?;
    }
    let [share_panel, rates_panel, evidence_panel, said_panel] = &panels;
    share_panel.area(svg, &share, V2)?;
    rates_panel.steps(svg, &v1, V1)?;
    rates_panel.steps(svg, &v2, V2)?;
    evidence_panel.line(svg, &limit, LIMIT, true)?;
    evidence_panel.line(svg, &evidence, EVIDENCE, false)?;
    said_panel.band(svg, &lower, &upper, EVIDENCE)?;
    said_panel.line(svg, &tolerated, LIMIT, true)?;
    said_panel.line(svg, &estimate, EVIDENCE, false)?;
    said_panel.seconds(svg)?;
    if let Some(end) = rolled_back {
        marker(svg, share_panel, said_panel, end)?;
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
            Grouped(end.second),
            Grouped(end.requests),
            Grouped(end.v2_errors)
        ),
        None => format!("Not rolled back in {} requests", Grouped(model.requests)),
    };
    let broken = match model.break_at {
        0 => String::new(),
        n => format!(" from request {} on", Grouped(n)),
    };
    let retries = match model.retries {
        0 => String::new(),
        retries => format!("; {retries} retries after an error"),
    };
    writeln!(
        svg,
        r#"<text x="{LEFT}" y="34" font-size="20" font-weight="600">{headline}</text>
<text x="{LEFT}" y="56" fill="{FAINT}">v2 at {}; error rate of v1 {} %, of v2 {} %{broken}{retries}; α = {}; the median run, number {number}</text>"#,
        Shares(&model.share),
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
    let y = first.top - 10.0;
    let (side, anchor) = if x < WIDTH - RIGHT - 150.0 {
        (8.0, "start")
    } else {
        (-8.0, "end")
    };
    writeln!(
        svg,
        r#"<line x1="{x:.1}" y1="{top:.1}" x2="{x:.1}" y2="{bottom:.1}" stroke="{INK}" stroke-width="1.2"/>
<path d="M{x:.1} {top:.1} l-5 -7 h10 z" fill="{INK}"/>
<text x="{:.1}" y="{y:.1}" text-anchor="{anchor}" font-weight="600">rolled back: all on v1</text>"#,
        x + side,
    )
}

/// The bet that rolled back; without a rollback the one that came nearest its limit.
fn shown_bet(looks: &[Look], rolled_back: Option<&RolledBack>) -> Bet {
    let won = rolled_back.and_then(|end| end.verdict.bets.iter().find(|report| report.is_won()));
    let all = looks.iter().flat_map(|look| &look.bets);
    let nearest = || all.max_by(|a, b| (a.ln_w - a.limit).total_cmp(&(b.ln_w - b.limit)));
    won.map(|report| report.bet)
        .or_else(|| nearest().map(|found| found.bet))
        .unwrap_or(Bet::Error)
}

/// Which looks are drawn: all, or as many as there is room for, and always the last and the one that rolled back.
fn points<'a>(looks: &'a [Look], rolled_back: Option<&RolledBack>) -> Vec<&'a Look> {
    let every = looks.len().div_ceil(POINTS).max(1);
    let last = looks.len().saturating_sub(1);
    let is_end = |look: &Look| rolled_back.is_some_and(|end| end.second == look.second);
    let shown = |(at, look): &(usize, &Look)| at % every == 0 || *at == last || is_end(look);
    let looks = looks.iter().enumerate();
    looks.filter(shown).map(|(_, look)| look).collect()
}

/// Without the points that a logarithmic scale can't have.
fn above_zero(line: Line) -> Line {
    let keep = |(second, value): (f64, Option<f64>)| (second, value.filter(|value| *value > 0.0));
    line.into_iter().map(keep).collect()
}

fn percent(share: Share) -> f64 {
    f64::from(share.as_ppm()) / 10_000.0
}
