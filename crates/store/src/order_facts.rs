//! What stands beside an order for the staff: who charged, where, who paid how, and who earns by it.

use crate::db::{Batch, Kind, ToCell, row, text_column};
use crate::{Conn, Result};
use domain::order::PayStatus;
use domain::org::Scope;
use kernel::{Fen, OrderNo, Timestamp};

text_column!(PayStatus);

row! {
    /// What stands beside an order.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OrderFacts {
        /// The order.
        pub order_no: OrderNo,
        /// Who charged.
        pub member_id: Option<i64>,
        /// Their number.
        pub member_phone: Option<String>,
        /// Where.
        pub station_id: Option<i64>,
        /// Where, for people.
        pub station: Option<String>,
        /// Whose place it is.
        pub owner_org_id: Option<i64>,
        /// The same, for people.
        pub owner: Option<String>,
        /// The company that pays.
        pub company_id: Option<i64>,
        /// The same, for people.
        pub company: Option<String>,
        /// How it is paid; none: a third party bills it.
        pub pay_mode: Option<String>,
        /// Where its money is.
        pub pay_status: Option<PayStatus>,
        /// What promotions, the coupon and points took off.
        pub discount_fen: Fen,
        /// What was to be paid.
        pub payable_fen: Fen,
        /// Of it in cash.
        pub paid_cash_fen: Fen,
        /// Of it out of gifts.
        pub paid_gift_fen: Fen,
        /// Given back after the bill.
        pub refunded_fen: Fen,
        /// Who looked at it, where it was something to look at.
        pub handled_by: Option<String>,
        /// When they did.
        pub handled_at: Option<Timestamp>,
        /// What came of it.
        pub handled_note: Option<String>,
    }
}

row! {
    /// What somebody earns by an order, all its shares that stand together.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PayeeShare {
        /// The order.
        pub order_no: OrderNo,
        /// Who.
        pub payee_org_id: i64,
        /// The same, for people.
        pub payee: Option<String>,
        /// As what: `platform`, `merchant`, `agent`.
        pub payee_type: String,
        /// How much.
        pub amount_fen: Fen,
    }
}

/// What stands beside these orders, in no order.
pub async fn of(conn: Conn<'_>, orders: &[OrderNo]) -> Result<Vec<OrderFacts>> {
    static FACTS: Batch<1> = Batch::new(
        "select o.order_no, o.member_id, p.phone as member_phone, o.station_id, \
         s.name as station, w.id as owner_org_id, w.name as owner, o.company_id, c.name as company, \
         o.pay_mode, o.pay_status, o.discount_fen, o.payable_fen, o.paid_cash_fen, \
         o.paid_gift_fen, coalesce(m.refunded_fen, 0) as refunded_fen, \
         h.handled_by, h.handled_at, h.note as handled_note \
         from {rows} join orders o on o.order_no = v.order_no \
         left join order_money m on m.order_no = o.order_no \
         left join order_handlings h on h.order_no = o.order_no \
         and h.about = coalesce(o.abnormal_reason, '') \
         left join members p on p.id = o.member_id left join stations s on s.id = o.station_id \
         left join orgs w on w.path = o.org_path left join orgs c on c.id = o.company_id",
        [("order_no", Kind::Text)],
    );
    let rows: Vec<_> = orders.iter().map(|order| [order.cell()]).collect();
    FACTS.all(conn, &rows).await
}

/// What those whom somebody sees earn by these orders.
pub async fn payees(conn: Conn<'_>, orders: &[OrderNo], scope: &Scope) -> Result<Vec<PayeeShare>> {
    static PAYEES: Batch<2> = Batch::new(
        "select e.order_no, e.payee_org_id, min(g.name) as payee, e.payee_type, \
         cast(sum(e.amount_fen) as bigint) as amount_fen \
         from {rows} join commission_entries e on e.order_no = v.order_no \
         join orgs g on g.id = e.payee_org_id \
         where e.state <> 'reversed' and (v.path is null or g.path like v.path) \
         group by e.order_no, e.payee_org_id, e.payee_type \
         order by e.order_no, e.payee_type, e.payee_org_id",
        [("order_no", Kind::Text), ("path", Kind::Text)],
    );
    let path = scope.path().map(|path| format!("{path}%"));
    let rows: Vec<_> = orders
        .iter()
        .map(|order| [order.cell(), path.cell()])
        .collect();
    PAYEES.all(conn, &rows).await
}
