//! Copies of the embedded database.

use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::run_to_end::run_to_end;
use app::Backup;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// A copy.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackupOut {
    /// Its file in the folder of copies.
    #[schema(example = "openpile-20241020-150000.db")]
    name: String,
    /// Its size in bytes.
    bytes: u64,
    /// When it was made, Unix seconds.
    made_at: i64,
}

impl From<Backup> for BackupOut {
    fn from(copy: Backup) -> Self {
        Self {
            name: copy.name,
            bytes: copy.bytes,
            made_at: copy.at.unix_seconds(),
        }
    }
}

/// Lists the copies of the database that there are, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/system/backups",
    tag = "administration",
    operation_id = "list_backups",
    extensions(("x-access" = json!("system.config.view"))),
    responses((status = 200, description = "The copies", body = Envelope<Vec<BackupOut>>))
)]
pub(crate) async fn list(State(api): State<Api>) -> Answer<Vec<BackupOut>> {
    let copies = api.app().list_backups()?;
    Ok(ok(copies.into_iter().map(BackupOut::from).collect()))
}

/// Copies the embedded database now, while it is in use; the copy is checked before it counts.
#[utoipa::path(
    post,
    path = "/api/v1/admin/system/backups",
    tag = "administration",
    operation_id = "make_backup",
    extensions(("x-access" = json!("system.config.edit"))),
    responses(
        (status = 200, description = "The copy", body = Envelope<BackupOut>),
        (status = 409, description = "One is being made, or the database is a server's",
            body = Refusal),
    )
)]
pub(crate) async fn make(State(api): State<Api>, Acting(actor): Acting) -> Answer<BackupOut> {
    let app = api.app().clone();
    let made = run_to_end(async move { app.back_up(&actor.name).await });
    Ok(ok(made.await?.into()))
}
