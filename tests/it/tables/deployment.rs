//! Rolling steps: rolling_test.go and the fenceposts of deployment_util_test.go.

use rollcast::control::deployment::{
    Resize, cleanup_unhealthy, max_unavailable, min_available, new_replica_set_size, reconcile_new,
    reconcile_old, resolve_fenceposts, scale_down_old,
};
use serde_json::json;

use super::row::{Got, Row, replica_set, replica_sets};

pub(super) fn new_replicas(row: &Row) -> Got {
    let spec = row.spec(row.count("deployment_replicas")?)?;
    let all_spec = row.count("all_rs_spec_replicas_sum")?;
    let new_spec = row.count("new_rs_spec_replicas")?;
    match row.function() {
        "new_rs_new_replicas" => Ok(json!({
            "new_rs_spec_replicas": new_replica_set_size(&spec, all_spec, new_spec),
        })),
        "reconcile_new_replica_set" => {
            let size = reconcile_new(&spec, all_spec, new_spec);
            Ok(json!({
                "scaled": size.is_some(),
                "new_rs_spec_replicas": size.unwrap_or(new_spec),
            }))
        }
        other => Err(format!("unknown fn `{other}`")),
    }
}

pub(super) fn fenceposts(row: &Row) -> Got {
    match row.function() {
        "resolve_fenceposts" => {
            let surge = row.fencepost("max_surge");
            let unavailable = row.fencepost("max_unavailable");
            let (Ok(surge), Ok(unavailable)) = (surge, unavailable) else {
                // A text that is no fencepost never becomes one: the error is the parser's.
                return Ok(json!({ "surge": 0, "unavailable": 0, "error": true }));
            };
            let posts = resolve_fenceposts(surge, unavailable, row.count("desired")?);
            Ok(json!({
                "surge": posts.surge,
                "unavailable": posts.unavailable,
                "error": false,
            }))
        }
        // A null number of replicas was unset upstream, which the function reads as none.
        "max_unavailable" => {
            let spec = row.spec(row.count_or("replicas", 0)?)?;
            Ok(json!({ "value": max_unavailable(&spec) }))
        }
        "min_available" => {
            let spec = row.spec(row.count_or("replicas", 0)?)?;
            Ok(json!({ "value": min_available(&spec) }))
        }
        other => Err(format!("unknown fn `{other}`")),
    }
}

fn taken(resizes: &[Resize]) -> u32 {
    resizes.iter().map(|resize| resize.from - resize.to).sum()
}

pub(super) fn reconcile_old_sets(row: &Row) -> Got {
    let spec = row.spec(row.count("deployment_replicas")?)?;
    let old = replica_sets(row, "old_rs")?;
    let new = replica_set(row.object("new_rs")?, old.len())?;
    let step = reconcile_old(&spec, &old, &new);
    let size = |id, from| {
        let last = step.resizes().filter(|resize| resize.id == id).last();
        last.map_or(from, |resize| resize.to)
    };
    let sizes: Vec<u32> = old.iter().map(|set| size(set.id, set.spec)).collect();
    Ok(json!({
        "scaled": step.scaled(),
        "old_rs_spec_replicas": sizes,
        "cleanup_count": taken(&step.unhealthy),
        "scale_down_count": taken(&step.healthy),
    }))
}

pub(super) fn cleanup(row: &Row) -> Got {
    let mut old = replica_sets(row, "old_rs")?;
    let step = cleanup_unhealthy(&mut old, row.count("max_cleanup_count")?);
    Ok(json!({
        "cleanup_count": taken(&step.unhealthy),
        "old_rs_spec_replicas": old.iter().map(|set| set.spec).collect::<Vec<_>>(),
    }))
}

pub(super) fn scale_down(row: &Row) -> Got {
    let spec = row.spec(row.count("deployment_replicas")?)?;
    let mut old = replica_sets(row, "old_rs")?;
    let resizes = scale_down_old(&spec, &mut old, 0);
    Ok(json!({
        "scaled": !resizes.is_empty(),
        "scaled_down_count": taken(&resizes),
        "old_rs_spec_replicas": old.iter().map(|set| set.spec).collect::<Vec<_>>(),
    }))
}
