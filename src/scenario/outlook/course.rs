//! How an update goes in time where nothing goes wrong.

use super::{Asked, Place};
use crate::control::argo_rollouts::{
    CanaryScale, CanarySizes, CanarySpec, RolloutSpec, RolloutStrategy, Step, Weight,
    approximate_sizes,
};
use crate::manifest::argo;
use crate::manifest::{Rollout, Service};
use crate::scenario::{Moment, Operation, Variant, WorkloadKind};

/// An update in time. All times are seconds since the release.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Course {
    /// How the traffic is steered.
    pub(super) steering: Steering,
    /// What holds from when on, ascending; before the first only old pods serve.
    pub(in crate::scenario) stretches: Vec<Stretch>,
    /// When each analysis begins.
    pub(in crate::scenario) runs: Vec<(Place, f64)>,
    /// When users have the new version alone; `None`: nobody ends a pause.
    pub(in crate::scenario) promoted: Option<f64>,
}

/// A time in which nothing moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::scenario) struct Stretch {
    pub(in crate::scenario) from: f64,
    /// Share of the steered traffic that the new version gets.
    pub(in crate::scenario) share: f64,
    /// Its pods.
    pub(in crate::scenario) pods_new: u32,
    /// Those of the old version.
    pub(in crate::scenario) pods_old: u32,
}

/// Who steers traffic between the versions, with Services by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steering {
    /// A switch of the active Service; the preview meets the new version from the first.
    Switch { preview: Option<usize> },
    /// A router that splits what knocks at the stable Service.
    Router {
        stable: Option<usize>,
        canary: Option<usize>,
    },
    /// Pods in number.
    Pods {
        stable: Option<usize>,
        canary: Option<usize>,
    },
}

/// The sizes that a weight of a basic canary comes to, once reached.
pub(in crate::scenario) fn true_share(spec: &CanarySpec, replicas: u32, parts: u32) -> CanarySizes {
    let weight = Weight {
        parts,
        whole: spec.max_weight(),
    };
    approximate_sizes(replicas, weight, spec.fenceposts(replicas).surge)
}

/// When somebody promotes a Rollout that has been waiting since `paused`, and how; times are since the
/// release.
pub(in crate::scenario) fn promoted_by<'v>(
    variant: &'v Variant,
    rollout: &Rollout,
    paused: f64,
) -> Option<(f64, &'v Operation)> {
    let release = variant.release.as_ref()?.at.as_secs_f64();
    let target = variant.before.workloads().position(|one| {
        (one.kind, one.namespace, one.name)
            == (
                WorkloadKind::Rollout,
                rollout.namespace.as_str(),
                rollout.name.as_str(),
            )
    });
    let promotes = variant.operators.iter().filter(|operator| {
        let promotes = matches!(
            operator.operation,
            Operation::Promote | Operation::PromoteFull
        );
        promotes && Some(operator.target) == target
    });
    let times = promotes.filter_map(|operator| {
        let at = match &operator.when {
            Moment::At(at) => at.as_secs_f64() - release,
            Moment::WhenPaused(after) => paused + after.mean(),
            Moment::WhenStuck(_) => return None,
        };
        (at >= paused).then_some((at, &operator.operation))
    });
    times.min_by(|one, other| one.0.total_cmp(&other.0))
}

impl Course {
    /// The update of a Rollout as it is after the release; its pods are ready after so long.
    pub(in crate::scenario) fn of(
        variant: &Variant,
        rollout: &Rollout,
        asked: &[Asked],
        ready: f64,
    ) -> Self {
        let spec = RolloutSpec::from(rollout);
        let walk = Walk {
            variant,
            rollout,
            asked,
            ready,
        };
        match (&spec.strategy, &rollout.strategy) {
            (RolloutStrategy::Canary(canary), argo::RolloutStrategy::Canary(written)) => {
                walk.canary(canary, written)
            }
            (_, argo::RolloutStrategy::BlueGreen(written)) => walk.blue_green(written),
            _ => unreachable!("the spec is made of what is written"),
        }
    }

    /// What holds at a time; `None` before the first stretch.
    pub(in crate::scenario) fn at(&self, time: f64) -> Option<&Stretch> {
        self.stretches
            .iter()
            .rev()
            .find(|stretch| stretch.from <= time)
    }

    /// When an analysis begins; `None`: never, as far as can be told.
    pub(in crate::scenario) fn begins(&self, place: Place) -> Option<f64> {
        let found = self.runs.iter().find(|(known, _)| *known == place);
        found.map(|(_, at)| *at)
    }
}

/// What a course is made from.
struct Walk<'w> {
    variant: &'w Variant,
    rollout: &'w Rollout,
    asked: &'w [Asked],
    ready: f64,
}

impl Walk<'_> {
    fn service(&self, name: Option<&String>) -> Option<usize> {
        let is = |service: &Service| {
            service.namespace == self.rollout.namespace && Some(&service.name) == name
        };
        self.variant.before.services.iter().position(is)
    }

    /// How long an analysis takes that is waited for: until its last measurement.
    fn run_length(&self, place: Place) -> f64 {
        let metrics = self.asked.iter().filter(|asked| asked.place == place);
        let lengths = metrics.map(|asked| {
            let spec = &asked.metric.spec;
            let seconds = |length: Option<crate::units::SimDuration>| {
                length.map_or(0.0, |length| length.as_secs_f64())
            };
            let more = spec.effective_count().unwrap_or(1).saturating_sub(1);
            seconds(spec.initial_delay) + f64::from(more) * seconds(spec.interval)
        });
        lengths.fold(0.0, f64::max)
    }

    fn blue_green(&self, written: &argo::BlueGreen) -> Course {
        let replicas = self.rollout.replicas;
        let ready = self.ready;
        let judged = ready + self.run_length(Place::PrePromotion);
        let promoted = match written.auto_promotion_enabled {
            true => Some(judged.max(ready + written.auto_promotion_delay.as_secs_f64())),
            false => promoted_by(self.variant, self.rollout, judged).map(|(at, _)| at),
        };
        let stretch = |from, share, pods_new| Stretch {
            from,
            share,
            pods_new,
            pods_old: replicas,
        };
        let preview = written.preview_replicas.unwrap_or(replicas);
        let mut stretches = vec![stretch(ready, 0.0, preview)];
        stretches.extend(promoted.map(|at| stretch(at, 1.0, replicas)));
        let begins = [
            (Place::PrePromotion, Some(ready)),
            (Place::PostPromotion, promoted),
        ];
        let begins = begins
            .into_iter()
            .filter_map(|(place, at)| Some((place, at?)));
        Course {
            steering: Steering::Switch {
                preview: self.service(written.preview_service.as_ref()),
            },
            stretches,
            runs: begins.collect(),
            promoted,
        }
    }

    fn canary(&self, spec: &CanarySpec, written: &argo::Canary) -> Course {
        let stable = self.service(written.stable_service.as_ref());
        let canary = self.service(written.canary_service.as_ref());
        let mut course = Course {
            steering: match spec.is_weighted() {
                true => Steering::Router { stable, canary },
                false => Steering::Pods { stable, canary },
            },
            stretches: Vec::new(),
            runs: Vec::new(),
            promoted: None,
        };
        let first = spec.analysis_starting_step.map_or(0, |step| step as usize);
        let mut pace = Pace::new(self.rollout.replicas);
        for (index, step) in spec.steps.iter().enumerate() {
            if index == first {
                course.runs.push((Place::Background, pace.now));
            }
            match self.step((index, *step), spec, (&mut pace, &mut course)) {
                Next::Step => {}
                Next::All => break,
                Next::Nothing => return course,
            }
        }
        if spec.steps.len() <= first {
            course.runs.push((Place::Background, pace.now));
        }
        let waves = match spec.is_weighted() {
            true => u32::from(pace.pods_new < pace.replicas),
            false => {
                let posts = spec.fenceposts(pace.replicas);
                let left = pace.replicas.saturating_sub(pace.pods_new);
                left.div_ceil((posts.surge + posts.unavailable).max(1))
            }
        };
        pace.now += f64::from(waves) * self.ready;
        (pace.share, pace.pods_new, pace.pods_old) = (1.0, pace.replicas, 0);
        course.stretches.push(pace.stretch());
        course.promoted = Some(pace.now);
        course
    }

    fn step(
        &self,
        (index, step): (usize, Step),
        spec: &CanarySpec,
        (pace, course): (&mut Pace, &mut Course),
    ) -> Next {
        match step {
            Step::SetWeight(parts) => {
                pace.weigh(spec, parts, self.ready);
                course.stretches.push(pace.stretch());
            }
            Step::SetCanaryScale(scale) if spec.is_weighted() => {
                pace.scale(spec, scale, self.ready);
                course.stretches.push(pace.stretch());
            }
            Step::Pause(Some(length)) => pace.now += length.as_secs_f64(),
            Step::Pause(None) => match promoted_by(self.variant, self.rollout, pace.now) {
                None => return Next::Nothing,
                Some((at, operation)) => {
                    pace.now = at;
                    if matches!(operation, Operation::PromoteFull) {
                        return Next::All;
                    }
                }
            },
            Step::Analysis => {
                course.runs.push((Place::Step(index), pace.now));
                pace.now += self.run_length(Place::Step(index));
            }
            _ => {}
        }
        Next::Step
    }
}

/// What follows a step.
enum Next {
    Step,
    /// The end: all that is left is skipped.
    All,
    Nothing,
}

/// How far a canary has come.
struct Pace {
    replicas: u32,
    now: f64,
    parts: u32,
    share: f64,
    pods_new: u32,
    pods_old: u32,
    held: Option<CanaryScale>,
}

impl Pace {
    fn new(replicas: u32) -> Self {
        Self {
            replicas,
            now: 0.0,
            parts: 0,
            share: 0.0,
            pods_new: 0,
            pods_old: replicas,
            held: None,
        }
    }

    fn stretch(&self) -> Stretch {
        Stretch {
            from: self.now,
            share: self.share,
            pods_new: self.pods_new,
            pods_old: self.pods_old,
        }
    }

    fn grow(&mut self, pods: u32, ready: f64) {
        if pods > self.pods_new {
            self.now += ready;
        }
        self.pods_new = pods;
    }

    fn weigh(&mut self, spec: &CanarySpec, parts: u32, ready: f64) {
        self.parts = parts;
        if spec.is_weighted() {
            self.grow(self.routed_pods(spec), ready);
            self.share = f64::from(parts) / f64::from(spec.max_weight());
            return;
        }
        let sizes = true_share(spec, self.replicas, parts);
        self.grow(sizes.canary, ready);
        self.pods_old = sizes.stable;
        let all = (sizes.canary + sizes.stable).max(1);
        self.share = f64::from(sizes.canary) / f64::from(all);
    }

    fn scale(&mut self, spec: &CanarySpec, scale: CanaryScale, ready: f64) {
        self.held = Some(scale);
        self.grow(self.routed_pods(spec), ready);
    }

    fn routed_pods(&self, spec: &CanarySpec) -> u32 {
        let parts = match self.held {
            Some(CanaryScale::Replicas(pods)) => return pods,
            Some(CanaryScale::Weight(parts)) => parts,
            None | Some(CanaryScale::MatchTrafficWeight) => self.parts,
        };
        let pods = Weight {
            parts,
            whole: spec.max_weight(),
        }
        .replicas(self.replicas);
        match spec.min_pods {
            Some(least) if pods > 0 => pods.max(least.min(self.replicas)),
            _ => pods,
        }
    }
}
