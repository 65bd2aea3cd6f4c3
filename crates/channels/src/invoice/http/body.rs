use crate::invoice::{Document, Issued, IssuerFault, Progress, RedApplication};
use domain::invoice::{InvoiceFile, Line, RedStatus, Seller};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// Digits of an invoice's number.
const INVOICE_NO_DIGITS: usize = 20;

/// A document on its way. Money is fen; quantities and prices are decimals as texts.
#[derive(Serialize)]
pub(super) struct DocumentBody<'a> {
    /// Ours; the same number is the same document.
    req_no: &'a str,
    /// `81`, `82`.
    kind: &'static str,
    /// `blue`, `red`.
    color: &'static str,
    seller: &'a Seller,
    buyer: BuyerBody<'a>,
    lines: Vec<LineBody<'a>>,
    amount_fen: i64,
    tax_fen: i64,
    remark: Option<&'a str>,
    drawer: &'a str,
    /// Of a red one; its application had the same `req_no`.
    original_invoice_no: Option<&'a str>,
}

#[derive(Serialize)]
struct BuyerBody<'a> {
    /// `01` company, `03` person.
    kind: &'static str,
    name: &'a str,
    tax_no: Option<&'a str>,
    address_phone: Option<&'a str>,
    bank_account: Option<&'a str>,
    email: Option<&'a str>,
    mobile: Option<&'a str>,
}

#[derive(Serialize)]
struct LineBody<'a> {
    seq: usize,
    name: &'a str,
    tax_code: &'a str,
    unit: &'static str,
    quantity: String,
    /// Without tax.
    unit_price: String,
    net_fen: i64,
    tax_rate_bp: i32,
    tax_fen: i64,
    /// 0 ordinary, 1 discount, 2 with a discount.
    line_kind: i16,
}

impl<'a> DocumentBody<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let buyer = &document.buyer;
        Self {
            req_no: &document.req_no,
            kind: buyer.kind.as_str(),
            color: document.color.as_str(),
            seller: &document.seller,
            buyer: BuyerBody {
                kind: buyer.buyer_kind.code(),
                name: &buyer.title,
                tax_no: buyer.tax_no.as_deref(),
                address_phone: buyer.address_phone.as_deref(),
                bank_account: buyer.bank_account.as_deref(),
                email: buyer.email.as_deref(),
                mobile: buyer.mobile.as_deref(),
            },
            lines: (1..).zip(&document.lines).map(line).collect(),
            amount_fen: document.amount.0,
            tax_fen: document.tax.0,
            remark: document.remark.as_deref(),
            drawer: &document.drawer,
            original_invoice_no: document.original_invoice_no.as_deref(),
        }
    }
}

fn line((seq, line): (usize, &Line)) -> LineBody<'_> {
    LineBody {
        seq,
        name: &line.item.name,
        tax_code: &line.item.tax_code,
        unit: line.unit.as_str(),
        quantity: line.quantity.to_string(),
        unit_price: line.unit_price.to_string(),
        net_fen: line.net.0,
        tax_rate_bp: line.item.rate_bp.0,
        tax_fen: line.tax.0,
        line_kind: line.kind.code(),
    }
}

/// An application on its way.
#[derive(Serialize)]
pub(super) struct ApplicationBody<'a> {
    req_no: &'a str,
    original_req_no: &'a str,
    original_invoice_no: &'a str,
    seller: &'a Seller,
    amount_fen: i64,
    tax_fen: i64,
    reason: &'a str,
}

impl<'a> ApplicationBody<'a> {
    pub(super) fn of(application: &'a RedApplication) -> Self {
        Self {
            req_no: &application.req_no,
            original_req_no: &application.original_req_no,
            original_invoice_no: &application.original_invoice_no,
            seller: &application.seller,
            amount_fen: application.amount.0,
            tax_fen: application.tax.0,
            reason: &application.reason,
        }
    }
}

/// Why something was refused.
#[derive(Deserialize)]
pub(super) struct Reason {
    #[serde(default)]
    pub(super) reason: String,
}

/// How far an application is.
#[derive(Deserialize)]
pub(super) struct RedAnswer {
    pub(super) red_status: RedStatus,
}

/// How far a document is.
#[derive(Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum ProgressAnswer {
    Unknown,
    Pending,
    Issued {
        invoice_no: String,
        issued_at: i64,
        #[serde(default)]
        files: Vec<InvoiceFile>,
    },
    Failed {
        #[serde(default)]
        reason: String,
    },
}

impl ProgressAnswer {
    pub(super) fn read(self) -> Result<Progress, IssuerFault> {
        Ok(match self {
            Self::Unknown => Progress::Unknown,
            Self::Pending => Progress::Pending,
            Self::Failed { reason } => Progress::Failed(reason),
            Self::Issued {
                invoice_no,
                issued_at,
                files,
            } => {
                let legal = invoice_no.len() == INVOICE_NO_DIGITS
                    && invoice_no.bytes().all(|byte| byte.is_ascii_digit());
                if !legal {
                    let said = "an invoice number must have 20 digits".to_owned();
                    return Err(IssuerFault::Unclear(said));
                }
                Progress::Issued(Issued {
                    invoice_no,
                    at: Timestamp::from_unix_seconds(issued_at),
                    files,
                })
            }
        })
    }
}
