use super::Conn;
use super::postgres::{LOCK_TIMEOUT, STATEMENT_TIMEOUT, answered};
use crate::Result;
use crate::query_times::Timed;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};
use std::time::Duration;

/// A write transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub enum Tx {
    /// SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// PostgreSQL.
    Pg(Transaction<'static, Postgres>),
}

impl Tx {
    /// Its connection, for one repository function.
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(tx) => Conn::Sqlite(tx),
            Self::Pg(tx) => Conn::Pg(tx),
        }
    }

    /// Makes it durable. After an [`crate::StoreError::Unavailable`] it is unknown whether it
    /// is: look before doing it again.
    pub async fn commit(self) -> Result<()> {
        let _timed = Timed::begin();
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Pg(tx) => answered(tx.commit()).await?,
        }
        Ok(())
    }

    /// Marks this point: what is written after it can be undone alone, by [`Tx::undo`]. A server
    /// gives each statement up to [`Tx::keep`] at most that much time.
    pub async fn mark(&mut self, each: Option<Duration>) -> Result<()> {
        let limits = match (each, &self) {
            (Some(each), Self::Pg(_)) => {
                let most = each.as_millis();
                format!("; set local statement_timeout = {most}; set local lock_timeout = {most}")
            }
            _ => String::new(),
        };
        self.raw(format!("savepoint beside{limits}")).await
    }

    /// Keeps what was written since [`Tx::mark`].
    pub async fn keep(&mut self) -> Result<()> {
        let limits = match self {
            Self::Sqlite(_) => String::new(),
            Self::Pg(_) => format!(
                "; set local statement_timeout = {}; set local lock_timeout = {}",
                STATEMENT_TIMEOUT.as_millis(),
                LOCK_TIMEOUT.as_millis()
            ),
        };
        self.raw(format!("release savepoint beside{limits}")).await
    }

    /// Undoes what was written since [`Tx::mark`], and the limits of time with it.
    pub async fn undo(&mut self) -> Result<()> {
        let sql = "rollback to savepoint beside; release savepoint beside";
        self.raw(sql.to_owned()).await
    }

    async fn raw(&mut self, sql: String) -> Result<()> {
        let _timed = Timed::begin();
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Sqlite(tx) => {
                sql.execute(&mut **tx).await?;
            }
            Self::Pg(tx) => {
                answered(sql.execute(&mut **tx)).await?;
            }
        }
        Ok(())
    }

    /// Undoes it now rather than some time after its drop.
    pub async fn rollback(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Pg(tx) => answered(tx.rollback()).await?,
        }
        Ok(())
    }
}

/// A connection without a transaction; goes back to its pool when dropped.
#[derive(Debug)]
pub enum Lease {
    /// SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// PostgreSQL.
    Pg(PoolConnection<Postgres>),
}

impl Lease {
    /// The connection, for one repository function.
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(connection) => Conn::Sqlite(connection),
            Self::Pg(connection) => Conn::Pg(connection),
        }
    }
}
