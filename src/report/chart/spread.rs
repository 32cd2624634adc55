//! Downtime of all runs, one row per variant: thin from the best to the worst run, thick over
//! the middle half, a bar at the median, a ring at the mean.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::super::amount::short;
use super::super::palette;
use super::draw::{Drawn, Pen, ceiling, cut, said, title};
use crate::experiment::Results;
use crate::stats::quantile;

const NAME_CHARACTERS: usize = 34;

pub(super) fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    results: &Results,
    pen: Pen,
) -> Drawn {
    title(area, "Downtime of every run", pen)?;
    let rows = results.variants.len() as f64;
    let all = results
        .variants
        .iter()
        .flat_map(|it| &it.downtime_seconds_sorted);
    let right = ceiling(all.copied());
    let mut chart = said(
        ChartBuilder::on(area)
            .margin_top(pen.px(42))
            .margin_right(pen.px(90))
            .margin_left(pen.px(270))
            .margin_bottom(pen.px(8))
            .x_label_area_size(pen.px(46))
            .build_cartesian_2d(0.0..right, 0.0..rows),
    )?;
    said(
        chart
            .configure_mesh()
            .disable_y_mesh()
            .x_labels(8)
            .light_line_style(TRANSPARENT)
            .bold_line_style(pen.line(palette::LIGHT.faint, 1))
            .axis_style(pen.line(palette::LIGHT.faint, 1))
            .label_style(pen.text(13))
            .axis_desc_style(pen.text(14))
            .x_desc("downtime [s]")
            .x_label_formatter(&|value| short(*value))
            .draw(),
    )?;
    for (index, variant) in results.variants.iter().enumerate() {
        let middle = rows - index as f64 - 0.5;
        let (_, y) = chart.backend_coord(&(0.0, middle));
        let name = cut(&variant.name, NAME_CHARACTERS);
        let dot = Circle::new((pen.at(24), y), pen.at(5), palette::colour(index).filled());
        said(area.draw(&dot))?;
        said(area.draw_text(&name, &pen.text(14), (pen.at(38), y - pen.at(8))))?;
        let runs = variant.downtime_seconds_sorted.as_slice();
        let Some(summary) = Row::of(runs) else {
            said(area.draw_text("no value", &pen.text(13), (pen.at(280), y - pen.at(8))))?;
            continue;
        };
        let colour = palette::colour(index);
        let thin = vec![(summary.least, middle), (summary.most, middle)];
        said(chart.draw_series([PathElement::new(thin, pen.line(colour, 2))]))?;
        let half = [
            (summary.quarter, middle - 0.22),
            (summary.three_quarters, middle + 0.22),
        ];
        said(chart.draw_series([Rectangle::new(half, colour.mix(0.35).filled())]))?;
        let bar = vec![
            (summary.median, middle - 0.28),
            (summary.median, middle + 0.28),
        ];
        said(chart.draw_series([PathElement::new(bar, pen.line(colour, 4))]))?;
        let ring = Circle::new(
            (summary.mean, middle),
            pen.at(5),
            pen.line(palette::LIGHT.ink, 2),
        );
        said(chart.draw_series([ring]))?;
        let (x, _) = chart.backend_coord(&(summary.most, middle));
        let worst = format!("{} s", short(summary.most));
        said(area.draw_text(&worst, &pen.text(13), (x + pen.at(10), y - pen.at(8))))?;
    }
    Ok(())
}

struct Row {
    least: f64,
    quarter: f64,
    median: f64,
    three_quarters: f64,
    most: f64,
    mean: f64,
}

impl Row {
    fn of(ascending: &[f64]) -> Option<Self> {
        let at = |percent: &str| quantile(ascending, percent.parse().expect("a share"));
        Some(Self {
            least: *ascending.first()?,
            quarter: at("25%")?,
            median: at("50%")?,
            three_quarters: at("75%")?,
            most: *ascending.last()?,
            mean: ascending.iter().sum::<f64>() / ascending.len() as f64,
        })
    }
}
