use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter};
use crate::view::{OrderOut, PageOut, PageQuery, SampleOut};
use axum::extract::State;
use domain::order::OrderStatus;
use kernel::{OrderNo, PhyId, PortNo};
use serde::Deserialize;
use store::orders::OrderFilter;
use utoipa::IntoParams;

/// Shows an order with its values of this moment.
#[utoipa::path(
    get,
    path = "/api/v1/third/orders/{order_no}",
    tag = "third-party",
    operation_id = "order",
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    responses(
        (status = 200, description = "The order", body = Envelope<OrderOut>),
        (status = 404, description = "No such order", body = Refusal),
    )
)]
pub(crate) async fn order(
    State(api): State<Api>,
    client: Client,
    At(order_no): At<OrderNo>,
) -> Answer<OrderOut> {
    let order = api.app().order(order_no).await?;
    client.check_device(&order.phy_id)?;
    Ok(ok(order.into()))
}

/// Which orders a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// In this state only: `pending`, `charging`, `completed`, `cancelled`, `failed`.
    status: Option<String>,
    /// Of this device only.
    phy_id: Option<String>,
    /// Of this port number only.
    port_no: Option<u16>,
}

impl PageQuery for OrderQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

impl OrderQuery {
    /// The store's filter.
    pub(crate) fn filter(&self) -> Result<OrderFilter, Failure> {
        let status = self.status.as_deref().map(|text| {
            OrderStatus::parse(text).ok_or_else(|| {
                Failure::invalid(
                    "status",
                    "must be pending, charging, completed, cancelled or failed",
                )
            })
        });
        Ok(OrderFilter {
            status: status.transpose()?,
            phy_id: self.phy_id.as_deref().map(device_id).transpose()?,
            port_no: self.port_no.map(PortNo),
            ..OrderFilter::default()
        })
    }
}

/// Reads a device id among the parameters.
pub(crate) fn device_id(text: &str) -> Result<PhyId, Failure> {
    text.parse()
        .map_err(|problem: kernel::InvalidId| Failure::invalid("phy_id", &problem.to_string()))
}

/// Lists orders, newest first.
///
/// A key that is bound to certain devices sees the orders of the device that it names, or
/// without `phy_id` the orders that it has started itself.
#[utoipa::path(
    get,
    path = "/api/v1/third/orders",
    tag = "third-party",
    operation_id = "orders",
    params(OrderQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<OrderOut>>))
)]
pub(crate) async fn orders(
    State(api): State<Api>,
    client: Client,
    Filter(query): Filter<OrderQuery>,
) -> Answer<PageOut<OrderOut>> {
    let mut filter = query.filter()?;
    match &filter.phy_id {
        Some(phy_id) => client.check_device(phy_id)?,
        None if !client.devices.is_empty() => filter.api_key_id = Some(client.id),
        None => {}
    }
    let page = api
        .app()
        .list_orders(&filter, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, OrderOut::from)))
}

/// Shows the progress curve of an order.
#[utoipa::path(
    get,
    path = "/api/v1/third/orders/{order_no}/samples",
    tag = "third-party",
    operation_id = "order_samples",
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    responses(
        (status = 200, description = "The curve, oldest first", body = Envelope<Vec<SampleOut>>),
        (status = 404, description = "No such order", body = Refusal),
    )
)]
pub(crate) async fn samples(
    State(api): State<Api>,
    client: Client,
    At(order_no): At<OrderNo>,
) -> Answer<Vec<SampleOut>> {
    let order = api.app().order(order_no).await?;
    client.check_device(&order.phy_id)?;
    let samples = api.app().order_curve(order_no).await?;
    Ok(ok(samples.into_iter().map(SampleOut::from).collect()))
}
