//! The two databases that everything must run on.

use std::process::Command;
use std::sync::Arc;
use testkit::db::{PgServer, TestDb};

/// Which database the program under test uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database of one program under test. Removed when dropped.
pub enum Database {
    /// It lies in the program's data folder.
    Sqlite,
    /// A database of its own on the server that the tests share.
    Postgres {
        /// Its address.
        url: String,
    },
    /// A database on a server of its own, which the test may stop and start.
    OwnServer {
        /// Its address.
        url: String,
        /// The server.
        server: Arc<PgServer>,
    },
    /// A server and a replica that has each commit before it counts as done.
    Pair {
        /// The address of both.
        url: String,
        /// The one that is written to, and the one that may take over.
        servers: Arc<[PgServer; 2]>,
    },
}

impl Database {
    /// A fresh one.
    pub async fn create(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite,
            Engine::Postgres => {
                let test = TestDb::postgres()
                    .await
                    .expect("a database on the test server");
                let url = test.target().to_owned();
                test.db.close().await;
                Self::Postgres { url }
            }
        }
    }

    /// A fresh one on a fresh server.
    pub async fn on_own_server() -> Self {
        let server = tokio::task::spawn_blocking(PgServer::start).await;
        let server = server
            .expect("it does not panic")
            .expect("PostgreSQL starts");
        Self::OwnServer {
            url: server.url().to_owned(),
            server: Arc::new(server),
        }
    }

    /// A fresh one on a fresh server with a synchronous replica.
    pub async fn on_a_pair() -> Self {
        let pair = tokio::task::spawn_blocking(|| {
            let primary = PgServer::start()?;
            let replica = PgServer::replica_of(&primary)?;
            anyhow::Ok([primary, replica])
        });
        let servers = pair.await.expect("it does not panic");
        let servers = servers.expect("PostgreSQL starts");
        psql(
            servers[0].url(),
            "alter system set synchronous_standby_names = '*'",
        );
        psql(servers[0].url(), "select pg_reload_conf()");
        let [first, second] = [&servers[0], &servers[1]].map(PgServer::port);
        Self::Pair {
            url: format!("postgres://postgres@127.0.0.1:{first},127.0.0.1:{second}/postgres"),
            servers: Arc::new(servers),
        }
    }

    /// Its address, when it has one.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres { url } | Self::OwnServer { url, .. } | Self::Pair { url, .. } => {
                Some(url)
            }
        }
    }

    /// What `psql` prints for a statement, row by row; `None` on the embedded database, which
    /// has no `psql`.
    pub fn psql(&self, sql: &str) -> Option<Vec<Vec<String>>> {
        let text = psql(self.url()?, sql);
        let rows = text.lines().filter(|line| !line.is_empty());
        Some(
            rows.map(|row| row.split('|').map(str::to_owned).collect())
                .collect(),
        )
    }
}

fn psql(url: &str, sql: &str) -> String {
    let output = Command::new("psql")
        .args(["-X", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql, url])
        .env("PGTARGETSESSIONATTRS", "read-write")
        .output()
        .expect("psql is installed");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {problem}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { url } = self
            && let Some((server, name)) = url.rsplit_once('/')
        {
            let sql = format!("drop database if exists {name} with (force)");
            // A server that has gone takes its databases with it.
            let _ = Command::new("psql")
                .args(["-X", "-q", "-c", &sql, &format!("{server}/postgres")])
                .output();
        }
    }
}
