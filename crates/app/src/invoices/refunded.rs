//! Money of an order went back: its invoice shows too much.

use super::apply::cash_of;
use super::billed::{billed, owed_by};
use super::red::{freed, what_is_left};
use super::{NO_INVOICE, refused};
use crate::{App, AppError};
use domain::invoice::{AfterRed, InvoiceEffect, InvoiceEvent};
use kernel::{Fen, OrderNo};
use store::invoices::{self, Invoice};
use store::{Tx, invoice_orders};

/// Printed on applications that follow a refund.
pub(super) const REASON: &str = "订单退款";

impl App {
    /// Has the invoice of an order follow a refund: one that is not issued yet is put together
    /// anew, one that is issued is reversed and what is left issued anew. Nothing happens where
    /// there is no invoice, or where it shows no more than was kept.
    ///
    /// Call it in the refund's transaction, after `order_money` has been locked and written.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn invoice_after_refund_in(
        &self,
        tx: &mut Tx,
        order_no: OrderNo,
    ) -> Result<(), AppError> {
        let Some((number, shown)) = invoice_orders::holder_of(tx.conn(), order_no).await? else {
            return Ok(());
        };
        let mut invoice = invoices::lock(tx.conn(), &number)
            .await?
            .ok_or(NO_INVOICE)?;
        let sold = invoice_orders::read_sold(tx.conn(), &[order_no]).await?;
        let owed = match invoice.member {
            Some(member) => owed_by(tx.conn(), member).await?,
            None => Fen::ZERO,
        };
        let kept = sold.first().map(|sold| billed(sold, owed));
        let kept = kept.map_or(Fen::ZERO, |order| order.cash_parts().total());
        if kept >= shown {
            return Ok(());
        }
        let event = InvoiceEvent::OrderRefunded;
        let step = invoice.state.next(event).map_err(refused)?;
        invoice.state = step.to;
        for effect in step.effects {
            match effect {
                InvoiceEffect::ApplyRed => {
                    invoice.after_red = Some(AfterRed::Reissue);
                    self.begin_red(tx, &mut invoice, REASON).await?;
                }
                InvoiceEffect::ApplyRedWhenIssued => {
                    invoice.red_when_issued = true;
                    invoices::update(tx.conn(), &invoice, self.now()).await?;
                }
                InvoiceEffect::Recompute => self.recompute(tx, &mut invoice).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Puts an invoice together anew from what is left of its orders; gives it up when nothing
    /// is. Its issuer does not have it.
    pub(super) async fn recompute(
        &self,
        tx: &mut Tx,
        invoice: &mut Invoice,
    ) -> Result<(), AppError> {
        let covered = invoice_orders::of_invoice(tx.conn(), &invoice.req_no).await?;
        let numbers: Vec<OrderNo> = covered
            .iter()
            .filter(|row| row.living)
            .map(|row| row.order_no)
            .collect();
        // Not locked: refunds of other orders wait for this invoice, and see what is written here.
        let orders = invoice_orders::read_sold(tx.conn(), &numbers).await?;
        let orders = freed(tx.conn(), invoice, &orders).await?;
        let rules = self.invoice_rules_in(tx.conn()).await?;
        let Some((draft, left)) = what_is_left(orders, &rules.layout) else {
            self.step(tx, invoice, InvoiceEvent::Cancel).await?;
            return Ok(());
        };
        invoice_orders::release(tx.conn(), &invoice.req_no).await?;
        invoice_orders::hold(tx.conn(), &invoice.req_no, &cash_of(&left)).await?;
        invoices::put_items(tx.conn(), &invoice.req_no, &draft.lines).await?;
        invoice.amount = draft.amount;
        invoice.tax = draft.tax;
        invoices::update(tx.conn(), invoice, self.now()).await?;
        Ok(())
    }
}
