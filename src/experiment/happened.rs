//! What happened, in words.

use crate::facts::{AnalysisStage, ConditionKind, Happening, Judgement, PodExit, Reading, Wait};
use crate::ids::PodId;
use crate::sim::Recording;

/// What a happening is in words.
pub(super) fn words(what: Happening, recording: &Recording) -> String {
    let pod = |id: PodId| format!("{id} (revision {})", recording.revision_of(id));
    let service = |index: usize| recording.services[index].clone();
    let workload = |index: usize| recording.workloads[index].clone();
    match what {
        Happening::Released => "release applied".to_owned(),
        Happening::Operated(index) => format!("operator {} acts", index + 1),
        Happening::ReplicaSetCreated(owner, _, revision) => {
            format!(
                "{}: ReplicaSet of revision {revision} created",
                workload(owner.index())
            )
        }
        Happening::ReplicaSetScaled(set, from, to) => {
            let revision = recording.revisions[set.index()];
            format!("revision {revision} scaled from {from} to {to}")
        }
        Happening::PodCreated(id, _) => format!("{} created", pod(id)),
        Happening::PodScheduled(id, node) => format!("{} scheduled to {node}", pod(id)),
        Happening::ContainerStarted(id, 0) => format!("{} container started", pod(id)),
        Happening::ContainerStarted(id, n) => format!("{} container restarted ({n})", pod(id)),
        Happening::ContainerExited(id, exit) => format!("{} {}", pod(id), exit_words(exit)),
        Happening::BackingOff(id, seconds) => format!("{} backs off {seconds} s", pod(id)),
        Happening::PodReady(id) => format!("{} ready", pod(id)),
        Happening::PodUnready(id) => format!("{} not ready", pod(id)),
        Happening::PodTerminating(id) => format!("{} terminating", pod(id)),
        Happening::Sigterm(id) => format!("{} SIGTERM", pod(id)),
        Happening::PodGone(id) => format!("{} gone", pod(id)),
        Happening::EndpointReady(of, id) => {
            format!("{}: endpoint {} added", service(of.index()), pod(id))
        }
        Happening::EndpointNotReady(of, id) => {
            format!(
                "{}: endpoint {} takes no new connections",
                service(of.index()),
                pod(id)
            )
        }
        Happening::EndpointRemoved(of, id) => {
            format!("{}: endpoint {} removed", service(of.index()), pod(id))
        }
        Happening::ProxiesSettled(of) => {
            format!("{}: every kube-proxy has followed", service(of.index()))
        }
        Happening::Condition(owner, kind, status, reason) => {
            let kind = match kind {
                ConditionKind::Available => "Available",
                ConditionKind::Progressing => "Progressing",
            };
            let status = match status {
                Some(true) => "True",
                Some(false) => "False",
                None => "Unknown",
            };
            format!("{}: {kind}={status} ({reason})", workload(owner.index()))
        }
        Happening::Completed(owner) => format!("{}: rollout complete", workload(owner.index())),
        Happening::ServiceSwitched(of, set) => {
            let revision = recording.revisions[set.index()];
            format!("{} now selects revision {revision}", service(of.index()))
        }
        Happening::WeightSet(owner, weight) => {
            format!("{}: canary weight {weight}", workload(owner.index()))
        }
        Happening::StepReached(owner, index) => {
            format!("{}: step {} begins", workload(owner.index()), index + 1)
        }
        Happening::Paused(owner, wait) => {
            let what = match wait {
                Wait::Time => "paused for a time",
                Wait::Human => "paused until a human comes",
            };
            format!("{}: {what}", workload(owner.index()))
        }
        Happening::Aborted(owner) => format!("{}: update aborted", workload(owner.index())),
        Happening::AnalysisStarted(run, stage) => {
            format!("{run}: {} begins", stage_words(stage))
        }
        Happening::Measured(run, metric, reading) => {
            let name = recording.metric_name(run, metric);
            format!("{run}: `{name}` {}", reading_words(reading))
        }
        Happening::AnalysisEnded(run, judgement) => {
            format!("{run}: {}", judgement_words(judgement))
        }
        Happening::AlertFired(index) => {
            format!("alert `{}` fires", recording.alerts[usize::from(index)])
        }
        Happening::OnCallActed => "the person on call acts".to_owned(),
    }
}

fn stage_words(stage: AnalysisStage) -> String {
    match stage {
        AnalysisStage::PrePromotion => "pre-promotion analysis".to_owned(),
        AnalysisStage::PostPromotion => "post-promotion analysis".to_owned(),
        AnalysisStage::Background => "background analysis".to_owned(),
        AnalysisStage::Step(index) => format!("analysis of step {}", index + 1),
        AnalysisStage::Experiment => "analysis of an experiment".to_owned(),
    }
}

fn judgement_words(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Successful => "successful",
        Judgement::Failed => "failed",
        Judgement::Inconclusive => "inconclusive",
        Judgement::Error => "error",
    }
}

fn reading_words(reading: Reading) -> String {
    let judgement = judgement_words(reading.judgement);
    match reading.value {
        Some(value) => format!("measured {value:.4}: {judgement}"),
        None => format!("has no data: {judgement}"),
    }
}

fn exit_words(exit: PodExit) -> &'static str {
    match exit {
        PodExit::Finished => "exited after SIGTERM",
        PodExit::Crashed => "crashed",
        PodExit::OutOfMemory => "killed: out of memory",
        PodExit::Killed => "killed: grace period over",
        PodExit::Unhealthy => "stopped: probe failed",
    }
}
