//! Charges that were started with cards, and what their payers held before and after (卡充电单).

use crate::db::row;
use crate::paging::{Listing, Page, PageRequest, Sort, Whose};
use crate::{Conn, Result};
use domain::order::OrderStatus;
use domain::org::Scope;
use kernel::{Energy, Fen, OrderNo, Timestamp};

row! {
    /// A charge that was started with a card.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CardOrder {
        /// Its number.
        pub order_no: OrderNo,
        /// The card.
        pub card_no: String,
        /// Who has it.
        pub holder: Option<String>,
        /// Where.
        pub station_id: Option<i64>,
        /// Where, for people.
        pub station: Option<String>,
        /// What was charged.
        pub energy_e4: Energy,
        /// What it cost at list price; none: no bill yet.
        pub final_amount: Option<Fen>,
        /// What the payer paid of it.
        pub payable_fen: Fen,
        /// What the payer's pockets held before; none: it has none, or nothing was billed.
        pub payer_before_fen: Option<Fen>,
        /// What they held afterwards.
        pub payer_after_fen: Option<Fen>,
        /// How the order is paid.
        pub pay_mode: Option<String>,
        /// Its state.
        pub status: OrderStatus,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it ended.
        pub end_time: Option<Timestamp>,
    }
}

/// Which of them a list shows.
#[derive(Clone, Debug, Default)]
pub struct CardOrderFilter {
    /// With this card.
    pub card_no: Option<String>,
    /// At this station.
    pub station: Option<i64>,
    /// In this state.
    pub status: Option<OrderStatus>,
    /// Made from then on.
    pub from: Option<Timestamp>,
    /// Made before then.
    pub until: Option<Timestamp>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// The orders of the list.
pub const SORT: Sort = Sort(&[
    ("-created_at", "o.id desc"),
    ("created_at", "o.id"),
    ("-kwh", "o.energy_e4 desc, o.id desc"),
    ("-final_amount_fen", "o.final_amount desc, o.id desc"),
]);

const COLUMNS: &str = "o.order_no, o.card_no, c.holder, d.station_id, s.name as station, \
     o.energy_e4, o.final_amount, coalesce(o.payable_fen, 0) as payable_fen, \
     m.payer_before_fen, m.payer_after_fen, o.pay_mode, o.status, o.created_at, o.end_time";
const TABLES: &str = "orders o left join order_money m on m.order_no = o.order_no \
     left join devices d on d.id = o.device_id left join stations s on s.id = d.station_id \
     left join cards c on c.card_no = o.card_no and c.deleted_at is null";
/// An order whose owner was not written down belongs to the owner of its device.
const VISIBLE: &str = "(o.org_path like {path} or o.operator_path like {path} \
     or (o.org_path is null and (d.org_path like {path} or d.operator_path like {path})))";

/// A page of them, newest first unless another order is asked for.
pub async fn list(
    conn: Conn<'_>,
    filter: &CardOrderFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<CardOrder>> {
    Listing::of(COLUMNS, TABLES)
        .only("o.card_no is not null", true)
        .within(
            Whose::from(VISIBLE).at("d.station_id in ({stations})"),
            &filter.scope,
        )
        .narrow("o.card_no =", filter.card_no.as_ref())
        .narrow("d.station_id =", filter.station.as_ref())
        .narrow("o.status =", filter.status.as_ref())
        .narrow("o.created_at >=", filter.from.as_ref())
        .narrow("o.created_at <", filter.until.as_ref())
        .page(conn, SORT.clause(sort).unwrap_or("o.id desc"), page)
        .await
}
