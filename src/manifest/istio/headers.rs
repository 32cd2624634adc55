//! What a route changes about headers.

use std::collections::BTreeMap;

use crate::document::MapReader;
use crate::manifest::labels::read_labels;

/// `headers` of a route or of one of its destinations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers {
    /// `request`: before it is passed on.
    pub request: HeaderEdits,
    /// `response`: before it is passed back.
    pub response: HeaderEdits,
}

/// What happens to headers, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeaderEdits {
    /// `set`: in place of what was there.
    pub set: BTreeMap<String, String>,
    /// `add`: beside what was there.
    pub add: BTreeMap<String, String>,
    /// `remove`.
    pub remove: Vec<String>,
}

/// Reads `headers`; nothing where it is not written.
pub(super) fn read_headers(map: &mut MapReader<'_, '_>) -> Headers {
    let Some(mut headers) = map.map("headers") else {
        return Headers::default();
    };
    Headers {
        request: read_edits(&mut headers, "request"),
        response: read_edits(&mut headers, "response"),
    }
}

fn read_edits<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> HeaderEdits {
    let Some(mut edits) = map.map(key) else {
        return HeaderEdits::default();
    };
    let mut texts = |key| {
        let entries = edits.entries(key);
        let read = entries.map(|entries| read_labels(entries, edits.problems()));
        read.unwrap_or_default()
    };
    let (set, add) = (texts("set"), texts("add"));
    HeaderEdits {
        set,
        add,
        remove: edits.list_of("remove").unwrap_or_default(),
    }
}
