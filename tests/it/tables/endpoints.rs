//! The table of endpoints: who is listed, under which conditions.

use rollcast::ids::PodId;
use rollcast::manifest::PodPhase;
use rollcast::routing::{self, EndpointPod, Terminating, Unready};
use serde_json::json;

use super::row::{Got, Row};

pub(super) fn endpoints(row: &Row) -> Got {
    match row.function() {
        "endpoint_conditions" => {
            let pod = EndpointPod {
                ready: row.flag("pod_ready")?,
                terminating: row.flag("pod_terminating")?,
                ..listed_pod()
            };
            let unready = match row.flag("publish_not_ready_addresses")? {
                true => Unready::Published,
                false => Unready::Withheld,
            };
            let conditions = routing::conditions(&pod, unready);
            Ok(json!({
                "ready": conditions.ready,
                "serving": conditions.serving,
                "terminating": conditions.terminating,
            }))
        }
        "in_endpoints" => {
            let pod = EndpointPod {
                phase: phase(row.text("phase")?)?,
                has_ip: row.flag("has_ip")?,
                terminating: row.flag("terminating")?,
                ..listed_pod()
            };
            let terminating = match row.flag("include_terminating")? {
                true => Terminating::Included,
                false => Terminating::LeftOut,
            };
            Ok(json!(routing::is_listed(&pod, terminating)))
        }
        other => Err(format!("unknown fn `{other}`")),
    }
}

fn listed_pod() -> EndpointPod {
    EndpointPod {
        id: PodId::new(0),
        node: None,
        phase: PodPhase::Running,
        has_ip: true,
        ready: true,
        terminating: false,
    }
}

fn phase(name: &str) -> Result<PodPhase, String> {
    match name {
        "" | "Pending" => Ok(PodPhase::Pending),
        "Running" => Ok(PodPhase::Running),
        "Succeeded" => Ok(PodPhase::Succeeded),
        "Failed" => Ok(PodPhase::Failed),
        "Unknown" => Ok(PodPhase::Unknown),
        other => Err(format!("unknown phase `{other}`")),
    }
}
