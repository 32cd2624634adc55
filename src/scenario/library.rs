//! Files a scenario names: each is read once, whatever number of variants uses it.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::document::{Diagnostic, Diagnostics, FileId, Node, Sources, Span, parse_yaml};

/// Every text that belongs to a scenario.
pub(super) struct Library {
    /// What diagnostics point into.
    pub(super) sources: Sources,
    folder: PathBuf,
    texts: IndexMap<PathBuf, FileId>,
    documents: IndexMap<PathBuf, Vec<Node>>,
}

impl Library {
    /// An empty library for a scenario in this folder.
    pub(super) fn of_folder(folder: &Path) -> Self {
        Self {
            sources: Sources::default(),
            folder: folder.to_owned(),
            texts: IndexMap::new(),
            documents: IndexMap::new(),
        }
    }

    /// A text named in the scenario at `span`.
    pub(super) fn text(&mut self, name: &str, span: Span) -> Result<FileId, Diagnostic> {
        let path = self.folder.join(name);
        if let Some(file) = self.texts.get(&path) {
            return Ok(*file);
        }
        let text = read(&path).map_err(|problem| relative(problem).at(span))?;
        let file = self.sources.add(path.display().to_string(), text);
        self.texts.insert(path, file);
        Ok(file)
    }

    /// The YAML documents of a file, or of every YAML file in a folder in the order of their
    /// names. What is wrong with a file is reported once, however often it is asked for.
    pub(super) fn documents(
        &mut self,
        name: &str,
        span: Span,
        problems: &mut Diagnostics,
    ) -> Vec<Node> {
        let path = self.folder.join(name);
        let files = if path.is_dir() {
            yaml_files(&path)
        } else {
            vec![path.clone()]
        };
        if files.is_empty() {
            let message = format!("there is no manifest in the folder `{}`", path.display());
            let finding = Diagnostic::error(message)
                .at(span)
                .label("expected files that end in `.yaml` or `.yml`");
            problems.push(finding);
        }
        files
            .into_iter()
            .flat_map(|file| self.documents_of_file(file, span, problems))
            .collect()
    }

    fn documents_of_file(
        &mut self,
        path: PathBuf,
        span: Span,
        problems: &mut Diagnostics,
    ) -> Vec<Node> {
        if let Some(known) = self.documents.get(&path) {
            return known.clone();
        }
        let read = read(&path).map_err(|problem| Diagnostics::from(relative(problem).at(span)));
        let parsed = read.and_then(|text| {
            let name = path.display().to_string();
            let documents = parse_yaml(&mut self.sources, &name, &text)?;
            if documents.is_empty() {
                let message = format!("there is no object in `{name}`");
                let finding = Diagnostic::error(message)
                    .at(span)
                    .label("expected a file with at least one Kubernetes object");
                return Err(finding.into());
            }
            Ok(documents)
        });
        let documents = parsed.unwrap_or_else(|found| {
            problems.append(found);
            Vec::new()
        });
        self.documents.insert(path, documents.clone());
        documents
    }
}

/// The rule that is broken most often where a file is missing.
fn relative(problem: Diagnostic) -> Diagnostic {
    problem.label("expected a file, named relative to the scenario's folder")
}

/// A text, or why it cannot be had, in words that are the same on every system.
pub(super) fn read(path: &Path) -> Result<String, Diagnostic> {
    std::fs::read(path)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
            std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            other => other.to_string(),
        })
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned()))
        .map_err(|why| Diagnostic::error(format!("cannot read `{}`: {why}", path.display())))
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end == "yaml" || end == "yml")
        })
        .collect();
    files.sort();
    files
}
