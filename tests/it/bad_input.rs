//! Bad input, each kind with its own message: place, value, rule, cure. What `tests/bad` says of
//! scenarios is not repeated here; this is the whole tool, with its exit code.

use std::time::{Duration, Instant};

use super::command::{MANIFEST, SCENARIO, folder, rollcast, told};

/// What `compare` says of the small scenario with one part of its TOML replaced.
fn of_scenario(from: &str, to: &str) -> String {
    assert!(SCENARIO.contains(from), "{from}");
    compare(&SCENARIO.replacen(from, to, 1), MANIFEST)
}

/// What it says with one part of the manifest replaced.
fn of_manifest(from: &str, to: &str) -> String {
    assert!(MANIFEST.contains(from), "{from}");
    compare(SCENARIO, &MANIFEST.replacen(from, to, 1))
}

fn compare(scenario: &str, manifest: &str) -> String {
    let folder = folder(scenario, manifest);
    told(&rollcast(
        folder.path(),
        &["compare", "tiny.toml", "--runs", "1"],
    ))
}

#[test]
fn yaml_that_is_no_manifest_is_refused() {
    insta::assert_snapshot!(compare(SCENARIO, "name: x\n"), @r#"
    exit code: 2
    ----- stderr
    error: not a Kubernetes manifest: `kind` is missing
     --> tiny.yaml:1:1
      |
    1 | name: x
      | ^^^^ expected an object with `apiVersion`, `kind` and `metadata`

    error: not a Kubernetes manifest: `apiVersion` is missing
     --> tiny.yaml:1:1
      |
    1 | name: x
      | ^^^^ expected an object with `apiVersion`, `kind` and `metadata`
    "#);
}

#[test]
fn a_share_with_two_percent_signs_is_refused() {
    insta::assert_snapshot!(of_manifest("maxSurge: 1", "maxSurge: 25%%"), @r#"
    exit code: 2
    ----- stderr
    error: `maxSurge`: `25%%` cannot be read
     --> tiny.yaml:9:17
      |
    9 |       maxSurge: 25%%
      |                 ^^^^ expected a whole number or a whole percentage such as `25%`
      |
      = hint: write `25%`
    "#);
}

#[test]
fn both_fenceposts_zero_are_refused() {
    insta::assert_snapshot!(of_manifest("maxSurge: 1", "maxSurge: 0"), @r#"
    exit code: 2
    ----- stderr
    error: `maxSurge` and `maxUnavailable` are both 0
      --> tiny.yaml:10:23
       |
    10 |       maxUnavailable: 0
       |                       ^ no pod could ever be replaced
       |
       = hint: allow at least one of them, such as `maxSurge: 1`
    "#);
}

#[test]
fn negative_replicas_are_refused() {
    insta::assert_snapshot!(of_manifest("replicas: 3", "replicas: -3"), @r#"
    exit code: 2
    ----- stderr
    error: `replicas` is -3
     --> tiny.yaml:6:13
      |
    6 |   replicas: -3
      |             ^^ expected 0 or more
    "#);
}

#[test]
fn a_billion_replicas_is_refused() {
    insta::assert_snapshot!(of_manifest("replicas: 3", "replicas: 1000000000"), @r#"
    exit code: 2
    ----- stderr
    error: `replicas` is 1000000000
     --> tiny.yaml:6:13
      |
    6 |   replicas: 1000000000
      |             ^^^^^^^^^^ a run holds at most 10000 replicas
      |
      = hint: scale the replicas and the load down together
    "#);
}

#[test]
fn an_empty_manifest_is_refused() {
    insta::assert_snapshot!(compare(SCENARIO, ""), @r#"
    exit code: 2
    ----- stderr
    error: there is no object in `tiny.yaml`
     --> tiny.toml:8:14
      |
    8 | manifests = ["tiny.yaml"]
      |              ^^^^^^^^^^^ expected a file with at least one Kubernetes object
    "#);
}

#[test]
fn an_empty_scenario_is_refused() {
    insta::assert_snapshot!(compare("", MANIFEST), @r#"
    exit code: 2
    ----- stderr
    error: `tiny.toml` is empty
     |
     = note: expected a scenario with `name`, `horizon` and at least one `[[variant]]`
    "#);
}

#[test]
fn billion_laughs_are_refused() {
    let bomb = (1..10).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        let list = vec![format!("*a{}", n - 1); 10].join(", ");
        text + &format!("a{n}: &a{n} [{list}]\n")
    });
    let start = Instant::now();
    insta::assert_snapshot!(compare(SCENARIO, &bomb), @r#"
    exit code: 2
    ----- stderr
    error: aliases grow beyond the limit
     --> tiny.yaml:7:20
      |
    7 | a6: &a6 [*a5, *a5, *a5, *a5, *a5, *a5, *a5, *a5, *a5, *a5]
      |                    ^^^ aliases copy at most 1000000 values and bytes a file
      |
      = hint: write the values out, or refer to fewer of them
    "#);
    // A refusal takes a fraction of a second; ten of them leave room for a busy machine.
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_duration_without_unit_is_refused() {
    insta::assert_snapshot!(of_scenario("timeout          = \"2s\"", "timeout          = \"2\""), @r#"
    exit code: 2
    ----- stderr
    error: `timeout`: `2` cannot be read
      --> tiny.toml:18:20
       |
    18 | timeout          = "2"
       |                    ^^^ expected a duration such as `30s`, `250ms`, `1m30s` or `2d` (a unit is needed: ns us ms s m h d)
    "#);
}

#[test]
fn a_chance_of_140_percent_is_refused() {
    insta::assert_snapshot!(of_scenario("\"25%\"", "\"140%\""), @r#"
    exit code: 2
    ----- stderr
    error: `chance`: `140%` cannot be read
      --> tiny.toml:31:14
       |
    31 | chance     = "140%"
       |              ^^^^^^ expected a share from `0%` to `100%`, with its percent sign
    "#);
}

#[test]
fn risks_above_100_percent_are_refused() {
    insta::assert_snapshot!(of_scenario("[[variant]]\nname = \"as is\"", "[[risk]]\nname       = \"crashes\"\nchance     = \"80%\"\ncrash      = { on-start = \"100%\" }\n\n[[variant]]\nname = \"as is\""), @r#"
    exit code: 2
    ----- stderr
    error: the chances of the risks add up to 105 %
      --> tiny.toml:36:14
       |
    36 | chance     = "80%"
       |              ^^^^^ expected at most 75 % here, since one risk at most is drawn
       |
       = hint: add `independent = true` to risks that may come together
    "#);
}

#[test]
fn a_variant_without_manifests_is_refused() {
    insta::assert_snapshot!(of_scenario("manifests = [\"tiny.yaml\"]\n", ""), @r#"
    exit code: 2
    ----- stderr
    error: variant `as is` has no manifests
      --> tiny.toml:34:8
       |
    34 | name = "as is"
       |        ^^^^^^^ expected `manifests` here or at the top of the scenario
       |
       = hint: add `manifests = ["deployment.yaml"]`

    error: variant `Recreate` has no manifests
      --> tiny.toml:37:10
       |
    37 | name   = "Recreate"
       |          ^^^^^^^^^^ expected `manifests` here or at the top of the scenario
       |
       = hint: add `manifests = ["deployment.yaml"]`
    "#);
}

#[test]
fn a_patch_that_meets_nothing_is_refused() {
    insta::assert_snapshot!(of_scenario("\"Deployment/web:spec.strategy.rollingUpdate\"]", "\"Deployment/web:spec.strategy.rolingUpdate\"]"), @r#"
    exit code: 2
    ----- stderr
    error: nothing is at `Deployment/web:spec.strategy.rolingUpdate`
      --> tiny.toml:40:11
       |
    40 | remove = ["Deployment/web:spec.strategy.rolingUpdate"]
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected a path that meets something
       |
       = hint: the nearest is `Deployment/web:spec.strategy.rollingUpdate`

    error: `rollingUpdate` does not go with `type: Recreate`
     --> tiny.yaml:8:5
      |
    8 |     rollingUpdate:
      |     ^^^^^^^^^^^^^
      |
      = hint: remove `spec.strategy.rollingUpdate`
    "#);
}

#[test]
fn two_services_that_fit_are_refused() {
    insta::assert_snapshot!(of_manifest("---\n", "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web-preview\nspec:\n  selector:\n    app: web\n  ports:\n    - port: 80\n---\n"), @r#"
    exit code: 2
    ----- stderr
    error: `web` could knock at `Service/web-preview` and `Service/web`
      --> tiny.toml:15:10
       |
    15 | [traffic.web]
       |          ^^^ expected an `entry`, since more than one Service selects pods
       |
       = hint: add `entry = "Service/web-preview"` here, or one per variant
    "#);
}

#[test]
fn a_missing_manifest_is_refused() {
    insta::assert_snapshot!(of_scenario("tiny.yaml", "tine.yaml"), @r#"
    exit code: 2
    ----- stderr
    error: cannot read `tine.yaml`: there is no such file
     --> tiny.toml:8:14
      |
    8 | manifests = ["tine.yaml"]
      |              ^^^^^^^^^^^ expected a file, named relative to the scenario's folder
    "#);
}

#[test]
fn an_unknown_field_is_told_with_the_nearest_known_one_and_the_run_goes_on() {
    let told = of_manifest("replicas: 3", "replica: 3");
    let (out, talk) = told
        .split_once("----- stderr\n")
        .expect("something is said");
    assert!(
        out.starts_with("exit code: 0\n----- stdout\ntiny\n"),
        "{out}"
    );
    insta::assert_snapshot!(talk, @r#"
    warning: unknown field `replica`
     --> tiny.yaml:6:3
      |
    6 |   replica: 3
      |   ^^^^^^^
      |
      = hint: did you mean `replicas`?
    "#);
}

#[test]
fn a_missing_scenario_is_refused() {
    let folder = folder(SCENARIO, MANIFEST);
    insta::assert_snapshot!(told(&rollcast(folder.path(), &["run", "tine.toml"])), @r#"
    exit code: 2
    ----- stderr
    error: cannot read `tine.toml`: there is no such file
     |
     = hint: the first argument is a scenario, a TOML file
    "#);
}

#[test]
fn a_report_directory_that_cannot_be_is_refused_before_the_first_run() {
    let folder = folder(SCENARIO, MANIFEST);
    // A million runs would take minutes; a folder below a file can be made by nobody, not by root.
    let start = Instant::now();
    let arguments = [
        "compare",
        "tiny.toml",
        "--runs",
        "1000000",
        "--report",
        "tiny.yaml/report",
    ];
    let output = rollcast(folder.path(), &arguments);
    assert!(start.elapsed() < Duration::from_secs(10));
    insta::assert_snapshot!(told(&output), @r#"
    exit code: 3
    ----- stderr
    error: `tiny.yaml/report` cannot be written: Not a directory (os error 20)

    hint: name a directory that exists or can be created
    "#);
}
