//! Why a request failed.

/// The cause of a failed user intent: that of its last attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cause {
    /// The Service, or the proxy's cluster, had no endpoint to send to.
    NoReadyEndpoint,
    /// The chosen pod no longer listened (terminating), or not yet.
    ConnectionRefused,
    /// The connection died under the request: the process exited or was killed by the kubelet.
    Reset,
    /// The client gave up waiting.
    Timeout,
    /// The server's queue was full, or a proxy's circuit breaker open (503).
    Overflow,
    /// The application answered with an error (5xx).
    Defect,
    /// The process crashed or was killed for its memory while serving.
    Crash,
    /// A proxy had no route for it (404), or one to a cluster it does not know (503).
    NoRoute,
    /// A proxy answered with an error on purpose (`fault.abort`).
    Fault,
}

impl Cause {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::NoReadyEndpoint,
        Self::ConnectionRefused,
        Self::Reset,
        Self::Timeout,
        Self::Overflow,
        Self::Defect,
        Self::Crash,
        Self::NoRoute,
        Self::Fault,
    ];

    /// Name in JSON, CSV and gates.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoReadyEndpoint => "no_ready_endpoint",
            Self::ConnectionRefused => "connection_refused",
            Self::Reset => "reset",
            Self::Timeout => "timeout",
            Self::Overflow => "overflow",
            Self::Defect => "defect",
            Self::Crash => "crash",
            Self::NoRoute => "no_route",
            Self::Fault => "fault",
        }
    }
}
