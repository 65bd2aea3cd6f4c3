//! Issuers of invoices (数电票).
//!
//! Gateways of the tax authority's partners differ in everything but what they do; [`Issuer`] is
//! what they have in common. Every call is named by a number of ours, under which a repeat does
//! nothing and gets the same answer. An issuer that does not answer clearly is asked
//! ([`Issuer::query`]) before anything is sent once more.

mod http;
mod local;

pub use http::{HttpIssuer, HttpIssuerSettings};
pub use local::{LocalIssuer, LocalIssuerSettings};

use domain::invoice::{FileForm, InvoiceColor, InvoiceFile, InvoiceTitle, Line, RedStatus, Seller};
use kernel::{Fen, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

/// An invoice as it goes to its issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Our number of it.
    pub req_no: String,
    /// Whether it charges or takes back.
    pub color: InvoiceColor,
    /// Who issues it.
    pub seller: Seller,
    /// To whom.
    pub buyer: InvoiceTitle,
    /// Its lines, all negative on a red one.
    pub lines: Vec<Line>,
    /// What they come to, tax included.
    pub amount: Fen,
    /// The tax in it.
    pub tax: Fen,
    /// Printed below.
    pub remark: Option<String>,
    /// Who drew it up.
    pub drawer: String,
    /// Of a red one: the number that the blue one has from its issuer. The application for it
    /// had the same number of ours as this document.
    pub original_invoice_no: Option<String>,
}

/// An application to take an invoice back (红字确认单).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedApplication {
    /// Our number of it; the red invoice will have the same.
    pub req_no: String,
    /// Our number of the blue one.
    pub original_req_no: String,
    /// The issuer's number of the blue one.
    pub original_invoice_no: String,
    /// Who applies.
    pub seller: Seller,
    /// What goes back, tax included: less than nothing.
    pub amount: Fen,
    /// The tax in it.
    pub tax: Fen,
    /// Why.
    pub reason: String,
}

/// An invoice that has its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// 20 digits.
    pub invoice_no: String,
    /// When.
    pub at: Timestamp,
    /// The forms in which the issuer keeps it.
    pub files: Vec<InvoiceFile>,
}

/// What an issuer says about a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It never heard of it.
    Unknown,
    /// It is working on it.
    Pending,
    /// It is issued.
    Issued(Issued),
    /// It will not be issued, for that reason. It may be sent once more, corrected.
    Failed(String),
}

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerFault {
    /// It refused, and nothing was done. The same again would be refused again.
    #[error("refused: {0}")]
    Refused(String),
    /// Nothing was done for certain; later it may work.
    #[error("not done: {0}")]
    NotDone(String),
    /// It may have been done: ask before doing it again.
    #[error("outcome unknown: {0}")]
    Unclear(String),
}

/// A file of an invoice.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Which form it has.
    pub form: FileForm,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("form", &self.form)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// What a call will have come to.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, IssuerFault>> + Send + 'a>>;

/// Somebody who issues invoices.
pub trait Issuer: fmt::Debug + Send + Sync + 'static {
    /// Has a document issued: a blue one, or a red one whose application has passed.
    fn issue<'a>(&'a self, document: &'a Document) -> Asking<'a, Progress>;

    /// What became of a document.
    fn query<'a>(&'a self, req_no: &'a str) -> Asking<'a, Progress>;

    /// Applies for taking an invoice back.
    fn apply_red<'a>(&'a self, application: &'a RedApplication) -> Asking<'a, RedStatus>;

    /// How far an application is; none when it was never handed in.
    fn query_red<'a>(&'a self, req_no: &'a str) -> Asking<'a, Option<RedStatus>>;

    /// A file of an issued document.
    fn file<'a>(&'a self, req_no: &'a str, form: FileForm) -> Asking<'a, File>;
}

/// Whoever issues.
pub type SharedIssuer = Arc<dyn Issuer>;

/// Nobody: what is asked for waits until somebody is configured.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoIssuer;

impl NoIssuer {
    fn nobody<'a, T: Send + 'a>() -> Asking<'a, T> {
        let fault = IssuerFault::NotDone("no issuer is configured".to_owned());
        Box::pin(async move { Err(fault) })
    }
}

impl Issuer for NoIssuer {
    fn issue<'a>(&'a self, _: &'a Document) -> Asking<'a, Progress> {
        Self::nobody()
    }

    fn query<'a>(&'a self, _: &'a str) -> Asking<'a, Progress> {
        // Nothing was ever sent.
        Box::pin(async { Ok(Progress::Unknown) })
    }

    fn apply_red<'a>(&'a self, _: &'a RedApplication) -> Asking<'a, RedStatus> {
        Self::nobody()
    }

    fn query_red<'a>(&'a self, _: &'a str) -> Asking<'a, Option<RedStatus>> {
        Box::pin(async { Ok(None) })
    }

    fn file<'a>(&'a self, _: &'a str, _: FileForm) -> Asking<'a, File> {
        Self::nobody()
    }
}
