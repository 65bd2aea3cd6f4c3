use crate::{App, AppError};
use store::withdrawals::{self, WithdrawalFilter, WithdrawalRow};
use store::{Page, PageRequest};

impl App {
    /// A page of withdrawals.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_withdrawals(
        &self,
        filter: &WithdrawalFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<WithdrawalRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(withdrawals::list(view.conn(), filter, sort, page).await?)
    }
}
