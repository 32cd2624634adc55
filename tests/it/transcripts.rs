//! Transcripts of the binary: exit code, stdout, stderr. Short ones lie here; long ones in
//! `snapshots/`, written anew by `INSTA_UPDATE=always cargo test --test it transcripts`.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use super::command::{MANIFEST, SCENARIO, folder, rollcast, told};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the tool says from the root of the crate.
fn said(arguments: &[&str]) -> String {
    told(&rollcast(root(), arguments))
}

#[test]
fn without_arguments_the_tool_says_what_it_can_do() {
    let said = said(&[]);
    assert!(
        said.starts_with("exit code: 2\n----- stderr\nThe rollout forecast: "),
        "{said}"
    );
}

#[test]
fn help_names_the_commands_and_the_exit_codes() {
    let said = said(&["--help"]);
    assert!(
        said.starts_with("exit code: 0\n----- stdout\nThe rollout forecast: "),
        "{said}"
    );
    for line in [
        "\n  run  ",
        "\n  compare  ",
        "\n  check  ",
        "\nExit codes: 0 fine, 1 a gate",
    ] {
        assert!(said.contains(line), "{line:?} in\n{said}");
    }
    assert!(!said.contains("----- stderr"), "{said}");
}

#[test]
fn an_unknown_command_is_told_with_the_nearest_known_one() {
    insta::assert_snapshot!(said(&["rnu"]), @r"
    exit code: 2
    ----- stderr
    error: unknown command `rnu`

    hint: did you mean `run`? `rollcast --help` names all commands
    ");
    insta::assert_snapshot!(said(&["frobnicate"]), @r"
    exit code: 2
    ----- stderr
    error: unknown command `frobnicate`

    hint: `rollcast --help` names all commands
    ");
}

#[test]
fn the_guides_scenario_is_checked_with_warnings_and_exit_code_0() {
    insta::assert_snapshot!(said(&["check", "scenarios/guide/rolling.toml"]));
}

#[test]
fn one_run_is_told_as_a_story() {
    insta::assert_snapshot!(said(&[
        "run",
        "tests/scenarios/tiny.toml",
        "--variant",
        "Recreate"
    ]));
}

#[test]
fn an_unknown_variant_is_told_with_the_known_ones() {
    insta::assert_snapshot!(said(&["run", "tests/scenarios/tiny.toml", "--variant", "Rolling"]), @r"
    exit code: 2
    ----- stderr
    error: there is no variant `Rolling`

    hint: the variants are:
      as is
      Recreate
    ");
}

#[test]
fn variants_are_compared_as_text() {
    insta::assert_snapshot!(said(&[
        "compare",
        "tests/scenarios/tiny.toml",
        "--runs",
        "3"
    ]));
}

#[test]
fn variants_are_compared_as_json_and_csv_and_nothing_else_is_on_stdout() {
    let compare = |format: &str| {
        let arguments = [
            "compare",
            "tests/scenarios/tiny.toml",
            "--runs",
            "3",
            "--format",
            format,
        ];
        let output = rollcast(root(), &arguments);
        assert_eq!(
            (output.status.code(), output.stderr.as_slice()),
            (Some(0), &b""[..])
        );
        String::from_utf8(output.stdout).expect("words are UTF-8")
    };
    let json: serde_json::Value = serde_json::from_str(&compare("json")).expect("it is JSON");
    assert_eq!(
        (&json["scenario"], &json["seed"]),
        (&"tiny".into(), &"7".into())
    );
    assert_eq!(json["variants"][1]["name"], "Recreate");
    let downtime = &json["variants"][1]["metrics"]["downtime_seconds"];
    assert_eq!(
        (&downtime["runs"], &downtime["level"]),
        (&3.into(), &0.95.into())
    );
    let csv = compare("csv");
    let mut lines = csv.lines();
    let header = "variant,against,metric,mean,low,high,level,p50,p95,p99,worst,runs";
    assert_eq!(lines.next(), Some(header));
    assert!(lines.all(|line| line.split(',').count() == 12), "{csv}");
}

/// Exit code of the small scenario with this gate, and the line on the gate.
fn gate(gate: &str, arguments: &[&str]) -> String {
    let folder = folder(&format!("{SCENARIO}\n[[gate]]\n{gate}\n"), MANIFEST);
    let told = told(&rollcast(
        folder.path(),
        &[&["compare", "tiny.toml", "--runs", "3"], arguments].concat(),
    ));
    let code = told.lines().next().unwrap_or_default();
    let verdict = told.lines().skip_while(|line| *line != "Gates").nth(1);
    let verdict: Vec<&str> = verdict
        .unwrap_or_default()
        .split_whitespace()
        .take(3)
        .collect();
    format!("{code}, {}", verdict.join(" "))
}

#[test]
fn gates_decide_the_exit_code() {
    let bound = "variant = \"as is\"\nmetric = \"requests_total\"\nrequire = \"mean >= 1000\"";
    assert_eq!(gate(bound, &[]), "exit code: 0, passed as is:");
    let bound = "variant = \"Recreate\"\nmetric = \"downtime_seconds\"\nrequire = \"mean <= 1s\"";
    assert_eq!(
        gate(bound, &[]),
        "exit code: 1, failed Recreate: downtime_seconds"
    );
    assert!(gate(bound, &["--undecided", "pass"]).starts_with("exit code: 1, failed"));
    // Three runs cannot bound a 99 % quantile.
    let bound = "variant = \"as is\"\nmetric = \"users_affected\"\nrequire = \"p99 <= 99%\"";
    assert_eq!(gate(bound, &[]), "exit code: 1, undecided as is:");
    assert_eq!(
        gate(bound, &["--undecided", "pass"]),
        "exit code: 0, undecided as is:"
    );
}

#[test]
fn a_reader_that_has_heard_enough_is_no_error() {
    let binary = env!("CARGO_BIN_EXE_rollcast");
    let mut child = Command::new(binary)
        .current_dir(root())
        .args([
            "compare",
            "tests/scenarios/tiny.toml",
            "--runs",
            "3",
            "--format",
            "json",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary is there");
    // Like `| head -1`: the pipe is closed while more than it holds is still to come.
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(16, child.stdout.take().expect("it is piped"));
    reader.read_line(&mut line).expect("one line comes");
    drop(reader);
    let mut talk = String::new();
    child
        .stderr
        .take()
        .expect("it is piped")
        .read_to_string(&mut talk)
        .expect("words");
    let status = child.wait().expect("it ends");
    assert_eq!(
        (line.as_str(), talk.as_str(), status.code()),
        ("{\n", "", Some(0))
    );
}
