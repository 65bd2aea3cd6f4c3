//! `companies`: what has been agreed with companies that pay for their people.

use crate::db::{Scalar, args, row};
use crate::{Conn, Result};
use kernel::{Fen, OrgId, Timestamp};

row! {
    /// A row of `companies`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Company {
        /// The organisation.
        pub org_id: i64,
        /// The contract's number.
        pub contract_no: Option<String>,
        /// Most that it may owe; nothing: prepaid only.
        pub credit_limit_fen: Fen,
        /// Day of the month on which it is billed.
        pub bill_day: i16,
        /// Most that one of its members may charge for in a day.
        pub member_daily_fen: Option<Fen>,
        /// Stations at which it pays; empty: everywhere.
        pub stations: serde_json::Value,
        /// What it pays of the service fee, 1/10000; none: all.
        pub service_price_bp: Option<i32>,
    }
}

macro_rules! columns {
    () => {
        "org_id, contract_no, credit_limit_fen, bill_day, member_daily_fen, stations, \
         service_price_bp"
    };
}

/// The contract of a company.
pub async fn find(conn: Conn<'_>, org: OrgId) -> Result<Option<Company>> {
    conn.optional(
        concat!("select ", columns!(), " from companies where org_id = $1"),
        args![org.0],
    )
    .await
}

/// The contract of a company, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, org: OrgId) -> Result<Option<Company>> {
    let sql = conn.choose(
        concat!("select ", columns!(), " from companies where org_id = $1"),
        concat!(
            "select ",
            columns!(),
            " from companies where org_id = $1 for update"
        ),
    );
    conn.optional(sql, args![org.0]).await
}

/// Writes a contract.
pub async fn put(conn: Conn<'_>, company: &Company, now: Timestamp) -> Result<()> {
    conn.execute(
        "insert into companies (org_id, contract_no, credit_limit_fen, bill_day, \
         member_daily_fen, stations, service_price_bp, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
         on conflict (org_id) do update set contract_no = excluded.contract_no, \
         credit_limit_fen = excluded.credit_limit_fen, bill_day = excluded.bill_day, \
         member_daily_fen = excluded.member_daily_fen, stations = excluded.stations, \
         service_price_bp = excluded.service_price_bp, updated_at = excluded.updated_at",
        args![
            company.org_id,
            company.contract_no,
            company.credit_limit_fen,
            company.bill_day,
            company.member_daily_fen,
            company.stations,
            company.service_price_bp,
            now
        ],
    )
    .await?;
    Ok(())
}

/// How many members a company pays for.
pub async fn members_of(conn: Conn<'_>, org: OrgId) -> Result<i64> {
    let Scalar(count) = conn
        .one(
            "select count(*) as value from members where company_id = $1 and deleted_at is null",
            args![org.0],
        )
        .await?;
    Ok(count)
}

/// How many vehicles a company pays for.
pub async fn vehicles_of(conn: Conn<'_>, org: OrgId) -> Result<i64> {
    let Scalar(count) = conn
        .one(
            "select count(*) as value from vehicles where company_id = $1 and deleted_at is null",
            args![org.0],
        )
        .await?;
    Ok(count)
}
