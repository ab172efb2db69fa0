//! A line chart as SVG, by hand: two logarithmic axes, a line a series, its name at its end.

use std::fmt::Write;

pub struct Chart {
    pub title: &'static str,
    pub x: &'static str,
    pub y: &'static str,
    /// Name, and points of x and y, both above 0.
    pub series: Vec<(&'static str, Vec<(f64, f64)>)>,
}

const SIZE: (f64, f64) = (720.0, 420.0);
/// Left, top, right and bottom of the plot.
const FRAME: (f64, f64, f64, f64) = (70.0, 50.0, 560.0, 360.0);
/// Colours that people who don't see all of them can tell apart (Okabe and Ito).
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#777777"];

/// An axis: the powers of ten around all values, or half ones when there would be one step only.
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn around(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value.log10()), high.max(value.log10()))
        });
        let (low, high) = (low.floor(), high.ceil().max(low.floor() + 1.0));
        Self {
            low,
            high,
            from,
            to,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let part = (value.log10() - self.low) / (self.high - self.low);
        self.from + part * (self.to - self.from)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let steps: &[f64] = if self.high - self.low < 2.0 {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0]
        };
        let (low, high) = (self.low as i32, self.high as i32);
        (low..=high)
            .flat_map(move |power| steps.iter().map(move |step| step * 10f64.powi(power)))
            .filter(move |tick| *tick <= 10f64.powi(high))
    }
}

impl Chart {
    pub fn svg(&self) -> String {
        let points = || self.series.iter().flat_map(|(_, points)| points);
        let (left, top, right, bottom) = FRAME;
        let x = Axis::around(points().map(|point| point.0), left, right);
        let y = Axis::around(points().map(|point| point.1), bottom, top);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"13\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
             <text x=\"{left}\" y=\"28\" font-size=\"16\" font-weight=\"bold\">{}</text>\n",
            SIZE.0, SIZE.1, self.title
        );
        for tick in x.ticks() {
            let at = x.at(tick);
            let _ = writeln!(
                svg,
                "<path d=\"M{at:.1} {top}V{bottom}\" stroke=\"#ddd\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 18.0,
                short(tick)
            );
        }
        for tick in y.ticks() {
            let at = y.at(tick);
            let _ = writeln!(
                svg,
                "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#ddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 8.0,
                at + 4.0,
                short(tick)
            );
        }
        let middle = (left + right) / 2.0;
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
             <text transform=\"translate(18 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            bottom + 42.0,
            self.x,
            (top + bottom) / 2.0,
            self.y
        );
        for (name, at, (_, points), colour) in self.labels(&y) {
            let line: Vec<String> = points
                .iter()
                .map(|point| format!("{:.1},{:.1}", x.at(point.0), y.at(point.1)))
                .collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                line.join(" ")
            );
            for point in &line {
                let (x, y) = point.split_once(',').unwrap();
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{x}\" cy=\"{y}\" r=\"3\" fill=\"{colour}\"/>"
                );
            }
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{at:.1}\" fill=\"{colour}\">{name}</text>",
                right + 10.0
            );
        }
        svg + "</svg>\n"
    }

    /// The series with the places of their names: where each ends, but a line apart.
    #[allow(clippy::type_complexity)]
    fn labels(&self, y: &Axis) -> Vec<(&str, f64, &(&'static str, Vec<(f64, f64)>), &'static str)> {
        let mut labels: Vec<_> = self
            .series
            .iter()
            .zip(COLOURS)
            .map(|(series, colour)| {
                let end = series.1.last().map_or(0.0, |point| y.at(point.1) + 4.0);
                (series.0, end, series, colour)
            })
            .collect();
        labels.sort_by(|a, b| a.1.total_cmp(&b.1));
        for at in 1..labels.len() {
            labels[at].1 = labels[at].1.max(labels[at - 1].1 + 17.0);
        }
        labels
    }
}

/// 1,000 as 1 k, 1,000,000 as 1 M.
fn short(value: f64) -> String {
    match value {
        _ if value >= 1e6 => format!("{} M", value / 1e6),
        _ if value >= 1e3 => format!("{} k", value / 1e3),
        _ => format!("{value}"),
    }
}
