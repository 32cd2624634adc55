//! The table of the kubelet's probe workers.

use rollcast::cluster::kubelet::{
    ContainerSeen, ContainerState, ProbeKind, ProbeResult, ProbeWorker, RestartPolicy, RestartRule,
    Seen, TickVerdict, restarts_after,
};
use rollcast::manifest::Probe;
use rollcast::units::{SimDuration, SimTime};
use serde_json::{Map, Value, json};

use super::row::{Got, Row};

/// The instant of every tick; containers start before it.
const NOW: SimTime = SimTime::from_secs(1000);
const KINDS: [(&str, ProbeKind); 3] = [
    ("liveness", ProbeKind::Liveness),
    ("readiness", ProbeKind::Readiness),
    ("startup", ProbeKind::Startup),
];

pub(super) fn probe_worker(row: &Row) -> Got {
    match row.function() {
        "do_probe_once" => do_probe_once(row),
        "initial_delay" => initial_delay(row),
        "threshold_sequence" => threshold_sequence(row),
        "worker_continues_after_exit" => continues_after_exit(row),
        other => Err(format!("unknown fn `{other}`")),
    }
}

/// One tick of a fresh worker of each kind, which must agree on the result.
fn do_probe_once(row: &Row) -> Got {
    let mut goes_on = Map::new();
    let mut results = Vec::new();
    for (name, kind) in KINDS {
        let mut worker = ProbeWorker::new(kind);
        let verdict = tick(&mut worker, kind, (&seen(row, kind)?, &probe(row)?), row)?;
        goes_on.insert(name.to_owned(), json!(verdict != TickVerdict::Ends));
        results.push(worker.published());
    }
    if results.iter().any(|result| *result != results[0]) {
        return Err(format!("the kinds differ: {results:?}"));
    }
    Ok(json!({
        "continue": goes_on,
        "result_set": results[0].is_some(),
        "result": results[0].map(result_name),
    }))
}

fn initial_delay(row: &Row) -> Got {
    let kind = kind(row.text("probe")?)?;
    let mut worker = ProbeWorker::new(kind);
    let mut story = Vec::new();
    for step in row.list("expected")? {
        let age = u64::from(step.count("container_age_s")?);
        let since = SimTime::from_secs(1000 - age);
        let seen = running(kind, Some(since), false);
        let verdict = tick(&mut worker, kind, (&seen, &probe(row)?), row)?;
        story.push(json!({
            "container_age_s": age,
            "continue": verdict != TickVerdict::Ends,
            "result": worker.published().map(result_name),
        }));
    }
    Ok(json!(story))
}

fn threshold_sequence(row: &Row) -> Got {
    let kind = kind(row.text("probe")?)?;
    let mut worker = ProbeWorker::new(kind);
    let (seen, probe) = (running(kind, None, false), probe(row)?);
    let mut published = Vec::new();
    for outcome in texts(row, "probe_results")? {
        if worker.prepare(NOW, &seen, &probe) == TickVerdict::Probe {
            worker.record(result(outcome)?, &probe);
        }
        published.push(worker.published().map(result_name));
    }
    Ok(json!({
        "published": published,
        "on_hold": worker.is_on_hold(),
        "result_run": worker.run(),
    }))
}

/// What a worker makes of a container that ended, under the container's own policy and rules.
fn continues_after_exit(row: &Row) -> Got {
    let policy = policy(row.text("container_restart_policy")?)?;
    let code = row
        .raw("exit_code")
        .as_i64()
        .and_then(|code| i32::try_from(code).ok());
    let code = code.ok_or("no `exit_code`")?;
    let restarts = restarts_after(policy, &rules(row)?, code);
    let seen = with_state(
        ContainerState::Terminated { restarts },
        ProbeKind::Readiness,
    );
    let verdict = ProbeWorker::new(ProbeKind::Readiness).prepare(NOW, &seen, &probe(row)?);
    Ok(json!({ "continue": verdict != TickVerdict::Ends }))
}

fn tick(
    worker: &mut ProbeWorker,
    kind: ProbeKind,
    what: (&Seen, &Probe),
    row: &Row,
) -> Result<TickVerdict, String> {
    let (seen, probe) = what;
    let verdict = worker.prepare(NOW, seen, probe);
    if verdict == TickVerdict::Probe {
        let outcome = row
            .text("prober_result")
            .map_err(|error| format!("{kind:?}: {error}"))?;
        worker.record(result(outcome)?, probe);
    }
    Ok(verdict)
}

fn seen(row: &Row, kind: ProbeKind) -> Result<Seen, String> {
    let deleting = row.raw("pod_deleting").as_bool().unwrap_or(false);
    let exited = || -> Result<ContainerState, String> {
        let policy = policy(row.raw("restart_policy").as_str().unwrap_or("Always"))?;
        let code = row.raw("exit_code").as_i64().unwrap_or(0);
        let code = i32::try_from(code).map_err(|error| error.to_string())?;
        Ok(ContainerState::Terminated {
            restarts: restarts_after(policy, &rules(row)?, code),
        })
    };
    let seen = match row.text("state")? {
        "no_status" | "no_pod_status" | "no_container_status" | "no_container_id" => {
            Seen::default()
        }
        "pod_failed" | "failed" | "pod_succeeded" | "succeeded" => Seen {
            finished: true,
            ..running(kind, None, false)
        },
        "container_waiting" | "waiting" => with_state(ContainerState::Waiting, kind),
        "container_terminated" | "terminated" => with_state(exited()?, kind),
        "running" | "running_initial_delay_passed" => running(kind, None, false),
        other => return Err(format!("unknown state `{other}`")),
    };
    Ok(Seen { deleting, ..seen })
}

/// A running container, started unless it is the startup probe that asks.
fn running(kind: ProbeKind, since: Option<SimTime>, deleting: bool) -> Seen {
    Seen {
        deleting,
        ..with_state(ContainerState::Running(since), kind)
    }
}

fn with_state(state: ContainerState, kind: ProbeKind) -> Seen {
    let is_running = matches!(state, ContainerState::Running(_));
    let container = ContainerSeen {
        id: 1,
        state,
        started: is_running && kind != ProbeKind::Startup,
    };
    Seen {
        container: Some(container),
        ..Seen::default()
    }
}

fn probe(row: &Row) -> Result<Probe, String> {
    let seconds = |key: &str| Ok::<_, String>(row.seconds_or_none(key)?.unwrap_or_default());
    Ok(Probe {
        initial_delay: seconds("initial_delay_s")?,
        period: SimDuration::SECOND,
        timeout: SimDuration::SECOND,
        success_threshold: row.count_or("success_threshold", 1)?,
        failure_threshold: row.count_or("failure_threshold", 1)?,
        grace: None,
    })
}

fn rules(row: &Row) -> Result<Vec<RestartRule>, String> {
    if !row.has("restart_rules") {
        return Ok(Vec::new());
    }
    let rule = |rule: Row| {
        let codes = rule.raw("exit_codes").as_array().ok_or("no `exit_codes`")?;
        let code = |code: &Value| code.as_i64().and_then(|code| i32::try_from(code).ok());
        let codes: Option<Vec<i32>> = codes.iter().map(code).collect();
        let codes = codes.ok_or("an exit code is not a number")?;
        match (rule.text("action")?, rule.text("op")?) {
            ("Restart", "In") => Ok(RestartRule::In(codes)),
            ("Restart", "NotIn") => Ok(RestartRule::NotIn(codes)),
            (action, op) => Err(format!("unknown rule {action} {op}")),
        }
    };
    row.list("restart_rules")?.into_iter().map(rule).collect()
}

fn texts<'a>(row: &Row<'a>, key: &str) -> Result<Vec<&'a str>, String> {
    let list = row
        .raw(key)
        .as_array()
        .ok_or_else(|| format!("`{key}` is not a list"))?;
    let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
    texts.ok_or_else(|| format!("`{key}` holds more than texts"))
}

fn kind(name: &str) -> Result<ProbeKind, String> {
    let found = KINDS.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, kind)| *kind)
        .ok_or_else(|| format!("unknown probe `{name}`"))
}

fn policy(name: &str) -> Result<RestartPolicy, String> {
    match name {
        "Always" => Ok(RestartPolicy::Always),
        "OnFailure" => Ok(RestartPolicy::OnFailure),
        "Never" => Ok(RestartPolicy::Never),
        other => Err(format!("unknown restart policy `{other}`")),
    }
}

fn result(name: &str) -> Result<ProbeResult, String> {
    match name {
        "success" => Ok(ProbeResult::Success),
        "failure" => Ok(ProbeResult::Failure),
        "unknown" => Ok(ProbeResult::Unknown),
        other => Err(format!("unknown result `{other}`")),
    }
}

fn result_name(result: ProbeResult) -> &'static str {
    match result {
        ProbeResult::Success => "success",
        ProbeResult::Failure => "failure",
        ProbeResult::Unknown => "unknown",
    }
}
