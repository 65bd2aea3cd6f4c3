//! Invoices: members ask for them over orders that they paid, issuers give them numbers, buyers
//! get them by mail, and they are taken back when money is.
//!
//! What is to be said to the world outside is a row (`invoice_tasks`) written with the fact that
//! causes it; [`App::work_on_invoices`](crate::App::work_on_invoices) says it, after the commit,
//! until it was heard.

mod apply;
mod billed;
mod compose;
mod delivery;
mod issuing;
mod reading;
mod red;
mod refunded;
mod rules;
mod staff;
mod titles;
mod work;

pub use apply::{Buyer, InvoiceWish};
pub use billed::EligibleOrder;
pub use reading::{InvoiceDetail, InvoiceProgress};
pub use rules::{InvoiceRules, Review};

use crate::AppError;
use domain::document_no::DocumentNo;
use domain::fault::FieldFault;
use domain::machine::NotPossible;

const NO_INVOICE: AppError = AppError::NotFound("invoice");

/// Reads a number of ours; what is none belongs to nothing.
fn number(text: &str) -> Result<DocumentNo, AppError> {
    DocumentNo::parse(text).ok_or(NO_INVOICE)
}

fn invalid(fault: FieldFault) -> AppError {
    AppError::Invalid {
        field: fault.field,
        problem: fault.problem,
    }
}

/// A step that the state of an invoice does not allow.
fn refused(why: NotPossible) -> AppError {
    AppError::Conflict(match why {
        NotPossible::State { .. } => "the state of the invoice does not allow it",
        NotPossible::Guard(why) => why,
    })
}
