//! When an analysis is started anew.

use super::ControllerPause;
use super::analysis::Phase;

/// Whether an analysis that may run has to be started (upstream's `needsNewAnalysisRun`): there is no
/// run yet; a human has ended the pause for a run without a verdict; or has taken an abort away
/// (`retried`), even before the pods are back.
pub(super) fn needs_new_run(run: Option<Phase>, pause: ControllerPause, retried: bool) -> bool {
    match (run, pause) {
        (None, _) => true,
        (Some(phase), ControllerPause::Resumed) => phase == Phase::Inconclusive,
        (Some(_), _) => retried,
    }
}
