//! Many rows in one statement: arrays and `unnest` on PostgreSQL, one JSON document and
//! `json_each` on SQLite. The statement is written once, with `{rows}` where the table of the
//! given values stands; that table is called `v`.

use super::Conn;
use super::cell::{Cell, Instant, Kind};
use super::row::FromRow;
use crate::query_times::Timed;
use crate::{Result, StoreError};
use serde::{Serialize, Serializer};
use sqlx::Arguments;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// Most rows of one statement; longer lists are cut.
const ROWS_MAX: usize = 2000;

/// A statement over many rows of `N` values.
pub(crate) struct Batch<const N: usize> {
    sql: &'static str,
    columns: [(&'static str, Kind); N],
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl<const N: usize> Batch<N> {
    pub(crate) const fn new(sql: &'static str, columns: [(&'static str, Kind); N]) -> Self {
        Self {
            sql,
            columns,
            sqlite: OnceLock::new(),
            postgres: OnceLock::new(),
        }
    }

    /// Runs the statement; how many rows it touched.
    pub(crate) async fn execute(
        &'static self,
        mut conn: Conn<'_>,
        rows: &[[Cell<'_>; N]],
    ) -> Result<u64> {
        let mut touched = 0;
        for chunk in rows.chunks(ROWS_MAX) {
            let _timed = Timed::begin();
            touched += match conn.again() {
                Conn::Sqlite(connection) => sqlx::query(self.sqlite_text())
                    .bind(json_rows(chunk)?)
                    .execute(connection)
                    .await?
                    .rows_affected(),
                Conn::Pg(connection) => {
                    let arguments = self.arrays(chunk).map_err(sqlx::Error::Encode)?;
                    sqlx::query_with(self.postgres_text(), arguments)
                        .execute(connection)
                        .await?
                        .rows_affected()
                }
            };
        }
        Ok(touched)
    }

    /// Runs the statement; the rows that it returns.
    pub(crate) async fn all<T: FromRow>(
        &'static self,
        mut conn: Conn<'_>,
        rows: &[[Cell<'_>; N]],
    ) -> Result<Vec<T>> {
        let mut found = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(ROWS_MAX) {
            let _timed = Timed::begin();
            match conn.again() {
                Conn::Sqlite(connection) => {
                    let answer = sqlx::query(self.sqlite_text())
                        .bind(json_rows(chunk)?)
                        .fetch_all(connection)
                        .await?;
                    for row in &answer {
                        found.push(T::from_row(row)?);
                    }
                }
                Conn::Pg(connection) => {
                    let arguments = self.arrays(chunk).map_err(sqlx::Error::Encode)?;
                    let answer = sqlx::query_with(self.postgres_text(), arguments)
                        .fetch_all(connection)
                        .await?;
                    for row in &answer {
                        found.push(T::from_row(row)?);
                    }
                }
            }
        }
        Ok(found)
    }

    fn sqlite_text(&'static self) -> &'static str {
        self.sqlite.get_or_init(|| {
            let mut table = String::from("(select ");
            for (position, (name, kind)) in self.columns.iter().enumerate() {
                let comma = if position == 0 { "" } else { ", " };
                let value = match kind {
                    Kind::Bytes => format!("unhex(value ->> {position})"),
                    _ => format!("value ->> {position}"),
                };
                write!(table, "{comma}{value} as {name}").expect("writing to a string");
            }
            table.push_str(" from json_each($1)) as v");
            self.sql.replace("{rows}", &table)
        })
    }

    fn postgres_text(&'static self) -> &'static str {
        self.postgres.get_or_init(|| {
            let (mut table, mut arrays, mut names) =
                (String::from("(select "), String::new(), String::new());
            for (position, (name, kind)) in self.columns.iter().enumerate() {
                let comma = if position == 0 { "" } else { ", " };
                let cast = match kind {
                    Kind::Json => "::jsonb",
                    Kind::Document => "::json",
                    _ => "",
                };
                write!(table, "{comma}a{position}{cast} as {name}").expect("writing to a string");
                write!(arrays, "{comma}${}", position + 1).expect("writing to a string");
                write!(names, "{comma}a{position}").expect("writing to a string");
            }
            write!(table, " from unnest({arrays}) as u({names})) as v")
                .expect("writing to a string");
            self.sql.replace("{rows}", &table)
        })
    }

    fn arrays(&self, rows: &[[Cell<'_>; N]]) -> Result<PgArguments, BoxDynError> {
        let mut arguments = PgArguments::default();
        for (position, (_, kind)) in self.columns.iter().enumerate() {
            let column = rows.iter().map(|row| &row[position]);
            match kind {
                Kind::Int => arguments.add(column.map(int).collect::<Vec<_>>())?,
                Kind::Real => arguments.add(column.map(real).collect::<Vec<_>>())?,
                Kind::Bool => arguments.add(column.map(boolean).collect::<Vec<_>>())?,
                Kind::Time => arguments.add(column.map(instant).collect::<Vec<_>>())?,
                Kind::Bytes => arguments.add(column.map(bytes).collect::<Vec<_>>())?,
                Kind::Text | Kind::Json | Kind::Document => {
                    arguments.add(column.map(text).collect::<Vec<_>>())?;
                }
            }
        }
        Ok(arguments)
    }
}

const fn int(cell: &Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Int(value) => Some(*value),
        _ => None,
    }
}

const fn real(cell: &Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Real(value) => Some(*value),
        _ => None,
    }
}

const fn boolean(cell: &Cell<'_>) -> Option<bool> {
    match cell {
        Cell::Bool(value) => Some(*value),
        _ => None,
    }
}

const fn instant(cell: &Cell<'_>) -> Option<Instant> {
    match cell {
        Cell::Time(value) => Some(Instant(*value)),
        _ => None,
    }
}

fn text<'a>(cell: &'a Cell<'_>) -> Option<&'a str> {
    match cell {
        Cell::Text(Cow::Borrowed(value)) => Some(value),
        Cell::Text(Cow::Owned(value)) | Cell::Json(value) => Some(value),
        _ => None,
    }
}

fn bytes<'a>(cell: &'a Cell<'_>) -> Option<&'a [u8]> {
    match cell {
        Cell::Bytes(value) => Some(value),
        _ => None,
    }
}

fn json_rows<const N: usize>(rows: &[[Cell<'_>; N]]) -> Result<String> {
    let rows: Vec<&[Cell<'_>]> = rows.iter().map(<[_; N]>::as_slice).collect();
    serde_json::to_string(&rows).map_err(|error| StoreError::Other(Box::new(error)))
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null(_) => serializer.serialize_none(),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Real(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Time(value) => serializer.serialize_i64(value.0),
            // JSON columns are text on SQLite, so the document travels as a string.
            Self::Json(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_str(&hex::encode(value)),
        }
    }
}
