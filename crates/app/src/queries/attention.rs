use crate::{App, AppError};
use store::alarms::{self, AlarmFilter, AlarmRow};
use store::{Page, PageRequest};

impl App {
    /// A page of alarms, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn alarms(
        &self,
        filter: &AlarmFilter,
        page: PageRequest,
    ) -> Result<Page<AlarmRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(alarms::list(view.conn(), filter, page).await?)
    }
}
