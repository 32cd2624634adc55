//! The pods of an experiment: whose template they have, and what analyses may ask about them.

use crate::manifest::argo::Templated;

/// The hash of an experiment's set that has the template with this hash. Upstream leaves the label of
/// the Rollout's set out and hashes what is left by another function (`newReplicaSetFromTemplate`), so
/// that all labels of the pods are the Rollout's but this one, which is never that of a set of the
/// Rollout. Two sets of experiments with the same template have the same hash.
pub const fn experiment_hash(template: u64) -> u64 {
    // Both halves differ, so that labels, which fold them together, differ as well.
    const MARK: u64 = 0x9e37_79b9_7f4a_7c15;
    template ^ MARK
}

/// The arguments of an experiment's analysis with the hashes of its sets filled in: `hash` has the label
/// of the set of each template by name (upstream's `ResolveExperimentArgsValue`).
///
/// # Errors
/// A tag that is none of `templates.NAME.podTemplateHash`.
pub fn fill_arguments(
    arguments: &[(String, String)],
    hashes: &[(&str, &str)],
) -> Result<Vec<(String, String)>, String> {
    let hash = |tag: &str| {
        let name = tag.strip_prefix("templates.")?;
        let name = name.strip_suffix(".podTemplateHash")?;
        let known = hashes.iter().find(|(template, _)| *template == name);
        known.map(|(_, hash)| *hash)
    };
    let fill = |(name, value): &(String, String)| {
        let filled = Templated::new(value.as_str()).fill(hash);
        filled
            .map(|filled| (name.clone(), filled))
            .map_err(|tag| format!("argument `{name}` asks for `{tag}`, which is not known"))
    };
    arguments.iter().map(fill).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::hash_label;

    #[test]
    fn pods_of_an_experiment_have_a_label_that_no_pod_of_the_rollout_has() {
        for hash in [0, 1, u64::MAX, 0x1234_5678_9abc_def0] {
            assert_ne!(hash_label(experiment_hash(hash)), hash_label(hash));
        }
    }

    #[test]
    fn arguments_name_the_sets_of_the_experiment() {
        let given = |value: &str| [("hash".to_owned(), value.to_owned())];
        let hashes = [("old", "aaa"), ("new", "bbb")];
        let fill = |value: &str| fill_arguments(&given(value), &hashes);
        let filled = fill("{{templates.new.podTemplateHash}}|{{ templates.old.podTemplateHash }}");
        assert_eq!(filled, Ok(given("bbb|aaa").to_vec()));
        assert_eq!(fill("plain"), Ok(given("plain").to_vec()));
        for unknown in [
            "templates.other.podTemplateHash",
            "templates.new.replicaset.name",
            "experiment.availableAt",
        ] {
            let told = format!("argument `hash` asks for `{unknown}`, which is not known");
            assert_eq!(fill(&format!("{{{{{unknown}}}}}")), Err(told));
        }
    }
}
