use crate::{App, AppError};
use domain::org::Scope;
use kernel::{CommandId, PhyId};
use std::time::Duration;
use store::commands::{self, CommandFilter, DeadLetter, QueuedCommand};
use store::{Conn, Page, PageRequest, comm_logs, devices};

/// Commands of one device's queue that are shown.
const QUEUE_MAX: u16 = 500;

/// Commands of one answer whose frames are looked up.
const FRAMES_MAX: usize = 100;

/// A frame is written within this time after its command was handed over.
const WRITTEN_WITHIN: Duration = Duration::from_mins(2);

/// Clocks of one process do not agree to the millisecond.
const SLACK: Duration = Duration::from_secs(1);

/// A command as it went, or will go, over the wire.
#[derive(Clone, Debug)]
pub struct CommandView {
    /// Its row.
    pub row: QueuedCommand,
    /// Its number on the wire.
    pub wire_cmd: Option<u16>,
    /// Its message id on the wire.
    pub msg_id: u32,
    /// Its frame in hex digits, as long as the communication log has it.
    pub frame_hex: Option<String>,
}

impl App {
    /// A command and what became of it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none of that id.
    pub async fn command(&self, id: CommandId) -> Result<CommandView, AppError> {
        let mut view = self.db.view().await?;
        let command = commands::find(view.conn(), id).await?;
        let row = command.ok_or(AppError::NotFound("command"))?;
        self.command_view(view.conn(), row, true).await
    }

    /// A page of commands, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn commands(
        &self,
        filter: &CommandFilter,
        page: PageRequest,
    ) -> Result<Page<CommandView>, AppError> {
        let mut view = self.db.view().await?;
        let Page {
            items,
            total,
            page,
            size,
        } = commands::list(view.conn(), filter, page).await?;
        let items = self.command_views(view.conn(), items).await?;
        Ok(Page {
            items,
            total,
            page,
            size,
        })
    }

    /// What waits for a device, or for its answer, the most urgent first.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a device that is not ours.
    pub async fn outbound(&self, phy_id: &PhyId) -> Result<Vec<CommandView>, AppError> {
        let mut view = self.db.view().await?;
        let row = devices::find_by_phy_id(view.conn(), phy_id).await?;
        let row = row.ok_or(AppError::NotFound("device"))?;
        let open = commands::list_open(view.conn(), row.id, QUEUE_MAX).await?;
        self.command_views(view.conn(), open).await
    }

    async fn command_views(
        &self,
        mut conn: Conn<'_>,
        rows: Vec<QueuedCommand>,
    ) -> Result<Vec<CommandView>, AppError> {
        let mut views = Vec::with_capacity(rows.len());
        for (place, row) in rows.into_iter().enumerate() {
            let with_frame = place < FRAMES_MAX;
            views.push(self.command_view(conn.again(), row, with_frame).await?);
        }
        Ok(views)
    }

    async fn command_view(
        &self,
        conn: Conn<'_>,
        row: QueuedCommand,
        with_frame: bool,
    ) -> Result<CommandView, AppError> {
        let wire_cmd = row
            .wire_cmd
            .or_else(|| self.wire_command_of(&row.phy_id, &row.payload));
        let msg_id = row.msg_id.unwrap_or_else(|| crate::msg_id_of(row.id));
        let frame_hex = match (&row.payload_hex, row.sent_at) {
            (Some(frame), _) => Some(frame.clone()),
            (None, Some(sent)) if with_frame => {
                let (from, until) = (sent - SLACK, sent + WRITTEN_WITHIN);
                comm_logs::sent_frame(conn, &row.phy_id, msg_id, from, until).await?
            }
            (None, _) => None,
        };
        Ok(CommandView {
            row,
            wire_cmd,
            msg_id,
            frame_hex,
        })
    }

    /// A page of commands that were given up, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn dead_commands(
        &self,
        scope: &Scope,
        phy_id: Option<&PhyId>,
        page: PageRequest,
    ) -> Result<Page<DeadLetter>, AppError> {
        let mut view = self.db.view().await?;
        Ok(commands::list_dead(view.conn(), scope, phy_id, page).await?)
    }
}
