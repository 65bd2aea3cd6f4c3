//! A member tops the wallet up.

use super::begin::Due;
use super::packages::PAY_MAX;
use crate::{App, AppError};
use channels::payment::PaymentMethod;
use domain::document_no::DocumentKind;
use kernel::{Fen, MemberId};
use std::net::IpAddr;
use std::time::Duration;
use store::members::Member;
use store::payments::{self, PaymentRow, RechargeRow};
use store::{Page, PageRequest, document_numbers};

/// A payer has so much time.
const VALID: Duration = Duration::from_mins(15);

/// What a member wants to pay.
#[derive(Clone, Debug)]
pub struct RechargeWish {
    /// A package, or …
    pub package: Option<i64>,
    /// … any sum.
    pub amount: Option<Fen>,
    /// How they meet the cashier.
    pub method: PaymentMethod,
    /// Where they are.
    pub ip: Option<IpAddr>,
}

/// What the front end needs to show the cashier.
#[derive(Clone, Debug)]
pub struct Cashier {
    /// The top-up.
    pub recharge: RechargeRow,
    /// The payment.
    pub payment: PaymentRow,
}

impl App {
    /// Begins a top-up: the payment is announced to its channel, and the member may pay.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a sum that cannot be, [`AppError::NotFound`] without such a
    /// package, [`AppError::Conflict`] when the channel is not configured or refuses.
    pub async fn recharge(
        &self,
        member: &Member,
        wish: &RechargeWish,
    ) -> Result<Cashier, AppError> {
        self.open_channel(wish.method).await?;
        let (package_id, pay, gift) = self.sum_of(wish).await?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let recharge_no = document_numbers::next(tx.conn(), DocumentKind::Recharge, now).await?;
        let recharge_no = recharge_no.to_string();
        let due = Due {
            biz_type: "recharge",
            biz_no: &recharge_no,
            amount: pay,
            method: wish.method,
            valid: VALID,
        };
        let payment = self.write_payment_in(&mut tx, member, &due).await?;
        let recharge = RechargeRow {
            recharge_no: recharge_no.clone(),
            member_id: member.id,
            payment_no: payment.payment_no.clone(),
            package_id,
            pay_fen: pay,
            gift_fen: gift,
            state: "created".to_owned(),
            paid_at: None,
            refunded_fen: Fen::ZERO,
            channel: payment.channel.clone(),
            created_at: now,
        };
        payments::insert_recharge(tx.conn(), &recharge).await?;
        tx.commit().await?;
        let payment = self
            .announce_payment(&payment, "充电钱包充值", wish.ip)
            .await?;
        Ok(Cashier { recharge, payment })
    }

    async fn sum_of(&self, wish: &RechargeWish) -> Result<(Option<i64>, Fen, Fen), AppError> {
        match (wish.package, wish.amount) {
            (Some(id), None) => {
                let packages = self.recharge_packages().await?;
                let package = packages.into_iter().find(|package| package.id == id);
                let package = package.ok_or(AppError::NotFound("package"))?;
                Ok((Some(id), package.pay_fen, package.gift_fen))
            }
            (None, Some(amount)) if amount > Fen::ZERO && amount <= PAY_MAX => {
                Ok((None, amount, Fen::ZERO))
            }
            _ => Err(AppError::Invalid {
                field: "amount_fen".to_owned(),
                problem: format!("must be 1 to {}, or package_id be given", PAY_MAX.0),
            }),
        }
    }

    /// A member's top-up, with its payment.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's.
    pub async fn member_recharge(
        &self,
        member: MemberId,
        recharge_no: &str,
    ) -> Result<Cashier, AppError> {
        let none = AppError::NotFound("recharge");
        let mut view = self.db.view().await?;
        let recharge = payments::find_recharge(view.conn(), recharge_no).await?;
        let Some(recharge) = recharge.filter(|row| row.member_id == member.0) else {
            return Err(none);
        };
        let payment = payments::find(view.conn(), &recharge.payment_no).await?;
        let payment = payment.ok_or(none)?;
        Ok(Cashier { recharge, payment })
    }

    /// Asks the channel now what became of a top-up's payment, whatever it was asked before.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a top-up.
    pub async fn ask_about_recharge(&self, recharge_no: &str) -> Result<Cashier, AppError> {
        let mut view = self.db.view().await?;
        let recharge = payments::find_recharge(view.conn(), recharge_no).await?;
        let recharge = recharge.ok_or(AppError::NotFound("recharge"))?;
        let payment = payments::find(view.conn(), &recharge.payment_no).await?;
        let payment = payment.ok_or(AppError::NotFound("payment"))?;
        drop(view);
        self.ask_about_payment(&payment).await?;
        self.member_recharge(MemberId(recharge.member_id), recharge_no)
            .await
    }

    /// A page of top-ups, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_recharges(
        &self,
        member: Option<MemberId>,
        state: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<RechargeRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(payments::list_recharges(view.conn(), member, state, page).await?)
    }
}
