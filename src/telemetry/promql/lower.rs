//! From the grammar's tree to ours: checks that the grammar leaves to the evaluator are made here.

use std::time::Duration;

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::{
    AggregateExpr, AtModifier, BinaryExpr, Expr, LabelModifier, Offset, VectorMatchCardinality,
    VectorSelector,
};

use super::aggregate::{Aggregation, Function};
use super::arithmetic::{Calculation, Combination, Comparison, Operator, Verdict};
use super::element::NAME;
use super::error::QueryError;
use super::expression::{Binary, Expression, Grouping, Kind, Many, Matching, Ranged, Selector};
use super::lower_call::call;
use super::place::word;

pub(super) type Lowered<T> = Result<T, QueryError>;

/// Milliseconds between the steps of a subquery that names none: Prometheus' default interval.
const STEP_MS: i64 = 60_000;

/// Steps that one subquery may have: as many points as a Prometheus answers in one range query.
const STEPS_MAX: i64 = 11_000;

/// The tree of a query, checked.
pub(super) fn lowered(expression: &Expr, text: &str) -> Lowered<Expression> {
    match expression {
        Expr::Paren(paren) => lowered(&paren.expr, text),
        Expr::NumberLiteral(number) => Ok(Expression::Number(number.val)),
        Expr::VectorSelector(of) => Ok(Expression::Select(selector(of, text)?)),
        Expr::Unary(unary) => Ok(Expression::Negate(Box::new(lowered(&unary.expr, text)?))),
        Expr::Binary(of) => Ok(Expression::Binary(Box::new(binary(of, text)?))),
        Expr::Aggregate(of) => aggregate(of, text),
        Expr::Call(of) => call(of, text),
        Expr::MatrixSelector(_) | Expr::Subquery(_) => {
            let error = QueryError::new(0..text.len(), "a range of samples is no result");
            Err(error.hint("a function such as `rate(…)` makes it one"))
        }
        Expr::StringLiteral(_) => Err(QueryError::new(0..text.len(), "a text is no result")),
        Expr::Extension(_) => Err(refused(text, "", "it is no PromQL")),
    }
}

/// As [`lowered`], where an instant vector is needed.
pub(super) fn vector(expression: &Expr, text: &str) -> Lowered<Expression> {
    let lowered = lowered(expression, text)?;
    match lowered.kind() {
        Kind::Vector => Ok(lowered),
        Kind::Scalar => Err(QueryError::new(
            0..text.len(),
            "a function of series was given a number",
        )),
    }
}

/// Why something that the grammar knows is not there.
pub(super) fn refused(text: &str, name: &str, why: &str) -> QueryError {
    QueryError::new(word(text, name), format!("`{name}` is not modelled: {why}"))
}

pub(super) fn selector(of: &VectorSelector, text: &str) -> Lowered<Selector> {
    check_instant(of.at.as_ref(), text)?;
    if !of.matchers.or_matchers.is_empty() {
        return Err(refused(text, "or", "no Prometheus has it between matchers"));
    }
    let mut matchers = of.matchers.matchers.clone();
    let named = |m: &Matcher| m.name == NAME && matches!(m.op, MatchOp::Equal);
    let mut name = of.name.clone();
    if let Some(at) = matchers.iter().position(named) {
        name = Some(matchers.remove(at).value);
    }
    Ok(Selector {
        name,
        matchers,
        offset_ms: offset_ms(of.offset.as_ref()),
    })
}

/// An argument that is a range of samples.
pub(super) fn ranged(of: &Expr, text: &str) -> Lowered<Ranged> {
    match of {
        Expr::Paren(paren) => ranged(&paren.expr, text),
        Expr::MatrixSelector(matrix) => Ok(Ranged::Series {
            of: selector(&matrix.vs, text)?,
            range_ms: millis(matrix.range),
        }),
        Expr::Subquery(subquery) => {
            check_instant(subquery.at.as_ref(), text)?;
            let range_ms = millis(subquery.range);
            let step_ms = subquery.step.map_or(STEP_MS, millis).max(1);
            if range_ms / step_ms > STEPS_MAX {
                let message = format!("a subquery of more than {STEPS_MAX} steps");
                return Err(QueryError::new(0..text.len(), message));
            }
            Ok(Ranged::Subquery {
                of: Box::new(vector(&subquery.expr, text)?),
                range_ms,
                step_ms,
                offset_ms: offset_ms(subquery.offset.as_ref()),
            })
        }
        _ => Err(QueryError::new(
            0..text.len(),
            "a range of samples is needed",
        )),
    }
}

/// `@ start()` and `@ end()` are the instant of the query.
fn check_instant(at: Option<&AtModifier>, text: &str) -> Lowered<()> {
    match at {
        Some(AtModifier::At(_)) => Err(refused(text, "@", NO_CALENDAR)),
        Some(AtModifier::Start | AtModifier::End) | None => Ok(()),
    }
}

/// Why dates and fixed instants are refused.
pub(super) const NO_CALENDAR: &str = "the simulated world has no calendar";

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

fn offset_ms(offset: Option<&Offset>) -> i64 {
    match offset {
        None => 0,
        Some(Offset::Pos(length)) => millis(*length),
        Some(Offset::Neg(length)) => -millis(*length),
    }
}

fn binary(of: &BinaryExpr, text: &str) -> Lowered<Binary> {
    let modifier = of.modifier.clone().unwrap_or_default();
    if modifier.fill_values.lhs.is_some() || modifier.fill_values.rhs.is_some() {
        return Err(refused(text, "fill", "no kept version has it"));
    }
    let verdict = match modifier.return_bool {
        true => Verdict::Number,
        false => Verdict::Filter,
    };
    let many = match modifier.card {
        VectorMatchCardinality::ManyToOne(labels) => Many::Left(labels.labels),
        VectorMatchCardinality::OneToMany(labels) => Many::Right(labels.labels),
        VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => Many::Neither,
    };
    let none = LabelModifier::Exclude(promql_parser::label::Labels::new(Vec::new()));
    Ok(Binary {
        operator: operator(&of.op.to_string(), verdict, text)?,
        left: lowered(&of.lhs, text)?,
        right: lowered(&of.rhs, text)?,
        matching: Matching {
            labels: grouping(&modifier.matching.unwrap_or(none)),
            many,
        },
    })
}

fn operator(sign: &str, verdict: Verdict, text: &str) -> Lowered<Operator> {
    let compare = |comparison| Operator::Compare(comparison, verdict);
    Ok(match sign {
        "+" => Operator::Calculate(Calculation::Add),
        "-" => Operator::Calculate(Calculation::Subtract),
        "*" => Operator::Calculate(Calculation::Multiply),
        "/" => Operator::Calculate(Calculation::Divide),
        "%" => Operator::Calculate(Calculation::Remainder),
        "^" => Operator::Calculate(Calculation::Power),
        "==" => compare(Comparison::Equal),
        "!=" => compare(Comparison::Different),
        ">" => compare(Comparison::Greater),
        "<" => compare(Comparison::Less),
        ">=" => compare(Comparison::GreaterOrEqual),
        "<=" => compare(Comparison::LessOrEqual),
        "and" => Operator::Combine(Combination::And),
        "or" => Operator::Combine(Combination::Or),
        "unless" => Operator::Combine(Combination::Unless),
        other => return Err(refused(text, other, "it is about angles")),
    })
}

fn grouping(modifier: &LabelModifier) -> Grouping {
    match modifier {
        LabelModifier::Include(labels) => Grouping::Only(labels.labels.clone()),
        LabelModifier::Exclude(labels) => Grouping::AllBut(labels.labels.clone()),
    }
}

fn aggregate(of: &AggregateExpr, text: &str) -> Lowered<Expression> {
    let name = of.op.to_string();
    let parameter = || {
        let parameter = of.param.as_deref().expect("the grammar counts arguments");
        lowered(parameter, text).map(Box::new)
    };
    let function = match name.as_str() {
        "sum" => Function::Sum,
        "avg" => Function::Average,
        "min" => Function::Minimum,
        "max" => Function::Maximum,
        "count" => Function::Count,
        "group" => Function::Group,
        "stddev" => Function::Deviation,
        "stdvar" => Function::Variance,
        "quantile" => Function::Quantile(parameter()?),
        "topk" => Function::Top(parameter()?),
        "bottomk" => Function::Bottom(parameter()?),
        "count_values" => match of.param.as_deref() {
            Some(Expr::StringLiteral(label)) => Function::CountValues(label.val.clone()),
            _ => {
                return Err(QueryError::new(
                    word(text, &name),
                    "a label's name is needed",
                ));
            }
        },
        other => return Err(refused(text, other, "it is experimental")),
    };
    let none = LabelModifier::Include(promql_parser::label::Labels::new(Vec::new()));
    let grouping = grouping(of.modifier.as_ref().unwrap_or(&none));
    let aggregation = Aggregation { function, grouping };
    Ok(Expression::Aggregate(
        aggregation,
        Box::new(vector(&of.expr, text)?),
    ))
}
