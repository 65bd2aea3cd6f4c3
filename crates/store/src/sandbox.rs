//! A device and what belongs to it, copied into a throw-away embedded database: for going through
//! its past once more without touching the real one.

use crate::db::{Cell, Kind, Scalar, args};
use crate::{Conn, Db, Lease, Result, StoreError};
use kernel::{CommandId, DeviceId};
use sqlx::AssertSqlSafe;
use std::borrow::Cow;

/// Rows of one table that are copied at most.
const ROWS_MAX: usize = 20_000;

/// What is copied whole: prices, places, settings. Parents before children.
const WHOLE: &[&str] = &[
    "orgs",
    "stations",
    "tariffs",
    "tariff_versions",
    "price_rules",
    "price_rule_versions",
    "price_rule_bindings",
    "sys_config",
];

/// What is copied of one device alone: table and the column that names it.
const OF_DEVICE: &[(&str, &str)] = &[
    ("devices", "id"),
    ("ports", "device_id"),
    ("gateway_sockets", "gateway_id"),
    ("device_params", "device_id"),
    ("tariff_bindings", "device_id"),
];

/// Fills an empty, migrated embedded database with a device of another one. Its ports are as if
/// nothing were known of them. Tables that do not exist are passed over.
///
/// # Errors
/// When either database fails, or a table has more rows than are copied.
pub async fn copy_device(source: &mut Lease, target: &Db, device: DeviceId) -> Result<()> {
    let mut lease = target.direct().await?;
    // Rows that the copied ones point to are left behind.
    let off = "pragma foreign_keys = off";
    lease.conn().execute(off, &[]).await?;
    for table in WHOLE {
        copy(source.conn(), lease.conn(), table, "").await?;
    }
    for (table, column) in OF_DEVICE {
        let condition = format!(" where {column} = {}", device.0);
        copy(source.conn(), lease.conn(), table, &condition).await?;
    }
    let station = "where scope = 'station' and station_id = \
                   (select d.station_id from devices d where d.id = ";
    let condition = format!(" {station}{})", device.0);
    copy(source.conn(), lease.conn(), "tariff_bindings", &condition).await?;
    let blank = "update ports set state = 'unknown', status = 0, fault_code = 0, power_w = 0, \
                 current_order_no = null";
    lease.conn().execute(blank, &[]).await?;
    Ok(())
}

/// Copies a command, to be delivered once more under its own number.
///
/// # Errors
/// When either database fails.
pub async fn copy_command(source: &mut Lease, target: &Db, id: CommandId) -> Result<()> {
    let mut lease = target.direct().await?;
    let condition = format!(" where id = {}", id.0);
    copy(source.conn(), lease.conn(), "commands", &condition).await?;
    lease
        .conn()
        .execute(
            "update commands set state = 'queued', retries = 0, sent_at = null, acked_at = null, \
             result = null, last_error = null where id = $1",
            args![id],
        )
        .await?;
    Ok(())
}

/// The number that the next command of the copy gets.
///
/// # Errors
/// When the database fails.
pub async fn number_commands(target: &Db, next: CommandId) -> Result<()> {
    let mut lease = target.direct().await?;
    let last = next.0.saturating_sub(1).max(0);
    let changed = lease
        .conn()
        .execute(
            "update sqlite_sequence set seq = $1 where name = 'commands'",
            args![last],
        )
        .await?;
    if changed == 0 {
        lease
            .conn()
            .execute(
                "insert into sqlite_sequence (name, seq) values ('commands', $1)",
                args![last],
            )
            .await?;
    }
    Ok(())
}

/// Copies rows as text, which the columns of the embedded database turn into what they are.
async fn copy(
    mut source: Conn<'_>,
    mut target: Conn<'_>,
    table: &str,
    condition: &str,
) -> Result<()> {
    let known: Vec<Scalar<String>> = target
        .again()
        .all(
            "select name as value from pragma_table_info($1) order by cid",
            args![table],
        )
        .await?;
    if known.is_empty() {
        return Ok(());
    }
    let columns: Vec<String> = known.into_iter().map(|Scalar(name)| name).collect();
    let kinds = kinds(source.again(), table).await?;
    let texts: Vec<String> = columns
        .iter()
        .map(|column| {
            let kind = kinds.iter().find(|(name, _)| name == column);
            as_text(column, kind.map(|(_, kind)| kind.as_str()))
        })
        .collect();
    // In pieces, because functions take at most a hundred arguments.
    let pieces: Vec<String> = texts
        .chunks(40)
        .map(|piece| array_of(piece, source.is_postgres()))
        .collect();
    let sql = format!(
        "select {} as value from {table}{condition} limit {}",
        array_of(&pieces, source.is_postgres()),
        ROWS_MAX + 1
    );
    let rows: Vec<Scalar<String>> = source.all(AssertSqlSafe(sql), &[]).await?;
    if rows.len() > ROWS_MAX {
        return Err(StoreError::Other(
            format!("{table} has more than {ROWS_MAX} rows").into(),
        ));
    }
    let marks: Vec<String> = (1..=columns.len()).map(|at| format!("${at}")).collect();
    let insert = format!(
        "insert or replace into {table} ({}) values ({})",
        columns.join(", "),
        marks.join(", ")
    );
    for Scalar(row) in rows {
        let pieces: Vec<Vec<Option<String>>> =
            serde_json::from_str(&row).map_err(|error| StoreError::Unreadable(Box::new(error)))?;
        let cells: Vec<Cell<'_>> = pieces
            .into_iter()
            .flatten()
            .map(|value| value.map_or(Cell::Null(Kind::Text), |text| Cell::Text(Cow::Owned(text))))
            .collect();
        target
            .again()
            .execute(AssertSqlSafe(insert.clone()), &cells)
            .await?;
    }
    Ok(())
}

/// Names and types of the columns of a server's table; empty for the embedded database, whose
/// values are texts and numbers already.
async fn kinds(conn: Conn<'_>, table: &str) -> Result<Vec<(String, String)>> {
    if !conn.is_postgres() {
        return Ok(Vec::new());
    }
    let rows: Vec<Scalar<String>> = conn
        .all(
            "select column_name || ' ' || data_type as value from information_schema.columns \
             where table_schema = current_schema() and table_name = $1",
            args![table],
        )
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|Scalar(row)| {
            let (name, kind) = row.split_once(' ')?;
            Some((name.to_owned(), kind.to_owned()))
        })
        .collect())
}

fn as_text(column: &str, kind: Option<&str>) -> String {
    match kind {
        Some("timestamp with time zone") => {
            format!("cast(cast(floor(extract(epoch from {column}) * 1000) as bigint) as text)")
        }
        Some("boolean") => format!("cast(cast({column} as integer) as text)"),
        _ => format!("cast({column} as text)"),
    }
}

fn array_of(items: &[String], postgres: bool) -> String {
    let items = items.join(", ");
    if !postgres {
        return format!("json_array({items})");
    }
    // The outer array is read as text, the inner ones are part of it.
    if items.starts_with("json_build_array") {
        format!("cast(json_build_array({items}) as text)")
    } else {
        format!("json_build_array({items})")
    }
}
