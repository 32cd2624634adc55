//! `[[on-call.alert]]`: a rule that calls somebody.

use super::burn_rate::read_burn_rate;
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Sources};
use crate::scenario::Alert;
use crate::telemetry::Storage;
use crate::telemetry::promql::{Answer, Query, Version};
use crate::units::{SimDuration, SimTime};

/// Reads every alert; a second one of the same name is an error.
pub(super) fn read_alerts(
    list: &[Node],
    sources: &Sources,
    problems: &mut Diagnostics,
) -> Vec<Alert> {
    let mut alerts: Vec<Alert> = Vec::new();
    for node in list {
        let Some(reader) = MapReader::open(node, "an alert", problems) else {
            continue;
        };
        let Some(alert) = read_alert(reader, sources) else {
            continue;
        };
        if alerts.iter().any(|earlier| earlier.name == alert.name) {
            let finding = Diagnostic::error(format!("two alerts are called `{}`", alert.name))
                .at(node.child("name").map_or(node.span, |name| name.span))
                .label("expected a name that no other alert has");
            problems.push(finding);
        }
        alerts.push(alert);
    }
    alerts
}

fn read_alert(mut reader: MapReader<'_, '_>, sources: &Sources) -> Option<Alert> {
    let name: Option<String> = reader.required("name");
    let hold = reader.quantity("for").unwrap_or(SimDuration::ZERO);
    let query = read_query(&mut reader, sources);
    let burn_rate = reader.map("burn-rate").and_then(read_burn_rate);
    if reader.has("query") == reader.has("burn-rate") {
        let finding = Diagnostic::error("an alert has one condition")
            .at(reader.span())
            .label("expected either `query` or `burn-rate`");
        reader.problems().push(finding);
    }
    reader.finish();
    Some(Alert {
        name: name?,
        query: query.or(burn_rate)?,
        hold,
    })
}

fn read_query(reader: &mut MapReader<'_, '_>, sources: &Sources) -> Option<String> {
    let text: String = reader.optional("query")?;
    let span = reader.value_span("query");
    match text.parse::<Query>() {
        Ok(query) if is_number(&query) => {
            let finding = Diagnostic::warning("an alert on a plain number fires at once")
                .at(span)
                .label("a number is always an answer, whatever it is")
                .hint("ask for series that pass a bound, such as `… > 0.05`");
            reader.problems().push(finding);
            Some(text)
        }
        Ok(_) => Some(text),
        Err(error) => {
            let finding = Diagnostic::error(format!("`query`: {}", error.message))
                .at(sources.inside(span, error.place))
                .label("expected a PromQL query")
                .maybe_hint(error.hint);
            reader.problems().push(finding);
            None
        }
    }
}

/// Whether a query has no series in it, which shows where nothing was ever scraped.
fn is_number(query: &Query) -> bool {
    let answer = query.evaluate(&Storage::default(), SimTime::ZERO, Version::Three);
    matches!(answer, Ok(Answer::Scalar(_)))
}
