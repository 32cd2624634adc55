//! How one attempt at an upstream ended, and what the client would be told.

use std::fmt;

/// The end of one attempt, as the proxy sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptEnd {
    /// The host answered with this HTTP status.
    Answer(u16),
    /// A circuit breaker of this proxy refused the attempt.
    Overflow,
    /// No connection could be made: refused, or not within the connect timeout.
    ConnectFailure,
    /// The host refused the stream and did nothing with it (HTTP/2 REFUSED_STREAM).
    RefusedStream,
    /// The connection broke before anything of the request was sent.
    ResetBeforeRequest,
    /// The connection broke after the request was sent: it may have been worked on.
    Reset,
    /// The attempt took longer than the per-try timeout; the proxy reset it after sending.
    PerTryTimeout,
}

/// Envoy's response flags, as access logs show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResponseFlag {
    /// `UO`: a circuit breaker overflowed.
    UpstreamOverflow,
    /// `UH`: no healthy host.
    NoHealthyUpstream,
    /// `UF`: the connection failed.
    UpstreamConnectionFailure,
    /// `UT`: the (per-try or whole) timeout passed.
    UpstreamRequestTimeout,
    /// `UC`: the upstream closed the connection.
    UpstreamConnectionTermination,
    /// `UR`: the upstream reset the stream.
    UpstreamRemoteReset,
    /// `URX`: no retry left.
    UpstreamRetryLimitExceeded,
    /// `NR`: no route.
    NoRoute,
    /// `NC`: no such cluster.
    NoCluster,
    /// `DC`: the client is gone.
    DownstreamConnectionTermination,
}

impl fmt::Display for ResponseFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UpstreamOverflow => "UO",
            Self::NoHealthyUpstream => "UH",
            Self::UpstreamConnectionFailure => "UF",
            Self::UpstreamRequestTimeout => "UT",
            Self::UpstreamConnectionTermination => "UC",
            Self::UpstreamRemoteReset => "UR",
            Self::UpstreamRetryLimitExceeded => "URX",
            Self::NoRoute => "NR",
            Self::NoCluster => "NC",
            Self::DownstreamConnectionTermination => "DC",
        })
    }
}

impl AttemptEnd {
    /// The status the client gets if this attempt is not retried: the host's own, or 503, or 504
    /// for a timeout.
    pub const fn status(self) -> u16 {
        match self {
            Self::Answer(status) => status,
            Self::PerTryTimeout => 504,
            _ => 503,
        }
    }
    /// The flag it is logged with if it is not retried.
    pub const fn flag(self) -> Option<ResponseFlag> {
        match self {
            Self::Answer(_) => None,
            Self::Overflow => Some(ResponseFlag::UpstreamOverflow),
            Self::ConnectFailure => Some(ResponseFlag::UpstreamConnectionFailure),
            Self::RefusedStream => Some(ResponseFlag::UpstreamRemoteReset),
            Self::ResetBeforeRequest | Self::Reset => {
                Some(ResponseFlag::UpstreamConnectionTermination)
            }
            Self::PerTryTimeout => Some(ResponseFlag::UpstreamRequestTimeout),
        }
    }
}

/// Whether a status counts as a gateway error: 502, 503 or 504.
pub const fn is_gateway_error(status: u16) -> bool {
    matches!(status, 502..=504)
}

/// Whether a status is a server error.
pub const fn is_5xx(status: u16) -> bool {
    matches!(status, 500..=599)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_told_what_access_logs_show() {
        // Recorded: "503:UO", "503:UF", "503:UC", "504:UT", "500:-".
        let told = |end: AttemptEnd| {
            let flag = end.flag().map_or("-".to_owned(), |flag| flag.to_string());
            format!("{}:{flag}", end.status())
        };
        let ends = [
            AttemptEnd::Overflow,
            AttemptEnd::ConnectFailure,
            AttemptEnd::Reset,
            AttemptEnd::PerTryTimeout,
            AttemptEnd::Answer(500),
        ];
        let expected = ["503:UO", "503:UF", "503:UC", "504:UT", "500:-"];
        assert_eq!(ends.map(told), expected.map(str::to_owned));
    }
}
