//! Which pods a proxy prefers by where they are (istio/istio at 86c9f01f,
//! pilot/pkg/networking/core/loadbalancer/loadbalancer.go; reference progressive-delivery.md §5.5).

use std::collections::BTreeSet;

use crate::manifest::Labels;
use crate::manifest::istio::{Distribute, Failover, LocalityLb};

/// Where a proxy or a pod is; empty parts are unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Locality {
    /// Of `topology.kubernetes.io/region`.
    pub region: String,
    /// Of `topology.kubernetes.io/zone`.
    pub zone: String,
    /// Of `topology.istio.io/subzone`.
    pub subzone: String,
}

/// Where a proxy or a pod is, and what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Where.
    pub locality: Locality,
    /// Labels of the pod, those of topology among them.
    pub labels: Labels,
}

/// How a cluster uses localities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalityMode<'a> {
    /// All pods alike.
    Off,
    /// By shares: [`distributed_weights`].
    Distribute(&'a [Distribute]),
    /// The nearest first: [`priorities`].
    Failover(&'a LocalityLb),
}

impl Locality {
    /// From its three parts.
    pub fn new(region: &str, zone: &str, subzone: &str) -> Self {
        Self {
            region: region.to_owned(),
            zone: zone.to_owned(),
            subzone: subzone.to_owned(),
        }
    }
    /// Whether it lies in what a rule means by `region/zone/subzone`: parts at the end may be missing
    /// or `*`.
    pub fn is_in(&self, rule: &str) -> bool {
        let mut parts = rule.splitn(3, '/');
        let region = parts.next().unwrap_or_default();
        let fits = |part: Option<&str>, own: &str| {
            part.is_none_or(|part| matches!(part, "" | "*") || part == own)
        };
        let near = region == "*" || region == self.region;
        near && fits(parts.next(), &self.zone) && fits(parts.next(), &self.subzone)
    }
    /// How far another is: 0 in the same subzone, 1 in the zone, 2 in the region, 3 elsewhere.
    fn distance(&self, other: &Self) -> u32 {
        match self {
            _ if self.region != other.region => 3,
            _ if self.zone != other.zone => 2,
            _ if self.subzone != other.subzone => 1,
            _ => 0,
        }
    }
}

/// Weights of groups of pods by the first distribution that is for the proxy; groups come with the
/// weight they had (1 each where nothing is known). A group without a weight gets no requests. `None`
/// where no distribution is for the proxy: weights stay.
pub fn distributed_weights(
    rules: &[Distribute],
    proxy: &Locality,
    groups: &[(Locality, u32)],
) -> Option<Vec<Option<u32>>> {
    let rule = rules.iter().find(|rule| proxy.is_in(&rule.from))?;
    let mut weights: Vec<Option<u32>> = vec![None; groups.len()];
    let mut left: BTreeSet<usize> = (0..groups.len()).collect();
    for (place, weight) in &rule.to {
        let here: Vec<usize> = left
            .iter()
            .copied()
            .filter(|index| groups[*index].0.is_in(place))
            .collect();
        let total: u64 = here.iter().map(|index| u64::from(groups[*index].1)).sum();
        for index in here {
            left.remove(&index);
            let part = u64::from(groups[index].1) * u64::from(*weight);
            weights[index] = part.checked_div(total).map(|_| part.div_ceil(total) as u32);
        }
    }
    Some(weights)
}

/// Priority of each pod, 0 first and none left out: by labels where `failoverPriority` names some, then
/// by distance, where a region that does not stand in for the proxy's comes last.
pub fn priorities(setting: &LocalityLb, proxy: &Place, pods: &[Place]) -> Vec<u32> {
    let by_label = match setting.failover_priority.is_empty() || proxy.labels.is_empty() {
        true => vec![0; pods.len()],
        false => {
            let one = |pod: &Place| label_priority(&setting.failover_priority, proxy, pod);
            without_gaps(&pods.iter().map(one).collect::<Vec<u32>>())
        }
    };
    if !setting.failover_priority.is_empty() && setting.failover.is_empty() {
        return by_label;
    }
    let far = |pod: &Place| distance(&setting.failover, &proxy.locality, &pod.locality);
    let both = by_label.iter().zip(pods);
    // There are five distances.
    let both: Vec<u32> = both.map(|(first, pod)| first * 5 + far(pod)).collect();
    without_gaps(&both)
}

fn distance(failover: &[Failover], proxy: &Locality, pod: &Locality) -> u32 {
    let distance = proxy.distance(pod);
    let rule = failover.iter().find(|rule| rule.from == proxy.region);
    let last = distance == 3 && rule.is_some_and(|rule| rule.to != pod.region);
    if last { 4 } else { distance }
}

/// As many as labels follow the first that differs, that one counted. The network, where it comes
/// first, counts for itself.
fn label_priority(wanted: &[String], proxy: &Place, pod: &Place) -> u32 {
    const NETWORK: &str = "topology.istio.io/network";
    let count = wanted.len() as u32;
    let mut network = 0;
    for (index, label) in (0..).zip(wanted) {
        let (name, fixed) = match label.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (label.as_str(), None),
        };
        let own = fixed.or_else(|| proxy.labels.get(name).map(String::as_str));
        let other = pod.labels.get(name).map(String::as_str);
        if own.unwrap_or_default() == other.unwrap_or_default() {
            continue;
        }
        if index == 0 && name == NETWORK && fixed.is_none() {
            network = count;
            continue;
        }
        return network + count - index;
    }
    network
}

fn without_gaps(priorities: &[u32]) -> Vec<u32> {
    let used: Vec<u32> = BTreeSet::from_iter(priorities.iter().copied())
        .into_iter()
        .collect();
    let rank = |priority: &u32| used.binary_search(priority).expect("it is among them") as u32;
    priorities.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_means_a_region_a_zone_or_a_subzone() {
        let here = Locality::new("eu", "a", "1");
        for (rule, fits) in [
            ("eu", true),
            ("eu/*", true),
            ("eu/a", true),
            ("eu/a/1", true),
            ("*", true),
            ("eu/b", false),
            ("eu/a/2", false),
            ("us", false),
        ] {
            assert_eq!(here.is_in(rule), fits, "{rule}");
        }
    }

    /// Upstream's "Failover: all priorities": region1/zone1/subzone1 with failover to region2.
    #[test]
    fn all_five_distances_are_told_apart() {
        let at = |region: &str, zone: &str, subzone: &str| Place {
            locality: Locality::new(region, zone, subzone),
            labels: Labels::new(),
        };
        let setting = LocalityLb {
            failover: vec![Failover {
                from: "region1".to_owned(),
                to: "region2".to_owned(),
            }],
            ..LocalityLb::default()
        };
        let pods = [
            at("region1", "zone1", "subzone1"),
            at("region1", "zone1", "subzone2"),
            at("region1", "zone2", ""),
            at("region2", "", ""),
            at("region3", "", ""),
        ];
        let proxy = at("region1", "zone1", "subzone1");
        assert_eq!(priorities(&setting, &proxy, &pods), [0, 1, 2, 3, 4]);
    }

    /// By the rules of `applyFailoverPriorityPerLocality`: three labels, so a pod that differs in the
    /// second has priority 2 of 3, and one on another network comes after all of the own.
    #[test]
    fn labels_rank_pods_by_the_first_that_differs() {
        let place = |network: &str, zone: &str, version: &str| {
            let pairs = [
                ("topology.istio.io/network", network),
                ("zone", zone),
                ("v", version),
            ];
            Place {
                locality: Locality::default(),
                labels: pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            }
        };
        let wanted = ["topology.istio.io/network", "zone", "v=2"].map(str::to_owned);
        let proxy = place("n1", "a", "1");
        let rank = |pod: &Place| label_priority(&wanted, &proxy, pod);
        assert_eq!(rank(&place("n1", "a", "2")), 0);
        assert_eq!(rank(&place("n1", "a", "1")), 1);
        assert_eq!(rank(&place("n1", "b", "2")), 2);
        assert_eq!(rank(&place("n2", "a", "2")), 3);
        assert_eq!(rank(&place("n2", "b", "2")), 5);
        let setting = LocalityLb {
            failover_priority: wanted.to_vec(),
            ..LocalityLb::default()
        };
        let pods = [
            place("n1", "b", "2"),
            place("n2", "b", "2"),
            place("n1", "a", "2"),
        ];
        assert_eq!(priorities(&setting, &proxy, &pods), [1, 2, 0]);
    }
}
