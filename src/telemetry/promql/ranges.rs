//! Functions over ranges: which samples, and what becomes of them.

use std::borrow::Cow;

use super::aggregate::Function;
use super::element::{Element, Metric, distinct};
use super::evaluate::{Evaluated, Evaluator};
use super::expression::{Expression, Ranged, Selector};
use super::function::OverRange;
use super::over_time::{average, changes, quantile_of, resets, sum, variance};
use super::rate::{Change, change, instant_delta, instant_rate};
use super::trend::line;
use crate::telemetry::{Sample, Series, Stamp, Window};

/// One series' samples within a window.
pub(super) struct Stretch<'a> {
    metric: Metric<'a>,
    samples: Cow<'a, [Sample]>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn stretches(&self, ranged: &'a Ranged) -> Evaluated<(Window, Vec<Stretch<'a>>)> {
        match ranged {
            Ranged::Series { of, range_ms } => {
                let end = self.at.earlier_by_millis(of.offset_ms);
                let window = self.version.window(end, *range_ms);
                let stretch = |series: &'a Series| Stretch {
                    metric: Metric::of(series),
                    samples: Cow::Borrowed(series.within(&window)),
                };
                let stretches = self.selected(of).into_iter().map(stretch);
                let full = stretches.filter(|stretch| !stretch.samples.is_empty());
                Ok((window, full.collect()))
            }
            Ranged::Subquery {
                of,
                range_ms,
                step_ms,
                offset_ms,
            } => {
                let end = self.at.earlier_by_millis(*offset_ms);
                let window = self.version.window(end, *range_ms);
                Ok((window, self.steps(of, &window, *step_ms)?))
            }
        }
    }

    /// A subquery: the expression at every multiple of the step within the window.
    fn steps(
        &self,
        of: &'a Expression,
        window: &Window,
        step_ms: i64,
    ) -> Evaluated<Vec<Stretch<'a>>> {
        let mut stretches: Vec<Stretch<'a>> = Vec::new();
        let start = window.start.as_millis();
        let mut at = Stamp::from_millis(start.div_euclid(step_ms) * step_ms);
        while at <= window.end {
            if !window.is_after(at) {
                let inside = Self { at, ..*self };
                for element in inside.vector(of)? {
                    let value = element.value;
                    let known = stretches.iter_mut().find(|s| s.metric == element.metric);
                    let sample = Sample { at, value };
                    match known {
                        Some(stretch) => stretch.samples.to_mut().push(sample),
                        None => stretches.push(Stretch {
                            metric: element.metric,
                            samples: Cow::Owned(vec![sample]),
                        }),
                    }
                }
            }
            at = at.earlier_by_millis(-step_ms);
        }
        Ok(stretches)
    }

    pub(super) fn overall(
        &self,
        function: OverRange,
        parameter: f64,
        ranged: &'a Ranged,
    ) -> Evaluated<Vec<Element<'a>>> {
        let (window, stretches) = self.stretches(ranged)?;
        let element = |stretch: Stretch<'a>| {
            let value = self.reduced(function, parameter, (&stretch.samples, &window))?;
            let metric = match function.keeps_name() {
                true => stretch.metric,
                false => stretch.metric.drop_name(),
            };
            Some(Element { metric, value })
        };
        let elements = stretches.into_iter().filter_map(element).collect();
        match ranged.selector() {
            // Series of one name differ in their labels.
            Some(Selector { name: Some(_), .. }) => Ok(elements),
            _ => distinct(elements),
        }
    }

    /// One number for the samples of a window, of which there is at least one.
    fn reduced(
        &self,
        function: OverRange,
        parameter: f64,
        (samples, window): (&[Sample], &Window),
    ) -> Option<f64> {
        let values = || samples.iter().map(|sample| sample.value);
        let changed = |kind| change(kind, samples, window, self.version);
        Some(match function {
            OverRange::Rate => changed(Change::Rate)?,
            OverRange::Increase => changed(Change::Increase)?,
            OverRange::Delta => changed(Change::Delta)?,
            OverRange::InstantRate => instant_rate(samples)?,
            OverRange::InstantDelta => instant_delta(samples)?,
            OverRange::Derivative => line(samples, samples.first()?.at)?.slope,
            OverRange::PredictLinear => {
                let line = line(samples, self.at)?;
                line.slope * parameter + line.level
            }
            OverRange::Resets => resets(samples),
            OverRange::Changes => changes(samples),
            OverRange::Average => average(samples, self.version),
            OverRange::Minimum => {
                Function::Minimum.of(&values().collect::<Vec<_>>(), parameter, self.version)
            }
            OverRange::Maximum => {
                Function::Maximum.of(&values().collect::<Vec<_>>(), parameter, self.version)
            }
            OverRange::Sum => sum(samples),
            OverRange::Count => samples.len() as f64,
            OverRange::First => samples.first()?.value,
            OverRange::Last => samples.last()?.value,
            OverRange::Present => 1.0,
            OverRange::Quantile => quantile_of(parameter, samples),
            OverRange::Deviation => variance(samples).sqrt(),
            OverRange::Variance => variance(samples),
        })
    }
}

impl Ranged {
    pub(super) fn selector(&self) -> Option<&Selector> {
        match self {
            Self::Series { of, .. } => Some(of),
            Self::Subquery { .. } => None,
        }
    }
}
