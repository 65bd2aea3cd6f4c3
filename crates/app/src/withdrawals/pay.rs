//! Somebody has a granted withdrawal paid.

use super::apply::withdrawals_go_on;
use super::{NO_WITHDRAWAL, Step};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::org::OrgType;
use domain::withdrawal::{WithdrawalEvent, WithdrawalState};
use serde_json::json;
use store::withdrawals::{self, WithdrawalRow};

/// Longest number of a bank's voucher, in characters.
const VOUCHER_MAX: usize = 64;

impl App {
    /// Lets a granted withdrawal go to its channel, under its own number. It is sent by itself.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a withdrawal, [`AppError::Conflict`] when it is not
    /// granted, when the bank pays it, when its channel is not configured, or while the books do
    /// not balance.
    pub async fn pay_withdrawal(
        &self,
        actor: &Actor,
        kind: OrgType,
        withdraw_no: &str,
    ) -> Result<WithdrawalRow, AppError> {
        let mut tx = self.db.begin().await?;
        withdrawals_go_on(&mut tx).await?;
        tx.rollback().await?;
        let at = (kind, withdraw_no);
        self.withdrawal_step(actor, at, "withdraw.pay", |row, now| {
            if row.method.is_transfer() && self.transfer_channel(row.method).is_none() {
                return Err(AppError::Conflict("its channel is not configured"));
            }
            row.paid_by = Some(actor.name.clone());
            row.sent_at = Some(now);
            Ok(Step::Event(WithdrawalEvent::Send))
        })
        .await
    }

    /// The bank has paid a withdrawal; here is the number of its voucher. The same voucher said
    /// again changes nothing.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a withdrawal, [`AppError::Conflict`] when it is not
    /// granted, or when a channel pays it, [`AppError::Invalid`] for a number that is none.
    pub async fn withdrawal_voucher(
        &self,
        actor: &Actor,
        kind: OrgType,
        withdraw_no: &str,
        voucher_no: &str,
    ) -> Result<WithdrawalRow, AppError> {
        let voucher = voucher_no.trim().to_owned();
        let printable = !voucher.chars().any(char::is_control);
        if voucher.is_empty() || voucher.chars().count() > VOUCHER_MAX || !printable {
            return Err(AppError::Invalid {
                field: "voucher_no".to_owned(),
                problem: format!("must have 1 to {VOUCHER_MAX} characters"),
            });
        }
        let known = self.withdrawal(kind, withdraw_no).await?;
        if known.state == WithdrawalState::Success
            && known.voucher_no.as_ref() == Some(&voucher)
            && actor.owns(&known.org_path)
        {
            return Ok(known);
        }
        let at = (kind, withdraw_no);
        self.withdrawal_step(actor, at, "withdraw.voucher", |row, _| {
            row.paid_by = Some(actor.name.clone());
            row.voucher_no = Some(voucher);
            Ok(Step::Event(WithdrawalEvent::VoucherUploaded))
        })
        .await
    }

    /// Asks the channel now what became of a withdrawal.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a withdrawal, [`AppError::Conflict`] when no channel
    /// has it.
    pub async fn ask_about_withdrawal(
        &self,
        actor: &Actor,
        kind: OrgType,
        withdraw_no: &str,
    ) -> Result<WithdrawalRow, AppError> {
        let row = self.withdrawal(kind, withdraw_no).await?;
        if !actor.owns(&row.org_path) {
            return Err(NO_WITHDRAWAL);
        }
        let under_way = matches!(
            row.state,
            WithdrawalState::Paying | WithdrawalState::WaitConfirm
        );
        if !under_way {
            return Err(AppError::Conflict("no channel has it"));
        }
        self.move_withdrawal(withdraw_no).await?;
        let mut view = self.db.view().await?;
        let found = withdrawals::find(view.conn(), withdraw_no).await?;
        let found = found.ok_or(NO_WITHDRAWAL)?;
        drop(view);
        let (before, after) = [&row, &found]
            .map(|row| json!({"state": row.state.as_str()}))
            .into();
        let object = super::object(withdraw_no);
        self.audit_change(actor, "withdraw.query", &object, Some(before), Some(after))
            .await?;
        Ok(found)
    }
}
