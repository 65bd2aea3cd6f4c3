//! The channel without a platform behind it: somebody says that it is paid, and its callbacks are
//! handed over here.

use crate::{App, AppError};
use channels::payment::ChannelName;
use tracing::warn;

impl App {
    /// The payer pays now.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the mock is not configured or knows no such payment,
    /// [`AppError::Conflict`] when it cannot be paid any more.
    pub fn pay_at_mock(&self, payment_no: &str) -> Result<(), AppError> {
        let mock = self.outside.payments.mock.as_ref();
        let mock = mock.ok_or(AppError::NotFound("payment"))?;
        mock.pay(payment_no)
            .map_err(|_| AppError::Conflict("it cannot be paid"))
    }
    /// Takes what the mock calls back about.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn take_mock_callbacks(&self) -> Result<(), AppError> {
        let Some(mock) = &self.outside.payments.mock else {
            return Ok(());
        };
        for callback in mock.take_due_callbacks() {
            let said = self.payment_callback(ChannelName::Mock, &callback.request);
            if let Err(error) = said.await {
                warn!(%error, "a callback of the mock was not taken");
            }
        }
        Ok(())
    }
}
