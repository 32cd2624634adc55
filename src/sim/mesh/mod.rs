//! The mesh of a run: from objects and endpoints to what every proxy knows.

mod knowledge;
mod orders;
mod plan;

pub(super) use knowledge::MeshWorld;
