//! Completion, progress, deadline, history, the Recreate gate: deployment_util_test.go,
//! progress_test.go, sync_test.go, recreate_test.go.

use rollcast::control::deployment::{
    Condition, DeploymentStatus, OwnedPod, Reason, complete, deployment_status,
    next_progress_check, old_pods_running, progressing, rollout_condition, surplus_replica_sets,
    timed_out,
};
use rollcast::control::replica_set::PodPhase;
use rollcast::ids::ReplicaSetId;
use rollcast::units::{SimDuration, SimTime};
use serde_json::{Value, json};

use super::row::{Got, Row, deployment, replica_set, replica_sets, status as counts};

/// Long after every condition of a row that gives no time.
const LATER: SimTime = SimTime::from_secs(1_000_000);

pub(super) fn status(row: &Row) -> Got {
    match row.function() {
        "deployment_complete" => completion(row),
        "deployment_progressing" => {
            let before = counts(row.object("old_status")?, None)?;
            let after = counts(row.object("new_status")?, None)?;
            Ok(json!({ "progressing": progressing(&before, &after) }))
        }
        "deployment_timed_out" => timing_out(row),
        "requeue_after" => requeue(row),
        "sync_rollout_status" => rollout(row),
        "revision_cleanup" => history(row),
        "recreate_old_pods_running" => gate(row),
        other => Err(format!("unknown fn `{other}`")),
    }
}

fn completion(row: &Row) -> Got {
    let view = deployment(
        row.spec(row.count("desired")?)?,
        DeploymentStatus::default(),
    );
    let status = DeploymentStatus {
        replicas: row.count("current")?,
        updated: row.count("updated")?,
        available: row.count("available")?,
        ..DeploymentStatus::default()
    };
    Ok(json!({ "complete": complete(&view, &status) }))
}

/// A reason by its name. An empty one stands for any that is neither complete nor timed out.
fn reason(name: &str) -> Result<Reason, String> {
    if name.is_empty() {
        return Ok(Reason::ReplicaSetUpdated);
    }
    let found = Reason::ALL.into_iter().find(|reason| reason.name() == name);
    found.ok_or_else(|| format!("unknown reason `{name}`"))
}

fn condition(reason: Reason, since: SimDuration) -> Condition {
    Condition {
        reason,
        last_update: SimTime::ZERO + since,
        last_transition: SimTime::ZERO + since,
    }
}

fn progressing_condition(row: &Row) -> Result<Option<Condition>, String> {
    if !row.has("progressing_condition") {
        return Ok(None);
    }
    let found = row.object("progressing_condition")?;
    let since = found.seconds_or_none("last_update_s")?;
    let condition = condition(reason(found.text("reason")?)?, since.unwrap_or_default());
    match found.text("status")? == condition.status().name() {
        true => Ok(Some(condition)),
        false => Err("a status that never goes with its reason".to_owned()),
    }
}

fn timing_out(row: &Row) -> Got {
    let since = row.seconds_or_none("condition_last_update_s")?;
    let condition = condition(
        reason(row.text("condition_reason")?)?,
        since.unwrap_or_default(),
    );
    let now = SimTime::ZERO + row.seconds_or_none("now_s")?.ok_or("no `now_s`")?;
    Ok(json!({ "timed_out": timed_out(row.deadline()?, Some(&condition), now) }))
}

fn requeue(row: &Row) -> Got {
    let progressing = progressing_condition(row)?;
    let before = counts(row.object("old_status")?, progressing)?;
    let after = counts(row.object("new_status")?, progressing)?;
    let view = deployment(row.spec(row.count("spec_replicas")?)?, before);
    let now = row.seconds_or_none("now_s")?;
    let now = now.map_or(LATER, |since| SimTime::ZERO + since);
    let left = next_progress_check(&view, &after, now);
    Ok(json!({ "requeue_after_s": left.map_or(-1.0, SimDuration::as_secs_f64) }))
}

fn rollout(row: &Row) -> Got {
    let current = progressing_condition(row)?;
    let before = counts(row.object("old_status")?, current)?;
    let view = deployment(row.spec(row.count("spec_replicas")?)?, before);
    let sets = replica_sets(row, "all_rs")?;
    let flags: Vec<bool> = row
        .list("all_rs")?
        .iter()
        .map(|set| set.flag("is_new"))
        .collect::<Result<_, _>>()?;
    let new = flags
        .iter()
        .position(|is_new| *is_new)
        .map(|index| sets[index].id);
    let after = deployment_status(&view, &sets, new, LATER);
    let got = rollout_condition(&view, &after, LATER);
    // Upstream asserts a time only where it must not have moved: `false` says nothing.
    let unchanged = |key: &str, time: fn(Condition) -> SimTime| {
        let asserted = row.raw("expected")[key] == true;
        asserted && got.map(time) == current.map(time)
    };
    Ok(json!({
        "progressing_status": got.map(|condition| condition.status().name()),
        "progressing_reason": got.map(|condition| condition.reason.name()),
        "last_transition_unchanged":
            unchanged("last_transition_unchanged", |condition| condition.last_transition),
        "last_update_unchanged":
            unchanged("last_update_unchanged", |condition| condition.last_update),
    }))
}

fn history(row: &Row) -> Got {
    let old = replica_sets(row, "old_rs")?;
    let surplus = surplus_replica_sets(row.count("revision_history_limit")?, &old);
    let rows = row.list("old_rs")?;
    let mut deleted: Vec<&str> = surplus
        .iter()
        .map(|id| rows[id.index()].text("name"))
        .collect::<Result<_, _>>()?;
    // The rows give a set, in the order of names.
    deleted.sort_unstable();
    Ok(json!({ "deletions": deleted.len(), "deleted": deleted }))
}

fn phase(value: &Value) -> Result<PodPhase, String> {
    match value.as_str() {
        // No phase yet: not an end.
        Some("" | "Pending") => Ok(PodPhase::Pending),
        Some("Running") => Ok(PodPhase::Running),
        Some("Unknown") => Ok(PodPhase::Unknown),
        Some("Succeeded") => Ok(PodPhase::Succeeded),
        Some("Failed") => Ok(PodPhase::Failed),
        _ => Err(format!("unknown phase {value}")),
    }
}

fn gate(row: &Row) -> Got {
    let reported = row
        .raw("old_rs_status_replicas")
        .as_array()
        .ok_or("no statuses")?;
    let mut old = Vec::new();
    for (index, replicas) in reported.iter().enumerate() {
        let set = json!({ "spec_replicas": 0, "status_replicas": replicas });
        old.push(replica_set(Row::new(&Value::Null, &set), index)?);
    }
    let lists = row
        .raw("old_pod_phases_by_rs")
        .as_array()
        .ok_or("no phases")?;
    let mut pods = Vec::new();
    for (index, phases) in lists.iter().enumerate() {
        for value in phases.as_array().ok_or("phases are lists")? {
            pods.push(OwnedPod {
                owner: ReplicaSetId::new(index as u32),
                phase: phase(value)?,
            });
        }
    }
    Ok(json!({ "old_pods_running": old_pods_running(None, &old, &pods) }))
}
