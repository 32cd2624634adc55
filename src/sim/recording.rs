//! What one run leaves behind besides its numbers, when asked for.

use crate::facts::{Cause, Happening, Noted};
use crate::ids::{AnalysisRunId, PodId, ReplicaSetId};
use crate::units::SimTime;

/// Number of causes, one column of failures each.
const CAUSES: usize = Cause::ALL.len();

/// The happenings of a run in the order of time, and its failures by second.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// In the order of time.
    pub noted: Vec<Noted>,
    /// ReplicaSet of each pod, by pod number.
    pub owners: Vec<ReplicaSetId>,
    /// Revision of each ReplicaSet, by number; those of t = 0 are revision 1.
    pub revisions: Vec<u32>,
    /// Pods of t = 0, all of them ready.
    pub settled: Vec<PodId>,
    /// Names of the Services, by number.
    pub services: Vec<String>,
    /// Names of the Deployments, by number.
    pub workloads: Vec<String>,
    /// Names of the metrics of each analysis run, by number.
    pub metrics: Vec<Vec<String>>,
    /// Names of the alert rules, by number.
    pub alerts: Vec<String>,
    /// From here on failures are counted.
    pub count_from: SimTime,
    /// Failures per second of intended arrival and cause, from `count_from` on.
    pub failures: Vec<[u32; CAUSES]>,
}

impl Recording {
    pub(super) fn note(&mut self, at: SimTime, what: Happening) {
        match what {
            Happening::PodCreated(pod, set) => self.own(pod, set),
            Happening::ReplicaSetCreated(_, set, revision)
            | Happening::ReplicaSetRevised(set, revision) => self.revise(set, revision),
            _ => {}
        }
        self.noted.push(Noted { at, what });
    }

    pub(super) fn own(&mut self, pod: PodId, set: ReplicaSetId) {
        self.owners
            .resize(self.owners.len().max(pod.index() + 1), set);
        self.owners[pod.index()] = set;
    }

    pub(super) fn revise(&mut self, set: ReplicaSetId, revision: u32) {
        self.revisions
            .resize(self.revisions.len().max(set.index() + 1), 1);
        self.revisions[set.index()] = revision;
    }

    /// The name of a metric of an analysis run.
    pub fn metric_name(&self, run: AnalysisRunId, metric: u16) -> &str {
        &self.metrics[run.index()][usize::from(metric)]
    }

    /// The revision a pod was made from.
    pub fn revision_of(&self, pod: PodId) -> u32 {
        self.revisions[self.owners[pod.index()].index()]
    }
}
