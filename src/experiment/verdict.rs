//! What a comparison says in words: who does not finish, which variant is best, by how much, and
//! what these runs cannot tell apart, and what it does not notice.

use super::ranking::Ranking;
use super::results::{Difference, VariantResults};
use super::unnoticed::unnoticed;
use super::{Estimate, Ranked};
use crate::metrics::Metric;

/// Names that are said before the rest is only counted.
const NAMED: usize = 3;

/// One to four sentences, and what goes unnoticed.
pub(super) fn verdict(
    variants: &[VariantResults],
    differences: &[Difference],
    ranking: &Ranking,
) -> String {
    let best = &variants[ranking.best];
    let name = |index: &usize| variants[*index].name.as_str();
    let mut sentences = Vec::new();
    sentences.extend(unfinished(
        best,
        ranking.behind.iter().map(|it| &variants[*it]),
    ));
    let opening = match (variants.len(), variants.len() - ranking.behind.len()) {
        (1, _) => format!("`{}`: {}.", best.name, harm(best)),
        (_, running) if running > 1 && ranking.alike.len() + 1 == running => {
            let which = if ranking.behind.is_empty() {
                "the"
            } else {
                "the other"
            };
            format!(
                "No winner: these runs cannot tell {which} {running} variants apart in users hurt \
                 or downtime. {} is `{}`: {}.",
                tie_breaker(ranking),
                best.name,
                harm(best)
            )
        }
        _ => format!(
            "Best is `{}`: {}{}.",
            best.name,
            harm(best),
            against(ranking, differences)
        ),
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
    sentences.extend(unnoticed(variants));
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
        (true, Some(own)) => {
            let who = match (finished.share == 0.0, own.as_str()) {
                (true, _) => format!("No {what} finishes"),
                (false, "0 %") => format!("Fewer than 1 % of {what}s finish"),
                (false, own) => format!("Only {own} of {what}s finish"),
            };
            Some(format!("{who} in time, whatever the variant."))
        }
        (false, own) => {
            let verb = if behind.len() == 1 { "does" } else { "do" };
            let best = own.unwrap_or_else(|| share_finished(best));
            Some(format!(
                "{} {verb} not finish {what}s as often as the best ({best}).",
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
    let good = variant
        .by_truth
        .iter()
        .find(|it| it.name == "nothing wrong");
    let all = variant.outcomes.get("promoted").map_or(1.0, |it| it.mean);
    match good {
        Some(good) => Finished {
            share: good.promoted.mean,
            what: "good release",
        },
        None => Finished {
            share: all,
            what: "release",
        },
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
    let down = down
        .filter(|it| !none(it))
        .and_then(|it| said(it, 1.0, " s"));
    let down = down.map_or_else(
        || " and brings no downtime".to_owned(),
        |it| format!(", with {it} of downtime"),
    );
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
    let precision = width.max(fourth_digit(mean));
    Some(match width <= 1e-9 * mean.abs() {
        true => format!("{}{unit}", round(mean, mean.abs())),
        false => format!(
            "{}{unit} ({} to {})",
            round(mean, precision),
            round(low, precision),
            round(high, precision)
        ),
    })
}

/// What [`round`] takes for four digits of a number: more are not legible in a sentence.
fn fourth_digit(value: f64) -> f64 {
    match value == 0.0 {
        true => 0.0,
        false => libm::pow(10.0, libm::floor(libm::log10(value.abs())) - 2.0),
    }
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
    let Some(difference) = ranking
        .best
        .checked_sub(1)
        .and_then(|it| differences.get(it))
    else {
        return String::new();
    };
    let users = difference.metrics.of(Metric::UsersAffected);
    let first = &difference.against;
    let Some((mean, low, high)) = users.and_then(|it| Some((it.mean?, it.low?, it.high?))) else {
        return String::new();
    };
    let (mean, low, high) = (100.0 * mean, 100.0 * low, 100.0 * high);
    let width = (high - low) / 2.0;
    let width = if width > 1e-9 * mean.abs() {
        width
    } else {
        mean.abs()
    };
    let number = |value: f64| round(value, width);
    if mean == 0.0 && low == 0.0 && high == 0.0 {
        return format!(", as `{first}` does");
    }
    match (low > 0.0, high < 0.0) {
        (_, true) => format!(
            "; that is {} percentage points fewer than `{first}` ({} to {})",
            number(-mean),
            number(-high),
            number(-low)
        ),
        (true, _) => format!(
            "; that is {} percentage points more than `{first}` ({} to {})",
            number(mean),
            number(low),
            number(high)
        ),
        _ => format!(
            "; in users hurt it may differ from `{first}` by luck alone ({} to {} percentage points)",
            number(low),
            number(high)
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
pub(super) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names
        .iter()
        .map(|name| {
            if name.starts_with('`') {
                (*name).to_owned()
            } else {
                format!("`{name}`")
            }
        })
        .collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= NAMED + 1 => {
            format!("{} and {last}", first.join(", "))
        }
        many => format!(
            "{} and {} more",
            many[..NAMED].join(", "),
            many.len() - NAMED
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn estimate(mean: f64, low: f64, high: f64) -> Value {
        json!({ "mean": mean, "low": low, "high": high, "level": 0.95, "runs": 100 })
    }

    fn share(mean: f64) -> Value {
        json!({ "mean": mean, "low": mean, "high": mean, "level": 0.95, "runs": 100 })
    }

    /// Users hurt 1.2 % (1 to 1.4), 5 s of downtime (3 to 7); `good` of good releases finish.
    fn variant(name: &str, good: f64) -> VariantResults {
        let truth = json!({
            "name": "nothing wrong", "chance": 1.0, "runs": 100, "promoted": share(good),
            "metrics": {},
        });
        let variant = json!({
            "name": name,
            "metrics": {
                "users_affected_excess": estimate(0.012, 0.010, 0.014),
                "downtime_seconds_excess": estimate(5.0, 3.0, 7.0),
            },
            "outcomes": { "promoted": share(good) },
            "reasons": {}, "median_run": 0, "by_truth": [truth], "downtime_seconds_sorted": [],
        });
        serde_json::from_value(variant).unwrap()
    }

    fn difference(variant: &str, users: [f64; 3]) -> Difference {
        let [mean, low, high] = users;
        let difference = json!({
            "variant": variant, "against": "a",
            "metrics": { "users_affected": estimate(mean, low, high) },
        });
        serde_json::from_value(difference).unwrap()
    }

    fn ranking(best: usize, alike: &[usize], behind: &[usize], why: &str) -> Ranking {
        let first = Ranked {
            variant: String::new(),
            place: 1,
            why: why.to_owned(),
        };
        Ranking {
            places: vec![first],
            best,
            alike: alike.to_vec(),
            behind: behind.to_vec(),
        }
    }

    const HARM: &str = "its rollout hurts 1.20 % (1.00 to 1.40) of users, with 5.0 s (3.0 to 7.0) \
                        of downtime";

    #[test]
    fn a_single_variant_is_told_without_comparison() {
        let said = verdict(&[variant("a", 1.0)], &[], &ranking(0, &[], &[], ""));
        assert_eq!(said, format!("`a`: {HARM}."));
        let said = verdict(&[variant("a", 0.4)], &[], &ranking(0, &[], &[], ""));
        let slow = "Only 40 % of good releases finish in time, whatever the variant.";
        assert_eq!(said, format!("{slow} `a`: {HARM}."));
        let said = verdict(&[variant("a", 0.0)], &[], &ranking(0, &[], &[], ""));
        let none = "No good release finishes in time, whatever the variant.";
        assert_eq!(said, format!("{none} `a`: {HARM}."));
        let said = verdict(&[variant("a", 0.004)], &[], &ranking(0, &[], &[], ""));
        let few = "Fewer than 1 % of good releases finish in time, whatever the variant.";
        assert_eq!(said, format!("{few} `a`: {HARM}."));
    }

    #[test]
    fn a_clear_winner_is_set_against_the_first() {
        let two = [variant("a", 1.0), variant("b", 1.0)];
        let alone = ranking(1, &[], &[], "fewest users hurt");
        let end = "Every other variant is clearly behind in users hurt, downtime or finishing.";
        for (users, against) in [
            (
                [-0.02, -0.03, -0.01],
                "; that is 2.0 percentage points fewer than `a` (1.0 to 3.0)",
            ),
            (
                [0.02, 0.01, 0.03],
                "; that is 2.0 percentage points more than `a` (1.0 to 3.0)",
            ),
            (
                [0.0, -0.01, 0.01],
                "; in users hurt it may differ from `a` by luck alone (−1.0 to 1.0 percentage \
                 points)",
            ),
            ([0.0, 0.0, 0.0], ", as `a` does"),
        ] {
            let said = verdict(&two, &[difference("b", users)], &alone);
            assert_eq!(said, format!("Best is `b`: {HARM}{against}. {end}"));
        }
        let first = verdict(
            &two,
            &[difference("b", [0.02, 0.01, 0.03])],
            &ranking(0, &[], &[], ""),
        );
        assert_eq!(first, format!("Best is `a`: {HARM}. {end}"));
    }

    #[test]
    fn ties_are_said() {
        let names = ["a", "b", "c", "d", "e", "f"];
        let six: Vec<VariantResults> = names.iter().map(|name| variant(name, 1.0)).collect();
        let none: Vec<Difference> = Vec::new();
        let said = verdict(&six, &none, &ranking(0, &[1, 2, 3, 4, 5], &[], "cheapest"));
        let tie =
            "No winner: these runs cannot tell the 6 variants apart in users hurt or downtime.";
        assert_eq!(said, format!("{tie} The cheapest is `a`: {HARM}."));
        let said = verdict(
            &six,
            &none,
            &ranking(0, &[1, 2], &[], "listed first among equals"),
        );
        let some = "These runs cannot tell it from `b` and `c` in users hurt or downtime; it is \
                    named because it is listed first.";
        assert_eq!(said, format!("Best is `a`: {HARM}. {some}"));
        assert_eq!(list(&["a", "b", "c", "d"]), "`a`, `b`, `c` and `d`");
        assert_eq!(list(&names), "`a`, `b`, `c` and 3 more");
    }

    #[test]
    fn who_does_not_finish_is_said_first() {
        let three = [variant("a", 1.0), variant("b", 0.658), variant("c", 1.0)];
        let said = verdict(&three, &[], &ranking(0, &[2], &[1], "cheapest"));
        assert_eq!(
            said,
            format!(
                "`b` (66 %) does not finish good releases as often as the best (100 %). No winner: \
                 these runs cannot tell the other 2 variants apart in users hurt or downtime. The \
                 cheapest is `a`: {HARM}."
            )
        );
    }

    #[test]
    fn four_digits_are_the_most_of_a_number_and_its_interval() {
        let narrow: Estimate = serde_json::from_value(estimate(251.57, 251.18, 251.97)).unwrap();
        assert_eq!(
            super::said(&narrow, 1.0, " s").unwrap(),
            "251.6 s (251.2 to 252.0)"
        );
    }

    #[test]
    fn no_harm_is_said_as_such() {
        let mut quiet = variant("a", 1.0);
        quiet.metrics = serde_json::from_value(json!({
            "users_affected_excess": estimate(0.0, 0.0, 0.0),
            "downtime_seconds_excess": estimate(0.0, 0.0, 0.0),
        }))
        .unwrap();
        let said = harm(&quiet);
        assert_eq!(
            said,
            "its rollout hurts no user in any run and brings no downtime"
        );
    }
}
