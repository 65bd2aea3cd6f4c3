//! A buyer gets an invoice: by mail, and a short message that it is there.

use crate::{App, AppError};
use channels::invoice::IssuerFault;
use channels::mail::{Attachment, Mail, MailFault};
use channels::sms::Sms;
use domain::invoice::{FileForm, InvoiceColor};
use domain::message::Message;
use kernel::Fen;
use std::fmt::Write as _;
use store::invoice_tasks::{self, Task, TaskKind};
use store::invoices::{self, Invoice};
use store::{Tx, members, messages};
use tracing::info;

/// How often a letter or a message is tried.
const ATTEMPTS_MAX: i32 = 8;

impl App {
    /// Writes down that a buyer is to get an invoice.
    pub(super) async fn deliver_in(&self, tx: &mut Tx, invoice: &Invoice) -> Result<(), AppError> {
        let now = self.now();
        if invoice.title.email.is_some() {
            invoice_tasks::insert(tx.conn(), &invoice.req_no, TaskKind::Mail, now).await?;
        }
        if let (InvoiceColor::Blue, Some(member)) = (invoice.color, invoice.member) {
            let issued = number(invoice);
            let message = Message::invoice(invoice.req_no.as_str(), issued, invoice.amount);
            messages::put(tx.conn(), member, &message, now).await?;
        }
        let reachable = invoice.title.mobile.is_some() || invoice.member.is_some();
        if reachable && invoice.color == InvoiceColor::Blue {
            invoice_tasks::insert(tx.conn(), &invoice.req_no, TaskKind::Text, now).await?;
        }
        Ok(())
    }

    pub(super) async fn mail_invoice(&self, task: &Task) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let invoice = invoices::find(view.conn(), &task.req_no).await?;
        drop(view);
        let Some((invoice, to)) = invoice
            .filter(|invoice| invoice.invoice_no.is_some())
            .and_then(|invoice| invoice.title.email.clone().map(|to| (invoice, to)))
        else {
            return self.drop_task(task).await;
        };
        let mut attachments = Vec::new();
        if let Some(form) = best_form(&invoice) {
            match self.outside.issuer.file(task.req_no.as_str(), form).await {
                Ok(file) => attachments.push(Attachment {
                    name: format!("{}.{}", number(&invoice), form.as_str()),
                    media_type: form.media_type(),
                    bytes: file.bytes,
                }),
                // The letter names the address of the file, if it has one.
                Err(IssuerFault::Refused(_)) => {}
                Err(fault) if task.attempts < ATTEMPTS_MAX => {
                    return self.postpone(task, Some(&fault.to_string())).await;
                }
                Err(_) => {}
            }
        }
        let mail = Mail {
            to,
            subject: subject(&invoice),
            text: text(&invoice),
            attachments,
        };
        match self.outside.mail.send(&mail).await {
            Ok(()) => self.mailed(task, None).await,
            Err(MailFault::NotSent(why)) if task.attempts < ATTEMPTS_MAX => {
                self.postpone(task, Some(&why)).await
            }
            Err(MailFault::NotSent(why) | MailFault::Refused(why)) => {
                self.mailed(task, Some(why)).await
            }
        }
    }

    /// A letter was sent, or given up.
    async fn mailed(&self, task: &Task, fault: Option<String>) -> Result<(), AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        if let Some(mut invoice) = invoices::lock(tx.conn(), &task.req_no).await? {
            if fault.is_none() {
                invoice.mailed_at = Some(now);
            }
            invoice.mail_error = fault;
            invoices::update(tx.conn(), &invoice, now).await?;
            info!(invoice = %task.req_no, sent = invoice.mail_error.is_none(), "invoice mailed");
        }
        invoice_tasks::finish(tx.conn(), task).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn text_buyer(&self, task: &Task) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let invoice = invoices::find(view.conn(), &task.req_no).await?;
        let Some(invoice) = invoice else {
            drop(view);
            return self.drop_task(task).await;
        };
        let phone = match (invoice.title.mobile, invoice.member) {
            (Some(mobile), _) => Some(mobile),
            (None, Some(member)) => members::find(view.conn(), member)
                .await?
                .map(|member| member.phone),
            (None, None) => None,
        };
        drop(view);
        let Some(phone) = phone else {
            return self.drop_task(task).await;
        };
        let sms = Sms::new(phone, "INVOICE_OK", Vec::new());
        match self.text(sms, None).await {
            Err(fault) if task.attempts < ATTEMPTS_MAX => {
                self.postpone(task, Some(&fault.to_string())).await
            }
            _ => self.drop_task(task).await,
        }
    }
}

/// The form that a person can open most easily.
pub(super) fn best_form(invoice: &Invoice) -> Option<FileForm> {
    let has = |form: &FileForm| invoice.files.iter().any(|file| file.form == *form);
    [FileForm::Pdf, FileForm::Ofd, FileForm::Html, FileForm::Xml]
        .into_iter()
        .find(has)
}

fn number(invoice: &Invoice) -> &str {
    invoice.invoice_no.as_deref().unwrap_or_default()
}

fn subject(invoice: &Invoice) -> String {
    let color = match invoice.color {
        InvoiceColor::Blue => "",
        InvoiceColor::Red => "(红字)",
    };
    format!("电子发票{color} {}", number(invoice))
}

fn text(invoice: &Invoice) -> String {
    let mut text = format!(
        "您好:\n\n发票号码:{}\n购买方:{}\n销售方:{}\n价税合计:¥{}\n",
        number(invoice),
        invoice.title.title,
        invoice.seller.name,
        yuan(invoice.amount),
    );
    for file in &invoice.files {
        if let Some(url) = &file.url {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}:{url}", file.form.as_str());
        }
    }
    text
}

fn yuan(fen: Fen) -> String {
    let sign = if fen.0 < 0 { "-" } else { "" };
    let size = fen.0.unsigned_abs();
    format!("{sign}{}.{:02}", size / 100, size % 100)
}
