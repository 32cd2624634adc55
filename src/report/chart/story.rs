//! The median run: ready pods of each version above, failed requests by cause below.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::super::palette;
use super::draw::{Drawn, Pen, cut, said, title};
use crate::experiment::{Series, Timeline, VariantResults};

struct Panel<'a> {
    description: &'a str,
    series: &'a [Series],
    colour: fn(usize) -> RGBColor,
    x_labels: u32,
    marks: Marks,
}

/// Whether the words of marks stand at their lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marks {
    Named,
    Lines,
}

pub(super) fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    variant: &VariantResults,
    pen: Pen,
) -> Drawn {
    let Some(timeline) = &variant.timeline else {
        return Ok(());
    };
    let heading = format!(
        "{}: the median run (run {})",
        cut(&variant.name, 60),
        timeline.run
    );
    title(area, &heading, pen)?;
    let (_, rest) = area.split_vertically(pen.px(34));
    let (upper, lower) = rest.split_vertically(pen.px(256));
    let pods = Panel {
        description: "ready pods",
        series: &timeline.ready_by_version,
        colour: palette::colour,
        x_labels: 0,
        marks: Marks::Named,
    };
    let failures = Panel {
        description: "failed [1/s]",
        series: &timeline.failures_by_cause,
        colour: palette::cause_colour,
        x_labels: 46,
        marks: Marks::Lines,
    };
    panel(&upper, timeline, &pods, pen)?;
    panel(&lower, timeline, &failures, pen)
}

fn panel<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    timeline: &Timeline,
    panel: &Panel<'_>,
    pen: Pen,
) -> Drawn {
    let start = f64::from(timeline.start_second);
    let end = start + f64::from(timeline.seconds.max(1));
    let zero = timeline.release_second.unwrap_or(0.0);
    let stacked = stack(panel.series, timeline.seconds);
    let most = stacked.iter().flatten().copied().max().unwrap_or(0);
    // Whole numbers with some air above the largest.
    let top = most + 1 + most / 12;
    let mut chart = said(
        ChartBuilder::on(area)
            .margin_top(pen.px(panel.marks.room()))
            .margin_right(pen.px(36))
            .margin_left(pen.px(12))
            .margin_bottom(pen.px(6))
            .x_label_area_size(pen.px(panel.x_labels))
            .y_label_area_size(pen.px(64))
            .build_cartesian_2d(start - zero..end - zero, 0..top),
    )?;
    said(
        chart
            .configure_mesh()
            .x_labels(10)
            .y_labels(8)
            .light_line_style(TRANSPARENT)
            .bold_line_style(pen.line(palette::LIGHT.faint, 1))
            .axis_style(pen.line(palette::LIGHT.faint, 1))
            .label_style(pen.text(13))
            .axis_desc_style(pen.text(14))
            .x_desc(if timeline.release_second.is_some() {
                "seconds since the release"
            } else {
                "seconds"
            })
            .y_desc(panel.description)
            .x_label_formatter(&|value| format!("{value:.0}").replace('-', "−"))
            .draw(),
    )?;
    // Each layer is filled down to the one below it, so that heights add up.
    for (index, layer) in stacked.iter().enumerate() {
        let colour = (panel.colour)(index);
        let below = index.checked_sub(1).map(|lower| stacked[lower].as_slice());
        let outline = outline(layer, below, start - zero);
        said(chart.draw_series([Polygon::new(outline, colour.mix(0.75).filled())]))?;
    }
    let mut free_from = 0;
    for mark in &timeline.marks {
        let at = mark.at_seconds - zero;
        let (x, foot) = chart.backend_coord(&(at, 0));
        let (_, head) = chart.backend_coord(&(at, top));
        let line = vec![(at, 0), (at, top)];
        said(chart.draw_series([PathElement::new(line, pen.line(palette::LIGHT.ink, 1))]))?;
        // A word that would cover the one before it is left to the caption.
        if panel.marks == Marks::Named && x >= free_from && foot > head {
            let text = format!("{} {at:+.0} s", cut(&mark.text, 28)).replace('-', "−");
            let text = if at == 0.0 { cut(&mark.text, 28) } else { text };
            let (width, _) = said(area.estimate_text_size(&text, &pen.text(13)))?;
            let (left, _) = area.get_base_pixel();
            let right = area.dim_in_pixel().0 as i32 - width as i32 - pen.at(6);
            let place = ((x - left + pen.at(3)).min(right), pen.at(34));
            pen.write(area, &text, (&pen.text(13), place))?;
            free_from = x + width as i32 + pen.at(12);
        }
    }
    legend(area, panel, pen)
}

impl Marks {
    /// Room above a panel: the legend, and the words of marks.
    fn room(self) -> u32 {
        match self {
            Self::Named => 54,
            Self::Lines => 34,
        }
    }
}

/// Sums of the series up to each.
fn stack(series: &[Series], seconds: u32) -> Vec<Vec<u32>> {
    let mut sums = vec![0; seconds as usize];
    let add = |one: &Series| {
        for (sum, value) in sums.iter_mut().zip(one.steps.to_values(seconds)) {
            *sum += value;
        }
        sums.clone()
    };
    series.iter().map(add).collect()
}

/// The steps of a layer and, backwards, those below it; only where something changes.
fn outline(layer: &[u32], below: Option<&[u32]>, start: f64) -> Vec<(f64, u32)> {
    let mut points = steps(layer, start);
    let mut floor = match below {
        Some(below) => steps(below, start),
        None => vec![(start, 0), (start + layer.len() as f64, 0)],
    };
    floor.reverse();
    points.extend(floor);
    points
}

fn steps(values: &[u32], start: f64) -> Vec<(f64, u32)> {
    let mut points: Vec<(f64, u32)> = Vec::new();
    for (second, value) in values.iter().enumerate() {
        let at = start + second as f64;
        match points.last() {
            Some((_, last)) if last == value => {}
            Some((_, last)) => {
                let last = *last;
                points.extend([(at, last), (at, *value)]);
            }
            None => points.push((at, *value)),
        }
    }
    if let Some((_, last)) = points.last().copied() {
        points.push((start + values.len() as f64, last));
    }
    points
}

/// Names of the series in a row above the panel; those without any value are left out.
fn legend<B: DrawingBackend>(area: &DrawingArea<B, Shift>, panel: &Panel<'_>, pen: Pen) -> Drawn {
    let named: Vec<(usize, String)> = panel
        .series
        .iter()
        .enumerate()
        .filter(|(_, series)| series.steps.max() > 0)
        .map(|(index, series)| (index, cut(&series.name.replace('_', " "), 40)))
        .collect();
    if named.is_empty() {
        return pen.write(area, "none", (&pen.text(14), (pen.at(80), pen.at(10))));
    }
    let mut x = pen.at(80);
    for (index, name) in named {
        let colour = (panel.colour)(index);
        let box_corners = [(x, pen.at(11)), (x + pen.at(12), pen.at(23))];
        said(area.draw(&Rectangle::new(box_corners, colour.filled())))?;
        pen.write(area, &name, (&pen.text(14), (x + pen.at(18), pen.at(9))))?;
        let width = area
            .estimate_text_size(&name, &pen.text(14))
            .map_or(200, |size| size.0);
        x += width as i32 + pen.at(44);
    }
    Ok(())
}
