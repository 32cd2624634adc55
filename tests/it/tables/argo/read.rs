//! Rows as the decisions' own types.

use rollcast::control::argo_rollouts::{
    BlueGreenSpec, CanaryScale, CanarySpec, CanaryStatus, DeadlineMissed, RolloutSpec,
    RolloutStrategy, Routing, ScaleDownDelays, SetView, StableScale, Stage, Step, TemplateHash,
    fencepost,
};
use rollcast::manifest::IntOrString;
use rollcast::units::{IntOrPercent, SimDuration, SimTime};
use serde_json::Value;

use super::super::row::Row;

/// The instant that rows call 0; some of their times are negative.
pub(super) const NOW: SimTime = SimTime::from_secs(1_000_000);

/// Hash of the canary or of a blue-green's new set.
pub(super) const NEW: TemplateHash = TemplateHash::new(1);
/// Hash of the stable set.
pub(super) const STABLE: TemplateHash = TemplateHash::new(2);
/// Hash of the first older set.
pub(super) const OLDER: TemplateHash = TemplateHash::new(3);

/// A delay in whole seconds, if written.
pub(super) fn delay(row: &Row, key: &str) -> Result<Option<SimDuration>, String> {
    let seconds = row.count_or_none(key)?;
    Ok(seconds.map(|seconds| SimDuration::from_secs(u64::from(seconds))))
}

/// A flag that is false where it is missing.
pub(super) fn flag(row: &Row, key: &str) -> bool {
    row.raw(key).as_bool().unwrap_or(false)
}

/// A fencepost of a Rollout, whose texts are percentages.
pub(super) fn post(row: &Row, key: &str) -> Result<Option<IntOrPercent>, String> {
    let written = match row.raw(key) {
        Value::Null => return Ok(None),
        Value::String(text) => IntOrString::Text(text.clone()),
        number => IntOrString::Int(
            number
                .as_i64()
                .and_then(|number| i32::try_from(number).ok())
                .ok_or_else(|| format!("`{key}` is not a fencepost: {number}"))?,
        ),
    };
    fencepost(&written)
        .map(Some)
        .map_err(|error| error.to_string())
}

/// A set; its size is 1 where the row says nothing, as upstream's default is.
pub(super) fn set(row: &Row, key: &str, hash: TemplateHash) -> Result<Option<SetView>, String> {
    if !row.raw(key).is_object() {
        return Ok(None);
    }
    let set = row.object(key)?;
    let spec = set.count_or("spec", 1)?;
    Ok(Some(SetView {
        hash,
        revision: 1,
        created: SimTime::ZERO,
        spec,
        replicas: set.count_or("status", spec)?,
        available: set.count_or("available", 0)?,
        desired: Some(spec),
        scale_down_deadline: None,
    }))
}

/// `setCanaryScale` as a row writes it.
pub(super) fn canary_scale(row: &Row, key: &str) -> Result<Option<Step>, String> {
    if !row.has(key) {
        return Ok(None);
    }
    let scale = row.object(key)?;
    let (replicas, weight) = (
        scale.count_or_none("replicas")?,
        scale.count_or_none("weight")?,
    );
    let scale = match (flag(&scale, "matchTrafficWeight"), replicas, weight) {
        (false, Some(replicas), _) => CanaryScale::Replicas(replicas),
        (false, None, Some(weight)) => CanaryScale::Weight(weight),
        _ => CanaryScale::MatchTrafficWeight,
    };
    Ok(Some(Step::SetCanaryScale(scale)))
}

/// Routing by weight out of 100.
pub(super) fn weighted(stable: StableScale) -> Routing {
    Routing::Weighted {
        max_weight: 100,
        stable,
    }
}

/// Steps that set these weights.
pub(super) fn weight_steps(row: &Row, key: &str) -> Result<Vec<Step>, String> {
    let list = row
        .raw(key)
        .as_array()
        .ok_or_else(|| format!("`{key}` is no list"))?;
    let weight = |value: &Value| value.as_u64().and_then(|weight| u32::try_from(weight).ok());
    list.iter()
        .map(|value| {
            weight(value)
                .map(Step::SetWeight)
                .ok_or_else(|| format!("weight {value}"))
        })
        .collect()
}

/// A canary in mid-update with this row's fenceposts.
pub(super) fn canary(row: &Row) -> Result<CanarySpec, String> {
    let default = CanarySpec::default();
    Ok(CanarySpec {
        max_surge: post(row, "maxSurge")?.unwrap_or(default.max_surge),
        max_unavailable: post(row, "maxUnavailable")?.unwrap_or(default.max_unavailable),
        min_pods: row.count_or_none("minPodsPerReplicaSet")?,
        delays: ScaleDownDelays {
            after_abort: delay(row, "abortScaleDownDelaySeconds")?,
            ..ScaleDownDelays::default()
        },
        ..default
    })
}

/// The status of an update under way.
pub(super) fn status(row: &Row, step_index: Option<u32>) -> CanaryStatus {
    CanaryStatus {
        stage: Stage::Updating,
        step_index,
        abort: flag(row, "abort"),
        promote_full: flag(row, "promoteFull"),
        weights: None,
    }
}

/// A Rollout of so many pods.
pub(super) fn rollout(replicas: u32, strategy: RolloutStrategy) -> RolloutSpec {
    RolloutSpec {
        replicas,
        paused: false,
        progress_deadline: SimDuration::from_secs(600),
        deadline_missed: DeadlineMissed::Report,
        rollback_window: 0,
        strategy,
    }
}

/// A blue-green Rollout and its strategy.
pub(super) fn blue_green(replicas: u32, spec: BlueGreenSpec) -> (RolloutSpec, BlueGreenSpec) {
    let strategy = RolloutStrategy::BlueGreen(spec.clone());
    (rollout(replicas, strategy), spec)
}
