//! Faults that a route injects.

use super::amounts::{length, percent, percentage};
use crate::document::{Diagnostic, MapReader};
use crate::units::{Ratio, SimDuration};

/// `fault`: what happens to some requests on purpose, before they are passed on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fault {
    /// `delay`.
    pub delay: Option<Delay>,
    /// `abort`.
    pub abort: Option<Abort>,
}

/// Some requests wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// `percentage` (or the older `percent`), default none of them.
    pub share: Ratio,
    /// `fixedDelay`.
    pub length: SimDuration,
}

/// Some requests are answered at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abort {
    /// `percentage`, default none of them.
    pub share: Ratio,
    /// With what.
    pub status: AbortStatus,
}

/// What an aborted request is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AbortStatus {
    /// `httpStatus`.
    Http(u16),
    /// `grpcStatus`, a name such as `UNAVAILABLE`.
    Grpc(String),
}

/// The smallest share above 0, in per cent.
const SHARE_MIN: f64 = 0.0001;

const GRPC: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// Reads `fault`.
pub(super) fn read_fault(map: &mut MapReader<'_, '_>) -> Option<Fault> {
    let mut map = map.map("fault")?;
    if !map.has("delay") && !map.has("abort") {
        let finding = Diagnostic::error("`fault` says nothing").at(map.span());
        map.problems()
            .push(finding.label("expected `delay`, `abort`, or both"));
    }
    Some(Fault {
        delay: map.map("delay").and_then(read_delay),
        abort: map.map("abort").and_then(read_abort),
    })
}

fn read_delay(mut map: MapReader<'_, '_>) -> Option<Delay> {
    let share = percentage(&mut map, "percentage", SHARE_MIN);
    let older = percent(&mut map, "percent");
    if map.has("exponentialDelay") {
        let finding = Diagnostic::error("Istio has no `exponentialDelay` yet");
        let finding = finding.at(map.key_span("exponentialDelay"));
        map.problems().push(finding.hint("write `fixedDelay`"));
        return None;
    }
    if !map.has("fixedDelay") {
        let finding = Diagnostic::warning("`delay` without `fixedDelay` delays nothing");
        let place = map.span();
        map.problems().push(finding.at(place));
        return None;
    }
    Some(Delay {
        share: share.or(older).unwrap_or(Ratio::ZERO),
        length: length(&mut map, "fixedDelay")?,
    })
}

fn read_abort(mut map: MapReader<'_, '_>) -> Option<Abort> {
    let share = percentage(&mut map, "percentage", SHARE_MIN);
    let kinds = ["httpStatus", "grpcStatus", "http2Error"];
    let written: Vec<&str> = kinds.into_iter().filter(|key| map.has(key)).collect();
    let status = match written[..] {
        ["httpStatus"] => status_code(&mut map, "httpStatus").map(AbortStatus::Http),
        ["grpcStatus"] => {
            let names = GRPC.map(|name| (name, name));
            let name = map.word("grpcStatus", &names);
            name.map(|name| AbortStatus::Grpc(name.to_owned()))
        }
        [] => {
            let finding = Diagnostic::warning("`abort` without a status aborts nothing");
            let finding = finding.at(map.span());
            map.problems()
                .push(finding.hint("add `httpStatus` or `grpcStatus`"));
            None
        }
        _ => {
            let finding = Diagnostic::error("`abort` cannot answer so");
            let finding = finding.at(map.key_span(written[written.len() - 1]));
            map.problems()
                .push(finding.label("expected one of `httpStatus`, `grpcStatus`"));
            None
        }
    };
    Some(Abort {
        share: share.unwrap_or(Ratio::ZERO),
        status: status?,
    })
}

/// A status code in the range Istio takes (`validateHTTPStatus`).
pub(super) fn status_code<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> Option<u16> {
    map.number_within(key, 200..=600).map(|code| code as u16)
}
