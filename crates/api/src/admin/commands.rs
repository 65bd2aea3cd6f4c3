use crate::Api;
use crate::access::Client;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter};
use crate::run_to_end::run_to_end;
use crate::third::device_id;
use crate::ticket::TicketOut;
use crate::view::{CommandOut, PageOut, PageQuery};
use axum::extract::State;
use domain::command::CommandState;
use kernel::{CommandId, OrderNo, PhyId};
use serde::{Deserialize, Serialize};
use store::commands::{CommandFilter, DeadLetter};
use utoipa::{IntoParams, ToSchema};

/// Which commands a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CommandQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// To this device only.
    phy_id: Option<String>,
    /// Of this order only.
    order_no: Option<String>,
    /// In this state only: `queued`, `sent`, `acked`, `nacked`, `dead`, `expired`, `cancelled`.
    state: Option<String>,
    /// Of this name only, for example `start_charge`.
    command: Option<String>,
}

impl PageQuery for CommandQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists commands with their frames, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/commands",
    tag = "administration",
    operation_id = "list_commands",
    extensions(("x-access" = json!("ops.command.view")), ("x-scope" = json!("org"))),
    params(CommandQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<CommandOut>>),
        (status = 404, description = "No such device or order", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<CommandQuery>,
) -> Answer<PageOut<CommandOut>> {
    let order_no = query
        .order_no
        .as_deref()
        .map(str::parse::<OrderNo>)
        .transpose();
    let state = query.state.as_deref().map(|text| {
        CommandState::parse(text).ok_or_else(|| {
            Failure::invalid(
                "state",
                "must be queued, sent, acked, nacked, dead, expired or cancelled",
            )
        })
    });
    let filter = CommandFilter {
        phy_id: query.phy_id.as_deref().map(device_id).transpose()?,
        order_no: order_no.map_err(|problem| Failure::invalid("order_no", &problem.to_string()))?,
        state: state.transpose()?,
        scope,
        cmd: query.command.clone(),
        trace: None,
    };
    let page = api.app().commands(&filter, query.page_request()?).await?;
    Ok(ok(PageOut::of(page, CommandOut::from)))
}

/// Shows a command and what became of it.
#[utoipa::path(
    get,
    path = "/api/v1/admin/commands/{id}",
    tag = "administration",
    operation_id = "show_command",
    extensions(("x-access" = json!("ops.command.view"))),
    params(("id" = i64, Path, description = "The command", example = 42)),
    responses(
        (status = 200, description = "The command", body = Envelope<CommandOut>),
        (status = 404, description = "No such command", body = Refusal),
    )
)]
pub(crate) async fn show(State(api): State<Api>, At(id): At<CommandId>) -> Answer<CommandOut> {
    Ok(ok(api.app().command(id).await?.into()))
}

/// Shows what waits for a device, or for its answer, the most urgent first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/devices/{phy_id}/outbound",
    tag = "administration",
    operation_id = "outbound",
    extensions(("x-access" = json!("ops.command.view"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    responses(
        (status = 200, description = "The queue", body = Envelope<Vec<CommandOut>>),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn outbound(
    State(api): State<Api>,
    At(phy_id): At<PhyId>,
) -> Answer<Vec<CommandOut>> {
    let queue = api.app().outbound(&phy_id).await?;
    Ok(ok(queue.into_iter().map(CommandOut::from).collect()))
}

/// Which dead letters a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeadCommandQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// To this device only.
    phy_id: Option<String>,
}

impl PageQuery for DeadCommandQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// A command that was given up.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadCommandOut {
    /// The command.
    #[schema(example = 42)]
    command_id: i64,
    /// The device.
    #[schema(example = "82210225000520")]
    device_phy_id: String,
    /// The order.
    order_no: Option<String>,
    /// Its name.
    #[schema(example = "start_charge")]
    command: String,
    /// How often it was written again.
    retries: i16,
    /// Why it was given up.
    error: Option<String>,
    /// The frame as last written, hexadecimal.
    payload_hex: Option<String>,
    /// When it was given up, Unix seconds.
    failed_at: i64,
}

impl From<DeadLetter> for DeadCommandOut {
    fn from(letter: DeadLetter) -> Self {
        Self {
            command_id: letter.command_id.0,
            device_phy_id: letter.phy_id.to_string(),
            order_no: letter.order_no.map(|order_no| order_no.to_string()),
            command: letter.cmd,
            retries: letter.retries,
            error: letter.last_error,
            payload_hex: letter.payload_hex,
            failed_at: letter.failed_at.unix_seconds(),
        }
    }
}

/// Lists the commands that were given up, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/commands/dead-letters",
    tag = "administration",
    operation_id = "dead_commands",
    extensions(("x-access" = json!("ops.command.view")), ("x-scope" = json!("org"))),
    params(DeadCommandQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<DeadCommandOut>>))
)]
pub(crate) async fn dead(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<DeadCommandQuery>,
) -> Answer<PageOut<DeadCommandOut>> {
    let phy_id = query.phy_id.as_deref().map(device_id).transpose()?;
    let page = api
        .app()
        .dead_commands(&scope, phy_id.as_ref(), query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, DeadCommandOut::from)))
}

/// Gives a device a command again that was given up: a new command, in place of the dead letter.
/// What belongs to a charge is steered through its order.
#[utoipa::path(
    post,
    path = "/api/v1/admin/commands/dead-letters/{id}/retry",
    tag = "administration",
    operation_id = "retry_dead_command",
    extensions(("x-access" = json!("ops.command.retry"))),
    params(("id" = i64, Path, description = "The command that was given up", example = 42)),
    responses(
        (status = 200, description = "The new command", body = Envelope<TicketOut>),
        (status = 404, description = "No such dead letter", body = Refusal),
        (status = 409, description = "`device offline`, for what does not wait", body = Refusal),
        (status = 422, description = "Belongs to a charge, or the device cannot do it any more",
            body = Refusal),
    )
)]
pub(crate) async fn retry(
    State(api): State<Api>,
    client: Client,
    At(id): At<CommandId>,
) -> Answer<TicketOut> {
    let app = api.app().clone();
    let actor = client.caller.actor();
    let ticket = run_to_end(async move { app.retry_dead_command(&actor, id).await }).await?;
    Ok(ok(ticket.into()))
}

/// A dead letter that was thrown away.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadCommandRemoved {
    /// The command, which stays in the list of commands.
    #[schema(example = 42)]
    command_id: i64,
}

/// Throws a dead letter away.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/commands/dead-letters/{id}",
    tag = "administration",
    operation_id = "remove_dead_command",
    extensions(("x-access" = json!("ops.command.delete"))),
    params(("id" = i64, Path, description = "The command that was given up", example = 42)),
    responses(
        (status = 200, description = "Thrown away", body = Envelope<DeadCommandRemoved>),
        (status = 404, description = "No such dead letter", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    At(id): At<CommandId>,
) -> Answer<DeadCommandRemoved> {
    let app = api.app().clone();
    run_to_end(async move { app.remove_dead_command(id).await }).await?;
    Ok(ok(DeadCommandRemoved { command_id: id.0 }))
}
