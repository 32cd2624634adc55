//! `[[risk]]`.

use super::differences::{KEYS, read_differences};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Span};
use crate::images::{INDEPENDENT_MAX, RISKS_MAX, Risk, Truths};
use crate::units::Ratio;

/// Reads all risks.
pub(in crate::scenario) fn read_truths(
    list: Option<&[Node]>,
    problems: &mut Diagnostics,
) -> Truths {
    let mut risks: Vec<Risk> = Vec::new();
    let mut spans = Vec::new();
    for node in list.into_iter().flatten() {
        let reader = MapReader::open(node, "a risk", problems);
        let read = reader.and_then(read_risk);
        if let Some((mut risk, span)) = read {
            risk.name = unique(&risk.name, &risks);
            risks.push(risk);
            spans.push(span);
        }
    }
    check_sum(&risks, &spans, problems);
    check_count(&risks, &spans, problems);
    Truths { risks }
}

fn read_risk(mut reader: MapReader<'_, '_>) -> Option<(Risk, Span)> {
    let chance: Option<Ratio> = reader.required_quantity("chance");
    let span = reader.value_span("chance");
    let name: Option<String> = reader.optional("name");
    let independent = reader.optional("independent").unwrap_or(false);
    let written: Vec<&str> = KEYS.into_iter().filter(|key| reader.has(key)).collect();
    let differences = read_differences(&mut reader);
    if written.is_empty() {
        let finding = Diagnostic::error("a risk that changes nothing")
            .at(reader.span())
            .label("expected at least one key of an image, such as `error-rate`")
            .hint("what is left of 100 % already stands for \"nothing wrong\"");
        reader.problems().push(finding);
    }
    reader.finish();
    let risk = Risk {
        name: name.unwrap_or_else(|| written.join(", ")),
        chance: chance?,
        independent,
        differences,
    };
    Some((risk, span))
}

/// Reports need a name each: a second `error-rate` becomes `error-rate (2)`.
fn unique(name: &str, earlier: &[Risk]) -> String {
    let taken = |name: &str| earlier.iter().any(|risk| risk.name == name);
    (1..)
        .map(|number| match number {
            1 => name.to_owned(),
            more => format!("{name} ({more})"),
        })
        .find(|name| !taken(name))
        .expect("some number is free")
}

/// At most one of the risks that are not independent is drawn, so their chances share 100 %.
fn check_sum(risks: &[Risk], spans: &[Span], problems: &mut Diagnostics) {
    let whole = u64::from(Ratio::ONE.as_parts_per_billion());
    let mut sum = 0;
    for (risk, span) in risks
        .iter()
        .zip(spans)
        .filter(|(risk, _)| !risk.independent)
    {
        let before = sum;
        sum += u64::from(risk.chance.as_parts_per_billion());
        if before <= whole && sum > whole {
            let percent = |parts: u64| parts as f64 / 1e7;
            let finding = Diagnostic::error(format!(
                "the chances of the risks add up to {} %",
                percent(sum)
            ))
            .at(*span)
            .label(format!(
                "expected at most {} % here, since one risk at most is drawn",
                percent(whole - before)
            ))
            .hint("add `independent = true` to risks that may come together");
            problems.push(finding);
        }
    }
}

fn check_count(risks: &[Risk], spans: &[Span], problems: &mut Diagnostics) {
    let independent = risks.iter().filter(|risk| risk.independent).count();
    for (count, most, what) in [
        (risks.len(), RISKS_MAX, "risks"),
        (independent, INDEPENDENT_MAX, "independent risks"),
    ] {
        if count > most {
            let finding = Diagnostic::error(format!("{count} {what}"))
                .at(spans[spans.len() - 1])
                .label(format!("expected at most {most}"));
            problems.push(finding);
        }
    }
}
