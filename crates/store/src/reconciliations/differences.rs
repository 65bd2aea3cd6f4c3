use crate::db::{args, row, text_column};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::reconcile::{Flaw, MovementKind};
use kernel::{Fen, Timestamp};

text_column! { Flaw MovementKind }

row! {
    /// Something about a day in which statement and books differ, or differed.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DifferenceRow {
        /// Its row.
        pub id: i64,
        /// Of which channel.
        pub channel: String,
        /// Of which day.
        pub day: String,
        /// How they differ.
        pub flaw: Flaw,
        /// About what.
        pub kind: MovementKind,
        /// Our number of it; empty where it is about the whole day.
        pub document_no: String,
        /// The channel's number of it.
        pub channel_no: Option<String>,
        /// What the statement says.
        pub their_fen: Fen,
        /// What the books say.
        pub our_fen: Fen,
        /// `open`, `repaired`, `resolved`, `gone`.
        pub state: String,
        /// What became of it, in words.
        pub note: Option<String>,
        /// Who resolved it.
        pub decided_by: Option<String>,
        /// When.
        pub decided_at: Option<Timestamp>,
        /// When it was found.
        pub created_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, channel, day, flaw, kind, document_no, channel_no, their_fen, our_fen, state, note, \
         decided_by, decided_at, created_at"
    };
}

/// A difference that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDifference {
    /// How they differ.
    pub flaw: Flaw,
    /// About what.
    pub kind: MovementKind,
    /// Our number of it; empty where it is about the whole day.
    pub document_no: String,
    /// The channel's number of it.
    pub channel_no: Option<String>,
    /// What the statement says.
    pub their: Fen,
    /// What the books say.
    pub ours: Fen,
    /// Nothing is left to do: the books say the same now.
    pub repaired: bool,
    /// What was done, in words.
    pub note: Option<String>,
}

/// Writes a difference, or what is known of it now. What somebody resolved stays resolved as long
/// as the figures are the same.
pub async fn put_difference(
    conn: Conn<'_>,
    channel: &str,
    day: &str,
    new: &NewDifference,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into reconciliation_differences (channel, day, flaw, kind, document_no, \
         channel_no, their_fen, our_fen, state, note, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) \
         on conflict (channel, day, flaw, kind, document_no) do update set \
         channel_no = excluded.channel_no, their_fen = excluded.their_fen, \
         our_fen = excluded.our_fen, updated_at = excluded.updated_at, \
         note = case when reconciliation_differences.state = 'resolved' \
         then reconciliation_differences.note else excluded.note end, \
         state = case when excluded.state = 'open' \
         and reconciliation_differences.state in ('resolved', 'repaired') \
         and reconciliation_differences.their_fen = excluded.their_fen \
         and reconciliation_differences.our_fen = excluded.our_fen \
         then reconciliation_differences.state else excluded.state end",
        args![
            channel,
            day,
            new.flaw.as_str(),
            new.kind.as_str(),
            new.document_no,
            new.channel_no,
            new.their,
            new.ours,
            if new.repaired { "repaired" } else { "open" },
            new.note,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Marks the open differences of a day that were not found again. Money that went into suspense
/// is not found again, because it is booked now, and has to be looked at all the same.
pub async fn forget_others(
    mut conn: Conn<'_>,
    channel: &str,
    day: &str,
    found: &[NewDifference],
    now: Timestamp,
) -> Result<()> {
    let open = open_of_day(conn.again(), channel, day).await?;
    let lost = open.iter().filter(|row| {
        let stays = matches!(row.flaw, Flaw::MissingHere | Flaw::AmountDiffers);
        !stays
            && !found.iter().any(|new| {
                new.flaw == row.flaw && new.kind == row.kind && new.document_no == row.document_no
            })
    });
    for row in lost {
        conn.again()
            .execute(
                "update reconciliation_differences set state = 'gone', updated_at = $2 \
                 where id = $1",
                args![row.id, now],
            )
            .await?;
    }
    Ok(())
}

/// What is open of a day.
pub async fn open_of_day(conn: Conn<'_>, channel: &str, day: &str) -> Result<Vec<DifferenceRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from reconciliation_differences \
             where channel = $1 and day = $2 and state = 'open' order by id"
        ),
        args![channel, day],
    )
    .await
}

/// A difference, locked until the transaction ends.
pub async fn lock_difference(conn: Conn<'_>, id: i64) -> Result<Option<DifferenceRow>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from reconciliation_differences where id = $1"
        ),
        concat!(
            "select ",
            columns!(),
            " from reconciliation_differences where id = $1 for update"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Somebody has looked at it. False when it is not open.
pub async fn decide(conn: Conn<'_>, id: i64, note: &str, by: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update reconciliation_differences set state = 'resolved', note = $2, \
             decided_by = $3, decided_at = $4, updated_at = $4 where id = $1 and state = 'open'",
            args![id, note, by, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Which differences a list shows.
#[derive(Clone, Debug, Default)]
pub struct DifferenceFilter {
    /// Of this channel.
    pub channel: Option<String>,
    /// Of this day.
    pub day: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// Of this kind.
    pub flaw: Option<Flaw>,
    /// About this number of ours.
    pub document_no: Option<String>,
}

/// A page of differences, newest first.
pub async fn list_differences(
    conn: Conn<'_>,
    filter: &DifferenceFilter,
    page: PageRequest,
) -> Result<Page<DifferenceRow>> {
    let flaw = filter.flaw.map(Flaw::as_str);
    Listing::of(columns!(), "reconciliation_differences")
        .narrow("channel =", filter.channel.as_ref())
        .narrow("day =", filter.day.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("flaw =", flaw.as_ref())
        .narrow("document_no =", filter.document_no.as_ref())
        .page(conn, "id desc", page)
        .await
}
