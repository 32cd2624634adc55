//! `[telemetry]`: how the cluster is monitored.

use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::telemetry::promql::Version;
use crate::telemetry::{SeriesBirth, TelemetrySpec};
use crate::units::SimDuration;

const BIRTHS: [(&str, SeriesBirth); 2] = [
    ("first-request", SeriesBirth::FirstRequest),
    ("start", SeriesBirth::Start),
];

/// Reads `[telemetry]`; absent keys keep their defaults.
pub(in crate::scenario) fn read_telemetry(
    node: Option<&Node>,
    problems: &mut Diagnostics,
) -> TelemetrySpec {
    let mut spec = TelemetrySpec::default();
    let Some(mut reader) = node.and_then(|node| MapReader::open(node, "`telemetry`", problems))
    else {
        return spec;
    };
    spec.scrape = pace(&mut reader, "scrape").unwrap_or(spec.scrape);
    spec.evaluation = pace(&mut reader, "evaluation").unwrap_or(spec.evaluation);
    spec.version = read_version(&mut reader).unwrap_or(spec.version);
    spec.query_latency = reader
        .quantity("query-latency")
        .unwrap_or(spec.query_latency);
    spec.birth = reader.word("series", &BIRTHS).unwrap_or(spec.birth);
    reader.finish();
    spec
}

/// How often something is done: once a second at most, for a run pays for each time.
fn pace<'a>(reader: &mut MapReader<'a, '_>, key: &'a str) -> Option<SimDuration> {
    let pace: SimDuration = reader.quantity(key)?;
    if pace >= SimDuration::SECOND {
        return Some(pace);
    }
    let finding = Diagnostic::error(format!("`{key}` is {pace}, too short"))
        .at(reader.value_span(key))
        .label("expected at least `1s`");
    reader.problems().push(finding);
    None
}

fn read_version(reader: &mut MapReader<'_, '_>) -> Option<Version> {
    let version: i64 = reader.optional("prometheus")?;
    match version {
        2 => Some(Version::Two),
        3 => Some(Version::Three),
        _ => {
            let finding = Diagnostic::error(format!("`prometheus` is {version}"))
                .at(reader.value_span("prometheus"))
                .label("expected 2 or 3: a range holds its left edge in 2, and not in 3");
            reader.problems().push(finding);
            None
        }
    }
}
