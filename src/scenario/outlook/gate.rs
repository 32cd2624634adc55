//! A metric as a gate on a share of good answers, where it is one.

use super::series::family_of;
use super::{Asked, Kin, SeriesOf};
use crate::control::argo_rollouts::analysis::Phase;
use crate::stats::SuccessGate;
use crate::telemetry::promql::{Looks, Selection, Share};
use crate::units::Ratio;

/// A gate whose chances can be told.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    /// All requests it looks at.
    pub(super) whole: Selection,
    pub(super) looks: Looks,
    pub(super) verdict: Verdict,
    /// Which requests stand above the line.
    pub(super) counts: Counted,
    /// What is said where there is no series.
    pub(super) of_nothing: Phase,
    /// What is said of 0 / 0.
    pub(super) of_nan: Phase,
}

/// What it says of a share of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It passes whatever fails.
    Never,
    /// It fails even where nothing fails.
    Always,
    /// It fails above a limit.
    Above(SuccessGate),
}

/// Which requests are counted above the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    Good,
    Failed,
}

/// The labels that a code is in.
const CODE_LABELS: [&str; 3] = ["status", "code", "response_code"];

/// Shares of failures are probed in thousandths, limits found in billionths.
const PROBES: u32 = 1000;
const WHOLE: u32 = 1_000_000_000;

impl Gate {
    /// # Errors
    /// Why its chances are not known before a run.
    pub(super) fn of(asked: &Asked, series: &SeriesOf) -> Result<Self, String> {
        let share = asked.query.share();
        let share = share.ok_or("the query is no share of requests that is known in form")?;
        let counts = counted(&share, series)?;
        Ok(Self {
            verdict: verdict(asked, &share, counts)?,
            counts,
            looks: share.looks,
            of_nothing: asked.judge.of_nothing(),
            of_nan: asked.judge.of_number(f64::NAN),
            whole: share.whole,
        })
    }

    /// The scraped range; absent where all that was counted is looked at.
    pub(super) fn range(&self) -> Option<f64> {
        self.whole.range.map(|range| range.as_secs_f64())
    }
}

fn counted(share: &Share, series: &SeriesOf) -> Result<Counted, String> {
    let (part, whole) = (&share.part, &share.whole);
    let counter = |selection| family_of(selection).is_some_and(|it| it.name.ends_with("_total"));
    if !counter(part) || !part.is_same_but_for(&CODE_LABELS, whole) {
        return Err("the query does not divide counted requests by all of the same".to_owned());
    }
    let has = |selection: &Selection, code: &str| {
        let of_code = |kin: &&Kin| kin.code == code;
        series
            .kin
            .iter()
            .filter(of_code)
            .any(|kin| kin.is_selected(selection))
    };
    match (
        has(part, "200"),
        has(part, "500"),
        has(whole, "200"),
        has(whole, "500"),
    ) {
        (true, false, true, true) => Ok(Counted::Good),
        (false, true, true, true) => Ok(Counted::Failed),
        _ => Err("the query does not tell good answers from failed ones".to_owned()),
    }
}

fn verdict(asked: &Asked, share: &Share, counts: Counted) -> Result<Verdict, String> {
    let phase = |failed: u32| {
        let part = match counts {
            Counted::Good => WHOLE - failed,
            Counted::Failed => failed,
        };
        let value = f64::from(part) / f64::from(WHOLE);
        asked.judge.of_number(share.scale * value + share.shift)
    };
    let probes: Vec<u32> = (0..=PROBES).map(|step| step * (WHOLE / PROBES)).collect();
    let phases: Vec<Phase> = probes.iter().map(|failed| phase(*failed)).collect();
    let passing = phases
        .iter()
        .take_while(|phase| **phase == Phase::Successful)
        .count();
    if phases[passing..]
        .iter()
        .any(|phase| *phase != Phase::Failed)
    {
        return Err("the conditions are no single limit on the share".to_owned());
    }
    if passing == 0 || passing == phases.len() {
        return Ok(if passing == 0 {
            Verdict::Always
        } else {
            Verdict::Never
        });
    }
    let (mut passes, mut fails) = (probes[passing - 1], probes[passing]);
    while fails - passes > 1 {
        let middle = passes + (fails - passes) / 2;
        match phase(middle) {
            Phase::Successful => passes = middle,
            _ => fails = middle,
        }
    }
    let limit = Ratio::from_fraction(f64::from(WHOLE - passes) / f64::from(WHOLE));
    let limit = limit.expect("a part of the whole");
    Ok(Verdict::Above(SuccessGate { limit }))
}
