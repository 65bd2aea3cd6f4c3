use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, ok};
use crate::run_to_end::run_to_end;
use crate::ticket::{TicketOut, wait};
use device::Command;
use kernel::PhyId;
use serde::Deserialize;
use utoipa::ToSchema;

/// A body that says only how long to wait.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"wait": 5}))]
pub(crate) struct WaitBody {
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    pub(crate) wait: Option<u8>,
}

/// The default of what interrupts nobody.
pub(crate) const fn yes() -> bool {
    true
}

/// Gives a command to a device in the administrator's name.
pub(crate) async fn send(
    api: &Api,
    client: Client,
    phy_id: PhyId,
    command: Command,
    wait_s: Option<u8>,
) -> Answer<TicketOut> {
    let wait = wait(wait_s)?;
    let app = api.app().clone();
    let ticket = run_to_end(async move {
        app.send_command(&client.caller.actor(), &phy_id, command, wait)
            .await
    })
    .await?;
    Ok(ok(ticket.into()))
}
