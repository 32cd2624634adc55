//! Users, arrivals, connections, servers, retries: who asks what when, and what becomes of it.

mod arrivals;
mod population;
mod setup;
mod spec;

pub use population::Population;
pub use setup::{CarrierSetup, IdleConnections, Interrupt, InterruptKind, ServerSpec, Version};
pub use spec::{Activity, Arrivals, Clients, KeepAlive, Retries, TrafficSpec, Users};
