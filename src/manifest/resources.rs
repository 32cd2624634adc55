//! Requests and limits, and what the node makes of them.

use super::{Quantity, Resources};
use crate::document::{Diagnostic, Diagnostics, MapReader, Node, Value};
use crate::units::{Bytes, CpuMillis};

/// Length of the period that a processor limit is enforced in [us] (reference kubernetes.md §9).
pub const CFS_PERIOD_US: u64 = 100_000;
/// The least quota the kernel takes [us].
const CFS_QUOTA_US_MIN: u64 = 1_000;
/// More than this is no amount of a container: 2^50, a pebibyte or 10^12 cores.
const AMOUNT_MAX: i128 = 1 << 50;

/// Time a container may run in each period of `period_us`, all threads together [us]: the limit's
/// share of the period, at least 1000; 0 means without limit (reference kubernetes.md §9).
pub fn cfs_quota_us(limit: CpuMillis, period_us: u64) -> u64 {
    match limit.as_millis() {
        0 => 0,
        millis => (millis * period_us / 1000).max(CFS_QUOTA_US_MIN),
    }
}

/// Reads `resources`; a request that is not written is its limit.
pub(super) fn read_resources(node: &Node, problems: &mut Diagnostics) -> Resources {
    let Some(mut map) = MapReader::open(node, "`resources`", problems) else {
        return Resources::default();
    };
    let requests = map.map("requests").map(Amounts::read).unwrap_or_default();
    let limits = map.map("limits").map(Amounts::read).unwrap_or_default();
    let pairs = [
        ("cpu", requests.cpu, limits.cpu),
        ("memory", requests.memory, limits.memory),
    ];
    for (what, request, limit) in pairs {
        if request
            .zip(limit)
            .is_some_and(|(request, limit)| request > limit)
        {
            let requests = node
                .child("requests")
                .and_then(|requests| requests.child(what));
            let message = format!("the request of {what} is above its limit");
            let place = requests.map_or(node.span, |request| request.span);
            let finding = Diagnostic::error(message).at(place);
            problems.push(finding.label("expected at most the limit"));
        }
    }
    let millis = |amount: u64| CpuMillis::new(amount);
    Resources {
        cpu_request: requests.cpu.or(limits.cpu).map(millis),
        memory_request: requests.memory.or(limits.memory).map(Bytes::new),
        cpu_limit: limits.cpu.map(millis),
        memory_limit: limits.memory.map(Bytes::new),
    }
}

/// Processor in thousandths of a core and memory in bytes, both rounded up.
#[derive(Default, Clone, Copy)]
struct Amounts {
    cpu: Option<u64>,
    memory: Option<u64>,
}

impl Amounts {
    fn read(mut map: MapReader<'_, '_>) -> Self {
        let cpu = map
            .node("cpu")
            .and_then(|node| amount(node, "cpu", map.problems()));
        let memory = map
            .node("memory")
            .and_then(|node| amount(node, "memory", map.problems()));
        Self {
            cpu: cpu.and_then(|cpu| u64::try_from(cpu.as_millis_up()).ok()),
            memory: memory.and_then(|memory| u64::try_from(memory.as_units_up()).ok()),
        }
    }
}

/// A quantity that a container may have: written as text or as a plain number.
fn amount(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Quantity> {
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => String::new(),
    };
    let problem = match text.parse::<Quantity>() {
        Err(error) => error.rule,
        Ok(quantity) if quantity.as_nanos() < 0 => "expected 0 or more",
        Ok(quantity) if quantity.as_units_up() > AMOUNT_MAX => "expected at most 2^50",
        Ok(quantity) => return Some(quantity),
    };
    let message = match node.value {
        Value::List(_) | Value::Map(_) | Value::Bool(_) | Value::Null => {
            format!("`{what}`: found {}", node.kind())
        }
        _ => format!("`{what}`: `{text}` is no such amount"),
    };
    problems.push(Diagnostic::error(message).at(node.span).label(problem));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_the_limits_share_of_the_period_and_at_least_a_millisecond() {
        let quota = |millis| cfs_quota_us(CpuMillis::new(millis), CFS_PERIOD_US);
        assert_eq!(
            [0, 5, 10, 200, 1500].map(quota),
            [0, 1000, 1000, 20_000, 150_000]
        );
    }
}
