use crate::allocation::allocate;
use crate::order::OrderStatus;
use crate::promotion::Parts;
use crate::text_enum::text_enum;
use kernel::{Energy, Fen, OrderNo, OrgId, Timestamp};
use std::time::Duration;

/// Orders are invoiced for so long after their end.
pub const AGE_MAX: Duration = Duration::from_hours(365 * 24);

text_enum! {
    /// Who issues the invoices for charges at a station.
    IssuedBy {
        /// The platform.
        Platform = "platform",
        /// The owner of the station.
        Merchant = "merchant",
    }
}

impl IssuedBy {
    /// The seller of a charge there.
    pub const fn seller(self, platform: OrgId, owner: OrgId) -> OrgId {
        match self {
            Self::Platform => platform,
            Self::Merchant => owner,
        }
    }
}

/// How certain the account of an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bookkeeping {
    /// A late report may still change it.
    Provisional,
    /// Final.
    Final,
}

/// Whether money of an order is on its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refunding {
    /// It is not.
    None,
    /// It is.
    InProcess,
}

/// An order, as far as an invoice depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BilledOrder {
    /// Its number.
    pub order_no: OrderNo,
    /// Who sells, and so who issues the invoice.
    pub seller: OrgId,
    /// Its status.
    pub status: OrderStatus,
    /// How certain its account is.
    pub bookkeeping: Bookkeeping,
    /// When it ended.
    pub ended_at: Timestamp,
    /// What was charged.
    pub energy: Energy,
    /// What was to be paid, after all reductions.
    pub payable: Parts,
    /// What of it has not been paid.
    pub unpaid: Fen,
    /// What of it was paid in cash.
    pub paid_cash: Fen,
    /// What of that went back.
    pub refunded_cash: Fen,
    /// Whether more is on its way.
    pub refunding: Refunding,
    /// The invoice that it belongs to, if there is one.
    pub invoice_id: Option<i64>,
}

/// Why an order cannot be invoiced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum InvoiceRefusal {
    /// It is not completed.
    #[error("the order is not completed")]
    NotCompleted,
    /// It may still change.
    #[error("the account of the order is not final")]
    NotFinal,
    /// It is not fully paid.
    #[error("the order is not fully paid")]
    NotPaid,
    /// It ended too long ago.
    #[error("the order ended more than 365 days ago")]
    TooOld,
    /// No cash was paid for it, or all of it went back.
    #[error("no cash was paid for the order")]
    NoCash,
    /// Money of it is on its way back.
    #[error("a refund of the order is in process")]
    Refunding,
    /// It is on an invoice already.
    #[error("the order is on an invoice already")]
    Invoiced,
}

impl BilledOrder {
    /// Cash that was paid for it and did not go back.
    pub fn cash(&self) -> Fen {
        (self.paid_cash - self.refunded_cash).max(Fen::ZERO)
    }

    /// That cash as electricity and service, in proportion to what was to be paid.
    pub fn cash_parts(&self) -> Parts {
        let weights = [self.payable.elec, self.payable.service];
        allocate(self.cash(), weights)
            .map_or(Parts::ZERO, |[elec, service]| Parts::new(elec, service))
    }

    /// Whether it may be invoiced at an instant.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, now: Timestamp) -> Result<(), InvoiceRefusal> {
        self.admit_at_any_age()?;
        if now.since(self.ended_at) > AGE_MAX {
            return Err(InvoiceRefusal::TooOld);
        }
        Ok(())
    }

    pub(super) fn admit_at_any_age(&self) -> Result<(), InvoiceRefusal> {
        if self.status != OrderStatus::Completed {
            Err(InvoiceRefusal::NotCompleted)
        } else if self.bookkeeping == Bookkeeping::Provisional {
            Err(InvoiceRefusal::NotFinal)
        } else if self.unpaid > Fen::ZERO {
            Err(InvoiceRefusal::NotPaid)
        } else if self.refunding == Refunding::InProcess {
            Err(InvoiceRefusal::Refunding)
        } else if self.invoice_id.is_some() {
            Err(InvoiceRefusal::Invoiced)
        } else if self.cash_parts().total() == Fen::ZERO {
            Err(InvoiceRefusal::NoCash)
        } else {
            Ok(())
        }
    }
}
