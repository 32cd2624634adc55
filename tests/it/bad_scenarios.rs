//! Every bad scenario is refused with the message that lies beside it, and every shipped one loads.
//!
//! `tests/bad/NAME.toml` is read from the folder `tests/bad`; `NAME.stderr` is what a person sees.
//! Set `ROLLCAST_UPDATE=1` to write the messages anew, then read each as prose.

use std::path::{Path, PathBuf};

use rollcast::document::Colour;
use rollcast::images::{Health, OnSigterm};
use rollcast::manifest::{PreStop, Strategy};
use rollcast::scenario::{Entry, check, load};
use rollcast::units::SimDuration;

fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Messages as seen from the root of the crate, whatever machine it lies on.
fn told(path: &Path, text: &str) -> String {
    let root = format!("{}/", env!("CARGO_MANIFEST_DIR"));
    assert!(path.starts_with(&root));
    text.replace(&root, "")
}

/// What differs from the text beside the scenario.
fn unexpected(path: &Path, seen: &str) -> Option<String> {
    let seen = told(path, seen);
    let beside = path.with_extension("stderr");
    if std::env::var_os("ROLLCAST_UPDATE").is_some() {
        std::fs::write(&beside, &seen).unwrap();
    }
    let expected = std::fs::read_to_string(&beside).unwrap_or_default();
    (seen != expected).then(|| format!("{}\nseen:\n{seen}\nexpected:\n{expected}", path.display()))
}

#[test]
fn every_bad_scenario_is_refused_with_place_rule_and_cure() {
    let all = files("tests/bad", "toml");
    assert!(all.len() >= 20, "the folder holds the bad scenarios");
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|path| {
            let Err(refused) = load(path) else {
                return Some(format!("{} was not refused", path.display()));
            };
            assert!(refused.diagnostics.has_errors(), "{}", path.display());
            let seen = refused.diagnostics.render(&refused.sources, Colour::Plain);
            unexpected(path, &seen)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn slips_that_need_no_run_are_told_with_place_and_reason() {
    let all = files("tests/check", "toml");
    assert!(!all.is_empty());
    for path in all {
        let loaded = load(&path).expect("only warnings are expected");
        let read = loaded.warnings.render(&loaded.sources, Colour::Plain);
        let seen = read + &check(&loaded).render(&loaded.sources, Colour::Plain);
        if let Some(unexpected) = unexpected(&path, &seen) {
            panic!("{unexpected}");
        }
    }
}

/// The guide's objects as they are: `version: v1` and `version: v2` beside pods of `version: v2.0.0`.
#[test]
fn the_guides_mesh_fails_every_request_and_check_says_so_before_any_run() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/guide/mesh.toml");
    let loaded = load(&path).unwrap();
    let seen = check(&loaded).render(&loaded.sources, Colour::Plain);
    let told = "every request of route `http[0]` of VirtualService `user-service-vs` fails: subsets \
                `v1` and `v2` have no pods (variant `as is`)";
    assert!(seen.contains(told), "{seen}");
    assert_eq!(
        seen.matches("have no pods").count(),
        1,
        "mended variants are not told of"
    );
}

#[test]
fn every_shipped_scenario_loads_without_a_warning() {
    let all = files("scenarios", "toml");
    assert!(!all.is_empty());
    for path in all {
        match load(&path) {
            Ok(loaded) => {
                let warnings = loaded.warnings.render(&loaded.sources, Colour::Plain);
                assert_eq!(warnings, "", "{}", path.display());
            }
            Err(refused) => {
                panic!(
                    "{}",
                    refused.diagnostics.render(&refused.sources, Colour::Plain)
                );
            }
        }
    }
}

#[test]
fn a_missing_scenario_is_refused() {
    let refused = load(Path::new("nowhere/missing.toml")).unwrap_err();
    let seen = refused.diagnostics.render(&refused.sources, Colour::Plain);
    assert!(
        seen.contains("cannot read `nowhere/missing.toml`: there is no such file"),
        "{seen}"
    );
}

#[test]
fn the_guide_scenario_means_what_its_variants_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/guide/rolling.toml");
    let scenario = load(&path).unwrap().scenario;
    assert_eq!(scenario.variants.len(), 7);
    let image =
        |variant: usize| &scenario.variants[variant].images["myregistry/user-service:v2.0.0"];
    assert_eq!(image(0).on_sigterm, OnSigterm::StopAccepting);
    let fifteen = SimDuration::from_secs(15);
    assert_eq!(
        image(5).on_sigterm,
        OnSigterm::KeepServing(fifteen),
        "`like` follows the patch"
    );
    assert!(matches!(&image(6).health.readiness, Health::Dependencies(three) if three.len() == 3));
    for variant in &scenario.variants {
        let release = variant.release.as_ref().unwrap();
        let (before, after) = (
            &variant.before.deployments[0],
            &release.after.deployments[0],
        );
        assert_eq!(
            before.template.containers[0].image,
            "myregistry/user-service:v1.9.0"
        );
        assert_eq!(
            after.template.containers[0].image,
            "myregistry/user-service:v2.0.0"
        );
        assert_ne!(
            before.template.hash, after.template.hash,
            "{}",
            variant.name
        );
        assert_eq!(variant.entries, [Entry::Service(0)]);
    }
    assert_eq!(
        scenario.variants[1].before.deployments[0].strategy,
        Strategy::Recreate
    );
    let hook = |variant: usize| {
        scenario.variants[variant].before.deployments[0]
            .template
            .containers[0]
            .pre_stop
    };
    assert_eq!((hook(0), hook(4)), (Some(PreStop::Sleep(fifteen)), None));
}
