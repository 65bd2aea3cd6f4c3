//! Granted withdrawals go to their channels, and channels are asked about them until they say
//! what became of them.

use super::machine;
use crate::money::raise;
use crate::{App, AppError};
use channels::payment::{PaymentChannel, Transfer, TransferState as Said};
use domain::alarm::AlarmCode;
use domain::withdrawal::{CONFIRM_TIME, WithdrawalEffect, WithdrawalEvent, WithdrawalState};
use kernel::Timestamp;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use store::withdrawals::{self, WithdrawalRow};
use tracing::{error, warn};

/// Withdrawals of one look.
const WITHDRAWALS_MAX: u32 = 20;
/// A channel is asked again after so long at most.
const PAUSE_MAX: Duration = Duration::from_mins(30);
/// One that its channel has for longer is stuck: somebody has to look.
const STUCK_AFTER: Duration = Duration::from_hours(24);
/// The same for one that its payee has not confirmed, which first has to be taken back.
const UNCONFIRMED_AFTER: Duration = Duration::from_hours(26);
/// Channels forget transfers after thirty days: from here on an unknown number proves nothing, and
/// is not sent again.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(29 * 24);

/// What is to be done with a withdrawal at its channel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errand {
    /// It goes there for the first time.
    Send,
    /// It is asked about, and sent again under its number if the channel knows nothing of it.
    Ask,
    /// It is asked about and never sent again.
    AskOnly,
    /// Its payee has not confirmed: it is taken back.
    TakeBack,
}

impl App {
    /// Sends what is to be paid and asks about what is under way; how many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn send_withdrawals(&self) -> Result<usize, AppError> {
        let mut view = self.db.view().await?;
        let due = withdrawals::due(view.conn(), self.now(), WITHDRAWALS_MAX).await?;
        drop(view);
        for row in &due {
            if let Err(error) = self.move_withdrawal(&row.withdraw_no).await {
                warn!(withdraw_no = row.withdraw_no, %error, "withdrawal not moved");
            }
        }
        Ok(due.len())
    }

    pub(super) async fn move_withdrawal(&self, withdraw_no: &str) -> Result<(), AppError> {
        let Some((row, errand)) = self.take_withdrawal(withdraw_no).await? else {
            return Ok(());
        };
        let Some(channel) = self.transfer_channel(row.method) else {
            error!(
                withdraw_no,
                "the channel of a withdrawal is not configured any more"
            );
            return Ok(());
        };
        let said = do_errand(channel, &row, errand).await;
        self.withdrawal_said(withdraw_no, &said, None).await?;
        Ok(())
    }

    /// Counts the question before it is asked: one that never ends is not asked at once again, and
    /// a program that ends here asks before it sends.
    async fn take_withdrawal(
        &self,
        withdraw_no: &str,
    ) -> Result<Option<(WithdrawalRow, Errand)>, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let Some(mut row) = withdrawals::lock(tx.conn(), withdraw_no).await? else {
            return Ok(None);
        };
        let sent = row.sent_at.unwrap_or(row.created_at);
        let (errand, late) = match row.state {
            WithdrawalState::Paying if row.asked == 0 => (Errand::Send, false),
            WithdrawalState::Paying if now.since(sent) >= FORGOTTEN_AFTER => {
                (Errand::AskOnly, true)
            }
            WithdrawalState::Paying => (Errand::Ask, now.since(sent) >= STUCK_AFTER),
            WithdrawalState::WaitConfirm => {
                let waited = now.since(row.waits_since.unwrap_or(sent));
                let event = WithdrawalEvent::NotConfirmed { waited };
                let rules = &self.money_rules().withdrawals;
                let step = machine(&row).next(&event, rules);
                let effects = step.map(|step| step.effects).unwrap_or_default();
                let back = effects.contains(&WithdrawalEffect::CancelAtChannel);
                let errand = if back {
                    Errand::TakeBack
                } else {
                    Errand::AskOnly
                };
                (errand, waited >= UNCONFIRMED_AFTER)
            }
            _ => {
                withdrawals::update(tx.conn(), &row, None, now).await?;
                tx.commit().await?;
                return Ok(None);
            }
        };
        if late {
            let details = json!({"state": row.state, "asked": row.asked});
            let object = ("withdrawal", withdraw_no);
            raise(&mut tx, AlarmCode::WithdrawAbnormal, object, details, now).await?;
        }
        row.asked = row.asked.saturating_add(1);
        let next = now + pause(&row, now);
        withdrawals::update(tx.conn(), &row, Some(next), now).await?;
        tx.commit().await?;
        Ok(Some((row, errand)))
    }
}

/// When a channel is asked next: ever more rarely, but not later than the end of the payee's time.
pub(super) fn pause(row: &WithdrawalRow, now: Timestamp) -> Duration {
    let doubled = 5_u64 << u32::try_from(row.asked.clamp(0, 9)).unwrap_or(9);
    let pause = Duration::from_secs(doubled).min(PAUSE_MAX);
    let left = row
        .waits_since
        .map(|since| (since + CONFIRM_TIME).since(now));
    match left {
        Some(left) if !left.is_zero() => pause.min(left),
        _ => pause,
    }
}

async fn do_errand(channel: &Arc<dyn PaymentChannel>, row: &WithdrawalRow, errand: Errand) -> Said {
    let no = row.withdraw_no.as_str();
    let said = match errand {
        Errand::Send => channel.transfer(&transfer(row)).await,
        Errand::TakeBack => match channel.cancel_transfer(no).await {
            // Confirmed in this very moment, or not to be taken back: its state decides.
            Err(_) => return asked(channel, no).await,
            said => said,
        },
        Errand::AskOnly => return asked(channel, no).await,
        Errand::Ask => match asked(channel, no).await {
            Said::NotFound => channel.transfer(&transfer(row)).await,
            said => return said,
        },
    };
    match said {
        Ok(state) => state,
        Err(fault) if fault.is_outcome_unknown() => {
            warn!(withdraw_no = no, %fault, "the channel did not answer clearly");
            Said::Processing
        }
        Err(fault) => Said::Failed {
            reason: fault.to_string(),
        },
    }
}

/// A question that is not answered, or refused, says nothing about the money.
async fn asked(channel: &Arc<dyn PaymentChannel>, withdraw_no: &str) -> Said {
    match channel.query_transfer(withdraw_no).await {
        Ok(state) => state,
        Err(fault) => {
            warn!(withdraw_no, %fault, "the channel could not be asked");
            Said::Processing
        }
    }
}

fn transfer(row: &WithdrawalRow) -> Transfer {
    Transfer {
        transfer_no: row.withdraw_no.clone(),
        amount: row.net_fen,
        payee: row.account_no.clone(),
        payee_name: Some(row.holder.clone().into()),
        remark: "收益提现".to_owned(),
        notify_url: None,
    }
}
