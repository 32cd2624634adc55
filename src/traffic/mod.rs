//! Users, arrivals, connections, servers, retries: who asks what when, and what becomes of it.

mod spec;

pub use spec::{Activity, Arrivals, Clients, KeepAlive, Retries, TrafficSpec, Users};
