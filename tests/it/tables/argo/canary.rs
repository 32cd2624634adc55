//! Fenceposts, sizes, weights and steps of a canary.

use rollcast::control::argo_rollouts::{
    BlueGreenSpec, CanarySizes, CanarySpec, CanaryStatus, CanaryTarget, Counting,
    ProgressThreshold, RolloutStrategy, Sets, StableScale, Stage, Step, TrafficWeights, Weight,
    approximate_sizes, at_desired_sizes, basic_sizes, before_starting_step, canary_is_promoted,
    canary_sizes, canary_target, current_set_weight, desired_canary_weight,
    replicas_for_scale_down, resolve_fenceposts, routed_sizes, threshold_met,
};
use serde_json::{Value, json};

use super::super::row::{Got, Row};
use super::read::{
    NEW, NOW, OLDER, STABLE, canary, canary_scale, flag, post, rollout, set, status, weight_steps,
    weighted,
};

pub(super) fn fenceposts(row: &Row) -> Got {
    let row = row.object("in")?;
    let desired = row.count("desired")?;
    let posts = post(&row, "maxSurge").and_then(|surge| Ok((surge, post(&row, "maxUnavailable")?)));
    Ok(match posts {
        Ok((surge, unavailable)) => {
            let posts = resolve_fenceposts(surge, unavailable, desired);
            json!({ "surge": posts.surge, "unavailable": posts.unavailable, "error": false })
        }
        Err(_) => json!({ "surge": 0, "unavailable": 0, "error": true }),
    })
}

pub(super) fn single_fencepost(row: &Row) -> Got {
    let replicas = row.count("replicas")?;
    let (value, other) = (post(row, "value")?, post(row, "other")?);
    let default = CanarySpec::default();
    let value = value.unwrap_or(default.max_surge);
    let other = other.unwrap_or(default.max_surge);
    let (max_surge, max_unavailable) = match row.function() {
        "maxSurge" => (value, other),
        "maxUnavailable" => (other, value),
        name => return Err(format!("unknown function `{name}`")),
    };
    let spec = CanarySpec {
        max_surge,
        max_unavailable,
        ..default
    };
    let posts = rollout(replicas, RolloutStrategy::Canary(spec)).fenceposts();
    let restarts = BlueGreenSpec {
        max_unavailable,
        ..BlueGreenSpec::default()
    };
    match row.function() {
        "maxSurge" => Ok(json!(posts.surge)),
        // Blue-green reads the same field, for restarts.
        _ if restarts.max_unavailable(replicas) == posts.unavailable => {
            Ok(json!(posts.unavailable))
        }
        _ => Err("the strategies disagree".to_owned()),
    }
}

fn both(sizes: CanarySizes) -> Value {
    json!({ "canary": sizes.canary, "stable": sizes.stable })
}

pub(super) fn sizes(row: &Row) -> Got {
    let mode = row.text("mode")?;
    let row = row.object("in")?;
    let (new, stable) = (set(&row, "canary", NEW)?, set(&row, "stable", STABLE)?);
    let older: Vec<_> = set(&row, "older", OLDER)?.into_iter().collect();
    let sets = Sets {
        new: new.as_ref(),
        stable: stable.as_ref(),
        older: &older,
    };
    // Upstream's one step sets both; the last of two steps finds both when it looks back.
    let scale = canary_scale(&row, "setCanaryScale")?;
    let weight = row.count_or_none("setWeight")?.map(Step::SetWeight);
    let mut spec = canary(&row)?;
    spec.steps = scale.into_iter().chain(weight).collect();
    let index = u32::try_from(spec.steps.len().saturating_sub(1)).ok();
    let status = status(&row, index);
    let replicas = row.count("replicas")?;
    match mode {
        "basic" => Ok(both(basic_sizes(&spec, replicas, &status, &sets))),
        "traffic-routed" => {
            spec.routing = weighted(StableScale::Full);
            Ok(both(routed_sizes(&spec, replicas, &status, &sets)))
        }
        other => Err(format!("unknown mode `{other}`")),
    }
}

pub(super) fn weight_to_replicas(row: &Row) -> Got {
    let weight = Weight {
        parts: row.count("weight")?,
        whole: row.count("maxWeight")?,
    };
    Ok(json!(weight.replicas(row.count("replicas")?)))
}

pub(super) fn approximate(row: &Row) -> Got {
    let row = row.object("in")?;
    let weight = Weight {
        parts: row.count("weight")?,
        whole: row.count("maxWeight")?,
    };
    let (replicas, surge) = (row.count("replicas")?, row.count("maxSurge")?);
    Ok(both(approximate_sizes(replicas, weight, surge)))
}

pub(super) fn for_scale_down(row: &Row) -> Got {
    let set = set(row, "rs", NEW)?;
    let counting = match row.flag("ignoreAvailability")? {
        true => Counting::Wanted,
        false => Counting::Available,
    };
    Ok(json!(replicas_for_scale_down(set.as_ref(), counting)))
}

const NO_SETS: Sets<'static> = Sets {
    new: None,
    stable: None,
    older: &[],
};

pub(super) fn target(row: &Row) -> Got {
    let row = row.object("in")?;
    let mut spec = CanarySpec::default();
    if flag(&row, "trafficRouting") {
        spec.routing = weighted(StableScale::Full);
    }
    for step in row.list("steps").unwrap_or_default() {
        let weight = step.count_or_none("setWeight")?.map(Step::SetWeight);
        spec.steps
            .extend(canary_scale(&step, "setCanaryScale")?.or(weight));
    }
    let mut status = status(&row, row.count_or_none("currentStepIndex")?);
    if !row.has("stable") {
        status.stage = Stage::InitialDeploy;
    }
    Ok(match canary_target(&spec, 10, &status, &NO_SETS) {
        CanaryTarget::Replicas(replicas) => json!({ "replicas": replicas, "weight": 0 }),
        CanaryTarget::Weight(weight) => json!({ "replicas": null, "weight": weight }),
    })
}

pub(super) fn set_weight(row: &Row) -> Got {
    let spec = CanarySpec {
        steps: weight_steps(row, "steps")?,
        ..CanarySpec::default()
    };
    let status = status(row, row.count_or_none("index")?);
    Ok(json!(current_set_weight(&spec, &status)))
}

pub(super) fn before_start(row: &Row) -> Got {
    let spec = CanarySpec {
        steps: vec![Step::SetHeaderRoute; row.count("steps")? as usize],
        analysis_starting_step: row.count_or_none("startingStep")?,
        ..CanarySpec::default()
    };
    let status = status(row, row.count_or_none("index")?);
    Ok(json!(before_starting_step(&spec, &status)))
}

pub(super) fn all_available(row: &Row) -> Got {
    let set = set(row, "rs", NEW)?;
    Ok(json!(threshold_met(
        None,
        set.as_ref(),
        row.count("desired")?
    )))
}

pub(super) fn threshold(row: &Row) -> Got {
    let threshold = match row.raw("threshold") {
        Value::Null => None,
        written => {
            let value = written["value"]
                .as_i64()
                .and_then(|value| i32::try_from(value).ok());
            let value = value.ok_or("a threshold without value")?;
            Some(match written["type"].as_str() {
                Some("Percent") => ProgressThreshold::Percent(value),
                Some("Pods") => ProgressThreshold::Pods(value),
                other => return Err(format!("unknown threshold {other:?}")),
            })
        }
    };
    let set = set(row, "rs", NEW)?;
    Ok(json!(threshold_met(
        threshold,
        set.as_ref(),
        row.count("desired")?
    )))
}

pub(super) fn at_desired(row: &Row) -> Got {
    let mut spec = canary(row)?;
    spec.steps = vec![Step::SetWeight(row.count("setWeight")?)];
    let (new, stable) = (set(row, "canary", NEW)?, set(row, "stable", STABLE)?);
    let older: Vec<_> = set(row, "older", OLDER)?.into_iter().collect();
    let sets = Sets {
        new: new.as_ref(),
        stable: stable.as_ref(),
        older: &older,
    };
    let replicas = row.count("replicas")?;
    Ok(json!(at_desired_sizes(
        &spec,
        replicas,
        &status(row, Some(0)),
        &sets
    )))
}

pub(super) fn no_distinct_stable(row: &Row) -> Got {
    let mut spec = canary(row)?;
    spec.steps = vec![Step::SetWeight(row.count("setWeight")?)];
    let new = set(row, "newRS", NEW)?;
    let stable = match row.raw("stable") {
        Value::Null => None,
        Value::String(name) if name.starts_with("same") => new,
        other => return Err(format!("unknown stable {other}")),
    };
    let sets = Sets {
        new: new.as_ref(),
        stable: stable.as_ref(),
        older: &[],
    };
    let sizes = canary_sizes(&spec, row.count("replicas")?, &status(row, Some(0)), &sets);
    Ok(json!({ "new": sizes.canary, "stable": sizes.stable }))
}

pub(super) fn dynamic(row: &Row) -> Got {
    let row = row.object("in")?;
    let mut spec = canary(&row)?;
    spec.routing = weighted(StableScale::Dynamic);
    spec.steps = weight_steps(&row, "setWeightSteps")?;
    let (new, stable) = (set(&row, "canary", NEW)?, set(&row, "stable", STABLE)?);
    let sets = Sets {
        new: new.as_ref(),
        stable: stable.as_ref(),
        older: &[],
    };
    let weight = |key| row.count_or_none(key);
    let weights = match (weight("actualCanaryWeight")?, weight("actualStableWeight")?) {
        (Some(canary), Some(stable)) => Some(TrafficWeights {
            canary,
            stable,
            verified: None,
        }),
        _ => None,
    };
    let status = CanaryStatus {
        weights,
        ..status(&row, row.count_or_none("currentStepIndex")?)
    };
    Ok(both(routed_sizes(
        &spec,
        row.count("replicas")?,
        &status,
        &sets,
    )))
}

pub(super) fn abort_weight(row: &Row) -> Got {
    let row = row.object("in")?;
    let mut spec = canary(&row)?;
    spec.routing = weighted(match row.flag("dynamicStableScale")? {
        true => StableScale::Dynamic,
        false => StableScale::Full,
    });
    spec.steps = weight_steps(&row, "setWeightSteps")?;
    let new = set(&row, "canary", NEW)?;
    let available = row.count("stableAvailable")?;
    let stable = new.map(|new| rollcast::control::argo_rollouts::SetView {
        hash: STABLE,
        available,
        ..new
    });
    let sets = Sets {
        new: new.as_ref(),
        stable: stable.as_ref(),
        older: &[],
    };
    let replicas = row.count("replicas")?;
    let weight = desired_canary_weight(&spec, replicas, &status(&row, Some(0)), &sets);
    Ok(json!({ "desiredCanaryWeight": weight }))
}

pub(super) fn promoted(row: &Row) -> Got {
    let available = json!({ "rs": { "available": row.count("canaryAvailable")? } });
    let new = set(&Row::new(&available, &available), "rs", NEW)?;
    let stable = new.map(|new| rollcast::control::argo_rollouts::SetView {
        hash: STABLE,
        ..new
    });
    let spec = CanarySpec {
        steps: vec![Step::SetWeight(10); row.count("steps")? as usize],
        ..CanarySpec::default()
    };
    let rollout = rollout(
        row.count("replicas")?,
        RolloutStrategy::Canary(spec.clone()),
    );
    let sets = Sets {
        new: new.as_ref(),
        stable: stable.as_ref(),
        older: &[],
    };
    let status = status(row, row.count_or_none("index")?);
    Ok(json!(canary_is_promoted(
        &rollout,
        &spec,
        (&status, &sets),
        NOW
    )))
}
