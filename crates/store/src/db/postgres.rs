//! Connections to PostgreSQL. They lead to whichever of its servers is written to, and are given
//! up as a whole when it had fallen silent: what was asked over a network that was cut would
//! otherwise be waited for until the operating system gives the connection up, minutes later.

use super::servers::Servers;
use super::{Answer, DbOptions, Tx, within};
use crate::Result;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, Postgres};
use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

/// No statement of ours takes so long; a stuck one frees its connection.
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// A row lock that is not granted in that time is reported as an outage.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// The server ends a statement after [`STATEMENT_TIMEOUT`]; an answer that has not come by then is
/// not waited for any longer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(35);
/// A connection that has been idle longer is tried before it is lent.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// How often the server is asked whether it takes writes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A PostgreSQL database on one server, or on several of which one is written to. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PgDatabase(Arc<State>);

#[derive(Debug)]
struct State {
    servers: Servers,
    connections: u32,
    patience: Duration,
    present: watch::Sender<Present>,
}

/// Which server is written to, and the connections to it.
#[derive(Clone, Debug)]
struct Present {
    place: usize,
    pool: PgPool,
    /// One connection for what must not wait for the transactions on the others.
    beside: PgPool,
}

impl Present {
    /// Closes the connections when they have come back.
    async fn close(self) {
        self.beside.close().await;
        self.pool.close().await;
    }
}

pub(super) async fn connect(options: &DbOptions) -> Result<PgDatabase> {
    let servers = Servers::of(&options.target, |server| configured(server, options))?;
    let patience = options.acquire_timeout;
    let place = match servers.count() {
        1 => 0,
        // Where none takes writes now, the first one says what is the matter.
        _ => timeout(patience, servers.find())
            .await
            .ok()
            .flatten()
            .unwrap_or(0),
    };
    let server = servers.address(place);
    let pool = pool(options.pg_connections, patience)
        .connect_with(server.clone())
        .await?;
    let database = PgDatabase(Arc::new(State {
        present: watch::Sender::new(Present {
            place,
            pool,
            beside: beside(patience).connect_lazy_with(server.clone()),
        }),
        servers,
        connections: options.pg_connections,
        patience,
    }));
    tokio::spawn(follow(Arc::downgrade(&database.0)));
    Ok(database)
}

fn configured(server: PgConnectOptions, options: &DbOptions) -> PgConnectOptions {
    let read_only = if options.read_only { "on" } else { "off" };
    server
        .application_name("openpile")
        .options([
            (
                "statement_timeout",
                STATEMENT_TIMEOUT.as_millis().to_string(),
            ),
            ("lock_timeout", LOCK_TIMEOUT.as_millis().to_string()),
            (
                "synchronous_commit",
                options.durability.postgres().to_owned(),
            ),
            ("default_transaction_read_only", read_only.to_owned()),
        ])
        .disable_statement_logging()
}

fn pool(connections: u32, patience: Duration) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

fn beside(patience: Duration) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(patience)
}

impl PgDatabase {
    /// The connections that are lent now. Others stand in their place when another server has
    /// taken over, or this one had fallen silent: ask anew each time.
    pub fn pool(&self) -> PgPool {
        self.0.present().pool
    }

    pub(super) async fn begin(&self) -> Result<Tx> {
        let begin = async |present: Present| {
            let pool = present.pool;
            retry_lost(&pool, || pool.begin()).await
        };
        Ok(Tx::Pg(self.0.of_present(begin).await?))
    }

    pub(super) async fn acquire(&self) -> Result<PoolConnection<Postgres>> {
        self.0
            .of_present(async |present: Present| present.pool.acquire().await)
            .await
    }

    /// A connection for what must not wait for the transactions on the others.
    pub(crate) async fn beside(&self) -> Result<PoolConnection<Postgres>> {
        self.0
            .of_present(async |present: Present| present.beside.acquire().await)
            .await
    }

    /// A connection of its own, beside all that are lent.
    pub(super) async fn apart(&self) -> Result<PgConnection> {
        let place = self.0.present().place;
        let connecting = self.0.servers.address(place).connect();
        within(self.0.patience, connecting).await
    }

    pub(super) async fn close(&self) {
        self.0.present().close().await;
    }
}

impl State {
    fn present(&self) -> Present {
        self.present.borrow().clone()
    }

    /// Something of the present connections. Begun anew with those that take their place
    /// meanwhile: nobody waits for a server that has been given up.
    async fn of_present<T>(&self, get: impl AsyncFn(Present) -> sqlx::Result<T>) -> Result<T> {
        let mut changes = self.present.subscribe();
        within(self.patience, async {
            loop {
                let present = changes.borrow_and_update().clone();
                tokio::select! {
                    biased;
                    Ok(()) = changes.changed() => {}
                    got = get(present) => return got,
                }
            }
        })
        .await
    }

    /// New connections in place of the present ones, which are closed when they come back.
    fn turn_to(&self, place: usize) {
        let server = self.servers.address(place);
        let new = Present {
            place,
            pool: pool(self.connections, self.patience).connect_lazy_with(server.clone()),
            beside: beside(self.patience).connect_lazy_with(server.clone()),
        };
        let old = self.present.send_replace(new);
        tokio::spawn(old.close());
    }

    fn take_over(&self, old: usize, new: usize) {
        self.turn_to(new);
        metrics::counter!("openpile_database_takeovers_total").increment(1);
        let (old, new) = (self.servers.name(old), self.servers.name(new));
        info!(old, new, "another database server has taken over");
    }
}

/// Keeps the connections where writes are taken, until they are closed.
async fn follow(state: Weak<State>) {
    // Kept open, because a new connection every second costs a server more than an answer.
    let mut line: Option<PgConnection> = None;
    let mut lost_answers = false;
    loop {
        sleep(LOOK_EVERY).await;
        let Some(state) = state.upgrade() else { return };
        let present = state.present();
        if present.pool.is_closed() {
            return;
        }
        let answer = state.servers.ask(present.place, &mut line).await;
        if answer != Answer::TakesWrites {
            line = None;
            lost_answers |= answer == Answer::Silence;
            let other = state.servers.find().await;
            if let Some(place) = other.filter(|place| *place != present.place) {
                state.take_over(present.place, place);
                lost_answers = false;
            }
        } else if lost_answers {
            let server = state.servers.name(present.place);
            warn!(
                server,
                "the database was silent; old connections to it are given up"
            );
            state.turn_to(present.place);
            lost_answers = false;
        }
    }
}

/// An outcome of the server, or the error that none came.
pub(super) async fn answered<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(ANSWER_TIMEOUT, work).await.unwrap_or_else(|_| {
        let silence = std::io::Error::from(std::io::ErrorKind::TimedOut);
        Err(sqlx::Error::Io(silence))
    })
}

/// After a restart of the server every pooled connection is dead, and each is found out by using
/// it. Tries until a living one comes, at most once per connection of the pool.
async fn retry_lost<T, F>(pool: &PgPool, mut attempt: impl FnMut() -> F) -> sqlx::Result<T>
where
    F: Future<Output = sqlx::Result<T>>,
{
    for _ in 0..pool.options().get_max_connections() {
        match attempt().await {
            Err(error) if was_lost(&error) => {}
            result => return result,
        }
    }
    attempt().await
}

fn was_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(database) => {
            database.code().is_some_and(|code| code.starts_with("57P"))
        }
        _ => false,
    }
}
