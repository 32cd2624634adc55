//! How many requests reach which version through which Service.

use super::course::{Course, Steering};
use super::{SeriesOf, Version};
use crate::manifest::Rollout;
use crate::scenario::{Variant, WorkloadKind};
use crate::telemetry::promql::Selection;
use crate::traffic::Arrivals;

/// A time, in seconds since the release.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::scenario) struct Span {
    pub(in crate::scenario) from: f64,
    pub(in crate::scenario) to: f64,
}

/// The traffic of an update.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct Scene<'s> {
    pub(in crate::scenario) course: &'s Course,
    /// Requests per second that knock at each Service.
    rates: Vec<f64>,
    /// Whether the Rollout's pods are behind each Service.
    behind: Vec<bool>,
    /// When the world began.
    begins: f64,
}

impl<'s> Scene<'s> {
    /// Of a Rollout; `rate` makes one number of a source's arrivals.
    pub(in crate::scenario) fn of(
        variant: &Variant,
        rollout: &Rollout,
        course: &'s Course,
        rate: fn(&Arrivals) -> f64,
    ) -> Self {
        let services = &variant.before.services;
        let mut rates = vec![0.0; services.len()];
        for (source, entry) in variant.traffic.iter().zip(&variant.entries) {
            if let Some(service) = entry.service() {
                rates[service] += rate(&source.arrivals);
            }
        }
        let behind = services.iter().map(|service| {
            service.namespace == rollout.namespace
                && service.selector.matches(&rollout.template.labels)
        });
        let released = variant
            .release
            .as_ref()
            .map_or(0.0, |release| release.at.as_secs_f64());
        Self {
            course,
            rates,
            behind: behind.collect(),
            begins: -released,
        }
    }

    /// Requests per second through a Service to a version.
    pub(in crate::scenario) fn rate(&self, service: usize, version: Version, at: f64) -> f64 {
        let new = self.new_share(service, at);
        let knocking = self.knocking(service, at);
        match version {
            Version::New => knocking * new.unwrap_or(0.0),
            Version::Old => knocking * new.map_or(0.0, |share| 1.0 - share),
        }
    }

    /// Requests per second that arrive at a Service, steered there or knocking.
    fn knocking(&self, service: usize, at: f64) -> f64 {
        let Steering::Router {
            stable: Some(stable),
            canary: Some(canary),
        } = self.course.steering
        else {
            return self.rates[service];
        };
        let share = self.routed_share(at);
        match service {
            _ if service == stable => self.rates[stable] * (1.0 - share),
            _ if service == canary => self.rates[canary] + self.rates[stable] * share,
            _ => self.rates[service],
        }
    }

    /// A router gives all back to the stable Service once it stands for the new version.
    fn routed_share(&self, at: f64) -> f64 {
        match self.course.promoted {
            Some(promoted) if at >= promoted => 0.0,
            _ => self.course.at(at).map_or(0.0, |stretch| stretch.share),
        }
    }

    /// The share of a Service's requests that the new version gets; `None` where nobody answers.
    fn new_share(&self, service: usize, at: f64) -> Option<f64> {
        if at < 0.0 || !self.behind[service] {
            return Some(0.0);
        }
        let stretch = self.course.at(at);
        let ready = stretch.is_some_and(|stretch| stretch.pods_new > 0);
        let new_only = || ready.then_some(1.0);
        let stable_only = || match self.course.promoted {
            Some(promoted) if at >= promoted => Some(1.0),
            _ => Some(0.0),
        };
        match self.course.steering {
            Steering::Switch { preview } if preview == Some(service) => new_only(),
            Steering::Switch { .. } => Some(stretch.map_or(0.0, |stretch| stretch.share)),
            Steering::Router { canary, .. } | Steering::Pods { canary, .. }
                if canary == Some(service) =>
            {
                new_only()
            }
            Steering::Router { stable, .. } | Steering::Pods { stable, .. }
                if stable == Some(service) =>
            {
                stable_only()
            }
            Steering::Router { .. } | Steering::Pods { .. } => Some(stretch.map_or(0.0, |one| {
                let all = f64::from(one.pods_new + one.pods_old).max(1.0);
                f64::from(one.pods_new) / all
            })),
        }
    }

    /// Requests through a Service to a version within a span.
    pub(in crate::scenario) fn between(&self, service: usize, version: Version, span: Span) -> f64 {
        let from = span.from.max(self.begins);
        let moves = self.course.stretches.iter().map(|stretch| stretch.from);
        let mut edges: Vec<f64> = moves.chain([0.0, from, span.to]).collect();
        edges.retain(|edge| (from..=span.to).contains(edge));
        edges.sort_by(f64::total_cmp);
        let pieces = edges.windows(2);
        pieces
            .map(|piece| (piece[1] - piece[0]) * self.rate(service, version, piece[0]))
            .sum()
    }

    /// Requests that a selection looks at, whatever their code, to a version within a span.
    pub(in crate::scenario) fn seen(
        &self,
        (selection, series): (&Selection, &SeriesOf),
        version: Version,
        span: Span,
    ) -> f64 {
        let services = self.selected((selection, series), version);
        services
            .into_iter()
            .map(|service| self.between(service, version, span))
            .sum()
    }

    /// The Services whose requests to a version a selection looks at.
    pub(in crate::scenario) fn selected(
        &self,
        (selection, series): (&Selection, &SeriesOf),
        version: Version,
    ) -> Vec<usize> {
        let of_version = series.kin.iter().filter(|kin| kin.version == version);
        let mut services: Vec<usize> = of_version
            .filter(|kin| kin.is_selected(selection))
            .map(|kin| kin.service)
            .collect();
        services.sort_unstable();
        services.dedup();
        services
    }

    /// When the first requests reach the new version through some of these Services.
    pub(in crate::scenario) fn first_of_new(&self, services: &[usize]) -> Option<f64> {
        let moves = self.course.stretches.iter().map(|stretch| stretch.from);
        let mut times = moves.filter(|at| {
            services
                .iter()
                .any(|service| self.rate(*service, Version::New, *at) > 0.0)
        });
        times.next()
    }

    /// Pods of the new version at a time.
    pub(in crate::scenario) fn pods_new(&self, at: f64) -> u32 {
        self.course.at(at).map_or(0, |stretch| stretch.pods_new)
    }
}

/// The Rollouts that a release updates: as they are after it.
pub(in crate::scenario) fn updated(variant: &Variant) -> Vec<&Rollout> {
    let Some(release) = &variant.release else {
        return Vec::new();
    };
    let changed = |new: &&Rollout| {
        let mut before = variant.before.workloads();
        let old = before.find(|old| {
            (old.kind, old.namespace, old.name)
                == (
                    WorkloadKind::Rollout,
                    new.namespace.as_str(),
                    new.name.as_str(),
                )
        });
        old.is_none_or(|old| old.template.hash != new.template.hash)
    };
    release.after.rollouts.iter().filter(changed).collect()
}
