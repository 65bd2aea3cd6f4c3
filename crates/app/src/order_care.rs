//! Orders that ended in a way that somebody should look at: who did, and what came of it.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::order::SettleStatus;
use kernel::OrderNo;
use serde_json::json;
use store::order_handlings;

impl App {
    /// Somebody looked at an order that is marked as abnormal. It stays marked, and is no longer
    /// among those that wait.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an order, [`AppError::Conflict`] when nothing marks it,
    /// or its bill is held: that is decided on first.
    pub async fn handle_order(
        &self,
        actor: &Actor,
        order_no: OrderNo,
        note: &str,
    ) -> Result<(), AppError> {
        let order = self.order(order_no).await?;
        if !order.abnormal {
            return Err(AppError::Conflict("the order is not abnormal"));
        }
        if order.settle_status == SettleStatus::Error {
            return Err(AppError::Conflict("its bill is held"));
        }
        let mut tx = self.db.begin().await?;
        let (about, now) = (order.abnormal_reason.as_deref(), self.now());
        order_handlings::put(tx.conn(), order_no, about, &actor.name, note, now).await?;
        let object = format!("order:{order_no}");
        let after = json!({ "note": note });
        self.audit_in(
            &mut tx,
            actor,
            "order.abnormal.handle",
            &object,
            None,
            Some(after),
        )
        .await?;
        tx.commit().await?;
        self.hint_order(&order);
        Ok(())
    }
}
