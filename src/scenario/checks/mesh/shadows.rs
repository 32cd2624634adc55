//! Routes behind routes that take all they would take: the first that fits wins (reference
//! progressive-delivery.md §5.1).

use super::view::MeshView;
use super::words::{called, in_virtual_service};
use crate::manifest::istio::{Case, HttpRoute, RequestMatch, StringMatch, VirtualService};
use crate::scenario::checks::finding::Finding;

/// Routes that never get a request.
pub(super) fn routes_shadowed(mesh: &MeshView<'_>) -> Vec<Finding> {
    let all = mesh.variant.before.virtual_services.iter();
    all.flat_map(|one| (1..one.http.len()).filter_map(|late| shadowed(one, late)))
        .collect()
}

fn shadowed(one: &VirtualService, late: usize) -> Option<Finding> {
    let matches = &one.http[late].matches;
    let before =
        |wanted: Option<&RequestMatch>| (0..late).find(|early| takes(&one.http[*early], wanted));
    let early = match matches.is_empty() {
        true => before(None)?,
        false => {
            let takers: Option<Vec<usize>> = matches.iter().map(|it| before(Some(it))).collect();
            takers?.into_iter().max()?
        }
    };
    let message = format!("{} never gets a request", called(one, late));
    let steps = match matches.is_empty() {
        true => format!("http[{late}]"),
        false => format!("http[{late}].match"),
    };
    let finding = in_virtual_service(one, &steps, message);
    let taker = match &one.http[early].name {
        Some(name) => format!("`{name}`"),
        None => format!("`http[{early}]`"),
    };
    Some(
        finding
            .because(format!(
                "{taker} stands before it and takes {}: the first route that fits wins",
                taken(&one.http[early])
            ))
            .cure("put the narrower route first, or remove it"),
    )
}

fn taken(route: &HttpRoute) -> String {
    let uris: Vec<String> = route
        .matches
        .iter()
        .filter_map(|one| match one.uri.as_ref()? {
            StringMatch::Prefix(text) => Some(format!("prefix `{text}`")),
            StringMatch::Exact(text) => Some(format!("path `{text}`")),
            StringMatch::Regex(pattern) => Some(format!("regex `{}`", pattern.as_str())),
            StringMatch::Present => None,
        })
        .collect();
    match uris.is_empty() {
        true => "every request that it could get".to_owned(),
        false => uris.join(" and "),
    }
}

/// Whether a route takes every request that a match (`None`: every one) is for.
fn takes(early: &HttpRoute, wanted: Option<&RequestMatch>) -> bool {
    let whole = RequestMatch::default();
    let wanted = wanted.unwrap_or(&whole);
    early.matches.is_empty() || early.matches.iter().any(|one| covers(one, wanted))
}

/// Whether all that one match demands is demanded by the other, too.
fn covers(wide: &RequestMatch, narrow: &RequestMatch) -> bool {
    let texts = [
        (&wide.scheme, &narrow.scheme),
        (&wide.method, &narrow.method),
        (&wide.authority, &narrow.authority),
    ];
    // A path is always there, so that a match without one is for all of them.
    let any = StringMatch::Present;
    let uri = implied(
        wide.uri.as_ref(),
        Some(narrow.uri.as_ref().unwrap_or(&any)),
        |wide_uri, uri| uri_covers((wide_uri, wide.uri_case), (uri, narrow.uri_case)),
    );
    let plain = |(wide, narrow): (&Option<StringMatch>, &Option<StringMatch>)| {
        implied(wide.as_ref(), narrow.as_ref(), text_covers)
    };
    let pairs = |wide: &std::collections::BTreeMap<String, StringMatch>,
                 narrow: &std::collections::BTreeMap<String, StringMatch>| {
        let mut all = wide.iter();
        all.all(|(name, wide)| {
            narrow
                .get(name)
                .is_some_and(|narrow| text_covers(wide, narrow))
        })
    };
    let unwanted = wide.without_headers.iter();
    let mut labels = wide.source_labels.iter();
    uri && texts.into_iter().all(plain)
        && pairs(&wide.headers, &narrow.headers)
        && pairs(&wide.query_params, &narrow.query_params)
        && unwanted
            .clone()
            .all(|(name, one)| narrow.without_headers.get(name) == Some(one))
        && labels.all(|(name, value)| narrow.source_labels.get(name) == Some(value))
        && (wide.port.is_none() || wide.port == narrow.port)
        && (wide.source_namespace.is_none() || wide.source_namespace == narrow.source_namespace)
        && (wide.gateways.is_empty() || wide.gateways == narrow.gateways)
}

fn implied(
    wide: Option<&StringMatch>,
    narrow: Option<&StringMatch>,
    covers: impl Fn(&StringMatch, &StringMatch) -> bool,
) -> bool {
    match (wide, narrow) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => covers(wide, narrow),
    }
}

/// Every path begins with `/`.
fn uri_covers(
    (wide, wide_case): (&StringMatch, Case),
    (narrow, case): (&StringMatch, Case),
) -> bool {
    let everything = match wide {
        StringMatch::Present => true,
        StringMatch::Prefix(prefix) => prefix.is_empty() || prefix == "/",
        StringMatch::Regex(pattern) => pattern.as_str() == ".*",
        StringMatch::Exact(_) => false,
    };
    let fold = |text: &str| match wide_case {
        Case::Ignored => text.to_ascii_lowercase(),
        Case::Sensitive => text.to_owned(),
    };
    let folded = |one: &StringMatch| match one {
        StringMatch::Exact(text) => StringMatch::Exact(fold(text)),
        StringMatch::Prefix(text) => StringMatch::Prefix(fold(text)),
        other => other.clone(),
    };
    let comparable = case == Case::Sensitive || wide_case == Case::Ignored;
    everything || comparable && text_covers(&folded(wide), &folded(narrow))
}

/// Whether every text that fits the second fits the first. Of two patterns only the same one is known
/// to.
fn text_covers(wide: &StringMatch, narrow: &StringMatch) -> bool {
    match (wide, narrow) {
        (StringMatch::Present, _) => true,
        (StringMatch::Prefix(wide), StringMatch::Prefix(narrow)) => narrow.starts_with(wide),
        (wide, StringMatch::Exact(text)) => wide.accepts(text, Case::Sensitive),
        (wide, narrow) => wide == narrow,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> RequestMatch {
        RequestMatch {
            uri: Some(StringMatch::Prefix(text.to_owned())),
            ..RequestMatch::default()
        }
    }

    #[test]
    fn a_match_covers_what_demands_more() {
        let beta = RequestMatch {
            headers: [("x-beta".to_owned(), StringMatch::Present)].into(),
            ..prefix("/api/users")
        };
        let (api, users) = (prefix("/api"), prefix("/api/users"));
        for (wide, narrow, expected) in [
            (&api, &users, true),
            (&users, &api, false),
            (&users, &beta, true),
            (&beta, &users, false),
            (&prefix("/"), &RequestMatch::default(), true),
        ] {
            assert_eq!(covers(wide, narrow), expected, "{wide:?} {narrow:?}");
        }
        let loud = RequestMatch {
            uri_case: Case::Ignored,
            ..prefix("/API")
        };
        assert!(covers(&loud, &users) && !covers(&api, &loud));
        let post = RequestMatch {
            method: Some(StringMatch::Exact("POST".to_owned())),
            ..RequestMatch::default()
        };
        assert!(covers(&RequestMatch::default(), &post) && !covers(&post, &api));
    }
}
