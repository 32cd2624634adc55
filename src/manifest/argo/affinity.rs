//! `antiAffinity` of a Rollout.

use crate::document::{Diagnostic, MapReader};

/// Keeps new pods away from nodes with stable ones (reference progressive-delivery.md §1.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AntiAffinity {
    /// They have to be elsewhere.
    Required,
    /// They had better be elsewhere, with this weight, 1 to 100.
    Preferred(u32),
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Reads `antiAffinity` of a strategy.
pub(super) fn read_anti_affinity(strategy: &mut MapReader<'_, '_>) -> Option<AntiAffinity> {
    let mut map = strategy.map("antiAffinity")?;
    let required = map.map(REQUIRED).is_some();
    let preferred = map.has(PREFERRED);
    if required == preferred {
        let message = match required {
            true => "`antiAffinity` both requires and prefers",
            false => "`antiAffinity` neither requires nor prefers",
        };
        let rule = format!("expected exactly one of `{REQUIRED}` and `{PREFERRED}`");
        let finding = Diagnostic::error(message).at(map.span()).label(rule);
        map.problems().push(finding);
        return None;
    }
    if required {
        return Some(AntiAffinity::Required);
    }
    let mut preferred = map.map(PREFERRED)?;
    preferred.required_node("weight")?;
    let weight = preferred.number_within("weight", 1..=100)?;
    Some(AntiAffinity::Preferred(weight as u32))
}
