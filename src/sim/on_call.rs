//! Whoever is on call: alert rules over what the monitoring sees, and what the person they call does.
//!
//! ```text
//! rule true ── for ──▶ alarm ── notice ──▶ looks ── act ──▶ undo, abort, revert
//! ```
//!
//! A person looks before they act: a release that is not out yet, or that is on its way back
//! already, is left alone. While one alarm is being followed, others call nobody.

use super::event::Event;
use super::world::World;
use crate::control::deployment::Undo;
use crate::engine::{Purpose, Urgency};
use crate::facts::Happening;
use crate::laws::Law;
use crate::scenario::{Alert, OnCall, OnCallAction};
use crate::telemetry::promql::{Answer, Query};
use crate::units::{SimDuration, SimTime};

/// Draws of people on call lie above those of operators, which are numbered in 16 bits.
const LUCK: u64 = 1 << 16;

/// The state of one alert rule.
#[derive(Debug)]
struct Rule {
    query: Query,
    hold: SimDuration,
    /// True at every evaluation since then.
    since: Option<SimTime>,
    firing: bool,
}

/// The rules, and whether somebody is already at it.
#[derive(Debug, Default)]
pub(super) struct Watch {
    rules: Vec<Rule>,
    /// A person has been called and has not acted yet.
    called: bool,
    calls: u64,
}

impl Watch {
    pub(super) fn new(on_call: Option<&OnCall>) -> Self {
        let alerts = on_call.into_iter().flat_map(|on_call| &on_call.alerts);
        Self {
            rules: alerts.map(Rule::new).collect(),
            called: false,
            calls: 0,
        }
    }
}

impl Rule {
    fn new(alert: &Alert) -> Self {
        let query = alert.query.parse();
        Self {
            query: query.expect("a checked scenario has queries that can be read"),
            hold: alert.hold,
            since: None,
            firing: false,
        }
    }

    /// Takes note of an answer; whether the rule begins to fire.
    fn hear(&mut self, now: SimTime, holds: bool) -> bool {
        if !holds {
            (self.since, self.firing) = (None, false);
            return false;
        }
        let since = *self.since.get_or_insert(now);
        let fires = now - since >= self.hold;
        fires && !std::mem::replace(&mut self.firing, true)
    }
}

impl World<'_> {
    /// Puts the first evaluation on the calendar, at a phase of its own.
    pub(super) fn plan_watch(&mut self) {
        if self.watch.rules.is_empty() {
            return;
        }
        let mut luck = self.key.purpose(Purpose::Scrape).entity(u64::MAX).at(0);
        let first = self.variant.telemetry.evaluation.mul_f64(luck.uniform());
        self.queue.schedule(
            SimTime::ZERO + first,
            Urgency::OBSERVE,
            Event::EvaluateRules,
        );
    }

    /// One evaluation of all rules.
    pub(super) fn evaluate_rules(&mut self, now: SimTime) {
        let mut watch = std::mem::take(&mut self.watch);
        for (index, rule) in (0u16..).zip(&mut watch.rules) {
            // A rule whose evaluation fails does not fire, as in Prometheus.
            let holds = match self.ask(now, &rule.query) {
                Ok(Answer::Vector(readings)) => !readings.is_empty(),
                Ok(Answer::Scalar(_)) => true,
                Err(_) => false,
            };
            if rule.hear(now, holds) {
                self.note(now, Happening::AlertFired(index));
                self.call(now, &mut watch.called, &mut watch.calls);
            }
        }
        self.watch = watch;
        let next = now + self.variant.telemetry.evaluation;
        self.queue
            .schedule(next, Urgency::OBSERVE, Event::EvaluateRules);
    }

    fn call(&mut self, now: SimTime, called: &mut bool, calls: &mut u64) {
        let Some(on_call) = &self.variant.on_call else {
            return;
        };
        if std::mem::replace(called, true) {
            return;
        }
        let mut luck = self.key.purpose(Purpose::People).at(LUCK + *calls);
        *calls += 1;
        let mut after = |law: &Law| SimDuration::from_secs_f64(law.quantile(luck.uniform()));
        let at = now + after(&on_call.notice) + after(&on_call.act);
        self.queue.schedule(at, Urgency::OUTSIDE, Event::OnCall);
    }

    /// The person acts, if there is still something to act on.
    pub(super) fn on_call_acts(&mut self, now: SimTime) {
        self.watch.called = false;
        let Some(action) = self.variant.on_call.as_ref().map(|it| it.action) else {
            return;
        };
        if action == OnCallAction::Nothing {
            return;
        }
        let out_and_wanted: Vec<usize> = self
            .released()
            .filter(|index| self.wants_release(*index))
            .collect();
        if out_and_wanted.is_empty() {
            return;
        }
        self.note(now, Happening::OnCallActed);
        for index in out_and_wanted {
            self.take_back(now, index, action);
        }
    }

    /// What the person does to one workload.
    fn take_back(&mut self, now: SimTime, index: usize, action: OnCallAction) {
        let id = self.people.workloads[index];
        let rollout = index >= self.variant.before.deployments.len();
        let (control, out) = (&mut self.control, &mut self.outbox);
        match action {
            OnCallAction::Abort if rollout => return self.abort(now, id),
            // The release may have been undone meanwhile: kubectl then refuses, and nothing happens.
            OnCallAction::Abort | OnCallAction::Undo => {
                let _ = control.undo(now, id, Undo::Previous, out);
            }
            OnCallAction::Revert => return self.apply_objects(now, &self.variant.before),
            OnCallAction::Nothing => {}
        }
        self.empty_outbox(now);
    }
}
