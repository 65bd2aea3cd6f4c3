//! Channels are asked about payments that nobody has called back about.

use crate::{App, AppError};
use channels::payment::PaymentMethod;
use domain::payment::{PaymentEvent, query_delay};
use std::time::Duration;
use store::payments::{self, PaymentRow};
use tracing::warn;

/// Pause after the last of the planned questions.
const PAUSE_MAX: Duration = Duration::from_mins(30);
/// Payments of one look.
const PAYMENTS_MAX: u32 = 20;

impl App {
    /// Asks about all payments that are due; how many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn ask_about_payments(&self) -> Result<usize, AppError> {
        let mut view = self.db.view().await?;
        let due = payments::due(view.conn(), self.now(), PAYMENTS_MAX).await?;
        drop(view);
        for row in &due {
            if let Err(error) = self.ask_about_payment(row).await {
                warn!(payment_no = row.payment_no, %error, "payment not asked about");
            }
        }
        Ok(due.len())
    }

    pub(super) async fn ask_about_payment(&self, row: &PaymentRow) -> Result<(), AppError> {
        let attempt = row.asked.saturating_add(1);
        // Counted before it is asked: a question that never ends is not asked at once again.
        let tries = u32::try_from(attempt).unwrap_or(u32::MAX);
        let later = self.now() + query_delay(tries).unwrap_or(PAUSE_MAX);
        let mut direct = self.db.direct().await?;
        payments::count_question(direct.conn(), &row.payment_no, attempt, later).await?;
        drop(direct);
        let method = PaymentMethod::from_name(&row.channel);
        let Some(channel) = method.and_then(|method| self.outside.payments.of(method)) else {
            return Ok(());
        };
        match channel.query(&row.payment_no).await {
            Ok(state) => {
                self.payment_said(&row.payment_no, &state, None).await?;
            }
            Err(error) => {
                warn!(payment_no = row.payment_no, %error, "the channel could not be asked");
                let event = PaymentEvent::QueryFailed { attempt: tries };
                self.payment_step(&row.payment_no, event, None).await?;
            }
        }
        Ok(())
    }
}
