//! Orders that have fallen silent (卡住订单).

use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named};
use crate::run_to_end::run_to_end;
use crate::system::SystemQuery;
use crate::view::{PageOut, PageQuery, seconds};
use app::SilentOrder;
use axum::extract::State;
use kernel::{OrderNo, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Page;
use utoipa::ToSchema;

/// An order's number, in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct StuckOrderNo(String);

impl Named for StuckOrderNo {
    const NAME: &'static str = "order";
}

/// An active order without a sign of life.
#[derive(Serialize, ToSchema)]
pub(crate) struct StuckOrderOut {
    /// The order.
    #[schema(example = "THD1729407600001")]
    order_no: String,
    /// Its device.
    phy_id: String,
    /// Its port.
    port_no: u16,
    /// Where.
    station_id: Option<i64>,
    /// `pending`, `charging`.
    #[schema(example = "charging")]
    status: &'static str,
    /// Whether its device can be reached.
    online: bool,
    /// Its last sign of life, Unix seconds.
    evidence_at: i64,
    /// For how long it has been silent, seconds.
    silent_s: i64,
    /// When the program will do something about it by itself, Unix seconds.
    next_at: Option<i64>,
}

impl StuckOrderOut {
    fn at(order: &SilentOrder, now: Timestamp) -> Self {
        Self {
            order_no: order.order_no.to_string(),
            phy_id: order.phy_id.to_string(),
            port_no: order.port_no.0,
            station_id: order.station_id,
            status: order.status.as_str(),
            online: order.online,
            evidence_at: order.evidence_at.unix_seconds(),
            silent_s: now.unix_seconds() - order.evidence_at.unix_seconds(),
            next_at: seconds(order.next_at),
        }
    }
}

/// Lists active orders whose device has not spoken of them for longer than its rhythm allows, the
/// most silent first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/stuck-orders",
    tag = "administration",
    operation_id = "stuck_orders",
    extensions(("x-access" = json!("ops.stuck.view")), ("x-scope" = json!("org"))),
    params(SystemQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<StuckOrderOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<SystemQuery>,
) -> Answer<PageOut<StuckOrderOut>> {
    let request = query.page_request()?;
    let now = api.app().now();
    let all = api.app().silent_orders_of(&scope).await?;
    let (page, size) = (request.page.max(1), request.size.max(1));
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let skipped = usize::try_from((page - 1).saturating_mul(size)).unwrap_or(usize::MAX);
    let shown = usize::try_from(size).unwrap_or(usize::MAX);
    let items = all.into_iter().skip(skipped).take(shown).collect();
    let page = Page {
        items,
        total,
        page,
        size,
    };
    Ok(ok(PageOut::of(page, |order| {
        StuckOrderOut::at(&order, now)
    })))
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct StuckFixOut {
    /// The order.
    order_no: String,
    /// Its status now.
    status: String,
}

/// Does at once what is due about a silent order, and asks its device. Ending it whatever is due
/// takes two persons: see `force-finish`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ops/stuck-orders/{order_no}/fix",
    tag = "administration",
    operation_id = "fix_stuck_order",
    extensions(("x-access" = json!("ops.stuck.fix")), ("x-audit" = json!("own"))),
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    responses(
        (status = 200, description = "What became of it", body = Envelope<StuckFixOut>),
        (status = 404, description = "No such active order", body = Refusal),
    )
)]
pub(crate) async fn fix(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(StuckOrderNo(order_no)): At<StuckOrderNo>,
) -> Answer<StuckFixOut> {
    let number: OrderNo = order_no
        .parse()
        .map_err(|_| Failure::from(app::AppError::NotFound("active order")))?;
    let app = api.app().clone();
    let status = run_to_end(async move {
        app.look_at_stuck(number).await?;
        let object = format!("order:{number}");
        app.audit(
            &actor,
            "ops.stuck.fix",
            &object,
            Some(json!({"asked": true})),
        )
        .await?;
        Ok(app.orders().peek(number).await.map(|order| order.status))
    })
    .await?;
    let status = status.map_or("ended", |status| status.as_str());
    Ok(ok(StuckFixOut {
        order_no,
        status: status.to_owned(),
    }))
}
