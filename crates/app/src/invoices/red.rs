//! An invoice is taken back: an application, its confirmation, a red invoice, and what is left of
//! its orders on a new one.

use super::NO_INVOICE;
use super::apply::cash_of;
use super::billed::{billed, owed_by};
use super::compose::{NewBlue, unnumbered};
use crate::money::raise;
use crate::{App, AppError};
use channels::invoice::{IssuerFault, RedApplication};
use domain::alarm::AlarmCode;
use domain::invoice::{
    AfterRed, BilledOrder, Draft, DraftFault, InvoiceColor, InvoiceEffect, InvoiceEvent,
    InvoiceState, Line, LineLayout, RedStatus, reissue,
};
use kernel::Fen;
use serde_json::json;
use store::invoice_orders::Sold;
use store::invoice_tasks::{self, Task, TaskKind};
use store::invoices::{self, Invoice};
use store::{Conn, Tx, alarms};
use tracing::{info, warn};

impl App {
    /// Writes the red invoice that takes a blue one back, and that its application is to be
    /// handed in. The blue one is `red_applying` already.
    pub(super) async fn begin_red(
        &self,
        tx: &mut Tx,
        blue: &mut Invoice,
        reason: &str,
    ) -> Result<(), AppError> {
        let now = self.now();
        let issued = blue.invoice_no.clone();
        let original = issued.ok_or_else(|| {
            AppError::Internal("an invoice without a number is to be reversed".to_owned())
        })?;
        blue.red_status = None;
        blue.red_reason = Some(reason.to_owned());
        invoices::update(tx.conn(), blue, now).await?;
        let red = Invoice {
            id: 0,
            req_no: unnumbered()?,
            color: InvoiceColor::Red,
            amount: Fen(-blue.amount.0),
            tax: Fen(-blue.tax.0),
            state: InvoiceState::Submitted,
            invoice_no: None,
            issued_at: None,
            files: Vec::new(),
            original_req_no: Some(blue.req_no.clone()),
            original_invoice_no: Some(original),
            replaces_req_no: None,
            after_red: None,
            mailed_at: None,
            mail_error: None,
            ..blue.clone()
        };
        let red = self.insert_invoice(tx, red).await?;
        let lines = invoices::items(tx.conn(), &blue.req_no).await?;
        let lines: Vec<Line> = lines.iter().map(Line::reversed).collect();
        invoices::put_items(tx.conn(), &red.req_no, &lines).await?;
        invoice_tasks::insert(tx.conn(), &red.req_no, TaskKind::Red, now).await?;
        info!(invoice = %blue.req_no, red = %red.req_no, reason, "invoice is to be reversed");
        Ok(())
    }

    /// Hands an application in; from the second time on asks first how far it is.
    pub(super) async fn follow_application(&self, task: &Task) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let red = invoices::find(view.conn(), &task.req_no).await?;
        drop(view);
        let Some((red, original)) = red
            .filter(|red| red.state == InvoiceState::Submitted)
            .and_then(|red| red.original_req_no.clone().map(|original| (red, original)))
        else {
            return self.drop_task(task).await;
        };
        let application = RedApplication {
            req_no: red.req_no.to_string(),
            original_req_no: original.to_string(),
            original_invoice_no: red.original_invoice_no.unwrap_or_default(),
            seller: red.seller,
            amount: red.amount,
            tax: red.tax,
            reason: red.red_reason.unwrap_or_default(),
        };
        let known = if task.attempts > 1 {
            match self.outside.issuer.query_red(&application.req_no).await {
                Ok(known) => known,
                Err(fault) => return self.postpone(task, Some(&fault.to_string())).await,
            }
        } else {
            None
        };
        let answer = match known {
            None => self.outside.issuer.apply_red(&application).await,
            Some(status) => Ok(status),
        };
        match answer {
            Ok(status) => self.judged(task, &original, status, None).await,
            Err(IssuerFault::Refused(why)) => {
                self.judged(task, &original, RedStatus::NotAccepted, Some(why))
                    .await
            }
            Err(fault) => self.postpone(task, Some(&fault.to_string())).await,
        }
    }

    /// The gateway has said how far an application is.
    async fn judged(
        &self,
        task: &Task,
        original: &domain::document_no::DocumentNo,
        status: RedStatus,
        why: Option<String>,
    ) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        let blue = invoices::lock(tx.conn(), original).await?;
        let red = invoices::lock(tx.conn(), &task.req_no).await?;
        let (mut blue, mut red) = blue.zip(red).ok_or(NO_INVOICE)?;
        blue.red_status = Some(status);
        let effects = self
            .step(&mut tx, &mut blue, InvoiceEvent::Red(status))
            .await?;
        if effects.contains(&InvoiceEffect::SendRed) {
            invoice_tasks::finish(tx.conn(), task).await?;
            self.send_to_issuer(&mut tx, &mut red, InvoiceEvent::Issue)
                .await?;
        } else if effects.contains(&InvoiceEffect::TellSeller) {
            invoice_tasks::finish(tx.conn(), task).await?;
            let reason = why.unwrap_or_else(|| format!("red letter status {}", status.as_str()));
            warn!(invoice = %blue.req_no, reason, "invoice could not be reversed");
            blue.fail_reason = Some(reason.clone());
            invoices::update(tx.conn(), &blue, self.now()).await?;
            self.not_reversed(&mut tx, &blue, &reason).await?;
            red.fail_reason = Some(reason.clone());
            self.step(&mut tx, &mut red, InvoiceEvent::Reject { reason: &reason })
                .await?;
        } else {
            let person = effects.contains(&InvoiceEffect::CorrectApplication);
            if person {
                let why = "the application must be corrected at the gateway";
                self.not_reversed(&mut tx, &blue, why).await?;
            }
            tx.commit().await?;
            let why = person.then_some("the application must be corrected at the gateway");
            return self.postpone(task, why).await;
        }
        Ok(tx.commit().await?)
    }

    /// An invoice that shows too much stands: somebody has to look until it is reversed.
    async fn not_reversed(&self, tx: &mut Tx, blue: &Invoice, why: &str) -> Result<(), AppError> {
        let details = json!({ "why": why, "invoice_no": blue.invoice_no,
            "amount_fen": blue.amount, "red_reason": blue.red_reason });
        let object = ("invoice", blue.req_no.as_str());
        let code = AlarmCode::InvoiceNotReversed;
        raise(tx, code, object, details, self.now()).await
    }

    /// The red invoice has its number: its original is reversed, and what is left of the orders
    /// is invoiced anew.
    pub(super) async fn reversed_in(
        &self,
        tx: &mut Tx,
        mut blue: Invoice,
        orders: Vec<Sold>,
    ) -> Result<(), AppError> {
        self.step(tx, &mut blue, InvoiceEvent::RedIssued).await?;
        let code = AlarmCode::InvoiceNotReversed.as_str();
        let number = blue.req_no.as_str();
        alarms::recover(tx.conn(), code, "invoice", number, self.now()).await?;
        let title = match blue.after_red.clone().unwrap_or_default() {
            AfterRed::Release => return Ok(()),
            AfterRed::Reissue => blue.title.clone(),
            AfterRed::ReissueTo { title } => title,
        };
        let orders = freed(tx.conn(), &blue, &orders).await?;
        let rules = self.invoice_rules_in(tx.conn()).await?;
        let Some((draft, left)) = what_is_left(orders, &rules.layout) else {
            return Ok(());
        };
        let seller = self.seller_in(tx, blue.seller_org).await?;
        let new = NewBlue {
            member: blue.member,
            seller: &seller,
            title,
            remark: blue.remark.clone(),
            replaces: Some(blue.req_no.clone()),
        };
        let mut invoice = self.write_blue(tx, new, &draft, &cash_of(&left)).await?;
        self.step(tx, &mut invoice, InvoiceEvent::Submit).await?;
        // Somebody agreed to the first one.
        self.send_to_issuer(tx, &mut invoice, InvoiceEvent::Issue)
            .await
    }
}

/// The orders of an invoice as if they were on none.
pub(super) async fn freed(
    conn: Conn<'_>,
    invoice: &Invoice,
    orders: &[Sold],
) -> Result<Vec<BilledOrder>, AppError> {
    let owed = match invoice.member {
        Some(member) => owed_by(conn, member).await?,
        None => Fen::ZERO,
    };
    let free = |sold: &Sold| {
        let order = billed(sold, owed);
        BilledOrder {
            invoice_id: order.invoice_id.filter(|id| *id != invoice.id),
            ..order
        }
    };
    Ok(orders.iter().map(free).collect())
}

/// What of the orders can be on an invoice. An order that cannot any more is left out.
pub(super) fn what_is_left(
    mut orders: Vec<BilledOrder>,
    layout: &LineLayout,
) -> Option<(Draft, Vec<BilledOrder>)> {
    loop {
        orders.retain(|order| order.cash() > Fen::ZERO);
        match reissue(&orders, layout) {
            Ok(draft) => return draft.map(|draft| (draft, orders)),
            Err(DraftFault::Order { order, .. } | DraftFault::OtherSeller(order)) => {
                warn!(order_no = %order, "cannot be invoiced anew");
                orders.retain(|known| known.order_no != order);
            }
            Err(DraftFault::Count | DraftFault::Twice(_)) => return None,
        }
    }
}
