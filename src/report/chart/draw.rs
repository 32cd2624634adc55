//! The list of charts, and the two surfaces they are drawn on.

use std::fmt;
use std::path::{Path, PathBuf};

use plotters::coord::Shift;
use plotters::prelude::*;

use super::super::palette::Shape;
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
/// On bitmaps plotters takes a font's size for its line height, 1.164 em in DejaVu Sans.
const BITMAP_SIZE: f64 = 1.164;
/// And draws it higher than a viewer draws the SVG, by this share of the size.
const BITMAP_DROP: f64 = 0.22;

impl Pen {
    pub(super) fn px(self, length: u32) -> u32 {
        length * self.scale
    }
    pub(super) fn at(self, length: i32) -> i32 {
        length * self.scale as i32
    }
    pub(super) fn text(self, size: u32) -> TextStyle<'static> {
        self.font(size, FontStyle::Normal)
    }
    pub(super) fn bold(self, size: u32) -> TextStyle<'static> {
        self.font(size, FontStyle::Bold)
    }
    /// `FontDesc::style` would keep the regular font's outlines, so the font is made as it is.
    fn font(self, size: u32, style: FontStyle) -> TextStyle<'static> {
        let size = match self.is_bitmap() {
            true => BITMAP_SIZE * f64::from(self.px(size)),
            false => f64::from(self.px(size)),
        };
        FontDesc::new(FontFamily::Name(font::FAMILY), size, style).color(&palette::LIGHT.ink)
    }
    /// Text with its upper left corner here, at the same height on every surface.
    pub(super) fn write<B: DrawingBackend>(
        self,
        area: &DrawingArea<B, Shift>,
        text: &str,
        (style, (x, y)): (&TextStyle<'static>, (i32, i32)),
    ) -> Drawn {
        let drop = if self.is_bitmap() {
            BITMAP_DROP * style.font.get_size()
        } else {
            0.0
        };
        said(area.draw_text(text, style, (x, y + drop as i32)))
    }
    fn is_bitmap(self) -> bool {
        self.scale > 1
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

    /// What it shows, for those who hear the page.
    fn label(self) -> &'static str {
        match self {
            Self::Harm => "Cost against users hurt, one point for each variant",
            Self::Spread => "Downtime of every run, one row for each variant",
            Self::Story(_) => "The median run: ready pods by version, failed requests by cause",
        }
    }

    fn height(self, results: &Results) -> u32 {
        let rows = results.variants.len() as u32;
        match self {
            Self::Harm => 420 + harm::legend_height(rows),
            Self::Spread => spread::height(rows),
            Self::Story(_) => 520,
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
    text.replacen(
        "<svg ",
        &format!("<svg role=\"img\" aria-label=\"{}\" ", chart.label()),
        1,
    )
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
    pen.write(area, text, (&pen.bold(17), (pen.at(14), pen.at(12))))
}

/// The mark of a variant: its colour and its shape.
pub(super) fn dot<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    index: usize,
    (x, y): (i32, i32),
    pen: Pen,
) -> Drawn {
    let filled = palette::colour(index).filled();
    let reach = pen.at(5);
    match palette::shape(index) {
        Shape::Disc => said(area.draw(&Circle::new((x, y), reach, filled))),
        Shape::Square => {
            let corners = [(x - reach, y - reach), (x + reach, y + reach)];
            said(area.draw(&Rectangle::new(corners, filled)))
        }
        Shape::Triangle => {
            let reach = pen.at(6);
            let corners = [
                (x, y - reach),
                (x + reach, y + reach),
                (x - reach, y + reach),
            ];
            said(area.draw(&Polygon::new(corners.to_vec(), filled)))
        }
    }
}

/// A name in this many pixels; what does not fit is cut, and the cut marked.
pub(super) fn fitted<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    name: &str,
    width: u32,
    pen: Pen,
) -> Result<String, String> {
    let mut characters = name.chars().count();
    loop {
        let text = cut(name, characters);
        let taken = said(area.estimate_text_size(&text, &pen.text(14)))?.0;
        if taken <= width || characters <= 1 {
            return Ok(text);
        }
        characters -= 1;
    }
}

/// At most this many characters, the cut marked.
pub(super) fn cut(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
