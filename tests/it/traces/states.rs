//! What a rollout looked like over time, and its extremes.

use std::collections::BTreeMap;

/// What is compared, at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct State {
    pub(super) specs: BTreeMap<u32, u32>,
    pub(super) pods: u32,
    pub(super) active: u32,
    pub(super) ready: u32,
    pub(super) available: u32,
    pub(super) wanted: u32,
    pub(super) complete: bool,
}

impl State {
    fn total_spec(&self) -> u32 {
        self.specs.values().sum()
    }
}

/// States and the seconds at which they began.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) states: Vec<(f64, State)>,
}

impl History {
    pub(super) fn note(&mut self, at: f64, state: State) {
        match self.states.last_mut() {
            Some((_, last)) if *last == state => {}
            Some((since, last)) if *since == at => *last = state,
            _ => self.states.push((at, state)),
        }
    }

    /// Distinct sizes in the order of the record's columns, and when they began.
    pub(super) fn steps(&self, columns: &[u32]) -> Vec<(f64, Vec<u32>)> {
        let sizes = |state: &State| -> Vec<u32> {
            let size = |version| state.specs.get(version).copied().unwrap_or(0);
            columns.iter().map(size).collect()
        };
        let mut steps: Vec<(f64, Vec<u32>)> = Vec::new();
        for (at, state) in &self.states {
            let sizes = sizes(state);
            if steps.last().is_none_or(|(_, last)| *last != sizes) {
                steps.push((*at, sizes));
            }
        }
        steps
    }

    /// Extremes over states that lasted at least `hold` seconds, by the record's names.
    pub(super) fn extremes(&self, hold: f64, end: f64) -> Vec<(&'static str, u32)> {
        let ends = self.states.iter().skip(1).map(|(at, _)| *at).chain([end]);
        let spans = self.states.iter().zip(ends);
        let held: Vec<&State> = spans
            .filter(|((since, _), until)| until - since >= hold)
            .map(|((_, state), _)| state)
            .collect();
        let most = |field: fn(&State) -> u32| held.iter().map(|s| field(s)).max().unwrap_or(0);
        let least = |field: fn(&State) -> u32| held.iter().map(|s| field(s)).min().unwrap_or(0);
        vec![
            ("max_pods", most(|s| s.pods)),
            ("max_active_pods", most(|s| s.active)),
            ("max_total_spec", most(State::total_spec)),
            ("min_ready", least(|s| s.ready)),
            ("min_available", least(|s| s.available)),
        ]
    }

    /// Integral of a quantity over time, up to `end` seconds.
    pub(super) fn integral(&self, end: f64, field: impl Fn(&State) -> f64) -> f64 {
        let ends = self.states.iter().skip(1).map(|(at, _)| *at).chain([end]);
        let spans = self.states.iter().zip(ends);
        spans
            .map(|((since, state), until)| (until.min(end) - since).max(0.0) * field(state))
            .sum()
    }

    /// When the rollout last became complete.
    pub(super) fn completed(&self) -> Option<f64> {
        let pairs = self.states.windows(2);
        let mut became = pairs.filter(|pair| !pair[0].1.complete && pair[1].1.complete);
        became.next_back().map(|pair| pair[1].0)
    }
}
