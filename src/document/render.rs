//! Findings as people read them: message, place, the line, carets, the rule, the cure.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Severity, Sources, Span};

/// Whether a rendering carries terminal colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text.
    #[default]
    Plain,
    /// With ANSI escapes.
    Ansi,
}

/// Width that pictures are cut to (columns): fixed, so that the same finding gives the same bytes.
const WIDTH_COLUMNS: usize = 120;

impl Diagnostic {
    /// This finding as people read it.
    pub fn render(&self, sources: &Sources, colour: Colour) -> String {
        let renderer = match colour {
            Colour::Plain => Renderer::plain(),
            Colour::Ansi => Renderer::styled(),
        };
        let renderer = renderer
            .decor_style(DecorStyle::Ascii)
            .term_width(WIDTH_COLUMNS);
        renderer.render(&[self.picture(sources)]) + "\n"
    }

    fn picture<'a>(&'a self, sources: &'a Sources) -> Group<'a> {
        let mut group = Group::with_title(self.level().primary_title(&self.message));
        match (self.span, &self.label) {
            (Some(span), _) if sources.text(span.file).is_empty() => {
                group = group.element(Origin::path(sources.name(span.file)));
            }
            (Some(span), _) => group = group.element(self.snippet(sources, span)),
            (None, Some(label)) => group = group.element(Level::NOTE.message(label)),
            (None, None) => {}
        }
        match &self.hint {
            Some(hint) => group.element(Level::HELP.with_name(Some("hint")).message(hint)),
            None => group,
        }
    }

    fn level(&self) -> Level<'static> {
        match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        }
    }

    fn snippet<'a>(
        &'a self,
        sources: &'a Sources,
        span: Span,
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let (line, number) = line_of(sources, span);
        let text = &sources.text(span.file)[line.clone()];
        let start = span.start.min(line.end) - line.start;
        let end = span.end.min(line.end).max(span.start.min(line.end)) - line.start;
        let annotation = AnnotationKind::Primary
            .span(start..end)
            .label(self.label.as_deref());
        Snippet::source(text)
            .path(sources.name(span.file))
            .line_start(number)
            .annotation(annotation)
    }
}

/// The line a place starts on: its bytes without the line end, and its number. A place that covers
/// several lines is shown by its first, so that a whole map is not underlined.
fn line_of(sources: &Sources, span: Span) -> (std::ops::Range<usize>, usize) {
    let text = sources.text(span.file);
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let rest = &text[span.start..];
    let end = rest.find('\n').map_or(text.len(), |at| span.start + at);
    let end = if text[start..end].ends_with('\r') && end > span.start {
        end - 1
    } else {
        end
    };
    (start..end, sources.line_and_column(span).0)
}
