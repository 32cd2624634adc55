//! Get, set and remove along the steps of a path.

use std::fmt;

use super::path::Steps;
use super::{Entry, Map, Node, Span, Step, Value, nearest};

/// Where a way down ended too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The steps that were found.
    pub found: Vec<Step>,
    /// The step that met nothing.
    pub missing: Step,
    /// The nearest steps that exist instead: `found`, then the most similar name there.
    pub nearest: Option<Vec<Step>>,
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut whole = self.found.clone();
        whole.push(self.missing.clone());
        write!(f, "nothing is at `{}`", Steps(&whole))?;
        match &self.nearest {
            Some(steps) => write!(f, "; the nearest is `{}`", Steps(steps)),
            None => Ok(()),
        }
    }
}

impl Node {
    /// What is at the end of the steps.
    ///
    /// # Errors
    /// The step that met nothing, and the nearest name that exists.
    pub fn get(&self, steps: &[Step]) -> Result<&Node, Missed> {
        let mut node = self;
        for (at, step) in steps.iter().enumerate() {
            node = node
                .step(step)
                .ok_or_else(|| node.missed(&steps[..at], step))?;
        }
        Ok(node)
    }

    /// Puts a value at the end of the steps, in place of what is there. Missing maps on the way are
    /// made, and point at the value's place; list entries never are.
    ///
    /// # Errors
    /// The step that met nothing and cannot be made, and the nearest that exists.
    pub fn set(&mut self, steps: &[Step], value: Node) -> Result<(), Missed> {
        let span = value.span;
        let mut node = self;
        for (at, step) in steps.iter().enumerate() {
            if !node.can_step(step) {
                return Err(node.missed(&steps[..at], step));
            }
            node = node.step_or_make(step, span);
        }
        *node = value;
        Ok(())
    }

    /// Takes away what is at the end of the steps.
    ///
    /// # Errors
    /// The step that met nothing, and the nearest name that exists.
    ///
    /// # Panics
    /// Without any step: a tree cannot be taken away from itself.
    pub fn remove(&mut self, steps: &[Step]) -> Result<Node, Missed> {
        let (last, way) = steps.split_last().expect("a path has at least one step");
        let missed = self.get(steps).err();
        let parent = way.iter().try_fold(self, |node, step| node.step_mut(step));
        let removed = parent.and_then(|parent| parent.remove_child(last));
        removed.ok_or_else(|| missed.expect("what exists can be removed"))
    }

    fn step(&self, step: &Step) -> Option<&Node> {
        match (step, &self.value) {
            (Step::Key(key), Value::Map(map)) => map.get(key).map(|entry| &entry.node),
            (Step::Index(_) | Step::Entry { .. }, Value::List(list)) => {
                position(list, step).map(|at| &list[at])
            }
            _ => None,
        }
    }

    fn step_mut(&mut self, step: &Step) -> Option<&mut Node> {
        match (step, &mut self.value) {
            (Step::Key(key), Value::Map(map)) => map.get_mut(key).map(|entry| &mut entry.node),
            (Step::Index(_) | Step::Entry { .. }, Value::List(list)) => {
                position(list, step).map(|at| &mut list[at])
            }
            _ => None,
        }
    }

    fn can_step(&self, step: &Step) -> bool {
        match step {
            Step::Key(_) => matches!(self.value, Value::Map(_) | Value::Null),
            Step::Index(_) | Step::Entry { .. } => self.step(step).is_some(),
        }
    }

    fn step_or_make(&mut self, step: &Step, span: Span) -> &mut Node {
        let Step::Key(key) = step else {
            return self
                .step_mut(step)
                .expect("it was checked that the entry is there");
        };
        if self.is_null() {
            *self = Node::empty_map(span);
        }
        let Value::Map(map) = &mut self.value else {
            panic!("it was checked that a key can be made here");
        };
        let made = || Entry {
            key_span: span,
            node: Node::new(span, Value::Null),
        };
        &mut map.entry(key.clone()).or_insert_with(made).node
    }

    fn remove_child(&mut self, step: &Step) -> Option<Node> {
        match (step, &mut self.value) {
            (Step::Key(key), Value::Map(map)) => map.shift_remove(key).map(|entry| entry.node),
            (Step::Index(_) | Step::Entry { .. }, Value::List(list)) => {
                position(list, step).map(|at| list.remove(at))
            }
            _ => None,
        }
    }

    fn missed(&self, found: &[Step], missing: &Step) -> Missed {
        let nearest = self.nearest_step(missing).map(|step| {
            let mut steps = found.to_vec();
            steps.push(step);
            steps
        });
        let nearest = nearest.or_else(|| (!found.is_empty()).then(|| found.to_vec()));
        Missed {
            found: found.to_vec(),
            missing: missing.clone(),
            nearest,
        }
    }

    fn nearest_step(&self, missing: &Step) -> Option<Step> {
        match (missing, &self.value) {
            (Step::Key(key), Value::Map(map)) => nearest_key(key, map),
            (Step::Index(_), Value::List(list)) => list.len().checked_sub(1).map(Step::Index),
            (Step::Entry { key, value }, Value::List(list)) => {
                let values: Vec<_> = list
                    .iter()
                    .filter_map(|n| n.child(key)?.as_text())
                    .collect();
                let near = nearest(value, values.iter().copied());
                let value = near.or(values.first().copied())?;
                Some(Step::Entry {
                    key: key.clone(),
                    value: value.to_owned(),
                })
            }
            _ => None,
        }
    }
}

fn nearest_key(key: &str, map: &Map) -> Option<Step> {
    nearest(key, map.keys().map(String::as_str)).map(|key| Step::Key(key.to_owned()))
}

fn position(list: &[Node], step: &Step) -> Option<usize> {
    match step {
        Step::Key(_) => None,
        Step::Index(index) => (*index < list.len()).then_some(*index),
        Step::Entry { key, value } => list.iter().position(|node| {
            let field = node.child(key);
            field.is_some_and(|field| field.is_written(value))
        }),
    }
}

impl Node {
    /// Whether a scalar is this text, or a number or boolean that prints so.
    fn is_written(&self, text: &str) -> bool {
        match &self.value {
            Value::Text(own) => own == text,
            Value::Int(number) => number.to_string() == text,
            Value::Bool(flag) => flag.to_string() == text,
            _ => false,
        }
    }
}
