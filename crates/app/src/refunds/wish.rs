//! Somebody wants money back.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::document_no::DocumentKind;
use domain::ledger::{Account, MemberPurse};
use domain::refund::{RefundKind, RefundRoute, RefundState, begin};
use kernel::{Fen, MemberId, OrderNo, Timestamp};
use serde_json::json;
use store::order_money::{self, MoneyState};
use store::payments::{self, PaymentRow};
use store::refunds::{self, RefundFilter, RefundRow};
use store::{Page, PageRequest, Tx, document_numbers, ledger, prepaid_orders};

/// Longest reason, in characters: channels take eighty bytes.
const REASON_MAX: usize = 80;

impl App {
    /// A member takes unused cash out of the wallet: it goes back by the way it came, oldest
    /// payments first. Somebody has to agree; the money is taken then.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a sum that cannot be, [`AppError::Conflict`] when less is there,
    /// or less came through channels.
    pub async fn withdraw_wallet(
        &self,
        member: MemberId,
        amount: Fen,
    ) -> Result<Vec<RefundRow>, AppError> {
        check_sum(amount)?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        may_leave_wallet(&mut tx, member, amount).await?;
        let mut left = amount;
        let mut made = Vec::new();
        for payment in payments::refundable(tx.conn(), member).await? {
            let gone = refunds::of_payment(tx.conn(), &payment.payment_no, "").await?;
            let part = (payment.amount - gone).max(Fen::ZERO).min(left);
            if part == Fen::ZERO {
                continue;
            }
            let refund = RefundRow {
                payment_no: Some(payment.payment_no.clone()),
                biz_no: wallet_name(member),
                member: Some(member),
                reason: "余额退款".to_owned(),
                applicant: format!("member:{member}"),
                ..self
                    .blank(
                        &mut tx,
                        part,
                        RefundKind::WalletWithdraw,
                        RefundRoute::Original,
                        now,
                    )
                    .await?
            };
            refunds::insert(tx.conn(), &refund, None).await?;
            made.push(refund);
            left = left - part;
            if left == Fen::ZERO {
                break;
            }
        }
        if left > Fen::ZERO {
            return Err(AppError::Conflict(
                "not all of it came through payment channels",
            ));
        }
        tx.commit().await?;
        Ok(made)
    }

    /// The staff gives unused money of a top-up back by the way it came, once somebody else has
    /// agreed.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a top-up, [`AppError::Invalid`] for a sum or a reason
    /// that cannot be, [`AppError::Conflict`] when less of it is there.
    pub async fn ask_recharge_refund(
        &self,
        actor: &Actor,
        recharge_no: &str,
        amount: Fen,
        reason: &str,
    ) -> Result<RefundRow, AppError> {
        check_sum(amount)?;
        check_reason(reason)?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let recharge = payments::find_recharge(tx.conn(), recharge_no).await?;
        let recharge = recharge.ok_or(AppError::NotFound("recharge"))?;
        let member = MemberId(recharge.member_id);
        may_leave_wallet(&mut tx, member, amount).await?;
        let gone = refunds::of_payment(tx.conn(), &recharge.payment_no, "").await?;
        if recharge.state != "paid" || recharge.pay_fen - gone < amount {
            return Err(AppError::Conflict("less of it was paid"));
        }
        let (kind, route) = (RefundKind::WalletWithdraw, RefundRoute::Original);
        let refund = RefundRow {
            payment_no: Some(recharge.payment_no),
            biz_no: wallet_name(member),
            member: Some(member),
            reason: reason.to_owned(),
            applicant: actor.name.clone(),
            ..self.blank(&mut tx, amount, kind, route, now).await?
        };
        refunds::insert(tx.conn(), &refund, None).await?;
        let made = json!({"refund_no": refund.refund_no, "amount_fen": amount, "reason": reason});
        let object = format!("recharge:{recharge_no}");
        self.audit_in(&mut tx, actor, "recharge.refund", &object, None, Some(made))
            .await?;
        tx.commit().await?;
        Ok(refund)
    }

    /// J11: part of a bill goes back to its payer, once somebody else has agreed: what is still
    /// owed of it first, the rest to the wallet, card or company's money.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a bill, [`AppError::Conflict`] when that much was not
    /// paid.
    pub async fn ask_order_refund(
        &self,
        actor: &Actor,
        order_no: OrderNo,
        amount: Fen,
        reason: &str,
    ) -> Result<RefundRow, AppError> {
        check_sum(amount)?;
        check_reason(reason)?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let money = order_money::lock(tx.conn(), order_no).await?;
        let money = money.ok_or(AppError::NotFound("bill"))?;
        let settled = money.settled.as_ref();
        let Some(settled) = settled.filter(|_| money.state == MoneyState::Settled) else {
            return Err(AppError::Conflict("the order is not billed"));
        };
        let waiting = refunds::waiting_of(tx.conn(), order_no.as_str()).await?;
        if settled.refundable() - money.refunded - waiting < amount {
            return Err(AppError::Conflict("more than was paid"));
        }
        let refund = RefundRow {
            biz_no: order_no.to_string(),
            member: money.payer.own_money_of(),
            reason: reason.to_owned(),
            applicant: actor.name.clone(),
            ..self
                .blank(&mut tx, amount, RefundKind::Admin, RefundRoute::Wallet, now)
                .await?
        };
        refunds::insert(tx.conn(), &refund, None).await?;
        let asked = json!({"refund_no": refund.refund_no, "amount_fen": amount, "reason": reason});
        let object = format!("order:{order_no}");
        self.audit_in(&mut tx, actor, "order.refund", &object, None, Some(asked))
            .await?;
        tx.commit().await?;
        Ok(refund)
    }

    /// J21: money that came after its payment had been closed goes back at once; the refund's number.
    pub(crate) async fn refund_late_payment(
        &self,
        tx: &mut Tx,
        payment: &PaymentRow,
        now: Timestamp,
    ) -> Result<String, AppError> {
        let refund = RefundRow {
            payment_no: Some(payment.payment_no.clone()),
            biz_no: payment.biz_no.clone(),
            member: payment.member,
            reason: "支付超时退款".to_owned(),
            applicant: "system".to_owned(),
            // What nobody may keep needs nobody's word, however much it is.
            state: RefundState::Approved,
            ..self
                .blank(
                    tx,
                    payment.amount,
                    RefundKind::Fault,
                    RefundRoute::Original,
                    now,
                )
                .await?
        };
        refunds::insert(tx.conn(), &refund, Some(now)).await?;
        Ok(refund.refund_no)
    }

    /// J8: what a direct payment of an order did not use goes back through its channel.
    pub(crate) async fn refund_unused_in(
        &self,
        tx: &mut Tx,
        order_no: OrderNo,
        member: MemberId,
        amount: Fen,
    ) -> Result<(), AppError> {
        if amount <= Fen::ZERO {
            return Ok(());
        }
        let now = self.now();
        let prepaid = prepaid_orders::find(tx.conn(), order_no).await?;
        let prepaid = prepaid
            .ok_or_else(|| AppError::Internal(format!("order {order_no} has no payment")))?;
        let (kind, route) = (RefundKind::AutoUnused, RefundRoute::Original);
        let refund = RefundRow {
            payment_no: Some(prepaid.payment_no),
            biz_no: order_no.to_string(),
            member: Some(member),
            reason: "预付余额退款".to_owned(),
            applicant: "system".to_owned(),
            ..self.blank(tx, amount, kind, route, now).await?
        };
        let due = (refund.state == RefundState::Approved).then_some(now);
        refunds::insert(tx.conn(), &refund, due).await?;
        Ok(())
    }

    pub(super) async fn blank(
        &self,
        tx: &mut Tx,
        amount: Fen,
        kind: RefundKind,
        route: RefundRoute,
        now: Timestamp,
    ) -> Result<RefundRow, AppError> {
        let begun = begin(kind, amount, self.money_rules().refund_auto_limit)
            .map_err(|_| AppError::Conflict("a refund must be more than zero"))?;
        let number = document_numbers::next(tx.conn(), DocumentKind::Refund, now).await?;
        Ok(RefundRow {
            refund_no: number.to_string(),
            payment_no: None,
            biz_no: String::new(),
            member: None,
            amount,
            kind,
            route,
            state: begun.to,
            reason: String::new(),
            applicant: String::new(),
            auditor: None,
            channel_refund_no: None,
            asked: 0,
            finished_at: None,
            created_at: now,
        })
    }

    /// A page of refunds, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_refunds(
        &self,
        filter: &RefundFilter,
        page: PageRequest,
    ) -> Result<Page<RefundRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(refunds::list(view.conn(), filter, page).await?)
    }
}

/// What a refund out of a wallet belongs to.
pub(super) fn wallet_name(member: MemberId) -> String {
    format!("wallet:{member}")
}

fn check_reason(reason: &str) -> Result<(), AppError> {
    if !reason.trim().is_empty() && reason.chars().count() <= REASON_MAX {
        return Ok(());
    }
    Err(AppError::Invalid {
        field: "reason".to_owned(),
        problem: "must have 1 to 80 characters".to_owned(),
    })
}

fn check_sum(amount: Fen) -> Result<(), AppError> {
    if amount > Fen::ZERO && amount.0 <= 100_000_000 {
        Ok(())
    } else {
        Err(AppError::Invalid {
            field: "amount_fen".to_owned(),
            problem: "must be 1 to 100000000".to_owned(),
        })
    }
}

/// Refuses to take more out of a wallet than is free, not asked for already and not owed. The
/// wallet is locked until the transaction ends.
async fn may_leave_wallet(tx: &mut Tx, member: MemberId, amount: Fen) -> Result<(), AppError> {
    let pocket = Account::Member(member, MemberPurse::Cash);
    let held = ledger::lock(tx.conn(), &[pocket, Account::ReceivableMember(member)]).await?;
    let asked = refunds::waiting_of(tx.conn(), &wallet_name(member)).await?;
    let (left, owed) = (held[0] - asked, held[1].max(Fen::ZERO));
    if left < amount {
        return Err(AppError::Conflict(crate::money::BALANCE_TOO_LOW));
    }
    if left - owed < amount {
        return Err(AppError::Conflict(crate::money::UNPAID_DEBT));
    }
    Ok(())
}
