//! What becomes of sets that are neither new nor stable.

use std::cmp::Reverse;

use super::super::blue_green::OldSet;
use super::super::{SetView, Stage, TemplateHash};
use super::CanaryView;
use crate::control::replica_set::stamp;
use crate::units::SimTime;

/// What a pass does to the older sets, newest revision first (reference §2.3, §2.8, upstream's
/// `scaleDownOldReplicaSetsForCanary`): unhealthy pods go first; then, as far as availability allows,
/// a basic canary takes all their pods, and with a router the former stable set waits for its deadline
/// while one of an interrupted update goes at once.
pub fn scale_down_intermediate(seen: &CanaryView<'_>, now: SimTime) -> Vec<OldSet> {
    let mut sets: Vec<SetView> = seen
        .sets
        .older
        .iter()
        .filter(|set| set.spec > 0)
        .copied()
        .collect();
    sets.sort_by_key(|set| (set.created, set.hash));
    let mut done = Vec::new();
    for set in sets.iter_mut().filter(|set| set.spec != set.available) {
        // Availability is that of status and does not change by taking pods that are not available.
        set.spec = set.spec.min(set.available);
        done.push(OldSet::Resize(set.hash, set.spec));
    }
    let available: u32 = seen.sets.all().map(|set| set.available).sum();
    let posts = seen.spec.fenceposts(seen.rollout.replicas);
    let least = seen.rollout.replicas.saturating_sub(posts.unavailable);
    let mut spare = available.saturating_sub(least);
    sets.sort_by_key(|set| Reverse((set.revision, set.created)));
    let mut kept = 0;
    for set in sets.iter().filter(|set| set.spec > 0) {
        if spare == 0 {
            break;
        }
        if seen.spec.is_weighted() && is_referenced(seen, set.hash) {
            continue;
        }
        let fate = fate(seen, (set, spare), &mut kept, now);
        if let Some(OldSet::Resize(_, size)) = fate {
            spare = spare.saturating_sub(set.spec - size);
        }
        done.extend(fate);
    }
    done
}

fn fate(
    seen: &CanaryView<'_>,
    (set, spare): (&SetView, u32),
    kept: &mut u32,
    now: SimTime,
) -> Option<OldSet> {
    if !seen.spec.is_weighted() {
        let size = set.spec.saturating_sub(spare);
        return Some(OldSet::Resize(set.hash, size));
    }
    let former = seen.status.stage() == Stage::Stable || set.scale_down_deadline.is_some();
    if !former || seen.spec.is_dynamic() {
        return Some(OldSet::Resize(set.hash, 0));
    }
    let limit = seen.rollout.scale_down_revision_limit();
    match set.scale_down_deadline {
        None if *kept < limit => {
            *kept += 1;
            let delay = seen.rollout.scale_down_delay();
            (!delay.is_zero()).then(|| OldSet::Deadline(set.hash, stamp(now + delay)))
        }
        None => Some(OldSet::Resize(set.hash, 0)),
        Some(deadline) => {
            *kept += 1;
            let stays = *kept <= limit && deadline > now;
            (!stays).then_some(OldSet::Resize(set.hash, 0))
        }
    }
}

/// Whether a Service or the status still points at the set.
fn is_referenced(seen: &CanaryView<'_>, hash: TemplateHash) -> bool {
    let status = &seen.status;
    let named = [
        status.stable,
        Some(status.current),
        status.canary_service,
        status.stable_service,
    ];
    named.contains(&Some(hash))
}
