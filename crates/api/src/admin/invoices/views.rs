//! How invoices look to the staff of their seller.

use crate::member::{InvoiceFileOut, InvoiceLineOut, InvoicedOrderOut};
use crate::view::seconds;
use app::{InvoiceDetail, InvoiceProgress};
use serde::Serialize;
use store::invoices::Invoice;
use utoipa::ToSchema;

/// An invoice.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffInvoiceOut {
    /// Our number of it.
    #[schema(example = "IV2026030109301500004201")]
    req_no: String,
    /// Who asked for it.
    member_id: Option<i64>,
    /// Who issues it.
    #[schema(example = 1)]
    seller_org_id: i64,
    /// The same, for people.
    seller: String,
    /// `82` general, `81` special.
    #[schema(example = "82")]
    kind: &'static str,
    /// `blue`; `red`: takes another one back.
    #[schema(example = "blue")]
    color: &'static str,
    /// `company`, `person`.
    #[schema(example = "company")]
    buyer_kind: &'static str,
    /// To whom.
    title: String,
    /// Tax number of the buyer.
    tax_no: Option<String>,
    /// Their bank and account.
    bank_account: Option<String>,
    /// Their address and telephone.
    address_phone: Option<String>,
    /// Where it is sent.
    email: Option<String>,
    /// What it comes to, tax included, fen; less than nothing on a red one.
    #[schema(example = 3579)]
    amount_fen: i64,
    /// The tax in it, fen.
    #[schema(example = 412)]
    tax_fen: i64,
    /// `draft`, `submitted`, `issuing`, `issued`, `red_applying`, `red_confirmed`, `reversed`,
    /// `rejected`, `failed`, `cancelled`.
    #[schema(example = "issued")]
    state: &'static str,
    /// Its own number, 20 digits.
    invoice_no: Option<String>,
    /// When it got that, Unix seconds.
    issued_at: Option<i64>,
    /// Why there is none, or why it could not be taken back.
    fail_reason: Option<String>,
    /// How far its reversal is: `01` to `08`.
    red_status: Option<&'static str>,
    /// Why it is reversed.
    red_reason: Option<String>,
    /// Of a red one: our number of what it takes back.
    original_req_no: Option<String>,
    /// The reversed one in whose place it stands.
    replaces: Option<String>,
    /// When it was sent to the buyer, Unix seconds.
    mailed_at: Option<i64>,
    /// Why it could not be.
    mail_error: Option<String>,
    /// When it was asked for, Unix seconds.
    created_at: i64,
}

impl From<Invoice> for StaffInvoiceOut {
    fn from(row: Invoice) -> Self {
        let title = row.title;
        Self {
            req_no: row.req_no.to_string(),
            member_id: row.member.map(|id| id.0),
            seller_org_id: row.seller_org.0,
            seller: row.seller.name,
            kind: title.kind.as_str(),
            color: row.color.as_str(),
            buyer_kind: title.buyer_kind.as_str(),
            title: title.title,
            tax_no: title.tax_no,
            bank_account: title.bank_account,
            address_phone: title.address_phone,
            email: title.email,
            amount_fen: row.amount.0,
            tax_fen: row.tax.0,
            state: row.state.as_str(),
            invoice_no: row.invoice_no,
            issued_at: seconds(row.issued_at),
            fail_reason: row.fail_reason,
            red_status: row.red_status.map(domain::invoice::RedStatus::as_str),
            red_reason: row.red_reason,
            original_req_no: row.original_req_no.map(|number| number.to_string()),
            replaces: row.replaces_req_no.map(|number| number.to_string()),
            mailed_at: seconds(row.mailed_at),
            mail_error: row.mail_error,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// What is still to be done about an invoice.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoiceTaskOut {
    /// `issue`, `red`, `mail`, `text`.
    #[schema(example = "mail")]
    kind: &'static str,
    /// What went wrong last.
    last_error: Option<String>,
}

impl From<InvoiceProgress> for InvoiceTaskOut {
    fn from(task: InvoiceProgress) -> Self {
        Self {
            kind: task.kind.as_str(),
            last_error: task.last_error,
        }
    }
}

/// An invoice with everything on it.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffInvoiceDetailOut {
    /// Itself.
    invoice: StaffInvoiceOut,
    /// Its lines.
    lines: Vec<InvoiceLineOut>,
    /// Its orders, also those that it has lost.
    orders: Vec<InvoicedOrderOut>,
    /// In which forms it can be had.
    files: Vec<InvoiceFileOut>,
    /// Printed below.
    remark: Option<String>,
    /// What is still to be done.
    waiting: Vec<InvoiceTaskOut>,
}

impl From<InvoiceDetail> for StaffInvoiceDetailOut {
    fn from(detail: InvoiceDetail) -> Self {
        Self {
            files: InvoiceFileOut::of(&detail.invoice),
            remark: detail.invoice.remark.clone(),
            lines: detail.lines.into_iter().map(InvoiceLineOut::from).collect(),
            orders: detail
                .orders
                .into_iter()
                .map(InvoicedOrderOut::from)
                .collect(),
            waiting: detail
                .waiting
                .into_iter()
                .map(InvoiceTaskOut::from)
                .collect(),
            invoice: detail.invoice.into(),
        }
    }
}
