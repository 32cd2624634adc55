//! Downtime of all runs, one row per variant: a disc for the runs of about the same downtime, its
//! area their number, on a scale that gives none, seconds and minutes their room.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::super::amount::short;
use super::super::palette;
use super::draw::{Drawn, Pen, dot, fitted, said, title};
use crate::experiment::{Results, VariantResults};

/// Where names end, and where what is said about a row begins.
const LEFT: i32 = 290;
const RIGHT: i32 = 752;
const ROW: u32 = 44;
const TOP: u32 = 44;
/// Steps of equal width on the scale; runs of one step share a disc.
const STEPS: f64 = 44.0;
const RADIUS_MOST: f64 = 15.0;
const RADIUS_LEAST: f64 = 2.5;
/// Labelled values (s).
const TICKS: [f64; 9] = [0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0];

/// Height of the chart in units of the pen.
pub(super) fn height(variants: u32) -> u32 {
    TOP + ROW * variants + 58
}

/// Seconds to places: linear up to some seconds, logarithmic from there, and exact at none.
struct Scale {
    end: f64,
}

impl Scale {
    fn of(results: &Results) -> Self {
        let all = results
            .variants
            .iter()
            .flat_map(|it| &it.downtime_seconds_sorted);
        let most = all.fold(0.0f64, |most, seconds| most.max(*seconds));
        Self {
            end: libm::log1p((1.25 * most).max(9.0)),
        }
    }
    /// 0 at no downtime, 1 at the right end.
    fn place(&self, seconds: f64) -> f64 {
        libm::log1p(seconds.max(0.0)) / self.end
    }
    fn x(&self, place: f64, pen: Pen) -> i32 {
        let width = f64::from(pen.at(RIGHT - LEFT) - pen.at(24));
        pen.at(LEFT + 12) + (place * width).round() as i32
    }
}

pub(super) fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    results: &Results,
    pen: Pen,
) -> Drawn {
    title(area, "Downtime of every run", pen)?;
    let scale = Scale::of(results);
    let bottom = pen.px(TOP + ROW * results.variants.len() as u32) as i32;
    for seconds in TICKS.into_iter().filter(|it| scale.place(*it) <= 1.0) {
        let x = scale.x(scale.place(seconds), pen);
        let line = vec![(x, pen.at(TOP as i32)), (x, bottom)];
        said(area.draw(&PathElement::new(line, pen.line(palette::LIGHT.faint, 1))))?;
        let text = short(seconds);
        let (width, _) = said(area.estimate_text_size(&text, &pen.text(13)))?;
        pen.write(
            area,
            &text,
            (&pen.text(13), (x - width as i32 / 2, bottom + pen.at(6))),
        )?;
    }
    let what = "seconds of downtime in a run (none, then logarithmic)";
    pen.write(
        area,
        what,
        (&pen.text(14), (pen.at(LEFT), bottom + pen.at(28))),
    )?;
    for (index, variant) in results.variants.iter().enumerate() {
        let middle = pen.px(TOP) as i32 + pen.at(ROW as i32) * index as i32 + pen.at(22);
        row(area, (index, variant), (&scale, middle), pen)?;
    }
    Ok(())
}

fn row<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    (index, variant): (usize, &VariantResults),
    (scale, y): (&Scale, i32),
    pen: Pen,
) -> Drawn {
    dot(area, index, (pen.at(24), y), pen)?;
    let name = fitted(area, &variant.name, pen.px(LEFT as u32 - 50), pen)?;
    pen.write(area, &name, (&pen.text(14), (pen.at(38), y - pen.at(8))))?;
    let runs = variant.downtime_seconds_sorted.as_slice();
    let (Some(worst), false) = (runs.last(), runs.is_empty()) else {
        return pen.write(
            area,
            "no value",
            (&pen.text(13), (pen.at(LEFT), y - pen.at(8))),
        );
    };
    let colour = palette::colour(index);
    for (place, count) in discs(runs, scale) {
        let share = f64::from(count) / runs.len() as f64;
        let radius = (RADIUS_MOST * share.sqrt()).max(RADIUS_LEAST);
        let radius = (radius * f64::from(pen.px(1))).round() as i32;
        let at = (scale.x(place, pen), y);
        said(area.draw(&Circle::new(at, radius, colour.mix(0.6).filled())))?;
        said(area.draw(&Circle::new(at, radius, pen.line(colour, 1))))?;
    }
    let mean = runs.iter().sum::<f64>() / runs.len() as f64;
    let x = scale.x(scale.place(mean), pen);
    let bar = vec![(x, y - pen.at(15)), (x, y + pen.at(15))];
    said(area.draw(&PathElement::new(bar, pen.line(palette::LIGHT.ink, 2))))?;
    let down = runs.iter().filter(|seconds| **seconds > 0.0).count();
    let line = match down {
        0 => format!("no downtime in {} runs", runs.len()),
        _ => format!("{down} of {} runs, worst {} s", runs.len(), short(*worst)),
    };
    pen.write(
        area,
        &line,
        (&pen.text(13), (pen.at(RIGHT + 8), y - pen.at(8))),
    )
}

/// Places of discs with the number of runs in each; runs without any downtime stay apart.
fn discs(ascending: &[f64], scale: &Scale) -> Vec<(f64, u32)> {
    let mut discs: Vec<(f64, u32)> = Vec::new();
    for seconds in ascending {
        let step = match *seconds > 0.0 {
            true => (scale.place(*seconds) * STEPS).round().max(1.0),
            false => 0.0,
        };
        match discs.last_mut() {
            Some((last, count)) if *last == step => *count += 1,
            _ => discs.push((step, 1)),
        }
    }
    discs.iter_mut().for_each(|(step, _)| *step /= STEPS);
    discs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_is_in_one_disc_and_those_without_downtime_stay_apart() {
        let scale = Scale {
            end: libm::log1p(999.0),
        };
        let discs = discs(&[0.0, 0.0, 0.0, 0.01, 700.0, 701.0], &scale);
        let counts: Vec<u32> = discs.iter().map(|disc| disc.1).collect();
        assert_eq!(counts, [3, 1, 2]);
        assert_eq!(discs[0].0, 0.0);
        assert!(discs[1].0 > 0.0);
        // ln 701 / ln 1000 = 0.9486 lies in step 42 of 44.
        assert!((discs[2].0 - 42.0 / 44.0).abs() < 1e-12);
    }
}
