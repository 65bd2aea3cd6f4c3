//! Everything about an order: its story, and the curve of its charge.

use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter};
use crate::view::SampleOut;
use app::queries::{Story, StoryEntry};
use axum::extract::State;
use kernel::OrderNo;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// The year 9999 in Unix seconds.
const SECONDS_MAX: i64 = 253_402_300_799;

/// One thing that happened to an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoryEntryOut {
    /// When, Unix milliseconds.
    #[schema(example = 1_729_407_600_123_i64)]
    at: i64,
    /// `call`, `state`, `command`, `frame`, `sample`, `alarm`, `finding`, `journal`, `refund`,
    /// `webhook`.
    #[schema(example = "command")]
    kind: &'static str,
    /// What happened, in one stable word of its kind: the action, the cause of a change, `queued`,
    /// `sent`, `acked`, the kind of frame, `meter`, `raised`, the event of the books …
    #[schema(example = "sent")]
    what: String,
    /// Ids by which it is found elsewhere: `command_id`, `alarm_id`, `event_id` …
    #[schema(value_type = Object)]
    ids: Map<String, Value>,
    /// What else is known.
    #[schema(value_type = Object)]
    details: Map<String, Value>,
}

impl From<StoryEntry> for StoryEntryOut {
    fn from(entry: StoryEntry) -> Self {
        Self {
            at: entry.at.0,
            kind: entry.kind.as_str(),
            what: entry.what,
            ids: entry.ids,
            details: entry.details,
        }
    }
}

/// A part of a story that the reader may not see.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoryLeftOut {
    /// Which kind of entries.
    #[schema(example = "frame")]
    kind: &'static str,
    /// The leaf that is missing; `platform` for what is the platform's alone.
    #[schema(example = "ops.commlog.view")]
    required: &'static str,
}

/// Everything about an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoryOut {
    /// What happened, oldest first.
    entries: Vec<StoryEntryOut>,
    /// What the reader may not see.
    left_out: Vec<StoryLeftOut>,
    /// Kinds of which there is more than is shown: meter values are an even selection, of other
    /// kinds the pages of their own show the rest.
    cut: Vec<&'static str>,
}

impl From<Story> for StoryOut {
    fn from(story: Story) -> Self {
        let left_out = |(kind, required): (app::queries::StoryKind, _)| StoryLeftOut {
            kind: kind.as_str(),
            required,
        };
        Self {
            entries: story.entries.into_iter().map(Into::into).collect(),
            left_out: story.left_out.into_iter().map(left_out).collect(),
            cut: story
                .cut
                .into_iter()
                .map(app::queries::StoryKind::as_str)
                .collect(),
        }
    }
}

/// Tells the story of an order: one timeline of calls, changes, commands, frames, meter values,
/// alarms, findings, journals, refunds and webhooks, as far as the reader may see each.
#[utoipa::path(
    get,
    path = "/api/v1/admin/orders/{order_no}/story",
    tag = "administration",
    operation_id = "order_story",
    extensions(
        ("x-access" = json!("order.charge.view")),
        ("x-dataset" = json!(["orders", "comm_logs", "payments"])),
    ),
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    responses(
        (status = 200, description = "Its story", body = Envelope<StoryOut>),
        (status = 404, description = "No such order", body = Refusal),
    )
)]
pub(crate) async fn tell(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(order_no): At<OrderNo>,
) -> Answer<StoryOut> {
    let story = Box::pin(api.app().order_story(order_no, &actor)).await?;
    Ok(ok(story.into()))
}

/// Which points of a curve are shown.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CurveQuery {
    /// After this instant only, Unix seconds: the `at` of the last point that is known.
    since: Option<i64>,
}

/// Shows the curve of a charge: power, voltage, current, state of charge, temperature, energy.
#[utoipa::path(
    get,
    path = "/api/v1/admin/orders/{order_no}/samples",
    tag = "administration",
    operation_id = "order_curve",
    extensions(("x-access" = json!("order.charge.view")), ("x-dataset" = json!("orders"))),
    params(
        ("order_no" = String, Path, description = "The order", example = "THD1729407600001"),
        CurveQuery,
    ),
    responses(
        (status = 200, description = "Its points, oldest first", body = Envelope<Vec<SampleOut>>),
        (status = 404, description = "No such order", body = Refusal),
    )
)]
pub(crate) async fn curve(
    State(api): State<Api>,
    At(order_no): At<OrderNo>,
    Filter(query): Filter<CurveQuery>,
) -> Answer<Vec<SampleOut>> {
    if query
        .since
        .is_some_and(|at| !(0..=SECONDS_MAX).contains(&at))
    {
        return Err(Failure::invalid("since", "must be Unix seconds"));
    }
    let points = api.app().order_curve(order_no).await?;
    let newer = points.into_iter().filter(|point| {
        query
            .since
            .is_none_or(|since| point.at.unix_seconds() > since)
    });
    Ok(ok(newer.map(SampleOut::from).collect()))
}
