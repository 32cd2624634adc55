//! The sections of a scenario, each read by hand from the raw tree: every error is collected.

mod alert;
mod arrivals;
mod burn_rate;
mod cluster;
mod differences;
mod edits;
mod gate;
mod head;
mod heads;
mod image;
mod mesh;
mod on_call;
mod operator;
mod quantities;
mod release;
mod risk;
mod telemetry;
mod traffic;
mod variant;

pub(super) use cluster::{read_cluster, read_prices};
pub(super) use edits::{Change, Edit};
pub(super) use gate::read_gates;
pub(super) use head::{Head, read_head};
pub(super) use image::{read_images, unknown_image};
pub(super) use mesh::read_mesh;
pub(super) use on_call::read_on_call;
pub(super) use operator::{Act, OperatorSection, read_operators};
pub(super) use release::{NewImage, ReleaseSection, read_release};
pub(super) use risk::read_truths;
pub(super) use telemetry::read_telemetry;
pub(super) use traffic::{Source, read_traffic};
pub(super) use variant::{EntrySection, VariantSection, read_files, read_variants};
