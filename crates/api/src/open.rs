use crate::Api;
use crate::envelope::json;
use crate::failure::{Failure, Refusal};
use crate::payload::At;
use crate::view::seconds;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::PhyId;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether a device lives. No envelope: scripts read `.online` at the top.
#[derive(Serialize, ToSchema)]
pub(crate) struct Life {
    /// The device.
    #[schema(example = "82210225000520")]
    phy_id: String,
    /// Whether it can be reached now.
    online: bool,
    /// Its last valid frame, Unix seconds.
    #[schema(example = 1_729_407_600)]
    last_seen_at: Option<i64>,
}

/// Tells whether a device is online, without a key.
///
/// Can be switched off in the configuration (`api.open_device_status`); 404 then.
#[utoipa::path(
    get,
    path = "/api/devices/{phy_id}",
    tag = "open",
    operation_id = "device_life",
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    responses(
        (status = 200, description = "Whether it lives", body = Life),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn device_life(
    State(api): State<Api>,
    At(phy_id): At<PhyId>,
) -> Result<Response, Failure> {
    let heartbeat = api.app().heartbeat(&phy_id).await?;
    let life = Life {
        phy_id: phy_id.to_string(),
        online: heartbeat.online,
        last_seen_at: seconds(heartbeat.last_seen_at),
    };
    Ok(json(StatusCode::OK, &life))
}
