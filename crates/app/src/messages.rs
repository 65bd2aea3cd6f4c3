//! What members are told in their inbox (消息): written with the fact itself.

use crate::tiers::MESSAGE;
use crate::{App, AppError};
use device::EndReason;
use domain::message::{Finished, Message};
use domain::order::{Effect, News, Order, OrderStatus, Transition};
use kernel::{MemberId, Timestamp};
use std::time::Duration;
use store::messages::{self, MessageRow};
use store::order_money::OrderMoney;
use store::{Page, PageRequest, Tx};

/// How long messages are kept.
const KEPT: Duration = Duration::from_hours(24 * 365);
const NO_MESSAGE: AppError = AppError::NotFound("message");

impl App {
    /// Tells the member of an order that it is over; in the transaction of its bill, after that.
    pub(crate) async fn tell_of_end_in(
        &self,
        tx: &mut Tx,
        transition: &Transition,
        money: Option<&OrderMoney>,
    ) -> Result<(), AppError> {
        let order = &transition.order;
        let emits = |wanted: fn(&News) -> bool| {
            let mut effects = transition.effects.iter();
            effects.any(|effect| matches!(effect, Effect::Emit(news) if wanted(news)))
        };
        let Some(member) = order.payer.as_ref().and_then(|payer| payer.member()) else {
            return Ok(());
        };
        let message = if emits(|news| matches!(news, News::Failed { .. })) {
            Message::start_failed(order.order_no)
        } else if order.status == OrderStatus::Completed && emits(|news| *news == News::Completed) {
            Message::finished(&finished(order, money))
        } else {
            return Ok(());
        };
        self.tell_in(tx, Some(member), &message).await
    }

    /// Tells a member something of his money, if it is a member's; in its transaction, which goes
    /// on without it.
    pub(crate) async fn tell_in(
        &self,
        tx: &mut Tx,
        member: Option<MemberId>,
        message: &Message,
    ) -> Result<(), AppError> {
        let Some(member) = member else {
            return Ok(());
        };
        self.beside(tx, MESSAGE, async |tx: &mut Tx| {
            Ok(messages::put(tx.conn(), member, message, self.now()).await?)
        })
        .await?;
        Ok(())
    }

    /// Forgets messages of more than a year ago; how many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn forget_messages(&self, now: Timestamp) -> Result<u64, AppError> {
        let mut direct = self.db.direct().await?;
        Ok(messages::purge(direct.conn(), now - KEPT).await?)
    }

    /// A page of a member's messages, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn member_messages(
        &self,
        member: MemberId,
        unread_only: bool,
        page: PageRequest,
    ) -> Result<Page<MessageRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(messages::list(view.conn(), member, unread_only, page).await?)
    }

    /// How many messages a member has not read.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn unread_messages(&self, member: MemberId) -> Result<i64, AppError> {
        let mut view = self.db.view().await?;
        Ok(messages::unread(view.conn(), member).await?)
    }

    /// Marks a message as read.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's.
    pub async fn read_message(&self, member: MemberId, id: i64) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        if messages::read(direct.conn(), member, id, self.now()).await? {
            Ok(())
        } else {
            Err(NO_MESSAGE)
        }
    }

    /// Marks all messages as read; how many were not.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read_all_messages(&self, member: MemberId) -> Result<u64, AppError> {
        let mut direct = self.db.direct().await?;
        Ok(messages::read_all(direct.conn(), member, self.now()).await?)
    }
}

/// What a member is told of a charge that is over; of its money, where it is the member's own.
fn finished(order: &Order, money: Option<&OrderMoney>) -> Finished {
    let own = money.filter(|money| money.payer.company().is_none());
    let capture = own
        .and_then(|money| money.settled.as_ref())
        .map(|settled| &settled.capture);
    Finished {
        order_no: order.order_no,
        energy: order.energy,
        seconds: order.duration_s,
        paid: capture.map(|capture| capture.held.total() + capture.owed),
        by_fault: order.end_reason == Some(EndReason::DeviceFault),
    }
}
