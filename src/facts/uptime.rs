//! Uptime as users meet it (Hauer et al., Meaningful Availability, NSDI 2020).
//!
//! After each request a user is up or down, as it ended, until the user's next request or until a
//! cutoff; time beyond the cutoff counts nowhere. Requests come in the order of intended arrival.
//! A user's equal states in a row are one interval, and intervals enter per-second sums only when
//! they end, so that an ordinary request costs one look at its user.

use crate::ids::UserId;
use crate::units::{SimDuration, SimTime};

const KNOWN: u64 = 1 << 63;
const DOWN: u64 = 1 << 62;
const AFFECTED: u64 = 1 << 61;
const EXPOSED: u64 = 1 << 60;
/// Times of a run stay below 2^60 ns, about 36 years.
const TIME: u64 = EXPOSED - 1;
const SECOND: u64 = SimDuration::SECOND.as_nanos();

/// One user: when the present state began, when it was last confirmed, and marks in the high bits.
#[derive(Debug, Clone, Copy, Default)]
struct UserRecord {
    since: u64,
    confirmed: u64,
}

/// Uptime and downtime of all users within one second, in user-nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Presence {
    pub(super) up: u64,
    pub(super) down: u64,
}

/// A sum of intervals as differences: part of this second, and whole seconds from here on.
#[derive(Debug, Clone, Copy, Default)]
struct Edge {
    part: i64,
    whole: i64,
}

/// The states of all users.
#[derive(Debug)]
pub(super) struct UserStates {
    users: Vec<UserRecord>,
    cutoff: u64,
    start: u64,
    end: u64,
    edges: [Vec<Edge>; 2],
}

/// What a request meant to its user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    pub(super) user: UserId,
    pub(super) at: SimTime,
    pub(super) failed: bool,
    pub(super) exposed: bool,
}

impl UserStates {
    pub(super) fn new(users: usize, cutoff: SimDuration, counted: (SimTime, SimTime)) -> Self {
        let (start, end) = (counted.0.as_nanos(), counted.1.as_nanos());
        let seconds = (end.saturating_sub(start) / SECOND) as usize + 2;
        Self {
            users: vec![UserRecord::default(); users],
            cutoff: cutoff.as_nanos(),
            start,
            end,
            edges: [
                vec![Edge::default(); seconds],
                vec![Edge::default(); seconds],
            ],
        }
    }

    /// Takes note of a request; those of one user come in order.
    #[inline]
    pub(super) fn visit(&mut self, visit: Visit) {
        let record = &mut self.users[visit.user.index()];
        let at = visit.at.as_nanos();
        let before = record.confirmed;
        let mut marks = before & !TIME;
        if visit.exposed {
            marks |= EXPOSED;
        }
        let same = before & KNOWN != 0 && (before & DOWN != 0) == visit.failed;
        if same && at - (before & TIME) <= self.cutoff {
            record.confirmed = at | marks;
            return;
        }
        marks = KNOWN | (marks & !DOWN);
        if visit.failed {
            marks |= DOWN | AFFECTED;
        }
        let ended = *record;
        *record = UserRecord {
            since: at,
            confirmed: at | marks,
        };
        self.end_interval(ended, at);
    }

    fn end_interval(&mut self, record: UserRecord, at: u64) {
        if record.confirmed & KNOWN == 0 {
            return;
        }
        let until = at.min((record.confirmed & TIME).saturating_add(self.cutoff));
        let edges = &mut self.edges[usize::from(record.confirmed & DOWN != 0)];
        for (time, sign) in [(record.since, 1), (until, -1)] {
            let second = (time - self.start) / SECOND;
            let rest = (second + 1) * SECOND - (time - self.start);
            edges[second as usize].part += sign * rest as i64;
            if let Some(next) = edges.get_mut(second as usize + 1) {
                next.whole += sign;
            }
        }
    }

    /// Ends all states at the end of counting and gives the presence in each second.
    pub(super) fn close(&mut self) -> Vec<Presence> {
        for index in 0..self.users.len() {
            let record = self.users[index];
            self.end_interval(record, self.end);
            self.users[index].confirmed &= !KNOWN;
        }
        let (mut up, mut down) = (0, 0);
        let seconds = self.edges[0].iter().zip(&self.edges[1]);
        seconds
            .map(|(ups, downs)| {
                up += ups.whole;
                down += downs.whole;
                Presence {
                    up: (up * SECOND as i64 + ups.part) as u64,
                    down: (down * SECOND as i64 + downs.part) as u64,
                }
            })
            .collect()
    }

    /// Users with at least one failed request.
    pub(super) fn affected(&self) -> u32 {
        self.marked(AFFECTED)
    }

    /// Users who were served by a bad version.
    pub(super) fn exposed(&self) -> u32 {
        self.marked(EXPOSED)
    }

    fn marked(&self, mark: u64) -> u32 {
        let marked = self.users.iter().filter(|user| user.confirmed & mark != 0);
        marked.count() as u32
    }
}

/// Share of uptime in the worst window of `width` seconds; windows nobody was present in are
/// passed over, and a width beyond the whole means the whole.
pub(super) fn worst_window(seconds: &[Presence], width: usize) -> Option<f64> {
    let width = width.clamp(1, seconds.len().max(1));
    let (mut up, mut down) = (0u64, 0u64);
    let mut worst: Option<f64> = None;
    for (index, second) in seconds.iter().enumerate() {
        up += second.up;
        down += second.down;
        if let Some(left) = index.checked_sub(width) {
            up -= seconds[left].up;
            down -= seconds[left].down;
        }
        if index + 1 >= width && up + down > 0 {
            let share = up as f64 / (up + down) as f64;
            worst = Some(worst.map_or(share, |least| least.min(share)));
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One user's requests: second, and whether it failed.
    type Story = &'static [(u64, bool)];

    fn presence(end_secs: u64, stories: &[Story]) -> (u64, u64) {
        let counted = (SimTime::ZERO, SimTime::from_secs(end_secs));
        let mut states = UserStates::new(stories.len(), SimDuration::from_secs(1800), counted);
        for (user, story) in stories.iter().enumerate() {
            for (at, failed) in *story {
                states.visit(Visit {
                    user: UserId::new(user as u32),
                    at: SimTime::from_secs(*at),
                    failed: *failed,
                    exposed: false,
                });
            }
        }
        let seconds = states.close();
        let sum = |part: fn(&Presence) -> u64| seconds.iter().map(part).sum::<u64>() / SECOND;
        (sum(|p| p.up), sum(|p| p.down))
    }

    #[test]
    fn a_state_lasts_until_the_next_request_or_the_cutoff() {
        // Uptime and downtime as worked out in the reference cases of availability.
        let first: Story = &[(0, false), (10, true), (20, true), (30, false)];
        let second: Story = &[(0, false), (30, false)];
        assert_eq!(presence(40, &[first, second]), (60, 20));
        let hasty: Story = &[
            (0, false),
            (1, true),
            (2, true),
            (3, true),
            (4, true),
            (5, false),
        ];
        assert_eq!(presence(40, &[first, second, hasty]), (96, 24));
        assert_eq!(presence(4000, &[&[(0, false), (4000, false)]]), (1800, 0));
    }

    #[test]
    fn the_worst_window_tells_one_long_outage_from_many_short_ones() {
        let trace = |bad: &[usize], loss: u64| -> Vec<Presence> {
            (0..24)
                .map(|slot| match bad.contains(&slot) {
                    true => Presence {
                        up: 100 - loss,
                        down: loss,
                    },
                    false => Presence { up: 100, down: 0 },
                })
                .collect()
        };
        let check = |trace: &[Presence], expected: &[(usize, f64)]| {
            for (width, share) in expected {
                let got = worst_window(trace, *width).unwrap();
                assert!((got - share).abs() < 1e-6, "width {width}: {got}");
            }
        };
        // Values of the reference cases of availability.
        let long = trace(&[10, 11], 50);
        check(
            &long,
            &[(1, 0.5), (2, 0.5), (4, 0.75), (8, 0.875), (24, 0.958_333)],
        );
        let short = trace(&[0, 6, 12, 18], 25);
        check(
            &short,
            &[
                (1, 0.75),
                (2, 0.875),
                (4, 0.9375),
                (8, 0.9375),
                (24, 0.958_333),
            ],
        );
        assert_eq!(worst_window(&[Presence::default(); 5], 2), None);
    }
}
