//! Samples per labelled series.

use std::collections::BTreeMap;

use super::{Labels, Stamp, Window};
use crate::units::SimTime;

/// One scraped value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When it was scraped.
    pub at: Stamp,
    /// What the target said.
    pub value: f64,
}

/// A series of a [`Storage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(u32);

/// One labelled series: samples in order of time, and the instants at which it went stale.
///
/// Staleness markers are kept apart from the samples: ranges do not see them (reference
/// progressive-delivery.md §3.6), so a range is a plain slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    name: String,
    labels: Labels,
    samples: Vec<Sample>,
    endings: Vec<Stamp>,
}

impl Series {
    /// Name of the metric.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Its labels, the name apart.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }
    /// All samples, in order of time.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }
    /// The samples within a window, staleness passed over.
    pub fn within(&self, window: &Window) -> &[Sample] {
        let from = self.samples.partition_point(|s| window.is_after(s.at));
        let to = self.samples.partition_point(|s| s.at <= window.end);
        &self.samples[from..to.max(from)]
    }
    /// The newest sample within a window, unless the series went stale after it.
    pub fn newest(&self, window: &Window) -> Option<Sample> {
        let newest = *self.within(window).last()?;
        let past = self.endings.partition_point(|at| *at <= window.end);
        let stale = past > 0 && self.endings[past - 1] > newest.at;
        (!stale).then_some(newest)
    }
    fn last_stamp(&self) -> Option<Stamp> {
        let sample = self.samples.last().map(|sample| sample.at);
        sample.max(self.endings.last().copied())
    }
}

/// Series of one metric name.
#[derive(Debug, Clone, Default)]
struct Family {
    members: Vec<SeriesId>,
    by_labels: BTreeMap<Labels, SeriesId>,
}

/// All series a Prometheus holds, found by metric name.
///
/// # Examples
/// ```
/// use rollcast::telemetry::{Labels, Storage, promql::{Query, Version}};
/// use rollcast::units::SimTime;
///
/// let mut storage = Storage::default();
/// let pod = storage.series("http_requests_total", Labels::from_iter([("pod", "a")]));
/// for scrape in 0..=20 {
///     storage.record(pod, SimTime::from_secs(15 * scrape), 10.0 * scrape as f64);
/// }
/// let query: Query = "sum(rate(http_requests_total[1m]))".parse().unwrap();
/// let answer = query.evaluate(&storage, SimTime::from_secs(300), Version::Three).unwrap();
/// assert!((answer.values()[0] - 10.0 / 15.0).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Storage {
    series: Vec<Series>,
    families: BTreeMap<String, Family>,
}

impl Storage {
    /// The series of this name and these labels; a new one has no samples and no query sees it.
    pub fn series(&mut self, name: &str, labels: Labels) -> SeriesId {
        let family = self.families.entry(name.to_owned()).or_default();
        if let Some(known) = family.by_labels.get(&labels) {
            return *known;
        }
        let id = SeriesId(self.series.len() as u32);
        family.members.push(id);
        family.by_labels.insert(labels.clone(), id);
        self.series.push(Series {
            name: name.to_owned(),
            labels,
            samples: Vec::new(),
            endings: Vec::new(),
        });
        id
    }
    /// Adds what a scrape read.
    ///
    /// # Panics
    /// If it is not later than what the series already holds: a target is scraped in order.
    pub fn record(&mut self, series: SeriesId, at: SimTime, value: f64) {
        let at = self.later(series, at);
        self.series[series.0 as usize]
            .samples
            .push(Sample { at, value });
    }
    /// Ends a series for now: its target, or the series on its target, is gone from a scrape.
    ///
    /// # Panics
    /// If it is not later than what the series already holds.
    pub fn mark_stale(&mut self, series: SeriesId, at: SimTime) {
        let at = self.later(series, at);
        self.series[series.0 as usize].endings.push(at);
    }
    /// One series.
    pub fn get(&self, series: SeriesId) -> &Series {
        &self.series[series.0 as usize]
    }
    /// The series of one metric, in the order they were born.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Series> {
        let members = self.families.get(name).map(|family| &*family.members);
        let members = members.unwrap_or_default().iter();
        members.map(|id| &self.series[id.0 as usize])
    }
    /// All series, in the order they were born.
    pub fn all(&self) -> impl Iterator<Item = &Series> {
        self.series.iter()
    }
    fn later(&self, series: SeriesId, at: SimTime) -> Stamp {
        let at = Stamp::from(at);
        let last = self.series[series.0 as usize].last_stamp();
        assert!(last < Some(at), "scrapes of a series come in order of time");
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Edge;

    fn window(start: i64, end: i64, edge: Edge) -> Window {
        let (start, end) = (Stamp::from_millis(start), Stamp::from_millis(end));
        Window { start, end, edge }
    }

    fn one_series(seconds: &[u64]) -> (Storage, SeriesId) {
        let mut storage = Storage::default();
        let id = storage.series("up", Labels::NONE);
        for second in seconds {
            storage.record(id, SimTime::from_secs(*second), *second as f64);
        }
        (storage, id)
    }

    #[test]
    fn the_left_edge_belongs_to_a_closed_window_only() {
        let (storage, id) = one_series(&[10, 20, 30, 40]);
        let within = |edge| storage.get(id).within(&window(10_000, 30_000, edge)).len();
        assert_eq!((within(Edge::Closed), within(Edge::Open)), (3, 2));
    }

    #[test]
    fn a_stale_series_is_silent_until_its_next_sample_but_ranges_keep_it() {
        let (mut storage, id) = one_series(&[10, 20]);
        storage.mark_stale(id, SimTime::from_secs(30));
        storage.record(id, SimTime::from_secs(40), 40.0);
        let newest = |end| storage.get(id).newest(&window(0, end, Edge::Open));
        let values = [29_999, 30_000, 39_999, 40_000].map(|end| newest(end).map(|s| s.value));
        assert_eq!(values, [Some(20.0), None, None, Some(40.0)]);
        let range = window(0, 35_000, Edge::Open);
        assert_eq!(storage.get(id).within(&range).len(), 2);
    }

    #[test]
    fn the_same_labels_are_the_same_series() {
        let mut storage = Storage::default();
        let pod = |pod: &str| Labels::from_iter([("pod", pod)]);
        let a = storage.series("up", pod("a"));
        let b = storage.series("up", pod("b"));
        storage.series("down", pod("a"));
        assert_ne!(a, b);
        assert_eq!(storage.series("up", pod("a")), a);
        assert_eq!(storage.named("up").count(), 2);
    }

    #[test]
    #[should_panic(expected = "in order of time")]
    fn a_scrape_never_goes_back() {
        let (mut storage, id) = one_series(&[10]);
        storage.record(id, SimTime::from_secs(10), 1.0);
    }
}
