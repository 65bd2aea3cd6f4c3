//! Rules by which bills are shared, and what came of them.

use crate::db::{Batch, Cell, Columns, FromRow, Kind, Scalar, args, from_json, row, text_column};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result, StoreError};
use domain::commission::{CommissionRule, Entry, FeeType, Payee};
use domain::org::Scope;
use domain::settlement::Place;
use kernel::{Fen, OrderNo, OrgId, Timestamp};

text_column!(FeeType);

/// The platform's row in `orgs`.
pub const PLATFORM: OrgId = OrgId(1);

/// A row of `commission_rules`.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleRow {
    /// Its row.
    pub id: i64,
    /// `station`, `merchant`, `default`.
    pub scope: String,
    /// The station or merchant.
    pub scope_id: Option<i64>,
    /// What it says.
    pub terms: CommissionRule,
    /// From when on.
    pub effective_at: Timestamp,
    /// Who wrote it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when, if it was taken away.
    pub ended_at: Option<Timestamp>,
}

impl FromRow for RuleRow {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let terms = from_json(row, "terms")?;
        Ok(Self {
            id: row.get("id")?,
            scope: row.get("scope")?,
            scope_id: row.get("scope_id")?,
            terms: terms.ok_or_else(|| sqlx::Error::ColumnNotFound("terms".to_owned()))?,
            effective_at: row.get("effective_at")?,
            created_by: row.get("created_by")?,
            created_at: row.get("created_at")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, scope, scope_id, terms, effective_at, created_by, created_at, ended_at"
    };
}

/// The rule for a place at an instant: the station's before its merchant's before the default;
/// of several the one that came into force last.
pub async fn rule_for(
    conn: Conn<'_>,
    place: &Place,
    at: Timestamp,
) -> Result<Option<CommissionRule>> {
    let row: Option<RuleRow> = conn
        .optional(
            concat!(
                "select ",
                columns!(),
                " from commission_rules where effective_at <= $1 \
                 and (ended_at is null or ended_at > $1) \
                 and ((scope = 'station' and scope_id = $2) \
                 or (scope = 'merchant' and scope_id = $3) or scope = 'default') \
                 order by case scope when 'station' then 0 when 'merchant' then 1 else 2 end, \
                 effective_at desc, id desc limit 1"
            ),
            args![at, place.station, place.owner.map(|org| org.0)],
        )
        .await?;
    Ok(row.map(|row| row.terms))
}

/// Adds a rule.
pub async fn insert_rule(
    conn: Conn<'_>,
    scope: &str,
    scope_id: Option<i64>,
    terms: &CommissionRule,
    effective_at: Timestamp,
    actor: &str,
    now: Timestamp,
) -> Result<i64> {
    let terms = serde_json::to_value(terms).map_err(|fault| StoreError::Other(Box::new(fault)))?;
    let Scalar(id) = conn
        .one(
            "insert into commission_rules \
             (scope, scope_id, terms, effective_at, created_by, created_at) \
             values ($1, $2, $3, $4, $5, $6) returning id as value",
            args![scope, scope_id, terms, effective_at, actor, now],
        )
        .await?;
    Ok(id)
}

/// One rule, ended or not.
pub async fn find_rule(conn: Conn<'_>, id: i64) -> Result<Option<RuleRow>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from commission_rules where id = $1"
        ),
        args![id],
    )
    .await
}

/// Ends a rule. False when there is none, or it has ended.
pub async fn end_rule(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update commission_rules set ended_at = $2 where id = $1 and ended_at is null",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// A page of rules, newest first.
pub async fn list_rules(
    conn: Conn<'_>,
    scope: Option<&str>,
    page: PageRequest,
) -> Result<Page<RuleRow>> {
    let scope = scope.map(str::to_owned);
    Listing::of(columns!(), "commission_rules")
        .narrow("scope =", scope.as_ref())
        .page(conn, "id desc", page)
        .await
}

row! {
    /// A share as it was written down.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct EntryRow {
        /// Its row.
        pub id: i64,
        /// Of which order.
        pub order_no: String,
        /// Of which settlement of it.
        pub round: i32,
        /// Whose.
        pub payee_org_id: i64,
        /// `platform`, `merchant`, `agent`.
        pub payee_type: String,
        /// `elec`, `service`, `reserve`, `occupancy`.
        pub fee_type: String,
        /// Of an agent.
        pub level: Option<i16>,
        /// What the rate was applied to.
        pub base_fen: Fen,
        /// The rate in 1/10000.
        pub rate_bp: i32,
        /// The share.
        pub amount_fen: Fen,
        /// `pending`, `available`, `reversed`.
        pub state: String,
        /// When it becomes payable.
        pub mature_at: Option<Timestamp>,
        /// When it was earned.
        pub created_at: Timestamp,
    }
}

const ENTRY_COLUMNS: &str = "id, order_no, round, payee_org_id, payee_type, fee_type, level, \
     base_fen, rate_bp, amount_fen, state, mature_at, created_at";

/// Writes the shares of a settlement. Those of the platform are its own at once.
pub async fn insert_entries(
    conn: Conn<'_>,
    order_no: &str,
    round: i32,
    entries: &[Entry],
    place: &Place,
    mature_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    static ENTRIES: Batch<12> = Batch::new(
        "insert into commission_entries (order_no, round, payee_org_id, payee_type, \
         fee_type, level, base_fen, rate_bp, amount_fen, state, mature_at, created_at) \
         select order_no, round, payee_org_id, payee_type, fee_type, level, base_fen, rate_bp, \
         amount_fen, state, mature_at, created_at from {rows} where true",
        [
            ("order_no", Kind::Text),
            ("round", Kind::Int),
            ("payee_org_id", Kind::Int),
            ("payee_type", Kind::Text),
            ("fee_type", Kind::Text),
            ("level", Kind::Int),
            ("base_fen", Kind::Int),
            ("rate_bp", Kind::Int),
            ("amount_fen", Kind::Int),
            ("state", Kind::Text),
            ("mature_at", Kind::Time),
            ("created_at", Kind::Time),
        ],
    );
    let rows: Vec<[Cell<'_>; 12]> = entries
        .iter()
        .map(|entry| {
            let (org, kind) = payee_of(entry, place);
            let platform = kind == "platform";
            let matures = mature_at.filter(|_| !platform);
            [
                Cell::Text(order_no.into()),
                Cell::Int(i64::from(round)),
                Cell::Int(org.0),
                Cell::Text(kind.into()),
                Cell::Text(entry.fee_type.as_str().into()),
                entry
                    .level
                    .map_or(Cell::Null(Kind::Int), |level| Cell::Int(i64::from(level))),
                Cell::Int(entry.base.0),
                Cell::Int(i64::from(entry.rate_bp.0)),
                Cell::Int(entry.amount.0),
                Cell::Text(if platform { "available" } else { "pending" }.into()),
                matures.map_or(Cell::Null(Kind::Time), Cell::Time),
                Cell::Time(now),
            ]
        })
        .collect();
    ENTRIES.execute(conn, &rows).await?;
    Ok(())
}

/// Who a payee is, and as what they earn.
fn payee_of(entry: &Entry, place: &Place) -> (OrgId, &'static str) {
    match entry.payee {
        Payee::Platform => (PLATFORM, "platform"),
        Payee::Org(org) if Some(org) != place.owner && place.agents.contains(&org) => {
            (org, "agent")
        }
        Payee::Org(org) => (org, "merchant"),
    }
}

/// Takes back the shares of an order that were not taken back before.
pub async fn reverse_entries(conn: Conn<'_>, order_no: OrderNo) -> Result<u64> {
    conn.execute(
        "update commission_entries set state = 'reversed', mature_at = null \
         where order_no = $1 and state <> 'reversed'",
        args![order_no],
    )
    .await
}

/// Whether what a party earned by an order is payable by now.
pub async fn is_mature(conn: Conn<'_>, order_no: impl AsRef<str>, payee: OrgId) -> Result<bool> {
    let Scalar(pending): Scalar<i64> = conn
        .one(
            "select count(*) as value from commission_entries \
             where order_no = $1 and payee_org_id = $2 and state = 'pending'",
            args![order_no.as_ref(), payee.0],
        )
        .await?;
    Ok(pending == 0)
}

/// A party gives back part of what it earned: a share of less than nothing, which is payable when
/// the others are.
pub async fn insert_return(
    conn: Conn<'_>,
    order_no: impl AsRef<str>,
    payee: OrgId,
    fee_type: FeeType,
    amount: Fen,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into commission_entries (order_no, round, payee_org_id, payee_type, fee_type, \
         level, base_fen, rate_bp, amount_fen, state, mature_at, created_at) \
         select order_no, round, payee_org_id, payee_type, fee_type, null, 0, 0, $4, state, \
         mature_at, $5 from commission_entries where order_no = $1 and payee_org_id = $2 \
         and fee_type = $3 and state <> 'reversed' order by id limit 1",
        args![order_no.as_ref(), payee.0, fee_type.as_str(), -amount, now],
    )
    .await?;
    Ok(())
}

/// What a party still has of an order by kind of fee.
pub async fn earned(
    conn: Conn<'_>,
    order_no: impl AsRef<str>,
    payee: OrgId,
) -> Result<Vec<(FeeType, Fen)>> {
    row! {
        struct ByFee {
            pub fee_type: FeeType,
            pub amount_fen: Fen,
        }
    }
    let rows: Vec<ByFee> = conn
        .all(
            "select fee_type, cast(sum(amount_fen) as bigint) as amount_fen \
             from commission_entries where order_no = $1 and payee_org_id = $2 \
             and state <> 'reversed' group by fee_type order by fee_type",
            args![order_no.as_ref(), payee.0],
        )
        .await?;
    let pair = |row: ByFee| (row.fee_type, row.amount_fen);
    Ok(rows.into_iter().map(pair).collect())
}

/// The bill is final: its shares become payable then.
pub async fn schedule(conn: Conn<'_>, order_no: OrderNo, mature_at: Timestamp) -> Result<u64> {
    conn.execute(
        "update commission_entries set mature_at = $2 \
         where order_no = $1 and state = 'pending' and mature_at is null",
        args![order_no, mature_at],
    )
    .await
}

row! {
    /// What becomes payable to one party.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Maturing {
        /// Whose.
        pub payee_org_id: i64,
        /// `merchant`, `agent`.
        pub payee_type: String,
        /// How much.
        pub amount_fen: Fen,
        /// The last of the shares.
        pub last_id: i64,
    }
}

/// Marks shares that have become payable, at most `limit`; what they come to per party.
pub async fn mature(conn: Conn<'_>, now: Timestamp, limit: u32) -> Result<Vec<Maturing>> {
    row! {
        struct One {
            pub id: i64,
            pub payee_org_id: i64,
            pub payee_type: String,
            pub amount_fen: Fen,
        }
    }
    let sql = conn.choose(
        "update commission_entries set state = 'available' where id in (select id \
         from commission_entries where state = 'pending' and mature_at <= $1 \
         order by mature_at limit $2) returning id, payee_org_id, payee_type, amount_fen",
        "update commission_entries set state = 'available' where id in (select id \
         from commission_entries where state = 'pending' and mature_at <= $1 \
         order by mature_at limit $2 for update skip locked) \
         returning id, payee_org_id, payee_type, amount_fen",
    );
    let rows: Vec<One> = conn.all(sql, args![now, limit]).await?;
    let mut parties: Vec<Maturing> = Vec::new();
    for row in rows {
        let same = parties.iter_mut().find(|party| {
            party.payee_org_id == row.payee_org_id && party.payee_type == row.payee_type
        });
        match same {
            Some(party) => {
                party.amount_fen = party.amount_fen + row.amount_fen;
                party.last_id = party.last_id.max(row.id);
            }
            None => parties.push(Maturing {
                payee_org_id: row.payee_org_id,
                payee_type: row.payee_type,
                amount_fen: row.amount_fen,
                last_id: row.id,
            }),
        }
    }
    parties.sort_by_key(|party| party.payee_org_id);
    Ok(parties)
}

/// A page of shares, newest first.
pub async fn list_entries(
    conn: Conn<'_>,
    scope: &Scope,
    payee: Option<OrgId>,
    order_no: Option<&str>,
    state: Option<&str>,
    page: PageRequest,
) -> Result<Page<EntryRow>> {
    let payee = payee.map(|org| org.0);
    let order_no = order_no.map(str::to_owned);
    let state = state.map(str::to_owned);
    Listing::of(ENTRY_COLUMNS, "commission_entries")
        .within(
            "payee_org_id in (select o.id from orgs o where o.path like {path})",
            scope,
        )
        .narrow("payee_org_id =", payee.as_ref())
        .narrow("order_no =", order_no.as_ref())
        .narrow("state =", state.as_ref())
        .page(conn, "id desc", page)
        .await
}

/// The shares of an order that stand.
pub async fn entries_of(conn: Conn<'_>, order_no: OrderNo) -> Result<Vec<EntryRow>> {
    conn.all(
        "select id, order_no, round, payee_org_id, payee_type, fee_type, level, base_fen, \
         rate_bp, amount_fen, state, mature_at, created_at from commission_entries \
         where order_no = $1 and state <> 'reversed' order by id",
        args![order_no],
    )
    .await
}
