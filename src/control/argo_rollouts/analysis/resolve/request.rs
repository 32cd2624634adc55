//! What is asked of a run.

use crate::manifest::argo::{AnalysisArg, AnalysisRef, ArgSource, PodHash, TemplateRef};

/// A run as a Rollout asks for it.
#[derive(Debug, Clone, Copy)]
pub struct RunRequest<'r> {
    /// Its templates by name.
    pub templates: &'r [TemplateRef],
    /// Rules for metrics without a say, beside those of the templates.
    pub dry_run: &'r [String],
    /// Where templates of a namespace are looked for: the Rollout's own.
    pub namespace: &'r str,
    /// Values given to arguments; of one name, the last counts.
    pub arguments: &'r [(String, String)],
    /// How it ends.
    pub end: RunEnd,
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd {
    /// By itself: the update waits for it, before or after a promotion or in a step, or an experiment
    /// does (`requiredForCompletion`), so that no metric may go on for ever.
    ByItself,
    /// When somebody ends it: in the background, and in experiments that do not wait for it.
    WhenTold,
}

impl<'r> RunRequest<'r> {
    /// The run of an analysis of a Rollout in this namespace.
    pub fn of(
        analysis: &'r AnalysisRef,
        namespace: &'r str,
        arguments: &'r [(String, String)],
        end: RunEnd,
    ) -> Self {
        Self {
            templates: &analysis.templates,
            dry_run: &analysis.dry_run,
            namespace,
            arguments,
            end,
        }
    }
}

/// The hashes that tell pods apart, as labels carry them.
#[derive(Debug, Clone, Copy)]
pub struct HashNames<'h> {
    /// Of the new template.
    pub latest: &'h str,
    /// Of the stable one.
    pub stable: &'h str,
}

/// The values that a Rollout gives, in order (upstream's `BuildArgumentsForRolloutAnalysisRun`).
pub fn given_arguments(args: &[AnalysisArg], hashes: HashNames<'_>) -> Vec<(String, String)> {
    let value = |source: &ArgSource| match source {
        ArgSource::Value(value) | ArgSource::Field { value, .. } => value.clone(),
        ArgSource::PodTemplateHash(PodHash::Latest) => hashes.latest.to_owned(),
        ArgSource::PodTemplateHash(PodHash::Stable) => hashes.stable.to_owned(),
    };
    args.iter()
        .map(|arg| (arg.name.clone(), value(&arg.source)))
        .collect()
}
