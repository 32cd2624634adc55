//! Rollouts and analysis templates as people write them: read, refused, and made into decisions' specs.

mod converted;
mod fields;
mod guide;
mod images;
mod refused_routing;
mod refused_runs;
mod refused_steps;
mod refused_strategies;
mod runs;

use rollcast::document::{Diagnostics, Sources, parse_yaml};
use rollcast::manifest::argo::{Canary, RolloutStrategy};
use rollcast::manifest::{AnalysisTemplate, ObjectSet, Rollout};

/// What a text holds, and every finding in one line: severity, message, the text it points at, rule,
/// cure.
struct Told {
    rollouts: Vec<Rollout>,
    templates: Vec<AnalysisTemplate>,
    findings: Vec<String>,
}

fn read(text: &str) -> Told {
    let mut sources = Sources::default();
    let mut problems = Diagnostics::default();
    let mut objects = ObjectSet::default();
    for document in parse_yaml(&mut sources, "rollout.yaml", text).expect("YAML") {
        objects.add(document, &mut problems);
    }
    objects.check_fields(&mut problems);
    let rollouts = objects.rollouts(&mut problems);
    let templates = objects.analysis_templates(&mut problems);
    let findings = problems.iter().map(|one| {
        let place = one.span.map(|span| &text[span.start..span.end]);
        let place =
            place.map(|place| format!("@ {}", place.lines().next().unwrap_or_default().trim_end()));
        let severity = format!("{:?}: {}", one.severity, one.message).to_lowercase();
        let severity = severity[..severity.find(':').unwrap()].to_owned();
        let first = format!("{severity}: {}", one.message);
        let parts = [Some(first), place, one.label.clone(), one.hint.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" | ")
    });
    Told {
        rollouts,
        templates,
        findings: findings.collect(),
    }
}

/// A Rollout with this strategy, the rest as short as it gets.
fn rollout(strategy: &str) -> String {
    let strategy = strategy.replace('\n', "\n    ");
    format!(
        "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{ name: shop, labels: {{ team: web }} }}
spec:
  selector: {{ matchLabels: {{ app: shop }} }}
  strategy: {{ {strategy} }}
  template:
    metadata: {{ labels: {{ app: shop }} }}
    spec: {{ containers: [{{ name: shop, image: shop:v1 }}] }}
"
    )
}

/// A canary that is told nothing about.
fn canary(fields: &str) -> Canary {
    let told = read(&rollout(&format!("canary: {{ {fields} }}")));
    assert_eq!(told.findings, [""; 0], "{fields}");
    match told.rollouts.into_iter().next().map(|one| one.strategy) {
        Some(RolloutStrategy::Canary(canary)) => canary,
        other => panic!("{other:?}"),
    }
}

/// What is told of a text, line by line.
fn tells(text: &str, expected: &[&str]) {
    assert_eq!(read(text).findings, expected, "{text}");
}

/// What is told of a Rollout with this strategy.
fn strategy_tells(strategy: &str, expected: &str) {
    tells(&rollout(strategy), &[expected]);
}
