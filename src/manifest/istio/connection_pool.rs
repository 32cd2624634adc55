//! How many connections and requests a proxy allows.

use super::amounts::{count, length, length_or_zero};
use crate::document::{Diagnostic, MapReader};
use crate::units::SimDuration;

/// `connectionPool` with Istio's defaults (cluster_traffic_policy.go `applyConnectionPool`; reference
/// progressive-delivery.md §5.3). A limit of 0 is, there as here, one that is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionPool {
    /// `tcp.maxConnections`, default 2^32 - 1.
    pub max_connections: u32,
    /// `tcp.connectTimeout`, default 10 s (the mesh's own).
    pub connect_timeout: SimDuration,
    /// `tcp.maxConnectionDuration`, default none.
    pub max_connection_duration: Option<SimDuration>,
    /// `http.http1MaxPendingRequests`, default 2^32 - 1; HTTP/2 counts too.
    pub max_pending_requests: u32,
    /// `http.http2MaxRequests`, default 2^32 - 1; HTTP/1.1 counts too.
    pub max_requests: u32,
    /// `http.maxRequestsPerConnection`, default none; 1 means no keep-alive.
    pub max_requests_per_connection: Option<u32>,
    /// `http.maxRetries` under way at once, default 2^32 - 1.
    pub max_retries: u32,
    /// `http.idleTimeout`, else `tcp.idleTimeout`, default 1 h; `None` for `0s`: never.
    pub idle_timeout: Option<SimDuration>,
}

impl Default for ConnectionPool {
    fn default() -> Self {
        Self {
            max_connections: u32::MAX,
            connect_timeout: SimDuration::from_secs(10),
            max_connection_duration: None,
            max_pending_requests: u32::MAX,
            max_requests: u32::MAX,
            max_requests_per_connection: None,
            max_retries: u32::MAX,
            idle_timeout: Some(SimDuration::from_secs(3600)),
        }
    }
}

/// Reads `connectionPool`.
pub(super) fn read_connection_pool(map: &mut MapReader<'_, '_>) -> Option<ConnectionPool> {
    let mut map = map.map("connectionPool")?;
    if !map.has("tcp") && !map.has("http") {
        let finding = Diagnostic::error("`connectionPool` says nothing").at(map.span());
        map.problems()
            .push(finding.label("expected `tcp`, `http`, or both"));
    }
    let mut pool = ConnectionPool::default();
    if let Some(tcp) = map.map("tcp") {
        read_tcp(tcp, &mut pool);
    }
    if let Some(http) = map.map("http") {
        read_http(http, &mut pool);
    }
    Some(pool)
}

fn read_tcp(mut map: MapReader<'_, '_>, pool: &mut ConnectionPool) {
    set(&mut pool.max_connections, count(&mut map, "maxConnections"));
    set(
        &mut pool.connect_timeout,
        length(&mut map, "connectTimeout"),
    );
    pool.max_connection_duration = length(&mut map, "maxConnectionDuration");
    if let Some(idle) = length_or_zero(&mut map, "idleTimeout") {
        pool.idle_timeout = (!idle.is_zero()).then_some(idle);
    }
}

fn read_http(mut map: MapReader<'_, '_>, pool: &mut ConnectionPool) {
    let pending = count(&mut map, "http1MaxPendingRequests");
    set(&mut pool.max_pending_requests, pending);
    set(&mut pool.max_requests, count(&mut map, "http2MaxRequests"));
    pool.max_requests_per_connection = count(&mut map, "maxRequestsPerConnection");
    set(&mut pool.max_retries, count(&mut map, "maxRetries"));
    let idle = length(&mut map, "idleTimeout");
    pool.idle_timeout = idle.or(pool.idle_timeout);
}

fn set<T>(field: &mut T, written: Option<T>) {
    if let Some(written) = written {
        *field = written;
    }
}
