//! Calls of functions, from the grammar's tree to ours.

use promql_parser::parser::{Call, Expr};
use regex::Regex;

use super::error::QueryError;
use super::expression::{Expression, Order};
use super::function::{OVER_RANGES, POINTWISE};
use super::lower::{Lowered, NO_CALENDAR, lowered, ranged, refused, selector, vector};
use super::place::word;
use super::relabel::Relabel;

/// Functions of the calendar.
const DATES: [&str; 8] = [
    "minute",
    "hour",
    "day_of_week",
    "day_of_month",
    "day_of_year",
    "days_in_month",
    "month",
    "year",
];

pub(super) fn call(of: &Call, text: &str) -> Lowered<Expression> {
    let name = of.func.name;
    let arguments: Vec<&Expr> = of.args.args.iter().map(|argument| &**argument).collect();
    if let Some((_, function)) = OVER_RANGES.iter().find(|(known, _)| *known == name) {
        // The parameter stands before the range or behind it.
        let (range, scalars): (Vec<&Expr>, Vec<&Expr>) = arguments
            .into_iter()
            .partition(|argument| is_range(argument));
        let [range] = range[..] else {
            return Err(QueryError::new(word(text, name), "one range is needed"));
        };
        let scalar = scalars.first().map(|scalar| lowered(scalar, text));
        let scalar = scalar.transpose()?.map(Box::new);
        return Ok(Expression::Overall(*function, scalar, ranged(range, text)?));
    }
    if let (Some((_, function)), [of, scalars @ ..]) = (
        POINTWISE.iter().find(|(known, _)| *known == name),
        &*arguments,
    ) {
        let scalars = scalars.iter().map(|scalar| lowered(scalar, text));
        let scalars = scalars.collect::<Lowered<Vec<_>>>()?;
        return Ok(Expression::Pointwise(*function, scalars, boxed(of, text)?));
    }
    other(name, &arguments, text)
}

fn other(name: &str, arguments: &[&Expr], text: &str) -> Lowered<Expression> {
    Ok(match (name, arguments) {
        ("time", []) => Expression::Time,
        ("vector", [of]) => Expression::Spread(Box::new(lowered(of, text)?)),
        ("scalar", [of]) => Expression::Single(boxed(of, text)?),
        ("sort", [of]) => Expression::Sorted(Order::Rising, boxed(of, text)?),
        ("sort_desc", [of]) => Expression::Sorted(Order::Falling, boxed(of, text)?),
        ("absent", [of]) => {
            let of_selector = match unwrapped(of) {
                Expr::VectorSelector(of) => Some(selector(of, text)?),
                _ => None,
            };
            Expression::Absent(of_selector, boxed(of, text)?)
        }
        ("absent_over_time", [of]) => Expression::AbsentOverTime(ranged(of, text)?),
        ("timestamp", [of]) => match unwrapped(of) {
            Expr::VectorSelector(of) => Expression::Scraped(selector(of, text)?),
            _ => return Err(refused(text, name, "only of a plain selector")),
        },
        ("histogram_quantile", [level, of]) => {
            Expression::Quantile(Box::new(lowered(level, text)?), boxed(of, text)?)
        }
        ("label_replace" | "label_join", [of, texts @ ..]) => {
            let relabel = relabel(name, texts, text)?;
            Expression::Relabelled(relabel, boxed(of, text)?)
        }
        _ if DATES.contains(&name) => return Err(refused(text, name, NO_CALENDAR)),
        _ => return Err(refused(text, name, "no rollout was seen to need it")),
    })
}

fn relabel(name: &str, texts: &[&Expr], text: &str) -> Lowered<Relabel> {
    let values = texts.iter().map(|of| match unwrapped(of) {
        Expr::StringLiteral(literal) => Ok(literal.val.clone()),
        _ => Err(QueryError::new(word(text, name), "a text is needed")),
    });
    let values = values.collect::<Lowered<Vec<_>>>()?;
    match (name, &*values) {
        ("label_replace", [target, replacement, source, pattern]) => {
            let whole = Regex::new(&format!("^(?:{pattern})$"));
            let illegal =
                |_| QueryError::new(word(text, name), format!("illegal regex for {pattern}"));
            Ok(Relabel::Replace {
                target: target.clone(),
                replacement: replacement.clone(),
                source: source.clone(),
                pattern: whole.map_err(illegal)?,
            })
        }
        (_, [target, separator, sources @ ..]) => Ok(Relabel::Join {
            target: target.clone(),
            separator: separator.clone(),
            sources: sources.to_vec(),
        }),
        _ => Err(QueryError::new(word(text, name), "more texts are needed")),
    }
}

fn boxed(of: &Expr, text: &str) -> Lowered<Box<Expression>> {
    vector(of, text).map(Box::new)
}

fn unwrapped(of: &Expr) -> &Expr {
    match of {
        Expr::Paren(paren) => unwrapped(&paren.expr),
        other => other,
    }
}

fn is_range(of: &Expr) -> bool {
    matches!(unwrapped(of), Expr::MatrixSelector(_) | Expr::Subquery(_))
}
