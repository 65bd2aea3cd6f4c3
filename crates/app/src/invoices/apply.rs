//! A member asks for an invoice.

use super::billed::{billed, owed_by};
use super::compose::{ALREADY_INVOICED, NewBlue};
use super::invalid;
use crate::{App, AppError};
use domain::invoice::{
    BilledOrder, DraftFault, InvoiceEvent, InvoiceRefusal, InvoiceTitle, ORDERS_MAX, draft,
};
use kernel::{Fen, MemberId, OrderNo};
use std::collections::HashMap;
use store::invoices::Invoice;
use store::{Tx, invoice_orders, invoice_titles};
use tracing::info;

/// Longest remark, in characters.
const REMARK_MAX: usize = 200;

/// To whom an invoice is to be made out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Buyer {
    /// As the member's default title says.
    #[default]
    Default,
    /// As another title of the member says.
    Saved(i64),
    /// As is said here.
    Named(Box<InvoiceTitle>),
}

/// What a member wants on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceWish {
    /// Which orders, all of one seller.
    pub orders: Vec<OrderNo>,
    /// To whom.
    pub buyer: Buyer,
    /// Where to send it, if not to where the title says.
    pub email: Option<String>,
    /// Printed below.
    pub remark: Option<String>,
}

impl App {
    /// Asks for an invoice over some of a member's own orders.
    ///
    /// # Errors
    /// [`AppError::Invalid`] and [`AppError::Semantic`] for a wish that cannot be fulfilled,
    /// [`AppError::NotFound`] for somebody else's order, [`AppError::Conflict`] when an order is on
    /// an invoice already or its seller issues none.
    pub async fn ask_for_invoice(
        &self,
        member: MemberId,
        wish: InvoiceWish,
    ) -> Result<Invoice, AppError> {
        if wish.orders.is_empty() || wish.orders.len() > ORDERS_MAX {
            return Err(wrong("orders", "must have 1 to 500 orders"));
        }
        let remark = wish.remark.filter(|text| !text.trim().is_empty());
        if remark
            .as_ref()
            .is_some_and(|text| text.chars().count() > REMARK_MAX)
        {
            return Err(wrong("remark", "must have at most 200 characters"));
        }
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let mut title = chosen(&mut tx, member, wish.buyer).await?;
        title.email = wish.email.or(title.email);
        title.check().map_err(invalid)?;
        let orders = own_orders(&mut tx, member, &wish.orders).await?;
        let rules = self.invoice_rules_in(tx.conn()).await?;
        let draft = draft(&orders, &rules.layout, now).map_err(unfit)?;
        let seller = self.seller_in(&mut tx, draft.seller).await?;
        let review = rules.review.holds(title.kind);
        let new = NewBlue {
            member: Some(member),
            seller: &seller,
            title,
            remark,
            replaces: None,
        };
        let mut invoice = self
            .write_blue(&mut tx, new, &draft, &cash_of(&orders))
            .await?;
        self.step(&mut tx, &mut invoice, InvoiceEvent::Submit)
            .await?;
        if !review {
            self.send_to_issuer(&mut tx, &mut invoice, InvoiceEvent::Issue)
                .await?;
        }
        tx.commit().await?;
        info!(invoice = %invoice.req_no, orders = orders.len(), amount = invoice.amount.0,
            "invoice asked for");
        Ok(invoice)
    }
}

async fn chosen(tx: &mut Tx, member: MemberId, buyer: Buyer) -> Result<InvoiceTitle, AppError> {
    let saved = match buyer {
        Buyer::Named(title) => return Ok(*title),
        Buyer::Saved(id) => invoice_titles::find(tx.conn(), member, id)
            .await?
            .ok_or(AppError::NotFound("title"))?,
        Buyer::Default => invoice_titles::default_of(tx.conn(), member)
            .await?
            .ok_or_else(|| wrong("title_id", "is required without a default title"))?,
    };
    Ok(saved.title)
}

/// The orders in the order in which they were named, all of the member's own purse.
async fn own_orders(
    tx: &mut Tx,
    member: MemberId,
    numbers: &[OrderNo],
) -> Result<Vec<BilledOrder>, AppError> {
    let sold = invoice_orders::lock_sold(tx.conn(), numbers).await?;
    let owed = owed_by(tx.conn(), member).await?;
    let own: HashMap<OrderNo, BilledOrder> = sold
        .iter()
        .filter(|sold| sold.member == Some(member) && sold.company.is_none())
        .map(|sold| (sold.order_no, billed(sold, owed)))
        .collect();
    numbers
        .iter()
        .map(|number| own.get(number).copied().ok_or(AppError::NotFound("order")))
        .collect()
}

/// The cash that an invoice shows of each order.
pub(super) fn cash_of(orders: &[BilledOrder]) -> Vec<(OrderNo, Fen)> {
    orders
        .iter()
        .map(|order| (order.order_no, order.cash_parts().total()))
        .collect()
}

fn unfit(fault: DraftFault) -> AppError {
    match fault {
        DraftFault::Count | DraftFault::Twice(_) => wrong("orders", fault.to_string()),
        DraftFault::Order {
            refusal: InvoiceRefusal::Invoiced,
            ..
        } => ALREADY_INVOICED,
        DraftFault::OtherSeller(_) | DraftFault::Order { .. } => AppError::Semantic {
            field: "orders".to_owned(),
            problem: fault.to_string(),
        },
    }
}

fn wrong(field: &str, problem: impl Into<String>) -> AppError {
    AppError::Invalid {
        field: field.to_owned(),
        problem: problem.into(),
    }
}
