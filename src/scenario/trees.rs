//! The raw objects of one world, and the changes a variant or a release makes in them.

use super::sections::{Change, Edit, NewImage};
use crate::document::{Diagnostic, Diagnostics, Missed, Node, ObjectName, Path, Root, Step, nearest};

/// One raw object.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    /// What it is called; the namespace is always there.
    pub(super) name: ObjectName,
    /// All that was written.
    pub(super) node: Node,
}

/// Raw objects in the order of the files.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Trees {
    /// The objects.
    pub(super) list: Vec<Tree>,
}

impl Trees {
    /// Adds an object; a second one of the same name is an error.
    pub(super) fn add(&mut self, node: Node, problems: &mut Diagnostics) {
        let Some(tree) = named(node, problems) else {
            return;
        };
        if self.list.iter().any(|other| other.name == tree.name) {
            let message = format!("`{}` is there twice", tree.name);
            let finding = Diagnostic::error(message)
                .at(first_place(&tree.node))
                .label("expected each object once among the manifests of a variant");
            problems.push(finding);
            return;
        }
        self.list.push(tree);
    }

    /// Puts an object in place of the one of its name, or adds it.
    pub(super) fn replace(&mut self, node: Node, problems: &mut Diagnostics) {
        let Some(tree) = named(node, problems) else {
            return;
        };
        match self.list.iter_mut().find(|other| other.name == tree.name) {
            Some(old) => *old = tree,
            None => self.list.push(tree),
        }
    }

    /// The object a name means, or why it means none.
    pub(super) fn find(&self, name: &ObjectName) -> Result<usize, Diagnostic> {
        let fits = |tree: &Tree| {
            let namespace = name.namespace.is_none() || tree.name.namespace == name.namespace;
            namespace && tree.name.kind == name.kind && tree.name.name == name.name
        };
        let mut found = (0..self.list.len()).filter(|at| fits(&self.list[*at]));
        let Some(first) = found.next() else {
            return Err(self.no_object(name));
        };
        match found.next() {
            None => Ok(first),
            Some(second) => Err(two_objects(name, &self.list[first], &self.list[second])),
        }
    }

    fn no_object(&self, name: &ObjectName) -> Diagnostic {
        let names: Vec<String> = self.list.iter().map(|tree| short(&tree.name)).collect();
        let text = name.to_string();
        let near = nearest(&text, names.iter().map(String::as_str));
        let hint = match near {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if names.is_empty() => None,
            None => Some(format!("there is {}", quoted(&names))),
        };
        Diagnostic::error(format!("there is no object `{text}`")).maybe_hint(hint)
    }

    /// Makes one change; those of the scenario itself are not for here.
    pub(super) fn edit(&mut self, edit: &Edit) -> Result<(), Diagnostic> {
        let Root::Object(name) = &edit.path.root else {
            return Ok(());
        };
        let at = self.find(name).map_err(|problem| problem.at(edit.span))?;
        apply(&mut self.list[at].node, edit)
    }

    /// Gives an image to every container of its name in the pod templates.
    pub(super) fn set_image(&mut self, new: &NewImage) -> Result<(), Diagnostic> {
        let mut met = false;
        let mut names = Vec::new();
        for tree in &mut self.list {
            names.extend(container_names(&tree.node));
            let steps = image_steps(&new.container);
            if tree.node.get(&steps[..steps.len() - 1]).is_ok() {
                let set = tree.node.set(&steps, new.image.clone());
                set.expect("the container is there, and an image can be put into it");
                met = true;
            }
        }
        if met {
            return Ok(());
        }
        let near = nearest(&new.container, names.iter().map(String::as_str));
        let hint = match near {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if names.is_empty() => None,
            None => Some(format!("there is {}", quoted(&names))),
        };
        let message = format!("no pod template has a container `{}`", new.container);
        Err(Diagnostic::error(message).at(new.span).maybe_hint(hint))
    }
}

/// Makes one change in one tree.
pub(super) fn apply(node: &mut Node, edit: &Edit) -> Result<(), Diagnostic> {
    let done = match &edit.change {
        Change::Set(value) => node.set(&edit.path.steps, value.clone()),
        Change::Remove => node.remove(&edit.path.steps).map(|_| ()),
    };
    done.map_err(|missed| no_place(edit, missed))
}

fn no_place(edit: &Edit, missed: Missed) -> Diagnostic {
    let path = |steps: Vec<Step>| Path {
        root: edit.path.root.clone(),
        steps,
    };
    let mut steps = missed.found;
    steps.push(missed.missing);
    let hint = missed.nearest.map(|near| format!("the nearest is `{}`", path(near)));
    Diagnostic::error(format!("nothing is at `{}`", path(steps)))
        .at(edit.span)
        .label("expected a path that meets something")
        .maybe_hint(hint)
}

fn two_objects(name: &ObjectName, first: &Tree, second: &Tree) -> Diagnostic {
    let message = format!("two objects are called `{name}`: `{}` and `{}`", first.name, second.name);
    Diagnostic::error(message).hint(format!("write the namespace: `{}`", first.name))
}

/// Reads what an object is called.
fn named(node: Node, problems: &mut Diagnostics) -> Option<Tree> {
    let text = |node: Option<&Node>| node.and_then(Node::as_text).map(str::to_owned);
    let metadata = node.child("metadata");
    let kind = text(node.child("kind"));
    let name = text(metadata.and_then(|metadata| metadata.child("name")));
    let namespace = text(metadata.and_then(|metadata| metadata.child("namespace")));
    let (Some(kind), Some(name)) = (kind, name) else {
        let finding = Diagnostic::error("this is no Kubernetes object")
            .at(first_place(&node))
            .label("expected `apiVersion`, `kind` and `metadata.name`");
        problems.push(finding);
        return None;
    };
    let name = ObjectName {
        kind,
        namespace: Some(namespace.unwrap_or_else(|| "default".to_owned())),
        name,
    };
    Some(Tree { name, node })
}

/// Where an object begins.
fn first_place(node: &Node) -> crate::document::Span {
    let first = node.as_map().and_then(|map| map.values().next());
    first.map_or(node.span, |entry| entry.key_span)
}

/// The name without its namespace, as people write it.
fn short(name: &ObjectName) -> String {
    format!("{}/{}", name.kind, name.name)
}

fn image_steps(container: &str) -> Vec<Step> {
    let key = |key: &str| Step::Key(key.to_owned());
    let entry = Step::Entry {
        key: "name".to_owned(),
        value: container.to_owned(),
    };
    vec![key("spec"), key("template"), key("spec"), key("containers"), entry, key("image")]
}

fn container_names(node: &Node) -> Vec<String> {
    let containers = node
        .child("spec")
        .and_then(|spec| spec.child("template")?.child("spec")?.child("containers")?.as_list());
    let names = containers.into_iter().flatten();
    names
        .filter_map(|one| one.child("name")?.as_text().map(str::to_owned))
        .collect()
}

pub(super) fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
