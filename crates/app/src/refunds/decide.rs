//! Somebody else agrees, or does not.

use crate::money::{give_back, post, raise};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::ledger::postings::Share;
use domain::ledger::{Account, postings};
use domain::machine::NotPossible;
use domain::message::Message;
use domain::refund::{Refund, RefundEvent, RefundRoute, RefundState};
use kernel::{Fen, OrderNo, Timestamp};
use serde_json::json;
use store::refunds::{self, RefundRow};
use store::{Tx, ledger, order_money};

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
            let into_wallet = self.give_back(&mut tx, &row, &actor.name).await?;
            row.state = step.to;
            row.finished_at = Some(now);
            if into_wallet > Fen::ZERO {
                let told = Message::refunded(&row.refund_no, into_wallet, row.route);
                self.tell_in(&mut tx, row.member, &told).await?;
            }
        } else if agree {
            next = Some(now);
        } else {
            row.finished_at = Some(now);
            let told = Message::refund_failed(&row.refund_no, row.amount);
            self.tell_in(&mut tx, row.member, &told).await?;
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
    /// the money earned. What is still owed of the bill becomes less first; how much went to where
    /// the payer's money is.
    async fn give_back(&self, tx: &mut Tx, row: &RefundRow, actor: &str) -> Result<Fen, AppError> {
        let order_no: OrderNo = row
            .biz_no
            .parse()
            .map_err(|_| AppError::Internal(format!("refund {} of no order", row.refund_no)))?;
        let money = order_money::lock(tx.conn(), order_no).await?;
        let mut money = money.ok_or(AppError::NotFound("bill"))?;
        let Some(settled) = &mut money.settled else {
            return Err(AppError::Conflict("the order is not billed"));
        };
        if settled.refundable() - money.refunded < row.amount {
            return Err(AppError::Conflict("more than was paid"));
        }
        let shares = give_back::parts(&settled.shares, &settled.returned, row.amount)?;
        settled.returned.extend(shares.iter().cloned());
        let now = self.now();
        let taken = give_back::payable_from(tx, order_no.as_str(), &shares, now).await?;
        let debt = money.payer.debt();
        let purse = money.payer.purse();
        let forgiven = if purse.is_some() {
            let owed = ledger::lock(tx.conn(), std::slice::from_ref(&debt)).await?[0];
            let of_this = (settled.capture.owed - money.refunded).max(Fen::ZERO);
            row.amount.min(of_this).min(owed.max(Fen::ZERO))
        } else {
            row.amount
        };
        let into_purse = row.amount - forgiven;
        let to = [
            (debt, forgiven),
            (purse.unwrap_or(Account::RefundInflight), into_purse),
        ];
        let journal = postings::refund(order_no, &row.refund_no, &taken, to);
        post(tx, &[journal], actor, now).await?;
        alarm_of_overdrawn(tx, &taken, &row.refund_no, now).await?;
        if forgiven > Fen::ZERO {
            self.occupancies_paid_in(tx, &money.payer).await?;
        }
        self.reverse_points_in(tx, &mut money, row.amount, &row.refund_no)
            .await?;
        money.refunded = money.refunded + row.amount;
        order_money::update(tx.conn(), &money, now).await?;
        Ok(into_purse)
    }
}

/// J11: a party that has less than nothing after it gave back: its next income pays that, and
/// somebody should know.
async fn alarm_of_overdrawn(
    tx: &mut Tx,
    taken: &[Share],
    refund_no: &str,
    now: Timestamp,
) -> Result<(), AppError> {
    for share in taken {
        let Some(org) = share.account.org() else {
            continue;
        };
        let balance = ledger::balance(tx.conn(), &share.account).await?;
        if balance < Fen::ZERO {
            let org = org.to_string();
            let details = json!({"account": share.account.to_string(), "balance_fen": balance,
                "refund_no": refund_no});
            raise(tx, AlarmCode::PayeeOverdrawn, ("org", &org), details, now).await?;
        }
    }
    Ok(())
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
