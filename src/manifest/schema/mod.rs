//! The fields Kubernetes (1.36) and Argo Rollouts (its CRDs after v1.10.0-rc1) know, as tables: what is not in them is reported with the nearest
//! known name, never dropped in silence.
//!
//! Istio's kinds are as of istio/api at b8f8791d.
//!
//! Three fates of a known field: a typed view reads it; it cannot matter to a rollout and passes
//! quietly if its type is right; or it would matter and has no model yet, which a note says unless
//! its value is the one that changes nothing (`sessionAffinity: None`).
//!
//! What the tables leave out: the insides of fields that cannot matter (`env`, `volumes`,
//! `securityContext` …) and the fields of kinds without a typed view.

mod analysis;
mod canary;
mod check;
mod destination_rule;
mod gateway;
mod kinds;
mod placement;
mod pods;
mod rollout;
mod routers;
mod shape;
mod steps;
mod top;
mod virtual_service;
