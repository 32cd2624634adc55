//! Routes that answer by themselves.

use super::amounts::port;
use super::fault::status_code;
use super::{RequestMatch, StringMatch};
use crate::document::{Diagnostic, MapReader};

/// `redirect`: the client is sent elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// `redirectCode`, default 301.
    pub code: u16,
    /// `uri`: the new path.
    pub uri: Option<String>,
    /// `prefixRewrite`: what the matched prefix becomes.
    pub prefix_rewrite: Option<String>,
    /// `authority`: the new host.
    pub authority: Option<String>,
    /// `scheme`.
    pub scheme: Option<String>,
    /// `port`.
    pub port: Option<u16>,
}

/// `directResponse`: an answer without a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectResponse {
    /// `status`.
    pub status: u16,
}

/// Codes the proxy can redirect with (route.go `ApplyRedirect`; other 3xx leave the route without an
/// action there).
const CODES: [i64; 5] = [301, 302, 303, 307, 308];

/// Reads `redirect`.
pub(super) fn read_redirect(
    mut map: MapReader<'_, '_>,
    matches: &[RequestMatch],
) -> Option<Redirect> {
    let code = map.optional::<i64>("redirectCode").unwrap_or(0);
    let code = if code == 0 { 301 } else { code };
    if !CODES.contains(&code) {
        let finding = Diagnostic::error(format!("`redirectCode` is {code}"));
        let finding = finding.at(map.value_span("redirectCode"));
        map.problems()
            .push(finding.label("expected 301, 302, 303, 307 or 308"));
    }
    let scheme = map.word("scheme", &[("http", "http"), ("https", "https")]);
    check_target(&mut map, matches);
    Some(Redirect {
        code: code as u16,
        uri: map.optional("uri"),
        prefix_rewrite: map.optional("prefixRewrite"),
        authority: map.optional("authority"),
        scheme: scheme.map(str::to_owned),
        port: port(&mut map, "port"),
    })
}

fn check_target(map: &mut MapReader<'_, '_>, matches: &[RequestMatch]) {
    let targets = [
        "uri",
        "prefixRewrite",
        "authority",
        "port",
        "derivePort",
        "scheme",
    ];
    let other = |one: &RequestMatch| {
        let uri = one.uri.as_ref();
        uri.is_some_and(|uri| !matches!(uri, StringMatch::Prefix(_)))
    };
    let (place, message, rule) = if !targets.iter().any(|key| map.has(key)) {
        let rule = "expected `uri`, `authority`, `scheme` or `port`";
        (map.span(), "`redirect` does not say where to", rule)
    } else if map.has("uri") && map.has("prefixRewrite") {
        let message = "`uri` and `prefixRewrite` exclude each other";
        (map.key_span("prefixRewrite"), message, "keep one of them")
    } else if map.has("prefixRewrite") && matches.iter().any(other) {
        let message = "`prefixRewrite` where a match has no prefix";
        let rule = "every `uri` of `match` has to be a `prefix`";
        (map.key_span("prefixRewrite"), message, rule)
    } else {
        return;
    };
    let finding = Diagnostic::error(message).at(place).label(rule);
    map.problems().push(finding);
}

/// Reads `directResponse`.
pub(super) fn read_direct_response(mut map: MapReader<'_, '_>) -> Option<DirectResponse> {
    map.required_node("status")?;
    let status = status_code(&mut map, "status")?;
    Some(DirectResponse { status })
}
