//! How invoices look to the member who asked for them.

use crate::view::seconds;
use app::{EligibleOrder, InvoiceDetail};
use domain::invoice::Line;
use serde::Serialize;
use store::invoice_orders::Covered;
use store::invoices::Invoice;
use utoipa::ToSchema;

/// An order that may be invoiced.
#[derive(Serialize, ToSchema)]
pub(crate) struct EligibleOut {
    /// Its number.
    #[schema(example = "APP1729407600001")]
    order_no: String,
    /// Who sold; an invoice has orders of one seller.
    #[schema(example = 1)]
    seller_org_id: i64,
    /// Where.
    station: Option<String>,
    /// When it ended, Unix seconds.
    ended_at: i64,
    /// What would be on the invoice, fen.
    #[schema(example = 785)]
    amount_fen: i64,
    /// Why it cannot be invoiced at present; none: it can.
    problem: Option<String>,
}

impl From<EligibleOrder> for EligibleOut {
    fn from(order: EligibleOrder) -> Self {
        Self {
            order_no: order.order_no.to_string(),
            seller_org_id: order.seller.0,
            station: order.station,
            ended_at: order.ended_at.unix_seconds(),
            amount_fen: order.amount.0,
            problem: order.refusal.map(|refusal| refusal.to_string()),
        }
    }
}

/// An invoice.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoiceOut {
    /// Our number of it.
    #[schema(example = "IV2026030109301500004201")]
    req_no: String,
    /// `draft`, `submitted`, `issuing`, `issued`, `red_applying`, `red_confirmed`, `reversed`,
    /// `rejected`, `failed`, `cancelled`.
    #[schema(example = "issued")]
    state: &'static str,
    /// `82` general, `81` special.
    #[schema(example = "82")]
    kind: &'static str,
    /// `blue`; `red`: takes another one back.
    #[schema(example = "blue")]
    color: &'static str,
    /// Who issues it.
    seller: String,
    /// To whom.
    title: String,
    /// Tax number of the buyer.
    tax_no: Option<String>,
    /// What it comes to, tax included, fen.
    #[schema(example = 3579)]
    amount_fen: i64,
    /// The tax in it, fen.
    #[schema(example = 412)]
    tax_fen: i64,
    /// Its own number, 20 digits.
    invoice_no: Option<String>,
    /// When it got that, Unix seconds.
    issued_at: Option<i64>,
    /// Why there is none.
    fail_reason: Option<String>,
    /// Of a red one: the number of what it takes back.
    original_invoice_no: Option<String>,
    /// The reversed one in whose place it stands.
    replaces: Option<String>,
    /// Where it is sent.
    email: Option<String>,
    /// When it was sent there, Unix seconds.
    mailed_at: Option<i64>,
    /// Why it could not be.
    mail_error: Option<String>,
    /// When it was asked for, Unix seconds.
    created_at: i64,
}

impl From<Invoice> for InvoiceOut {
    fn from(invoice: Invoice) -> Self {
        let title = invoice.title;
        Self {
            req_no: invoice.req_no.to_string(),
            state: invoice.state.as_str(),
            kind: title.kind.as_str(),
            color: invoice.color.as_str(),
            seller: invoice.seller.name,
            title: title.title,
            tax_no: title.tax_no,
            amount_fen: invoice.amount.0,
            tax_fen: invoice.tax.0,
            invoice_no: invoice.invoice_no,
            issued_at: seconds(invoice.issued_at),
            fail_reason: invoice.fail_reason,
            original_invoice_no: invoice.original_invoice_no,
            replaces: invoice.replaces_req_no.map(|number| number.to_string()),
            email: title.email,
            mailed_at: seconds(invoice.mailed_at),
            mail_error: invoice.mail_error,
            created_at: invoice.created_at.unix_seconds(),
        }
    }
}

/// A line of an invoice.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoiceLineOut {
    /// What.
    #[schema(example = "*供电*充电电费")]
    name: String,
    /// Tax classification code.
    tax_code: String,
    /// `kWh` or `次`.
    #[schema(example = "kWh")]
    unit: &'static str,
    /// How much, with as many decimals as it needs.
    #[schema(example = "5.23")]
    quantity: String,
    /// Yuan a unit without tax.
    unit_price: String,
    /// Without tax, fen.
    net_fen: i64,
    /// 1300 is 13 %.
    tax_rate_bp: i32,
    /// The tax, fen.
    tax_fen: i64,
}

impl From<Line> for InvoiceLineOut {
    fn from(line: Line) -> Self {
        Self {
            name: line.item.name,
            tax_code: line.item.tax_code,
            unit: line.unit.as_str(),
            quantity: line.quantity.to_string(),
            unit_price: line.unit_price.to_string(),
            net_fen: line.net.0,
            tax_rate_bp: line.item.rate_bp.0,
            tax_fen: line.tax.0,
        }
    }
}

/// An order on an invoice.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoicedOrderOut {
    /// Its number.
    #[schema(example = "APP1729407600001")]
    order_no: String,
    /// What of it the invoice shows, fen.
    amount_fen: i64,
    /// Whether it is still on it.
    on_it: bool,
}

impl From<Covered> for InvoicedOrderOut {
    fn from(row: Covered) -> Self {
        Self {
            order_no: row.order_no.to_string(),
            amount_fen: row.amount_fen.0,
            on_it: row.living,
        }
    }
}

/// A form in which an invoice can be had.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoiceFileOut {
    /// `pdf`, `ofd`, `xml`, `html`.
    #[schema(example = "pdf")]
    form: &'static str,
    /// Where its issuer has it for everybody who knows the address.
    url: Option<String>,
}

/// An invoice with everything on it.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvoiceDetailOut {
    /// Itself.
    invoice: InvoiceOut,
    /// Its lines.
    lines: Vec<InvoiceLineOut>,
    /// Its orders, also those that it has lost.
    orders: Vec<InvoicedOrderOut>,
    /// In which forms it can be had.
    files: Vec<InvoiceFileOut>,
    /// Printed below.
    remark: Option<String>,
}

impl InvoiceFileOut {
    /// All forms of an invoice.
    pub(crate) fn of(invoice: &Invoice) -> Vec<Self> {
        let files = invoice.files.iter().map(|file| Self {
            form: file.form.as_str(),
            url: file.url.clone(),
        });
        files.collect()
    }
}

impl From<InvoiceDetail> for InvoiceDetailOut {
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
            invoice: detail.invoice.into(),
        }
    }
}
