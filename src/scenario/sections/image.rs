//! `[image."repo/name:tag"]`.

use indexmap::IndexMap;

use super::differences::{read_differences, require_basics};
use crate::document::{Diagnostic, Diagnostics, Map, MapReader, Span, nearest};
use crate::images::{Behaviour, Differences};
use crate::laws::Law;

/// One image as written.
struct Written {
    like: Option<(String, Span)>,
    differences: Differences,
}

/// Reads every image and resolves `like`; one that cannot be resolved is reported and left out.
pub(in crate::scenario) fn read_images(
    map: Option<&Map>,
    problems: &mut Diagnostics,
) -> IndexMap<String, Behaviour> {
    let written: IndexMap<&str, Written> = map
        .into_iter()
        .flatten()
        .filter_map(|(name, entry)| {
            let reader = MapReader::open(&entry.node, "an image", problems)?;
            Some((name.as_str(), read_image(reader)))
        })
        .collect();
    let mut images = IndexMap::new();
    for name in written.keys() {
        if let Some(behaviour) = resolve(name, &written, problems) {
            images.insert((*name).to_owned(), behaviour);
        }
    }
    images
}

fn read_image(mut reader: MapReader<'_, '_>) -> Written {
    let like: Option<String> = reader.optional("like");
    let span = reader.value_span("like");
    let differences = read_differences(&mut reader);
    if like.is_none() && !reader.has("like") {
        require_basics(&mut reader, &differences);
    }
    if !matches!(differences.error_rate, None | Some(Law::Constant(_))) {
        let finding = Diagnostic::error("the error rate of an image is one share")
            .at(reader.value_span("error-rate"))
            .label("expected a share such as `0.02%`")
            .hint("a law of shares, drawn once per run, belongs in a `[[risk]]`");
        reader.problems().push(finding);
    }
    reader.finish();
    Written {
        like: like.map(|like| (like, span)),
        differences,
    }
}

/// Walks the chain of `like` down to its base, then lays the differences over it on the way back.
fn resolve(
    name: &str,
    written: &IndexMap<&str, Written>,
    problems: &mut Diagnostics,
) -> Option<Behaviour> {
    let mut chain = vec![name];
    while let Some((like, span)) = &written[chain[chain.len() - 1]].like {
        if chain.contains(&like.as_str()) {
            problems.push(circle(&chain, like).at(*span));
            return None;
        }
        if !written.contains_key(like.as_str()) {
            problems.push(unknown_image(like, written.keys().copied()).at(*span));
            return None;
        }
        chain.push(like);
    }
    let base = base_of(&written[chain.pop()?].differences)?;
    // An image has one error rate: a constant, the same at every quantile.
    let luck = 0.5;
    Some(chain.iter().rev().fold(base, |base, name| {
        written[name].differences.apply(&base, luck)
    }))
}

fn base_of(differences: &Differences) -> Option<Behaviour> {
    let base = Behaviour::new(
        differences.start_up?,
        differences.service_time?,
        differences.concurrency?,
    );
    Some(differences.apply(&base, 0.5))
}

fn circle(chain: &[&str], back: &str) -> Diagnostic {
    let way: Vec<String> = chain
        .iter()
        .chain([&back])
        .map(|name| format!("`{name}`"))
        .collect();
    Diagnostic::error(format!("`like` runs in a circle: {}", way.join(" → ")))
        .label("one of these images has to stand for itself")
}

/// An image that is not described, and the nearest that is.
pub(in crate::scenario) fn unknown_image<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let near = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
    Diagnostic::error(format!("there is no `[image.\"{name}\"]`")).maybe_hint(near)
}
