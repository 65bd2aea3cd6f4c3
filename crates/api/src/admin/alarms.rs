use crate::Api;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Failure;
use crate::payload::Filter;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use kernel::OrderNo;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::alarms::{AlarmFilter, AlarmRow};
use utoipa::{IntoParams, ToSchema};

/// Which alarms a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlarmQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// In this state only: `open`, `acked`, `processing`, `auto_recovered`, `resolved`, `closed`.
    state: Option<String>,
    /// Those that are not over only.
    #[serde(default)]
    open: bool,
    /// With this cause only, for example `port_fault`.
    code: Option<String>,
    /// Of this device only.
    phy_id: Option<String>,
    /// Of this order only.
    order_no: Option<String>,
}

impl PageQuery for AlarmQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// The states of an alarm.
const STATES: [&str; 6] = [
    "open",
    "acked",
    "processing",
    "auto_recovered",
    "resolved",
    "closed",
];

/// What needs somebody's eye.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlarmOut {
    /// Its id.
    id: i64,
    /// Its cause.
    #[schema(example = "port_fault")]
    code: String,
    /// `C` critical, `W` warning, `I` information.
    #[schema(example = "C")]
    level: String,
    /// Kind of object: `device`, `port`, `order` …
    object_type: String,
    /// Which one.
    object_id: String,
    /// The port.
    port_no: Option<u16>,
    /// The order.
    order_no: Option<String>,
    /// In words.
    message: String,
    /// Values that came with it.
    details: Value,
    /// When it was raised first, Unix seconds.
    first_at: i64,
    /// When it was raised last, Unix seconds.
    last_at: i64,
    /// How often it was raised.
    count: i32,
    /// `open`, `acked`, `processing`, `auto_recovered`, `resolved`, `closed`.
    #[schema(example = "open")]
    state: String,
    /// When its cause was gone, Unix seconds.
    recovered_at: Option<i64>,
}

impl From<AlarmRow> for AlarmOut {
    fn from(alarm: AlarmRow) -> Self {
        Self {
            id: alarm.id,
            code: alarm.code,
            level: alarm.level,
            object_type: alarm.object_type,
            object_id: alarm.object_id,
            port_no: alarm.port_no.map(|port| port.0),
            order_no: alarm.order_no.map(|order_no| order_no.to_string()),
            message: alarm.message,
            details: alarm.details,
            first_at: alarm.first_at.unix_seconds(),
            last_at: alarm.last_at.unix_seconds(),
            count: alarm.count,
            state: alarm.state,
            recovered_at: seconds(alarm.recovered_at),
        }
    }
}

/// Lists alarms, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/alarms",
    tag = "administration",
    operation_id = "alarms",
    extensions(("x-access" = json!("device.alarm.view")), ("x-scope" = json!("org"))),
    params(AlarmQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<AlarmOut>>),
        (status = 404, description = "No such device",
            body = crate::failure::Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<AlarmQuery>,
) -> Answer<PageOut<AlarmOut>> {
    if query
        .state
        .as_deref()
        .is_some_and(|state| !STATES.contains(&state))
    {
        return Err(Failure::invalid(
            "state",
            &format!("must be one of {}", STATES.join(", ")),
        ));
    }
    let order_no = query
        .order_no
        .as_deref()
        .map(str::parse::<OrderNo>)
        .transpose();
    let device_id = match query.phy_id.as_deref().map(device_id).transpose()? {
        Some(phy_id) => Some(api.app().device_summary(&phy_id).await?.row.id),
        None => None,
    };
    let filter = AlarmFilter {
        state: query.state.clone(),
        open: query.open,
        code: query.code.clone(),
        device_id,
        scope,
        order_no: order_no.map_err(|problem| Failure::invalid("order_no", &problem.to_string()))?,
    };
    let page = api.app().alarms(&filter, query.page_request()?).await?;
    Ok(ok(PageOut::of(page, AlarmOut::from)))
}
