//! Names of things inside one run: dense numbers, never reused within the run.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// The thing with this number.
            pub const fn new(index: $inner) -> Self {
                Self(index)
            }
            /// Its number, as an index into a per-kind vector.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "-{}"), self.0)
            }
        }
    };
}

id!(
    /// A pod, numbered by creation.
    PodId(u32), "pod"
);
id!(
    /// A node of the cluster.
    NodeId(u32), "node"
);
id!(
    /// A ReplicaSet, numbered by creation.
    ReplicaSetId(u32), "rs"
);
id!(
    /// A workload object that owns ReplicaSets: the Deployments of a world first, then its Rollouts.
    WorkloadId(u32), "workload"
);
id!(
    /// An AnalysisRun, numbered by creation.
    AnalysisRunId(u32), "analysis"
);
id!(
    /// An Experiment of a Rollout, numbered by creation.
    ExperimentId(u32), "experiment"
);
id!(
    /// A Service.
    ServiceId(u32), "service"
);
id!(
    /// A traffic source of the scenario.
    SourceId(u32), "source"
);
id!(
    /// An image of the scenario, in the order of the file.
    ImageId(u32), "image"
);
id!(
    /// A user of a traffic source.
    UserId(u32), "user"
);
id!(
    /// One run of an experiment; the same number faces every variant with the same luck.
    RunIndex(u32), "run"
);
