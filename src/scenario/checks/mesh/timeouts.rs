//! Time-outs that end each other (reference progressive-delivery.md §5.1, §5.2).

use super::view::MeshView;
use super::words::{called, in_route};
use crate::routing::mesh::{RetryCondition, RetryPolicy};
use crate::scenario::checks::finding::Finding;

/// A try may take as long as all of them together.
pub(super) fn tries_outlast_the_route(mesh: &MeshView<'_>) -> Vec<Finding> {
    mesh.taken()
        .filter_map(|(_, _, route)| {
            let origin = route.origin.as_ref()?;
            let (whole, policy) = (route.timeout?, route.retries.as_ref()?);
            let each = policy.per_try_timeout.filter(|each| *each >= whole)?;
            let message = format!("`perTryTimeout` is {each}, `timeout` of the route {whole}");
            Some(
                in_route(origin, "retries.perTryTimeout", message)
                    .because("`timeout` ends the first slow try and the request with it: none is tried again")
                    .cure(format!(
                        "let the tries fit: `timeout` above {} × `perTryTimeout`",
                        policy.retries + 1
                    )),
            )
        })
        .collect()
}

/// Whether a try that runs out is tried again (envoy `retry_state_impl.cc`: it is a reset by the proxy).
fn retries_slow_tries(policy: &RetryPolicy) -> bool {
    let wanted = [
        RetryCondition::FiveXx,
        RetryCondition::GatewayError,
        RetryCondition::Reset,
    ];
    policy.conditions.iter().any(|one| wanted.contains(one))
}

/// A time-out per try that ends the request, since nothing retries it.
pub(super) fn slow_tries_not_retried(mesh: &MeshView<'_>) -> Vec<Finding> {
    mesh.taken()
        .filter_map(|(_, _, route)| {
            let origin = route.origin.as_ref()?;
            let policy = route.retries.as_ref()?;
            let each = policy.per_try_timeout?;
            let shorter = route.timeout.is_none_or(|whole| each < whole);
            if !shorter || retries_slow_tries(policy) {
                return None;
            }
            let written = mesh.http(origin)?.retries.as_ref()?;
            let conditions = match &written.retry_on {
                Some(text) => format!("`retryOn: {text}` does"),
                None => "Istio's default for `retryOn` does".to_owned(),
            };
            let message =
                format!("a try that takes longer than `perTryTimeout`, {each}, is not tried again");
            let end = match route.timeout {
                Some(whole) => {
                    format!("the request fails with 504 then, and `timeout: {whole}` never comes")
                }
                None => "the request fails with 504 then".to_owned(),
            };
            Some(
                in_route(origin, "retries.perTryTimeout", message)
                    .because(format!("{conditions} not name slow tries: {end}"))
                    .cure(
                        "add `gateway-error`, `5xx` or `reset` to `retryOn` where a second try is \
                           safe, or remove `perTryTimeout`",
                    ),
            )
        })
        .collect()
}

/// A proxy that would wait longer than its client does.
pub(super) fn client_gives_up_first(mesh: &MeshView<'_>) -> Vec<Finding> {
    mesh.taken()
        .filter_map(|(met, _, route)| {
            let origin = route.origin.as_ref()?;
            let (whole, patience) = (route.timeout?, met.source.timeout);
            if whole <= patience {
                return None;
            }
            let one = mesh.written(origin)?;
            let message = format!("`timeout` of {} is {whole}", called(one, origin.http));
            Some(
                in_route(origin, "timeout", message)
                    .because(format!(
                        "clients of `{}` give up after {patience}, before the proxy answers 504",
                        met.source.name
                    ))
                    .cure(
                        "keep it below the clients' own, or let the source wait longer (`timeout`)",
                    ),
            )
        })
        .collect()
}
