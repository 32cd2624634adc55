//! Cost against users affected, each with its interval.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::super::amount::{Dollars, short};
use super::super::palette;
use super::super::text::shown;
use super::draw::{Drawn, Pen, dot, fitted, said, title};
use super::labels::{Patch, place};
use crate::experiment::{Estimate, Results};
use crate::metrics::Metric;

const ROW: u32 = 24;
/// Reach of the ring around those that no other variant beats in both.
const RING: i32 = 10;
/// Half the length of a cross's caps.
const CAP: i32 = 4;

/// Room for the names below the chart, in two columns.
pub(super) fn legend_height(variants: u32) -> u32 {
    16 + ROW * variants.div_ceil(2)
}

/// A mean with its ends; the mean itself stands in for an absent end.
#[derive(Debug, Clone, Copy)]
struct Span {
    low: f64,
    mean: f64,
    high: f64,
}

impl Span {
    fn of(estimate: Option<&Estimate>, scale: f64) -> Option<Self> {
        let estimate = estimate?;
        let mean = estimate.mean?;
        Some(Self {
            low: scale * estimate.low.unwrap_or(mean),
            mean: scale * mean,
            high: scale * estimate.high.unwrap_or(mean),
        })
    }
}

pub(super) fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    results: &Results,
    pen: Pen,
) -> Drawn {
    let height = area.dim_in_pixel().1 - pen.px(legend_height(results.variants.len() as u32));
    let (upper, legend) = area.split_vertically(height);
    title(&upper, "Cost against users hurt, over standing still", pen)?;
    let users = |index: usize| {
        Span::of(
            shown(&results.variants[index], Metric::UsersAffected),
            100.0,
        )
    };
    let dollars = Dollars::of(results);
    let cost = |index: usize| {
        let cost = shown(&results.variants[index], Metric::CostUsd);
        Span::of(cost, dollars.factor())
    };
    let point = |index: usize| {
        Some(Point {
            index,
            users: users(index)?,
            cost: cost(index)?,
        })
    };
    let points: Vec<Point> = (0..results.variants.len()).filter_map(point).collect();
    if points.is_empty() {
        let at = (pen.at(40), pen.at(80));
        pen.write(&upper, "no run has a value", (&pen.text(15), at))?;
    } else {
        plot(&upper, &points, results, pen)?;
    }
    names(&legend, results, pen)
}

/// One variant.
#[derive(Debug, Clone, Copy)]
struct Point {
    index: usize,
    users: Span,
    cost: Span,
}

impl Point {
    /// No worse in both, and better in one, by the means.
    fn beats(&self, other: &Self) -> bool {
        let (users, cost) = (self.users.mean, self.cost.mean);
        let no_worse = users <= other.users.mean && cost <= other.cost.mean;
        no_worse && (users < other.users.mean || cost < other.cost.mean)
    }
}

fn plot<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    points: &[Point],
    results: &Results,
    pen: Pen,
) -> Drawn {
    let (left, right) = range(points.iter().map(|point| point.users));
    let (bottom, top) = range(points.iter().map(|point| point.cost));
    let mut chart = said(
        ChartBuilder::on(area)
            .margin_top(pen.px(46))
            .margin_right(pen.px(36))
            .margin_left(pen.px(12))
            .margin_bottom(pen.px(8))
            .x_label_area_size(pen.px(46))
            .y_label_area_size(pen.px(84))
            .build_cartesian_2d(left..right, bottom..top),
    )?;
    let what = match Dollars::of(results) {
        Dollars::Each => "cost [US dollars]",
        Dollars::Thousand => "cost of 1000 rollouts [US dollars]",
    };
    said(
        chart
            .configure_mesh()
            .x_labels(8)
            .y_labels(6)
            .light_line_style(TRANSPARENT)
            .bold_line_style(pen.line(palette::LIGHT.faint, 1))
            .axis_style(pen.line(palette::LIGHT.faint, 1))
            .label_style(pen.text(13))
            .axis_desc_style(pen.text(14))
            .x_desc("users hurt [% of users]")
            .y_desc(what)
            .x_label_formatter(&|value| tick(*value, right - left))
            .y_label_formatter(&|value| tick(*value, top - bottom))
            .draw(),
    )?;
    let mut taken = Vec::new();
    for point in points {
        let at = |users: f64, cost: f64| chart.backend_coord(&(users, cost));
        let middle = at(point.users.mean, point.cost.mean);
        let across = (
            at(point.users.low, point.cost.mean),
            at(point.users.high, point.cost.mean),
        );
        let along = (
            at(point.users.mean, point.cost.low),
            at(point.users.mean, point.cost.high),
        );
        let style = pen.line(palette::colour(point.index), 2);
        let cap = pen.at(CAP);
        for line in [
            vec![across.0, across.1],
            vec![along.0, along.1],
            vec![(across.0.0, middle.1 - cap), (across.0.0, middle.1 + cap)],
            vec![(across.1.0, middle.1 - cap), (across.1.0, middle.1 + cap)],
            vec![(middle.0 - cap, along.0.1), (middle.0 + cap, along.0.1)],
            vec![(middle.0 - cap, along.1.1), (middle.0 + cap, along.1.1)],
        ] {
            said(area.draw(&PathElement::new(line, style)))?;
        }
        dot(area, point.index, middle, pen)?;
        if !points.iter().any(|other| other.beats(point)) {
            let ring = Circle::new(middle, pen.at(RING), pen.line(palette::LIGHT.ink, 1));
            said(area.draw(&ring))?;
        }
        let reach = pen.at(RING);
        taken.push(Patch {
            left: across.0.0.min(middle.0 - reach),
            right: across.1.0.max(middle.0 + reach),
            ..Patch::around(middle, reach - pen.at(2))
        });
    }
    let (width, height) = area.dim_in_pixel();
    let paper = Patch {
        left: pen.at(100),
        top: pen.at(40),
        right: width as i32 - pen.at(8),
        bottom: height as i32 - pen.at(58),
    };
    let mut texts = Vec::new();
    for point in points {
        texts.push(fitted(
            area,
            &results.variants[point.index].name,
            pen.px(240),
            pen,
        )?);
    }
    let size = |text: &String| {
        let (width, _) = said(area.estimate_text_size(text, &pen.text(14)))?;
        Ok((width as i32, pen.at(17)))
    };
    let sizes = texts.iter().map(size).collect::<Result<Vec<_>, String>>()?;
    for (patch, text) in place(&taken, &sizes, paper).iter().zip(&texts) {
        if let Some(patch) = patch {
            pen.write(area, text, (&pen.text(14), (patch.left, patch.top)))?;
        }
    }
    Ok(())
}

/// All spans with some air; around a single value, some room.
fn range(spans: impl Iterator<Item = Span> + Clone) -> (f64, f64) {
    let low = spans
        .clone()
        .map(|span| span.low)
        .fold(f64::INFINITY, f64::min);
    let high = spans
        .map(|span| span.high)
        .fold(f64::NEG_INFINITY, f64::max);
    let room = (0.08 * (high - low)).max(0.02 * high.abs()).max(1e-6);
    (low - room, high + room)
}

/// As many digits as tell neighbouring labels apart, and no minus before a zero.
fn tick(value: f64, range: f64) -> String {
    if value.abs() < 1e-9 * range {
        return "0".to_owned();
    }
    let digits = (1.0 - libm::floor(libm::log10(range))).clamp(0.0, 8.0) as usize;
    let text = format!("{value:.digits$}").replace('-', "−");
    if range >= 1e6 { short(value) } else { text }
}

fn names<B: DrawingBackend>(area: &DrawingArea<B, Shift>, results: &Results, pen: Pen) -> Drawn {
    let half = area.dim_in_pixel().0 as i32 / 2;
    for (index, variant) in results.variants.iter().enumerate() {
        let x = pen.at(30) + (index as i32 % 2) * half;
        let y = pen.at(6) + (index as i32 / 2) * pen.at(ROW as i32);
        dot(area, index, (x, y + pen.at(8)), pen)?;
        let name = fitted(area, &variant.name, half as u32 - pen.px(60), pen)?;
        pen.write(area, &name, (&pen.text(14), (x + pen.at(14), y)))?;
    }
    Ok(())
}
