//! The list of charts, and the two surfaces they are drawn on.

use std::fmt;
use std::path::{Path, PathBuf};

use plotters::coord::Shift;
use plotters::prelude::*;

use super::super::{font, palette};
use super::{harm, spread, story};
use crate::experiment::Results;

/// A chart could not be drawn or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartError {
    /// Which file.
    pub path: PathBuf,
    /// What went wrong.
    pub why: String,
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write `{}`: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for ChartError {}

/// One chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Chart {
    /// Cost against users affected.
    Harm,
    /// Downtime of every run, by variant.
    Spread,
    /// The median run of one variant.
    Story(usize),
}

/// Sizes in units of a PNG's or an SVG's pixels: a PNG is drawn at twice the scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    scale: u32,
}

const WIDTH: u32 = 960;

impl Pen {
    pub(super) fn px(self, length: u32) -> u32 {
        length * self.scale
    }
    pub(super) fn at(self, length: i32) -> i32 {
        length * self.scale as i32
    }
    pub(super) fn text(self, size: u32) -> TextStyle<'static> {
        (font::FAMILY, self.px(size))
            .into_font()
            .color(&palette::LIGHT.ink)
    }
    pub(super) fn bold(self, size: u32) -> TextStyle<'static> {
        let font = (font::FAMILY, self.px(size)).into_font();
        font.style(FontStyle::Bold).color(&palette::LIGHT.ink)
    }
    pub(super) fn line(self, colour: RGBColor, width: u32) -> ShapeStyle {
        colour.stroke_width(self.px(width))
    }
}

/// An error of a surface, in words.
pub(super) type Drawn = Result<(), String>;

/// Turns a surface's error into words.
pub(super) fn said<T, E: fmt::Display>(result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

impl Chart {
    /// Every chart that these results have data for.
    pub(in super::super) fn all(results: &Results) -> Vec<Self> {
        let stories = results.variants.iter().enumerate();
        let stories = stories.filter(|(_, variant)| variant.timeline.is_some());
        let mut all = vec![Self::Harm, Self::Spread];
        all.extend(stories.map(|(index, _)| Self::Story(index)));
        all
    }

    /// File name without folder.
    pub(in super::super) fn file_name(self) -> String {
        match self {
            Self::Harm => "cost-and-users.png".to_owned(),
            Self::Spread => "downtime.png".to_owned(),
            Self::Story(index) => format!("median-run-{}.png", index + 1),
        }
    }

    fn height(self, results: &Results) -> u32 {
        let rows = results.variants.len() as u32;
        match self {
            Self::Harm => 420 + harm::legend_height(rows),
            Self::Spread => 110 + 44 * rows,
            Self::Story(_) => 500,
        }
    }

    fn draw<B: DrawingBackend>(
        self,
        area: &DrawingArea<B, Shift>,
        results: &Results,
        pen: Pen,
    ) -> Drawn {
        match self {
            Self::Harm => harm::draw(area, results, pen),
            Self::Spread => spread::draw(area, results, pen),
            Self::Story(index) => story::draw(area, &results.variants[index], pen),
        }
    }
}

/// The chart as SVG, without a background: ink and grid get their colours from the page.
pub(in super::super) fn svg(chart: Chart, results: &Results) -> String {
    font::register();
    let mut text = String::new();
    {
        let size = (WIDTH, chart.height(results));
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        let drawn = chart.draw(&area, results, Pen { scale: 1 });
        drawn.expect("text takes every chart");
        area.present().expect("text takes every chart");
    }
    text
}

/// Writes every chart as a PNG into an existing folder; returns the paths.
///
/// # Errors
/// If a file cannot be written.
pub fn charts_png(results: &Results, folder: &Path) -> Result<Vec<PathBuf>, ChartError> {
    font::register();
    let mut paths = Vec::new();
    for chart in Chart::all(results) {
        let path = folder.join(chart.file_name());
        let pen = Pen { scale: 2 };
        let size = (pen.px(WIDTH), pen.px(chart.height(results)));
        let area = BitMapBackend::new(&path, size).into_drawing_area();
        let drawn = said(area.fill(&palette::LIGHT.paper))
            .and_then(|()| chart.draw(&area, results, pen))
            .and_then(|()| said(area.present()));
        drop(area);
        drawn.map_err(|why| ChartError {
            path: path.clone(),
            why,
        })?;
        paths.push(path);
    }
    Ok(paths)
}

/// A title at the upper left.
pub(super) fn title<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    text: &str,
    pen: Pen,
) -> Drawn {
    said(area.draw_text(text, &pen.bold(17), (pen.at(14), pen.at(12))))
}

/// At most this many characters, the cut marked.
pub(super) fn cut(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A scale's upper end that leaves air above the largest value, and is never empty.
pub(super) fn ceiling(values: impl Iterator<Item = f64>) -> f64 {
    let largest = values.fold(0.0, f64::max);
    if largest > 0.0 { largest * 1.08 } else { 1.0 }
}
