//! The tool as a person meets it: arguments in; exit code, stdout and stderr out.

use std::path::Path;
use std::process::Output;

/// The small scenario and its manifests, for tests that change a line of them.
pub(crate) const SCENARIO: &str = include_str!("../scenarios/tiny.toml");
pub(crate) const MANIFEST: &str = include_str!("../scenarios/tiny.yaml");

/// Runs the binary in a folder.
pub(crate) fn rollcast(folder: &Path, arguments: &[&str]) -> Output {
    assert_cmd::cargo::cargo_bin_cmd!("rollcast")
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the binary is there")
}

/// Exit code and both streams, those that are not empty.
pub(crate) fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("words are UTF-8");
    let mut told = format!(
        "exit code: {:?}\n",
        output.status.code().expect("no signal")
    );
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !bytes.is_empty() {
            told += &format!("----- {name}\n{}", text(bytes));
        }
    }
    told
}

/// A folder of its own with these two files in it, `tiny.toml` and `tiny.yaml`.
pub(crate) fn folder(scenario: &str, manifest: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    std::fs::write(folder.path().join("tiny.toml"), scenario).expect("it takes files");
    std::fs::write(folder.path().join("tiny.yaml"), manifest).expect("it takes files");
    folder
}
