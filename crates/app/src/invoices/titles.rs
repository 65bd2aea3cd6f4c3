//! A member's book of buyers.

use super::invalid;
use crate::{App, AppError};
use domain::invoice::InvoiceTitle;
use kernel::MemberId;
use store::Tx;
use store::invoice_titles::{self, SavedTitle};

/// Most titles of a member.
const TITLES_MAX: u32 = 20;

const NO_TITLE: AppError = AppError::NotFound("title");

impl App {
    /// A member's titles, the default first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn invoice_titles(&self, member: MemberId) -> Result<Vec<SavedTitle>, AppError> {
        let mut view = self.db.view().await?;
        Ok(invoice_titles::list(view.conn(), member, TITLES_MAX).await?)
    }

    /// A member's title.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the member has none of that id.
    pub async fn invoice_title(&self, member: MemberId, id: i64) -> Result<SavedTitle, AppError> {
        let mut view = self.db.view().await?;
        let found = invoice_titles::find(view.conn(), member, id).await?;
        found.ok_or(NO_TITLE)
    }

    /// Adds a title. The first one is the default, whatever is said.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a value that cannot stand, [`AppError::Conflict`] when there are
    /// too many.
    pub async fn add_invoice_title(
        &self,
        member: MemberId,
        title: &InvoiceTitle,
        is_default: bool,
    ) -> Result<SavedTitle, AppError> {
        title.check().map_err(invalid)?;
        let mut tx = self.db.begin().await?;
        let known = invoice_titles::list(tx.conn(), member, TITLES_MAX).await?;
        if known.len() >= usize::try_from(TITLES_MAX).unwrap_or(usize::MAX) {
            return Err(AppError::Conflict("there are 20 titles already"));
        }
        let id = invoice_titles::insert(tx.conn(), member, title, self.now()).await?;
        if is_default || known.is_empty() {
            invoice_titles::make_default(tx.conn(), member, id).await?;
        }
        saved(tx, member, id).await
    }

    /// Replaces what a title says.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a value that cannot stand, [`AppError::NotFound`] when the member
    /// has none of that id.
    pub async fn change_invoice_title(
        &self,
        member: MemberId,
        id: i64,
        title: &InvoiceTitle,
        is_default: bool,
    ) -> Result<SavedTitle, AppError> {
        title.check().map_err(invalid)?;
        let mut tx = self.db.begin().await?;
        if !invoice_titles::update(tx.conn(), member, id, title, self.now()).await? {
            return Err(NO_TITLE);
        }
        if is_default {
            invoice_titles::make_default(tx.conn(), member, id).await?;
        }
        saved(tx, member, id).await
    }

    /// Removes a title. Invoices keep what was printed on them.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the member has none of that id.
    pub async fn remove_invoice_title(&self, member: MemberId, id: i64) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        let gone = invoice_titles::remove(direct.conn(), member, id).await?;
        gone.then_some(()).ok_or(NO_TITLE)
    }
}

async fn saved(mut tx: Tx, member: MemberId, id: i64) -> Result<SavedTitle, AppError> {
    let title = invoice_titles::find(tx.conn(), member, id).await?;
    tx.commit().await?;
    title.ok_or(NO_TITLE)
}
