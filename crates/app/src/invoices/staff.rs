//! What the staff of a seller, and members themselves, do about invoices that exist.

use super::{NO_INVOICE, invalid, number};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::fault::FieldFault;
use domain::invoice::{AfterRed, InvoiceColor, InvoiceEvent, InvoiceTitle};
use kernel::MemberId;
use serde_json::{Value, json};
use store::Tx;
use store::invoice_tasks::{self, TaskKind};
use store::invoices::{self, Invoice};

/// Longest reason, in characters.
const REASON_MAX: usize = 80;

impl App {
    /// Issues an invoice that waited for the seller.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is none of theirs, [`AppError::Conflict`] when it does not
    /// wait.
    pub async fn issue_invoice(&self, actor: &Actor, req_no: &str) -> Result<Invoice, AppError> {
        let (mut tx, mut invoice) = self.theirs(actor, req_no).await?;
        // A red one waits for the gateway, not for a person.
        if invoice.color == InvoiceColor::Red {
            return Err(AppError::Conflict(
                "a red letter waits for its confirmation",
            ));
        }
        let before = seen(&invoice);
        self.send_to_issuer(&mut tx, &mut invoice, InvoiceEvent::Issue)
            .await?;
        self.told(tx, actor, "finance.invoice.issue", before, invoice)
            .await
    }

    /// Does not issue an invoice. Its orders may be on another.
    ///
    /// # Errors
    /// As [`App::issue_invoice`]; [`AppError::Invalid`] without a reason.
    pub async fn reject_invoice(
        &self,
        actor: &Actor,
        req_no: &str,
        reason: &str,
    ) -> Result<Invoice, AppError> {
        let reason = reasoned(reason)?;
        let (mut tx, mut invoice) = self.theirs(actor, req_no).await?;
        if invoice.color == InvoiceColor::Red {
            return Err(AppError::Conflict(
                "a red letter waits for its confirmation",
            ));
        }
        let before = seen(&invoice);
        invoice.fail_reason = Some(reason.to_owned());
        self.step(&mut tx, &mut invoice, InvoiceEvent::Reject { reason })
            .await?;
        self.told(tx, actor, "finance.invoice.reject", before, invoice)
            .await
    }

    /// Has an invoice issued once more that its issuer refused, under the same number of ours.
    ///
    /// # Errors
    /// As [`App::issue_invoice`].
    pub async fn retry_invoice(&self, actor: &Actor, req_no: &str) -> Result<Invoice, AppError> {
        let (mut tx, mut invoice) = self.theirs(actor, req_no).await?;
        let before = seen(&invoice);
        self.send_to_issuer(&mut tx, &mut invoice, InvoiceEvent::Retry)
            .await?;
        self.told(tx, actor, "finance.invoice.issue", before, invoice)
            .await
    }

    /// Takes an issued invoice back by a red one.
    ///
    /// # Errors
    /// As [`App::issue_invoice`]; [`AppError::Invalid`] without a reason, or for a title that
    /// cannot stand.
    pub async fn red_invoice(
        &self,
        actor: &Actor,
        req_no: &str,
        reason: &str,
        then: AfterRed,
    ) -> Result<Invoice, AppError> {
        let reason = reasoned(reason)?;
        if let AfterRed::ReissueTo { title } = &then {
            title
                .check()
                .map_err(|fault| invalid(fault.within("title")))?;
        }
        let (mut tx, mut invoice) = self.theirs(actor, req_no).await?;
        if invoice.color == InvoiceColor::Red {
            return Err(AppError::Conflict("a red invoice is not reversed"));
        }
        let before = seen(&invoice);
        invoice.fail_reason = None;
        invoice.after_red = Some(then);
        self.step(&mut tx, &mut invoice, InvoiceEvent::ApplyRed)
            .await?;
        self.begin_red(&mut tx, &mut invoice, reason).await?;
        self.told(tx, actor, "finance.invoice.red", before, invoice)
            .await
    }

    /// Sends an issued invoice once more, from now on to another address if one is given.
    ///
    /// # Errors
    /// As [`App::issue_invoice`]; [`AppError::Invalid`] for no address.
    pub async fn resend_invoice(
        &self,
        actor: &Actor,
        req_no: &str,
        email: Option<String>,
    ) -> Result<Invoice, AppError> {
        let (mut tx, mut invoice) = self.theirs(actor, req_no).await?;
        let before = seen(&invoice);
        self.resend(&mut tx, &mut invoice, email).await?;
        self.told(tx, actor, "finance.invoice.resend", before, invoice)
            .await
    }

    /// The same for the member who asked for it.
    ///
    /// # Errors
    /// As [`App::resend_invoice`].
    pub async fn resend_own_invoice(
        &self,
        member: MemberId,
        req_no: &str,
        email: Option<String>,
    ) -> Result<Invoice, AppError> {
        let (mut tx, mut invoice) = self.owned(member, req_no).await?;
        self.resend(&mut tx, &mut invoice, email).await?;
        tx.commit().await?;
        Ok(invoice)
    }

    /// Gives an invoice up that is not with its issuer yet.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's, [`AppError::Conflict`] when it is too
    /// late.
    pub async fn cancel_own_invoice(
        &self,
        member: MemberId,
        req_no: &str,
    ) -> Result<Invoice, AppError> {
        let (mut tx, mut invoice) = self.owned(member, req_no).await?;
        if invoice.color == InvoiceColor::Red {
            return Err(AppError::Conflict("a red letter is the seller's"));
        }
        self.step(&mut tx, &mut invoice, InvoiceEvent::Cancel)
            .await?;
        tx.commit().await?;
        Ok(invoice)
    }

    async fn resend(
        &self,
        tx: &mut Tx,
        invoice: &mut Invoice,
        email: Option<String>,
    ) -> Result<(), AppError> {
        if invoice.invoice_no.is_none() {
            return Err(AppError::Conflict("the invoice is not issued"));
        }
        let title = InvoiceTitle {
            email: email.or_else(|| invoice.title.email.clone()),
            ..invoice.title.clone()
        };
        title.check().map_err(invalid)?;
        if title.email.is_none() {
            return Err(invalid(FieldFault::at("email", "is required")));
        }
        invoice.title = title;
        invoice.mail_error = None;
        invoices::update(tx.conn(), invoice, self.now()).await?;
        let now = self.now();
        invoice_tasks::insert(tx.conn(), &invoice.req_no, TaskKind::Mail, now).await?;
        Ok(())
    }

    async fn theirs(&self, actor: &Actor, req_no: &str) -> Result<(Tx, Invoice), AppError> {
        let number = number(req_no)?;
        let mut tx = self.db.begin().await?;
        let invoice = invoices::lock(tx.conn(), &number).await?;
        let invoice = invoice.filter(|invoice| actor.owns(&invoice.org_path));
        Ok((tx, invoice.ok_or(NO_INVOICE)?))
    }

    async fn owned(&self, member: MemberId, req_no: &str) -> Result<(Tx, Invoice), AppError> {
        let number = number(req_no)?;
        let mut tx = self.db.begin().await?;
        let invoice = invoices::lock(tx.conn(), &number).await?;
        let invoice = invoice.filter(|invoice| invoice.member == Some(member));
        Ok((tx, invoice.ok_or(NO_INVOICE)?))
    }

    async fn told(
        &self,
        mut tx: Tx,
        actor: &Actor,
        action: &str,
        before: Value,
        invoice: Invoice,
    ) -> Result<Invoice, AppError> {
        let object = format!("invoice:{}", invoice.req_no);
        let after = Some(seen(&invoice));
        self.audit_in(&mut tx, actor, action, &object, Some(before), after)
            .await?;
        tx.commit().await?;
        Ok(invoice)
    }
}

fn reasoned(reason: &str) -> Result<&str, AppError> {
    let reason = reason.trim();
    if (1..=REASON_MAX).contains(&reason.chars().count()) {
        Ok(reason)
    } else {
        let fault = FieldFault::at("reason", "must have 1 to 80 characters");
        Err(invalid(fault))
    }
}

fn seen(invoice: &Invoice) -> Value {
    json!({
        "state": invoice.state,
        "amount_fen": invoice.amount.0,
        "invoice_no": invoice.invoice_no,
        "email": invoice.title.email,
        "fail_reason": invoice.fail_reason,
        "red_reason": invoice.red_reason,
    })
}
