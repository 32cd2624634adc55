//! Reading probes (reference kubernetes.md §3.2).

use super::Probe;
use crate::document::{Diagnostic, Diagnostics, MapReader, Node};
use crate::units::SimDuration;

/// Longest time in whole seconds any field takes: a 32-bit number.
pub(super) const SECONDS_MAX: i64 = i32::MAX as i64;
const HANDLERS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "grpc"];

/// Reads the probe under one of `startupProbe`, `readinessProbe`, `livenessProbe`.
pub(super) fn read_probe(key: &str, node: &Node, problems: &mut Diagnostics) -> Option<Probe> {
    let mut map = MapReader::open(node, &format!("`{key}`"), problems)?;
    check_handler(key, &mut map);
    for network in ["httpGet", "tcpSocket", "grpc"] {
        if map.has(network)
            && map
                .node(network)
                .is_some_and(|node| node.as_map().is_some())
        {
            map.map(network)
                .and_then(|mut asked| asked.required_node("port"));
        }
    }
    let readiness = key == "readinessProbe";
    let success_threshold = number(&mut map, "successThreshold", 1);
    if !readiness && success_threshold != 1 {
        let message = format!("`successThreshold` is {success_threshold} in `{key}`");
        let finding = Diagnostic::error(message).at(map.value_span("successThreshold"));
        map.problems().push(finding.label("has to be 1 here"));
    }
    let grace = map.number_within("terminationGracePeriodSeconds", 1..=SECONDS_MAX);
    if readiness && grace.is_some() {
        let message = "`terminationGracePeriodSeconds` is not for a readiness probe";
        let finding = Diagnostic::error(message).at(map.key_span("terminationGracePeriodSeconds"));
        map.problems()
            .push(finding.hint("remove it: a failed readiness probe ends no container"));
    }
    let initial_delay = map.number_within("initialDelaySeconds", 0..=SECONDS_MAX);
    Some(Probe {
        initial_delay: seconds(initial_delay.unwrap_or(0)),
        period: seconds(number(&mut map, "periodSeconds", 10)),
        timeout: seconds(number(&mut map, "timeoutSeconds", 1)),
        success_threshold: success_threshold as u32,
        failure_threshold: number(&mut map, "failureThreshold", 3) as u32,
        grace: grace.map(seconds),
    })
}

pub(super) fn seconds(number: i64) -> SimDuration {
    SimDuration::from_secs(number.unsigned_abs())
}

/// A number of at least one. The API server reads 0 as "not written" here.
fn number<'a>(map: &mut MapReader<'a, '_>, key: &'a str, default: i64) -> i64 {
    match map.number_within(key, 0..=SECONDS_MAX) {
        Some(0) => {
            let message = format!("`{key}` is 0, which Kubernetes reads as its default {default}");
            let finding = Diagnostic::warning(message).at(map.value_span(key));
            map.problems().push(finding.label("expected 1 or more"));
            default
        }
        Some(number) => number,
        None => default,
    }
}

fn check_handler(key: &str, map: &mut MapReader<'_, '_>) {
    let written: Vec<&str> = HANDLERS.into_iter().filter(|name| map.has(name)).collect();
    let message = match written[..] {
        [_] => return,
        [] => format!("`{key}` does not say what it asks"),
        [first, second, ..] => format!("`{key}` asks twice: `{first}` and `{second}`"),
    };
    let finding = Diagnostic::error(message).at(map.span());
    let rule = "expected one of `exec`, `httpGet`, `tcpSocket`, `grpc`";
    map.problems().push(finding.label(rule));
}
