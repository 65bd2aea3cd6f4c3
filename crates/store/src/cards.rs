//! `cards`: who may charge by a card at the device.

use crate::db::{Columns, FromRow, Scalar, args, parsed};
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result};
use domain::card::{Card, CardAccount, CardStatus, chip_key};
use domain::org::Scope;
use kernel::{Fen, MemberId, OrgId, Timestamp};

/// A row of `cards`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRow {
    /// Its row.
    pub id: i64,
    /// What decides about a charge.
    pub card: Card,
    /// Who has it.
    pub holder: Option<String>,
    /// That person's telephone.
    pub phone: Option<String>,
    /// Free text.
    pub remark: Option<String>,
    /// Path of whose it is; none: the platform's.
    pub org_path: Option<String>,
    /// When it was handed in.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A card as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardLine {
    /// The card.
    pub row: CardRow,
    /// What a stored card holds; none: it holds no money of its own.
    pub balance: Option<Fen>,
    /// When a charge was last started with it.
    pub last_used_at: Option<Timestamp>,
}

impl FromRow for CardLine {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            row: CardRow::from_row(row)?,
            balance: row.get("balance_fen")?,
            last_used_at: row.get("last_used_at")?,
        })
    }
}

/// What an operator writes about a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardEntry {
    /// What decides about a charge.
    pub card: Card,
    /// Who has it.
    pub holder: Option<String>,
    /// That person's telephone.
    pub phone: Option<String>,
    /// Free text.
    pub remark: Option<String>,
}

macro_rules! columns {
    () => {
        "id, card_no, physical_no, status, password_md5, limit_fen, charge_mode, duration_sec, \
         energy_e4, offline, valid_until, station_id, holder, phone, remark, created_at, \
         updated_at, kind, member_id, company_id, daily_limit_fen, daily_times, \
         holder_member_id, org_path"
    };
}

impl FromRow for CardRow {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let duration: Option<i64> = row.get("duration_sec")?;
        Ok(Self {
            id: row.get("id")?,
            card: Card {
                card_no: row.get("card_no")?,
                physical_no: row.get("physical_no")?,
                status: parsed(row, "status", CardStatus::parse)?.unwrap_or(CardStatus::Blocked),
                password_md5: row.get("password_md5")?,
                limit: row.get("limit_fen")?,
                charge_mode: row.get("charge_mode")?,
                duration_s: duration.and_then(|seconds| u32::try_from(seconds).ok()),
                energy: row.get("energy_e4")?,
                account: account(row)?,
                holder: row.get::<Option<i64>>("holder_member_id")?.map(MemberId),
                daily_limit: row.get("daily_limit_fen")?,
                daily_times: row
                    .get::<Option<i32>>("daily_times")?
                    .and_then(|times| u32::try_from(times).ok()),
                offline: row.get("offline")?,
                valid_until: row.get("valid_until")?,
                station_id: row.get("station_id")?,
            },
            holder: row.get("holder")?,
            phone: row.get("phone")?,
            remark: row.get("remark")?,
            org_path: row.get("org_path")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

fn account(row: &impl Columns) -> sqlx::Result<CardAccount> {
    let kind: String = row.get("kind")?;
    let member: Option<i64> = row.get("member_id")?;
    let company: Option<i64> = row.get("company_id")?;
    CardAccount::read(&kind, member.map(MemberId), company.map(OrgId))
        .ok_or_else(|| sqlx::Error::ColumnNotFound("member_id".to_owned()))
}

const fn member_of(account: &CardAccount) -> Option<i64> {
    match account {
        CardAccount::Member(id) => Some(id.0),
        _ => None,
    }
}

const fn company_of(account: &CardAccount) -> Option<i64> {
    match account {
        CardAccount::Company(id) => Some(id.0),
        _ => None,
    }
}

/// The card with that printed number, as [`domain::card::plain_number`] gives it.
pub async fn find(conn: Conn<'_>, card_no: &str) -> Result<Option<CardRow>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from cards where card_no = $1 and deleted_at is null"
        ),
        args![card_no],
    )
    .await
}

/// The cards whose chip may have that number, in either byte order. More than one is older than
/// the rule that there is only one, and nobody can tell them apart.
pub async fn find_by_chip(conn: Conn<'_>, chip_key: &str) -> Result<Vec<CardRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from cards where chip_key = $1 and deleted_at is null order by id limit 2"
        ),
        args![chip_key],
    )
    .await
}

/// Adds a card.
///
/// # Errors
/// [`crate::constraint::ONE_CARD_PER_NUMBER`] is violated when the number is taken,
/// [`crate::constraint::ONE_CARD_PER_CHIP`] when that of the chip is.
pub async fn insert(conn: Conn<'_>, entry: &CardEntry, now: Timestamp) -> Result<i64> {
    let card = &entry.card;
    let chip = card.physical_no.as_deref().and_then(chip_key);
    let Scalar(id) = conn
        .one(
            "insert into cards (card_no, physical_no, chip_key, status, password_md5, limit_fen, \
             charge_mode, duration_sec, energy_e4, offline, valid_until, station_id, holder, \
             phone, remark, created_at, updated_at, kind, member_id, company_id, \
             daily_limit_fen, daily_times) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, \
             $17, $18, $19, $20, $21) \
             returning id as value",
            args![
                card.card_no,
                card.physical_no,
                chip,
                card.status.as_str(),
                card.password_md5,
                card.limit,
                card.charge_mode,
                card.duration_s,
                card.energy,
                card.offline,
                card.valid_until,
                card.station_id,
                entry.holder,
                entry.phone,
                entry.remark,
                now,
                card.account.kind(),
                member_of(&card.account),
                company_of(&card.account),
                card.daily_limit,
                card.daily_times
            ],
        )
        .await?;
    Ok(id)
}

/// Writes everything about a card but its number. False when there is none.
///
/// # Errors
/// [`crate::constraint::ONE_CARD_PER_CHIP`] is violated when the chip is that of another card.
pub async fn update(conn: Conn<'_>, entry: &CardEntry, now: Timestamp) -> Result<bool> {
    let card = &entry.card;
    let chip = card.physical_no.as_deref().and_then(chip_key);
    let changed = conn
        .execute(
            "update cards set physical_no = $2, chip_key = $3, status = $4, password_md5 = $5, \
             limit_fen = $6, charge_mode = $7, duration_sec = $8, energy_e4 = $9, offline = $10, \
             valid_until = $11, station_id = $12, holder = $13, phone = $14, remark = $15, \
             updated_at = $16, kind = $17, member_id = $18, company_id = $19, \
             daily_limit_fen = $20, daily_times = $21 \
             where card_no = $1 and deleted_at is null",
            args![
                card.card_no,
                card.physical_no,
                chip,
                card.status.as_str(),
                card.password_md5,
                card.limit,
                card.charge_mode,
                card.duration_s,
                card.energy,
                card.offline,
                card.valid_until,
                card.station_id,
                entry.holder,
                entry.phone,
                entry.remark,
                now,
                card.account.kind(),
                member_of(&card.account),
                company_of(&card.account),
                card.daily_limit,
                card.daily_times
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes down whose card it is; none: the platform's.
pub async fn set_owner(conn: Conn<'_>, card_no: &str, org_path: Option<&str>) -> Result<()> {
    conn.execute(
        "update cards set org_path = $2 where card_no = $1 and deleted_at is null",
        args![card_no, org_path],
    )
    .await?;
    Ok(())
}

/// Takes a card off the list. False when there is none.
pub async fn remove(conn: Conn<'_>, card_no: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update cards set deleted_at = $2, updated_at = $2 \
             where card_no = $1 and deleted_at is null",
            args![card_no, now],
        )
        .await?;
    Ok(changed == 1)
}

/// A page of cards, newest first, narrowed to a state or to one number.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    status: Option<CardStatus>,
    card_no: Option<&str>,
    page: PageRequest,
) -> Result<Page<CardLine>> {
    let status = status.map(CardStatus::as_str);
    let columns = concat!(
        columns!(),
        ", case kind when 'stored' then (select cast(coalesce(sum(a.balance_fen), 0) as bigint) \
         from ledger_accounts a where a.code = 'card:' || cards.card_no || ':cash') end \
         as balance_fen, (select max(o.created_at) from orders o \
         where o.card_no = cards.card_no) as last_used_at"
    );
    Listing::of(columns, "cards")
        .within(OWNED, scope)
        .only("deleted_at is null", true)
        .narrow("status =", status.as_ref())
        .narrow("card_no =", card_no.as_ref())
        .page(conn, "id desc", page)
        .await
}

/// A card, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, card_no: &str) -> Result<Option<CardRow>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from cards where card_no = $1 and deleted_at is null"
        ),
        concat!(
            "select ",
            columns!(),
            " from cards where card_no = $1 and deleted_at is null for update"
        ),
    );
    conn.optional(sql, args![card_no]).await
}

/// Writes down who holds a card.
pub async fn set_holder(
    conn: Conn<'_>,
    card_no: &str,
    holder: Option<MemberId>,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "update cards set holder_member_id = $2, updated_at = $3 \
         where card_no = $1 and deleted_at is null",
        args![card_no, holder.map(|id| id.0), now],
    )
    .await?;
    Ok(())
}

/// The cards of a member: those he holds, and those that his wallet pays for.
pub async fn of_member(conn: Conn<'_>, member: MemberId) -> Result<Vec<CardRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from cards where (holder_member_id = $1 or member_id = $1) \
             and deleted_at is null order by id limit 100"
        ),
        args![member.0],
    )
    .await
}
