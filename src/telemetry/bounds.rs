//! The two dialects in which servers speak of requests, and the bounds of their histograms.

use super::promql::Version;
use crate::units::SimDuration;

/// Who exposes the metric: the application itself, or the mesh's proxy beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `http_…`: a Prometheus client library within the application.
    Http,
    /// `istio_…`: the sidecar of the destination.
    Istio,
}

/// Seconds; the default of the client libraries (prometheus/client_golang `prometheus/histogram.go`,
/// `DefBuckets`).
const HTTP_SECONDS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Milliseconds; Envoy's default (envoyproxy/envoy `source/common/stats/histogram_impl.cc`,
/// `HistogramSettingsImpl::defaultBuckets`). The same bounds are in the recorded PromQL rows.
const ISTIO_MILLIS: [f64; 19] = [
    0.5, 1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1e3, 2.5e3, 5e3, 1e4, 3e4, 6e4, 3e5, 6e5,
    1.8e6, 3.6e6,
];

const MILLISECOND: u64 = SimDuration::from_millis(1).as_nanos();

impl Dialect {
    /// The bounds as they are written, ascending, without `+Inf`.
    pub(super) fn bounds(self) -> &'static [f64] {
        match self {
            Self::Http => &HTTP_SECONDS,
            Self::Istio => &ISTIO_MILLIS,
        }
    }

    /// The longest duration that counts as at most `bound`.
    ///
    /// Istio records whole milliseconds, the fraction cut off (istio/proxy
    /// `source/extensions/filters/http/istio_stats/istio_stats.cc`): 5.9 ms are within 5.
    pub(super) fn edge(self, bound: f64) -> SimDuration {
        match self {
            Self::Http => SimDuration::from_secs_f64(bound),
            Self::Istio => SimDuration::from_nanos((bound as u64 + 1) * MILLISECOND - 1),
        }
    }
}

/// The label `le` of a bound. Prometheus 3 writes all of them as Go writes floats, with `.0` where
/// nothing else says that it is one; Prometheus 2 takes the text as exposed.
pub(super) fn le(bound: f64, version: Version) -> String {
    match version {
        Version::Two => bound.to_string(),
        // Go's shortest form has an exponent from a million on.
        Version::Three if bound >= 1e6 => format!("{bound:e}").replace('e', "e+0"),
        Version::Three => format!("{bound:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_written_as_each_version_keeps_them() {
        let two = ISTIO_MILLIS.map(|bound| le(bound, Version::Two));
        assert_eq!(
            (&*two[0], &*two[1], &*two[14], &*two[17]),
            ("0.5", "1", "60000", "1800000")
        );
        let three = ISTIO_MILLIS.map(|bound| le(bound, Version::Three));
        let some = (&*three[0], &*three[1], &*three[14], &*three[17]);
        assert_eq!(some, ("0.5", "1.0", "60000.0", "1.8e+06"));
        assert_eq!(le(0.005, Version::Three), "0.005");
    }

    #[test]
    fn a_duration_at_a_bound_is_within_it_and_the_mesh_cuts_fractions_of_milliseconds() {
        let nanos = |dialect: Dialect, bound| dialect.edge(bound).as_nanos();
        assert_eq!(nanos(Dialect::Http, 0.005), 5_000_000);
        assert_eq!(nanos(Dialect::Http, 2.5), 2_500_000_000);
        assert_eq!(nanos(Dialect::Istio, 0.5), 999_999);
        assert_eq!(nanos(Dialect::Istio, 5.0), 5_999_999);
    }
}
