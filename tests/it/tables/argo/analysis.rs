//! Measurements, metrics and their timing.

use rollcast::control::argo_rollouts::analysis::{
    Condition, Measurement, MetricResult, MetricRole, MetricSpec, MetricTask, MetricValue, Phase,
    RunState, as_float, as_int, assess_metric, due, measurement_phase, next_reconcile,
};
use rollcast::units::{SimDuration, SimTime};
use serde_json::{Value, json};

use super::super::row::{Got, Row};
use super::read::{NOW, flag};

fn phase(text: &str) -> Result<Phase, String> {
    Ok(match text {
        "Successful" => Phase::Successful,
        "Running" => Phase::Running,
        "Pending" => Phase::Pending,
        "Inconclusive" => Phase::Inconclusive,
        "Error" => Phase::Error,
        "Failed" => Phase::Failed,
        other => return Err(format!("unknown phase `{other}`")),
    })
}

fn length(row: &Row, key: &str) -> Result<Option<SimDuration>, String> {
    match row.raw(key).as_str() {
        Some(text) => text.parse().map(Some).map_err(|error| format!("{error}")),
        None => row.seconds_or_none(key),
    }
}

fn limit(row: &Row, key: &str) -> Result<Option<i32>, String> {
    let value = row.raw(key);
    if value.is_null() {
        return Ok(None);
    }
    let limit = value.as_i64().and_then(|limit| i32::try_from(limit).ok());
    limit
        .map(Some)
        .ok_or_else(|| format!("`{key}` is no limit: {value}"))
}

fn metric(row: &Row) -> Result<MetricSpec, String> {
    Ok(MetricSpec {
        interval: length(row, "interval")?,
        initial_delay: length(row, "initialDelay")?,
        count: row.count_or_none("count")?,
        failure_limit: limit(row, "failureLimit")?,
        inconclusive_limit: limit(row, "inconclusiveLimit")?,
        consecutive_error_limit: limit(row, "consecutiveErrorLimit")?,
        consecutive_success_limit: limit(row, "consecutiveSuccessLimit")?,
    })
}

fn run_state(row: &Row) -> RunState {
    match flag(row, "terminating") {
        true => RunState::Terminating,
        false => RunState::Going,
    }
}

pub(super) fn assess(row: &Row) -> Got {
    let metric = metric(&row.object("metric")?)?;
    let result = row.object("result")?;
    let last = match (flag(&result, "nomeas"), flag(&result, "inflight")) {
        (true, _) => None,
        (_, true) => Some((Phase::Running, None)),
        _ => Some((Phase::Successful, Some(NOW))),
    };
    let counted = |key| result.count_or(key, 0);
    let result = MetricResult {
        phase: result.raw("phase").as_str().map(phase).transpose()?,
        last: last.map(|(phase, finished)| Measurement {
            phase,
            finished,
            resume: None,
        }),
        count: counted("count")?,
        successful: counted("successful")?,
        failed: counted("failed")?,
        inconclusive: counted("inconclusive")?,
        error: counted("error")?,
        consecutive_error: counted("consecutiveError")?,
        consecutive_success: counted("consecutiveSuccess")?,
    };
    let phase = assess_metric(&metric, &result, run_state(row));
    Ok(json!(format!("{phase:?}")))
}

/// An instant that a row writes in seconds from now.
fn instant(value: &Value) -> Option<SimTime> {
    let now = NOW.as_secs_f64();
    Some(SimTime::ZERO + SimDuration::from_secs_f64(now + value.as_f64()?))
}

fn result(row: &Row, index: usize) -> Result<MetricResult, String> {
    let last = &row.raw("last")[index];
    let named = last["phase"].as_str().map(phase).transpose()?;
    let finished = instant(&last["finishedAt"]);
    let default = if finished.is_some() {
        Phase::Successful
    } else {
        Phase::Running
    };
    let measurement = Measurement {
        phase: named.unwrap_or(default),
        finished,
        resume: instant(&last["resumeAt"]),
    };
    let count = row.raw("count")[index].as_u64().unwrap_or(0);
    Ok(MetricResult {
        phase: row.raw("metricPhases")[index]
            .as_str()
            .map(phase)
            .transpose()?,
        last: last.is_object().then_some(measurement),
        count: u32::try_from(count).map_err(|error| error.to_string())?,
        ..MetricResult::default()
    })
}

pub(super) fn schedule(row: &Row) -> Got {
    let metrics = row.list("metrics")?.into_iter().enumerate();
    let metrics: Vec<(MetricSpec, MetricRole, MetricResult)> = metrics
        .map(|(index, spec)| Ok((metric(&spec)?, MetricRole::Counts, result(row, index)?)))
        .collect::<Result<_, String>>()?;
    let started = instant(row.raw("runStartedAt"));
    let run = RunState::of(run_state(row), &metrics);
    let tasks: Vec<(usize, MetricTask)> = metrics
        .iter()
        .enumerate()
        .filter_map(|(index, (spec, _, result))| {
            Some((index, due(spec, result, (run, started), NOW)?))
        })
        .collect();
    let plain: Vec<_> = metrics
        .iter()
        .map(|(spec, _, result)| (*spec, *result))
        .collect();
    let next = next_reconcile(&plain, started, NOW);
    let resumes = |(_, task): &(usize, MetricTask)| *task == MetricTask::Resume;
    Ok(json!({
        "tasks": tasks.len(),
        "which": tasks.first().map(|(index, _)| *index),
        "resume": tasks.iter().any(resumes),
        "nextReconcileIn": next.map(|next| next.as_secs_f64() - NOW.as_secs_f64()),
    }))
}

fn named(outcome: Result<Phase, impl std::error::Error>) -> Value {
    json!(format!("{:?}", outcome.unwrap_or(Phase::Error)))
}

fn evaluated(value: &MetricValue, success: Option<&str>, failure: Option<&str>) -> Value {
    let read = |text: Option<&str>| text.map(Condition::new).transpose();
    named(
        read(success).and_then(|success| {
            measurement_phase(value, success.as_ref(), read(failure)?.as_ref())
        }),
    )
}

pub(super) fn truth(row: &Row) -> Got {
    let text = |key: &str| match row.raw(key) {
        Value::Null => Ok(None),
        Value::Bool(true) => Ok(Some("true")),
        Value::Bool(false) => Ok(Some("false")),
        // The name that upstream's own rows use and nobody defines.
        Value::String(text) if text == "err" => Ok(Some("a == true")),
        other => Err(format!("unknown truth {other}")),
    };
    Ok(evaluated(&MetricValue::Bool(true), text("s")?, text("f")?))
}

fn number(value: &Value) -> Result<f64, String> {
    let parsed = value.as_str().and_then(|text| text.parse().ok());
    value
        .as_f64()
        .or(parsed)
        .ok_or_else(|| format!("{value} is no number"))
}

pub(super) fn provider(row: &Row) -> Got {
    let value = row.raw("value");
    let value = match row.text("kind")? {
        "scalar" => MetricValue::Number(number(value)?),
        "vector" | "matrix" => MetricValue::Numbers(numbers(value)?),
        other => return Err(format!("unknown kind `{other}`")),
    };
    let condition = |key| row.raw(key).as_str();
    Ok(evaluated(
        &value,
        condition("success"),
        condition("failure"),
    ))
}

/// The numbers of a list, also of lists inside it.
fn numbers(value: &Value) -> Result<Vec<f64>, String> {
    let Some(list) = value.as_array() else {
        return number(value).map(|number| vec![number]);
    };
    let parts: Result<Vec<Vec<f64>>, String> = list.iter().map(numbers).collect();
    Ok(parts?.concat())
}

pub(super) fn conversion(row: &Row) -> Got {
    let value = match row.raw("in") {
        Value::String(text) => MetricValue::Text(text.clone()),
        Value::Bool(flag) => MetricValue::Bool(*flag),
        number if number.is_i64() => MetricValue::Integer(number.as_i64().unwrap_or(0)),
        other => MetricValue::Number(number(other)?),
    };
    let converted = match row.function() {
        "asInt" => as_int(&value).map(|number| json!(number)),
        "asFloat" => as_float(&value).map(|number| json!(number)),
        other => return Err(format!("unknown function `{other}`")),
    };
    match (converted, row.raw("error").as_bool()) {
        (Err(_), Some(true)) => Ok(Value::Null),
        (Ok(value), None | Some(false)) => Ok(value),
        (converted, error) => Err(format!("got {converted:?}, expected an error: {error:?}")),
    }
}
