//! Colours: one per variant, the same in every chart, told apart in light and in dark.

use plotters::style::RGBColor;

/// Okabe and Ito's colours for all kinds of colour vision (the yellow darkened for white paper).
const VARIANTS: [(u8, u8, u8); 8] = [
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (196, 160, 0),
    (86, 180, 233),
    (140, 110, 220),
    (128, 128, 128),
];

/// The colour of the `index`-th variant (or version); they repeat after eight.
pub(super) fn colour(index: usize) -> RGBColor {
    let (red, green, blue) = VARIANTS[index % VARIANTS.len()];
    RGBColor(red, green, blue)
}

/// Colours of causes, apart from those of versions (the first two of the variants).
const CAUSES: [(u8, u8, u8); 9] = [
    (122, 30, 90),
    (196, 160, 0),
    (86, 180, 233),
    (0, 158, 115),
    (140, 110, 220),
    (204, 60, 60),
    (128, 128, 128),
    (60, 90, 160),
    (225, 130, 60),
];

/// The colour of the `index`-th cause.
pub(super) fn cause_colour(index: usize) -> RGBColor {
    let (red, green, blue) = CAUSES[index % CAUSES.len()];
    RGBColor(red, green, blue)
}

/// Shapes tell variants apart whose colours repeat, and all of them without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Disc,
    Triangle,
    Square,
}

/// The shape of the `index`-th variant: the first eight are discs.
pub(super) fn shape(index: usize) -> Shape {
    match index / VARIANTS.len() % 3 {
        0 => Shape::Disc,
        1 => Shape::Triangle,
        _ => Shape::Square,
    }
}

/// Colour and shape of a variant as the page shows them beside its name.
pub(super) fn mark(index: usize) -> String {
    let RGBColor(red, green, blue) = colour(index);
    let sign = match shape(index) {
        Shape::Disc => "●",
        Shape::Triangle => "▲",
        Shape::Square => "■",
    };
    let style = format!("color:#{red:02x}{green:02x}{blue:02x}");
    format!("<span class=\"mark\" aria-hidden=\"true\" style=\"{style}\">{sign}</span>")
}

/// Paper and ink of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Theme {
    pub(super) paper: RGBColor,
    pub(super) ink: RGBColor,
    pub(super) faint: RGBColor,
}

/// For PNGs and print. In the page, ink and grid follow the reader's light or dark.
pub(super) const LIGHT: Theme = Theme {
    paper: RGBColor(255, 255, 255),
    ink: RGBColor(34, 40, 49),
    faint: RGBColor(222, 226, 232),
};
