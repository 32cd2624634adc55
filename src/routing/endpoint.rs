//! Membership and conditions of one address (reference kubernetes.md §4).

/// Phase of a pod, as far as endpoints look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodPhase {
    /// Not all containers have started once.
    Pending,
    /// At least one runs or will be restarted.
    Running,
    /// All ended well, for good.
    Succeeded,
    /// All ended for good, one badly.
    Failed,
    /// The node does not answer.
    Unknown,
}

/// What the EndpointSlice controller sees of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointPod {
    /// Its phase.
    pub phase: PodPhase,
    /// Whether it has an address.
    pub has_ip: bool,
    /// Condition Ready.
    pub ready: bool,
    /// Whether it has a deletion mark.
    pub terminating: bool,
}

/// Whether a list keeps addresses of terminating pods: EndpointSlices do, the older Endpoints did
/// not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InclusionOfTerminating {
    /// As in EndpointSlices.
    Included,
    /// As in Endpoints.
    LeftOut,
}

/// Conditions of an address in a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions {
    /// May get new connections.
    pub ready: bool,
    /// The pod is Ready, terminating or not.
    pub serving: bool,
    /// The pod has a deletion mark.
    pub terminating: bool,
}

/// Whether the pod has an address in the list at all.
pub fn belongs(pod: &EndpointPod, terminating: InclusionOfTerminating) -> bool {
    let finished = matches!(pod.phase, PodPhase::Succeeded | PodPhase::Failed);
    let left_out = pod.terminating && terminating == InclusionOfTerminating::LeftOut;
    pod.has_ip && !finished && !left_out
}

/// The conditions of the pod's address. `publish_not_ready` is the Service's
/// `publishNotReadyAddresses`, under which an address is ready throughout, terminating too.
pub fn conditions(pod: &EndpointPod, publish_not_ready: bool) -> Conditions {
    Conditions {
        ready: publish_not_ready || (pod.ready && !pod.terminating),
        serving: pod.ready,
        terminating: pod.terminating,
    }
}
