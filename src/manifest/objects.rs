//! The raw objects of one world, found by name and changed by paths.

use super::argo::CLUSTER;
use super::object::first_place;
use super::{AnalysisTemplate, Deployment, Object, PodDisruptionBudget, Rollout, Service};
use crate::document::{
    Diagnostic, Diagnostics, Missed, Node, ObjectName, Path, Root, Span, Step, nearest,
};

/// The group of Argo's kinds.
const ARGO: &str = "argoproj.io";

/// Raw objects in the order of the files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectSet {
    list: Vec<Object>,
}

/// What happens where an object of the same name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Twin {
    Refuse,
    Replace,
}

impl ObjectSet {
    /// Adds a document: an object, or a `List` of them. A second object of one name is an error.
    pub fn add(&mut self, document: Node, problems: &mut Diagnostics) {
        self.put(document, Twin::Refuse, problems);
    }

    /// Adds a document, or puts it in the place of the object of its name.
    pub fn replace(&mut self, document: Node, problems: &mut Diagnostics) {
        self.put(document, Twin::Replace, problems);
    }

    /// The objects in the order of the files.
    pub fn iter(&self) -> std::slice::Iter<'_, Object> {
        self.list.iter()
    }

    /// The object a name means: `Kind/name` is enough where only one namespace has it.
    ///
    /// # Errors
    /// There is none (the nearest is named), or more than one. The place is the caller's to add.
    pub fn find(&self, name: &ObjectName) -> Result<&Object, Diagnostic> {
        self.position(name).map(|at| &self.list[at])
    }

    /// What is at a path.
    ///
    /// # Errors
    /// No such object or no such place; the nearest is named, at `span`.
    pub fn get(&self, path: &Path, span: Span) -> Result<&Node, Diagnostic> {
        let at = self.position(object_of(path, span)?);
        let at = at.map_err(|problem| problem.at(span))?;
        let got = self.list[at].node.get(&path.steps);
        got.map_err(|missed| meets_nothing(path, missed).at(span))
    }

    /// Puts a value at a path, making missing maps, never list entries. `span` is where the path is
    /// written; later findings about the value point at the value's own place.
    ///
    /// # Errors
    /// No such object; a way that cannot be made. An unknown field is found by
    /// [`check_fields`](Self::check_fields) afterwards, at the value's place.
    pub fn set(&mut self, path: &Path, span: Span, value: Node) -> Result<(), Diagnostic> {
        let at = self.position(object_of(path, span)?);
        let object = &mut self.list[at.map_err(|problem| problem.at(span))?];
        let set = object.node.set(&path.steps, value);
        set.map_err(|missed| meets_nothing(path, missed).at(span))
    }

    /// Takes away what is at a path. `span` is where the path is written.
    ///
    /// # Errors
    /// No such object or no such place; the nearest is named.
    pub fn remove(&mut self, path: &Path, span: Span) -> Result<(), Diagnostic> {
        let at = self.position(object_of(path, span)?);
        let object = &mut self.list[at.map_err(|problem| problem.at(span))?];
        let removed = object.node.remove(&path.steps);
        removed
            .map(|_| ())
            .map_err(|missed| meets_nothing(path, missed).at(span))
    }

    /// Gives an image to every container of a name in the pod templates of Deployments and Rollouts.
    /// `span` is where the container's name is written.
    ///
    /// # Errors
    /// No pod template has such a container; the nearest is named.
    pub fn set_image(
        &mut self,
        container: &str,
        span: Span,
        image: &Node,
    ) -> Result<(), Diagnostic> {
        let entry = containers_steps(container);
        let mut steps = entry.clone();
        steps.push(Step::Key("image".to_owned()));
        let mut met = 0;
        for object in self.list.iter_mut().filter(|one| has_pods(one)) {
            if object
                .node
                .get(&entry)
                .is_ok_and(|node| node.as_map().is_some())
            {
                let set = object.node.set(&steps, image.clone());
                set.expect("a container is a map, so it takes an image");
                met += 1;
            }
        }
        match met {
            0 => Err(self.no_container(container).at(span)),
            _ => Ok(()),
        }
    }

    /// Typed views of the Deployments.
    pub fn deployments(&self, problems: &mut Diagnostics) -> Vec<Deployment> {
        let read = |object| Deployment::read(object, problems);
        self.of("apps", "Deployment").filter_map(read).collect()
    }

    /// Typed views of the Rollouts.
    pub fn rollouts(&self, problems: &mut Diagnostics) -> Vec<Rollout> {
        let read = |object| Rollout::read(object, problems);
        self.of(ARGO, "Rollout").filter_map(read).collect()
    }

    /// Typed views of the AnalysisTemplates, and after them of the ClusterAnalysisTemplates.
    pub fn analysis_templates(&self, problems: &mut Diagnostics) -> Vec<AnalysisTemplate> {
        let read = |object| AnalysisTemplate::read(object, problems);
        let own = self.of(ARGO, "AnalysisTemplate");
        own.chain(self.of(ARGO, CLUSTER)).filter_map(read).collect()
    }

    /// Typed views of the Services.
    pub fn services(&self, problems: &mut Diagnostics) -> Vec<Service> {
        let read = |object| Service::read(object, problems);
        self.of("", "Service").filter_map(read).collect()
    }

    /// Typed views of the PodDisruptionBudgets.
    pub fn budgets(&self, problems: &mut Diagnostics) -> Vec<PodDisruptionBudget> {
        let read = |object| PodDisruptionBudget::read(object, problems);
        self.of("policy", "PodDisruptionBudget")
            .filter_map(read)
            .collect()
    }

    fn of(&self, group: &'static str, kind: &'static str) -> impl Iterator<Item = &Object> {
        let fits = move |object: &&Object| object.group() == group && object.name.kind == kind;
        self.list.iter().filter(fits)
    }

    fn put(&mut self, document: Node, twin: Twin, problems: &mut Diagnostics) {
        if document.child("kind").and_then(Node::as_text) == Some("List")
            && let Some(items) = document.child("items").and_then(Node::as_list)
        {
            for item in items {
                self.put(item.clone(), twin, problems);
            }
            return;
        }
        let Some(object) = Object::named(document, problems) else {
            return;
        };
        let same = |other: &Object| other.name == object.name && other.group() == object.group();
        match self.list.iter().position(same) {
            None => self.list.push(object),
            Some(at) if twin == Twin::Replace => self.list[at] = object,
            Some(_) if object.name.name.is_empty() => self.list.push(object),
            Some(_) => {
                let finding = Diagnostic::error(format!("`{}` is there twice", object.name))
                    .at(first_place(&object.node))
                    .label("expected each object once")
                    .hint("remove one of them, or give it another name or namespace");
                problems.push(finding);
            }
        }
    }

    fn position(&self, name: &ObjectName) -> Result<usize, Diagnostic> {
        let fits = |object: &Object| {
            let namespace = name.namespace.is_none() || object.name.namespace == name.namespace;
            namespace && object.name.kind == name.kind && object.name.name == name.name
        };
        let mut found = (0..self.list.len()).filter(|at| fits(&self.list[*at]));
        let first = found.next().ok_or_else(|| self.no_object(name))?;
        match found.next() {
            None => Ok(first),
            Some(second) => Err(two_objects(name, &self.list[first], &self.list[second])),
        }
    }

    fn no_object(&self, name: &ObjectName) -> Diagnostic {
        let full = self.list.iter().map(|object| object.name.to_string());
        let names: Vec<String> = match name.namespace {
            Some(_) => full.collect(),
            None => self.list.iter().map(Object::short_name).collect(),
        };
        let message = format!("there is no object `{name}`");
        Diagnostic::error(message).maybe_hint(or_what_there_is(&name.to_string(), &names))
    }

    fn no_container(&self, container: &str) -> Diagnostic {
        let owners = self.list.iter().filter(|one| has_pods(one));
        let names: Vec<String> = owners.clone().flat_map(container_names).collect();
        let looked: Vec<String> = owners
            .map(|one| format!("`{}`", one.short_name()))
            .collect();
        let met = match looked[..] {
            [] => "there is no Deployment and no Rollout".to_owned(),
            _ => format!("looked at {}", looked.join(", ")),
        };
        Diagnostic::error(format!("no pod template has a container `{container}`"))
            .label(met)
            .maybe_hint(or_what_there_is(container, &names))
    }
}

/// Whether its pods come from a template that a typed view reads.
fn has_pods(object: &Object) -> bool {
    matches!(
        (object.group(), object.name.kind.as_str()),
        ("apps", "Deployment") | (ARGO, "Rollout")
    )
}

/// The nearest of some names, or all of them where none is near.
fn or_what_there_is(name: &str, names: &[String]) -> Option<String> {
    let near = nearest(name, names.iter().map(String::as_str));
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match near {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if names.is_empty() => None,
        None => Some(format!("there is {}", quoted.join(", "))),
    }
}

/// The object a path is about.
fn object_of(path: &Path, span: Span) -> Result<&ObjectName, Diagnostic> {
    match &path.root {
        Root::Object(name) => Ok(name),
        Root::Scenario => Err(Diagnostic::error(format!("`{path}` names no object"))
            .at(span)
            .label("expected `Kind/name:…`")),
    }
}

fn meets_nothing(path: &Path, missed: Missed) -> Diagnostic {
    let whole = |steps| Path {
        root: path.root.clone(),
        steps,
    };
    let mut steps = missed.found;
    steps.push(missed.missing);
    let hint = missed.nearest;
    Diagnostic::error(format!("nothing is at `{}`", whole(steps)))
        .label("expected a path that meets something")
        .maybe_hint(hint.map(|steps| format!("the nearest is `{}`", whole(steps))))
}

fn two_objects(name: &ObjectName, first: &Object, second: &Object) -> Diagnostic {
    let (first, second) = (&first.name, &second.name);
    Diagnostic::error(format!("`{name}` means two objects"))
        .label(format!("it may be `{first}` or `{second}`"))
        .hint("write the namespace")
}

/// `spec.template.spec.containers[name=…]`.
fn containers_steps(container: &str) -> Vec<Step> {
    let keys = ["spec", "template", "spec", "containers"];
    let keys = keys.map(|key| Step::Key(key.to_owned()));
    let entry = Step::Entry {
        key: "name".to_owned(),
        value: container.to_owned(),
    };
    keys.into_iter().chain([entry]).collect()
}

fn container_names(object: &Object) -> Vec<String> {
    let steps = containers_steps("");
    let containers = object.node.get(&steps[..4]).ok().and_then(Node::as_list);
    let names = containers.into_iter().flatten();
    names
        .filter_map(|one| Some(one.child("name")?.as_text()?.to_owned()))
        .collect()
}
