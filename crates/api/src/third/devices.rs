use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter};
use crate::view::{DeviceOut, DeviceSummaryOut, PageOut, PageQuery};
use app::queries::DeviceFilter;
use axum::extract::State;
use domain::device_status::DeviceStatus;
use kernel::PhyId;
use serde::Deserialize;
use store::PageRequest;
use utoipa::IntoParams;

/// Shows a device, its ports and its active orders.
#[utoipa::path(
    get,
    path = "/api/v1/third/devices/{phy_id}",
    tag = "third-party",
    operation_id = "device",
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    responses(
        (status = 200, description = "The device", body = Envelope<DeviceOut>),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn device(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
) -> Answer<DeviceOut> {
    client.check_device(&phy_id)?;
    Ok(ok(api.app().device(&phy_id).await?.into()))
}

/// Which devices a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeviceQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// In this state only: `registered`, `active`, `disabled`, `maintenance`, `retired`.
    status: Option<String>,
}

impl PageQuery for DeviceQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists devices.
#[utoipa::path(
    get,
    path = "/api/v1/third/devices",
    tag = "third-party",
    operation_id = "devices",
    params(DeviceQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<DeviceSummaryOut>>))
)]
pub(crate) async fn devices(
    State(api): State<Api>,
    client: Client,
    Filter(query): Filter<DeviceQuery>,
) -> Answer<PageOut<DeviceSummaryOut>> {
    let page = query.page_request()?;
    let status = query.status.as_deref().map(device_status).transpose()?;
    if !client.devices.is_empty() {
        return Ok(ok(own_devices(&api, &client, status, page).await?));
    }
    let filter = DeviceFilter {
        status,
        ..DeviceFilter::default()
    };
    let page = api.app().devices(&filter, page).await?;
    Ok(ok(PageOut::of(page, DeviceSummaryOut::from)))
}

/// Reads a device's lifecycle state.
pub(crate) fn device_status(text: &str) -> Result<DeviceStatus, Failure> {
    DeviceStatus::parse(text).ok_or_else(|| {
        Failure::invalid(
            "status",
            "must be registered, active, disabled, maintenance or retired",
        )
    })
}

/// The devices that a key is bound to: few enough to be looked up one by one.
async fn own_devices(
    api: &Api,
    client: &Client,
    status: Option<DeviceStatus>,
    page: PageRequest,
) -> Result<PageOut<DeviceSummaryOut>, Failure> {
    let mut ids: Vec<&PhyId> = client.devices.iter().collect();
    ids.sort_unstable();
    let mut found = Vec::new();
    for phy_id in ids {
        match api.app().device_summary(phy_id).await {
            Ok(device) if status.is_none_or(|status| device.row.status == status) => {
                found.push(device);
            }
            Ok(_) | Err(app::AppError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let skipped = usize::try_from(page.page - 1)
        .unwrap_or(usize::MAX)
        .saturating_mul(size);
    let items = found
        .into_iter()
        .skip(skipped)
        .take(size)
        .map(DeviceSummaryOut::from)
        .collect();
    Ok(PageOut {
        items,
        total,
        page: page.page,
        size: page.size,
    })
}
