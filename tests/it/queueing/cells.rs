//! Rows of the reference that one pod can be held against, and the queue each belongs to.

use rollcast::laws::{Law, Unit};

/// A queue: everything that decides its numbers. Mean service time 1 s.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) servers: u32,
    pub(super) queue: Option<u32>,
    pub(super) load: f64,
    pub(super) scv: f64,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) cell: Cell,
    pub(super) metric: String,
    pub(super) quantile: f64,
    pub(super) value: f64,
    pub(super) name: String,
}

pub(super) fn rows() -> Vec<Row> {
    let text = include_str!("../../closed_form_reference.csv");
    text.lines().skip(1).filter_map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let parts: Vec<&str> = line.split(',').collect();
    let number = |index: usize| parts[index].parse::<f64>().unwrap_or(0.0);
    let metric = parts[4];
    let (servers, queue, load, scv) = match parts[0] {
        "MMc" if metric == "erlangB" => (number(1), Some(0), number(2), 1.0),
        "MMc" => (number(1), None, number(2), 1.0),
        "MMcK" => (
            number(1),
            Some((number(2) - number(1)) as u32),
            number(3),
            1.0,
        ),
        "MG1" => (1.0, None, number(1), number(2)),
        _ => return None,
    };
    let cell = Cell {
        servers: servers as u32,
        queue,
        load,
        scv,
    };
    (load <= 0.9).then(|| Row {
        cell,
        metric: metric.to_owned(),
        quantile: number(3),
        value: number(5),
        name: parts[..5].join(","),
    })
}

pub(super) fn law(scv: f64) -> Law {
    let text = match scv {
        0.0 => "1s".to_owned(),
        scv if scv < 1.0 => format!("erlang(k = {}, mean = 1s)", (1.0 / scv).round()),
        1.0 => "exponential(mean = 1s)".to_owned(),
        scv => format!("hyperexponential(mean = 1s, scv = {scv})"),
    };
    Law::parse(&text, Unit::Seconds).expect("a law of the parser's own list")
}
