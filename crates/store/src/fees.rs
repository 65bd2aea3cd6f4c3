//! `fees`: what somebody here pays beside a charge.

use crate::db::{Columns, FromRow, args, from_json, parsed};
use crate::{Conn, Result, StoreError};
use domain::commission::FeeType;
use domain::ledger::postings::Share;
use domain::payer::Payer;
use domain::settlement::Place;
use kernel::{Fen, OrgId, Timestamp};
use serde::Serialize;

/// A row of `fees`.
#[derive(Clone, Debug, PartialEq)]
pub struct Fee {
    /// The number of the occupancy or reservation.
    pub fee_no: String,
    /// What it is for.
    pub kind: FeeType,
    /// Who pays.
    pub payer: Payer,
    /// Where.
    pub place: Place,
    /// Where it is in its life.
    pub state: FeeState,
    /// How often anything was posted for it.
    pub round: i32,
    /// Held before it is due.
    pub held: Fen,
    /// Paid at once.
    pub paid: Fen,
    /// Owed when it was due, less what has been forgiven.
    pub owed: Fen,
    /// Given back since, forgiven debts among it.
    pub returned: Fen,
    /// Who earned it.
    pub shares: Vec<Share>,
    /// What they have given back.
    pub given_back: Vec<Share>,
}

impl Fee {
    /// What could still go back.
    pub fn left(&self) -> Fen {
        self.shares.iter().map(|share| share.amount).sum::<Fen>() - self.returned
    }
}

/// Where a fee is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeeState {
    /// Its money is held.
    Held,
    /// It is paid or owed, and shared.
    Charged,
    /// It is not due after all.
    Released,
}

impl FeeState {
    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Charged => "charged",
            Self::Released => "released",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Held, Self::Charged, Self::Released]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

impl FromRow for Fee {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let missing = |column: &str| sqlx::Error::ColumnNotFound(column.to_owned());
        let owner: Option<i64> = row.get("owner_org_id")?;
        let agents: Option<Vec<i64>> = from_json(row, "agents")?;
        Ok(Self {
            fee_no: row.get("fee_no")?,
            kind: parsed(row, "kind", FeeType::parse)?.ok_or_else(|| missing("kind"))?,
            payer: from_json(row, "payer")?.ok_or_else(|| missing("payer"))?,
            place: Place {
                station: row.get("station_id")?,
                owner: owner.map(OrgId),
                agents: agents.unwrap_or_default().into_iter().map(OrgId).collect(),
            },
            state: parsed(row, "state", FeeState::parse)?.ok_or_else(|| missing("state"))?,
            round: row.get("round")?,
            held: row.get("held_fen")?,
            paid: row.get("paid_fen")?,
            owed: row.get("owed_fen")?,
            returned: row.get("returned_fen")?,
            shares: from_json(row, "shares")?.unwrap_or_default(),
            given_back: from_json(row, "returned")?.unwrap_or_default(),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select fee_no, kind, payer, station_id, owner_org_id, agents, state, round, held_fen, \
             paid_fen, owed_fen, returned_fen, shares, returned from fees where ",
            $rest
        )
    };
}

fn json(value: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|fault| StoreError::Other(Box::new(fault)))
}

/// Writes a fee as it is now.
pub async fn put(conn: Conn<'_>, fee: &Fee, now: Timestamp) -> Result<()> {
    let agents: Vec<i64> = fee.place.agents.iter().map(|org| org.0).collect();
    let card_no = match &fee.payer {
        Payer::Card { card_no, .. } => Some(card_no.as_str()),
        _ => None,
    };
    conn.execute(
        "insert into fees (fee_no, kind, payer, member_id, company_id, card_no, station_id, \
         owner_org_id, agents, state, round, held_fen, paid_fen, owed_fen, returned_fen, shares, \
         returned, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
         $12, $13, $14, $15, $16, $17, $18, $18) on conflict (fee_no) do update set \
         state = excluded.state, round = excluded.round, held_fen = excluded.held_fen, \
         paid_fen = excluded.paid_fen, owed_fen = excluded.owed_fen, \
         returned_fen = excluded.returned_fen, shares = excluded.shares, \
         returned = excluded.returned, updated_at = excluded.updated_at",
        args![
            fee.fee_no,
            fee.kind.as_str(),
            json(&fee.payer)?,
            fee.payer.member().map(|id| id.0),
            fee.payer.company().map(|id| id.0),
            card_no,
            fee.place.station,
            fee.place.owner.map(|id| id.0),
            json(&agents)?,
            fee.state.as_str(),
            fee.round,
            fee.held,
            fee.paid,
            fee.owed,
            fee.returned,
            json(&fee.shares)?,
            json(&fee.given_back)?,
            now
        ],
    )
    .await?;
    Ok(())
}

/// A fee, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, fee_no: &str) -> Result<Option<Fee>> {
    let sql = conn.choose(select!("fee_no = $1"), select!("fee_no = $1 for update"));
    conn.optional(sql, args![fee_no]).await
}

/// A fee.
pub async fn find(conn: Conn<'_>, fee_no: &str) -> Result<Option<Fee>> {
    conn.optional(select!("fee_no = $1"), args![fee_no]).await
}
