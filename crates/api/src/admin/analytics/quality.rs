//! How well devices keep to their protocols.

use super::{analytics_query, paged, quotient};
use crate::Api;
use crate::admin::kpis::shown;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::Filter;
use crate::routes::routes;
use crate::view::PageOut;
use app::Step;
use axum::extract::State;
use domain::kpi::Kpi;
use serde::Serialize;
use store::protocol_quality::{Found, Grouping};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Their routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(analyse_quality))
        .routes(routes!(quality_by_firmware))
}

analytics_query! {
    /// Which rows a table of quality has.
    QualityAnalyticsQuery {}
}

/// How well devices did in an hour, day, week or month; null where nothing was counted.
#[derive(Serialize, ToSchema)]
pub(crate) struct QualityStepOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// When the next one begins, Unix seconds.
    until: i64,
    /// Charges that ended and were looked at.
    sessions: u64,
    /// Those of them that kept every rule.
    compliant: u64,
    /// The share of those.
    protocol_compliance_rate: Option<f64>,
    /// Status reports that did not come, of those that were due.
    status_report_missing_rate: Option<f64>,
    /// Charges with an end report.
    end_report_rate: Option<f64>,
    /// Frames.
    frames: u64,
    /// Those of them that could not be read.
    bad_frames: u64,
    /// The share of those.
    protocol_error_rate: Option<f64>,
    /// Heartbeats that did not come, of those that were due.
    heartbeat_loss_rate: Option<f64>,
    /// Starts that succeeded.
    charge_success_rate: Option<f64>,
    /// Commands that were answered.
    command_success_rate: Option<f64>,
}

impl From<&Step> for QualityStepOut {
    fn from(step: &Step) -> Self {
        let value = |kpi: Kpi| kpi.value(step.of(kpi)).map(shown);
        let sessions = step.of(Kpi::ProtocolCompliance);
        let frames = step.of(Kpi::ProtocolError);
        Self {
            at: step.at.unix_seconds(),
            until: step.until.unix_seconds(),
            sessions: sessions.whole,
            compliant: sessions.part,
            protocol_compliance_rate: value(Kpi::ProtocolCompliance),
            status_report_missing_rate: value(Kpi::StatusReportMissing),
            end_report_rate: value(Kpi::EndReport),
            frames: frames.whole,
            bad_frames: frames.part,
            protocol_error_rate: value(Kpi::ProtocolError),
            heartbeat_loss_rate: value(Kpi::HeartbeatLoss),
            charge_success_rate: value(Kpi::ChargeSuccess),
            command_success_rate: value(Kpi::CommandSuccess),
        }
    }
}

/// How well devices of one firmware did.
#[derive(Serialize, ToSchema)]
pub(crate) struct FirmwareQualityOut {
    /// What they speak.
    protocol: String,
    /// Their model; empty where they did not say it.
    model: String,
    /// Their firmware; likewise.
    firmware: String,
    /// How many.
    devices: i64,
    /// Bytes that came from them.
    bytes: i64,
    /// The share of those that were understood; null without any.
    decoded_rate: Option<f64>,
    /// Charges that kept every rule; null where none was counted, as below.
    protocol_compliance_rate: Option<f64>,
    /// Status reports that did not come.
    status_report_missing_rate: Option<f64>,
    /// Charges with an end report.
    end_report_rate: Option<f64>,
    /// Frames that could not be read.
    protocol_error_rate: Option<f64>,
    /// Heartbeats that did not come.
    heartbeat_loss_rate: Option<f64>,
}

impl From<Found> for FirmwareQualityOut {
    fn from(found: Found) -> Self {
        let value = |kpi: Kpi| {
            let counts = found.figures.get(&kpi.into()).copied();
            kpi.value(counts.unwrap_or_default()).map(shown)
        };
        let count = |of: i64| u64::try_from(of).unwrap_or(0);
        let [received, decoded, ..] = found.bytes;
        Self {
            protocol_compliance_rate: value(Kpi::ProtocolCompliance),
            status_report_missing_rate: value(Kpi::StatusReportMissing),
            end_report_rate: value(Kpi::EndReport),
            protocol_error_rate: value(Kpi::ProtocolError),
            heartbeat_loss_rate: value(Kpi::HeartbeatLoss),
            devices: found.devices,
            bytes: received,
            decoded_rate: quotient(count(decoded), count(received)),
            protocol: found.protocol,
            model: found.model,
            firmware: found.firmware,
        }
    }
}

/// Lists how well devices keep to their protocols by the hour, day, week or month, the oldest first;
/// each step has a row.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/quality",
    tag = "administration",
    operation_id = "analyse_quality",
    extensions(("x-access" = json!("analytics.quality.view")), ("x-scope" = json!("org"))),
    params(QualityAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<QualityStepOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn analyse_quality(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<QualityAnalyticsQuery>,
) -> Answer<PageOut<QualityStepOut>> {
    let steps = api.app().figure_steps(&query.steps(scope)?).await?;
    let rows = steps.iter().map(QualityStepOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}

/// Lists how well devices did by protocol, model and firmware, in whole days; 92 days at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/quality/firmware",
    tag = "administration",
    operation_id = "quality_by_firmware",
    extensions(("x-access" = json!("analytics.quality.view")), ("x-scope" = json!("org"))),
    params(QualityAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<FirmwareQualityOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn quality_by_firmware(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<QualityAnalyticsQuery>,
) -> Answer<PageOut<FirmwareQualityOut>> {
    let steps = query.steps(scope)?;
    let found = api.app().quality_groups(&steps, Grouping::Firmware).await?;
    let rows = found.into_iter().map(FirmwareQualityOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}
