use crate::{App, AppError};
use domain::order::Order;
use domain::org::Scope;
use kernel::OrderNo;
use std::collections::HashMap;
use store::order_facts::{self, OrderFacts, PayeeShare};
use store::orders::{self, OrderFilter};
use store::status_history::{self, StatusChange};
use store::{Conn, Page, PageRequest};

/// An order as the staff sees it.
#[derive(Clone, Debug)]
pub struct OrderLine {
    /// The order.
    pub order: Order,
    /// Who charged, where, who paid; none for an order that is not stored yet.
    pub facts: Option<OrderFacts>,
    /// Who earns by it, of those whom the reader sees.
    pub payees: Vec<PayeeShare>,
}

/// What stands beside the orders of a page.
struct Beside {
    facts: HashMap<OrderNo, OrderFacts>,
    payees: HashMap<OrderNo, Vec<PayeeShare>>,
}

impl Beside {
    async fn of(mut conn: Conn<'_>, orders: &[OrderNo], scope: &Scope) -> Result<Self, AppError> {
        let facts = order_facts::of(conn.again(), orders).await?;
        let mut payees: HashMap<OrderNo, Vec<PayeeShare>> = HashMap::new();
        for share in order_facts::payees(conn, orders, scope).await? {
            payees.entry(share.order_no).or_default().push(share);
        }
        Ok(Self {
            facts: facts.into_iter().map(|row| (row.order_no, row)).collect(),
            payees,
        })
    }

    fn line(&mut self, order: Order) -> OrderLine {
        OrderLine {
            facts: self.facts.remove(&order.order_no),
            payees: self.payees.remove(&order.order_no).unwrap_or_default(),
            order,
        }
    }
}

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
    pub(crate) fn overlay(&self, order: &mut Order) {
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
        let page = orders::list(view.conn(), filter, None, page).await?;
        Ok(page.map(|mut order| {
            self.overlay(&mut order);
            order
        }))
    }

    /// A page of orders with what stands beside them, newest first unless another order is asked
    /// for.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_order_lines(
        &self,
        filter: &OrderFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<OrderLine>, AppError> {
        let mut view = self.db.view().await?;
        let page = orders::list(view.conn(), filter, sort, page).await?;
        let numbers: Vec<OrderNo> = page.items.iter().map(|order| order.order_no).collect();
        let mut beside = Beside::of(view.conn(), &numbers, &filter.scope).await?;
        Ok(page.map(|mut order| {
            self.overlay(&mut order);
            beside.line(order)
        }))
    }

    /// An order with what stands beside it, as somebody with that scope sees it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a number that was never given out.
    pub async fn order_line(
        &self,
        order_no: OrderNo,
        scope: &Scope,
    ) -> Result<OrderLine, AppError> {
        let order = self.order(order_no).await?;
        let mut view = self.db.view().await?;
        let mut beside = Beside::of(view.conn(), &[order_no], scope).await?;
        Ok(beside.line(order))
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
