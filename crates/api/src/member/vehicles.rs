//! Vehicles that a member drives.

use super::guard::Caller;
use super::sessions::MemberDone;
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Named, Payload};
use crate::run_to_end::run_to_end;
use app::VehicleWish;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::member_vehicles::MemberVehicle;
use utoipa::ToSchema;

/// A vehicle is to be bound: a plate, a number, or both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"plate": "京AD12345", "vin": "LSGBC5345HG001234"}))]
pub(crate) struct MemberVehicleBody {
    /// Its plate.
    #[schema(max_length = 20)]
    plate: Option<String>,
    /// Its vehicle identification number, 17 letters and digits.
    #[schema(max_length = 17)]
    vin: Option<String>,
    /// It charges by being plugged in, and the wallet pays.
    #[serde(default)]
    plug_and_charge: bool,
}

/// A member's vehicle.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberVehicleOut {
    /// Its id.
    #[schema(example = 1)]
    id: i64,
    /// Its plate, without blanks and dots.
    #[schema(example = "京AD12345")]
    plate: Option<String>,
    /// Its number.
    #[schema(example = "LSGBC5345HG001234")]
    vin: Option<String>,
    /// When it was bound, Unix seconds.
    created_at: i64,
}

impl From<MemberVehicle> for MemberVehicleOut {
    fn from(row: MemberVehicle) -> Self {
        Self {
            id: row.id,
            plate: row.plate,
            vin: row.vin,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// A vehicle's id in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct VehicleId(i64);

impl Named for VehicleId {
    const NAME: &'static str = "vehicle";
}

/// Lists the member's vehicles, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/vehicles",
    tag = "member",
    operation_id = "member_vehicles",
    responses((status = 200, description = "All", body = Envelope<Vec<MemberVehicleOut>>))
)]
pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Answer<Vec<MemberVehicleOut>> {
    let own = api.app().own_vehicles(caller.member.member_id()).await?;
    Ok(ok(own.into_iter().map(MemberVehicleOut::from).collect()))
}

/// Binds a vehicle.
#[utoipa::path(
    post,
    path = "/api/v1/member/vehicles",
    tag = "member",
    operation_id = "member_bind_vehicle",
    request_body = MemberVehicleBody,
    responses(
        (status = 200, description = "Bound", body = Envelope<MemberVehicleOut>),
        (status = 409, description = "It is somebody else's, or there are ten already",
            body = Refusal),
    )
)]
pub(crate) async fn bind(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<MemberVehicleBody>,
) -> Answer<MemberVehicleOut> {
    let wish = VehicleWish {
        plate: body.plate,
        vin: body.vin,
        plug_and_charge: body.plug_and_charge,
    };
    let app = api.app().clone();
    let bound = run_to_end(async move { app.bind_vehicle(&caller.member, &wish).await }).await?;
    Ok(ok(bound.into()))
}

/// Gives a vehicle up.
#[utoipa::path(
    delete,
    path = "/api/v1/member/vehicles/{id}",
    tag = "member",
    operation_id = "member_unbind_vehicle",
    params(("id" = i64, Path, description = "Its id", example = 1)),
    responses(
        (status = 200, description = "It is nobody's", body = Envelope<MemberDone>),
        (status = 404, description = "No such vehicle of yours", body = Refusal),
    )
)]
pub(crate) async fn unbind(
    State(api): State<Api>,
    caller: Caller,
    At(VehicleId(id)): At<VehicleId>,
) -> Answer<MemberDone> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    run_to_end(async move { app.unbind_vehicle(member, id).await }).await?;
    Ok(ok(MemberDone { done: true }))
}
