//! Names of hosts, resolved.

use std::fmt;

use crate::manifest::Service;

/// What the names of Services end in.
const CLUSTER: &str = "svc.cluster.local";

/// A host in lower case: complete, or beginning with `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host(String);

impl Host {
    /// What a manifest of this namespace means: a name without a dot is a Service beside it; `*`,
    /// addresses and names with a dot stay as they are (model/config.go `ResolveShortnameToFQDN`).
    ///
    /// # Examples
    /// ```
    /// use rollcast::routing::mesh::Host;
    /// let host = Host::resolve("reviews", "prod");
    /// assert_eq!(host.as_str(), "reviews.prod.svc.cluster.local");
    /// assert_eq!(Host::resolve("reviews.prod", "x").as_str(), "reviews.prod");
    /// ```
    pub fn resolve(written: &str, namespace: &str) -> Self {
        let plain = written.to_ascii_lowercase();
        let whole = plain == "*" || plain.contains(['.', ':']);
        match whole {
            true => Self(plain),
            false => Self(format!("{plain}.{namespace}.{CLUSTER}")),
        }
    }
    /// A host as it stands.
    pub(super) fn plain(written: &str) -> Self {
        Self(written.to_ascii_lowercase())
    }
    /// The host of a Service.
    pub fn of(service: &Service) -> Self {
        Self::resolve(&service.name, &service.namespace)
    }
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether it stands for many.
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with('*')
    }
    /// Whether every host that `other` means is meant by this one, too (host/name.go `SubsetOf`,
    /// turned round).
    pub fn covers(&self, other: &Self) -> bool {
        match (self.0.strip_prefix('*'), other.0.strip_prefix('*')) {
            (Some(ending), Some(inner)) => self.0.len() <= other.0.len() && inner.ends_with(ending),
            (Some(ending), None) => other.0.ends_with(ending),
            (None, _) => self == other,
        }
    }
    /// The hosts that both mean: the narrower one where one covers the other.
    pub fn intersection<'a>(&'a self, other: &'a Self) -> Option<&'a Self> {
        if other.covers(self) {
            Some(self)
        } else {
            self.covers(other).then_some(other)
        }
    }
    /// Larger for narrower hosts: complete ones first, then by length (host/names.go `MoreSpecific`).
    pub(super) fn narrowness(&self) -> (bool, usize) {
        (!self.is_wildcard(), self.0.len())
    }
    /// What a client of this namespace may mean by an authority: the name itself, else a Service by
    /// one of its shorter names (`name`, `name.namespace`, `name.namespace.svc` …). The port does not
    /// matter.
    pub(super) fn asked(authority: &str, namespace: &str) -> [Self; 2] {
        let lower = without_port(authority).to_ascii_lowercase();
        let name = lower.strip_suffix('.').unwrap_or(&lower).to_owned();
        let labels: Vec<&str> = name.split('.').collect();
        let longer = match labels[..] {
            [service] => format!("{service}.{namespace}.{CLUSTER}"),
            [service, namespace] | [service, namespace, "svc"] => {
                format!("{service}.{namespace}.{CLUSTER}")
            }
            [service, namespace, "svc", "cluster"] => format!("{service}.{namespace}.{CLUSTER}"),
            _ => name.clone(),
        };
        [Self(name), Self(longer)]
    }
}

/// An address of version 6 stands in brackets.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        Host(text.to_owned())
    }

    #[test]
    fn short_names_belong_to_the_namespace() {
        for (written, resolved) in [
            ("Reviews", "reviews.prod.svc.cluster.local"),
            (
                "reviews.prod.svc.cluster.local",
                "reviews.prod.svc.cluster.local",
            ),
            ("api.example.com", "api.example.com"),
            ("*.example.com", "*.example.com"),
            ("*", "*"),
            ("10.0.0.1", "10.0.0.1"),
            ("::1", "::1"),
        ] {
            assert_eq!(Host::resolve(written, "prod").as_str(), resolved);
        }
    }

    /// The examples of host/names.go `Intersection`.
    #[test]
    fn the_narrower_host_is_what_both_mean() {
        for (one, other, both) in [
            ("foo.com", "*.com", Some("foo.com")),
            ("*.net", "bar.net", Some("bar.net")),
            ("*.net", "*.bar.net", Some("*.bar.net")),
            ("foo.com", "bar.com", None),
            ("*.foo.com", "foo.com", None),
            ("*", "*.com", Some("*.com")),
        ] {
            let (one, other) = (host(one), host(other));
            assert_eq!(one.intersection(&other).map(Host::as_str), both);
        }
    }

    #[test]
    fn a_service_is_asked_by_any_of_its_names() {
        for authority in [
            "reviews",
            "reviews:9080",
            "reviews.prod",
            "Reviews.prod.svc",
            "reviews.prod.svc.cluster.local.",
        ] {
            let [_, long] = Host::asked(authority, "prod");
            assert_eq!(
                long.as_str(),
                "reviews.prod.svc.cluster.local",
                "{authority}"
            );
        }
        assert_eq!(
            Host::asked("api.example.com:80", "prod")[0],
            host("api.example.com")
        );
    }
}
