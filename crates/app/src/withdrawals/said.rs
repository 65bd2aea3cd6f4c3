//! What a channel says about a withdrawal, by callback or when asked.

use super::{NO_WITHDRAWAL, channel_name, is_over, machine};
use crate::money::raise;
use crate::{App, AppError};
use channels::payment::{ChannelName, TransferState as Said};
use domain::alarm::AlarmCode;
use domain::withdrawal::{WithdrawalEvent, WithdrawalState};
use kernel::Timestamp;
use serde_json::json;
use store::Tx;
use store::withdrawals::{self, WithdrawalRow};
use tracing::{info, warn};

impl App {
    /// Takes what a channel says about a withdrawal. False when it cannot be true.
    pub(crate) async fn withdrawal_said(
        &self,
        withdraw_no: &str,
        said: &Said,
        by: Option<ChannelName>,
    ) -> Result<bool, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let row = withdrawals::lock(tx.conn(), withdraw_no).await?;
        let before = row.ok_or(NO_WITHDRAWAL)?;
        if by.is_some() && by != channel_name(before.method) {
            let why = "another channel speaks of it";
            contradicted(&mut tx, &before, why, now).await?;
            tx.commit().await?;
            return Ok(false);
        }
        if let Said::Success {
            amount: Some(amount),
            ..
        } = said
            && *amount != before.net_fen
        {
            let why = "the channel speaks of another amount";
            contradicted(&mut tx, &before, why, now).await?;
            tx.commit().await?;
            return Ok(false);
        }
        let event = match said {
            Said::Success { .. } => WithdrawalEvent::Succeeded,
            Said::Failed { .. } | Said::Cancelled => WithdrawalEvent::Failed,
            Said::WaitUserConfirm { .. } => WithdrawalEvent::MustBeConfirmed,
            Said::NotFound | Said::Processing | Said::Cancelling => WithdrawalEvent::Unclear,
        };
        let rules = &self.money_rules().withdrawals;
        let Ok(step) = machine(&before).next(&event, rules) else {
            // What is over stays over; a channel that changes its mind is looked at by a person.
            if is_over(before.state) && event != WithdrawalEvent::Unclear {
                let why = "the channel contradicts itself";
                contradicted(&mut tx, &before, why, now).await?;
                tx.commit().await?;
            }
            return Ok(true);
        };
        let mut row = before.clone();
        row.state = step.to;
        note(&mut row, said, now);
        if row == before {
            return Ok(true);
        }
        let over = is_over(row.state);
        // When it is asked for next was decided before it was asked.
        let mut next = Some(now + super::send::pause(&row, now));
        if over {
            self.post_outcome(&mut tx, &row, "channel", now).await?;
            row.finished_at = row.finished_at.or(Some(now));
            next = None;
            let state = row.state.as_str();
            info!(withdraw_no, state, "withdrawal over");
            metrics::counter!("openpile_withdrawals_total", "state" => state).increment(1);
        }
        withdrawals::update(tx.conn(), &row, next, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Writes down what came with a state.
fn note(row: &mut WithdrawalRow, said: &Said, now: Timestamp) {
    match said {
        Said::Success { channel_no, .. } if row.channel_no.is_none() => {
            row.channel_no = Some(channel_no.clone());
        }
        Said::WaitUserConfirm { package_info } if row.state == WithdrawalState::WaitConfirm => {
            row.waits_since = row.waits_since.or(Some(now));
            if let Some(info) = package_info {
                row.package_info = Some(info.clone());
            }
        }
        Said::Failed { reason } if row.fail_reason.is_none() => {
            row.fail_reason = Some(reason.chars().take(200).collect());
        }
        Said::Cancelled if row.fail_reason.is_none() => {
            row.fail_reason = Some("not confirmed in time".to_owned());
        }
        _ => {}
    }
}

/// What cannot be true is an alarm, and changes nothing.
async fn contradicted(
    tx: &mut Tx,
    row: &WithdrawalRow,
    why: &str,
    now: Timestamp,
) -> Result<(), AppError> {
    warn!(
        withdraw_no = row.withdraw_no,
        why, "a withdrawal is in doubt"
    );
    let details = json!({"why": why, "state": row.state, "net_fen": row.net_fen});
    let object = ("withdrawal", row.withdraw_no.as_str());
    raise(tx, AlarmCode::WithdrawAbnormal, object, details, now).await
}
