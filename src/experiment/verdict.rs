//! What a comparison says in words: who does not finish, which variant is best, by how much, and
//! what these runs cannot tell apart.

use super::ranking::Ranking;
use super::results::{Difference, VariantResults};
use super::{Estimate, Ranked};
use crate::metrics::Metric;

/// Names that are said before the rest is only counted.
const NAMED: usize = 3;

/// One to four sentences.
pub(super) fn verdict(
    variants: &[VariantResults],
    differences: &[Difference],
    ranking: &Ranking,
) -> String {
    let best = &variants[ranking.best];
    let name = |index: &usize| variants[*index].name.as_str();
    let mut sentences = Vec::new();
    sentences.extend(unfinished(best, ranking.behind.iter().map(|it| &variants[*it])));
    let opening = match (variants.len(), variants.len() - ranking.behind.len()) {
        (1, _) => format!("`{}`: {}.", best.name, harm(best)),
        (_, running) if running > 1 && ranking.alike.len() + 1 == running => {
            let which = if ranking.behind.is_empty() { "the" } else { "the other" };
            format!(
                "No winner: these runs cannot tell {which} {running} variants apart in users hurt \
                 or downtime. {} is `{}`: {}.",
                tie_breaker(ranking), best.name, harm(best)
            )
        }
        _ => format!("Best is `{}`: {}{}.", best.name, harm(best), against(ranking, differences)),
    };
    let all_alike = opening.starts_with("No winner");
    sentences.push(opening);
    if variants.len() > 1 && !all_alike {
        let alike: Vec<&str> = ranking.alike.iter().map(name).collect();
        sentences.push(match alike.is_empty() {
            true => "Every other variant is clearly behind in users hurt, downtime or finishing."
                .to_owned(),
            false => format!(
                "These runs cannot tell it from {} in users hurt or downtime; {}.",
                list(&alike),
                chosen_by(&ranking.places)
            ),
        });
    }
    sentences.join(" ")
}

/// Who does not get good releases out; said first, because harm is cheap to avoid by not shipping.
fn unfinished<'a>(
    best: &VariantResults,
    behind: impl Iterator<Item = &'a VariantResults>,
) -> Option<String> {
    let behind: Vec<String> = behind
        .map(|it| format!("`{}` ({})", it.name, share_finished(it)))
        .collect();
    let finished = finished(best);
    let own = (finished.share < 0.995).then(|| share_finished(best));
    let what = finished.what;
    match (behind.is_empty(), own) {
        (true, None) => None,
        (true, Some(own)) => Some(format!("Only {own} of {what} finish in time, whatever the variant.")),
        (false, own) => {
            let verb = if behind.len() == 1 { "does" } else { "do" };
            let best = own.unwrap_or_else(|| share_finished(best));
            Some(format!(
                "{} {verb} not finish {what} as often as the best ({best}).",
                list(&behind.iter().map(String::as_str).collect::<Vec<_>>())
            ))
        }
    }
}

struct Finished {
    share: f64,
    what: &'static str,
}

/// The share of good releases that were promoted; of all, if no run was good.
fn finished(variant: &VariantResults) -> Finished {
    let good = variant.by_truth.iter().find(|it| it.name == "nothing wrong");
    let all = variant.outcomes.get("promoted").map_or(1.0, |it| it.mean);
    match good {
        Some(good) => Finished { share: good.promoted.mean, what: "good releases" },
        None => Finished { share: all, what: "releases" },
    }
}

fn share_finished(variant: &VariantResults) -> String {
    format!("{:.0} %", 100.0 * finished(variant).share)
}

/// What the best one costs its users.
fn harm(best: &VariantResults) -> String {
    let released = best.metrics.excess_of(Metric::UsersAffected).is_some();
    let who = if released { "its rollout" } else { "it" };
    let users = best.metrics.excess_or_itself(Metric::UsersAffected);
    let down = best.metrics.excess_or_itself(Metric::DowntimeSeconds);
    let Some(hurt) = users.and_then(|it| said(it, 100.0, " %")) else {
        return "no run has a number of users hurt".to_owned();
    };
    let none = |it: &Estimate| it.mean == Some(0.0) && it.low == Some(0.0) && it.high == Some(0.0);
    let down = down.filter(|it| !none(it)).and_then(|it| said(it, 1.0, " s"));
    let down = down.map_or_else(|| " and brings no downtime".to_owned(), |it| format!(", with {it} of downtime"));
    match users.is_some_and(none) {
        true => format!("{who} hurts no user in any run{down}"),
        false => format!("{who} hurts {hurt} of users{down}"),
    }
}

/// `0.59 % (0.37 to 0.82)`.
fn said(estimate: &Estimate, factor: f64, unit: &str) -> Option<String> {
    let mean = factor * estimate.mean?;
    let Some((low, high)) = estimate.low.zip(estimate.high) else {
        return Some(format!("{}{unit}", round(mean, mean.abs())));
    };
    let (low, high) = (factor * low, factor * high);
    let width = (high - low) / 2.0;
    Some(match width <= 1e-9 * mean.abs() {
        true => format!("{}{unit}", round(mean, mean.abs())),
        false => format!(
            "{}{unit} ({} to {})",
            round(mean, width),
            round(low, width),
            round(high, width)
        ),
    })
}

/// With two digits of what it is precise to, a true minus sign, and no negative zero.
fn round(value: f64, precision: f64) -> String {
    let decimals = match precision > 0.0 {
        true => (1.0 - libm::floor(libm::log10(precision))).clamp(0.0, 9.0) as usize,
        false => 0,
    };
    let text = format!("{:.decimals$}", value.abs());
    let zero = text.chars().all(|it| matches!(it, '0' | '.'));
    match value < 0.0 && !zero {
        true => format!("−{text}"),
        false => text,
    }
}

/// The best against the first variant, where they are not the same.
fn against(ranking: &Ranking, differences: &[Difference]) -> String {
    let Some(difference) = ranking.best.checked_sub(1).and_then(|it| differences.get(it)) else {
        return String::new();
    };
    let users = difference.metrics.of(Metric::UsersAffected);
    let first = &difference.against;
    let Some((mean, low, high)) = users.and_then(|it| Some((it.mean?, it.low?, it.high?))) else {
        return String::new();
    };
    let (mean, low, high) = (100.0 * mean, 100.0 * low, 100.0 * high);
    let width = (high - low) / 2.0;
    let width = if width > 1e-9 * mean.abs() { width } else { mean.abs() };
    let number = |value: f64| round(value, width);
    if mean == 0.0 && low == 0.0 && high == 0.0 {
        return format!(", as `{first}` does");
    }
    match (low > 0.0, high < 0.0) {
        (_, true) => format!(
            "; that is {} percentage points fewer than `{first}` ({} to {})",
            number(-mean), number(-high), number(-low)
        ),
        (true, _) => format!(
            "; that is {} percentage points more than `{first}` ({} to {})",
            number(mean), number(low), number(high)
        ),
        _ => format!(
            "; in users hurt it may differ from `{first}` by luck alone ({} to {} percentage points)",
            number(low), number(high)
        ),
    }
}

/// How the best among those alike was chosen, at the start of a sentence.
fn tie_breaker(ranking: &Ranking) -> &'static str {
    match ranking.places.first().map(|it| it.why.as_str()) {
        Some("cheapest") => "The cheapest",
        _ => "The first",
    }
}

fn chosen_by(places: &[Ranked]) -> &'static str {
    match places.first().map(|it| it.why.as_str()) {
        Some("cheapest") => "it is the cheapest of them",
        _ => "it is named because it is listed first",
    }
}

/// `a, b and c`, or `a, b, c and 4 more`.
fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names
        .iter()
        .map(|name| if name.starts_with('`') { (*name).to_owned() } else { format!("`{name}`") })
        .collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= NAMED + 1 => format!("{} and {last}", first.join(", ")),
        many => format!("{} and {} more", many[..NAMED].join(", "), many.len() - NAMED),
    }
}
