//! A watched run on paper.

use std::fmt::Write as _;

use super::amount::{amount, short};
use crate::experiment::{Line, Story, causes_words};
use crate::facts::Cause;
use crate::metrics::Metric;
use crate::units::{SimDuration, SimTime};

/// For people: a line for each thing that happened, with the ready pods of each revision beside
/// it. Seconds with failures that nothing stands between share a line.
pub fn story_to_text(story: &Story) -> String {
    let mut text = format!(
        "{}\nvariant `{}`, run {}, seed {}: {}\n\n",
        story.scenario, story.variant, story.run, story.seed, story.truth
    );
    let ready = story
        .lines
        .iter()
        .map(|line| ready_words(&line.ready).len());
    let width = ready.max().unwrap_or(0).max("ready".len());
    let _ = writeln!(text, "{:<11}  {:<width$}  what", "time", "ready");
    for lines in story
        .lines
        .chunk_by(|a, b| !a.failed.is_empty() && !b.failed.is_empty())
    {
        let (time, what) = match lines[0].failed.is_empty() {
            true => (lines[0].at.to_string(), lines[0].text.clone()),
            false => failed(lines),
        };
        let ready = ready_words(&lines[0].ready);
        let _ = writeln!(text, "{time:<11}  {ready:<width$}  {what}");
    }
    let why = if story.why.is_empty() {
        String::new()
    } else {
        format!(" ({})", story.why)
    };
    let _ = writeln!(
        text,
        "\noutcome: {}{why}\n",
        story.outcome.replace('_', " ")
    );
    text.push_str(&numbers(story));
    text
}

/// `04:53–14:32` and `25 failed in 23 seconds: 25 defect`.
fn failed(lines: &[Line]) -> (String, String) {
    let mut sums: Vec<(Cause, u32)> = Vec::new();
    for (cause, count) in lines.iter().flat_map(|line| &line.failed) {
        match sums.iter_mut().find(|(known, _)| known == cause) {
            Some((_, sum)) => *sum += count,
            None => sums.push((*cause, *count)),
        }
    }
    sums.sort_unstable_by_key(|(cause, _)| *cause);
    let all: u32 = sums.iter().map(|(_, sum)| sum).sum();
    let seconds = match lines.len() {
        1 => String::new(),
        several => format!(" in {several} seconds"),
    };
    let causes = match sums.as_slice() {
        [(cause, _)] => cause.name().replace('_', " "),
        several => causes_words(several),
    };
    // A line stands at the end of its second.
    let start = lines[0]
        .at
        .as_nanos()
        .saturating_sub(SimDuration::SECOND.as_nanos());
    let end = lines[lines.len() - 1].at;
    let time = format!("{}–{}", minutes(SimTime::from_nanos(start)), minutes(end));
    (time, format!("{all} failed{seconds}: {causes}"))
}

/// Without the milliseconds.
fn minutes(at: SimTime) -> String {
    let text = at.to_string();
    text.split('.').next().unwrap_or_default().to_owned()
}

/// The metrics with their units, below each other; causes that hurt nobody are left out.
fn numbers(story: &Story) -> String {
    let cause = |name: &str| name.starts_with("requests_failed.") && !name.ends_with(".total");
    let told = story
        .metrics
        .iter()
        .filter(|(name, value)| !cause(name) || **value != 0.0);
    let told: Vec<(&String, String)> = told
        .map(|(name, value)| {
            let metric = Metric::from_name(name);
            (
                name,
                metric.map_or_else(|| short(*value), |metric| amount(metric, *value)),
            )
        })
        .collect();
    let names = told
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let number = |text: &str| text.split(' ').next().unwrap_or_default().chars().count();
    let widest = told.iter().map(|(_, text)| number(text)).max().unwrap_or(0);
    let mut lines = String::new();
    for (name, text) in &told {
        let pad = " ".repeat(widest - number(text));
        let _ = writeln!(lines, "{name:<names$}  {pad}{text}");
    }
    lines
}

fn ready_words(ready: &[(u32, u32)]) -> String {
    let parts: Vec<String> = ready
        .iter()
        .map(|(revision, count)| format!("r{revision}:{count}"))
        .collect();
    parts.join(" ")
}

/// For machines.
pub fn story_to_json(story: &Story) -> String {
    let mut text = serde_json::to_string_pretty(story).expect("a story is plain data");
    text.push('\n');
    text
}

/// One row per line: `at_seconds,ready,what`.
pub fn story_to_csv(story: &Story) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["at_seconds", "ready", "what"];
    writer
        .write_record(header)
        .expect("memory takes everything");
    for line in &story.lines {
        let at = line.at_seconds.to_string();
        let record = [at.as_str(), &ready_words(&line.ready), &line.text];
        writer
            .write_record(record)
            .expect("memory takes everything");
    }
    let bytes = writer.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("all cells are text")
}
