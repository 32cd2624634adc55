//! The table of back-offs.

use rollcast::cluster::kubelet::{Backoff, CrashLoopSettings};
use rollcast::units::{SimDuration, SimTime};
use serde_json::json;

use super::row::{Got, Row};

/// When each story begins.
const NOW: SimTime = SimTime::from_secs(1000);

pub(super) fn backoff(row: &Row) -> Got {
    match row.function() {
        "backoff_sequence" => backoff_sequence(row),
        "backoff_expiry" => {
            let (before, now) = called_repeatedly(row)?;
            let later = now + duration(row, "then_advance_s")?;
            let is_waiting = |at: SimTime| !before.remaining(at, at).is_zero();
            Ok(
                json!({ "in_backoff_before": is_waiting(now), "in_backoff_after": is_waiting(later) }),
            )
        }
        "backoff_high_water" => {
            let (mut backoff, now) = called_repeatedly(row)?;
            let later = now + duration(row, "then_advance_s")?;
            backoff.next(later, later);
            Ok(json!({ "value_s": backoff.value().as_secs() }))
        }
        "crashloop_config" => crashloop_config(row),
        "crashloop_sequence" => crashloop_sequence(row),
        other => Err(format!("unknown fn `{other}`")),
    }
}

fn duration(row: &Row, key: &str) -> Result<SimDuration, String> {
    row.seconds_or_none(key)?
        .ok_or_else(|| format!("`{key}` is missing"))
}

fn settings(row: &Row) -> Result<CrashLoopSettings, String> {
    Ok(CrashLoopSettings {
        initial: duration(row, "initial_s")?,
        max: duration(row, "max_s")?,
    })
}

fn backoff_sequence(row: &Row) -> Got {
    let mut backoff = Backoff::new(settings(row)?);
    let step = duration(row, "step_s")?;
    let steps = row
        .object("expected")?
        .raw("get_before_each_next_s")
        .as_array();
    let mut now = NOW;
    let mut values = Vec::new();
    for _ in steps.ok_or("no `get_before_each_next_s`")? {
        now += step;
        values.push(backoff.value().as_secs());
        backoff.next(now, now);
    }
    backoff.reset();
    Ok(json!({ "get_before_each_next_s": values, "after_reset_s": backoff.value().as_secs() }))
}

fn called_repeatedly(row: &Row) -> Result<(Backoff, SimTime), String> {
    let mut backoff = Backoff::new(settings(row)?);
    let mut now = NOW;
    for _ in 0..row.count("next_calls_1s_apart")? {
        now += SimDuration::SECOND;
        backoff.next(now, now);
    }
    Ok((backoff, now))
}

fn crashloop_config(row: &Row) -> Got {
    let settings = match row
        .raw("reduce_default_decay_gate")
        .as_bool()
        .unwrap_or(false)
    {
        true => CrashLoopSettings::REDUCED,
        false => CrashLoopSettings::DEFAULT,
    };
    let settings = match row.seconds_or_none("kubelet_max_container_restart_period_s")? {
        Some(max) => settings.capped(max),
        None => settings,
    };
    Ok(json!({ "initial_s": settings.initial.as_secs(), "max_s": settings.max.as_secs() }))
}

fn crashloop_sequence(row: &Row) -> Got {
    let mut backoff = Backoff::for_restarts(settings(row)?);
    let run = duration(row, "container_run_s")?;
    let mut exit = NOW + run;
    let mut story = Vec::new();
    for (restart, _) in (1u32..).zip(row.list("expected")?) {
        let delay = backoff.remaining(exit, exit);
        backoff.next(exit + delay, exit);
        story.push(json!({
            "restart": restart,
            "delay_after_exit_s": delay.as_secs_f64(),
            "stored_backoff_after_s": backoff.value().as_secs(),
        }));
        exit = exit + delay + run;
    }
    Ok(json!(story))
}
