//! The ReplicaSet controller: replica_set_test.go, replica_set_utils_test.go,
//! controller_utils_test.go.

use std::cmp::Ordering;

use rollcast::control::replica_set::{
    Candidate, Change, PodPhase, PodView, Readiness, Recency, delete_first,
    next_availability_check, pods_to_delete, replica_set_status, replicas_to_change, slow_start,
    slow_start_batches,
};
use rollcast::ids::{NodeId, PodId};
use rollcast::units::{SimDuration, SimTime};
use serde_json::{Value, json};

use super::row::{Got, Row};

/// "Now" of all rows: later than any age they give.
const NOW: SimTime = SimTime::from_secs(1_000_000_000);

pub(super) fn replica_set(row: &Row) -> Got {
    match row.function() {
        "slow_start" => slow(row),
        "burst" => burst(row),
        "next_availability_check_s" => next_check(row),
        "rs_status" => status(row),
        other => Err(format!("unknown fn `{other}`")),
    }
}

fn slow(row: &Row) -> Got {
    let (count, mut left) = (row.count("count")?, row.count("succeeding_calls")?);
    let done = slow_start(count, || {
        let alive = left > 0;
        left = left.saturating_sub(1);
        alive.then_some(()).ok_or("the quota is used up")
    });
    let mut tried = 0;
    let batches: Vec<u32> = slow_start_batches(count)
        .take_while(|batch| {
            tried += batch;
            tried <= done.calls
        })
        .collect();
    Ok(json!({
        "successes": done.successes,
        "calls": done.calls,
        "error": done.failed,
        "batches": batches,
    }))
}

fn burst(row: &Row) -> Got {
    let (spec, burst) = (row.count("replicas")?, row.count("burst")?);
    let mut active = 0;
    let mut creates = Vec::new();
    while let Change::Create(count) = replicas_to_change(spec, active, burst) {
        if count == 0 {
            return Err("a burst of nothing never ends".to_owned());
        }
        active += count;
        creates.push(count);
    }
    Ok(json!({ "creates_per_sync": creates }))
}

fn pod(index: usize) -> PodView {
    PodView {
        id: PodId::new(u32::try_from(index).expect("short lists")),
        uid: 0,
        node: None,
        phase: PodPhase::Running,
        readiness: Readiness::NotReady,
        created: None,
        terminating: false,
        restarts: 0,
        sidecar_restarts: 0,
        deletion_cost: 0,
    }
}

fn age(row: &Row, key: &str) -> Result<Option<SimTime>, String> {
    let age = row.seconds_or_none(key)?;
    Ok(age.map(|age| SimTime::ZERO + (NOW.since_start() - age)))
}

fn min_ready(row: &Row) -> Result<SimDuration, String> {
    let seconds = row.count("min_ready_seconds")?;
    Ok(SimDuration::from_secs(u64::from(seconds)))
}

fn next_check(row: &Row) -> Got {
    let mut pod = pod(0);
    if row.flag("ready")? {
        pod.readiness = Readiness::Ready(age(row, "ready_age_s")?);
    }
    let wait = next_availability_check(&[pod], min_ready(row)?, NOW);
    Ok(json!(wait.map(SimDuration::as_secs_f64)))
}

fn status(row: &Row) -> Got {
    let ready = row.count("ready_pods")? as usize;
    let since = age(row, "ready_age_s")?;
    let pods: Vec<PodView> = (0..row.count("pods")? as usize)
        .map(|index| PodView {
            readiness: match index < ready {
                true => Readiness::Ready(since),
                false => Readiness::NotReady,
            },
            ..pod(index)
        })
        .collect();
    let status = replica_set_status(&pods, min_ready(row)?, NOW);
    Ok(json!({
        "replicas": status.replicas,
        "ready": status.ready,
        "available": status.available,
    }))
}

pub(super) fn deletion_rank(row: &Row) -> Got {
    match row.function() {
        "delete_first" => first_of_two(row),
        "delete_order_plain" => plain_order(row),
        "pods_to_delete" => victims(row),
        other => Err(format!("unknown fn `{other}`")),
    }
}

/// A pod as a row or the table's legend describes it.
fn described(row: &Row, index: usize) -> Result<PodView, String> {
    let node = row.raw("node").as_str().unwrap_or("");
    Ok(PodView {
        node: (!node.is_empty()).then(|| NodeId::new(node_number(node))),
        phase: phase(row.text("phase")?)?,
        readiness: match row.flag("ready")? {
            true => Readiness::Ready(age(row, "ready_age_s")?),
            false => Readiness::NotReady,
        },
        created: age(row, "created_age_s")?,
        restarts: row.count_or("restarts", 0)?,
        sidecar_restarts: row.count_or("sidecar_restarts", 0)?,
        deletion_cost: deletion_cost(row)?,
        ..pod(index)
    })
}

fn deletion_cost(row: &Row) -> Result<i32, String> {
    let value = row.raw("deletion_cost");
    if value.is_null() {
        return Ok(0);
    }
    let cost = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let cost = cost.and_then(|cost| i32::try_from(cost).ok());
    cost.ok_or_else(|| format!("`deletion_cost` is not a number: {value}"))
}

/// Nodes are only ever compared: any injective number of the name will do.
fn node_number(name: &str) -> u32 {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    name.bytes().fold(2_166_136_261, step)
}

fn phase(name: &str) -> Result<PodPhase, String> {
    match name {
        "" | "Pending" => Ok(PodPhase::Pending),
        "Unknown" => Ok(PodPhase::Unknown),
        "Running" => Ok(PodPhase::Running),
        other => Err(format!("no candidate has phase `{other}`")),
    }
}

fn first_of_two(row: &Row) -> Got {
    let costs = row.flag("pod_deletion_cost_enabled")?;
    let side = |key: &str| -> Result<(PodView, u32), String> {
        let described_row = row.object(key)?;
        let mut pod = described(&described_row, 0)?;
        if !costs {
            pod.deletion_cost = 0; // with the gate off the annotation is not read
        }
        Ok((pod, described_row.count_or("rank", 0)?))
    };
    let (a, b) = (side("a")?, side("b")?);
    let candidate = |(pod, siblings): &(PodView, u32)| (*pod, *siblings);
    let order = |first: &(PodView, u32), second: &(PodView, u32)| {
        let ((a, ranks_a), (b, ranks_b)) = (candidate(first), candidate(second));
        let a = Candidate {
            pod: &a,
            siblings: ranks_a,
        };
        let b = Candidate {
            pod: &b,
            siblings: ranks_b,
        };
        delete_first(a, b, Recency::Buckets(NOW))
    };
    if order(&a, &b) != order(&b, &a).reverse() {
        return Err("the order depends on who is asked first".to_owned());
    }
    Ok(json!(match order(&a, &b) {
        Ordering::Less => "a",
        Ordering::Equal => "tie",
        Ordering::Greater => "b",
    }))
}

/// The pods of a list: each described in place, or named by the table's legend.
fn listed(row: &Row, key: &str) -> Result<Vec<(PodView, Value)>, String> {
    let legend = row.table();
    let list = row.list(key)?.into_iter().enumerate();
    list.map(|(index, item)| {
        let name = row.raw(key)[index].as_str();
        match name {
            Some(name) => {
                let pod = described(&legend.object("pods")?.object(name)?, index)?;
                Ok((pod, json!(name)))
            }
            None => Ok((described(&item, index)?, item.raw("id").clone())),
        }
    })
    .collect()
}

fn named(order: &[PodId], pods: &[(PodView, Value)]) -> Value {
    let name = |id: &PodId| {
        let found = pods.iter().find(|(pod, _)| pod.id == *id);
        found.map(|(_, name)| name.clone())
    };
    json!(order.iter().map(name).collect::<Vec<_>>())
}

/// Sorted without a reference time; from the reverse of the row's order, which may be sorted already.
fn plain_order(row: &Row) -> Got {
    let mut pods = listed(row, "pods")?;
    pods.reverse();
    let mut sorted: Vec<PodView> = pods.iter().map(|(pod, _)| *pod).collect();
    sorted.sort_by(|a, b| {
        let (a, b) = (
            Candidate {
                pod: a,
                siblings: 0,
            },
            Candidate {
                pod: b,
                siblings: 0,
            },
        );
        delete_first(a, b, Recency::Exact)
    });
    let order: Vec<PodId> = sorted.iter().map(|pod| pod.id).collect();
    Ok(named(&order, &pods))
}

fn victims(row: &Row) -> Got {
    let pods = listed(row, "pods")?;
    let related = match row.has("related") {
        true => listed(row, "related")?,
        false => pods.clone(),
    };
    let views = |list: &[(PodView, Value)]| list.iter().map(|(pod, _)| *pod).collect::<Vec<_>>();
    let (candidates, family) = (views(&pods), views(&related));
    let order = pods_to_delete(
        &candidates,
        &family,
        row.count("count")?,
        Recency::Buckets(NOW),
    );
    Ok(named(&order, &pods))
}
