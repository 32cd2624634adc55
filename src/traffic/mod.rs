//! Users, arrivals, connections, servers, retries: who asks what when, and what becomes of it.
//!
//! The door is [`Carrier`], at request level. A request's outcome is computed at its arrival where
//! it can be, but counted only when its time has come: until then the end of its process undoes it.

mod arrivals;
mod carrier;
mod connections;
mod course;
mod doors;
mod flights;
mod memory;
pub mod mesh;
mod metering;
mod pace;
mod population;
mod quota;
mod server;
mod setup;
mod source;
mod spec;
mod stations;
mod waits;

pub use carrier::Carrier;
pub use mesh::FleetSpec;
pub use population::Population;
pub use setup::{
    CarrierSetup, HealthPath, IdleConnections, Interrupt, InterruptKind, ServerSpec, Split, Version,
};
pub use spec::{Activity, Arrivals, Clients, Head, KeepAlive, Retries, TrafficSpec, Users};
pub use waits::WaitLog;
