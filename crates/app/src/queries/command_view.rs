use crate::{App, AppError};
use kernel::{CommandId, PhyId};
use store::commands::{self, CommandFilter, DeadLetter, QueuedCommand};
use store::devices;
use store::{Page, PageRequest};

/// Commands of one device's queue that are shown.
const QUEUE_MAX: u16 = 500;

impl App {
    /// A command and what became of it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none of that id.
    pub async fn command(&self, id: CommandId) -> Result<QueuedCommand, AppError> {
        let mut view = self.db.view().await?;
        let command = commands::find(view.conn(), id).await?;
        command.ok_or(AppError::NotFound("command"))
    }

    /// A page of commands, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn commands(
        &self,
        filter: &CommandFilter,
        page: PageRequest,
    ) -> Result<Page<QueuedCommand>, AppError> {
        let mut view = self.db.view().await?;
        Ok(commands::list(view.conn(), filter, page).await?)
    }

    /// What waits for a device, or for its answer, the most urgent first.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a device that is not ours.
    pub async fn outbound(&self, phy_id: &PhyId) -> Result<Vec<QueuedCommand>, AppError> {
        let mut view = self.db.view().await?;
        let row = devices::find_by_phy_id(view.conn(), phy_id).await?;
        let row = row.ok_or(AppError::NotFound("device"))?;
        Ok(commands::list_open(view.conn(), row.id, QUEUE_MAX).await?)
    }

    /// A page of commands that were given up, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn dead_commands(
        &self,
        phy_id: Option<&PhyId>,
        page: PageRequest,
    ) -> Result<Page<DeadLetter>, AppError> {
        let mut view = self.db.view().await?;
        Ok(commands::list_dead(view.conn(), phy_id, page).await?)
    }
}
