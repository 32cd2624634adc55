//! What a verdict says of risks that come and go unnoticed.

use super::results::{TruthResults, VariantResults};
use super::verdict::list;

/// Risks that are named before the rest is only counted.
const NAMED: usize = 3;

/// One sentence for each risk that some variant misses in more than half of its runs, the likeliest
/// first; nothing is said of variants in which nobody could notice anything.
pub(super) fn unnoticed(variants: &[VariantResults]) -> Vec<String> {
    let missed: Vec<Missed<'_>> = risks(variants)
        .into_iter()
        .map(|risk| Missed::of(risk, variants))
        .filter(|it| !it.never.is_empty() || !it.mostly.is_empty())
        .collect();
    let mut said: Vec<String> = missed.iter().take(NAMED).flat_map(Missed::told).collect();
    match missed.len().saturating_sub(NAMED) {
        0 => {}
        1 => said.push("One more risk goes mostly unnoticed.".to_owned()),
        more => said.push(format!("{more} more risks go mostly unnoticed.")),
    }
    said
}

/// Every bad truth that a watched variant faced, once, the likeliest first.
fn risks(variants: &[VariantResults]) -> Vec<&TruthResults> {
    let mut risks: Vec<&TruthResults> = Vec::new();
    for truth in variants.iter().flat_map(|it| &it.by_truth) {
        // Only bad versions can be missed.
        let known = risks.iter().any(|it| it.name == truth.name);
        if truth.missed_defect.is_some() && !known {
            risks.push(truth);
        }
    }
    // Stable: equally likely ones stay in the order of the scenario.
    risks.sort_by(|a, b| b.chance.total_cmp(&a.chance));
    risks
}

/// Who misses one risk in more than half of the runs.
struct Missed<'a> {
    risk: &'a TruthResults,
    /// In every run.
    never: Vec<&'a str>,
    /// In so many of them.
    mostly: Vec<(&'a str, u32)>,
}

impl<'a> Missed<'a> {
    fn of(risk: &'a TruthResults, variants: &'a [VariantResults]) -> Self {
        let mut this = Self {
            risk,
            never: Vec::new(),
            mostly: Vec::new(),
        };
        for variant in variants {
            let same = variant.by_truth.iter().find(|it| it.name == risk.name);
            let Some(alarmed) = same.and_then(|it| it.alarmed) else {
                continue;
            };
            // Within one truth all runs weigh the same: the share is a count of runs.
            let missed = ((1.0 - alarmed.mean) * f64::from(alarmed.runs)).round() as u32;
            if missed == alarmed.runs {
                this.never.push(&variant.name);
            } else if 2 * missed > alarmed.runs {
                this.mostly.push((&variant.name, missed));
            }
        }
        this
    }

    fn told(&self) -> Vec<String> {
        let risk = &self.risk.name;
        let runs = match self.risk.runs {
            1 => "1 run".to_owned(),
            runs => format!("{runs} runs"),
        };
        let mut said = Vec::new();
        if !self.never.is_empty() {
            let verb = if self.never.len() == 1 {
                "notices"
            } else {
                "notice"
            };
            said.push(format!(
                "{} never {verb} `{risk}` (in {runs}).",
                list(&self.never)
            ));
        }
        if let [(name, missed)] = self.mostly.as_slice() {
            said.push(format!("`{name}` misses `{risk}` in {missed} of {runs}."));
        } else if !self.mostly.is_empty() {
            let counted = self
                .mostly
                .iter()
                .map(|(name, missed)| format!("`{name}` ({missed})"));
            let counted: Vec<String> = counted.collect();
            let names: Vec<&str> = counted.iter().map(String::as_str).collect();
            said.push(format!(
                "{} miss `{risk}` in more than half of {runs}.",
                list(&names)
            ));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn share(mean: f64, runs: u32) -> Value {
        json!({ "mean": mean, "low": 0.0, "high": 1.0, "level": 0.95, "runs": runs })
    }

    /// A variant that noticed each of these risks (name, chance, runs) in so many runs.
    fn variant(name: &str, noticed: &[(&str, f64, u32, u32)]) -> VariantResults {
        let truths = noticed.iter().map(|(risk, chance, runs, alarmed)| {
            json!({
                "name": risk, "chance": chance, "runs": runs, "promoted": share(1.0, *runs),
                "alarmed": share(f64::from(*alarmed) / f64::from(*runs), *runs),
                "missed_defect": share(0.0, *runs), "metrics": {},
            })
        });
        let good = json!({
            "name": "nothing wrong", "chance": 0.5, "runs": 9, "promoted": share(1.0, 9),
            "alarmed": share(0.0, 9), "metrics": {},
        });
        let truths: Vec<Value> = std::iter::once(good).chain(truths).collect();
        let variant = json!({
            "name": name, "metrics": {}, "outcomes": {}, "reasons": {}, "median_run": 0,
            "by_truth": truths, "downtime_seconds_sorted": [],
        });
        serde_json::from_value(variant).unwrap()
    }

    #[test]
    fn never_mostly_and_at_least_half_are_told_apart() {
        let slow = |alarmed| [("four times slower", 0.2, 8, alarmed)];
        let alone = |alarmed| unnoticed(&[variant("rolling", &slow(alarmed))]);
        assert_eq!(
            alone(0),
            ["`rolling` never notices `four times slower` (in 8 runs)."]
        );
        assert_eq!(
            alone(3),
            ["`rolling` misses `four times slower` in 5 of 8 runs."]
        );
        // Half is not more than half.
        assert!(alone(4).is_empty());
        let all = [("a", 0), ("b", 0), ("c", 1), ("d", 3), ("e", 8)];
        let all = all.map(|(name, alarmed)| variant(name, &slow(alarmed)));
        assert_eq!(
            unnoticed(&all),
            [
                "`a` and `b` never notice `four times slower` (in 8 runs).",
                "`c` (7) and `d` (5) miss `four times slower` in more than half of 8 runs.",
            ]
        );
    }

    #[test]
    fn the_likeliest_risks_are_named_and_the_rest_is_counted() {
        let risks = [
            ("v", 0.01, 1, 0),
            ("w", 0.05, 2, 0),
            ("x", 0.2, 2, 0),
            ("y", 0.05, 2, 0),
            ("z", 0.01, 2, 0),
        ];
        assert_eq!(
            unnoticed(&[variant("a", &risks)]),
            [
                "`a` never notices `x` (in 2 runs).",
                "`a` never notices `w` (in 2 runs).",
                "`a` never notices `y` (in 2 runs).",
                "2 more risks go mostly unnoticed.",
            ]
        );
        let one = unnoticed(&[variant("a", &risks[..1])]);
        assert_eq!(one, ["`a` never notices `v` (in 1 run)."]);
    }

    #[test]
    fn where_nobody_could_notice_nothing_is_said() {
        let mut blind = variant("a", &[("x", 0.2, 2, 0)]);
        for truth in &mut blind.by_truth {
            (truth.alarmed, truth.missed_defect) = (None, None);
        }
        assert!(unnoticed(std::slice::from_ref(&blind)).is_empty());
        let watched = variant("b", &[("x", 0.2, 2, 0)]);
        assert_eq!(
            unnoticed(&[blind, watched]),
            ["`b` never notices `x` (in 2 runs)."]
        );
    }
}
