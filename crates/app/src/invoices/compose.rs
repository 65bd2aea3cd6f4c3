//! Rows of new invoices: who sells, under which number, and what happens to an invoice.

use super::refused;
use crate::{App, AppError};
use domain::document_no::{DocumentKind, DocumentNo};
use domain::invoice::{
    Draft, InvoiceColor, InvoiceEffect, InvoiceEvent, InvoiceState, InvoiceTitle, Seller,
};
use domain::org::PLATFORM_PATH;
use kernel::{Fen, MemberId, OrderNo, OrgId};
use store::invoices::{self, Invoice};
use store::{Tx, constraint, document_numbers, invoice_orders, orgs};

/// Already on another invoice, found by the database.
pub(super) const ALREADY_INVOICED: AppError =
    AppError::Conflict("an order is on an invoice already");

/// A seller, and where they stand.
pub(super) struct SellerAt {
    pub(super) org: OrgId,
    pub(super) path: String,
    pub(super) seller: Seller,
}

/// What a new blue invoice is made of.
pub(super) struct NewBlue<'a> {
    pub(super) member: Option<MemberId>,
    pub(super) seller: &'a SellerAt,
    pub(super) title: InvoiceTitle,
    pub(super) remark: Option<String>,
    pub(super) replaces: Option<DocumentNo>,
}

impl App {
    /// Who sells, as it is printed.
    pub(super) async fn seller_in(&self, tx: &mut Tx, org: OrgId) -> Result<SellerAt, AppError> {
        let row = orgs::find(tx.conn(), org.0).await?;
        let row = row.ok_or(AppError::Conflict("the seller does not exist any more"))?;
        let seller = if row.path == PLATFORM_PATH {
            self.invoice_rules_in(tx.conn()).await?.platform
        } else {
            let entry = row.entry;
            let said = |field: &str| {
                entry.settlement[field]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            };
            Seller {
                name: entry.name.clone(),
                tax_no: entry.licence.clone().unwrap_or_default(),
                address: said("address"),
                phone: entry.phone.clone().unwrap_or_default(),
                bank: said("bank"),
                account: said("account"),
            }
        };
        if !seller.can_issue() {
            return Err(AppError::Conflict("the seller issues no invoices yet"));
        }
        Ok(SellerAt {
            org,
            path: row.path,
            seller,
        })
    }

    /// Adds an invoice under a fresh number.
    pub(super) async fn insert_invoice(
        &self,
        tx: &mut Tx,
        mut invoice: Invoice,
    ) -> Result<Invoice, AppError> {
        let now = self.now();
        invoice.req_no = document_numbers::next(tx.conn(), DocumentKind::Invoice, now).await?;
        invoice.id = invoices::insert(tx.conn(), &invoice, now).await?;
        Ok(invoice)
    }

    /// Writes a blue invoice with its lines and its orders. It is a draft.
    pub(super) async fn write_blue(
        &self,
        tx: &mut Tx,
        new: NewBlue<'_>,
        draft: &Draft,
        cash: &[(OrderNo, Fen)],
    ) -> Result<Invoice, AppError> {
        let now = self.now();
        let invoice = Invoice {
            id: 0,
            req_no: unnumbered()?,
            member: new.member,
            seller_org: new.seller.org,
            org_path: new.seller.path.clone(),
            seller: new.seller.seller.clone(),
            color: InvoiceColor::Blue,
            title: new.title,
            amount: draft.amount,
            tax: draft.tax,
            remark: new.remark,
            state: InvoiceState::Draft,
            invoice_no: None,
            issued_at: None,
            files: Vec::new(),
            fail_reason: None,
            original_req_no: None,
            original_invoice_no: None,
            replaces_req_no: new.replaces,
            red_status: None,
            red_reason: None,
            after_red: None,
            red_when_issued: false,
            mailed_at: None,
            mail_error: None,
            created_at: now,
            updated_at: now,
        };
        let invoice = self.insert_invoice(tx, invoice).await?;
        invoices::put_items(tx.conn(), &invoice.req_no, &draft.lines).await?;
        invoice_orders::hold(tx.conn(), &invoice.req_no, cash)
            .await
            .map_err(taken)?;
        Ok(invoice)
    }

    /// Moves an invoice on and writes it; what is to be done besides is the caller's.
    pub(super) async fn step(
        &self,
        tx: &mut Tx,
        invoice: &mut Invoice,
        event: InvoiceEvent<'_>,
    ) -> Result<Vec<InvoiceEffect>, AppError> {
        let step = invoice.state.next(event).map_err(refused)?;
        invoice.state = step.to;
        invoices::update(tx.conn(), invoice, self.now()).await?;
        if step.effects.contains(&InvoiceEffect::ReleaseOrders) {
            invoice_orders::release(tx.conn(), &invoice.req_no).await?;
        }
        Ok(step.effects)
    }
}

/// Stands in a row that has no number yet.
pub(super) fn unnumbered() -> Result<DocumentNo, AppError> {
    DocumentNo::compose(DocumentKind::Invoice, kernel::Timestamp(0), 0, 0)
        .ok_or_else(|| AppError::Internal("no number for an invoice".to_owned()))
}

pub(super) fn taken(error: store::StoreError) -> AppError {
    if error.violates(constraint::ONE_INVOICE_PER_ORDER) {
        ALREADY_INVOICED
    } else {
        error.into()
    }
}
