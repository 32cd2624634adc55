//! The chance to notice each risk, analysis by analysis, before any run.

use super::chance::{ErrorRates, Requests, Sight};
use super::gate::Gate;
use super::{Asked, Course, Scene, SeriesOf, asked_of, updated};
use crate::images::{Behaviour, Differences, Real, Risk, Truth};
use crate::manifest::Rollout;
use crate::scenario::checks::typically_ready;
use crate::scenario::{Scenario, Variant, Workload, serving_container};
use crate::traffic::Arrivals;

/// What one metric of an analysis can notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Which variant.
    pub variant: String,
    /// Which analysis of which Rollout: `Rollout/web, pre-promotion`.
    pub analysis: String,
    /// Name of the metric.
    pub metric: String,
    /// How often it measures; absent where its chances are not known.
    pub measurements: Option<usize>,
    /// Requests to old and new pods that its last measurement has seen, on average.
    pub requests: Option<f64>,
    /// How many of these were answered by new pods.
    pub requests_new: Option<f64>,
    /// Chance that it ends the update badly, if this is the truth: first that nothing is wrong, then
    /// each risk alone.
    pub chances: Vec<(String, Chance)>,
}

/// A chance, where it is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Chance {
    /// From 0 to 1.
    Known(f64),
    /// Why it is not known before a run.
    Unknown(String),
}

/// Magnitudes of a risk are read at so many places of their law.
const PLACES: u32 = 32;

/// For every variant, analysis and metric the chance to notice each risk.
pub fn notices(scenario: &Scenario) -> Vec<Notice> {
    let variants = scenario.variants.iter();
    variants
        .flat_map(|variant| notices_of(scenario, variant))
        .collect()
}

fn notices_of(scenario: &Scenario, variant: &Variant) -> Vec<Notice> {
    let series = SeriesOf::variant(variant);
    let mut notices = Vec::new();
    for rollout in updated(variant) {
        let asked = asked_of(rollout, &variant.before.analysis_templates);
        let Some(ready) = typically_ready(variant, Workload::from(rollout)) else {
            continue;
        };
        let course = Course::of(variant, rollout, &asked, ready);
        let scene = Scene::of(variant, rollout, &course, steady_rate);
        let counting = asked.iter().filter(|asked| asked.counts());
        notices.extend(
            counting.map(|asked| notice((scenario, variant), rollout, (asked, &scene, &series))),
        );
    }
    notices
}

/// Of arrivals that vary there is none: whoever asks is told so before.
fn steady_rate(arrivals: &Arrivals) -> f64 {
    match arrivals {
        Arrivals::Poisson { rate } | Arrivals::Constant { rate } => rate.as_per_second(),
        Arrivals::Piecewise { .. } | Arrivals::Bursts { .. } => 0.0,
    }
}

fn notice(
    (scenario, variant): (&Scenario, &Variant),
    rollout: &Rollout,
    (asked, scene, series): (&Asked, &Scene<'_>, &SeriesOf),
) -> Notice {
    let gate = known(variant, asked, scene).and_then(|()| Gate::of(asked, series));
    let sight = gate.as_ref().map(|gate| Sight {
        asked,
        gate,
        scene,
        series,
        telemetry: variant.telemetry,
    });
    let times = sight.as_ref().map_or(Vec::new(), |sight| sight.times());
    let last = times
        .last()
        .and_then(|at| Some(sight.as_ref().ok()?.requests(*at)));
    let nothing = ("nothing wrong".to_owned(), None);
    let risks = scenario.truths.risks.iter().enumerate();
    let risks = risks.map(|(index, risk)| (risk.name.clone(), Some((index, risk))));
    let chances = std::iter::once(nothing).chain(risks).map(|(name, risk)| {
        let chance = match &sight {
            Err(reason) => Chance::Unknown((*reason).clone()),
            Ok(sight) => chance_of((scenario, variant), rollout, (sight, risk)),
        };
        (name, chance)
    });
    Notice {
        variant: variant.name.clone(),
        analysis: format!("Rollout/{}, {}", rollout.name, asked.place),
        metric: asked.metric.name.clone(),
        measurements: sight.as_ref().ok().map(|_| times.len()),
        requests: last.map(Requests::all),
        requests_new: last.map(|requests| requests.new),
        chances: chances.collect(),
    }
}

/// What every analysis needs whose chances are to be told.
fn known(variant: &Variant, asked: &Asked, scene: &Scene<'_>) -> Result<(), String> {
    let varies = |arrivals: &Arrivals| {
        matches!(
            arrivals,
            Arrivals::Piecewise { .. } | Arrivals::Bursts { .. }
        )
    };
    if let Some(source) = variant.traffic.iter().find(|one| varies(&one.arrivals)) {
        return Err(format!("the traffic of `{}` varies", source.name));
    }
    if scene.course.begins(asked.place).is_none() {
        return Err("the update waits for a human before it begins".to_owned());
    }
    if asked.metric.spec.successes_needed().is_some() {
        return Err("`consecutiveSuccessLimit` decides".to_owned());
    }
    Ok(())
}

fn chance_of(
    (scenario, variant): (&Scenario, &Variant),
    rollout: &Rollout,
    (sight, risk): (&Sight<'_>, Option<(usize, &Risk)>),
) -> Chance {
    let Some((old, new)) = images(variant, rollout) else {
        return Chance::Unknown("the image is not described".to_owned());
    };
    let Some((index, risk)) = risk else {
        let rates = ErrorRates {
            old: error_rate(old),
            new: error_rate(new),
        };
        return Chance::Known(sight.chance(rates));
    };
    if !changes_errors_alone(&risk.differences) {
        return Chance::Unknown("it changes more than the error rate".to_owned());
    }
    let places = match risk.differences.error_rate {
        Some(crate::laws::Law::Constant(_)) | None => 1,
        Some(_) => PLACES,
    };
    let at = |place: u32| {
        let luck = (f64::from(place) + 0.5) / f64::from(places);
        let real = vec![Real {
            risk: index as u16,
            luck,
        }];
        let worse = scenario.truths.overlay(&Truth { real }, new);
        sight.chance(ErrorRates {
            old: error_rate(old),
            new: error_rate(&worse),
        })
    };
    Chance::Known((0..places).map(at).sum::<f64>() / f64::from(places))
}

/// The old version's image and the new one's.
fn images<'v>(
    variant: &'v Variant,
    rollout: &'v Rollout,
) -> Option<(&'v Behaviour, &'v Behaviour)> {
    let new = serving_container(&rollout.template, &variant.images)?;
    let is_it = |one: &&Rollout| (&one.namespace, &one.name) == (&rollout.namespace, &rollout.name);
    let before = variant.before.rollouts.iter().find(is_it)?;
    let old = serving_container(&before.template, &variant.images)?;
    Some((
        variant.images.get(&old.image)?,
        variant.images.get(&new.image)?,
    ))
}

/// Where a defect hurts some users only, their share of the requests is taken for their share.
fn error_rate(image: &Behaviour) -> f64 {
    image.error_rate.as_fraction() * image.users.as_fraction()
}

fn changes_errors_alone(differences: &Differences) -> bool {
    let alone = Differences {
        error_rate: differences.error_rate,
        users: differences.users,
        ..Differences::default()
    };
    *differences == alone
}
