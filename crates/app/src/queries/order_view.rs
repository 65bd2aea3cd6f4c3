use crate::{App, AppError};
use domain::order::Order;
use kernel::OrderNo;
use store::orders::{self, OrderFilter};
use store::status_history::{self, StatusChange};
use store::{Page, PageRequest};

impl App {
    /// An order as it is now.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a number that was never given out.
    pub async fn order(&self, order_no: OrderNo) -> Result<Order, AppError> {
        if let Some(order) = self.alive(order_no) {
            return Ok(order);
        }
        let mut view = self.db.view().await?;
        let order = orders::find_by_no(view.conn(), order_no).await?;
        order.ok_or(AppError::NotFound("order"))
    }

    /// The order as memory has it, unless it is being changed at this moment: then what was
    /// committed last stands in the database.
    fn alive(&self, order_no: OrderNo) -> Option<Order> {
        let slot = self.orders.slot(order_no)?;
        let order = slot.try_lock().ok()?;
        order.clone()
    }

    /// Lays the meter values of memory over an order from the database.
    pub(super) fn overlay(&self, order: &mut Order) {
        if let Some(alive) = self.alive(order.order_no)
            && alive.version >= order.version
        {
            *order = alive;
        }
    }

    /// A page of orders, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_orders(
        &self,
        filter: &OrderFilter,
        page: PageRequest,
    ) -> Result<Page<Order>, AppError> {
        let mut view = self.db.view().await?;
        let page = orders::list(view.conn(), filter, page).await?;
        Ok(page.map(|mut order| {
            self.overlay(&mut order);
            order
        }))
    }

    /// What happened to an order, when and why.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a number that was never given out.
    pub async fn order_history(&self, order_no: OrderNo) -> Result<Vec<StatusChange>, AppError> {
        let mut view = self.db.view().await?;
        if orders::find_by_no(view.conn(), order_no).await?.is_none() {
            return Err(AppError::NotFound("order"));
        }
        Ok(status_history::list(view.conn(), status_history::ORDER, order_no.as_str()).await?)
    }
}
