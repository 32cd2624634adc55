//! Cost against users affected, each with its interval.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::super::amount::short;
use super::super::palette;
use super::super::text::shown;
use super::draw::{Drawn, Pen, cut, said, title};
use crate::experiment::{Estimate, Results};
use crate::metrics::Metric;

const ROW: u32 = 24;
const NAME_CHARACTERS: usize = 52;

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
    let cost = |index: usize| Span::of(shown(&results.variants[index], Metric::CostUsd), 1.0);
    let points: Vec<(usize, Span, Span)> = (0..results.variants.len())
        .filter_map(|index| Some((index, users(index)?, cost(index)?)))
        .collect();
    if points.is_empty() {
        said(upper.draw_text(
            "no run has a value",
            &pen.text(15),
            (pen.at(40), pen.at(80)),
        ))?;
    } else {
        plot(&upper, &points, pen)?;
    }
    names(&legend, results, pen)
}

fn plot<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    points: &[(usize, Span, Span)],
    pen: Pen,
) -> Drawn {
    let (left, right) = range(points.iter().map(|point| point.1));
    let (bottom, top) = range(points.iter().map(|point| point.2));
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
            .y_desc("cost [US dollars]")
            .x_label_formatter(&|value| tick(*value, right - left))
            .y_label_formatter(&|value| tick(*value, top - bottom))
            .draw(),
    )?;
    for (index, users, cost) in points {
        let colour = palette::colour(*index);
        let style = pen.line(colour, 2);
        let across = vec![(users.low, cost.mean), (users.high, cost.mean)];
        let along = vec![(users.mean, cost.low), (users.mean, cost.high)];
        said(chart.draw_series([
            PathElement::new(across, style),
            PathElement::new(along, style),
        ]))?;
        let middle = (users.mean, cost.mean);
        said(chart.draw_series([Circle::new(middle, pen.at(6), colour.filled())]))?;
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
    let text = format!("{value:.digits$}");
    if range >= 1e6 { short(value) } else { text }
}

fn names<B: DrawingBackend>(area: &DrawingArea<B, Shift>, results: &Results, pen: Pen) -> Drawn {
    let half = area.dim_in_pixel().0 as i32 / 2;
    for (index, variant) in results.variants.iter().enumerate() {
        let x = pen.at(30) + (index as i32 % 2) * half;
        let y = pen.at(6) + (index as i32 / 2) * pen.at(ROW as i32);
        let dot = Circle::new(
            (x, y + pen.at(8)),
            pen.at(5),
            palette::colour(index).filled(),
        );
        said(area.draw(&dot))?;
        let name = cut(&variant.name, NAME_CHARACTERS);
        said(area.draw_text(&name, &pen.text(14), (x + pen.at(14), y)))?;
    }
    Ok(())
}
