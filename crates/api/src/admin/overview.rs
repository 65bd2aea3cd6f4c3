use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use app::queries::Overview;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// What the process and its database hold at this moment.
#[derive(Serialize, ToSchema)]
pub(crate) struct OverviewOut {
    /// Version of the program.
    version: &'static str,
    /// `sqlite` or `postgres`.
    database: &'static str,
    /// Devices.
    devices: i64,
    /// Devices that are connected here.
    sessions: usize,
    /// Orders that have not begun.
    orders_pending: i64,
    /// Orders that run.
    orders_charging: i64,
    /// Orders kept in memory.
    orders_in_memory: usize,
    /// Webhooks that wait for their first or next attempt.
    webhooks_pending: i64,
    /// Webhooks that were given up.
    webhooks_dead: i64,
}

/// Shows what the process and its database hold at this moment.
#[utoipa::path(
    get,
    path = "/api/v1/admin/stats",
    tag = "administration",
    operation_id = "stats",
    extensions(("x-access" = json!("dashboard.home.view"))),
    responses((status = 200, description = "Counts", body = Envelope<OverviewOut>))
)]
pub(crate) async fn overview(State(api): State<Api>) -> Answer<OverviewOut> {
    let Overview {
        devices,
        sessions,
        orders_pending,
        orders_charging,
        orders_in_memory,
        webhooks_pending,
        webhooks_dead,
    } = api.app().overview().await?;
    Ok(ok(OverviewOut {
        version: env!("CARGO_PKG_VERSION"),
        database: api.app().db().engine(),
        devices,
        sessions,
        orders_pending,
        orders_charging,
        orders_in_memory,
        webhooks_pending,
        webhooks_dead,
    }))
}
