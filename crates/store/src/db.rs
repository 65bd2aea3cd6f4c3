//! Connections: one handle over two engines.

mod batch;
mod cell;
mod conn;
mod options;
mod postgres;
mod row;
mod servers;
mod tenure;
mod tx;

pub(crate) use batch::Batch;
pub(crate) use cell::{Cell, Kind, ToCell, args};
pub use conn::Conn;
pub use options::{DbOptions, Durability};
pub use postgres::PgDatabase;
pub(crate) use row::{
    Columns, FromCell, FromRow, Scalar, from_json, parsed, row, text_column, unreadable,
};
use servers::Answer;
pub use tenure::{Tenancy, Tenure};
pub use tx::{Lease, Tx};

use crate::{Result, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection, SqlitePool};
use std::future::Future;
use std::path::Path;
use std::time::Duration;

/// How long SQLite waits for a lock that another process holds.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The write-ahead log is cut back to this size after a checkpoint.
const SQLITE_JOURNAL_SIZE_BYTES: &str = "67108864";
/// The database. Cheap to clone; all clones share the connections.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file. One connection writes, some others read beside it.
    Sqlite {
        /// Exactly one connection: SQLite has one writer, and a queue in front of it is fairer
        /// than its lock.
        write: SqlitePool,
        /// Read-only connections.
        read: SqlitePool,
        /// Longest wait for a connection.
        patience: Duration,
    },
    /// A server.
    Pg(PgDatabase),
}

impl Db {
    /// Opens `postgres://…`, or the SQLite file at that path (with or without `sqlite:` before
    /// it), with the defaults of [`DbOptions`]. The file is created when it does not exist.
    pub async fn connect(target: &str) -> Result<Self> {
        Self::connect_with(&DbOptions::new(target)).await
    }

    /// Opens the database that the options describe. Does not touch its schema: see
    /// [`Db::migrate`].
    pub async fn connect_with(options: &DbOptions) -> Result<Self> {
        if options.is_postgres() {
            postgres::connect(options).await.map(Self::Pg)
        } else {
            connect_sqlite(options).await
        }
    }

    /// Whether the engine is PostgreSQL.
    pub const fn is_postgres(&self) -> bool {
        matches!(self, Self::Pg(_))
    }

    /// `sqlite` or `postgres`, for logs and metrics.
    pub const fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Pg(_) => "postgres",
        }
    }

    /// Begins a write transaction. Dropped without [`Tx::commit`], it is rolled back. On SQLite
    /// it is the only one at that time: never wait for anything but the database inside it.
    pub async fn begin(&self) -> Result<Tx> {
        match self {
            Self::Sqlite {
                write, patience, ..
            } => {
                let begin = write.begin_with("begin immediate");
                Ok(Tx::Sqlite(within(*patience, begin).await?))
            }
            Self::Pg(database) => database.begin().await,
        }
    }

    /// A connection for reading. Each statement sees what was committed when it began.
    pub async fn view(&self) -> Result<Lease> {
        match self {
            Self::Sqlite { read, patience, .. } => {
                Ok(Lease::Sqlite(within(*patience, read.acquire()).await?))
            }
            Self::Pg(database) => Ok(Lease::Pg(database.acquire().await?)),
        }
    }

    /// A connection for writing where each statement is a transaction of its own: batches and
    /// single facts.
    pub async fn direct(&self) -> Result<Lease> {
        match self {
            Self::Sqlite {
                write, patience, ..
            } => Ok(Lease::Sqlite(within(*patience, write.acquire()).await?)),
            Self::Pg(_) => self.view().await,
        }
    }

    /// Whether the database answers and can write: takes the write lock (on SQLite) or a
    /// connection (on PostgreSQL) and gives it back.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = tx.conn().choose(
            "select 0 as value",
            "select (pg_is_in_recovery() \
             or current_setting('default_transaction_read_only')::bool)::int::bigint as value",
        );
        let Scalar::<i64>(reads_only) = tx.conn().one(sql, &[]).await?;
        tx.rollback().await?;
        if reads_only == 0 {
            Ok(())
        } else {
            Err(StoreError::Unavailable("the server only reads".into()))
        }
    }

    /// Brings the schema up to date. Safe to call on every start and from several nodes at once.
    pub async fn migrate(&self) -> Result<()> {
        crate::migrate::run(self).await
    }

    /// Brings the schema up to one of its [`crate::schema_versions`] and no further: for trying
    /// what becomes of a database of that age.
    pub async fn migrate_up_to(&self, version: i64) -> Result<()> {
        crate::migrate::run_up_to(self, version).await
    }

    /// The newest schema file that was applied; none in an empty database.
    pub async fn schema_version(&self) -> Result<Option<i64>> {
        let mut view = self.view().await?;
        crate::migrate::applied(view.conn()).await
    }

    /// Closes all connections after the statements under way; SQLite's log is folded into its
    /// file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Pg(database) => database.close().await,
        }
    }
}

/// Gives up after `patience`: a server that has stopped answering must not hold a caller.
///
/// On the heap, because the way to a connection may lead over a new one: thousands of tasks that
/// wait for the database would each hold the five kilobytes of that.
fn within<T>(
    patience: Duration,
    work: impl Future<Output = sqlx::Result<T>>,
) -> impl Future<Output = Result<T>> {
    let work = Box::pin(tokio::time::timeout(patience, work));
    async move {
        match work.await {
            Ok(result) => Ok(result?),
            Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
        }
    }
}

async fn connect_sqlite(options: &DbOptions) -> Result<Db> {
    let path = options.sqlite_path()?;
    if options.read_only {
        return open_sqlite_to_read(path, options).await;
    }
    if let Some(folder) = Path::new(path).parent()
        && !folder.as_os_str().is_empty()
    {
        std::fs::create_dir_all(folder)
            .map_err(|error| StoreError::Unavailable(Box::new(error)))?;
    }
    let file = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(SQLITE_BUSY_TIMEOUT)
        .synchronous(options.durability.sqlite())
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("journal_size_limit", SQLITE_JOURNAL_SIZE_BYTES)
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        // SQLite ends a transaction by itself when the disk is full, the driver's own count does
        // not notice and would refuse every further one: begin anew with a fresh connection.
        .before_acquire(|connection, _| {
            Box::pin(async move { Ok(!connection.is_in_transaction()) })
        })
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(file)
        .await?;
    let read = sqlite_readers(path, options);
    Ok(Db::Sqlite {
        write,
        read,
        patience: options.acquire_timeout,
    })
}

/// Both pools read: whoever writes is refused by SQLite itself.
async fn open_sqlite_to_read(path: &str, options: &DbOptions) -> Result<Db> {
    let read = sqlite_readers(path, options);
    // A file that is not there, or is no database, is found out now.
    drop(within(options.acquire_timeout, read.acquire()).await?);
    Ok(Db::Sqlite {
        write: read.clone(),
        read,
        patience: options.acquire_timeout,
    })
}

fn sqlite_readers(path: &str, options: &DbOptions) -> SqlitePool {
    let reader = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(SQLITE_BUSY_TIMEOUT)
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    SqlitePoolOptions::new()
        .max_connections(options.sqlite_readers)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(reader)
}
