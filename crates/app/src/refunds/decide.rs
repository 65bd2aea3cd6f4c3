//! Somebody else agrees, or does not.

use crate::money::{give_back, post};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::ledger::{Account, postings};
use domain::machine::NotPossible;
use domain::refund::{Refund, RefundEvent, RefundRoute, RefundState};
use kernel::OrderNo;
use serde_json::json;
use store::Tx;
use store::order_money;
use store::refunds::{self, RefundRow};

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
        let shares = give_back::parts(&settled.shares, &settled.returned, row.amount)?;
        settled.returned.extend(shares.iter().cloned());
        let now = self.now();
        let taken = give_back::payable_from(tx, order_no.as_str(), &shares, now).await?;
        let to = money.payer.purse().unwrap_or(Account::RefundInflight);
        let journal = postings::refund(order_no, &row.refund_no, &taken, to);
        post(tx, &[journal], actor, now).await?;
        self.reverse_points_in(tx, &mut money, row.amount, &row.refund_no)
            .await?;
        money.refunded = money.refunded + row.amount;
        order_money::update(tx.conn(), &money, now).await?;
        Ok(())
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
