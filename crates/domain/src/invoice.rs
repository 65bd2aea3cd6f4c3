//! Invoices (数电票): which orders may be invoiced, what stands on the invoice, and its way from
//! the request to the paper, and back where money was refunded.
//!
//! Only cash that was really paid is invoiced: no gift money, no coupon, no points. Names, codes
//! and tax rates of the lines are configuration.

mod draft;
mod lines;
mod orders;
mod party;
mod red;
mod state;
mod tax;
mod title;

pub use draft::{Draft, DraftFault, ORDERS_MAX, draft, reissue};
pub use lines::{InvoiceItem, Line, LineKind, LineLayout, Quantity, Unit, UnitPrice};
pub use orders::{AGE_MAX, BilledOrder, Bookkeeping, InvoiceRefusal, IssuedBy, Refunding};
pub use party::{AfterRed, FileForm, InvoiceColor, InvoiceFile, Seller};
pub use red::RedStatus;
pub use state::{InvoiceEffect, InvoiceEvent, InvoiceState};
pub use tax::{TaxSplit, split_tax};
pub use title::{BuyerKind, InvoiceKind, InvoiceTitle};

#[cfg(test)]
mod tests;
