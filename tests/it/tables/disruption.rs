//! Budgets and evictions: disruption_test.go, eviction_test.go.

use rollcast::control::disruption::{
    BudgetLimit, BudgetPod, BudgetStatus, EvictionPod, ObservedBudget, Owner, budget_status, evict,
};
use rollcast::control::replica_set::PodPhase;
use rollcast::manifest::UnhealthyPodEviction;
use rollcast::units::SimTime;
use serde_json::{Value, json};

use super::row::{Got, Row};

pub(super) fn disruption(row: &Row) -> Got {
    match row.function() {
        "pdb_status" => status(row),
        "eviction" => eviction(row),
        other => Err(format!("unknown fn `{other}`")),
    }
}

fn status(row: &Row) -> Got {
    let limit = match (
        row.fencepost("max_unavailable")?,
        row.fencepost("min_available")?,
    ) {
        (Some(most), None) => BudgetLimit::MaxUnavailable(most),
        (None, Some(least)) => BudgetLimit::MinAvailable(least),
        _ => return Err("a budget has one limit".to_owned()),
    };
    let mut pods = Vec::new();
    for group in row.list("pods")? {
        let pod = BudgetPod {
            owner: owner(row, group.raw("controller"))?,
            ready: group.flag("ready")?,
            terminating: false,
            evicted: None,
        };
        pods.extend(std::iter::repeat_n(pod, group.count("count")? as usize));
    }
    let status = budget_status(limit, &pods, SimTime::ZERO);
    Ok(json!({
        "disruptions_allowed": status.allowed,
        "current_healthy": status.healthy,
        "desired_healthy": status.desired,
        "expected_pods": status.expected,
    }))
}

/// The owner of this name: its place among the row's controllers tells it apart.
fn owner(row: &Row, name: &Value) -> Result<Option<Owner>, String> {
    let Some(name) = name.as_str() else {
        return Ok(None);
    };
    let controllers = row.object("controllers")?;
    let names = row.raw("controllers").as_object().into_iter().flatten();
    let place = names.into_iter().position(|(other, _)| other == name);
    Ok(Some(Owner {
        id: place.ok_or_else(|| format!("no controller `{name}`"))? as u32,
        scale: controllers.count(name)?,
    }))
}

/// All policies of the row must answer alike.
fn eviction(row: &Row) -> Got {
    let policies = row.raw("unhealthy_pod_eviction_policies").as_array();
    let policies = policies.ok_or("no `unhealthy_pod_eviction_policies`")?;
    let mut answers = Vec::new();
    for policy in policies {
        answers.push(answer(row, policy)?);
    }
    answers.dedup();
    match answers.len() {
        1 => Ok(answers.remove(0)),
        _ => Err(format!("the policies disagree: {answers:?}")),
    }
}

fn answer(row: &Row, policy: &Value) -> Got {
    let budget = ObservedBudget {
        status: BudgetStatus {
            allowed: row.count("disruptions_allowed")?,
            healthy: row.count("current_healthy")?,
            desired: row.count("desired_healthy")?,
            expected: 0,
        },
        observed: true,
        unhealthy: match policy.as_str() {
            None | Some("IfHealthyBudget") => UnhealthyPodEviction::IfHealthyBudget,
            Some("AlwaysAllow") => UnhealthyPodEviction::AlwaysAllow,
            Some(other) => return Err(format!("unknown policy `{other}`")),
        },
    };
    let pod = EvictionPod {
        phase: match row.text("pod_phase")? {
            "Pending" => PodPhase::Pending,
            "Running" | "" => PodPhase::Running,
            "Succeeded" => PodPhase::Succeeded,
            "Failed" => PodPhase::Failed,
            other => return Err(format!("unknown phase `{other}`")),
        },
        ready: row.raw("pod_ready").as_bool().unwrap_or(false),
        terminating: row.flag("pod_terminating")?,
    };
    let budgets = vec![budget; row.count("matching_pdbs")? as usize];
    let answer = evict(pod, &budgets);
    Ok(json!({ "allowed": answer.is_allowed(), "http_status": answer.http_status() }))
}
