//! Databases for tests: a file of its own for SQLite, a database of its own on a PostgreSQL
//! server. Every test body runs on both: see [`both_engines!`](crate::both_engines).

mod server;

pub use server::PgServer;

use anyhow::{Context, Result};
use sqlx::{Connection, Executor, PgConnection};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use store::{Db, DbOptions};
use tokio::sync::OnceCell;

/// Names the server that tests use. Unset: every test process starts one of its own.
pub const PG_URL_VARIABLE: &str = "OPENPILE_TEST_PG";

/// Connections of one test's database: many tests share a server of some hundred.
const PG_CONNECTIONS: u32 = 8;

const SQLITE_FILE: &str = "openpile.db";

/// Held on the server while a template is made.
const TEMPLATE_LOCK: i64 = 0x6f70_656e_7069_6c65;

/// A fresh, migrated database that goes away with the test.
#[derive(Debug)]
pub struct TestDb {
    /// The database.
    pub db: Db,
    target: String,
    rest: Rest,
}

/// What is left to clean up.
#[derive(Debug)]
enum Rest {
    Folder(PathBuf),
    Database { server: String, name: String },
}

impl TestDb {
    /// A SQLite file in a temporary folder, copied from a migrated template.
    pub async fn sqlite() -> Result<Self> {
        let folder = fresh_folder()?;
        write_migrated_sqlite(&folder.join(SQLITE_FILE)).await?;
        Self::on_file(folder).await
    }

    /// The same without any table.
    pub async fn empty_sqlite() -> Result<Self> {
        Self::on_file(fresh_folder()?).await
    }

    async fn on_file(folder: PathBuf) -> Result<Self> {
        let target = folder.join(SQLITE_FILE).display().to_string();
        let db = Db::connect(&target).await?;
        Ok(Self {
            db,
            target,
            rest: Rest::Folder(folder),
        })
    }

    /// A database on the PostgreSQL server, copied from a migrated template.
    pub async fn postgres() -> Result<Self> {
        let server = server_url().await?;
        let template = template(&server).await?;
        Self::on_server(server, Some(&template)).await
    }

    /// A database on the PostgreSQL server without any table.
    pub async fn empty_postgres() -> Result<Self> {
        Self::on_server(server_url().await?, None).await
    }

    async fn on_server(server: String, template: Option<&str>) -> Result<Self> {
        let name = format!("openpile_test_{}", unique());
        create_database(&server, &name, template).await?;
        let target = with_database(&server, &name);
        let db = Db::connect_with(&pg_options(&target)).await?;
        Ok(Self {
            db,
            target,
            rest: Rest::Database { server, name },
        })
    }

    /// The path or URL, for a program under test that opens the same database.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Closes and removes the database. Without it a failed test leaves it to be looked at.
    pub async fn remove(self) -> Result<()> {
        self.db.close().await;
        match &self.rest {
            Rest::Folder(folder) => std::fs::remove_dir_all(folder)?,
            Rest::Database { server, name } => {
                let mut admin = PgConnection::connect(server).await?;
                let sql = format!("drop database if exists {name} with (force)");
                admin.execute(sqlx::AssertSqlSafe(sql)).await?;
                admin.close().await?;
            }
        }
        Ok(())
    }
}

/// How tests open a PostgreSQL database.
pub fn pg_options(target: &str) -> DbOptions {
    DbOptions {
        pg_connections: PG_CONNECTIONS,
        ..DbOptions::new(target)
    }
}

/// `base` with another database name.
pub fn with_database(base: &str, name: &str) -> String {
    let (address, query) = base
        .split_once('?')
        .map_or((base, None), |(address, query)| (address, Some(query)));
    let after_scheme = address.find("://").map_or(0, |at| at + 3);
    let host_end = address[after_scheme..]
        .find('/')
        .map_or(address.len(), |at| after_scheme + at);
    let mut url = format!("{}/{name}", &address[..host_end]);
    if let Some(query) = query {
        url.push('?');
        url.push_str(query);
    }
    url
}

/// The server's administrative URL. Fails, loudly, when there is no PostgreSQL: a test that
/// silently runs on half of the engines proves half.
pub async fn server_url() -> Result<String> {
    static SERVER: OnceCell<PgServer> = OnceCell::const_new();
    if let Ok(url) = std::env::var(PG_URL_VARIABLE) {
        return Ok(url);
    }
    let server = SERVER
        .get_or_try_init(|| async {
            tokio::task::spawn_blocking(PgServer::start)
                .await
                .context("starting PostgreSQL")?
        })
        .await
        .with_context(|| {
            format!("tests need PostgreSQL: install it, or point {PG_URL_VARIABLE} at a server")
        })?;
    Ok(server.url().to_owned())
}

fn fresh_folder() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("openpile-test-{}", unique()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Writes a migrated SQLite database without any row to `path`. The schema is made once in a
/// process: to make it anew takes a tenth of a second, and there are many tests.
pub async fn write_migrated_sqlite(path: &Path) -> Result<()> {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let template = TEMPLATE
        .get_or_try_init(|| async {
            let draft = TestDb::empty_sqlite().await?;
            draft.db.migrate().await?;
            // The last connection takes the write-ahead log into the file.
            draft.db.close().await;
            let bytes = std::fs::read(draft.target())?;
            draft.remove().await?;
            anyhow::Ok(bytes)
        })
        .await?;
    std::fs::write(path, template)?;
    Ok(())
}

/// Name of a migrated database on the server, made when it is not there yet. It is made under
/// another name and renamed when it is complete, so that no process copies half a schema.
async fn template(server: &str) -> Result<String> {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    TEMPLATE
        .get_or_try_init(|| async {
            let name = format!("openpile_template_{}", store::schema_fingerprint());
            let mut admin = PgConnection::connect(server)
                .await
                .context("connecting to the test server")?;
            sqlx::query("select pg_advisory_lock($1)")
                .bind(TEMPLATE_LOCK)
                .execute(&mut admin)
                .await?;
            let known: Option<i32> =
                sqlx::query_scalar("select 1 from pg_database where datname = $1")
                    .bind(&name)
                    .fetch_optional(&mut admin)
                    .await?;
            if known.is_none() {
                let draft = format!("openpile_draft_{}", unique());
                create_database(server, &draft, None).await?;
                let db = Db::connect_with(&pg_options(&with_database(server, &draft))).await?;
                db.migrate().await?;
                db.close().await;
                let rename = format!("alter database {draft} rename to {name}");
                admin.execute(sqlx::AssertSqlSafe(rename)).await?;
            }
            // Ends the lock too.
            admin.close().await?;
            anyhow::Ok(name)
        })
        .await
        .cloned()
}

async fn create_database(server: &str, name: &str, template: Option<&str>) -> Result<()> {
    let mut admin = PgConnection::connect(server)
        .await
        .context("connecting to the test server")?;
    let mut sql = format!("create database {name}");
    if let Some(template) = template {
        sql.push_str(" template ");
        sql.push_str(template);
    }
    admin.execute(sqlx::AssertSqlSafe(sql)).await?;
    admin.close().await?;
    Ok(())
}

/// A name that neither another test nor an earlier run has used.
fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let random = RandomState::new().build_hasher().finish();
    format!("{}_{random:016x}_{count}", std::process::id())
}

/// Runs test bodies on both engines: each becomes a module with the tests `sqlite` and
/// `postgres`. The body gets the database; when it returns, the database is removed.
///
/// ```text
/// testkit::both_engines! {
///     /// What it shows.
///     async fn a_device_is_found_by_its_id(db: &store::Db) {
///         …
///     }
/// }
/// ```
#[macro_export]
macro_rules! both_engines {
    ($(
        $(#[$outer:meta])*
        async fn $name:ident($db:ident: &$type:ty) $body:block
    )*) => {$(
        $(#[$outer])*
        mod $name {
            use super::*;

            async fn body($db: &$type) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let test = $crate::db::TestDb::sqlite().await.expect("a SQLite file");
                body(&test.db).await;
                test.remove().await.expect("the file is removed");
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let test = $crate::db::TestDb::postgres().await.expect("a PostgreSQL database");
                body(&test.db).await;
                test.remove().await.expect("the database is dropped");
            }
        }
    )*};
}

/// Writes a test for each engine that measures and decides nothing: it runs only when it is asked
/// for (`-- --ignored --nocapture`).
#[macro_export]
macro_rules! measured_on_both_engines {
    ($measured:path) => {
        #[tokio::test(flavor = "multi_thread")]
        #[ignore = "measures; it decides nothing"]
        async fn on_sqlite() {
            let test = $crate::db::TestDb::sqlite().await.expect("a SQLite file");
            $measured(&test.db).await;
            test.remove().await.expect("the file is removed");
        }

        #[tokio::test(flavor = "multi_thread")]
        #[ignore = "measures; it decides nothing"]
        async fn on_postgres() {
            let test = $crate::db::TestDb::postgres()
                .await
                .expect("a PostgreSQL database");
            $measured(&test.db).await;
            test.remove().await.expect("the database is dropped");
        }
    };
}

/// Runs statements as somebody at the database's own console would: for breaking what the program
/// relies on.
pub async fn run_sql(db: &store::Db, sql: &str) -> Result<()> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match db {
        store::Db::Sqlite { write, .. } => {
            sqlx::raw_sql(sql).execute(write).await?;
        }
        store::Db::Pg(database) => {
            sqlx::raw_sql(sql).execute(&database.pool()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_database_is_the_only_part_that_changes() {
        for (base, expected) in [
            ("postgres://u@h:1", "postgres://u@h:1/x"),
            ("postgres://u@h:1/old", "postgres://u@h:1/x"),
            ("postgres://u@h/old?a=b", "postgres://u@h/x?a=b"),
        ] {
            assert_eq!(with_database(base, "x"), expected);
        }
    }
}
