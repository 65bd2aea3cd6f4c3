//! Who sees a station of somebody else.

use super::StationId;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::station_grants::StationGrant;
use utoipa::ToSchema;

/// Most organisations that see a station.
const ORGS_MAX: usize = 100;

/// An organisation that sees a station.
#[derive(Serialize, ToSchema)]
pub(crate) struct StationGrantOut {
    /// Which.
    org_id: i64,
    /// Its name.
    org_name: String,
    /// Who granted it.
    granted_by: String,
    /// When, Unix seconds.
    granted_at: i64,
}

impl From<StationGrant> for StationGrantOut {
    fn from(row: StationGrant) -> Self {
        Self {
            org_id: row.org_id,
            org_name: row.org_name,
            granted_by: row.granted_by,
            granted_at: row.granted_at.unix_seconds(),
        }
    }
}

/// Shows who sees a station of somebody else.
#[utoipa::path(
    get,
    path = "/api/v1/admin/stations/{station_id}/grants",
    tag = "console",
    operation_id = "show_station_grants",
    extensions(("x-access" = json!("device.station.view")), ("x-scope" = json!("platform"))),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    responses(
        (status = 200, description = "They", body = Envelope<Vec<StationGrantOut>>),
        (status = 404, description = "No such station", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<StationId>,
) -> Answer<Vec<StationGrantOut>> {
    let rows = api.app().station_grants(&actor, id.0).await?;
    Ok(ok(rows.into_iter().map(StationGrantOut::from).collect()))
}

/// Who is to see a station.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"org_ids": [7]}))]
pub(crate) struct StationGrantBody {
    /// Exactly these organisations, at most 100.
    org_ids: BTreeSet<i64>,
}

/// Shows a station, with its devices, orders and alarms, to exactly those organisations. They
/// see and change nothing.
#[utoipa::path(
    put,
    path = "/api/v1/admin/stations/{station_id}/grants",
    tag = "console",
    operation_id = "grant_station",
    extensions(
        ("x-access" = json!("device.station.edit")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    request_body = StationGrantBody,
    responses(
        (status = 200, description = "They", body = Envelope<Vec<StationGrantOut>>),
        (status = 404, description = "No such station or organisation", body = Refusal),
    )
)]
pub(crate) async fn replace(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<StationId>,
    Payload(body): Payload<StationGrantBody>,
) -> Answer<Vec<StationGrantOut>> {
    if body.org_ids.len() > ORGS_MAX {
        return Err(Failure::invalid("org_ids", "must be at most 100"));
    }
    let app = api.app().clone();
    let rows =
        run_to_end(async move { app.grant_station(&actor, id.0, &body.org_ids).await }).await?;
    Ok(ok(rows.into_iter().map(StationGrantOut::from).collect()))
}
