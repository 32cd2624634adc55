//! From the routes of a VirtualService to those of a table.

use super::client::is_for;
use super::compile::Compiler;
use super::{Action, ClusterIndex, Hashing, RetryPolicy, Route, Split};
use crate::manifest::istio::{HttpAction, HttpRoute, RequestMatch, RouteDestination};
use crate::units::Ratio;

/// Where routes come from.
pub(super) struct RouteSource<'a> {
    /// Of the VirtualService.
    pub(super) namespace: &'a str,
    /// `mesh`, or the Gateway, that they are compiled for.
    pub(super) door: &'a str,
}

impl RouteSource<'_> {
    /// One route a match, in order, as far as they are for the proxy; none after one that takes every
    /// request.
    pub(super) fn routes(&self, http: &[HttpRoute], compiler: &mut Compiler<'_>) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        for route in http {
            let conditions: Vec<Option<&RequestMatch>> = match route.matches.is_empty() {
                true => vec![None],
                false => route.matches.iter().map(Some).collect(),
            };
            for condition in conditions {
                let place = (self.door, self.namespace, compiler.port);
                if condition.is_some_and(|one| !is_for(one, compiler.client, place)) {
                    continue;
                }
                routes.extend(self.route(route, condition, compiler));
                if routes.last().is_some_and(Route::is_catch_all) {
                    return routes;
                }
            }
        }
        routes
    }

    fn route(
        &self,
        route: &HttpRoute,
        condition: Option<&RequestMatch>,
        compiler: &mut Compiler<'_>,
    ) -> Option<Route> {
        let names = [
            route.name.as_ref(),
            condition.and_then(|one| one.name.as_ref()),
        ];
        let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        let (action, hashing) = self.action(&route.action, compiler)?;
        let forwards = matches!(action, Action::Forward(_));
        let retries = RetryPolicy::outbound(route.retries.as_ref(), hashing);
        Some(Route {
            name: names.join("."),
            condition: condition.cloned(),
            action,
            timeout: route.timeout.filter(|_| forwards),
            retries: retries.filter(|_| forwards),
            mirrors: match forwards {
                true => self.mirrors(route, compiler),
                false => Vec::new(),
            },
            fault: route.fault.clone(),
        })
    }

    fn action(
        &self,
        action: &HttpAction,
        compiler: &mut Compiler<'_>,
    ) -> Option<(Action, Hashing)> {
        match action {
            HttpAction::Redirect(redirect) => Some((Action::Redirect(redirect.code), Hashing::Not)),
            HttpAction::DirectResponse(answer) => {
                Some((Action::Respond(answer.status), Hashing::Not))
            }
            HttpAction::Route(route) => self.split(route, compiler),
        }
    }

    /// Retries look at hashing only where there is one destination (route.go
    /// `applyHTTPRouteDestination`).
    fn split(
        &self,
        route: &[RouteDestination],
        compiler: &mut Compiler<'_>,
    ) -> Option<(Action, Hashing)> {
        let mut hashing = Hashing::Not;
        let weighted: Vec<(ClusterIndex, u32)> = route
            .iter()
            .filter(|one| one.weight > 0 || route.len() == 1)
            .map(|one| {
                let (cluster, hashes) = compiler.cluster(&one.destination, self.namespace);
                hashing = hashes;
                (cluster, one.weight)
            })
            .collect();
        let split = match weighted[..] {
            // The only one with a weight among several keeps it.
            [(cluster, _)] => Split::new(&[(cluster, 1)]),
            _ => Split::new(&weighted),
        };
        let hashing = if route.len() == 1 {
            hashing
        } else {
            Hashing::Not
        };
        Some((Action::Forward(split?), hashing))
    }

    fn mirrors(
        &self,
        route: &HttpRoute,
        compiler: &mut Compiler<'_>,
    ) -> Vec<(ClusterIndex, Ratio)> {
        let mirrors = route.mirrors.iter().filter(|one| one.share > Ratio::ZERO);
        mirrors
            .map(|one| {
                let (cluster, _) = compiler.cluster(&one.destination, self.namespace);
                (cluster, one.share)
            })
            .collect()
    }
}
