//! The prices of devices: which are in force, which they hold.

use super::TariffQuery;
use super::prices::{RateBody, rates_of};
use crate::Api;
use crate::access::Client;
use crate::admin::send::WaitBody;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::ticket::{TicketOut, wait};
use crate::view::{PageOut, PageQuery};
use axum::extract::State;
use kernel::{PhyId, PortNo, Timestamp};
use serde::{Deserialize, Serialize};
use store::tariffs::PushNote;
use utoipa::{IntoParams, ToSchema};

/// A port at an instant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PricesQuery {
    /// The port; 1 when absent.
    port_no: Option<u16>,
    /// When, Unix seconds; now when absent.
    at: Option<i64>,
}

/// The prices of a port.
#[derive(Serialize, ToSchema)]
pub(crate) struct InForceOut {
    /// The tariff.
    tariff_id: i64,
    /// Its name.
    name: String,
    /// Which version of it.
    version: i32,
    /// The number by which devices know it.
    #[schema(example = "0001")]
    model_no: String,
    /// By kind.
    rates: Vec<RateBody>,
    /// The kind of each half hour.
    slots: Vec<u8>,
}

/// Shows the prices that are in force at a port.
#[utoipa::path(
    get,
    path = "/api/v1/admin/devices/{phy_id}/tariff",
    tag = "administration",
    operation_id = "device_tariff",
    extensions(("x-access" = json!("device.device.view"))),
    params(
        ("phy_id" = String, Path, description = "The device's id", example = "82210225000520"),
        PricesQuery
    ),
    responses(
        (status = 200, description = "The prices", body = Envelope<InForceOut>),
        (status = 404, description = "No such device, or no prices", body = Refusal),
    )
)]
pub(crate) async fn in_force(
    State(api): State<Api>,
    At(phy_id): At<PhyId>,
    Filter(query): Filter<PricesQuery>,
) -> Answer<InForceOut> {
    let port = PortNo(query.port_no.unwrap_or(1));
    let at = query
        .at
        .map_or_else(|| api.app().now(), Timestamp::from_unix_seconds);
    let found = api.app().prices_at(&phy_id, port, at).await?;
    Ok(ok(InForceOut {
        tariff_id: found.tariff_id,
        name: found.name,
        version: found.version,
        model_no: format!("{:04}", found.table.model),
        rates: rates_of(&found.table),
        slots: found.table.slots,
    }))
}

/// Pushes the prices in force to a device now.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/tariff",
    tag = "administration",
    operation_id = "push_tariff",
    extensions(("x-access" = json!("device.device.push_tariff"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = WaitBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`device has no tariff`, `device offline`", body = Refusal),
        (status = 422, description = "The device holds no prices", body = Refusal),
    )
)]
pub(crate) async fn push(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<WaitBody>,
) -> Answer<TicketOut> {
    let wait = wait(body.wait)?;
    let app = api.app().clone();
    let ticket =
        run_to_end(async move { app.push_tariff(&client.caller.actor(), &phy_id, wait).await })
            .await?;
    Ok(ok(ticket.into()))
}

/// What became of prices on their way to a device.
#[derive(Serialize, ToSchema)]
pub(crate) struct PushOut {
    /// The number of the prices.
    #[schema(example = "0001")]
    model_no: String,
    /// `same` and `asked` when the device compared, `accepted`, `refused` or `lapsed` when they
    /// were pushed.
    #[schema(example = "accepted")]
    result: String,
    /// In words, where there is more to say.
    detail: Option<String>,
    /// When, Unix seconds.
    at: i64,
}

impl From<PushNote> for PushOut {
    fn from(note: PushNote) -> Self {
        Self {
            model_no: format!("{:04}", note.model_no),
            result: note.result,
            detail: note.detail,
            at: note.at.unix_seconds(),
        }
    }
}

/// Lists what became of prices on their way to a device, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/devices/{phy_id}/tariff/pushes",
    tag = "administration",
    operation_id = "tariff_pushes",
    extensions(("x-access" = json!("device.tariff.history"))),
    params(
        ("phy_id" = String, Path, description = "The device's id", example = "82210225000520"),
        TariffQuery
    ),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<PushOut>>),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn pushes(
    State(api): State<Api>,
    At(phy_id): At<PhyId>,
    Filter(query): Filter<TariffQuery>,
) -> Answer<PageOut<PushOut>> {
    let page = api
        .app()
        .tariff_pushes(&phy_id, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, PushOut::from)))
}
