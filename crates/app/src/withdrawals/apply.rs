//! A party asks for its money.

use super::{NO_WITHDRAWAL, Step, identity_of, object, party, refused};
use crate::money::post;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::day::Day;
use domain::document_no::DocumentKind;
use domain::ledger::{PartyPurse, postings};
use domain::org::OrgType;
use domain::withdrawal::{
    Account, Applicant, Application, Withdrawal, WithdrawalEffect, WithdrawalEvent, WithdrawalState,
};
use kernel::{Fen, OrgId, Timestamp};
use serde_json::json;
use store::alarms::AlarmFilter;
use store::settlement_accounts::SettlementRow;
use store::withdrawals::{self, WithdrawalRow};
use store::{PageRequest, Tx, alarms, document_numbers, ledger, orgs, settlement_accounts};

/// Most of one withdrawal.
const AMOUNT_MAX: Fen = Fen(1_000_000_000);

/// What somebody wants to take out.
#[derive(Clone, Copy, Debug)]
pub struct WithdrawalWish {
    /// How much, fee and tax included.
    pub amount: Fen,
    /// To which account.
    pub account_id: i64,
}

impl App {
    /// J13: a party asks for part of what is payable to it; the sum is frozen at once. What
    /// nobody needs to grant goes to its channel by itself.
    ///
    /// # Errors
    /// [`AppError::Conflict`] for everybody but the party's own accounts, when less is payable,
    /// when a limit is reached, when the account is not verified, or while the books do not
    /// balance; [`AppError::NotFound`] without such an account.
    pub async fn apply_withdrawal(
        &self,
        actor: &Actor,
        kind: OrgType,
        wish: WithdrawalWish,
    ) -> Result<WithdrawalRow, AppError> {
        if actor.org_type != kind {
            return Err(AppError::Conflict("only the party itself applies for it"));
        }
        if wish.amount <= Fen::ZERO || wish.amount > AMOUNT_MAX {
            return Err(AppError::Invalid {
                field: "amount_fen".to_owned(),
                problem: format!("must be 1 to {}", AMOUNT_MAX.0),
            });
        }
        let now = self.now();
        let mut tx = self.db.begin().await?;
        withdrawals_go_on(&mut tx).await?;
        if !orgs::is_active(tx.conn(), &actor.org_path).await? {
            return Err(AppError::Conflict("the organisation is disabled"));
        }
        let org = OrgId(actor.org_id);
        let of = party(kind, org);
        // Whoever asks second waits here, and then sees less.
        let available = ledger::lock(tx.conn(), &[of(PartyPurse::Available)]).await?[0];
        let account = settlement_accounts::lock(tx.conn(), wish.account_id).await?;
        let account = account
            .filter(|account| account.org_id == org.0)
            .ok_or(AppError::NotFound("settlement account"))?;
        let row = self
            .application(&mut tx, (actor, kind), wish.amount, available, account, now)
            .await?;
        let next = (row.state == WithdrawalState::Paying).then_some(now);
        withdrawals::insert(tx.conn(), &row, next).await?;
        let freeze = postings::withdraw_request(&of, row.amount_fen, &row.withdraw_no);
        post(&mut tx, &[freeze], &actor.name, now).await?;
        let after = json!({
            "amount_fen": row.amount_fen,
            "account_id": row.account_id,
            "state": row.state,
        });
        let object = object(&row.withdraw_no);
        self.audit_in(&mut tx, actor, "withdraw.apply", &object, None, Some(after))
            .await?;
        tx.commit().await?;
        Ok(row)
    }

    async fn application(
        &self,
        tx: &mut Tx,
        (actor, kind): (&Actor, OrgType),
        amount: Fen,
        available: Fen,
        account: SettlementRow,
        now: Timestamp,
    ) -> Result<WithdrawalRow, AppError> {
        let rules = &self.money_rules().withdrawals;
        let asked =
            withdrawals::asked_since(tx.conn(), actor.org_id, Day::of(now).begins()).await?;
        let application = Application {
            amount,
            applicant: match kind {
                OrgType::Agent => Applicant::Agent,
                OrgType::Merchant => Applicant::Merchant,
                OrgType::Platform | OrgType::Company => Applicant::Other,
            },
            account: if account.state == "verified" {
                Account::Verified
            } else {
                Account::Unverified
            },
            available,
            today: u32::try_from(asked.times).unwrap_or(u32::MAX),
            today_fen: asked.amount_fen,
        };
        let (step, sums) = rules.submit(&application).map_err(refused)?;
        let mut machine = Withdrawal {
            state: step.to,
            amount,
            method: account.kind.method(),
            applicant: identity_of(actor),
        };
        let at_once = step.effects.contains(&WithdrawalEffect::ApproveAtOnce);
        let mut events = Vec::new();
        if at_once {
            let approval = domain::withdrawal::Approval::Automatic;
            events.push(WithdrawalEvent::Approve(approval));
            if self.transfer_channel(machine.method).is_some() {
                events.push(WithdrawalEvent::Send);
            }
        }
        for event in &events {
            machine.state = machine.next(event, rules).map_err(refused)?.to;
        }
        let number = document_numbers::next(tx.conn(), DocumentKind::Withdrawal, now).await?;
        let sent = machine.state == WithdrawalState::Paying;
        Ok(WithdrawalRow {
            withdraw_no: number.to_string(),
            org_id: actor.org_id,
            org_name: actor.org_name.clone(),
            org_type: kind,
            org_path: actor.org_path.clone(),
            amount_fen: amount,
            fee_fen: sums.fee,
            tax_fen: sums.tax,
            net_fen: sums.net,
            method: machine.method,
            state: machine.state,
            account_id: account.id,
            account_kind: account.kind,
            holder: account.holder,
            bank: account.bank,
            account_no: account.account_no,
            applied_by: actor.name.clone(),
            applied_by_id: actor.admin_id,
            first_audit_by: None,
            audited_by: at_once.then(|| "system".to_owned()),
            audited_at: at_once.then_some(now),
            paid_by: sent.then(|| "system".to_owned()),
            sent_at: sent.then_some(now),
            waits_since: None,
            package_info: None,
            channel_no: None,
            voucher_no: None,
            fail_reason: None,
            asked: 0,
            finished_at: None,
            created_at: now,
        })
    }

    /// The applicant takes a withdrawal back that nobody has granted; the sum is payable again.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a withdrawal, [`AppError::Conflict`] for everybody
    /// else, and once it is decided.
    pub async fn cancel_withdrawal(
        &self,
        actor: &Actor,
        kind: OrgType,
        withdraw_no: &str,
    ) -> Result<WithdrawalRow, AppError> {
        let by = identity_of(actor);
        self.withdrawal_step(actor, (kind, withdraw_no), "withdraw.cancel", |_, _| {
            Ok(Step::Event(WithdrawalEvent::Cancel { by }))
        })
        .await
    }

    /// A withdrawal.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without one of a party of that type.
    pub async fn withdrawal(
        &self,
        kind: OrgType,
        withdraw_no: &str,
    ) -> Result<WithdrawalRow, AppError> {
        let mut view = self.db.view().await?;
        let row = withdrawals::find(view.conn(), withdraw_no).await?;
        row.filter(|row| row.org_type == kind).ok_or(NO_WITHDRAWAL)
    }
}

/// While the books are known not to balance nothing leaves the house.
pub(super) async fn withdrawals_go_on(tx: &mut Tx) -> Result<(), AppError> {
    let filter = AlarmFilter {
        open: true,
        code: Some(AlarmCode::LedgerInvariant.as_str().to_owned()),
        ..AlarmFilter::default()
    };
    let open = alarms::list(tx.conn(), &filter, PageRequest { page: 1, size: 1 }).await?;
    if open.total > 0 {
        return Err(AppError::Conflict(
            "withdrawals are stopped while the books do not balance",
        ));
    }
    Ok(())
}
