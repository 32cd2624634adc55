//! Fonts that come with the binary, so that charts draw on a machine with cargo alone.

use std::sync::OnceLock;

use plotters::style::{FontStyle, register_font};

/// The family that charts name. In an SVG the viewer's own sans-serif stands in.
pub(super) const FAMILY: &str = "sans-serif";

/// Registers DejaVu Sans once.
pub(super) fn register() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        let regular = register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular());
        let bold = register_font(FAMILY, FontStyle::Bold, dejavu::sans::bold());
        assert!(
            regular.is_ok() && bold.is_ok(),
            "the bundled fonts are well formed"
        );
    });
}
