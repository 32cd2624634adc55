//! Why a request failed.

/// The cause of a failed user intent: that of its last attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cause {
    /// The Service had no endpoint to send to.
    NoReadyEndpoint,
    /// The chosen pod no longer listened (terminating), or not yet.
    ConnectionRefused,
    /// The connection died under the request: the process exited or was killed by the kubelet.
    Reset,
    /// The client gave up waiting.
    Timeout,
    /// The server's queue was full (503).
    Overflow,
    /// The application answered with an error (5xx).
    Defect,
    /// The process crashed or was killed for its memory while serving.
    Crash,
}

impl Cause {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::NoReadyEndpoint,
        Self::ConnectionRefused,
        Self::Reset,
        Self::Timeout,
        Self::Overflow,
        Self::Defect,
        Self::Crash,
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
        }
    }
}
