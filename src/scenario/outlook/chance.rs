//! The chance that an analysis gives an update up, where its requests fail with a given chance.
//!
//! 1. Each measurement looks at a window; what of it monitoring has seen by then, old requests and new,
//!    follows from the course of the update.
//! 2. Good answers and failures in it are Poisson numbers; a counter born at its first failure hides
//!    that scrape. The measurement fails where the failures are too many for the good answers.
//! 3. Measurements add up. Windows that overlap are taken one by range: each then stands for as many
//!    failed measurements as there are in it.
//! 4. Without data an error follows on the other every ten seconds; too many in a row end it too.

use super::gate::{Counted, Gate, Verdict};
use super::{Asked, Place, Scene, SeriesOf, Span, Version};
use crate::control::argo_rollouts::analysis::{ERROR_RETRY, Phase};
use crate::stats::{
    Counts, SuccessGate, born_mean, chance_of_more_than, chance_of_none, normal_upper,
};
use crate::telemetry::promql::Looks;
use crate::telemetry::{SeriesBirth, TelemetrySpec};

/// Failures are counted one by one up to this many; beyond, they are taken for normal.
const COUNTED_MOST: usize = 400;

/// Standard deviations of the good answers that are gone through.
const SPREAD: f64 = 7.0;

/// One analysis in its update.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) asked: &'a Asked,
    pub(super) gate: &'a Gate,
    pub(super) scene: &'a Scene<'a>,
    pub(super) series: &'a SeriesOf,
    pub(super) telemetry: TelemetrySpec,
}

/// Chances that a request fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ErrorRates {
    pub(super) old: f64,
    pub(super) new: f64,
}

/// Requests that one measurement has seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Requests {
    pub(super) old: f64,
    pub(super) new: f64,
}

impl Requests {
    pub(super) fn all(self) -> f64 {
        self.old + self.new
    }
}

/// Expected failures of one pod of the new version, per interval between scrapes since it serves.
struct Intervals {
    failures: Vec<f64>,
    seen_from: usize,
    pods: u32,
}

impl Sight<'_> {
    /// When it is measured, in seconds since the release.
    pub(super) fn times(&self) -> Vec<f64> {
        let spec = &self.asked.metric.spec;
        let course = self.scene.course;
        let Some(begins) = course.begins(self.asked.place) else {
            return Vec::new();
        };
        let first = begins + spec.initial_delay.map_or(0.0, |delay| delay.as_secs_f64());
        let step = spec.interval.map_or(0.0, |interval| interval.as_secs_f64());
        let ended = match (self.asked.place, course.promoted) {
            (Place::Background, Some(promoted)) => promoted,
            _ => f64::INFINITY,
        };
        let count = spec.effective_count().unwrap_or(u32::MAX);
        let times = (0..count).map(|index| first + f64::from(index) * step);
        // Who waits for a human may be measured for ever: the first hour tells enough.
        times
            .take_while(|at| *at < ended.min(first + 3600.0))
            .collect()
    }

    /// What has been scraped of the window of a measurement.
    fn span(&self, at: f64) -> Span {
        let scrape = self.telemetry.scrape.as_secs_f64();
        // Each pod has a phase of its own: the newest sample is half an interval old on average.
        let to = at - scrape / 2.0;
        let from = match self.gate.range() {
            None => f64::NEG_INFINITY,
            Some(range) => to - (range - scrape).max(0.0),
        };
        Span {
            from: from.min(to),
            to,
        }
    }

    /// Requests that a measurement has seen, on average.
    pub(super) fn requests(&self, at: f64) -> Requests {
        let span = self.span(at);
        let selected = (&self.gate.whole, self.series);
        Requests {
            old: self.scene.seen(selected, Version::Old, span),
            new: self
                .scene
                .seen(selected, Version::New, self.since_birth(span)),
        }
    }

    /// A counter shows what it counts only after its first scrape, unless it was scraped at zero.
    fn since_birth(&self, span: Span) -> Span {
        let services = self
            .scene
            .selected((&self.gate.whole, self.series), Version::New);
        let first = self.scene.first_of_new(&services).unwrap_or(f64::INFINITY);
        let hidden = match self.hides_births() {
            true => self.telemetry.scrape.as_secs_f64() / 2.0,
            false => 0.0,
        };
        let from = span.from.max(first + hidden);
        Span {
            from: from.min(span.to),
            to: span.to,
        }
    }

    fn hides_births(&self) -> bool {
        self.telemetry.birth == SeriesBirth::FirstRequest && self.gate.looks == Looks::WithinRange
    }

    /// Chance that the analysis ends badly.
    pub(super) fn chance(&self, rates: ErrorRates) -> f64 {
        let times = self.times();
        let Some(first) = times.first() else {
            return 0.0;
        };
        let blind = self.chance_blind(*first);
        let allowed = self.asked.metric.spec.failures_borne();
        let failed = allowed.map_or(0.0, |allowed| {
            let together = self.overlap();
            let last_of_each = times.chunks(together).filter_map(|chunk| chunk.last());
            let chances: Vec<f64> = last_of_each.map(|at| self.chance_at(*at, rates)).collect();
            let together = u32::try_from(together).unwrap_or(u32::MAX);
            chance_of_more_than(allowed.unsigned_abs() / together, &chances)
        });
        1.0 - (1.0 - blind) * (1.0 - failed)
    }

    /// Measurements whose windows overlap.
    fn overlap(&self) -> usize {
        let interval = self.asked.metric.spec.interval;
        let interval = interval.map_or(f64::INFINITY, |interval| interval.as_secs_f64());
        match self.gate.range() {
            None => usize::MAX,
            Some(range) => (range / interval).ceil().max(1.0) as usize,
        }
    }

    /// Chance that errors for want of data end it.
    fn chance_blind(&self, first: f64) -> f64 {
        if self.nothing() != Phase::Error {
            return 0.0;
        }
        let borne = self.asked.metric.spec.errors_borne().max(0);
        let patience = f64::from(borne) * ERROR_RETRY.as_secs_f64();
        chance_of_none(self.requests(first + patience).all())
    }

    /// What is said where there are no requests.
    fn nothing(&self) -> Phase {
        match self.telemetry.birth {
            SeriesBirth::FirstRequest => self.gate.of_nothing,
            SeriesBirth::Start => self.gate.of_nan,
        }
    }

    /// Chance that one measurement fails.
    fn chance_at(&self, at: f64, rates: ErrorRates) -> f64 {
        let requests = self.requests(at);
        let none = chance_of_none(requests.all());
        let fails = |phase: Phase| f64::from(u8::from(phase == Phase::Failed));
        let empty = none * fails(self.nothing());
        match self.gate.verdict {
            Verdict::Never => empty,
            Verdict::Always => empty + (1.0 - none),
            Verdict::Above(gate) => empty + self.too_many(gate, at, rates).min(1.0 - none),
        }
    }

    /// Chance that there are too many failures for the good answers.
    fn too_many(&self, gate: SuccessGate, at: f64, rates: ErrorRates) -> f64 {
        let requests = self.requests(at);
        let good = requests.old * (1.0 - rates.old) + requests.new * (1.0 - rates.new);
        let highest = (good + SPREAD * good.sqrt() + SPREAD) as u64;
        let most = gate
            .failures_beside(highest)
            .map_or(usize::MAX, |most| most as usize);
        let intervals = self.intervals(at, rates.new);
        let old = requests.old * rates.old;
        if most > COUNTED_MOST {
            let new = f64::from(intervals.pods) * self.mean_seen(&intervals);
            return about_too_many(gate, good, old + new);
        }
        let failures = self.failures(&intervals, old, most);
        self.over_good(gate, good, &failures)
    }

    /// Over all numbers of good answers.
    fn over_good(&self, gate: SuccessGate, good: f64, failures: &Counts) -> f64 {
        let spread = SPREAD * good.sqrt() + SPREAD;
        let (lowest, highest) = ((good - spread).max(0.0) as u64, (good + spread) as u64);
        let answers = Counts::poisson(good, highest as usize);
        let over = (lowest..=highest).map(|count| {
            let needed = gate
                .failures_beside(count)
                .map_or(usize::MAX, |it| it as usize);
            // Without a good answer its counter was never born: the query finds nothing.
            let unborn = count == 0
                && self.gate.counts == Counted::Good
                && self.telemetry.birth == SeriesBirth::FirstRequest;
            let fails = match unborn {
                true if matches!(self.gate.of_nothing, Phase::Successful) => 0.0,
                _ => failures.at_least(needed),
            };
            answers.exactly(count as usize) * fails
        });
        over.sum()
    }

    fn failures(&self, intervals: &Intervals, old: f64, most: usize) -> Counts {
        let one = match self.hides_births() {
            true => Counts::born(&intervals.failures, intervals.seen_from, most),
            false => Counts::poisson(self.mean_seen(intervals), most),
        };
        let all = (0..intervals.pods).fold(Counts::none(most), |sum, _| sum.plus(&one));
        all.plus(&Counts::poisson(old, most))
    }

    fn mean_seen(&self, intervals: &Intervals) -> f64 {
        match self.hides_births() {
            true => born_mean(&intervals.failures, intervals.seen_from),
            false => intervals.failures[intervals.seen_from..].iter().sum(),
        }
    }

    /// Intervals between scrapes, backwards from the newest sample to the first request.
    fn intervals(&self, at: f64, error_rate: f64) -> Intervals {
        let span = self.span(at);
        let selected = (&self.gate.whole, self.series);
        let services = self.scene.selected(selected, Version::New);
        let pods = self.scene.pods_new(at).max(1);
        let first = self
            .scene
            .first_of_new(&services)
            .unwrap_or(span.to)
            .min(span.to);
        let scrape = self.telemetry.scrape.as_secs_f64();
        let count = ((span.to - first) / scrape).ceil() as usize;
        let mut failures = Vec::with_capacity(count);
        let mut seen_from = 0;
        for back in (0..count).rev() {
            let to = span.to - back as f64 * scrape;
            let piece = Span {
                from: (to - scrape).max(first),
                to,
            };
            let requests = self.scene.seen(selected, Version::New, piece);
            failures.push(error_rate * requests / f64::from(pods));
            // A window of whole intervals: half of one decides.
            if piece.to - scrape / 2.0 < span.from {
                seen_from += 1;
            }
        }
        Intervals {
            failures,
            seen_from,
            pods,
        }
    }
}

/// The same for large numbers: too many means more than the limit's odds of the good answers.
fn about_too_many(gate: SuccessGate, good: f64, failed: f64) -> f64 {
    let limit = gate.limit.as_fraction();
    let (mean, variance) = (
        failed * limit - good * (1.0 - limit),
        failed * limit * limit + good * (1.0 - limit) * (1.0 - limit),
    );
    if variance <= 0.0 {
        0.0
    } else {
        normal_upper(-mean / variance.sqrt())
    }
}
