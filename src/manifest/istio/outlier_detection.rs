//! When a proxy leaves out a pod that fails.

use super::amounts::{count, length, percent};
use crate::document::{Diagnostic, MapReader};
use crate::units::{Ratio, SimDuration};

/// `outlierDetection` with its defaults: Istio's where it writes them, else the proxy's
/// (cluster_traffic_policy.go `applyOutlierDetection`; reference progressive-delivery.md §5.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlierDetection {
    /// `consecutive5xxErrors`, default 5; `None` for 0: off.
    pub consecutive_5xx: Option<u32>,
    /// `consecutiveGatewayErrors` (502, 503, 504), default off; `None` for 0 too.
    pub consecutive_gateway_errors: Option<u32>,
    /// `consecutiveLocalOriginFailures`, default 5, where `splitExternalLocalOriginErrors` counts them
    /// apart; else `None`: they count among the others.
    pub consecutive_local_failures: Option<u32>,
    /// `interval` between looks at who may come back, default 10 s.
    pub interval: SimDuration,
    /// `baseEjectionTime`, default 30 s.
    pub base_ejection_time: SimDuration,
    /// `maxEjectionPercent`, default 10 % (also for 0).
    pub max_ejection: Ratio,
    /// `minHealthPercent`: with fewer healthy pods all are used again; default 0 %, never.
    pub min_health: Ratio,
    /// `outlierDetectionHttpErrorCodes`: statuses that count as errors; default none: every 5xx.
    pub error_codes: Vec<u16>,
}

impl Default for OutlierDetection {
    fn default() -> Self {
        Self {
            consecutive_5xx: Some(5),
            consecutive_gateway_errors: None,
            consecutive_local_failures: None,
            interval: SimDuration::from_secs(10),
            base_ejection_time: SimDuration::from_secs(30),
            max_ejection: Ratio::from_fraction(0.1).expect("a tenth is a share"),
            min_health: Ratio::ZERO,
            error_codes: Vec::new(),
        }
    }
}

/// The proxy's threshold where local failures are counted apart and no other is written.
const LOCAL_FAILURES: u32 = 5;

/// Reads `outlierDetection`.
pub(super) fn read_outlier_detection(map: &mut MapReader<'_, '_>) -> Option<OutlierDetection> {
    let mut map = map.map("outlierDetection")?;
    let default = OutlierDetection::default();
    warn_of_the_older_count(&mut map);
    let fives = match map.has("consecutive5xxErrors") {
        true => count(&mut map, "consecutive5xxErrors"),
        false => default.consecutive_5xx,
    };
    let share = percent(&mut map, "maxEjectionPercent").filter(|share| *share > Ratio::ZERO);
    Some(OutlierDetection {
        consecutive_5xx: fives,
        consecutive_gateway_errors: count(&mut map, "consecutiveGatewayErrors"),
        consecutive_local_failures: read_local_failures(&mut map),
        interval: length(&mut map, "interval").unwrap_or(default.interval),
        base_ejection_time: length(&mut map, "baseEjectionTime")
            .unwrap_or(default.base_ejection_time),
        max_ejection: share.unwrap_or(default.max_ejection),
        min_health: percent(&mut map, "minHealthPercent").unwrap_or(default.min_health),
        error_codes: read_codes(&mut map),
    })
}

fn warn_of_the_older_count(map: &mut MapReader<'_, '_>) {
    if map.has("consecutiveErrors") {
        let finding = Diagnostic::warning("Istio no longer reads `consecutiveErrors`");
        let finding = finding.at(map.key_span("consecutiveErrors"));
        let cure = "write `consecutive5xxErrors` or `consecutiveGatewayErrors`";
        map.problems().push(finding.hint(cure));
    }
}

fn read_local_failures(map: &mut MapReader<'_, '_>) -> Option<u32> {
    let apart = map
        .optional("splitExternalLocalOriginErrors")
        .unwrap_or(false);
    let failures = count(map, "consecutiveLocalOriginFailures");
    if !apart && failures.is_some() {
        let message = "`consecutiveLocalOriginFailures` while they are not counted apart";
        let place = map.key_span("consecutiveLocalOriginFailures");
        let finding = Diagnostic::error(message).at(place);
        let cure = "add `splitExternalLocalOriginErrors: true`";
        map.problems().push(finding.hint(cure));
    }
    apart.then(|| failures.unwrap_or(LOCAL_FAILURES))
}

fn read_codes(map: &mut MapReader<'_, '_>) -> Vec<u16> {
    let key = "outlierDetectionHttpErrorCodes";
    let codes = map.list_of::<u32>(key).unwrap_or_default();
    if codes.iter().any(|code| !(100..=599).contains(code)) {
        let finding = Diagnostic::error(format!("`{key}` has a code that is none"));
        let finding = finding.at(map.value_span(key));
        map.problems().push(finding.label("expected 100 to 599"));
    }
    let codes = codes
        .into_iter()
        .filter_map(|code| u16::try_from(code).ok());
    codes.collect()
}
