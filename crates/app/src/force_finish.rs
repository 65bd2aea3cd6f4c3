//! Ends that an administrator decides.

use crate::attachment::Attachment;
use crate::{App, AppError};
use domain::order::OrderEvent;
use kernel::{Energy, OrderNo};

impl App {
    /// Ends a charging order with its last known values. The device is told to stop, and its
    /// end report still corrects the bill.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an order, [`AppError::Conflict`] when it is not
    /// charging.
    pub async fn finish_by_force(
        &self,
        actor: &str,
        order_no: OrderNo,
        reason: &str,
    ) -> Result<(), AppError> {
        let event = OrderEvent::ForceFinished {
            reason: reason.to_owned(),
        };
        self.force(actor, order_no, event).await
    }

    /// Cancels an order; nothing is billed. A device that may have begun is told to stop.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an active order.
    pub async fn cancel_by_force(
        &self,
        actor: &str,
        order_no: OrderNo,
        reason: &str,
    ) -> Result<(), AppError> {
        let event = OrderEvent::ForceCancelled {
            reason: reason.to_owned(),
        };
        self.force(actor, order_no, event).await
    }

    /// Decides on a held bill: it is made from the energy as it is, or as it proved to be.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an order, [`AppError::Conflict`] when its bill is not
    /// held.
    pub async fn review_bill(
        &self,
        actor: &str,
        order_no: OrderNo,
        energy: Option<Energy>,
        reason: &str,
    ) -> Result<(), AppError> {
        let event = OrderEvent::Reviewed {
            energy,
            reason: reason.to_owned(),
        };
        self.force(actor, order_no, event).await
    }

    async fn force(
        &self,
        actor: &str,
        order_no: OrderNo,
        event: OrderEvent,
    ) -> Result<(), AppError> {
        let applied = self.apply(order_no, event, Attachment::None, actor).await?;
        applied.map(|_| ()).ok_or(AppError::NotFound("order"))
    }
}
