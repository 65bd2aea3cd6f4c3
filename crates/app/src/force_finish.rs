//! Ends that an administrator decides. Of two persons of the staff one proposes and the other
//! confirms; a key is the operator's own program and does it at once.

use crate::attachment::Attachment;
use crate::staff::{Actor, Proposal};
use crate::{App, AppError};
use domain::order::{OrderEvent, OrderStatus};
use kernel::{Energy, OrderNo};
use serde_json::json;
use store::pending_operations::PendingOperation;

/// Ends a charging order on its last known values. Payload: `{"order_no": "…", "reason": "…"}`.
pub(crate) const FORCE_FINISH: &str = "order.force_finish";

/// Cancels an active order. Payload: `{"order_no": "…", "reason": "…"}`.
pub(crate) const FORCE_CANCEL: &str = "order.force_cancel";

/// How an order is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForcedEnd {
    /// Billed by its last known values.
    Finish,
    /// Not billed.
    Cancel,
}

impl App {
    /// Ends an order for an actor. What waits for a second person, where the actor is one; none
    /// when it is done.
    ///
    /// # Errors
    /// As [`App::finish_by_force`] and [`App::cancel_by_force`]; [`AppError::Denied`] without the
    /// leaf.
    pub async fn force_end(
        &self,
        actor: &Actor,
        order_no: OrderNo,
        end: ForcedEnd,
        reason: &str,
    ) -> Result<Option<PendingOperation>, AppError> {
        if actor.admin_id.is_none() {
            self.force_now(&actor.name, order_no, end, reason).await?;
            return Ok(None);
        }
        let order = self.order(order_no).await?;
        let (kind, word) = match end {
            ForcedEnd::Finish if order.status != OrderStatus::Charging => {
                return Err(AppError::Conflict("order is not charging"));
            }
            ForcedEnd::Cancel if !order.status.is_active() => {
                return Err(AppError::NotFound("active session"));
            }
            ForcedEnd::Finish => (FORCE_FINISH, "强制完结"),
            ForcedEnd::Cancel => (FORCE_CANCEL, "强制取消"),
        };
        let proposal = Proposal {
            kind: kind.to_owned(),
            payload: json!({"order_no": order_no, "reason": reason}),
            summary: format!("{word}订单 {order_no}：{reason}"),
        };
        self.propose(actor, proposal).await.map(Some)
    }

    /// A second person has confirmed it.
    pub(crate) async fn force_confirmed(
        &self,
        actor: &Actor,
        operation: &PendingOperation,
    ) -> Result<(), AppError> {
        let said = |field: &str| operation.payload[field].as_str().unwrap_or_default();
        let order_no = said("order_no").parse();
        let order_no = order_no.map_err(|_| AppError::NotFound("order"))?;
        let end = if operation.kind == FORCE_FINISH {
            ForcedEnd::Finish
        } else {
            ForcedEnd::Cancel
        };
        let both = format!("{}, {}", operation.requested_name, actor.name);
        let done = self.force_now(&both, order_no, end, said("reason")).await;
        done.map_err(|error| match error {
            AppError::NotFound(_) => AppError::Conflict("the order is over by now"),
            other => other,
        })
    }

    async fn force_now(
        &self,
        actor: &str,
        order_no: OrderNo,
        end: ForcedEnd,
        reason: &str,
    ) -> Result<(), AppError> {
        match end {
            ForcedEnd::Finish => self.finish_by_force(actor, order_no, reason).await,
            ForcedEnd::Cancel => self.cancel_by_force(actor, order_no, reason).await,
        }
    }

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
