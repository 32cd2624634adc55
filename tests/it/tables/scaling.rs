//! Proportional scaling: TestScale and TestGetReplicaSetFraction.

use rollcast::control::deployment::{ReplicaSetView, fraction, scale};
use rollcast::ids::ReplicaSetId;
use serde_json::{Value, json};

use super::row::{Got, Row, replica_set};

pub(super) fn scaling(row: &Row) -> Got {
    match row.function() {
        "" => scale_step(row),
        "replica_set_fraction" => fraction_of_one(row),
        other => Err(format!("unknown fn `{other}`")),
    }
}

fn fraction_of_one(row: &Row) -> Got {
    let deployment = row.object("deployment")?;
    let spec = deployment.spec(deployment.count("replicas")?)?;
    let set = json!({ "spec_replicas": row.count("rs_spec_replicas")? });
    let mut set = replica_set(Row::new(&Value::Null, &set), 0)?;
    set.max = row.count_or_none("annotation_max_replicas")?;
    let status = deployment.count_or("status_replicas", 0)?;
    Ok(json!({ "fraction": fraction(&spec, status, &set) }))
}

fn scale_step(row: &Row) -> Got {
    let deployment = row.object("deployment")?;
    let spec = deployment.spec(deployment.count("replicas")?)?;
    let (mut new, mut old, mut names) = (None, Vec::new(), Vec::new());
    for (index, set) in row.list("rs")?.into_iter().enumerate() {
        let view = replica_set(set, index)?;
        names.push((view, set.text("name")?));
        match set.text("role")? {
            "new" => new = Some(view),
            "old" => old.push(view),
            other => return Err(format!("unknown role `{other}`")),
        }
    }
    let status = deployment.count_or("status_replicas", 0)?;
    let resizes = scale(&spec, status, new.as_ref(), &old);
    let size = |id: ReplicaSetId, from: u32| {
        let resize = resizes.iter().find(|resize| resize.id == id);
        resize.map_or(from, |resize| resize.to)
    };
    // Upstream pretends that the API refused to update these.
    let ignored = row.raw("ignore_updates_of");
    let is_ignored = |name: &str| {
        let names = ignored.as_array().into_iter().flatten();
        names.into_iter().any(|ignored| ignored == name)
    };
    let result = |(set, name): &(ReplicaSetView, &str)| match is_ignored(name) {
        true => ((*name).to_owned(), json!(set.spec)),
        false => ((*name).to_owned(), json!(size(set.id, set.spec))),
    };
    let sizes: serde_json::Map<String, Value> = names.iter().map(result).collect();
    Ok(json!({ "spec_replicas": sizes }))
}
