//! Texts that were read, and places in them.

/// Longest text that is read (bytes): a Kubernetes object is at most about 1.5 MiB (etcd's request
/// limit), so a file of many has room, and a mistaken file does not fill the memory.
pub const TEXT_BYTES_MAX: usize = 8 << 20;

/// A text among [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A place in a text: bytes `start .. end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Which text.
    pub file: FileId,
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// Every text that was read, by name: the ground diagnostics point into.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<(String, String)>,
}

impl Sources {
    /// Keeps a text under the name people know it by (a path as they gave it).
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = u32::try_from(self.files.len()).expect("nobody reads four billion files");
        self.files.push((name.into(), text.into()));
        FileId(id)
    }
    /// The name of a text.
    pub fn name(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].0
    }
    /// A text in full.
    pub fn text(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].1
    }
    /// Line and column of the start of a place, both from one, columns in characters.
    pub fn line_and_column(&self, span: Span) -> (usize, usize) {
        let before = &self.text(span.file)[..span.start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_line_and_a_column_in_characters() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", "x = 1\né = 2\n");
        let span = Span {
            file,
            start: 9,
            end: 10,
        };
        assert_eq!(sources.line_and_column(span), (2, 3));
    }
}
