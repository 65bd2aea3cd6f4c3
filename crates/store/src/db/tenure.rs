//! Who uses a database of PostgreSQL: one server alone, or the nodes of a cluster together. Two
//! servers that know nothing of each other would both command the devices and both close the day.
//!
//! Each keeps a lock of its session for as long as it runs: exclusive, or shared. The database
//! gives it back when the connection ends, however that happens.

use super::{Db, PgDatabase};
use crate::Result;
use sqlx::{Connection, PgConnection};
use std::time::Duration;
use tokio::time::timeout;

const LOCK: i64 = 7_302_619_413;

/// A host that has vanished without a word is taken for gone by the database in eleven seconds,
/// instead of hours: until then it would keep its successor out.
const NOTICED_SOON: [&str; 3] = [
    "set tcp_keepalives_idle = 5",
    "set tcp_keepalives_interval = 2",
    "set tcp_keepalives_count = 3",
];

/// A connection that does not answer for so long has ended.
const PATIENCE: Duration = Duration::from_secs(5);

/// With whom a database is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenancy {
    /// With nobody.
    Alone,
    /// With the other nodes of a cluster.
    Shared,
}

/// The right to use a database, as long as it lives.
#[derive(Debug)]
pub struct Tenure(Option<PgConnection>);

impl Db {
    /// Takes the right to use the database. None when somebody uses it who excludes that. On
    /// SQLite it goes with the data directory, and is always given.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn take(&self, tenancy: Tenancy) -> Result<Option<Tenure>> {
        match self {
            Self::Sqlite { .. } => Ok(Some(Tenure(None))),
            Self::Pg(database) => database.take(tenancy).await,
        }
    }
}

impl PgDatabase {
    async fn take(&self, tenancy: Tenancy) -> Result<Option<Tenure>> {
        let sql = match tenancy {
            Tenancy::Alone => "select pg_try_advisory_lock($1)",
            Tenancy::Shared => "select pg_try_advisory_lock_shared($1)",
        };
        // Not of the pool, whose connections come and go.
        let mut connection = self.apart().await?;
        for noticed_soon in NOTICED_SOON {
            sqlx::query(noticed_soon).execute(&mut connection).await?;
        }
        let taken = sqlx::query_scalar(sql)
            .bind(LOCK)
            .fetch_one(&mut connection)
            .await?;
        Ok(if taken {
            Some(Tenure(Some(connection)))
        } else {
            None
        })
    }
}

impl Tenure {
    /// Whether it still holds. It ends with its connection: when the database restarts, another
    /// server of it takes over, or the network is cut.
    pub async fn holds(&mut self) -> bool {
        match &mut self.0 {
            None => true,
            Some(connection) => {
                matches!(timeout(PATIENCE, connection.ping()).await, Ok(Ok(())))
            }
        }
    }
}
