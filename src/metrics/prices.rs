//! What things cost (scenario.md, "Cluster, prices"; reference delivery-flags-migrations.md §7.3).

use crate::facts::Headcount;
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
            gib_hour: Money::from_usd(0.004_445),
            node_hour: Money::ZERO,
            user_minute: Money::ZERO,
        }
    }
}

const NANOS_PER_HOUR: i128 = 3_600_000_000_000;

impl Prices {
    /// Price of requested resources, exact up to one rounding to 10⁻⁹ USD for each of the two.
    pub fn of_requests(&self, headcount: &Headcount) -> Money {
        let cpu = headcount.cpu_milli_nanos() as i128 * self.vcpu_hour.as_nano_usd();
        let memory = headcount.memory_byte_nanos() as i128 * self.gib_hour.as_nano_usd();
        let rounded = |amount: i128, unit: i128| (amount + unit / 2) / unit;
        let nanos =
            rounded(cpu, 1000 * NANOS_PER_HOUR) + rounded(memory, (1 << 30) * NANOS_PER_HOUR);
        Money::from_nano_usd(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{NodeSize, PodSize, Window};
    use crate::units::{Bytes, CpuMillis, SimTime};

    #[test]
    fn an_hour_of_the_guides_pods_costs_what_the_reference_says() {
        // cases/slo-cost.json: cpu, memory → USD per pod-hour.
        for (cpu, mebibytes, usd) in [
            (100, 128, 0.004_603_63),
            (200, 256, 0.009_207_25),
            (500, 1024, 0.024_685),
        ] {
            let size = PodSize {
                cpu: CpuMillis::new(cpu),
                memory: Bytes::new(mebibytes << 20),
            };
            let node = NodeSize {
                cpu: CpuMillis::new(4000),
                memory: Bytes::new(16 << 30),
                pods: 110,
            };
            let window = Window {
                from: SimTime::ZERO,
                until: SimTime::from_secs(3600),
            };
            let mut headcount = Headcount::new(window, node);
            headcount.pod_created(SimTime::ZERO, size);
            headcount.close();
            let ours = Prices::default().of_requests(&headcount).as_usd();
            // The file has eight decimals.
            assert!((ours - usd).abs() <= 5e-9, "{ours} {usd}");
        }
    }
}
