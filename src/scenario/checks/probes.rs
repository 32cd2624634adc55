//! Probes against the start-up and health of the image (reference kubernetes.md §3.2).

use super::finding::{Finding, in_container};
use super::list::Served;
use crate::images::Health;
use crate::manifest::Probe;
use crate::units::{Ratio, SimDuration};

/// Where "nearly every start" is read.
const P99: f64 = 0.99;

/// How long the kubelet waits for the first pass: initial delay + threshold × period.
pub(super) fn patience(probe: &Probe) -> SimDuration {
    probe.initial_delay + probe.period * u64::from(probe.failure_threshold)
}

fn start_up_at(served: &Served<'_>, quantile: f64) -> SimDuration {
    SimDuration::from_secs_f64(served.image.start_up.quantile(quantile))
}

/// Without a readiness probe a pod takes traffic from the moment its container runs; a startup
/// probe holds it back as well.
pub(super) fn no_readiness_probe(served: &Served<'_>) -> Option<Finding> {
    if served.container.readiness.is_some() || served.container.startup.is_some() {
        return None;
    }
    let path = in_container(served.deployment, served.container, "name");
    let start = start_up_at(served, 0.5);
    let message = format!(
        "container `{}` has no readiness probe",
        served.container.name
    );
    Some(
        Finding::at(path, message)
            .because(format!(
                "requests come at once, while it starts for {start} (p50)"
            ))
            .cure("add a `readinessProbe`"),
    )
}

/// The startup probe gives up before the process is up.
pub(super) fn killed_before_started(served: &Served<'_>) -> Option<Finding> {
    let probe = served.container.startup.as_ref()?;
    if served.image.health.startup == Health::Always {
        return None;
    }
    give_up("startupProbe", probe, served)
}

/// The same by the liveness probe where no startup probe holds it back.
pub(super) fn killed_by_liveness_before_started(served: &Served<'_>) -> Option<Finding> {
    let probe = served.container.liveness.as_ref()?;
    if served.container.startup.is_some() || served.image.health.liveness == Health::Always {
        return None;
    }
    give_up("livenessProbe", probe, served)
}

fn give_up(key: &str, probe: &Probe, served: &Served<'_>) -> Option<Finding> {
    let budget = patience(probe);
    let (median, slow) = (start_up_at(served, 0.5), start_up_at(served, P99));
    if slow <= budget {
        return None;
    }
    let often = if median > budget {
        format!("most starts never pass: p50 of the start-up is {median}")
    } else {
        format!("more than 1 start in 100 is killed: p99 of the start-up is {slow}")
    };
    let message = format!(
        "`{key}` gives up after {budget} ({} + {} × {})",
        probe.initial_delay, probe.failure_threshold, probe.period
    );
    let path = in_container(
        served.deployment,
        served.container,
        &format!("{key}.failureThreshold"),
    );
    Some(
        Finding::at(path, message)
            .because(often)
            .cure("raise `failureThreshold`, or add a `startupProbe` with more patience"),
    )
}

/// Readiness that is drawn anew at each probe falls now and then on all pods.
pub(super) fn readiness_hangs_on_dependencies(served: &Served<'_>) -> Option<Finding> {
    let Health::Dependencies(dependencies) = &served.image.health.readiness else {
        return None;
    };
    let probe = served.container.readiness.as_ref()?;
    let pass = pass_of(dependencies);
    let failures = probe.failure_threshold.min(1000);
    let run = (0..failures).fold(1.0, |chance, _| chance * (1.0 - pass));
    let per_hour = run * 3600.0 / probe.period.as_secs_f64();
    if per_hour < 0.1 || pass == 0.0 {
        return None;
    }
    let path = in_container(served.deployment, served.container, "readinessProbe");
    let message = format!(
        "readiness hangs on {} and passes with {:.1} %",
        match dependencies.len() {
            1 => "a dependency".to_owned(),
            more => format!("{more} dependencies"),
        },
        pass * 100.0
    );
    let reason = format!("a healthy pod leaves the endpoints about {per_hour:.1} times an hour");
    Some(
        Finding::at(path, message)
            .because(reason)
            .cure("let readiness tell about the pod alone, not about what it depends on"),
    )
}

/// All dependencies of a health endpoint answer.
fn pass_of(dependencies: &[(String, Ratio)]) -> f64 {
    let shares = dependencies.iter().map(|(_, share)| share.as_fraction());
    shares.product()
}

/// Each kind of probe with what it asks.
fn asked<'s>(served: &'s Served<'_>) -> [(&'static str, Option<&'s Probe>, &'s Health); 3] {
    let (container, health) = (served.container, &served.image.health);
    [
        ("startupProbe", container.startup.as_ref(), &health.startup),
        (
            "readinessProbe",
            container.readiness.as_ref(),
            &health.readiness,
        ),
        (
            "livenessProbe",
            container.liveness.as_ref(),
            &health.liveness,
        ),
    ]
}

/// A probe that asks a dependency which never answers.
pub(super) fn never_passes(served: &Served<'_>) -> Option<Finding> {
    asked(served).into_iter().find_map(|(key, probe, health)| {
        let (Some(_), Health::Dependencies(dependencies)) = (probe, health) else {
            return None;
        };
        let (dead, _) = dependencies
            .iter()
            .find(|(_, share)| share.as_fraction() == 0.0)?;
        let path = in_container(served.deployment, served.container, key);
        let reason = match key {
            "readinessProbe" => "no pod is ever ready",
            _ => "the kubelet kills the container again and again",
        };
        Some(
            Finding::at(
                path,
                format!("`{key}` never passes: `{dead}` answers 0 % of the time"),
            )
            .because(reason)
            .cure("raise the share, or leave the dependency out of this endpoint"),
        )
    })
}

/// Liveness that is drawn anew at each probe kills healthy containers now and then.
pub(super) fn liveness_hangs_on_dependencies(served: &Served<'_>) -> Option<Finding> {
    let Health::Dependencies(dependencies) = &served.image.health.liveness else {
        return None;
    };
    let probe = served.container.liveness.as_ref()?;
    let pass = pass_of(dependencies);
    let failures = probe.failure_threshold.min(1000);
    let run = (0..failures).fold(1.0, |chance, _| chance * (1.0 - pass));
    let per_day = run * 86_400.0 / probe.period.as_secs_f64();
    if per_day < 0.1 || pass == 0.0 {
        return None;
    }
    let path = in_container(served.deployment, served.container, "livenessProbe");
    let message = format!(
        "liveness hangs on dependencies and passes with {:.1} %",
        pass * 100.0
    );
    Some(
        Finding::at(path, message)
            .because(format!(
                "a healthy container is killed about {per_day:.1} times a day"
            ))
            .cure("let liveness tell about the process alone: a restart mends no dependency"),
    )
}

/// A pod that is killed before it is taken out of traffic.
pub(super) fn liveness_sooner_than_readiness(served: &Served<'_>) -> Option<Finding> {
    let (liveness, readiness) = (
        served.container.liveness.as_ref()?,
        served.container.readiness.as_ref()?,
    );
    let run = |probe: &Probe| probe.period * u64::from(probe.failure_threshold);
    if run(liveness) >= run(readiness) {
        return None;
    }
    let path = in_container(served.deployment, served.container, "livenessProbe");
    let message = format!(
        "liveness gives up after {}, readiness after {}",
        run(liveness),
        run(readiness)
    );
    Some(
        Finding::at(path, message)
            .because("a struggling container is killed before it is taken out of traffic")
            .cure("make liveness the more patient one"),
    )
}
