//! `order_money`: what a charge holds, has captured and has given back.

use crate::db::{Columns, FromRow, Scalar, args, from_json, row};
use crate::{Conn, Result, StoreError};
use domain::payer::{Payer, Sums};
use domain::settlement::{Place, Settled, Wishes};
use kernel::{DeviceId, Energy, Fen, MemberId, OrderId, OrderNo, OrgId, Timestamp};
use serde::Serialize;

/// A row of `order_money`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderMoney {
    /// The order.
    pub order_no: OrderNo,
    /// Whose money it costs.
    pub payer: Payer,
    /// The card that it was started with.
    pub card_no: Option<String>,
    /// Where it happens.
    pub place: Place,
    /// Where it is in its life.
    pub state: MoneyState,
    /// How often it was settled.
    pub round: i32,
    /// Held now.
    pub held: Sums,
    /// Of a company's credit.
    pub reserved: Fen,
    /// Most that it may ever hold.
    pub limit: Fen,
    /// The present settlement.
    pub settled: Option<Settled>,
    /// What the member wants to reduce the bill with.
    pub wishes: Wishes,
    /// Given back after the settlement.
    pub refunded: Fen,
    /// Energy with which it is in the sums of its member.
    pub counted: Option<Energy>,
}

/// Where the money of an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyState {
    /// Held; nothing is billed.
    Held,
    /// Billed.
    Settled,
    /// It never ran.
    Closed,
}

impl MoneyState {
    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Settled => "settled",
            Self::Closed => "closed",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Held, Self::Settled, Self::Closed]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

crate::db::text_column! { MoneyState }

impl OrderMoney {
    /// Of what a billed order held, what it did not use: free again, or on its way back through
    /// the channel.
    pub fn unused(&self) -> Fen {
        let settled = self.settled.as_ref();
        settled.map_or(Fen::ZERO, |settled| settled.released.total())
    }
}

impl FromRow for OrderMoney {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let owner: Option<i64> = row.get("owner_org_id")?;
        let agents: Option<Vec<i64>> = from_json(row, "agents")?;
        let payer = from_json(row, "payer")?;
        Ok(Self {
            order_no: row.get("order_no")?,
            payer: payer.ok_or_else(|| sqlx::Error::ColumnNotFound("payer".to_owned()))?,
            card_no: row.get("card_no")?,
            place: Place {
                station: row.get("station_id")?,
                owner: owner.map(OrgId),
                agents: agents.unwrap_or_default().into_iter().map(OrgId).collect(),
            },
            state: row.get("state")?,
            round: row.get("round")?,
            held: Sums {
                cash: row.get("held_cash_fen")?,
                gift: row.get("held_gift_fen")?,
            },
            reserved: row.get("reserved_fen")?,
            limit: row.get("limit_fen")?,
            settled: from_json(row, "settled")?,
            wishes: from_json(row, "wishes")?.unwrap_or_default(),
            refunded: row.get("refunded_fen")?,
            counted: row.get::<Option<i64>>("counted_e4")?.map(Energy),
        })
    }
}

macro_rules! columns {
    () => {
        "order_no, payer, card_no, station_id, owner_org_id, agents, state, round, \
         held_cash_fen, held_gift_fen, reserved_fen, limit_fen, settled, wishes, refunded_fen, \
         counted_e4"
    };
}

fn json(value: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|fault| StoreError::Other(Box::new(fault)))
}

/// Adds what a new order holds.
pub async fn insert(conn: Conn<'_>, money: &OrderMoney, now: Timestamp) -> Result<()> {
    let agents: Vec<i64> = money.place.agents.iter().map(|org| org.0).collect();
    conn.execute(
        "insert into order_money (order_no, payer, member_id, company_id, card_no, station_id, \
         owner_org_id, agents, state, round, held_cash_fen, held_gift_fen, reserved_fen, \
         wishes, limit_fen, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13, $14, $15, $15)",
        args![
            money.order_no,
            json(&money.payer)?,
            money.payer.member().map(|id| id.0),
            money.payer.company().map(|id| id.0),
            money.card_no,
            money.place.station,
            money.place.owner.map(|id| id.0),
            json(&agents)?,
            money.state.as_str(),
            money.held.cash,
            money.held.gift,
            money.reserved,
            json(&money.wishes)?,
            money.limit,
            now
        ],
    )
    .await?;
    Ok(())
}

/// What an order holds, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, order_no: OrderNo) -> Result<Option<OrderMoney>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from order_money where order_no = $1"
        ),
        concat!(
            "select ",
            columns!(),
            " from order_money where order_no = $1 for update"
        ),
    );
    conn.optional(sql, args![order_no]).await
}

/// What an order holds.
pub async fn find(conn: Conn<'_>, order_no: OrderNo) -> Result<Option<OrderMoney>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from order_money where order_no = $1"
        ),
        args![order_no],
    )
    .await
}

/// Writes where the money is now, also into the order's own columns.
pub async fn update(mut conn: Conn<'_>, money: &OrderMoney, now: Timestamp) -> Result<()> {
    let settled = money.settled.as_ref().map(json).transpose()?;
    conn.again()
        .execute(
            "update order_money set state = $2, round = $3, held_cash_fen = $4, \
             held_gift_fen = $5, reserved_fen = $6, settled = $7, refunded_fen = $8, \
             counted_e4 = $9, updated_at = $10 where order_no = $1",
            args![
                money.order_no,
                money.state.as_str(),
                money.round,
                money.held.cash,
                money.held.gift,
                money.reserved,
                settled,
                money.refunded,
                money.counted.map(|energy| energy.0),
                now
            ],
        )
        .await?;
    let settled = money.settled.as_ref();
    let capture = settled.map(|settled| settled.capture.clone());
    let capture = capture.unwrap_or_default();
    let discount = settled.map_or(Fen::ZERO, |settled| settled.reduced.discount);
    let status = match money.state {
        MoneyState::Held => "frozen",
        MoneyState::Closed => "released",
        MoneyState::Settled if capture.owed > Fen::ZERO => "owed",
        MoneyState::Settled => "paid",
    };
    conn.execute(
        "update orders set pay_status = $2, frozen_fen = $3, payable_fen = $4, \
         paid_cash_fen = $5, paid_gift_fen = $6, discount_fen = $7, \
         refund_fen = case when $2 <> 'released' then $8 \
         when pay_status = 'released' then refund_fen else frozen_fen end where order_no = $1",
        args![
            money.order_no,
            status,
            money.held.total(),
            capture.paid(),
            capture.held.cash,
            capture.held.gift,
            discount,
            money.unused()
        ],
    )
    .await?;
    Ok(())
}

/// Writes down what the payer's pockets held before and after the bill.
pub async fn set_pockets(
    conn: Conn<'_>,
    order_no: OrderNo,
    before: Option<Fen>,
    after: Option<Fen>,
) -> Result<()> {
    conn.execute(
        "update order_money set payer_before_fen = $2, payer_after_fen = $3 where order_no = $1",
        args![order_no, before, after],
    )
    .await?;
    Ok(())
}

row! {
    /// What an order's payer bears of its bill.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct PaidBill {
        /// The order's row.
        pub id: i64,
        /// What promotions, the coupon and points took off.
        pub discount_fen: Fen,
        /// What was to be paid.
        pub payable_fen: Fen,
        /// Of it in cash.
        pub paid_cash_fen: Fen,
        /// Of it out of gifts.
        pub paid_gift_fen: Fen,
    }
}

/// What a member bears of the bills of his orders between two rows, both included.
pub async fn paid_bills(
    conn: Conn<'_>,
    member: MemberId,
    first: OrderId,
    last: OrderId,
) -> Result<Vec<PaidBill>> {
    conn.all(
        "select id, discount_fen, payable_fen, paid_cash_fen, paid_gift_fen from orders \
         where member_id = $1 and id >= $2 and id <= $3",
        args![member.0, first, last],
    )
    .await
}

/// Whether a member has an order that was billed, but for one: what tells who is new.
pub async fn has_charged(conn: Conn<'_>, member: MemberId, but: Option<OrderNo>) -> Result<bool> {
    let found: Option<Scalar<i64>> = conn
        .optional(
            "select 1 as value from order_money \
             where member_id = $1 and state = 'settled' and order_no <> coalesce($2, '') limit 1",
            args![member.0, but],
        )
        .await?;
    Ok(found.is_some())
}

/// Credit of a company that its running orders reserve.
pub async fn reserved_by(conn: Conn<'_>, company: OrgId) -> Result<Fen> {
    let Scalar(sum) = conn
        .one(
            "select cast(coalesce(sum(reserved_fen), 0) as bigint) as value from order_money \
             where company_id = $1 and state = 'held'",
            args![company.0],
        )
        .await?;
    Ok(sum)
}

/// What a company's member has charged for on its account since then, and holds.
pub async fn used_since(
    conn: Conn<'_>,
    company: OrgId,
    member: MemberId,
    since: Timestamp,
) -> Result<Fen> {
    let Scalar(sum) = conn
        .one(
            "select cast(coalesce(sum(case m.state when 'held' \
             then m.held_cash_fen + m.reserved_fen else coalesce(o.final_amount, 0) end), 0) \
             as bigint) as value from order_money m join orders o on o.order_no = m.order_no \
             where m.company_id = $1 and m.member_id = $2 and m.created_at >= $3 \
             and m.state <> 'closed'",
            args![company.0, member.0, since],
        )
        .await?;
    Ok(sum)
}

/// What a company was billed for a member's charges.
pub async fn paid_for(conn: Conn<'_>, company: OrgId, member: MemberId) -> Result<Fen> {
    let Scalar(sum) = conn
        .one(
            "select cast(coalesce(sum(coalesce(o.final_amount, 0)), 0) as bigint) as value \
             from order_money m join orders o on o.order_no = m.order_no \
             where m.member_id = $2 and m.company_id = $1 and m.state = 'settled'",
            args![company.0, member.0],
        )
        .await?;
    Ok(sum)
}

/// Where a device stands: its station, whose that is, and the agents above.
pub async fn place_of(mut conn: Conn<'_>, device: DeviceId) -> Result<Place> {
    row! {
        struct Site {
            pub station_id: i64,
            pub owner_org_id: i64,
            pub owner_type: String,
            pub path: String,
        }
    }
    let site: Option<Site> = conn
        .again()
        .optional(
            "select s.id as station_id, s.owner_org_id, o.type as owner_type, \
             coalesce(a.path, o.path) as path \
             from devices d join stations s on s.id = d.station_id \
             join orgs o on o.id = s.owner_org_id left join orgs a on a.id = s.agent_org_id \
             where d.id = $1",
            args![device],
        )
        .await?;
    let Some(site) = site else {
        return Ok(Place::default());
    };
    let above: Vec<Scalar<i64>> = conn
        .all(
            "select id as value from orgs where type = 'agent' \
             and $1 like path || '%' order by path",
            args![site.path],
        )
        .await?;
    Ok(Place {
        station: Some(site.station_id),
        owner: (site.owner_type == "merchant").then_some(OrgId(site.owner_org_id)),
        agents: above.into_iter().map(|Scalar(id)| OrgId(id)).collect(),
    })
}
