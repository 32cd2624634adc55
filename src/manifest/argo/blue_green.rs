//! `spec.strategy.blueGreen`.

use super::affinity::read_anti_affinity;
use super::analysis::read_analysis;
use super::canary::fencepost;
use super::rollout::Whole;
use super::scale_down::read_scale_down;
use super::{AnalysisRef, AntiAffinity, ScaleDown};
use crate::document::{Diagnostic, MapReader};
use crate::manifest::REPLICAS_MAX;
use crate::manifest::probe::{SECONDS_MAX, seconds};
use crate::units::{IntOrPercent, SimDuration};

/// Two full sets of pods and one switch (reference progressive-delivery.md §1).
#[derive(Debug, Clone, PartialEq)]
pub struct BlueGreen {
    /// `activeService`: whose users meet the stable version, and after the switch the new one.
    pub active_service: String,
    /// `previewService`: meets the new version at once.
    pub preview_service: Option<String>,
    /// `previewReplicaCount` (pods); default none: as many as `spec.replicas`.
    pub preview_replicas: Option<u32>,
    /// `autoPromotionEnabled`, default true.
    pub auto_promotion_enabled: bool,
    /// `autoPromotionSeconds`, default 0; without a say where `autoPromotionEnabled` is false.
    pub auto_promotion_delay: SimDuration,
    /// Delays before sets that are no longer needed go.
    pub scale_down: ScaleDown,
    /// `prePromotionAnalysis`.
    pub pre_promotion: Option<AnalysisRef>,
    /// `postPromotionAnalysis`.
    pub post_promotion: Option<AnalysisRef>,
    /// `antiAffinity`.
    pub anti_affinity: Option<AntiAffinity>,
    /// `maxUnavailable`, for restarts of pods only; default 25 %.
    pub max_unavailable: IntOrPercent,
}

/// Reads it; `None` without an active Service.
pub(super) fn read_blue_green(mut map: MapReader<'_, '_>, whole: &Whole<'_>) -> Option<BlueGreen> {
    let active_service = active_service(&mut map);
    let preview_service = service(&mut map, "previewService");
    if active_service.is_some() && active_service == preview_service {
        let finding = Diagnostic::error("`activeService` and `previewService` are the same")
            .at(map.value_span("previewService"))
            .label("expected two different Services")
            .hint("give the preview a Service of its own, or remove `previewService`");
        map.problems().push(finding);
    }
    let preview_replicas = map.number_within("previewReplicaCount", 0..=REPLICAS_MAX);
    let enabled = map.optional("autoPromotionEnabled");
    let delay = map.number_within("autoPromotionSeconds", 0..=SECONDS_MAX);
    let scale_down = read_scale_down(&mut map);
    check_revision_limit(scale_down, whole, &mut map);
    let mut analysis = |key| Some(read_analysis(key, map.map(key)?, whole));
    let pre_promotion = analysis("prePromotionAnalysis");
    let post_promotion = analysis("postPromotionAnalysis");
    Some(BlueGreen {
        active_service: active_service?,
        preview_service,
        preview_replicas: preview_replicas.map(|replicas| replicas as u32),
        auto_promotion_enabled: enabled.unwrap_or(true),
        auto_promotion_delay: seconds(delay.unwrap_or(0)),
        scale_down,
        pre_promotion,
        post_promotion,
        anti_affinity: read_anti_affinity(&mut map),
        max_unavailable: fencepost(&mut map, "maxUnavailable"),
    })
}

fn active_service(map: &mut MapReader<'_, '_>) -> Option<String> {
    map.required_node("activeService")?;
    let name: String = map.optional("activeService")?;
    if name.is_empty() {
        let finding = Diagnostic::error("`activeService` is empty")
            .at(map.value_span("activeService"))
            .label("expected the name of a Service");
        map.problems().push(finding);
    }
    Some(name).filter(|name| !name.is_empty())
}

/// The name of a Service; an empty one is none, as in the controller.
pub(super) fn service<'a>(map: &mut MapReader<'a, '_>, key: &'a str) -> Option<String> {
    map.optional(key).filter(|name: &String| !name.is_empty())
}

fn check_revision_limit(scale_down: ScaleDown, whole: &Whole<'_>, map: &mut MapReader<'_, '_>) {
    let history = whole.revision_history_limit;
    let Some(limit) = scale_down.revision_limit.filter(|limit| *limit > history) else {
        return;
    };
    let message = format!("`scaleDownDelayRevisionLimit` {limit} is above `revisionHistoryLimit`");
    let finding = Diagnostic::error(message)
        .at(map.value_span("scaleDownDelayRevisionLimit"))
        .label(format!("only {history} old sets are kept (default 10)"));
    map.problems().push(finding);
}
