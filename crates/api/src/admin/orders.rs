pub(super) mod care;
pub(super) mod force;
pub(super) mod lines;
pub(super) mod story;

use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use crate::ticket::TicketOut;
use crate::view::OrderOut;
use axum::extract::State;
use domain::order::NewLimits;
use domain::request::{AMOUNT_MAX, ENERGY_MAX};
use kernel::{Energy, Fen, OrderNo};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use store::status_history::StatusChange;
use utoipa::ToSchema;

/// Longest reason, in characters.
const REASON_MAX: usize = 200;

/// A change of an order's state.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeOut {
    /// The state before; none for the first.
    from: Option<String>,
    /// The state after.
    #[schema(example = "charging")]
    to: String,
    /// What caused it.
    #[schema(example = "confirmed")]
    cause: String,
    /// Who caused it.
    actor: String,
    /// Why, in words.
    reason: Option<String>,
    /// When, Unix seconds.
    at: i64,
}

impl From<StatusChange> for ChangeOut {
    fn from(change: StatusChange) -> Self {
        Self {
            from: change.from_state,
            to: change.to_state,
            cause: change.cause,
            actor: change.actor,
            reason: change.reason,
            at: change.at.unix_seconds(),
        }
    }
}

/// Shows what happened to an order.
#[utoipa::path(
    get,
    path = "/api/v1/admin/orders/{order_no}/history",
    tag = "administration",
    operation_id = "order_history",
    extensions(("x-access" = json!("order.charge.view")), ("x-dataset" = json!("orders"))),
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    responses(
        (status = 200, description = "Its changes, oldest first", body = Envelope<Vec<ChangeOut>>),
        (status = 404, description = "No such order", body = Refusal),
    )
)]
pub(crate) async fn history(
    State(api): State<Api>,
    At(order_no): At<OrderNo>,
) -> Answer<Vec<ChangeOut>> {
    let changes = api.app().order_history(order_no).await?;
    Ok(ok(changes.into_iter().map(ChangeOut::from).collect()))
}

/// New limits of a running charge. At least one is required.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"duration": 7200}))]
pub(crate) struct AdjustBody {
    /// New total duration, seconds.
    #[schema(minimum = 1, maximum = 86_400)]
    duration: Option<u32>,
    /// New total energy, kWh with up to four decimals.
    #[schema(value_type = Option<f64>, minimum = 0)]
    kwh: Option<Number>,
    /// All that has been prepaid from now on, fen; more than before. By itself, and for devices
    /// that keep a limit of money.
    #[schema(minimum = 1, maximum = 100_000_000)]
    amount: Option<i64>,
}

/// Changes the limits of a running charge.
#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{order_no}/adjust",
    tag = "administration",
    operation_id = "adjust_order",
    extensions(("x-access" = json!("order.charge.adjust")), ("x-dataset" = json!("orders"))),
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    request_body = AdjustBody,
    responses(
        (status = 200, description = "The device has been told, or will be",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such order, or it is not active",
            body = Refusal),
        (status = 409, description = "Not possible in the order's state",
            body = Refusal),
        (status = 422, description = "The device has no such command, or not those values",
            body = Refusal),
    )
)]
pub(crate) async fn adjust(
    State(api): State<Api>,
    client: Client,
    At(order_no): At<OrderNo>,
    Payload(body): Payload<AdjustBody>,
) -> Answer<TicketOut> {
    if body
        .duration
        .is_some_and(|seconds| !(1..=86_400).contains(&seconds))
    {
        return Err(Failure::invalid("duration", "must be 1 to 86400 seconds"));
    }
    if body
        .amount
        .is_some_and(|fen| !(1..=AMOUNT_MAX).contains(&fen))
    {
        return Err(Failure::invalid("amount", "must be 1 to 100000000 fen"));
    }
    let limits = NewLimits {
        duration_s: body.duration,
        energy: body.kwh.as_ref().map(read_kwh).transpose()?,
        amount: body.amount.map(Fen),
    };
    let app = api.app().clone();
    let ticket =
        run_to_end(async move { app.adjust_charging(&client.caller, order_no, limits).await })
            .await?;
    Ok(ok(ticket.into()))
}

/// kWh with up to four decimals, exactly.
fn read_kwh(number: &Number) -> Result<Energy, Failure> {
    let wrong = || Failure::invalid("kwh", "must be 0.0001 to 10000 with up to four decimals");
    let text = number.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    if decimals.len() > 4 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let scaled: i64 = format!("{whole}{decimals:0<4}")
        .parse()
        .map_err(|_| wrong())?;
    let energy = Energy(scaled);
    if energy > Energy::ZERO && energy <= ENERGY_MAX {
        Ok(energy)
    } else {
        Err(wrong())
    }
}

/// Why something is done by force.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "device was dismounted"}))]
pub(crate) struct ReasonBody {
    /// Kept with the order.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

impl ReasonBody {
    pub(super) fn read(self) -> Result<String, Failure> {
        let length = self.reason.trim().chars().count();
        if (1..=REASON_MAX).contains(&length) {
            Ok(self.reason.trim().to_owned())
        } else {
            Err(Failure::invalid("reason", "must have 1 to 200 characters"))
        }
    }
}

/// A decision on a held bill.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "meter read on site", "kwh": 27.35}))]
pub(crate) struct BillReviewBody {
    /// What the energy proved to be; none when the record is right as it is.
    #[schema(value_type = Option<f64>)]
    kwh: Option<Number>,
    /// Kept with the order.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// Decides on a bill that is held because the device's record contradicts itself.
#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{order_no}/review",
    tag = "administration",
    operation_id = "review_order",
    extensions(("x-access" = json!("order.charge.resettle")), ("x-dataset" = json!("orders"))),
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    request_body = BillReviewBody,
    responses(
        (status = 200, description = "The order as it is now", body = Envelope<OrderOut>),
        (status = 404, description = "No such order", body = Refusal),
        (status = 409, description = "Its bill is not held", body = Refusal),
    )
)]
pub(crate) async fn review(
    State(api): State<Api>,
    client: Client,
    At(order_no): At<OrderNo>,
    Payload(body): Payload<BillReviewBody>,
) -> Answer<OrderOut> {
    let energy = body.kwh.as_ref().map(read_kwh).transpose()?;
    let reason = ReasonBody {
        reason: body.reason,
    };
    let reason = reason.read()?;
    let app = api.app().clone();
    run_to_end(async move {
        app.review_bill(&client.caller.actor(), order_no, energy, &reason)
            .await
    })
    .await?;
    Ok(ok(api.app().order(order_no).await?.into()))
}

#[cfg(test)]
mod tests {
    use super::read_kwh;
    use kernel::Energy;
    use serde_json::Number;

    #[test]
    fn kwh_are_read_exactly() {
        let read = |text: &str| {
            let number: Number = serde_json::from_str(text).expect("a number");
            read_kwh(&number).ok()
        };
        assert_eq!(read("5"), Some(Energy(50_000)));
        assert_eq!(read("5.23"), Some(Energy(52_300)));
        assert_eq!(read("0.0001"), Some(Energy(1)));
        for wrong in ["0", "-1", "-0.5", "0.00001", "10000.1", "1e300", "1e-3"] {
            assert_eq!(read(wrong), None.or(read_exactly(wrong)), "{wrong}");
        }
    }

    /// `1e-3` is written `0.001` by the JSON reader, and then legal.
    fn read_exactly(text: &str) -> Option<Energy> {
        (text == "1e-3").then_some(Energy(10))
    }
}
