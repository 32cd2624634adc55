//! Which names hosts, subsets and gateways may have.

use crate::document::{Diagnostic, Diagnostics, Node};

const LABEL: &str = "expected lowercase letters, digits and `-` (at most 63, not `-` at an end)";
const HOST: &str =
    "expected a host such as `reviews`, `reviews.prod.svc.cluster.local` or `*.example.com`";

/// Whether a text is a DNS label as Kubernetes has it (RFC 1123).
fn is_label(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(fits)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Hosts may have capitals, too; the proxy does not look at case.
fn is_host_label(text: &str) -> bool {
    is_label(&text.to_ascii_lowercase())
}

/// A name of labels between dots, its last label no number (`ValidateDNS1123Labels`).
fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.strip_suffix('.').unwrap_or(text).split('.').collect();
    let number = |label: &&str| label.bytes().all(|byte| byte.is_ascii_digit());
    labels.iter().all(|label| is_host_label(label))
        && labels.last().is_none_or(|last| !number(last))
}

/// A host whose first label may be `*` or begin so (`ValidateWildcardDomain`), or an address.
fn is_host(text: &str) -> bool {
    if text.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    let (first, rest) = match text.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (text, None),
    };
    let wild = first
        .strip_prefix('*')
        .is_some_and(|rest| rest.is_empty() || is_host_label(rest.trim_start_matches('-')));
    text.len() <= 255 && (wild || is_host_label(first)) && rest.is_none_or(is_domain)
}

/// Reports what is no host.
pub(super) fn check_host(key: &str, node: &Node, problems: &mut Diagnostics) -> Option<String> {
    let text = text_of(key, node, problems)?;
    checked(key, (text, HOST), is_host(text), (node, problems))
}

/// Reports what is no host of a Gateway: a host, perhaps after `namespace/`.
pub(super) fn check_server_host(node: &Node, problems: &mut Diagnostics) -> Option<String> {
    let text = text_of("hosts", node, problems)?;
    let (namespace, host) = text.split_once('/').unwrap_or(("*", text));
    let fine = (matches!(namespace, "*" | ".") || is_label(namespace)) && is_host(host);
    checked("hosts", (text, HOST), fine, (node, problems))
}

/// Reports what is no name of a subset.
pub(super) fn check_label(key: &str, node: &Node, problems: &mut Diagnostics) -> Option<String> {
    let text = text_of(key, node, problems)?;
    checked(key, (text, LABEL), is_label(text), (node, problems))
}

/// Reports what names no gateway: `mesh`, `name`, `namespace/name`, or the older `name.namespace…`.
pub(super) fn check_gateway(node: &Node, problems: &mut Diagnostics) -> Option<String> {
    let text = text_of("gateways", node, problems)?;
    let fine = match text.split_once('/') {
        Some((namespace, name)) => (namespace == "." || is_label(namespace)) && is_label(name),
        None => is_domain(text),
    };
    let rule = "expected `mesh`, the name of a Gateway, or `namespace/name`";
    checked("gateways", (text, rule), fine, (node, problems))
}

fn text_of<'a>(key: &str, node: &'a Node, problems: &mut Diagnostics) -> Option<&'a str> {
    let text = node.as_text();
    if text.is_none() {
        let message = format!("`{key}`: expected text, found {}", node.kind());
        let finding = Diagnostic::error(message).at(node.span);
        problems.push(finding.label("expected text").hint("write it in quotes"));
    }
    text
}

fn checked(
    key: &str,
    (text, rule): (&str, &str),
    fine: bool,
    (node, problems): (&Node, &mut Diagnostics),
) -> Option<String> {
    if !fine {
        let finding = Diagnostic::error(format!("`{key}`: `{text}` cannot be used"));
        problems.push(finding.at(node.span).label(rule));
    }
    fine.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the rules of `ValidateWildcardDomain` and `ValidateFQDN`.
    #[test]
    fn hosts_are_told_from_what_is_none() {
        for host in [
            "reviews",
            "reviews.prod.svc.cluster.local",
            "*",
            "*.example.com",
            "Api.Example.com",
            "example.com.",
            "10.0.0.1",
        ] {
            assert!(is_host(host), "{host}");
        }
        for text in ["", "a b", "foo.*.com", "-x", "example.123", "a..b", "ns/x"] {
            assert!(!is_host(text), "{text}");
        }
    }
}
