//! `arrivals`: when requests come.

use crate::document::{Diagnostic, Diagnostics, FileId, FromNode, MapReader, Node, Span};
use crate::scenario::library::Library;
use crate::traffic::Arrivals;
use crate::units::{Rate, Ratio, SimDuration};

/// Points per period of a diurnal curve: a chord of 1/96 of a sine is off by at most
/// 1 − cos(π/96) = 0.05 % of the amplitude.
const DIURNAL_POINTS: u64 = 96;

/// The kinds of arrivals, for messages.
const KINDS: &str = "`poisson`, `constant`, `piecewise`, `diurnal`, `ramp`, `bursts` or `csv`";

/// Reads `arrivals = { kind = { … } }`.
pub(super) fn read_arrivals(
    node: &Node,
    library: &mut Library,
    problems: &mut Diagnostics,
) -> Option<Arrivals> {
    let mut reader = MapReader::open(node, "`arrivals`", problems)?;
    let span = reader.span();
    let mut kinds = vec![
        of_kind(&mut reader, "poisson", |kind| {
            let rate = kind.required_quantity("rate")?;
            Some(Arrivals::Poisson { rate })
        }),
        of_kind(&mut reader, "constant", |kind| {
            let rate = kind.required_quantity("rate")?;
            Some(Arrivals::Constant { rate })
        }),
        of_kind(&mut reader, "piecewise", read_piecewise),
        of_kind(&mut reader, "diurnal", read_diurnal),
        of_kind(&mut reader, "ramp", read_ramp),
        of_kind(&mut reader, "bursts", read_bursts),
        of_kind(&mut reader, "csv", |kind| read_csv(kind, library)),
    ];
    kinds.retain(Option::is_some);
    let count = kinds.len();
    reader.finish();
    if count != 1 {
        let finding = Diagnostic::error(format!("{count} kinds of arrivals"))
            .at(span)
            .label(format!("expected one of {KINDS}"));
        problems.push(finding);
    }
    kinds.pop().flatten().flatten()
}

/// `None`: this kind is not written; `Some(None)`: it is, and wrong.
fn of_kind<'a>(
    reader: &mut MapReader<'a, '_>,
    key: &'a str,
    read: impl FnOnce(&mut MapReader<'a, '_>) -> Option<Arrivals>,
) -> Option<Option<Arrivals>> {
    if !reader.has(key) {
        reader.skip([key]);
        return None;
    }
    let Some(mut kind) = reader.map(key) else {
        return Some(None);
    };
    let arrivals = read(&mut kind);
    kind.finish();
    Some(arrivals)
}

fn read_piecewise(reader: &mut MapReader<'_, '_>) -> Option<Arrivals> {
    let period = reader.quantity("period");
    let step = reader.optional("step").unwrap_or(false);
    let nodes = reader.list("points");
    if nodes.is_none() && !reader.has("points") {
        reader.required_node("points");
    }
    let mut points = Vec::new();
    for node in nodes? {
        let mut point = MapReader::open(node, "a point", reader.problems())?;
        let at = point.required_quantity("at");
        let rate = point.required_quantity("rate");
        point.finish();
        points.push((at?, rate?));
    }
    check_points(&points, period, reader)?;
    Some(Arrivals::Piecewise {
        points,
        period,
        step,
    })
}

fn check_points(
    points: &[(SimDuration, Rate)],
    period: Option<SimDuration>,
    reader: &mut MapReader<'_, '_>,
) -> Option<()> {
    let ascending = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let from_zero = points.first().is_some_and(|(at, _)| at.is_zero());
    let last = points.last().map_or(SimDuration::ZERO, |(at, _)| *at);
    let rule = if !from_zero {
        "expected the first point at `0s`"
    } else if !ascending {
        "expected points in ascending order of `at`"
    } else if period.is_some_and(|period| period <= last) {
        "expected a `period` that ends after the last point"
    } else {
        return Some(());
    };
    let finding = Diagnostic::error("these points are no course of a rate")
        .at(reader.value_span("points"))
        .label(rule);
    reader.problems().push(finding);
    None
}

/// `mean · (1 + amplitude · cos(2π (t − peak) / period))`, linear between 96 points a period.
fn read_diurnal(reader: &mut MapReader<'_, '_>) -> Option<Arrivals> {
    let mean: Option<Rate> = reader.required_quantity("mean");
    let amplitude: Option<Ratio> = reader.required_quantity("amplitude");
    let period: Option<SimDuration> = reader.required_quantity("period");
    let peak: Option<SimDuration> = reader.quantity("peak");
    let (mean, amplitude, period) = (mean?, amplitude?, period?);
    if period < SimDuration::from_secs(DIURNAL_POINTS) {
        let finding = Diagnostic::error(format!("a diurnal period of {period}"))
            .at(reader.value_span("period"))
            .label(format!("expected at least {DIURNAL_POINTS}s"));
        reader.problems().push(finding);
        return None;
    }
    let peak = peak.unwrap_or(period / 4);
    let rate_at = |index: u64| {
        let at = period * index / DIURNAL_POINTS;
        let turn = (at.as_secs_f64() - peak.as_secs_f64()) / period.as_secs_f64();
        let wave = libm::cos(2.0 * std::f64::consts::PI * turn);
        let rate = mean.as_per_second() * (1.0 + amplitude.as_fraction() * wave);
        let rate = Rate::per_second(rate.max(0.0));
        (at, rate.expect("at most twice a rate that was read"))
    };
    Some(Arrivals::Piecewise {
        points: (0..DIURNAL_POINTS).map(rate_at).collect(),
        period: Some(period),
        step: false,
    })
}

fn read_ramp(reader: &mut MapReader<'_, '_>) -> Option<Arrivals> {
    let from: Option<Rate> = reader.required_quantity("from");
    let to: Option<Rate> = reader.required_quantity("to");
    let start = reader.quantity("start").unwrap_or(SimDuration::ZERO);
    let end: Option<SimDuration> = reader.required_quantity("end");
    let (from, to, end) = (from?, to?, end?);
    if end <= start {
        let finding = Diagnostic::error(format!("a ramp that ends at {end}, starting at {start}"))
            .at(reader.value_span("end"))
            .label("expected an `end` after `start`");
        reader.problems().push(finding);
        return None;
    }
    let mut points = vec![(SimDuration::ZERO, from), (start, from), (end, to)];
    points.dedup_by_key(|(at, _)| *at);
    Some(Arrivals::Piecewise {
        points,
        period: None,
        step: false,
    })
}

fn read_bursts(reader: &mut MapReader<'_, '_>) -> Option<Arrivals> {
    let quiet = reader.required_quantity("quiet");
    let busy = reader.required_quantity("busy");
    let quiet_for: Option<SimDuration> = reader.required_quantity("quiet-for");
    let busy_for: Option<SimDuration> = reader.required_quantity("busy-for");
    for (key, mean) in [("quiet-for", quiet_for), ("busy-for", busy_for)] {
        if mean.is_some_and(SimDuration::is_zero) {
            let finding = Diagnostic::error(format!("`{key}` is no time at all"))
                .at(reader.value_span(key))
                .label("expected a mean time above `0s`");
            reader.problems().push(finding);
        }
    }
    Some(Arrivals::Bursts {
        quiet: quiet?,
        busy: busy?,
        quiet_for: quiet_for?,
        busy_for: busy_for?,
    })
}

/// `csv = { file = "rates.csv" }`: columns `time_s`, `rate_per_s`; each rate holds until the next.
fn read_csv(reader: &mut MapReader<'_, '_>, library: &mut Library) -> Option<Arrivals> {
    let node = reader.required_node("file")?;
    let read = String::from_node(node).and_then(|name| points_of_file(&name, node, library));
    match read {
        Ok(points) => {
            check_points_of_csv(&points, reader)?;
            Some(Arrivals::Piecewise {
                points,
                period: None,
                step: true,
            })
        }
        Err(problem) => {
            reader.problems().push(problem);
            None
        }
    }
}

fn check_points_of_csv(
    points: &[(SimDuration, Rate)],
    reader: &mut MapReader<'_, '_>,
) -> Option<()> {
    let ascending = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
    if ascending && points.first().is_some_and(|(at, _)| at.is_zero()) {
        return Some(());
    }
    let finding = Diagnostic::error("the rows of this file are no course of a rate")
        .at(reader.value_span("file"))
        .label("expected the first `time_s` at 0 and each later than the one before");
    reader.problems().push(finding);
    None
}

fn points_of_file(
    name: &str,
    node: &Node,
    library: &mut Library,
) -> Result<Vec<(SimDuration, Rate)>, Diagnostic> {
    let file = library.text(name, node.span)?;
    let text = library.sources.text(file);
    let mut rows = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = rows
        .headers()
        .is_ok_and(|names| *names == vec!["time_s", "rate_per_s"]);
    if !header {
        return Err(Diagnostic::error("not a file of rates")
            .at(line_at(text, file, 0))
            .label("expected the header `time_s,rate_per_s`"));
    }
    rows.records()
        .map(|row| {
            let start = match &row {
                Ok(row) => row.position().map_or(0, csv::Position::byte),
                Err(error) => error.position().map_or(0, csv::Position::byte),
            };
            point_of(row.ok()).ok_or_else(|| {
                Diagnostic::error("not a row of rates")
                    .at(line_at(text, file, start as usize))
                    .label("expected seconds and requests per second, neither negative")
            })
        })
        .collect()
}

fn point_of(row: Option<csv::StringRecord>) -> Option<(SimDuration, Rate)> {
    let row = row?;
    let number = |column: usize| row.get(column)?.parse::<f64>().ok();
    let at = number(0).filter(|at| (0.0..=1e9).contains(at))?;
    let rate = number(1).and_then(Rate::per_second)?;
    Some((SimDuration::from_secs_f64(at), rate))
}

fn line_at(text: &str, file: FileId, start: usize) -> Span {
    let start = start.min(text.len());
    let length = text[start..].lines().next().map_or(0, str::len);
    Span {
        file,
        start,
        end: start + length,
    }
}
