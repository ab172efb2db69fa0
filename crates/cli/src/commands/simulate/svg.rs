//! A run as a drawing: the share, the error rates, the evidence and what it says, over time, one above the other.

use std::fmt::{self, Write};

use cutover::{Error, Share};

use crate::summary::Grouped;

use super::model::Model;
use super::panel::{FAINT, INK, LEFT, LIMIT, Panel, RIGHT, Scale, V1, V2, WEALTH, WIDTH, tidy};
use super::run::{Look, RolledBack, Served, Watcher, play};

const TOP: f64 = 92.0;
const GAP: f64 = 44.0;
const HEIGHTS: [f64; 4] = [70.0, 150.0, 170.0, 150.0];
/// A run is drawn as so many points at most.
const POINTS: usize = 480;
/// Evidence below this is drawn here: how strongly nothing speaks against v2 is not to be read off.
const LEAST_EVIDENCE: f64 = -5.0;
const BOTTOM: f64 = 56.0;

/// Errors are rare, so a rate is of the requests of so many seconds: at 10 % and 2 % an error every 5 s.
const WINDOW: usize = 30;

/// Whoever reads in the dark gets the same in colours for it: rules go before attributes.
const DARK: &str = concat!(
    "<style>@media (prefers-color-scheme: dark) {",
    r##"[fill="white"]{fill:#14181d}[fill="#1d232a"]{fill:#e6e9ec}[stroke="#1d232a"]{stroke:#e6e9ec}"##,
    r##"[fill="#6b7681"]{fill:#9aa5af}[stroke="#e3e7eb"]{stroke:#2b323a}"##,
    r##"[stroke="#5a6b7b"]{stroke:#9fb0c0}[fill="#5a6b7b"]{fill:#9fb0c0}"##,
    r##"[stroke="#1f5fa8"]{stroke:#6aa9ee}[fill="#1f5fa8"]{fill:#6aa9ee}"##,
    r##"[stroke="#b3261e"]{stroke:#ff8a80}[fill="#b3261e"]{fill:#ff8a80}"##,
    "}</style>\n"
);

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
    let height = TOP + HEIGHTS.iter().sum::<f64>() + 3.0 * GAP + BOTTOM;
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="{INK}">
{DARK}<rect width="{WIDTH}" height="{height}" fill="white"/>"#
    )?;
    titles(svg, model, number, rolled_back)?;

    let last = looks.last().map_or(1, |look| look.second.max(1)) as f64;
    let points = points(looks.len());
    let at = |value: &dyn Fn(&Look) -> Option<f64>| -> Vec<Option<f64>> {
        points.iter().map(|&at| value(&looks[at])).collect()
    };
    let seconds: Vec<f64> = points.iter().map(|&at| looks[at].second as f64).collect();
    let rates = [0, 1].map(|version| {
        let all = rates(looks, version);
        points.iter().map(|&at| all[at]).collect::<Vec<_>>()
    });
    let evidence = at(&|look| look.nearest.map(|(ln_w, ..)| ln_w.max(LEAST_EVIDENCE)));
    let limit = at(&|look| look.nearest.map(|(_, limit, _)| limit));
    let share = at(&|look| Some(percent(look.share)));
    let estimate = at(&|look| look.nearest.and_then(|(.., bounds)| bounds.estimate));
    let band: Vec<Option<(f64, f64)>> = points
        .iter()
        .map(|&at| {
            let (.., bounds) = looks[at].nearest?;
            Some((bounds.lower, bounds.upper.unwrap_or(f64::INFINITY)))
        })
        .collect();

    let scales = [
        Scale::over(&[&share], 2),
        Scale::over(&[&rates[0], &rates[1]], 4),
        Scale::over(&[&evidence, &limit], 5),
        Scale::ratios(),
    ];
    let mut top = TOP;
    let mut panels = Vec::new();
    for (y, height) in scales.into_iter().zip(HEIGHTS) {
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
            r#"error rate of <tspan fill="{V2}">v2</tspan> and <tspan fill="{V1}">v1</tspan>, in the last {} s"#,
            WINDOW.max(looks.len() / 40)
        ),
        format!(
            r#"<tspan fill="{WEALTH}">evidence</tspan> that v2 is worse, ln W, and its <tspan fill="{LIMIT}">limit</tspan>, of the bet nearest it"#
        ),
        "how many times v1's errors v2 makes: certain range, and estimate".to_owned(),
    ];
    for ((panel, name), unit) in panels.iter().zip(names).zip([" %", " %", "", " ×"]) {
        panel.frame(svg, &name, unit)?;
    }
    if let [share_panel, rates_panel, evidence_panel, ratio_panel] = &panels[..] {
        share_panel.step(svg, &seconds, &share)?;
        rates_panel.line(svg, &seconds, &rates[0], V1, "")?;
        rates_panel.line(svg, &seconds, &rates[1], V2, "")?;
        evidence_panel.line(svg, &seconds, &limit, LIMIT, r#" stroke-dasharray="6 4""#)?;
        evidence_panel.line(svg, &seconds, &evidence, WEALTH, "")?;
        ratio_panel.band(svg, &seconds, &band, WEALTH)?;
        ratio_panel.line(svg, &seconds, &estimate, WEALTH, "")?;
        ratio_panel.seconds(svg)?;
        if let Some(end) = rolled_back {
            marker(svg, share_panel, ratio_panel, end)?;
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

/// Which looks are drawn: all, or as many as there is room for, the last always.
fn points(looks: usize) -> Vec<usize> {
    let every = looks.div_ceil(POINTS).max(1);
    let last = looks.saturating_sub(1);
    let mut points: Vec<usize> = (0..looks).step_by(every).collect();
    if points.last().is_some_and(|&at| at < last) {
        points.push(last);
    }
    points
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
    let window = WINDOW.max(looks.len() / 40);
    let settled = window.min(looks.len() / 4);
    (0..looks.len())
        .map(|at| {
            let (now, then) = (served(at), served(at.saturating_sub(window)));
            // A version that serves nobody any more has no rate, whatever it did in the window before.
            let idle = at == 0 || served(at - 1).requests == now.requests || at < settled;
            let requests = now.requests - then.requests;
            (!idle).then(|| 100.0 * (now.errors - then.errors) as f64 / requests as f64)
        })
        .collect()
}

fn percent(share: Share) -> f64 {
    f64::from(share.as_ppm()) / 10_000.0
}
