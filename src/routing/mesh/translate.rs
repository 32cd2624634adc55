//! From the routes of a VirtualService to those of a table.

use super::client::is_for;
use super::compile::Compiler;
use super::{Action, ClusterIndex, Hashing, Origin, RetryPolicy, Route, Split};
use crate::manifest::istio::{
    HttpAction, HttpRoute, RequestMatch, RouteDestination, VirtualService,
};
use crate::units::Ratio;

/// Where routes come from.
pub(super) struct RouteSource<'a> {
    /// The VirtualService.
    pub(super) written: &'a VirtualService,
    /// `mesh`, or the Gateway, that they are compiled for.
    pub(super) door: &'a str,
}

impl RouteSource<'_> {
    /// One route a match, in order, as far as they are for the proxy; none after one that takes every
    /// request.
    pub(super) fn routes(&self, compiler: &mut Compiler<'_>) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        for (http, route) in self.written.http.iter().enumerate() {
            let conditions: Vec<Option<usize>> = match route.matches.is_empty() {
                true => vec![None],
                false => (0..route.matches.len()).map(Some).collect(),
            };
            for matched in conditions {
                let place = (self.door, self.written.namespace.as_str(), compiler.port);
                let condition = matched.map(|index| &route.matches[index]);
                if condition.is_some_and(|one| !is_for(one, compiler.client, place)) {
                    continue;
                }
                let origin = self.origin(http, matched);
                routes.extend(self.route(route, (condition, origin), compiler));
                if routes.last().is_some_and(Route::is_catch_all) {
                    return routes;
                }
            }
        }
        routes
    }

    fn origin(&self, http: usize, matched: Option<usize>) -> Origin {
        Origin {
            namespace: self.written.namespace.clone(),
            name: self.written.name.clone(),
            http,
            matched,
        }
    }

    fn route(
        &self,
        route: &HttpRoute,
        (condition, origin): (Option<&RequestMatch>, Origin),
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
            origin: Some(origin),
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
                let (cluster, hashes) = compiler.cluster(&one.destination, &self.written.namespace);
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
                let (cluster, _) = compiler.cluster(&one.destination, &self.written.namespace);
                (cluster, one.share)
            })
            .collect()
    }
}
