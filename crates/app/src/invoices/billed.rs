//! Orders as invoices see them: the cash that was really paid for them, and who sold.

use crate::{App, AppError};
use domain::invoice::{AGE_MAX, BilledOrder, Bookkeeping, InvoiceRefusal, Refunding};
use domain::ledger::Account;
use domain::order::SettleStatus;
use domain::promotion::Parts;
use kernel::{Fen, MemberId, OrderNo, OrgId, Timestamp};
use store::invoice_orders::{self, Sold};
use store::order_money::MoneyState;
use store::{Conn, Page, PageRequest, ledger};

/// The platform is the root of all organisations.
const PLATFORM: OrgId = OrgId(1);

/// An order that a member may want an invoice for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EligibleOrder {
    /// Its number.
    pub order_no: OrderNo,
    /// Who sold; one invoice has one seller.
    pub seller: OrgId,
    /// Where.
    pub station: Option<String>,
    /// When it ended.
    pub ended_at: Timestamp,
    /// What would be invoiced.
    pub amount: Fen,
    /// Why it cannot be invoiced at present.
    pub refusal: Option<InvoiceRefusal>,
}

/// What a member owes in all: what an order left unpaid is paid when nothing is owed any more.
pub(super) async fn owed_by(conn: Conn<'_>, member: MemberId) -> Result<Fen, AppError> {
    Ok(ledger::balance(conn, &Account::ReceivableMember(member)).await?)
}

/// The order as the rules of `domain` want it.
pub(super) fn billed(sold: &Sold, owed: Fen) -> BilledOrder {
    let settled = sold
        .settled
        .as_ref()
        .filter(|_| sold.money == MoneyState::Settled);
    let is_final = settled.is_some()
        && !sold.provisional
        && sold.settle_status == SettleStatus::Settled
        && sold.ended_at.is_some();
    let (payable, capture) = settled
        .map(|settled| (settled.payable(), &settled.capture))
        .map_or((Parts::ZERO, None), |(payable, capture)| {
            (payable, Some(capture))
        });
    let held = capture.map_or(Fen::ZERO, |capture| capture.held.cash);
    let owing = capture.map_or(Fen::ZERO, |capture| capture.owed);
    let unpaid = owing.min(owed.max(Fen::ZERO));
    BilledOrder {
        order_no: sold.order_no,
        seller: sold
            .issued_by
            .seller(PLATFORM, sold.owner.unwrap_or(PLATFORM)),
        status: sold.status,
        bookkeeping: if is_final {
            Bookkeeping::Final
        } else {
            Bookkeeping::Provisional
        },
        ended_at: sold.ended_at.unwrap_or(Timestamp(0)),
        energy: sold.energy,
        payable,
        unpaid,
        // A debt is paid in cash.
        paid_cash: held + (owing - unpaid),
        // Cash goes back first, for invoices: never more on paper than was kept.
        refunded_cash: sold.refunded,
        refunding: if sold.refunding {
            Refunding::InProcess
        } else {
            Refunding::None
        },
        invoice_id: sold.invoice_id,
    }
}

impl App {
    /// A page of a member's orders that are on no invoice, newest first, with the reason where
    /// one cannot be at present.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn orders_to_invoice(
        &self,
        member: MemberId,
        page: PageRequest,
    ) -> Result<Page<EligibleOrder>, AppError> {
        let now = self.now();
        let mut view = self.db.view().await?;
        let owed = owed_by(view.conn(), member).await?;
        let age = i64::try_from(AGE_MAX.as_millis()).unwrap_or(i64::MAX);
        let since = Timestamp(now.0.saturating_sub(age));
        let rows = invoice_orders::list_open(view.conn(), member, since, page).await?;
        Ok(rows.map(|sold| {
            let order = billed(&sold, owed);
            EligibleOrder {
                order_no: order.order_no,
                seller: order.seller,
                station: sold.station,
                ended_at: order.ended_at,
                amount: order.cash_parts().total(),
                refusal: order.admit(now).err(),
            }
        }))
    }
}
