use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::At;
use crate::view::CommandOut;
use axum::extract::State;
use kernel::CommandId;

/// Shows what became of a command.
#[utoipa::path(
    get,
    path = "/api/v1/third/commands/{id}",
    tag = "third-party",
    operation_id = "command",
    params(("id" = i64, Path, description = "The `command_id` of the answer that queued it")),
    responses(
        (status = 200, description = "The command", body = Envelope<CommandOut>),
        (status = 404, description = "No such command", body = Refusal),
    )
)]
pub(crate) async fn command(
    State(api): State<Api>,
    client: Client,
    At(id): At<CommandId>,
) -> Answer<CommandOut> {
    let command = api.app().command(id).await?;
    client.check_device(&command.row.phy_id)?;
    Ok(ok(command.into()))
}
