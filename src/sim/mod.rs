//! One run: a world in virtual time, from the settled state to the horizon.
//!
//! ```text
//!   people ──▶ control plane ──▶ scheduler ──▶ kubelets ──▶ servers
//!                  ▲    │                         │            ▲
//!                  └────┼─── pod status ──────────┘            │ requests
//!                       └──▶ EndpointSlices ──▶ kube-proxies ──┘
//! ```
//!
//! One closed [`Event`](event::Event) enum and one exhaustive dispatch lend each room just what it
//! needs. Between two events of the cluster the carrier of requests runs by itself.
//! Invariant: no clock, thread, file or hash order in here; same inputs, same bytes.

pub mod control_plane;
mod ending;
mod event;
mod mesh;
mod network;
mod on_call;
mod people;
mod pods;
mod recording;
mod settling;
mod simulate;
mod telemetry;
#[cfg(test)]
mod telemetry_stories;
mod world;

pub use recording::Recording;
pub use simulate::{Balance, Job, Simulation, Watched};
