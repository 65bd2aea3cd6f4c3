//! Money that agents and merchants take out.
//!
//! A withdrawal freezes its sum in the transaction that writes it down (J13). Somebody else
//! grants it, above a limit two persons; the bank pays it, or a channel does. Before a channel
//! hears of one it stands in the database as on its way, under the number that it keeps; whatever
//! the channel says, by callback or when asked, takes the one way of `App::withdrawal_said`.

mod accounts;
mod apply;
mod decide;
mod pay;
mod reading;
mod said;
mod send;

pub use accounts::SettlementWish;
pub use apply::WithdrawalWish;

use crate::money::post;
use crate::payments::asset_of;
use crate::staff::Actor;
use crate::{App, AppError};
use channels::payment::{ChannelName, PaymentChannel};
use domain::ledger::{Account, Asset, PartyPurse, postings};
use domain::machine::NotPossible;
use domain::org::OrgType;
use domain::withdrawal::{Withdrawal, WithdrawalEvent, WithdrawalMethod, WithdrawalState};
use kernel::{OrgId, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use store::Tx;
use store::withdrawals::{self, WithdrawalRow};

const NO_WITHDRAWAL: AppError = AppError::NotFound("withdrawal");

/// An agent's or a merchant's account by its purse.
pub(crate) fn party(kind: OrgType, org: OrgId) -> impl Fn(PartyPurse) -> Account {
    move |purse| match kind {
        OrgType::Agent => Account::Agent(org, purse),
        OrgType::Merchant | OrgType::Company | OrgType::Platform => Account::Merchant(org, purse),
    }
}

/// The channel that pays by a method; none: the bank does.
const fn channel_name(method: WithdrawalMethod) -> Option<ChannelName> {
    match method {
        WithdrawalMethod::WechatTransfer => Some(ChannelName::Wechat),
        WithdrawalMethod::AlipayTransfer => Some(ChannelName::Alipay),
        WithdrawalMethod::MockTransfer => Some(ChannelName::Mock),
        WithdrawalMethod::Bank => None,
    }
}

/// Who somebody is: a name alone may be given to another account later.
fn identity(name: &str, admin_id: Option<i64>) -> String {
    match admin_id {
        Some(id) => format!("{id}:{name}"),
        None => name.to_owned(),
    }
}

fn identity_of(actor: &Actor) -> String {
    identity(&actor.name, actor.admin_id)
}

fn machine(row: &WithdrawalRow) -> Withdrawal {
    Withdrawal {
        state: row.state,
        amount: row.amount_fen,
        method: row.method,
        applicant: identity(&row.applied_by, row.applied_by_id),
    }
}

fn refused(why: NotPossible) -> AppError {
    AppError::Conflict(match why {
        NotPossible::State { .. } => "the withdrawal is not in a state for that",
        NotPossible::Guard(words) => words,
    })
}

fn object(withdraw_no: &str) -> String {
    format!("withdrawal:{withdraw_no}")
}

fn shown(row: &WithdrawalRow) -> Value {
    json!({
        "state": row.state,
        "first_audit_by": row.first_audit_by,
        "audited_by": row.audited_by,
        "paid_by": row.paid_by,
        "voucher_no": row.voucher_no,
        "fail_reason": row.fail_reason,
    })
}

impl App {
    fn transfer_channel(&self, method: WithdrawalMethod) -> Option<&Arc<dyn PaymentChannel>> {
        channel_name(method).and_then(|name| self.outside.payments.by_name(name))
    }

    /// A step of a withdrawal that a person takes, with what it posts and its line in the audit
    /// log. `change` writes beside the state what the step leaves behind.
    async fn withdrawal_step(
        &self,
        actor: &Actor,
        (kind, withdraw_no): (OrgType, &str),
        action: &str,
        change: impl FnOnce(&mut WithdrawalRow, Timestamp) -> Result<Step, AppError> + Send,
    ) -> Result<WithdrawalRow, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = withdrawals::lock(tx.conn(), withdraw_no).await?;
        let before = before
            .filter(|row| row.org_type == kind && actor.owns(&row.org_path))
            .ok_or(NO_WITHDRAWAL)?;
        let mut row = before.clone();
        let next = match change(&mut row, now)? {
            Step::Event(event) => {
                let rules = &self.money_rules().withdrawals;
                row.state = machine(&before).next(&event, rules).map_err(refused)?.to;
                (row.state == WithdrawalState::Paying).then_some(now)
            }
            Step::Stay => None,
        };
        self.post_outcome(&mut tx, &row, &actor.name, now).await?;
        if is_over(row.state) {
            row.finished_at = Some(now);
        }
        withdrawals::update(tx.conn(), &row, next, now).await?;
        let (old, new) = (Some(shown(&before)), Some(shown(&row)));
        self.audit_in(&mut tx, actor, action, &object(withdraw_no), old, new)
            .await?;
        tx.commit().await?;
        Ok(row)
    }

    /// J13: what the end of a withdrawal moves; nothing while it is under way. Keys are the
    /// number's, so that a repeat moves nothing.
    async fn post_outcome(
        &self,
        tx: &mut Tx,
        row: &WithdrawalRow,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let of = party(row.org_type, OrgId(row.org_id));
        let no = &row.withdraw_no;
        let journal = match row.state {
            WithdrawalState::Success => {
                let from = channel_name(row.method).map_or(Asset::Bank, asset_of);
                let (fee, tax) = (row.fee_fen, row.tax_fen);
                postings::withdraw_paid(&of, from, row.amount_fen, fee, tax, no)
            }
            WithdrawalState::Cancelled | WithdrawalState::Rejected | WithdrawalState::Failed => {
                postings::withdraw_returned(&of, row.amount_fen, no)
            }
            WithdrawalState::Submitted
            | WithdrawalState::Approved
            | WithdrawalState::Paying
            | WithdrawalState::WaitConfirm => return Ok(()),
        };
        post(tx, &[journal], actor, now).await
    }
}

/// What a person's step comes to.
enum Step {
    /// The machine moves.
    Event(WithdrawalEvent),
    /// Something is written down; it stays where it is.
    Stay,
}

const fn is_over(state: WithdrawalState) -> bool {
    matches!(
        state,
        WithdrawalState::Success
            | WithdrawalState::Cancelled
            | WithdrawalState::Rejected
            | WithdrawalState::Failed
    )
}
