//! The simulated world.

pub mod control_plane;
