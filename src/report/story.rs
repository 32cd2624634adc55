//! A watched run on paper.

use std::fmt::Write as _;

use crate::experiment::Story;

/// For people: a line for each thing that happened, with the ready pods of each revision beside it.
pub fn story_to_text(story: &Story) -> String {
    let mut text = format!(
        "{}\nvariant `{}`, run {}, seed {}: {}\n\n",
        story.scenario, story.variant, story.run, story.seed, story.truth
    );
    let ready: Vec<String> = story
        .lines
        .iter()
        .map(|line| ready_words(&line.ready))
        .collect();
    let width = ready
        .iter()
        .map(String::len)
        .max()
        .unwrap_or(0)
        .max("ready".len());
    let _ = writeln!(text, "{:<9}  {:<width$}  what", "time", "ready");
    for (line, ready) in story.lines.iter().zip(&ready) {
        let _ = writeln!(text, "{}  {ready:<width$}  {}", line.at, line.text);
    }
    let why = if story.why.is_empty() {
        String::new()
    } else {
        format!(" ({})", story.why)
    };
    let _ = writeln!(text, "\noutcome: {}{why}", story.outcome.replace('_', " "));
    for (name, value) in &story.metrics {
        let _ = writeln!(text, "{name:<34} {value}");
    }
    text
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
