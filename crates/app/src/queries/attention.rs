use crate::{App, AppError};
use store::alarm_notices::{self, Notice};
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

    /// A page of who was told of alarms, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn alarm_notices(
        &self,
        alarm: Option<i64>,
        channel: Option<i64>,
        state: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Notice>, AppError> {
        let mut view = self.db.view().await?;
        Ok(alarm_notices::list(view.conn(), alarm, channel, state, page).await?)
    }
}
