use super::Conn;
use crate::Result;
use crate::query_times::Timed;
use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite, Transaction};

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
            Self::Pg(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Undoes it now rather than some time after its drop.
    pub async fn rollback(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Pg(tx) => tx.rollback().await?,
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
