//! A query as a tree, checked: what is here can be evaluated.

use promql_parser::label::Matcher;

use super::aggregate::Aggregation;
use super::arithmetic::Operator;
use super::function::{OverRange, Pointwise};
use super::relabel::Relabel;

/// A node of a query.
#[derive(Debug, Clone)]
pub(super) enum Expression {
    Number(f64),
    Time,
    Select(Selector),
    /// `timestamp(selector)`: when the newest sample was scraped.
    Scraped(Selector),
    Overall(OverRange, Option<Box<Self>>, Ranged),
    Pointwise(Pointwise, Vec<Self>, Box<Self>),
    Quantile(Box<Self>, Box<Self>),
    Sorted(Order, Box<Self>),
    Relabelled(Relabel, Box<Self>),
    /// `absent(…)`: the selector whose labels the answer bears, where there is one.
    Absent(Option<Selector>, Box<Self>),
    AbsentOverTime(Ranged),
    /// `scalar(vector)`.
    Single(Box<Self>),
    /// `vector(scalar)`.
    Spread(Box<Self>),
    Aggregate(Aggregation, Box<Self>),
    Binary(Box<Binary>),
    Negate(Box<Self>),
}

/// Which series.
#[derive(Debug, Clone)]
pub(super) struct Selector {
    pub(super) name: Option<String>,
    pub(super) matchers: Vec<Matcher>,
    pub(super) offset_ms: i64,
}

/// A range of samples per series.
#[derive(Debug, Clone)]
pub(super) enum Ranged {
    /// `selector[range]`.
    Series { of: Selector, range_ms: i64 },
    /// `expression[range:step]`.
    Subquery {
        of: Box<Expression>,
        range_ms: i64,
        step_ms: i64,
        offset_ms: i64,
    },
}

/// The order of `sort` and `sort_desc`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Rising,
    Falling,
}

/// An operator between two expressions.
#[derive(Debug, Clone)]
pub(super) struct Binary {
    pub(super) operator: Operator,
    pub(super) left: Expression,
    pub(super) right: Expression,
    pub(super) matching: Matching,
}

/// How series of the two sides find each other.
#[derive(Debug, Clone)]
pub(super) struct Matching {
    pub(super) labels: Grouping,
    pub(super) many: Many,
}

/// A choice of labels: of `by` and `without`, of `on` and `ignoring`.
#[derive(Debug, Clone)]
pub(super) enum Grouping {
    /// `by`, `on`.
    Only(Vec<String>),
    /// `without`, `ignoring`; the name never counts.
    AllBut(Vec<String>),
}

/// Which side may have many series per match, and the labels it takes from the other one.
#[derive(Debug, Clone)]
pub(super) enum Many {
    Neither,
    Left(Vec<String>),
    Right(Vec<String>),
}

/// What an expression comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    Vector,
}

impl Expression {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Number(_) | Self::Time | Self::Single(_) => Kind::Scalar,
            Self::Negate(of) => of.kind(),
            Self::Binary(binary) => match (binary.left.kind(), binary.right.kind()) {
                (Kind::Scalar, Kind::Scalar) => Kind::Scalar,
                _ => Kind::Vector,
            },
            _ => Kind::Vector,
        }
    }
}
