use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named};
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use kernel::{OrderNo, PhyId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::deliveries::{Delivery, PastAttempt};
use store::events::{Event, EventFilter};
use tracing::info;
use utoipa::{IntoParams, ToSchema};

/// Which events a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// Of this type only, for example `charging.started`.
    #[serde(rename = "type")]
    event_type: Option<String>,
    /// About this order only.
    order_no: Option<String>,
    /// About this device only.
    phy_id: Option<String>,
}

impl PageQuery for EventQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// A fact that third parties are told.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventOut {
    /// Its name, unique.
    #[schema(example = "charging.started-THD1729407600001-1729407600")]
    event_id: String,
    /// Its type.
    #[schema(example = "charging.started")]
    event_type: String,
    /// The order.
    order_no: Option<String>,
    /// The device.
    device_phy_id: Option<String>,
    /// The port.
    port_no: Option<u16>,
    /// The `data` of the message.
    data: Value,
    /// Counts the events of one order from 1.
    sequence_no: i64,
    /// When it happened, Unix seconds.
    occurred_at: i64,
}

impl From<Event> for EventOut {
    fn from(event: Event) -> Self {
        Self {
            event_id: event.event_id,
            event_type: event.event_type,
            order_no: event.order_no.map(|order_no| order_no.to_string()),
            device_phy_id: event.phy_id.as_ref().map(PhyId::to_string),
            port_no: event.port_no.map(|port| port.0),
            data: event.payload,
            sequence_no: event.sequence_no,
            occurred_at: event.occurred_at.unix_seconds(),
        }
    }
}

/// Lists the events that third parties are told, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/webhooks/events",
    tag = "administration",
    operation_id = "events",
    extensions(("x-access" = json!("ops.webhook.view")), ("x-dataset" = json!("orders"))),
    params(EventQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<EventOut>>))
)]
pub(crate) async fn events(
    State(api): State<Api>,
    Filter(query): Filter<EventQuery>,
) -> Answer<PageOut<EventOut>> {
    let order_no = query
        .order_no
        .as_deref()
        .map(str::parse::<OrderNo>)
        .transpose();
    let filter = EventFilter {
        order_no: order_no.map_err(|problem| Failure::invalid("order_no", &problem.to_string()))?,
        phy_id: query.phy_id.as_deref().map(device_id).transpose()?,
        event_type: query.event_type.clone(),
    };
    let page = api.app().events(&filter, query.page_request()?).await?;
    Ok(ok(PageOut::of(page, EventOut::from)))
}

/// An event on its way to an address.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryOut {
    /// Its id.
    #[schema(example = 7)]
    id: i64,
    /// The event.
    event_id: String,
    /// Its type.
    event_type: String,
    /// The order.
    order_no: Option<String>,
    /// The device.
    device_phy_id: Option<String>,
    /// The address, without user, query and fragment.
    url: String,
    /// `pending`, `delivered` or `dead`.
    #[schema(example = "dead")]
    state: &'static str,
    /// How many attempts have failed.
    failures: i16,
    /// HTTP status of the last answer.
    http_status: Option<u16>,
    /// Why the last attempt failed.
    error: Option<String>,
    /// When it was queued, Unix seconds.
    created_at: i64,
    /// When it was delivered, Unix seconds.
    delivered_at: Option<i64>,
    /// When it is due next, Unix seconds.
    next_attempt_at: Option<i64>,
    /// Every attempt, where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<AttemptOut>,
}

/// One attempt to deliver.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttemptOut {
    /// 1 for the first.
    attempt: i16,
    /// When it began, Unix seconds.
    at: i64,
    /// HTTP status of the answer.
    http_status: Option<u16>,
    /// Why it failed.
    error: Option<String>,
    /// How long it took.
    duration_ms: i64,
}

impl From<PastAttempt> for AttemptOut {
    fn from(attempt: PastAttempt) -> Self {
        Self {
            attempt: attempt.attempt,
            at: attempt.at.unix_seconds(),
            http_status: attempt.http_status,
            error: attempt.error,
            duration_ms: attempt.duration_ms,
        }
    }
}

impl From<Delivery> for DeliveryOut {
    fn from(delivery: Delivery) -> Self {
        let state = match delivery.status {
            0 => "pending",
            1 => "delivered",
            _ => "dead",
        };
        Self {
            id: delivery.id,
            event_id: delivery.event_id,
            event_type: delivery.event_type,
            order_no: delivery.order_no.map(|order_no| order_no.to_string()),
            device_phy_id: delivery.phy_id.as_ref().map(PhyId::to_string),
            url: without_secrets(&delivery.url),
            state,
            failures: delivery.retry_count,
            http_status: delivery.http_status,
            error: delivery.error,
            created_at: delivery.created_at.unix_seconds(),
            delivered_at: seconds(delivery.pushed_at),
            next_attempt_at: (state == "pending").then(|| delivery.next_attempt_at.unix_seconds()),
            attempts: Vec::new(),
        }
    }
}

/// An address as it may be shown: user, query and fragment may hold secrets.
fn without_secrets(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = &url[..end];
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// The id of an event, in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct EventId(String);

impl Named for EventId {
    const NAME: &'static str = "event";
}

/// Shows to whom an event goes, how far that is, and every attempt.
#[utoipa::path(
    get,
    path = "/api/v1/admin/webhooks/events/{event_id}/deliveries",
    tag = "administration",
    operation_id = "deliveries",
    extensions(("x-access" = json!("ops.webhook.view"))),
    params(("event_id" = String, Path, description = "The event",
        example = "charging.started-THD1729407600001-1729407600")),
    responses(
        (status = 200, description = "Its deliveries", body = Envelope<Vec<DeliveryOut>>),
        (status = 404, description = "No such event", body = Refusal),
    )
)]
pub(crate) async fn deliveries(
    State(api): State<Api>,
    At(EventId(event_id)): At<EventId>,
) -> Answer<Vec<DeliveryOut>> {
    let deliveries = api.app().deliveries_of(&event_id).await?;
    let with_attempts = |(delivery, attempts): (Delivery, Vec<PastAttempt>)| DeliveryOut {
        attempts: attempts.into_iter().map(AttemptOut::from).collect(),
        ..DeliveryOut::from(delivery)
    };
    Ok(ok(deliveries.into_iter().map(with_attempts).collect()))
}

/// Which dead letters a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeadQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
}

impl PageQuery for DeadQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists the webhooks that were given up, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/webhooks/dead-letters",
    tag = "administration",
    operation_id = "dead_letters",
    extensions(("x-access" = json!("ops.webhook.view"))),
    params(DeadQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<DeliveryOut>>))
)]
pub(crate) async fn dead(
    State(api): State<Api>,
    Filter(query): Filter<DeadQuery>,
) -> Answer<PageOut<DeliveryOut>> {
    let page = api.app().dead_deliveries(query.page_request()?).await?;
    Ok(ok(PageOut::of(page, DeliveryOut::from)))
}

/// How many webhooks are sent again.
#[derive(Serialize, ToSchema)]
pub(crate) struct Replayed {
    /// How many.
    #[schema(example = 1)]
    replayed: u64,
}

/// Sends the oldest dead letters again, at most 1000.
#[utoipa::path(
    post,
    path = "/api/v1/admin/webhooks/dead-letters/replay",
    tag = "administration",
    operation_id = "replay_dead_letters",
    extensions(("x-access" = json!("ops.webhook.replay"))),
    responses((status = 200, description = "They are due at once", body = Envelope<Replayed>))
)]
pub(crate) async fn replay_all(State(api): State<Api>, client: Client) -> Answer<Replayed> {
    let replayed = api.app().replay_deliveries(None).await?;
    info!(
        by = client.caller.actor(),
        replayed, "dead letters replayed"
    );
    Ok(ok(Replayed { replayed }))
}

/// The id of a delivery, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct DeliveryId(i64);

impl Named for DeliveryId {
    const NAME: &'static str = "dead letter";
}

/// Sends one dead letter again.
#[utoipa::path(
    post,
    path = "/api/v1/admin/webhooks/dead-letters/{id}/replay",
    tag = "administration",
    operation_id = "replay_dead_letter",
    extensions(("x-access" = json!("ops.webhook.replay"))),
    params(("id" = i64, Path, description = "The delivery", example = 7)),
    responses(
        (status = 200, description = "It is due at once", body = Envelope<Replayed>),
        (status = 404, description = "No such dead letter", body = Refusal),
    )
)]
pub(crate) async fn replay(
    State(api): State<Api>,
    client: Client,
    At(DeliveryId(id)): At<DeliveryId>,
) -> Answer<Replayed> {
    let replayed = api.app().replay_deliveries(Some(&[id])).await?;
    if replayed == 0 {
        return Err(Failure::not_found("dead letter"));
    }
    info!(
        by = client.caller.actor(),
        delivery = id,
        "dead letter replayed"
    );
    Ok(ok(Replayed { replayed }))
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn addresses_are_shown_without_what_may_be_secret() {
        for (url, shown) in [
            (
                "https://u:p@example.com/hook?t=1#x",
                "https://example.com/hook",
            ),
            (
                "http://127.0.0.1:8888/webhook",
                "http://127.0.0.1:8888/webhook",
            ),
            ("https://example.com", "https://example.com"),
            ("https://example.com/a@b", "https://example.com/a@b"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }
}
