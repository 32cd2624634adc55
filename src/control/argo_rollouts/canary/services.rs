//! Where the two Services of a canary point.

use super::super::{SetView, TemplateHash};
use super::{Action, CanaryView, ServiceSeen};

/// Points the stable Service at the stable set and the canary Service at the new one (reference §2.8,
/// upstream's `reconcileStableAndCanaryService`). After an abort the canary Service goes back to
/// stable: here without traffic routing, else with the weight, and then not to the new set before.
pub(super) fn services(seen: &CanaryView<'_>) -> Vec<Action> {
    let status = &seen.status;
    let stable = switch(status.stable_service, seen.sets.stable).map(Action::SwitchStable);
    let canary_set = match () {
        () if seen.is_aborted() && !seen.spec.is_weighted() => seen.sets.stable,
        () if seen.former_canary().is_some() || goes_back(seen) => None,
        () => seen.sets.new,
    };
    let canary = switch(status.canary_service, canary_set).map(Action::SwitchCanary);
    stable.into_iter().chain(canary).collect()
}

/// Where a Service is switched to, if it is (upstream's `ensureSVCTargets`): one pod has to be
/// available, or all of them for a Service that the controller has never switched.
fn switch(service: Option<ServiceSeen>, set: Option<&SetView>) -> Option<TemplateHash> {
    let (service, set) = (service?, set?);
    let all = set.spec > 0 && set.available >= set.spec;
    let enough = set.available > 0 && (service.managed || all);
    (service.selector != Some(set.hash) && enough).then_some(set.hash)
}

/// Whether the canary Service of a routed canary goes back to the stable set in this pass: after an
/// abort, with a dynamically scaled stable set once the canary's wanted weight is 0 (§2.5).
///
/// Upstream points the Service at the new set in the same pass and then back, milliseconds later;
/// only the outcome is kept here.
pub(super) fn goes_back(seen: &CanaryView<'_>) -> bool {
    let back = || !seen.spec.is_dynamic() || seen.wanted_weight() == 0;
    seen.spec.is_weighted() && seen.is_aborted() && back()
}

/// The switch of [`goes_back`]: without a look at the pods.
pub(super) fn back_to_stable(seen: &CanaryView<'_>) -> Option<Action> {
    let stable = seen.sets.stable.filter(|_| goes_back(seen))?;
    let service = seen.status.canary_service?;
    (service.selector != Some(stable.hash)).then_some(Action::SwitchCanary(stable.hash))
}
