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
    let path = in_container(&served.workload, served.container, "name");
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
        &served.workload,
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
    let cycle = probes_until(probe.failure_threshold, 1.0 - pass)
        + probes_until(probe.success_threshold, pass);
    let per_hour = 3600.0 / (cycle * probe.period.as_secs_f64());
    if per_hour < 0.1 || pass == 0.0 {
        return None;
    }
    let path = in_container(&served.workload, served.container, "readinessProbe");
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

/// Mean number of probes until `run` of them in a row come out in a way that has this chance:
/// (1 - c^n) / ((1 - c) c^n).
fn probes_until(run: u32, chance: f64) -> f64 {
    let all = (0..run.min(1000)).fold(1.0, |all, _| all * chance);
    match chance < 1.0 {
        true => (1.0 - all) / ((1.0 - chance) * all),
        false => f64::from(run),
    }
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
        let path = in_container(&served.workload, served.container, key);
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
    let life = probes_until(probe.failure_threshold, 1.0 - pass) * probe.period.as_secs_f64();
    if life > 864_000.0 || pass == 0.0 {
        return None;
    }
    let path = in_container(&served.workload, served.container, "livenessProbe");
    let message = format!(
        "liveness hangs on dependencies and passes with {:.1} %",
        pass * 100.0
    );
    Some(
        Finding::at(path, message)
            .because(format!(
                "a healthy container is killed after {} on average",
                SimDuration::from_secs(life.round() as u64)
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
    let path = in_container(&served.workload, served.container, "livenessProbe");
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

#[cfg(test)]
mod tests {
    use super::probes_until;

    #[test]
    fn two_heads_in_a_row_take_six_throws() {
        // Textbook: E = (1 - 1/4) / (1/2 · 1/4) = 6; one of chance 1/10 takes 10; a sure one takes n.
        assert_eq!(probes_until(2, 0.5), 6.0);
        assert!((probes_until(1, 0.1) - 10.0).abs() < 1e-12);
        assert_eq!(probes_until(3, 1.0), 3.0);
        assert_eq!(probes_until(3, 0.0), f64::INFINITY);
    }
}
