//! `order_sequences`: order numbers, unique over all nodes of an installation.

use crate::db::{args, row};
use crate::{Conn, Db, PgDatabase, Result, StoreError};
use domain::order::OrderSource;
use kernel::{OrderNo, Timestamp};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU16, Ordering};
use tokio::sync::Mutex;

/// Numbers of one second.
const PER_SECOND: u16 = 999;
/// Numbers reserved in one statement at most.
const RESERVE_MAX: u16 = 64;

row! {
    /// Where a prefix stands after a reservation.
    struct Position {
        pub unix_second: i64,
        pub last: u16,
    }
}

/// Takes `count` numbers of a prefix, 1..=64. They carry the second of `now`, or a later one
/// when that is used up: a number identifies, it is never read as a time.
///
/// On PostgreSQL the counter stays locked until the caller's transaction ends; to keep starts
/// from queueing behind each other use [`OrderNumbers`].
pub async fn reserve(
    conn: Conn<'_>,
    source: OrderSource,
    now: Timestamp,
    count: u16,
) -> Result<Vec<OrderNo>> {
    let count = count.clamp(1, RESERVE_MAX);
    let room = PER_SECOND - count;
    let position: Position = conn
        .one(
            "insert into order_sequences (prefix, unix_second, last) values ($1, $2, $3) \
             on conflict (prefix) do update set \
             unix_second = case \
                 when excluded.unix_second > order_sequences.unix_second then excluded.unix_second \
                 when order_sequences.last > $4 then order_sequences.unix_second + 1 \
                 else order_sequences.unix_second end, \
             last = case \
                 when excluded.unix_second > order_sequences.unix_second then excluded.last \
                 when order_sequences.last > $4 then excluded.last \
                 else order_sequences.last + excluded.last end \
             returning unix_second, last",
            args![source.prefix(), now.unix_seconds(), count, room],
        )
        .await?;
    (position.last + 1 - count..=position.last)
        .map(|sequence| {
            OrderNo::compose(source.prefix(), position.unix_second, sequence)
                .map_err(|error| StoreError::Other(Box::new(error)))
        })
        .collect()
}

/// Takes one number.
pub async fn next(conn: Conn<'_>, source: OrderSource, now: Timestamp) -> Result<OrderNo> {
    let mut numbers = reserve(conn, source, now, 1).await?;
    numbers.pop().ok_or_else(nothing_reserved)
}

fn nothing_reserved() -> StoreError {
    StoreError::Other("a reservation gave no number".into())
}

/// Gives order numbers to many starts at once.
///
/// On SQLite a number is taken inside the caller's transaction, which is the only one. On
/// PostgreSQL it is taken beside it, on a connection of its own: the counter is then locked for
/// one short statement, and all starts that wait at that moment share it. Numbers of starts that
/// fail are lost, which harms nobody.
#[derive(Debug)]
pub struct OrderNumbers {
    beside: Option<PgDatabase>,
    waiting: AtomicU16,
    reserved: Mutex<VecDeque<Spare>>,
}

/// A number reserved in the same statement as another's.
#[derive(Debug)]
struct Spare {
    source: OrderSource,
    second: i64,
    number: OrderNo,
}

impl OrderNumbers {
    /// For this database.
    pub fn new(db: &Db) -> Self {
        let beside = match db {
            Db::Sqlite { .. } => None,
            Db::Pg(database) => Some(database.clone()),
        };
        Self {
            beside,
            waiting: AtomicU16::new(0),
            reserved: Mutex::new(VecDeque::new()),
        }
    }

    /// Takes one number for a start that is being written on `conn`.
    pub async fn next(
        &self,
        conn: Conn<'_>,
        source: OrderSource,
        now: Timestamp,
    ) -> Result<OrderNo> {
        let Some(database) = &self.beside else {
            return next(conn, source, now).await;
        };
        let _waiting = Waiting::join(&self.waiting);
        let second = now.unix_seconds();
        let mut reserved = self.reserved.lock().await;
        // What is left of an earlier second would look like an old order.
        reserved.retain(|spare| spare.second == second);
        if let Some(place) = reserved.iter().position(|spare| spare.source == source)
            && let Some(spare) = reserved.remove(place)
        {
            return Ok(spare.number);
        }
        let count = self.waiting.load(Ordering::Relaxed);
        let mut connection = database.beside().await?;
        let mut numbers = reserve(Conn::Pg(&mut connection), source, now, count)
            .await?
            .into_iter();
        let first = numbers.next().ok_or_else(nothing_reserved)?;
        reserved.extend(numbers.map(|number| Spare {
            source,
            second,
            number,
        }));
        Ok(first)
    }
}

/// Counts a task among the waiting ones for as long as it lives, also when it is cancelled.
struct Waiting<'a>(&'a AtomicU16);

impl<'a> Waiting<'a> {
    fn join(count: &'a AtomicU16) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
