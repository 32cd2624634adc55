//! What holds for every sequence of rolling steps, whatever the fenceposts and the pods' health.

use proptest::prelude::*;

use super::*;
use crate::control::replica_set::ReplicaSetStatus;
use crate::ids::ReplicaSetId;
use crate::manifest::Strategy as Rollout;
use crate::units::{IntOrPercent, SimDuration, SimTime};

fn fencepost() -> impl Strategy<Value = IntOrPercent> {
    prop_oneof![
        (0i32..12).prop_map(IntOrPercent::Int),
        (0i32..=150).prop_map(IntOrPercent::Percent),
    ]
}

prop_compose! {
    fn spec()(replicas in 0u32..30, max_surge in fencepost(), max_unavailable in fencepost())
        -> DeploymentSpec
    {
        DeploymentSpec {
            replicas,
            strategy: Rollout::RollingUpdate { max_surge, max_unavailable },
            min_ready: SimDuration::ZERO,
            progress_deadline: None,
            revision_history_limit: 10,
            paused: false,
            template_hash: 0,
        }
    }
}

fn set(index: u32, spec: u32, max: Option<u32>) -> ReplicaSetView {
    ReplicaSetView {
        id: ReplicaSetId::new(index),
        template_hash: u64::from(index),
        created: SimTime::from_secs(u64::from(index)),
        name_order: u64::from(index),
        spec,
        min_ready: SimDuration::ZERO,
        status: ReplicaSetStatus::default(),
        revision: Revision::Missing,
        desired: None,
        max,
        observed: true,
        deleting: false,
    }
}

/// Some of the pods that are wanted are available, never more than that.
fn heal(set: &mut ReplicaSetView, luck: u32) {
    set.status.available = luck % (set.spec + 1);
}

fn total(sets: &[ReplicaSetView]) -> u32 {
    sets.iter().map(|set| set.spec).sum()
}

proptest! {
    #[test]
    fn sizes_never_grow_past_desired_and_surge(
        spec in spec(),
        olds in prop::collection::vec(0u32..20, 1..4),
        steps in prop::collection::vec((any::<bool>(), any::<u32>(), any::<u32>()), 1..60),
    ) {
        let most = spec.replicas + max_surge(&spec);
        let mut sets: Vec<_> = (1u32..).zip(olds).map(|(at, size)| set(at, size, None)).collect();
        let mut new = set(9, 0, None);
        for (grows, luck, other) in steps {
            let before = total(&sets) + new.spec;
            if grows {
                new.spec = reconcile_new(&spec, before, new.spec).unwrap_or(new.spec);
            } else {
                sets.iter_mut().for_each(|set| heal(set, luck));
                heal(&mut new, other);
                for resize in reconcile_old(&spec, &sets, &new).resizes() {
                    let set = sets.iter_mut().find(|set| set.id == resize.id).unwrap();
                    prop_assert!(resize.to < set.spec, "an old ReplicaSet only shrinks");
                    set.spec = resize.to;
                }
            }
            let after = total(&sets) + new.spec;
            // A world that already has too many (it was scaled down) may keep them, not add.
            prop_assert!(after <= most.max(before), "{before} -> {after}, at most {most}");
            prop_assert!(new.spec <= spec.replicas);
        }
    }

    #[test]
    fn shrinking_old_sets_leaves_enough_available(
        spec in spec(),
        olds in prop::collection::vec((0u32..20, any::<u32>()), 1..4),
        size in 0u32..30,
        luck in any::<u32>(),
    ) {
        let mut sets: Vec<_> = Vec::new();
        for (at, (size, luck)) in (1u32..).zip(olds) {
            let mut one = set(at, size, None);
            heal(&mut one, luck);
            sets.push(one);
        }
        let mut new = set(9, size.min(spec.replicas), None);
        heal(&mut new, luck);
        let before = sets.iter().map(|set| set.status.available).sum::<u32>() + new.status.available;
        let step = reconcile_old(&spec, &sets, &new);
        prop_assert!(!step.refused, "no status is late here");
        for resize in step.resizes() {
            let set = sets.iter_mut().find(|set| set.id == resize.id).unwrap();
            set.spec = resize.to;
        }
        // The ReplicaSet controller deletes unready pods first, so a shrunk set keeps this many.
        let kept = sets.iter().map(|set| set.status.available.min(set.spec)).sum::<u32>()
            + new.status.available;
        prop_assert!(kept >= min_available(&spec).min(before), "{before} -> {kept}");
    }

    #[test]
    fn proportional_scaling_takes_up_exactly_what_is_allowed(
        spec in spec(),
        sizes in prop::collection::vec(1u32..40, 2..5),
        unused in 0u32..20,
    ) {
        // All ReplicaSets heard of the same maximum, and together they keep to it.
        let heard = Some(sizes.iter().sum::<u32>() + unused);
        let sets: Vec<_> = (1u32..).zip(&sizes).map(|(at, size)| set(at, *size, heard)).collect();
        let (new, old) = sets.split_last().unwrap();
        let resizes = scale(&spec, 0, Some(new), old);
        let allowed = match spec.replicas {
            0 => 0,
            desired => desired + max_surge(&spec),
        };
        prop_assert_eq!(resizes.len(), sets.len());
        prop_assert_eq!(resizes.iter().map(|resize| resize.to).sum::<u32>(), allowed);
    }
}
