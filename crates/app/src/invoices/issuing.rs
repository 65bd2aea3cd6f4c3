//! An issuer gives an invoice its number.

use super::NO_INVOICE;
use crate::{App, AppError};
use channels::invoice::{Document, Issued, IssuerFault, Progress};
use domain::invoice::{InvoiceColor, InvoiceEvent, InvoiceState};
use kernel::OrderNo;
use store::invoice_tasks::{self, Task, TaskKind};
use store::invoices::{self, Invoice};
use store::{Tx, invoice_orders};
use tracing::{info, warn};

/// How much of an issuer's reason is kept, in characters.
const REASON_CHARS_MAX: usize = 200;

impl App {
    /// Moves an invoice into the issuer's hands: what is sent is sent after the commit.
    pub(super) async fn send_to_issuer(
        &self,
        tx: &mut Tx,
        invoice: &mut Invoice,
        event: InvoiceEvent<'_>,
    ) -> Result<(), AppError> {
        invoice.fail_reason = None;
        self.step(tx, invoice, event).await?;
        invoice_tasks::insert(tx.conn(), &invoice.req_no, TaskKind::Issue, self.now()).await?;
        Ok(())
    }

    /// Sends an invoice to its issuer; from the second time on asks first what became of it.
    pub(super) async fn have_issued(&self, task: &Task) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let invoice = invoices::find(view.conn(), &task.req_no).await?;
        let Some(invoice) = invoice.filter(|invoice| invoice.state == InvoiceState::Issuing) else {
            drop(view);
            return self.drop_task(task).await;
        };
        let lines = invoices::items(view.conn(), &task.req_no).await?;
        let rules = self.invoice_rules_in(view.conn()).await?;
        drop(view);
        let document = Document {
            req_no: invoice.req_no.to_string(),
            color: invoice.color,
            seller: invoice.seller,
            buyer: invoice.title,
            lines,
            amount: invoice.amount,
            tax: invoice.tax,
            remark: invoice.remark,
            drawer: rules.drawer,
            original_invoice_no: invoice.original_invoice_no,
        };
        let known = if task.attempts > 1 {
            match self.outside.issuer.query(&document.req_no).await {
                Ok(progress) => progress,
                // That it cannot be asked says nothing about the invoice.
                Err(fault) => return self.postpone(task, Some(&fault.to_string())).await,
            }
        } else {
            Progress::Unknown
        };
        let answer = match known {
            Progress::Unknown => self.outside.issuer.issue(&document).await,
            known => Ok(known),
        };
        match answer {
            Ok(Progress::Issued(issued)) => self.issued(task, issued).await,
            Ok(Progress::Failed(reason)) | Err(IssuerFault::Refused(reason)) => {
                self.not_issued(task, reason).await
            }
            Ok(Progress::Pending | Progress::Unknown) => self.postpone(task, None).await,
            Err(fault) => self.postpone(task, Some(&fault.to_string())).await,
        }
    }

    async fn issued(&self, task: &Task, issued: Issued) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        let (original, orders) = self.original_of(&mut tx, task).await?;
        let mut invoice = locked(&mut tx, task).await?;
        if !invoice_tasks::finish(tx.conn(), task).await? {
            return Ok(tx.rollback().await?);
        }
        invoice.invoice_no = Some(issued.invoice_no);
        invoice.issued_at = Some(issued.at);
        invoice.files = issued.files;
        self.step(&mut tx, &mut invoice, InvoiceEvent::Issued)
            .await?;
        if let Some(original) = original {
            self.reversed_in(&mut tx, original, orders).await?;
        }
        if invoice.red_when_issued {
            invoice.red_when_issued = false;
            self.step(&mut tx, &mut invoice, InvoiceEvent::OrderRefunded)
                .await?;
            self.begin_red(&mut tx, &mut invoice, super::refunded::REASON)
                .await?;
        } else {
            self.deliver_in(&mut tx, &invoice).await?;
        }
        tx.commit().await?;
        info!(invoice = %invoice.req_no, color = invoice.color.as_str(),
            amount = invoice.amount.0, "invoice issued");
        Ok(())
    }

    async fn not_issued(&self, task: &Task, reason: String) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        let mut invoice = locked(&mut tx, task).await?;
        if !invoice_tasks::finish(tx.conn(), task).await? {
            return Ok(tx.rollback().await?);
        }
        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        warn!(invoice = %invoice.req_no, reason, "invoice not issued");
        invoice.fail_reason = Some(reason);
        self.step(&mut tx, &mut invoice, InvoiceEvent::IssueFailed)
            .await?;
        if invoice.red_when_issued {
            invoice.red_when_issued = false;
            self.recompute(&mut tx, &mut invoice).await?;
        }
        Ok(tx.commit().await?)
    }

    /// What a red invoice takes back, with the orders on it. Locked in the order in which refunds
    /// lock: money, the invoice that charges, the one that takes back.
    async fn original_of(
        &self,
        tx: &mut Tx,
        task: &Task,
    ) -> Result<(Option<Invoice>, Vec<store::invoice_orders::Sold>), AppError> {
        let invoice = invoices::find(tx.conn(), &task.req_no).await?;
        let invoice = invoice.ok_or(NO_INVOICE)?;
        let Some(number) = invoice
            .original_req_no
            .filter(|_| invoice.color == InvoiceColor::Red)
        else {
            return Ok((None, Vec::new()));
        };
        let covered = invoice_orders::of_invoice(tx.conn(), &number).await?;
        let numbers: Vec<OrderNo> = covered
            .iter()
            .filter(|row| row.living)
            .map(|row| row.order_no)
            .collect();
        let orders = invoice_orders::lock_sold(tx.conn(), &numbers).await?;
        let original = invoices::lock(tx.conn(), &number).await?;
        Ok((original, orders))
    }
}

async fn locked(tx: &mut Tx, task: &Task) -> Result<Invoice, AppError> {
    let invoice = invoices::lock(tx.conn(), &task.req_no).await?;
    invoice.ok_or(NO_INVOICE)
}
