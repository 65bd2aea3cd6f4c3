//! Writing.

use crate::db::{Batch, Cell, Kind, ToCell, row};
use crate::{Conn, Result, StoreError};
use domain::ledger::{Account, Journal, Line};
use kernel::{Fen, Timestamp};
use std::collections::BTreeMap;

/// Rows in which a busy account is kept.
const STRIPES: u64 = 16;

/// What became of journals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// They are written; journals whose keys were known are left out of the count.
    Done {
        /// How many were new.
        journals: usize,
    },
    /// An account does not hold enough. The transaction has to be rolled back: decisions are made
    /// on locked accounts, so that this is a fault of ours or a race that was lost.
    Short {
        /// Its code.
        account: String,
        /// What it would hold.
        balance: Fen,
    },
}

row! {
    struct Held {
        pub code: String,
        pub balance_fen: Fen,
    }
}

row! {
    struct Inserted {
        pub id: i64,
        pub key: String,
    }
}

/// Locks accounts until the transaction ends; what they hold, in the given order. Accounts that
/// have never been posted to hold nothing and cannot be locked: nobody can take from them. Busy
/// accounts are not for decisions.
pub async fn lock(conn: Conn<'_>, accounts: &[Account]) -> Result<Vec<Fen>> {
    static READ: Batch<1> = Batch::new(
        "select code, balance_fen from ledger_accounts \
         where code in (select code from {rows}) and stripe = 0",
        [("code", Kind::Text)],
    );
    // Rows are locked as they leave the sort: in one order for everybody.
    static LOCK: Batch<1> = Batch::new(
        "select code, balance_fen from ledger_accounts \
         where code in (select code from {rows}) and stripe = 0 order by code for update",
        [("code", Kind::Text)],
    );
    let codes: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    let rows: Vec<[Cell<'_>; 1]> = codes.iter().map(|code| [code.cell()]).collect();
    let statement = if conn.is_postgres() { &LOCK } else { &READ };
    let held: Vec<Held> = statement.all(conn, &rows).await?;
    let balance = |code: &String| {
        let row = held.iter().find(|row| row.code == *code);
        row.map_or(Fen::ZERO, |row| row.balance_fen)
    };
    Ok(codes.iter().map(balance).collect())
}

/// Posts journals, each once by its key, all or none.
///
/// # Errors
/// [`StoreError::Other`] for a journal that does not balance: a fault of ours. The
/// transaction has to be rolled back then, as after [`Posted::Short`].
pub async fn post(
    mut conn: Conn<'_>,
    journals: &[Journal],
    actor: &str,
    now: Timestamp,
) -> Result<Posted> {
    let moving: Vec<&Journal> = journals
        .iter()
        .filter(|journal| !journal.is_empty())
        .collect();
    for journal in &moving {
        journal
            .check()
            .map_err(|fault| StoreError::Other(Box::new(fault)))?;
    }
    let written = insert(conn.again(), &moving, actor, now).await?;
    if written.is_empty() {
        return Ok(Posted::Done { journals: 0 });
    }
    let stripe = stripe_of(&written[0].1.key);
    let after = match move_balances(conn.again(), &written, stripe, now).await? {
        Ok(after) => after,
        Err(short) => return Ok(short),
    };
    write_lines(conn, &written, after).await?;
    Ok(Posted::Done {
        journals: written.len(),
    })
}

/// The rows of those whose keys were not known, in the given order.
async fn insert<'a>(
    conn: Conn<'_>,
    journals: &[&'a Journal],
    actor: &str,
    now: Timestamp,
) -> Result<Vec<(i64, &'a Journal)>> {
    static JOURNALS: Batch<10> = Batch::new(
        "insert into journals (event_type, biz_no, idempotency_key, posted_at, actor, memo, \
         reversal_of, document_no, value_at) \
         select event_type, biz_no, key, posted_at, actor, memo, \
         (select id from journals where idempotency_key = v.reverses), document_no, value_at \
         from {rows} where true order by position \
         on conflict (idempotency_key) do nothing returning id, idempotency_key as key",
        [
            ("position", Kind::Int),
            ("event_type", Kind::Text),
            ("biz_no", Kind::Text),
            ("key", Kind::Text),
            ("posted_at", Kind::Time),
            ("actor", Kind::Text),
            ("memo", Kind::Text),
            ("reverses", Kind::Text),
            ("document_no", Kind::Text),
            ("value_at", Kind::Time),
        ],
    );
    if journals.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<[Cell<'_>; 10]> = (0..)
        .zip(journals)
        .map(|(position, journal)| {
            let moved = journal.moved.as_ref();
            [
                Cell::Int(position),
                Cell::Text(journal.kind.as_str().into()),
                journal.biz_no.cell(),
                journal.key.cell(),
                now.cell(),
                Cell::Text(actor.into()),
                optional(journal.memo.as_deref()),
                optional(journal.reverses.as_deref()),
                optional(moved.map(|moved| moved.document_no.as_str())),
                moved.map_or(Cell::Null(Kind::Time), |moved| Cell::Time(moved.at)),
            ]
        })
        .collect();
    let new: Vec<Inserted> = JOURNALS.all(conn, &rows).await?;
    let mut ids: BTreeMap<String, i64> = new.into_iter().map(|row| (row.key, row.id)).collect();
    // A key that is given twice is one journal: the first.
    let written = journals.iter().copied().filter_map(|journal| {
        let id = ids.remove(&journal.key)?;
        Some((id, journal))
    });
    Ok(written.collect())
}

fn optional(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::Null(Kind::Text), |text| Cell::Text(text.into()))
}

/// Which row of a busy account takes the movements of these journals.
fn stripe_of(key: &str) -> i16 {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    i16::try_from((hash >> 17) % STRIPES).unwrap_or(0)
}

/// Balances of the accounts afterwards, where they are kept in one row.
type After = BTreeMap<Account, Fen>;

async fn move_balances(
    conn: Conn<'_>,
    written: &[(i64, &Journal)],
    stripe: i16,
    now: Timestamp,
) -> Result<Result<After, Posted>> {
    static MOVE: Batch<8> = Batch::new(
        "insert into ledger_accounts (code, stripe, type, owner_org_id, member_id, \
         allow_negative, balance_fen, updated_at) \
         select code, stripe, type, owner_org_id, member_id, allow_negative, delta, at \
         from {rows} where true on conflict (code, stripe) do update set \
         balance_fen = ledger_accounts.balance_fen + excluded.balance_fen, \
         updated_at = excluded.updated_at \
         returning code, balance_fen",
        [
            ("code", Kind::Text),
            ("stripe", Kind::Int),
            ("type", Kind::Text),
            ("owner_org_id", Kind::Int),
            ("member_id", Kind::Int),
            ("allow_negative", Kind::Bool),
            ("delta", Kind::Int),
            ("at", Kind::Time),
        ],
    );
    let mut deltas: BTreeMap<String, (&Account, Fen)> = BTreeMap::new();
    for line in written.iter().flat_map(|(_, journal)| &journal.lines) {
        let entry = deltas
            .entry(line.account.to_string())
            .or_insert((&line.account, Fen::ZERO));
        entry.1 = entry.1 + line.effect();
    }
    // An account that money only passes through need not be touched; a first posting must make
    // its row all the same.
    deltas.retain(|_, (account, delta)| *delta != Fen::ZERO || !account.is_busy());
    let rows: Vec<[Cell<'_>; 8]> = deltas
        .iter()
        .map(|(code, (account, delta))| {
            let stripe = if account.is_busy() { stripe } else { 0 };
            [
                code.cell(),
                Cell::Int(i64::from(stripe)),
                account.kind().as_str().cell(),
                account
                    .org()
                    .map(|org| org.0)
                    .map_or(Cell::Null(Kind::Int), Cell::Int),
                account
                    .member()
                    .map(|id| id.0)
                    .map_or(Cell::Null(Kind::Int), Cell::Int),
                Cell::Bool(account.may_be_negative()),
                delta.cell(),
                now.cell(),
            ]
        })
        .collect();
    let moved: Vec<Held> = MOVE.all(conn, &rows).await?;
    let mut after = After::new();
    for row in moved {
        let Some((account, _)) = deltas.get(&row.code) else {
            continue;
        };
        if row.balance_fen < Fen::ZERO && !account.may_be_negative() {
            return Ok(Err(Posted::Short {
                account: row.code,
                balance: row.balance_fen,
            }));
        }
        if !account.is_busy() {
            after.insert((*account).clone(), row.balance_fen);
        }
    }
    Ok(Ok(after))
}

async fn write_lines(conn: Conn<'_>, written: &[(i64, &Journal)], mut after: After) -> Result<()> {
    static LINES: Batch<6> = Batch::new(
        "insert into journal_lines (journal_id, seq, account, side, amount_fen, balance_fen) \
         select journal_id, seq, account, side, amount_fen, balance_fen from {rows} where true",
        [
            ("journal_id", Kind::Int),
            ("seq", Kind::Int),
            ("account", Kind::Text),
            ("side", Kind::Text),
            ("amount_fen", Kind::Int),
            ("balance_fen", Kind::Int),
        ],
    );
    let mut rows: Vec<[Cell<'_>; 6]> = Vec::new();
    // Backwards, because what is known is what each account holds at the end.
    for (id, journal) in written.iter().rev() {
        for (seq, line) in journal.lines.iter().enumerate().rev() {
            let balance = after.get_mut(&line.account).map(|held| {
                let then = *held;
                *held = *held - line.effect();
                then
            });
            rows.push(line_cells(*id, seq, line, balance));
        }
    }
    LINES.execute(conn, &rows).await?;
    Ok(())
}

fn line_cells(id: i64, seq: usize, line: &Line, balance: Option<Fen>) -> [Cell<'static>; 6] {
    [
        Cell::Int(id),
        Cell::Int(i64::try_from(seq).unwrap_or(i64::MAX)),
        Cell::Text(line.account.to_string().into()),
        Cell::Text(line.side.as_str().into()),
        Cell::Int(line.amount.0),
        balance.map_or(Cell::Null(Kind::Int), |fen| Cell::Int(fen.0)),
    ]
}
