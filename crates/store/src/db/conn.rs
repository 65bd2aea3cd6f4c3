use super::cell::Cell;
use super::postgres::answered;
use super::row::FromRow;
use crate::Result;
use crate::query_times::Timed;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{PgConnection, SqlSafeStr, SqliteConnection};

/// A connection lent for some statements; what every repository function takes first, so that
/// a caller composes several of them in one transaction.
///
/// It cannot be copied. A function that needs it more than once lends it on with
/// [`Conn::again`].
#[derive(Debug)]
pub enum Conn<'c> {
    /// SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// PostgreSQL.
    Pg(&'c mut PgConnection),
}

/// Runs an expression with the connection of whichever engine is there; the statement's text is
/// written once.
macro_rules! on {
    ($conn:expr, $cells:expr, $connection:ident, $arguments:ident => $body:expr) => {{
        let _timed = Timed::begin();
        let outcome: sqlx::Result<_> = match $conn {
            Conn::Sqlite($connection) => {
                let $arguments = sqlite_arguments($cells).map_err(sqlx::Error::Encode)?;
                async { $body }.await
            }
            Conn::Pg($connection) => {
                let $arguments = postgres_arguments($cells).map_err(sqlx::Error::Encode)?;
                answered(async { $body }).await
            }
        };
        Ok(outcome?)
    }};
}

fn sqlite_arguments(cells: &[Cell<'_>]) -> Result<SqliteArguments, BoxDynError> {
    let mut arguments = SqliteArguments::default();
    for cell in cells {
        cell.add_to_sqlite(&mut arguments)?;
    }
    Ok(arguments)
}

fn postgres_arguments(cells: &[Cell<'_>]) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    for cell in cells {
        cell.add_to_postgres(&mut arguments)?;
    }
    Ok(arguments)
}

impl Conn<'_> {
    /// The same connection, lent for a shorter time.
    pub fn again(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(connection) => Conn::Sqlite(connection),
            Self::Pg(connection) => Conn::Pg(connection),
        }
    }

    /// Whether the engine is PostgreSQL.
    pub const fn is_postgres(&self) -> bool {
        matches!(self, Self::Pg(_))
    }

    /// The statement for this engine, where one text will not do: row locks, which SQLite's
    /// exclusive write transaction makes needless, and catalogues.
    pub(crate) const fn choose(
        &self,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Pg(_) => postgres,
        }
    }

    /// Runs a statement; how many rows it touched.
    pub(crate) async fn execute(self, sql: impl SqlSafeStr, cells: &[Cell<'_>]) -> Result<u64> {
        on!(self, cells, connection, arguments => {
            let done = sqlx::query_with(sql, arguments).execute(connection).await?;
            Ok(done.rows_affected())
        })
    }

    /// The first row, if there is one.
    pub(crate) async fn optional<T: FromRow>(
        self,
        sql: impl SqlSafeStr,
        cells: &[Cell<'_>],
    ) -> Result<Option<T>> {
        on!(self, cells, connection, arguments => {
            let row = sqlx::query_with(sql, arguments).fetch_optional(connection).await?;
            row.as_ref().map(T::from_row).transpose()
        })
    }

    /// The same as [`Self::one`], planned for these values: the best way to some rows is the worst
    /// to others, and a plan for all of them is neither.
    pub(crate) async fn one_anew<T: FromRow>(
        self,
        sql: impl SqlSafeStr,
        cells: &[Cell<'_>],
    ) -> Result<T> {
        on!(self, cells, connection, arguments => {
            let query = sqlx::query_with(sql, arguments).persistent(false);
            let row = query.fetch_one(connection).await?;
            T::from_row(&row)
        })
    }

    /// The same as [`Self::all`], planned for these values.
    pub(crate) async fn all_anew<T: FromRow>(
        self,
        sql: impl SqlSafeStr,
        cells: &[Cell<'_>],
    ) -> Result<Vec<T>> {
        on!(self, cells, connection, arguments => {
            let rows = sqlx::query_with(sql, arguments).persistent(false);
            let rows = rows.fetch_all(connection).await?;
            rows.iter().map(T::from_row).collect()
        })
    }

    /// The row of a statement that always has one.
    pub(crate) async fn one<T: FromRow>(
        self,
        sql: impl SqlSafeStr,
        cells: &[Cell<'_>],
    ) -> Result<T> {
        on!(self, cells, connection, arguments => {
            let row = sqlx::query_with(sql, arguments).fetch_one(connection).await?;
            T::from_row(&row)
        })
    }

    /// All rows.
    pub(crate) async fn all<T: FromRow>(
        self,
        sql: impl SqlSafeStr,
        cells: &[Cell<'_>],
    ) -> Result<Vec<T>> {
        on!(self, cells, connection, arguments => {
            let rows = sqlx::query_with(sql, arguments).fetch_all(connection).await?;
            rows.iter().map(T::from_row).collect()
        })
    }
}
