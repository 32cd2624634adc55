//! The chance to notice each risk, as a table.

use comfy_table::{ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};

use crate::scenario::{Chance, Notice, Scenario, notices};

/// The table with its heading and what it cannot say; empty where nothing is analysed.
pub(super) fn outlook(scenario: &Scenario, columns: u16) -> String {
    let notices = notices(scenario);
    if notices.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(columns.clamp(80, 120));
    table.set_header([
        "variant",
        "analysis",
        "looks",
        "sees",
        "if this is true",
        "it gives up",
    ]);
    let mut reasons: Vec<String> = Vec::new();
    for notice in &notices {
        for (index, (truth, chance)) in notice.chances.iter().enumerate() {
            let first = |text: String| if index == 0 { text } else { String::new() };
            table.add_row([
                first(notice.variant.clone()),
                first(format!("{}: {}", notice.analysis, notice.metric)),
                first(looks(notice)),
                first(sees(notice)),
                truth.clone(),
                words(chance, &mut reasons),
            ]);
        }
    }
    let mut out = format!("\nchance to notice, before any run\n{table}\n");
    for (index, reason) in reasons.iter().enumerate() {
        out += &format!("({}) not known before a run: {reason}\n", index + 1);
    }
    out
}

fn looks(notice: &Notice) -> String {
    match notice.measurements {
        None => String::new(),
        Some(1) => "once".to_owned(),
        Some(times) => format!("{times} times"),
    }
}

/// Requests, and how many of them new pods have answered if not all.
fn sees(notice: &Notice) -> String {
    let (Some(all), Some(new)) = (notice.requests, notice.requests_new) else {
        return String::new();
    };
    match all - new < 0.5 {
        true => format!("{all:.0} requests"),
        false => format!("{all:.0} requests, {new:.0} of them new"),
    }
}

fn words(chance: &Chance, reasons: &mut Vec<String>) -> String {
    match chance {
        Chance::Known(chance) => percent(*chance),
        Chance::Unknown(reason) => {
            let known = reasons.iter().position(|known| known == reason);
            let number = known.unwrap_or_else(|| {
                reasons.push(reason.clone());
                reasons.len() - 1
            });
            format!("({})", number + 1)
        }
    }
}

/// Three digits are more than the assumptions bear; what is not sure is not called so.
fn percent(chance: f64) -> String {
    match 100.0 * chance {
        percent if percent <= 0.0 => "0 %".to_owned(),
        percent if percent < 0.1 => "< 0.1 %".to_owned(),
        percent if percent < 10.0 => format!("{percent:.1} %"),
        percent if percent < 99.5 => format!("{percent:.0} %"),
        percent if percent < 100.0 => "> 99 %".to_owned(),
        _ => "100 %".to_owned(),
    }
}
