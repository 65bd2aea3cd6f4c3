//! What going through a device's past once more needs beyond what devices and callers say: orders
//! that callers made, and their wishes to stop them.

use crate::attachment::Attachment;
use crate::{App, AppError};
use device::EndReason;
use domain::order::{Actor, Order, OrderEvent, OrderStatus, PortMove};
use kernel::OrderNo;
use std::time::Duration;
use store::orders;

/// How often work that runs beside its connection is looked at.
const LOOK: Duration = Duration::from_millis(1);

impl App {
    /// Takes an order in as it was made by somebody else: its row and its port.
    ///
    /// # Errors
    /// When the database refuses it, also because its port has an active order.
    pub async fn place_order(&self, mut order: Order) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        orders::insert(tx.conn(), &mut order).await?;
        tx.commit().await?;
        if order.status.is_active() {
            let (device, port) = (order.phy_id.clone(), order.port_no);
            let movement = match order.status {
                OrderStatus::Charging => PortMove::Charge,
                _ => PortMove::Hold,
            };
            self.orders.insert(order);
            self.move_port(&device, port, movement);
        }
        Ok(())
    }

    /// Somebody wishes an order to stop, as they did then. An order that is over stays so.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn wish_stop(&self, order_no: OrderNo, reason: EndReason) -> Result<(), AppError> {
        let event = OrderEvent::StopRequested {
            reason,
            actor: Actor::Api(None),
        };
        let wished = self
            .apply(order_no, event, Attachment::None, "replay")
            .await;
        match wished {
            Ok(_) | Err(AppError::NotFound(_) | AppError::Conflict(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits until the work that runs beside connections has ended.
    pub async fn at_rest(&self) {
        while !self.chores.is_empty() {
            tokio::time::sleep(LOOK).await;
        }
    }
}
