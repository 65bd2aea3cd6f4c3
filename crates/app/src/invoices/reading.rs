//! Invoices as members and staff see them.

use super::delivery::best_form;
use super::{NO_INVOICE, invalid, number};
use crate::staff::Actor;
use crate::{App, AppError};
use channels::invoice::{File, IssuerFault};
use domain::document_no::DocumentNo;
use domain::fault::FieldFault;
use domain::invoice::{FileForm, Line};
use kernel::MemberId;
use store::invoice_orders::{self, Covered};
use store::invoice_tasks::{self, TaskKind};
use store::invoices::{self, Invoice, InvoiceFilter};
use store::{Conn, Page, PageRequest};
use tracing::warn;

/// What is still to be done about an invoice, and what went wrong last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceProgress {
    /// What.
    pub kind: TaskKind,
    /// What went wrong.
    pub last_error: Option<String>,
}

/// An invoice with everything on it.
#[derive(Clone, Debug, PartialEq)]
pub struct InvoiceDetail {
    /// Itself.
    pub invoice: Invoice,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Its orders, also those that it has lost.
    pub orders: Vec<Covered>,
    /// What is still to be done.
    pub waiting: Vec<InvoiceProgress>,
}

impl App {
    /// A page of a member's invoices, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn member_invoices(
        &self,
        member: MemberId,
        page: PageRequest,
    ) -> Result<Page<Invoice>, AppError> {
        let filter = InvoiceFilter {
            member: Some(member),
            ..InvoiceFilter::default()
        };
        let mut view = self.db.view().await?;
        Ok(invoices::list(view.conn(), &filter, page).await?)
    }

    /// A member's invoice.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's.
    pub async fn member_invoice(
        &self,
        member: MemberId,
        req_no: &str,
    ) -> Result<InvoiceDetail, AppError> {
        let number = number(req_no)?;
        let mut view = self.db.view().await?;
        let invoice = invoices::find(view.conn(), &number).await?;
        let own = invoice.filter(|invoice| invoice.member == Some(member));
        detail(view.conn(), own.ok_or(NO_INVOICE)?).await
    }

    /// A page of the invoices of some sellers, newest first. The filter's scope is the caller's.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_invoices(
        &self,
        filter: &InvoiceFilter,
        page: PageRequest,
    ) -> Result<Page<Invoice>, AppError> {
        let mut view = self.db.view().await?;
        Ok(invoices::list(view.conn(), filter, page).await?)
    }

    /// An invoice, for the staff of its seller or of somebody above.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is none of theirs.
    pub async fn invoice(&self, actor: &Actor, req_no: &str) -> Result<InvoiceDetail, AppError> {
        let number = number(req_no)?;
        let mut view = self.db.view().await?;
        let invoice = invoices::find(view.conn(), &number).await?;
        let own = invoice.filter(|invoice| actor.owns(&invoice.org_path));
        detail(view.conn(), own.ok_or(NO_INVOICE)?).await
    }

    /// A file of a member's invoice, in the form that is asked for or the handiest one.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's or has no such form,
    /// [`AppError::Conflict`] before it is issued, [`AppError::Unavailable`] when the issuer does
    /// not answer.
    pub async fn member_invoice_file(
        &self,
        member: MemberId,
        req_no: &str,
        form: Option<&str>,
    ) -> Result<File, AppError> {
        let invoice = self.member_invoice(member, req_no).await?.invoice;
        self.file_of(&invoice, form).await
    }

    /// The same for the staff.
    ///
    /// # Errors
    /// As [`App::member_invoice_file`].
    pub async fn invoice_file(
        &self,
        actor: &Actor,
        req_no: &str,
        form: Option<&str>,
    ) -> Result<File, AppError> {
        let invoice = self.invoice(actor, req_no).await?.invoice;
        self.file_of(&invoice, form).await
    }

    async fn file_of(&self, invoice: &Invoice, form: Option<&str>) -> Result<File, AppError> {
        let asked = form.map(|text| {
            FileForm::parse(text)
                .ok_or_else(|| invalid(FieldFault::at("form", "must be pdf, ofd, xml or html")))
        });
        let asked = asked.transpose()?;
        if invoice.invoice_no.is_none() {
            return Err(AppError::Conflict("the invoice is not issued"));
        }
        let has = |form: &FileForm| invoice.files.iter().any(|file| file.form == *form);
        let form = match asked {
            Some(form) => Some(form).filter(has),
            None => best_form(invoice),
        };
        let form = form.ok_or(AppError::NotFound("file"))?;
        let file = self
            .outside
            .issuer
            .file(invoice.req_no.as_str(), form)
            .await;
        file.map_err(|fault| match fault {
            IssuerFault::Refused(_) => AppError::NotFound("file"),
            IssuerFault::NotDone(_) | IssuerFault::Unclear(_) => {
                warn!(invoice = %invoice.req_no, %fault, "no file");
                AppError::Unavailable
            }
        })
    }
}

async fn detail(mut conn: Conn<'_>, invoice: Invoice) -> Result<InvoiceDetail, AppError> {
    let number: &DocumentNo = &invoice.req_no;
    let lines = invoices::items(conn.again(), number).await?;
    let orders = invoice_orders::of_invoice(conn.again(), number).await?;
    let waiting = invoice_tasks::waiting(conn, number).await?;
    Ok(InvoiceDetail {
        lines,
        orders,
        waiting: waiting
            .into_iter()
            .map(|(kind, last_error)| InvoiceProgress { kind, last_error })
            .collect(),
        invoice,
    })
}
