//! `invoice_orders`: which orders an invoice covers, and what an invoice needs to know of orders.

use crate::db::{Batch, Columns, FromRow, Kind, Scalar, ToCell, args, from_json, row, text_column};
use crate::order_money::MoneyState;
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::document_no::DocumentNo;
use domain::invoice::IssuedBy;
use domain::order::{OrderStatus, SettleStatus};
use domain::settlement::Settled;
use kernel::{Energy, Fen, MemberId, OrderNo, OrgId, Timestamp};

text_column!(IssuedBy);

row! {
    /// A row of `invoice_orders`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Covered {
        /// The order.
        pub order_no: OrderNo,
        /// The cash of it that the invoice shows.
        pub amount_fen: Fen,
        /// Whether the invoice still has it.
        pub living: bool,
    }
}

/// An order, as far as invoices go.
#[derive(Clone, Debug, PartialEq)]
pub struct Sold {
    /// Its number.
    pub order_no: OrderNo,
    /// The member who charged.
    pub member: Option<MemberId>,
    /// The company that paid.
    pub company: Option<OrgId>,
    /// Its status.
    pub status: OrderStatus,
    /// Whether its bill may still change.
    pub provisional: bool,
    /// How far its bill is.
    pub settle_status: SettleStatus,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What was charged.
    pub energy: Energy,
    /// Where its money is.
    pub money: MoneyState,
    /// How it was paid.
    pub settled: Option<Settled>,
    /// What went back.
    pub refunded: Fen,
    /// Whether a refund of it has begun and not ended.
    pub refunding: bool,
    /// The merchant who owned the place; none: the platform.
    pub owner: Option<OrgId>,
    /// Who issues for charges there.
    pub issued_by: IssuedBy,
    /// Name of the place.
    pub station: Option<String>,
    /// The invoice that has it.
    pub invoice_id: Option<i64>,
}

impl FromRow for Sold {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let member: Option<i64> = row.get("member_id")?;
        let company: Option<i64> = row.get("company_id")?;
        let owner: Option<i64> = row.get("owner_org_id")?;
        let issued_by: Option<IssuedBy> = row.get("invoice_by")?;
        Ok(Self {
            order_no: row.get("order_no")?,
            member: member.map(MemberId),
            company: company.map(OrgId),
            status: row.get("status")?,
            provisional: row.get("provisional")?,
            settle_status: row.get("settle_status")?,
            ended_at: row.get("end_time")?,
            energy: row.get("energy_e4")?,
            money: row.get("state")?,
            settled: from_json(row, "settled")?,
            refunded: row.get("refunded_fen")?,
            refunding: row.get("refunding")?,
            owner: owner.map(OrgId),
            issued_by: issued_by.unwrap_or(IssuedBy::Platform),
            station: row.get("station")?,
            invoice_id: row.get("invoice_id")?,
        })
    }
}

macro_rules! columns {
    () => {
        "m.order_no, m.member_id, m.company_id, o.status, o.provisional, o.settle_status, \
         o.end_time, o.energy_e4, m.state, m.settled, m.refunded_fen, \
         m.owner_org_id, s.invoice_by, s.name as station, i.id as invoice_id, \
         exists (select 1 from refunds r where r.biz_no = m.order_no \
         and r.state in ('requested', 'approved', 'processing', 'abnormal')) as refunding"
    };
}

macro_rules! joined {
    () => {
        "order_money m join orders o on o.order_no = m.order_no \
         left join stations s on s.id = m.station_id \
         left join invoice_orders h on h.order_no = m.order_no and h.living \
         left join invoices i on i.invoice_req_no = h.invoice_req_no"
    };
}

/// Those orders, in the order of their numbers.
pub async fn read_sold(conn: Conn<'_>, orders: &[OrderNo]) -> Result<Vec<Sold>> {
    static READ: Batch<1> = Batch::new(
        concat!(
            "select ",
            columns!(),
            " from ",
            joined!(),
            " join {rows} on v.order_no = m.order_no order by m.order_no"
        ),
        [("order_no", Kind::Text)],
    );
    let rows: Vec<_> = orders.iter().map(|order| [order.cell()]).collect();
    READ.all(conn, &rows).await
}

/// The same, their money held until the transaction ends: no refund passes by meanwhile.
pub async fn lock_sold(mut conn: Conn<'_>, orders: &[OrderNo]) -> Result<Vec<Sold>> {
    static LOCK: Batch<1> = Batch::new(
        "select m.order_no as value from {rows} join order_money m on m.order_no = v.order_no \
         order by m.order_no for update of m",
        [("order_no", Kind::Text)],
    );
    // SQLite's write transaction is the only one anyway.
    if conn.is_postgres() {
        let rows: Vec<_> = orders.iter().map(|order| [order.cell()]).collect();
        let _held: Vec<Scalar<OrderNo>> = LOCK.all(conn.again(), &rows).await?;
    }
    read_sold(conn, orders).await
}

/// A page of a member's own orders that may be worth an invoice, newest first: ended since then,
/// paid for by the member, on no invoice.
pub async fn list_open(
    conn: Conn<'_>,
    member: MemberId,
    since: Timestamp,
    page: PageRequest,
) -> Result<Page<Sold>> {
    Listing::of(columns!(), joined!())
        .narrow("o.member_id =", Some(&member.0))
        .narrow("o.end_time >=", Some(&since))
        .only("o.company_id is null and m.state = 'settled'", true)
        .only("o.status = 'completed' and h.order_no is null", true)
        .only(
            "(o.paid_cash_fen > m.refunded_fen or o.pay_status = 'owed')",
            true,
        )
        .page(conn, "o.end_time desc, o.id desc", page)
        .await
}

/// Puts orders on an invoice. Violates [`crate::constraint::ONE_INVOICE_PER_ORDER`] when one is
/// on another.
pub async fn hold(conn: Conn<'_>, req_no: &DocumentNo, orders: &[(OrderNo, Fen)]) -> Result<()> {
    static HOLD: Batch<4> = Batch::new(
        "insert into invoice_orders (invoice_req_no, order_no, seq, amount_fen) \
         select v.invoice_req_no, v.order_no, v.seq, v.amount_fen from {rows} where true \
         on conflict (invoice_req_no, order_no) do update set \
         seq = excluded.seq, amount_fen = excluded.amount_fen, living = excluded.living",
        [
            ("invoice_req_no", Kind::Text),
            ("order_no", Kind::Text),
            ("seq", Kind::Int),
            ("amount_fen", Kind::Int),
        ],
    );
    let numbered: Vec<(i16, &(OrderNo, Fen))> = (1_i16..).zip(orders).collect();
    let rows: Vec<_> = numbered
        .iter()
        .map(|(seq, (order_no, amount))| {
            [req_no.cell(), order_no.cell(), seq.cell(), amount.cell()]
        })
        .collect();
    HOLD.execute(conn, &rows).await?;
    Ok(())
}

/// Takes all orders off an invoice; what they were is still told.
pub async fn release(conn: Conn<'_>, req_no: &DocumentNo) -> Result<()> {
    conn.execute(
        "update invoice_orders set living = $2 where invoice_req_no = $1 and living",
        args![req_no, false],
    )
    .await?;
    Ok(())
}

/// The orders that an invoice covers, or covered.
pub async fn of_invoice(conn: Conn<'_>, req_no: &DocumentNo) -> Result<Vec<Covered>> {
    conn.all(
        "select order_no, amount_fen, living from invoice_orders where invoice_req_no = $1 \
         order by seq",
        args![req_no],
    )
    .await
}

/// The invoice that has an order, and what it shows of it.
pub async fn holder_of(conn: Conn<'_>, order_no: OrderNo) -> Result<Option<(DocumentNo, Fen)>> {
    row! {
        struct Holder {
            pub invoice_req_no: DocumentNo,
            pub amount_fen: Fen,
        }
    }
    let holder: Option<Holder> = conn
        .optional(
            "select invoice_req_no, amount_fen from invoice_orders \
             where order_no = $1 and living",
            args![order_no],
        )
        .await?;
    Ok(holder.map(|row| (row.invoice_req_no, row.amount_fen)))
}
