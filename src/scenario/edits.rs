//! Changes of a variant or a release, made.

use super::sections::{Change, Edit, NewImage};
use crate::document::{Diagnostic, Diagnostics, Missed, Node, Path, Root, Step};
use crate::manifest::ObjectSet;

/// Makes one change of an object; those of the scenario itself are not for here.
pub(super) fn edit_object(objects: &mut ObjectSet, edit: &Edit, problems: &mut Diagnostics) {
    if edit.path.root == Root::Scenario {
        return;
    }
    let done = match &edit.change {
        Change::Set(value) => objects.set(&edit.path, edit.span, value.clone()),
        Change::Remove => objects.remove(&edit.path, edit.span),
    };
    done.unwrap_or_else(|problem| problems.push(problem));
}

/// Makes one change of the scenario itself.
pub(super) fn edit_scenario(root: &mut Node, edit: &Edit) -> Result<(), Diagnostic> {
    let done = match &edit.change {
        Change::Set(value) => root.set(&edit.path.steps, value.clone()),
        Change::Remove => root.remove(&edit.path.steps).map(|_| ()),
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
    let hint = missed.nearest;
    Diagnostic::error(format!("nothing is at `{}`", path(steps)))
        .at(edit.span)
        .label("expected a path that meets something")
        .maybe_hint(hint.map(|near| format!("the nearest is `{}`", path(near))))
}

/// Gives an image to the containers of its name.
pub(super) fn set_image(objects: &mut ObjectSet, new: &NewImage, problems: &mut Diagnostics) {
    let done = objects.set_image(&new.container, new.span, &new.image);
    done.unwrap_or_else(|problem| problems.push(problem));
}
