//! Passes, previews and gates of a blue-green update.

use rollcast::control::argo_rollouts::analysis::Phase as RunPhase;
use rollcast::control::argo_rollouts::blue_green::{
    Action, AnalysisSeen, BlueGreenStatus, BlueGreenView, Gate, new_set_size, phase,
    post_promotion_gate, pre_promotion_gate, reconcile,
};
use rollcast::control::argo_rollouts::{
    BlueGreenSpec, CanarySpec, ControllerPause, Origin, Promotion, RolloutStrategy,
    ScaleDownDelays, SetView, Sets, StableScale, TemplateHash, after_abort,
    is_rollback_within_window,
};
use rollcast::units::{SimDuration, SimTime};
use serde_json::{Value, json};

use super::super::row::{Got, Row};
use super::read::{NEW, NOW, OLDER, blue_green, delay, flag, rollout, set, weighted};

/// A status in which nothing has happened yet.
fn status(stable: Option<TemplateHash>, active: Option<TemplateHash>) -> BlueGreenStatus {
    BlueGreenStatus {
        current: NEW,
        stable,
        active,
        checkpoint: false,
        pause: ControllerPause::None,
        inconclusive: false,
        abort: false,
        retried: false,
        promote_full: false,
    }
}

/// The hash that a row's name stands for; no name is no hash.
fn hash(row: &Row, key: &str) -> Option<TemplateHash> {
    let name = row.raw(key).as_str().filter(|name| !name.is_empty())?;
    Some(match name {
        "A" | "N" | "new" => NEW,
        "B" | "S" | "old" => OLDER,
        other => TemplateHash::new(
            other
                .bytes()
                .fold(1000, |all, byte| all * 31 + u64::from(byte)),
        ),
    })
}

fn plain_set(hash: TemplateHash, size: u32, created_s: u64) -> SetView {
    SetView {
        hash,
        revision: created_s as i64,
        created: SimTime::from_secs(created_s),
        spec: size,
        replicas: size,
        available: size,
        desired: Some(size),
        scale_down_deadline: None,
    }
}

pub(super) fn preview(row: &Row) -> Got {
    let row = row.object("in")?;
    let spec = BlueGreenSpec {
        preview_replicas: Some(row.count_or("previewReplicaCount", 1)?),
        ..BlueGreenSpec::default()
    };
    let (rollout, spec) = blue_green(row.count_or("replicas", 10)?, spec);
    let (new, other) = (plain_set(NEW, 1, 2), plain_set(OLDER, 10, 1));
    let status = BlueGreenStatus {
        current: hash(&row, "currentPodHash").unwrap_or(NEW),
        checkpoint: row.flag("checkpoint")?,
        promote_full: row.flag("promoteFull")?,
        ..status(Some(OLDER), hash(&row, "activeSelector"))
    };
    let seen = BlueGreenView {
        rollout: &rollout,
        spec: &spec,
        status,
        sets: Sets {
            new: Some(&new),
            stable: None,
            older: &[other],
        },
        analysis: AnalysisSeen::default(),
    };
    Ok(json!(new_set_size(&seen, &new)))
}

pub(super) fn skips_pre(row: &Row) -> Got {
    skips(row, pre_promotion_gate)
}

pub(super) fn skips_post(row: &Row) -> Got {
    skips(row, post_promotion_gate)
}

fn skips(row: &Row, gate: fn(&BlueGreenView<'_>) -> Gate) -> Got {
    let spec = BlueGreenSpec {
        preview_replicas: row.count_or_none("previewReplicaCount")?,
        ..BlueGreenSpec::default()
    };
    let (rollout, spec) = blue_green(row.count_or("replicas", 2)?, spec);
    // A set without its label is no set of the Rollout.
    let labelled = row.object("newRS")?.raw("hash").as_str() != Some("");
    let new = set(row, "newRS", NEW)?.filter(|_| labelled);
    let run = row.flag("currentRun")?.then_some(RunPhase::Running);
    let seen = BlueGreenView {
        rollout: &rollout,
        spec: &spec,
        status: status(hash(row, "stable"), hash(row, "active")),
        sets: Sets {
            new: new.as_ref(),
            stable: None,
            older: &[],
        },
        analysis: AnalysisSeen {
            pre: run,
            post: run,
        },
    };
    Ok(json!(gate(&seen) == Gate::Shut))
}

fn promotion(row: &Row) -> Result<Promotion, String> {
    let seconds = delay(row, "autoPromotionSeconds")?;
    Ok(match (row.raw("autoPromotionEnabled").as_bool(), seconds) {
        (Some(false), _) => Promotion::ByHand,
        (_, Some(length)) if !length.is_zero() => Promotion::After(length),
        _ => Promotion::AtOnce,
    })
}

fn pause(row: &Row) -> Result<ControllerPause, String> {
    let ago = delay(row, "pausedForSeconds")?.unwrap_or(SimDuration::ZERO);
    let start = SimTime::ZERO + NOW.since_start().saturating_sub(ago);
    Ok(match flag(row, "paused") {
        true => ControllerPause::Since(start),
        false => ControllerPause::None,
    })
}

pub(super) fn pass(row: &Row) -> Got {
    let spec = BlueGreenSpec {
        promotion: promotion(row)?,
        delays: ScaleDownDelays {
            after_promotion: delay(row, "scaleDownDelaySeconds")?,
            after_abort: delay(row, "abortScaleDownDelaySeconds")?,
            revision_limit: row.count_or_none("scaleDownDelayRevisionLimit")?,
        },
        preview_replicas: row.count_or_none("previewReplicaCount")?,
        ..BlueGreenSpec::default()
    };
    let replicas = row.count("replicas")?;
    let (rollout, spec) = blue_green(replicas, spec);
    let mut old = set(row, "old", OLDER)?.unwrap_or(plain_set(OLDER, replicas, 1));
    let mut new = set(row, "new", NEW)?.unwrap_or(plain_set(NEW, replicas, 2));
    old.desired = Some(replicas);
    (new.desired, new.created) = (Some(replicas), SimTime::from_secs(2));
    let older = older_sets(row, replicas)?;
    let mut status = BlueGreenStatus {
        abort: flag(row, "abort"),
        pause: pause(row)?,
        ..status(
            Some(hash(row, "stable").unwrap_or(OLDER)),
            Some(hash(row, "active").unwrap_or(OLDER)),
        )
    };
    let sets = if flag(row, "rollbackToOldWithinDelay") {
        let seconds = row.count("oldHasScaleDownDeadlineInSeconds")?;
        old.scale_down_deadline = Some(NOW + SimDuration::from_secs(u64::from(seconds)));
        (status.current, status.stable, status.active) = (OLDER, Some(NEW), Some(NEW));
        (&old, &new, &[][..])
    } else if row.has("oldRevisionsWithFutureDeadline") {
        (status.stable, status.active) = (Some(NEW), Some(NEW));
        (&new, &new, &older[..])
    } else if status.stable == Some(NEW) {
        (&new, &new, std::slice::from_ref(&old))
    } else {
        (&new, &old, &[][..])
    };
    let seen = BlueGreenView {
        rollout: &rollout,
        spec: &spec,
        status,
        sets: Sets {
            new: Some(sets.0),
            stable: Some(sets.1),
            older: sets.2,
        },
        analysis: AnalysisSeen::default(),
    };
    Ok(story(&seen, &older))
}

/// Sets of older revisions whose deadline is to come.
fn older_sets(row: &Row, replicas: u32) -> Result<Vec<SetView>, String> {
    let revisions = row.raw("oldRevisionsWithFutureDeadline");
    let revisions = revisions.as_array().map_or(&[][..], Vec::as_slice);
    let set = |revision: &Value| {
        let revision = revision.as_u64().ok_or("a revision is a number")?;
        Ok(SetView {
            scale_down_deadline: Some(NOW + SimDuration::from_secs(10)),
            ..plain_set(TemplateHash::new(100 + revision), replicas, revision)
        })
    };
    revisions.iter().map(set).collect()
}

/// What one pass does, in the words of the rows.
fn story(seen: &BlueGreenView<'_>, older: &[SetView]) -> Value {
    let pass = reconcile(seen, NOW);
    let begins = |action: &Action| matches!(action, Action::BeginPause(_));
    let paused = matches!(seen.status.pause, ControllerPause::Since(_));
    let waits = pass.actions.iter().any(begins) || (paused && !pass.does(Action::EndPause));
    let gone = |set: &&SetView| pass.does(Action::Resize(set.hash, 0));
    let revisions =
        |sets: Vec<&SetView>| json!(sets.iter().map(|s| s.revision).collect::<Vec<_>>());
    let deadline = pass.actions.iter().find_map(|action| match action {
        Action::SetDeadline(OLDER, at) => Some((*at - NOW).as_secs()),
        _ => None,
    });
    json!({
        "pause": if waits { json!("BlueGreenPause") } else { json!(false) },
        "switch": pass.switched_to() == Some(NEW),
        "switchBackTo": (pass.switched_to() == Some(OLDER)).then_some("old"),
        "stableBecomesNew": pass.does(Action::PromoteToStable(NEW)),
        "phase": format!("{:?}", phase(seen)),
        "deadlineRemovedFromOld": pass.does(Action::ClearDeadline(OLDER)),
        "scaledToZero": revisions(older.iter().filter(gone).collect()),
        "kept": revisions(older.iter().filter(|set| !gone(set)).collect()),
        "scaleDownDeadlineAddedSeconds": deadline,
    })
}

pub(super) fn window(row: &Row) -> Got {
    let (stable, new) = (row.count("stable")?, row.count("new")?);
    let named = |index: u32| plain_set(TemplateHash::new(u64::from(index)), 1, u64::from(index));
    let others = (0..=stable.max(new)).filter(|index| *index != stable && *index != new);
    let others: Vec<SetView> = others.map(named).collect();
    let mut rollout = rollout(1, RolloutStrategy::Canary(CanarySpec::default()));
    rollout.rollback_window = row.count("window")?;
    let sets = Sets {
        new: Some(&named(new)),
        stable: Some(&named(stable)),
        older: &others,
    };
    Ok(json!(is_rollback_within_window(&rollout, &sets)))
}

pub(super) fn abort_delay(row: &Row) -> Got {
    let delays = ScaleDownDelays {
        after_abort: delay(row, "value")?,
        ..ScaleDownDelays::default()
    };
    let canary = |routing| {
        RolloutStrategy::Canary(CanarySpec {
            routing,
            delays,
            ..CanarySpec::default()
        })
    };
    let strategy = match row.text("strategy")? {
        "blueGreen" => Some(RolloutStrategy::BlueGreen(BlueGreenSpec {
            delays,
            ..BlueGreenSpec::default()
        })),
        "canary+trafficRouting" => Some(canary(weighted(StableScale::Full))),
        "canary-basic" => Some(canary(CanarySpec::default().routing)),
        "none" => None,
        other => return Err(format!("unknown strategy `{other}`")),
    };
    let delay = match strategy {
        Some(strategy) => rollout(1, strategy).abort_delay(),
        None => after_abort(false, &delays),
    };
    let seconds = delay.delay.map(SimDuration::as_secs);
    Ok(json!({ "seconds": seconds, "explicit": delay.origin == Origin::Written }))
}
