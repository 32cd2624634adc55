//! What each section of a scenario means, and what is said where it is wrong.

use std::path::PathBuf;

use rollcast::document::Colour;
use rollcast::images::Health;
use rollcast::scenario::{Alert, Loaded, Measure, Moment, OnCallAction, Operation, Subject, load};
use rollcast::telemetry::promql::Version;
use rollcast::telemetry::{SeriesBirth, TelemetrySpec};
use rollcast::traffic::{Arrivals, Clients};
use rollcast::units::SimDuration;

const HEAD: &str = "name = \"t\"\nhorizon = \"10m\"\nmanifests = [\"web.yaml\"]\n";
const RELEASE: &str = "[release]\nat = \"2m\"\nto = { web = \"example/web:2\" }\n";
const TRAFFIC: &str =
    "[traffic.web]\narrivals.poisson = { rate = \"100/s\" }\nusers = { count = 10 }\n";
const IMAGES: &str = "[image.\"example/web:1\"]\nstart-up = \"5s\"\nservice-time = \"10ms\"\n\
                      concurrency = 8\n[image.\"example/web:2\"]\nlike = \"example/web:1\"\n";
const VARIANT: &str = "[[variant]]\nname = \"a\"\n";

/// Reads a scenario from a folder of its own that holds `web.yaml` and the given files.
fn read(name: &str, text: &str, files: &[(&str, &str)]) -> Result<Loaded, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("readings")
        .join(name);
    std::fs::create_dir_all(folder.join("more")).unwrap();
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/bad/manifests/web.yaml");
    std::fs::copy(manifest, folder.join("web.yaml")).unwrap();
    for (file, text) in files {
        std::fs::write(folder.join(file), text).unwrap();
    }
    let path = folder.join("scenario.toml");
    std::fs::write(&path, text).unwrap();
    load(&path).map_err(|refused| refused.diagnostics.render(&refused.sources, Colour::Plain))
}

fn with(name: &str, extra: &str) -> Result<Loaded, String> {
    read(
        name,
        &[HEAD, RELEASE, TRAFFIC, IMAGES, VARIANT, extra].concat(),
        &[],
    )
}

fn arrivals(name: &str, kind: &str, csv: &str) -> Result<Arrivals, String> {
    let traffic = format!("[traffic.web]\narrivals.{kind}\nusers = {{ count = 10 }}\n");
    let text = [HEAD, RELEASE, &traffic, IMAGES, VARIANT].concat();
    let loaded = read(name, &text, &[("rates.csv", csv)])?;
    Ok(loaded.scenario.variants[0].traffic[0].arrivals.clone())
}

/// Points as seconds and requests per second.
fn points(arrivals: &Arrivals) -> Vec<(f64, f64)> {
    let Arrivals::Piecewise { points, .. } = arrivals else {
        panic!("expected points, found {arrivals:?}");
    };
    let plain = |(at, rate): &(SimDuration, rollcast::units::Rate)| {
        (at.as_secs_f64(), rate.as_per_second())
    };
    points.iter().map(plain).collect()
}

#[test]
fn arrivals_of_every_kind_are_read() {
    let piecewise = "piecewise = { points = [{ at = \"0s\", rate = \"1/s\" }, { at = \"1m\", rate = \"5/s\" }], period = \"2m\" }";
    let read = arrivals("piecewise", piecewise, "").unwrap();
    assert_eq!(points(&read), [(0.0, 1.0), (60.0, 5.0)]);
    let ramp = "ramp = { from = \"1/s\", to = \"9/s\", start = \"10s\", end = \"20s\" }";
    let read = arrivals("ramp", ramp, "").unwrap();
    assert_eq!(points(&read), [(0.0, 1.0), (10.0, 1.0), (20.0, 9.0)]);
    let csv = "csv = { file = \"rates.csv\" }";
    let read = arrivals("csv", csv, "time_s,rate_per_s\n0,10\n 30 , 20.5\n").unwrap();
    assert_eq!(points(&read), [(0.0, 10.0), (30.0, 20.5)]);
    assert!(
        matches!(read, Arrivals::Piecewise { step: true, .. }),
        "a rate holds until the next"
    );
    let bursts =
        "bursts = { quiet = \"1/s\", busy = \"9/s\", quiet-for = \"1m\", busy-for = \"5s\" }";
    let read = arrivals("bursts", bursts, "").unwrap();
    let Arrivals::Bursts { busy, busy_for, .. } = read else {
        panic!("{read:?}")
    };
    assert_eq!((busy.as_per_second(), busy_for.as_secs_f64()), (9.0, 5.0));
}

#[test]
fn a_diurnal_rate_peaks_where_it_is_told_and_keeps_its_mean() {
    let diurnal =
        "diurnal = { mean = \"100/s\", amplitude = \"50%\", period = \"24h\", peak = \"12h\" }";
    let read = arrivals("diurnal", diurnal, "").unwrap();
    let points = points(&read);
    let at = |hour: f64| {
        points
            .iter()
            .find(|(at, _)| *at == hour * 3600.0)
            .unwrap()
            .1
    };
    // 100 · (1 ± 0.5 cos): 150 at the peak, 50 half a period away, 100 between.
    for (hour, rate) in [(12.0, 150.0), (0.0, 50.0), (6.0, 100.0), (18.0, 100.0)] {
        assert!((at(hour) - rate).abs() < 1e-9, "{hour} h: {}", at(hour));
    }
    let mean = points.iter().map(|(_, rate)| rate).sum::<f64>() / points.len() as f64;
    assert!(
        (mean - 100.0).abs() < 1e-9,
        "a sine over whole periods adds nothing: {mean}"
    );
}

#[test]
fn wrong_arrivals_are_told_with_their_rule() {
    let csv = "csv = { file = \"rates.csv\" }";
    for (name, kind, file, rule) in [
        (
            "b1",
            "piecewise = { points = [{ at = \"1s\", rate = \"1/s\" }] }",
            "",
            "first point at `0s`",
        ),
        (
            "b2",
            "ramp = { from = \"1/s\", to = \"2/s\", start = \"9s\", end = \"9s\" }",
            "",
            "`end` after `start`",
        ),
        (
            "b3",
            "diurnal = { mean = \"1/s\", amplitude = \"5%\", period = \"1m\" }",
            "",
            "at least 96s",
        ),
        (
            "b4",
            "bursts = { quiet = \"1/s\", busy = \"2/s\", quiet-for = \"0s\", busy-for = \"1s\" }",
            "",
            "above `0s`",
        ),
        ("b5", csv, "time_s,rate_per_s\n0,1\n5,-2\n", "rates.csv:3:1"),
        (
            "b6",
            csv,
            "time,rate\n0,1\n",
            "expected the header `time_s,rate_per_s`",
        ),
        (
            "b7",
            csv,
            "time_s,rate_per_s\n0,1\n5,2,7\n",
            "rates.csv:3:1",
        ),
        (
            "b8",
            csv,
            "time_s,rate_per_s\n5,1\n2,1\n",
            "first `time_s` at 0",
        ),
        (
            "b9",
            "csv = { file = \"none.csv\" }",
            "",
            "there is no such file",
        ),
        (
            "b10",
            "poison = { rate = \"1/s\" }",
            "",
            "did you mean `poisson`?",
        ),
    ] {
        let told = arrivals(name, kind, file).expect_err(kind);
        assert!(told.contains(rule), "{kind}: {told}");
    }
}

#[test]
fn a_folder_of_manifests_is_read_in_the_order_of_its_names() {
    let text = [
        &HEAD.replace("web.yaml", "more"),
        RELEASE,
        TRAFFIC,
        IMAGES,
        VARIANT,
    ]
    .concat();
    let web = std::fs::read_to_string(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/bad/manifests/web.yaml"),
    );
    let (deployment, service) = {
        let web = web.unwrap();
        let (one, other) = web.split_once("---\n").unwrap();
        (one.to_owned(), other.to_owned())
    };
    let files = [
        ("more/b.yml", service.as_str()),
        ("more/a.yaml", &deployment),
        ("more/x.md", "#"),
    ];
    let loaded = read("folder", &text, &files).unwrap();
    let before = &loaded.scenario.variants[0].before;
    assert_eq!((before.deployments.len(), before.services.len()), (1, 1));
}

#[test]
fn a_release_ships_manifests_and_patches() {
    let release = "[release]\nat = \"2m\"\nmanifests = [\"new.yaml\"]\npatch = { \"Deployment/web:spec.replicas\" = 5 }\n";
    let text = [HEAD, release, TRAFFIC, IMAGES, VARIANT].concat();
    let web = std::fs::read_to_string(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/bad/manifests/web.yaml"),
    );
    let new = web
        .unwrap()
        .replace("example/web:1", "example/web:2")
        .replace("replicas: 3", "replicas: 4");
    let loaded = read("release", &text, &[("new.yaml", &new)]).unwrap();
    let variant = &loaded.scenario.variants[0];
    let after = &variant.release.as_ref().unwrap().after.deployments[0];
    assert_eq!(
        (variant.before.deployments[0].replicas, after.replicas),
        (3, 5)
    );
    assert_eq!(after.template.containers[0].image, "example/web:2");
}

#[test]
fn operators_do_every_deed_at_a_time_or_when_something_happens() {
    let deed = |text: &str| format!("[[operator]]\n{text}\n");
    let all = [
        "at = \"3m\"\naction = \"set\"\npatch = { \"Deployment/web:spec.replicas\" = 7 }",
        "at = \"4m\"\naction = \"apply\"\nmanifests = [\"web.yaml\"]",
        "at = \"5m\"\naction = \"scale\"\nreplicas = 2",
        "at = \"5m\"\naction = \"pause\"",
        "when = \"paused\"\nafter = \"30s\"\naction = \"resume\"",
        "when = \"stuck\"\nafter = \"uniform(1m, 2m)\"\naction = \"undo\"",
        "at = \"6m\"\naction = \"delete-pod\"\ntarget = \"Deployment/web\"",
        "at = \"7m\"\naction = \"evict-pod\"",
    ];
    let text: String = all.iter().map(|text| deed(text)).collect();
    let loaded = with("operators", &text).unwrap();
    let seen: Vec<String> = loaded.scenario.variants[0]
        .operators
        .iter()
        .map(|one| {
            let when = match one.when {
                Moment::At(at) => at.since_start().to_string(),
                Moment::WhenPaused(_) => "paused".to_owned(),
                Moment::WhenStuck(_) => "stuck".to_owned(),
            };
            let what = match &one.operation {
                Operation::Apply(object) => format!("apply {}", object.view().replicas),
                other => format!("{other:?}"),
            };
            format!("{when} {what}")
        })
        .collect();
    assert_eq!(
        seen,
        [
            "3m apply 7",
            "4m apply 3",
            "5m Scale(2)",
            "5m Pause",
            "paused Resume",
            "stuck Undo",
            "6m DeletePod",
            "7m EvictPod"
        ]
    );
}

#[test]
fn monitoring_differs_between_variants_and_has_defaults() {
    let second = "[[variant]]\nname = \"b\"\n[variant.patch]\n\
                  \"scenario:telemetry.scrape\" = \"30s\"\n\"scenario:telemetry.series\" = \"start\"\n";
    let extra = "[telemetry]\nprometheus = 2\nevaluation = \"1m\"\nquery-latency = \"0s\"\n";
    let scenario = with("telemetry", &[second, extra].concat())
        .unwrap()
        .scenario;
    let first = TelemetrySpec {
        scrape: SimDuration::from_secs(15),
        version: Version::Two,
        evaluation: SimDuration::from_secs(60),
        query_latency: SimDuration::ZERO,
        birth: SeriesBirth::FirstRequest,
    };
    assert_eq!(scenario.variants[0].telemetry, first);
    let patched = TelemetrySpec {
        scrape: SimDuration::from_secs(30),
        birth: SeriesBirth::Start,
        ..first
    };
    assert_eq!(scenario.variants[1].telemetry, patched);
    let silent = with("telemetry-silent", "").unwrap().scenario;
    assert_eq!(silent.variants[0].telemetry, TelemetrySpec::default());
    assert_eq!(silent.variants[0].on_call, None);
}

#[test]
fn somebody_is_called_by_queries_and_burn_rates() {
    let second = "[[variant]]\nname = \"b\"\n[variant.patch]\n\
                  \"scenario:on-call.action\" = \"nothing\"\n\"scenario:on-call.act\" = \"1m\"\n";
    let on_call = r#"
        [on-call]
        notice = "uniform(1m, 3m)"
        action = "revert"
        [[on-call.alert]]
        name  = "many errors"
        query = 'sum(rate(http_requests_total{status=~"5.."}[1m])) > 5'
        for   = "2m"
        [[on-call.alert]]
        name      = "budget"
        burn-rate = { objective = "99.9%", long = "1h", short = "5m", factor = 14.4 }
    "#;
    let loaded = with("on-call", &[second, on_call].concat()).unwrap();
    let warnings = loaded.warnings.render(&loaded.sources, Colour::Plain);
    assert_eq!(warnings, "");
    let variants = loaded.scenario.variants;
    let called = variants[0].on_call.as_ref().expect("somebody is on call");
    assert_eq!(
        (called.notice.mean(), called.action),
        (120.0, OnCallAction::Revert)
    );
    // The default of `act`: half of all people act within 3 min, all but 1 in 100 within 15 min.
    let quantiles = [0.5, 0.99].map(|u| called.act.quantile(u).round());
    assert_eq!(quantiles, [180.0, 900.0]);
    let alert = |name: &str, query: &str, hold| Alert {
        name: name.to_owned(),
        query: query.to_owned(),
        hold: SimDuration::from_secs(hold),
    };
    let ratio = |window: &str| {
        format!(
            "sum(rate(http_requests_total{{status=~\"5..\"}}[{window}])) / \
             sum(rate(http_requests_total[{window}])) > 14.4 * 0.001"
        )
    };
    let burn = format!("{} and {}", ratio("1h"), ratio("5m"));
    let errors = "sum(rate(http_requests_total{status=~\"5..\"}[1m])) > 5";
    assert_eq!(
        called.alerts,
        [alert("many errors", errors, 120), alert("budget", &burn, 0)]
    );
    let other = variants[1].on_call.as_ref().expect("somebody is on call");
    assert_eq!(
        (other.act.mean(), other.action),
        (60.0, OnCallAction::Nothing)
    );
    assert_eq!(other.alerts, called.alerts);
}

#[test]
fn clients_health_latencies_and_prices_are_read() {
    let extra =
        "[cluster]\nnodes = 5\nendpoint-propagation = \"1s\"\n[prices]\nvcpu-hour = \"$1\"\n";
    let traffic =
        format!("{TRAFFIC}clients = {{ keep-alive = {{ connections = 5, lifetime = \"5m\" }} }}\n");
    let images = format!(
        "{IMAGES}[image.\"example/web:2\".health]\nstartup = \"always\"\nliveness = \"after-start-up\"\nreadiness = {{ dependencies = {{ db = \"90%\" }} }}\n"
    );
    let text = [HEAD, RELEASE, &traffic, &images, VARIANT, extra].concat();
    let loaded = read("sections", &text, &[]).unwrap();
    let variant = &loaded.scenario.variants[0];
    let Clients::KeepAlive(pool) = variant.traffic[0].clients else {
        panic!("kept")
    };
    assert_eq!(pool.connections, 5);
    assert_eq!(pool.lifetime, Some(SimDuration::from_secs(300)));
    assert_eq!(pool.idle, Some(SimDuration::from_secs(60)), "the default");
    let health = &variant.images["example/web:2"].health;
    assert_eq!(
        (&health.startup, &health.liveness),
        (&Health::Always, &Health::AfterStartUp)
    );
    assert!(matches!(&health.readiness, Health::Dependencies(all) if all.len() == 1));
    assert_eq!(
        variant.images["example/web:1"].health.readiness,
        Health::AfterStartUp
    );
    assert_eq!(variant.cluster.nodes, 5);
    assert_eq!(variant.cluster.latencies.endpoint_propagation.mean(), 1.0);
    assert_eq!(variant.prices.vcpu_hour.as_usd(), 1.0);
}

#[test]
fn gates_of_every_form_are_read() {
    let gate = |variant: &str, metric: &str, require: &str| {
        format!(
            "[[gate]]\nvariant = \"{variant}\"\nmetric = \"{metric}\"\nrequire = \"{require}\"\n"
        )
    };
    let text = "[[variant]]\nname = \"b - c\"\n".to_owned()
        + &gate("a", "downtime_seconds", "p95 <= 30s")
        + &gate("b - c", "users_affected_excess", "mean < 2%")
        + &gate("a", "outcome.promoted", "mean >= 90%")
        + &gate("b - c - a", "requests_failed.timeout", "worst > -3");
    let gates = with("gates", &text).unwrap().scenario.gates;
    let excess = |at: usize| matches!(gates[at].measure, Measure::Metric { excess: true, .. });
    assert_eq!((excess(0), excess(1)), (false, true));
    assert!(matches!(gates[2].measure, Measure::Ending(_)));
    let subjects: Vec<Subject> = gates.iter().map(|gate| gate.subject).collect();
    use Subject::{Difference, Variant};
    assert_eq!(
        subjects,
        [Variant(0), Variant(1), Variant(0), Difference(1, 0)]
    );
    let bounds: Vec<f64> = gates.iter().map(|gate| gate.bound.value).collect();
    assert_eq!(bounds, [30.0, 0.02, 0.9, -3.0]);
}
