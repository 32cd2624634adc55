//! What things cost (scenario.md, "Cluster, prices"; reference delivery-flags-migrations.md §7.3).

use crate::units::Money;

/// `[prices]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    /// Per requested vCPU-hour. Default $0.04048 (Fargate, us-east-1).
    pub vcpu_hour: Money,
    /// Per requested GiB-hour. Default $0.004445.
    pub gib_hour: Money,
    /// Per node-hour, counted apart in `node_hours`; default $0 (not added to the cost).
    pub node_hour: Money,
    /// Per user-minute of downtime. Default $0.
    pub user_minute: Money,
}

impl Default for Prices {
    fn default() -> Self {
        Self {
            vcpu_hour: Money::from_usd(0.04048),
            gib_hour: Money::from_usd(0.004445),
            node_hour: Money::ZERO,
            user_minute: Money::ZERO,
        }
    }
}
