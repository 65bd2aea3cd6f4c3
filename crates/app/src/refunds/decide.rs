//! Somebody else agrees, or does not.

use crate::money::post;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::allocation::largest_remainder;
use domain::ledger::postings::{self, Share};
use domain::ledger::{Account, PartyPurse};
use domain::machine::NotPossible;
use domain::refund::{Refund, RefundEvent, RefundRoute, RefundState};
use kernel::{Fen, OrderNo};
use serde_json::json;
use store::order_money;
use store::refunds::{self, RefundRow};
use store::{Tx, commission};

impl App {
    /// Decides on a refund. What goes into a wallet is there at once; what goes back through a
    /// channel is sent by itself.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a refund, [`AppError::Conflict`] for who asked for it,
    /// when it is decided already, or when the money is not there any more.
    pub async fn decide_refund(
        &self,
        actor: &Actor,
        refund_no: &str,
        agree: bool,
    ) -> Result<RefundRow, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let row = refunds::lock(tx.conn(), refund_no).await?;
        let mut row = row.ok_or(AppError::NotFound("refund"))?;
        let reviewer = actor.name.clone();
        let event = if agree {
            RefundEvent::Approve { reviewer }
        } else {
            RefundEvent::Reject { reviewer }
        };
        row.state = machine(&row).next(&event).map_err(refused)?.to;
        row.auditor = Some(actor.name.clone());
        let mut next = None;
        if agree && row.route == RefundRoute::Wallet {
            let step = machine(&row)
                .next(&RefundEvent::ToWallet)
                .map_err(refused)?;
            self.give_back(&mut tx, &row, &actor.name).await?;
            row.state = step.to;
            row.finished_at = Some(now);
            self.tell_of_refund_in(&mut tx, row.member, &row.refund_no, row.amount)
                .await?;
        } else if agree {
            next = Some(now);
        } else {
            row.finished_at = Some(now);
        }
        refunds::update(tx.conn(), &row, next, now).await?;
        if row.state == RefundState::Success
            && let Ok(order_no) = row.biz_no.parse()
        {
            self.invoice_after_refund_in(&mut tx, order_no).await?;
        }
        let object = format!("refund:{refund_no}");
        let decided = json!({"agree": agree, "state": row.state.as_str()});
        self.audit_in(
            &mut tx,
            actor,
            "refund.decide",
            &object,
            None,
            Some(decided),
        )
        .await?;
        tx.commit().await?;
        Ok(row)
    }

    /// J11: those who earned give back, by what they hold of the bill; the member the points that
    /// the money earned.
    async fn give_back(&self, tx: &mut Tx, row: &RefundRow, actor: &str) -> Result<(), AppError> {
        let order_no: OrderNo = row
            .biz_no
            .parse()
            .map_err(|_| AppError::Internal(format!("refund {} of no order", row.refund_no)))?;
        let money = order_money::lock(tx.conn(), order_no).await?;
        let mut money = money.ok_or(AppError::NotFound("bill"))?;
        let Some(settled) = &mut money.settled else {
            return Err(AppError::Conflict("the order is not billed"));
        };
        if settled.capture.held.cash - money.refunded < row.amount {
            return Err(AppError::Conflict("more than was paid"));
        }
        let mut held: Vec<Share> = settled.shares.clone();
        // The platform first, the owner last: who gets the odd fen does not depend on the fees.
        held.sort_by_key(|share| match share.account {
            Account::Agent(..) => 1,
            Account::Merchant(..) => 2,
            _ => 0,
        });
        for share in &mut held {
            let given: Fen = settled
                .returned
                .iter()
                .filter(|returned| returned.account == share.account)
                .map(|returned| returned.amount)
                .sum();
            share.amount = share.amount - given;
        }
        let weights: Vec<i64> = held.iter().map(|share| share.amount.0).collect();
        let parts = largest_remainder(row.amount.0, &weights)
            .ok_or(AppError::Conflict("more than was earned"))?;
        let shares: Vec<Share> = held
            .iter()
            .zip(parts)
            .filter(|(_, part)| *part > 0)
            .map(|(share, part)| Share {
                account: share.account.clone(),
                amount: Fen(part),
            })
            .collect();
        settled.returned.extend(shares.iter().cloned());
        let now = self.now();
        let mut taken = Vec::with_capacity(shares.len());
        for share in &shares {
            let mut account = share.account.clone();
            if let Some(org) = account.org() {
                if commission::is_mature(tx.conn(), order_no, org).await? {
                    account = payable(account);
                } else {
                    commission::insert_return(tx.conn(), order_no, org, share.amount, now).await?;
                }
            }
            taken.push(Share {
                account,
                amount: share.amount,
            });
        }
        let to = money.payer.pockets().into_iter().next();
        let to = to.map_or(Account::RefundInflight, |pocket| pocket.free);
        let journal = postings::refund(order_no, &row.refund_no, &taken, to);
        post(tx, &[journal], actor, now).await?;
        self.reverse_points_in(tx, &mut money, row.amount, &row.refund_no)
            .await?;
        money.refunded = money.refunded + row.amount;
        order_money::update(tx.conn(), &money, now).await?;
        Ok(())
    }
}

/// Where a party's money is once it is payable.
fn payable(account: Account) -> Account {
    match account {
        Account::Merchant(org, _) => Account::Merchant(org, PartyPurse::Available),
        Account::Agent(org, _) => Account::Agent(org, PartyPurse::Available),
        other => other,
    }
}

pub(super) fn machine(row: &RefundRow) -> Refund {
    Refund {
        state: row.state,
        amount: row.amount,
        route: row.route,
        applicant: row.applicant.clone(),
    }
}

pub(super) fn refused(why: NotPossible) -> AppError {
    AppError::Conflict(match why {
        NotPossible::State { .. } => "it is decided already",
        NotPossible::Guard(words) => words,
    })
}
