//! A line chart as SVG, by hand: a line a series, its name at its end. An axis whose values span more than a factor of
//! twenty is logarithmic, any other begins at zero.

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

/// From which value to which an axis goes, and from which place to which.
struct Axis {
    is_log: bool,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn around(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let is_log = high > 20.0 * low;
        let (low, high) = if is_log {
            (low.log10().floor(), high.log10().ceil())
        } else {
            let step = step(high);
            (0.0, (high / step).ceil() * step)
        };
        Self {
            is_log,
            low,
            high,
            from,
            to,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let value = if self.is_log { value.log10() } else { value };
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    fn ticks(&self) -> Vec<f64> {
        if self.is_log {
            let (low, high) = (self.low as i32, self.high as i32);
            return (low..=high).map(|power| 10f64.powi(power)).collect();
        }
        let step = step(self.high);
        let count = (self.high / step).round() as u32;
        (0..=count).map(|tick| f64::from(tick) * step).collect()
    }
}

/// The step of 1, 2 or 5 times a power of ten, at least 1, that makes two to six of `high`.
fn step(high: f64) -> f64 {
    let power = 10f64.powf((high / 2.0).log10().floor()).max(1.0);
    let steps = [1.0, 2.0, 5.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| high / step <= 6.0)
        .unwrap_or(10.0 * power)
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
