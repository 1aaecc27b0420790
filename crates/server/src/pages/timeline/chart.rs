//! A small chart: points in the order of their dates, the reference as printed as a band, no judgement of
//! ours. A flag that the source printed changes the shape of its point. SVG without inline style; the
//! same values stand in a table, each with the way to its words.

use maud::{Markup, html};
use relu_desk::view::timeline::{Dated, Point, Series};

use super::source;
use crate::texts::{t, tf};

/// Size in its own units, and what is left for the words at the edges.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 96.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 18.0;

/// Where values and days lie on the drawing.
struct Scale {
    low: f64,
    high: f64,
    first: i64,
    last: i64,
}

impl Scale {
    fn of(series: &Series) -> Scale {
        let values = series.points.iter().flat_map(|p| [Some(p.value), p.upper]).flatten();
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        // The reference is part of the picture unless it would flatten the values.
        let span = (high - low).max(high.abs() * 0.05).max(1e-6);
        let near = |b: Option<f64>| b.filter(|b| *b > low - 2.0 * span && *b < high + 2.0 * span);
        let low = near(series.bounds.0).map_or(low, |b| b.min(low));
        let high = near(series.bounds.1).map_or(high, |b| b.max(high));
        let pad = (high - low).max(span) * 0.08;
        let days = series.points.iter().map(|p| p.day);
        let (first, last) = (days.clone().min().unwrap_or(0), days.max().unwrap_or(0));
        Scale { low: low - pad, high: high + pad, first, last }
    }

    fn x(&self, day: i64) -> f64 {
        let span = (self.last - self.first).max(1) as f64;
        rounded(LEFT + (day - self.first) as f64 / span * (WIDTH - LEFT - RIGHT))
    }

    fn y(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        let share = (value - self.low) / (self.high - self.low).max(1e-9);
        rounded(TOP + (1.0 - share) * (HEIGHT - TOP - BOTTOM))
    }
}

fn rounded(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}

/// The chart with its words and its table.
pub(super) fn figure(n: usize, series: &Series) -> Markup {
    let (title, table) = (format!("chart-{n}"), format!("chart-table-{n}"));
    let last = series.points.last();
    html! {
        figure.chart data-test="chart" data-points=(series.points.len()) {
            figcaption {
                b id=(title) { (series.name) }
                @if let Some(last) = last { " " span.last { (last.shown) @if let Some(flag) = &last.flag { " " (flag) } } " " span.muted { (last.date) } }
            }
            (drawing(series, &title, &table))
            details {
                summary id=(table) { (t("timeline.values")) @if let Some(reference) = &series.reference { " · " (tf("timeline.reference", &[("range", reference)])) } }
                table.plain {
                    thead { tr { th scope="col" { (t("timeline.date")) } th scope="col" { (t("timeline.value")) } } }
                    tbody { @for p in series.points.iter().rev() { (row(p)) } }
                }
            }
        }
    }
}

fn row(point: &Point) -> Markup {
    html! {
        tr {
            td.date {
                (point.date)
                @if point.dated == Dated::Received { " " span.muted { (t("timeline.dated-received")) } }
            }
            td {
                a href=(source(&point.document, &point.fact, point.in_text)) { (point.shown) }
                @if let Some(flag) = &point.flag { " " b.attribute { (flag) } }
                @if !point.confirmed { " " span.tag.unsure { (t("proposal.unconfirmed")) } }
            }
        }
    }
}

fn drawing(series: &Series, title: &str, table: &str) -> Markup {
    let scale = Scale::of(series);
    let line = |value: &dyn Fn(&Point) -> f64| {
        let at = |p: &Point| format!("{},{}", scale.x(p.day), scale.y(value(p)));
        series.points.iter().map(at).collect::<Vec<_>>().join(" ")
    };
    let (first, last) = (series.points.first(), series.points.last());
    let edges = [first, last].into_iter().flatten();
    let values = || series.points.iter().flat_map(|p| [Some(p.value), p.upper]).flatten();
    let (low, high) =
        values().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let two = series.points.iter().any(|p| p.upper.is_some());
    html! {
        svg.drawing viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby=(title) aria-describedby=(table) {
            (reference(series, &scale))
            line.axis x1=(LEFT) y1=(HEIGHT - BOTTOM) x2=(WIDTH - RIGHT) y2=(HEIGHT - BOTTOM) {}
            @if two { polyline.curve points=(line(&|p| p.upper.unwrap_or(p.value))) {} }
            polyline.curve points=(line(&|p| p.value)) {}
            @for p in &series.points {
                @for value in [Some(p.value), p.upper].into_iter().flatten() { (mark(p, scale.x(p.day), scale.y(value))) }
            }
            @for value in if high > low { vec![high, low] } else { vec![low] } {
                text.label x=(LEFT - 5.0) y=(scale.y(value) + 3.5) text-anchor="end" { (short(value)) }
            }
            @for (end, p) in edges.enumerate() {
                text.label x=(if end == 0 { LEFT } else { WIDTH - RIGHT }) y=(HEIGHT - 4.0) text-anchor=(if end == 0 { "start" } else { "end" }) { (p.date) }
            }
        }
    }
}

/// One point: hollow while nobody has confirmed it, a diamond when the source printed a flag.
fn mark(p: &Point, x: f64, y: f64) -> Markup {
    let said = match &p.flag {
        Some(flag) => format!("{} : {} {flag}", p.date, p.shown),
        None => format!("{} : {}", p.date, p.shown),
    };
    html! {
        @if p.flag.is_some() {
            path.point.flagged.hollow[!p.confirmed] d={ "M" (x) " " (rounded(y - 4.5)) "l4.5 4.5l-4.5 4.5l-4.5 -4.5z" } { title { (said) } }
        } @else {
            circle.point.hollow[!p.confirmed] cx=(x) cy=(y) r="3" { title { (said) } }
        }
    }
}

/// The printed reference as a band; a bound that is not printed is the edge of the drawing.
fn reference(series: &Series, scale: &Scale) -> Markup {
    let (low, high) = series.bounds;
    let top = high.map_or(TOP, |h| scale.y(h));
    let bottom = low.map_or(HEIGHT - BOTTOM, |l| scale.y(l));
    html! {
        @if (low.is_some() || high.is_some()) && bottom > top {
            rect.reference x=(LEFT) y=(top) width=(WIDTH - LEFT - RIGHT) height=(rounded(bottom - top)) {}
        }
    }
}

fn short(value: f64) -> String {
    let places = if value.abs() >= 100.0 { 1.0 } else { 100.0 };
    ((value * places).round() / places).to_string().replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[(i64, f64)], bounds: (Option<f64>, Option<f64>)) -> Series {
        let point = |(day, value): &(i64, f64)| Point {
            day: *day,
            date: day.to_string(),
            dated: Dated::Document,
            value: *value,
            upper: None,
            shown: value.to_string(),
            flag: None,
            document: relu_record::DocumentId("d".into()),
            fact: relu_record::ProposalId("p0".into()),
            in_text: true,
            confirmed: true,
        };
        let points = values.iter().map(point).collect();
        Series { name: "Poids".into(), unit: "kg".into(), reference: None, bounds, points }
    }

    #[test]
    fn every_point_lies_on_the_drawing() {
        for (values, bounds) in [
            (vec![(0, 7.0), (400, 7.0)], (None, None)),
            (vec![(0, 0.0), (1, 0.0)], (Some(0.0), None)),
            (vec![(10, -5.0), (20, 1e9)], (Some(4.0), Some(6.0))),
            (vec![(0, 5.2), (365, 9.1), (800, 6.4)], (Some(4.0), Some(6.0))),
        ] {
            let series = series(&values, bounds);
            let scale = Scale::of(&series);
            for p in &series.points {
                let (x, y) = (scale.x(p.day), scale.y(p.value));
                assert!(
                    (LEFT..=WIDTH - RIGHT).contains(&x) && (TOP..=HEIGHT - BOTTOM).contains(&y),
                    "{x} {y}"
                );
            }
            let drawn = figure(0, &series).into_string();
            assert!(!drawn.contains("NaN") && !drawn.contains("style="), "{drawn}");
        }
    }

    #[test]
    fn higher_is_above_and_a_far_reference_does_not_flatten() {
        let near = Scale::of(&series(&[(0, 5.0), (9, 7.0)], (Some(4.0), Some(6.0))));
        assert!(near.y(7.0) < near.y(5.0) && near.low < 4.0);
        let far = Scale::of(&series(&[(0, 5.0), (9, 7.0)], (Some(400.0), None)));
        assert!(far.high < 10.0);
    }
}
