//! What a proxy sees of a request, and whether a route is for it.

use crate::manifest::istio::{Case, RequestMatch, StringMatch};

/// The head of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHead<'a> {
    /// The host as the client wrote it, perhaps with a port.
    pub authority: &'a str,
    /// The path with its query.
    pub path: &'a str,
    /// `GET` …
    pub method: &'a str,
    /// `http` or `https`.
    pub scheme: &'a str,
    /// Names in lower case, and values.
    pub headers: &'a [(&'a str, &'a str)],
}

impl<'a> RequestHead<'a> {
    /// A plain `GET` of a path at a host.
    pub const fn get(authority: &'a str, path: &'a str) -> Self {
        Self {
            authority,
            path,
            method: "GET",
            scheme: "http",
            headers: &[],
        }
    }
    /// The path before its query.
    fn bare_path(&self) -> &'a str {
        let end = self.path.find(['?', '#']);
        &self.path[..end.unwrap_or(self.path.len())]
    }
    /// The first value of a query parameter; empty where it has none.
    fn query(&self, name: &str) -> Option<&'a str> {
        let (_, query) = self.path.split_once('?')?;
        let pairs = query.split('#').next().unwrap_or_default().split('&');
        let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
    /// Values of one name stand together between commas.
    fn header(&self, name: &str) -> Option<String> {
        let values = self.headers.iter().filter(|(key, _)| *key == name);
        let values: Vec<&str> = values.map(|(_, value)| *value).collect();
        (!values.is_empty()).then(|| values.join(","))
    }
}

/// Whether everything a match says of the request itself holds; who asks, and at which port, is known
/// when routes are compiled.
pub(super) fn fits(condition: &RequestMatch, request: &RequestHead<'_>) -> bool {
    let plain = |wanted: &Option<StringMatch>, text: &str| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.accepts(text, Case::Sensitive))
    };
    let uri = condition.uri.as_ref();
    uri.is_none_or(|uri| uri.accepts(request.bare_path(), condition.uri_case))
        && plain(&condition.scheme, request.scheme)
        && plain(&condition.method, request.method)
        && plain(&condition.authority, request.authority)
        && headers_fit(condition, request)
        && condition.query_params.iter().all(|(name, wanted)| {
            let value = request.query(name);
            value.is_some_and(|value| wanted.accepts(value, Case::Sensitive))
        })
}

/// A header that must not be there counts as empty where it is missing.
fn headers_fit(condition: &RequestMatch, request: &RequestHead<'_>) -> bool {
    let wanted = condition.headers.iter().all(|(name, wanted)| {
        let value = request.header(name);
        value.is_some_and(|value| wanted.accepts(&value, Case::Sensitive))
    });
    let unwanted = |(name, unwanted): (&String, &StringMatch)| {
        let value = request.header(name);
        match unwanted {
            StringMatch::Present => value.is_some(),
            other => other.accepts(&value.unwrap_or_default(), Case::Sensitive),
        }
    };
    wanted && !condition.without_headers.iter().any(unwanted)
}

/// Whether it takes every request (route.go `IsCatchAllRoute`).
pub(super) fn takes_everything(condition: &RequestMatch) -> bool {
    let every_path = match &condition.uri {
        None | Some(StringMatch::Present) => true,
        Some(StringMatch::Prefix(prefix)) => prefix == "/",
        Some(StringMatch::Regex(pattern)) => pattern.as_str() == ".*",
        Some(StringMatch::Exact(_)) => false,
    };
    every_path
        && condition.headers.is_empty()
        && condition.without_headers.is_empty()
        && condition.query_params.is_empty()
        && condition.method.is_none()
        && condition.authority.is_none()
        && condition.scheme.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::istio::Pattern;

    fn prefix(text: &str) -> StringMatch {
        StringMatch::Prefix(text.to_owned())
    }
    fn exact(text: &str) -> StringMatch {
        StringMatch::Exact(text.to_owned())
    }

    #[test]
    fn a_path_is_matched_without_its_query() {
        let users = RequestMatch {
            uri: Some(exact("/api/users")),
            ..RequestMatch::default()
        };
        for (path, expected) in [
            ("/api/users", true),
            ("/api/users?page=2", true),
            ("/api/users/7", false),
            ("/API/users", false),
        ] {
            assert_eq!(
                fits(&users, &RequestHead::get("a", path)),
                expected,
                "{path}"
            );
        }
        let whole = RequestMatch {
            uri: Some(StringMatch::Regex(Pattern::new("/v[12]").unwrap())),
            ..RequestMatch::default()
        };
        assert!(fits(&whole, &RequestHead::get("a", "/v1?x")));
        assert!(!fits(&whole, &RequestHead::get("a", "/v1/x")));
    }

    #[test]
    fn everything_that_is_written_has_to_hold() {
        let condition = RequestMatch {
            uri: Some(prefix("/API")),
            uri_case: Case::Ignored,
            method: Some(exact("POST")),
            headers: [("x-beta".to_owned(), StringMatch::Present)].into(),
            ..RequestMatch::default()
        };
        let request = RequestHead {
            method: "POST",
            headers: &[("x-beta", "")],
            ..RequestHead::get("a", "/api/x")
        };
        assert!(fits(&condition, &request));
        assert!(!fits(
            &condition,
            &RequestHead {
                method: "GET",
                ..request
            }
        ));
        assert!(!fits(
            &condition,
            &RequestHead {
                headers: &[],
                ..request
            }
        ));
        assert!(!fits(
            &condition,
            &RequestHead {
                path: "/x",
                ..request
            }
        ));
    }

    /// virtual_service.proto on `queryParams`: `?key` has the value "", `\d+` takes 123 and not a123.
    #[test]
    fn query_parameters_are_matched_by_their_values() {
        let with = |wanted: StringMatch| RequestMatch {
            query_params: [("key".to_owned(), wanted)].into(),
            ..RequestMatch::default()
        };
        let asked = |condition: &RequestMatch, path| fits(condition, &RequestHead::get("a", path));
        assert!(asked(&with(exact("true")), "/?a=1&key=true"));
        assert!(asked(&with(exact("")), "/?key"));
        assert!(!asked(&with(exact("")), "/"));
        let digits = with(StringMatch::Regex(Pattern::new(r"\d+$").unwrap()));
        assert!(asked(&digits, "/?key=123"));
        assert!(!asked(&digits, "/?key=a123"));
    }

    #[test]
    fn headers_that_must_not_be_there() {
        let without = |unwanted: StringMatch| RequestMatch {
            without_headers: [("x".to_owned(), unwanted)].into(),
            ..RequestMatch::default()
        };
        let request = RequestHead::get("a", "/");
        let carrying = RequestHead {
            headers: &[("x", "beta")],
            ..request
        };
        for (unwanted, bare, carried) in [
            (StringMatch::Present, true, false),
            (exact("beta"), true, false),
            (exact("other"), true, true),
            (exact(""), false, true),
        ] {
            let condition = without(unwanted);
            assert_eq!(fits(&condition, &request), bare);
            assert_eq!(fits(&condition, &carrying), carried);
        }
    }
}
