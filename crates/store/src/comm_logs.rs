//! `comm_logs`, the communication log (通讯日志): every frame in and out, and the noise of
//! strangers. It is kept by days, see [`rotate`].

use crate::db::{Batch, Cell, Kind, Scalar, ToCell, args, row};
use crate::paging::{Listing, OF_PHY_ID, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::{PhyId, Timestamp};
use std::borrow::Cow;

pub use crate::comm_days::{Day, drop_before, rotate};

/// A line to be written.
#[derive(Clone, Debug)]
pub struct CommLogEntry {
    /// When.
    pub at: Timestamp,
    /// Address of the peer, without its port.
    pub ip: String,
    /// The device, if the peer is one.
    pub phy_id: Option<PhyId>,
    /// `up` or `down`.
    pub direction: &'static str,
    /// `register`, `heartbeat`, `start`, `record`, `status`, `noise`, …
    pub kind: &'static str,
    /// Wire command as logs print it.
    pub cmd: Option<String>,
    /// Message id, where the frame has one.
    pub msg_id: Option<i64>,
    /// The bytes.
    pub raw: Box<[u8]>,
    /// What became of it.
    pub result: Option<&'static str>,
}

row! {
    /// A line of the log.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CommLog {
        /// Row id; grows with time.
        pub id: i64,
        /// When.
        pub at: Timestamp,
        /// Address of the peer.
        pub ip: String,
        /// The device, if the peer is one.
        pub phy_id: Option<PhyId>,
        /// `up` or `down`.
        pub direction: String,
        /// `register`, `heartbeat`, `start`, `record`, `status`, `noise`, …
        pub kind: String,
        /// Wire command.
        pub cmd: Option<String>,
        /// Message id.
        pub msg_id: Option<i64>,
        /// The bytes in capital hex digits.
        pub raw_hex: String,
        /// What became of it.
        pub result: Option<String>,
    }
}

/// Which lines a list shows.
#[derive(Clone, Debug, Default)]
pub struct CommLogFilter {
    /// Of this kind only.
    pub kind: Option<String>,
    /// Of this device only.
    pub phy_id: Option<PhyId>,
    /// From or to this address only.
    pub ip: Option<String>,
    /// `up` or `down` only.
    pub direction: Option<String>,
    /// At or after this instant only.
    pub from: Option<Timestamp>,
    /// Before this instant only.
    pub until: Option<Timestamp>,
    /// Of devices of these organisations only.
    pub scope: Scope,
}

/// Writes lines in one statement.
pub async fn insert_batch(conn: Conn<'_>, lines: &[CommLogEntry]) -> Result<u64> {
    static INSERT: Batch<9> = Batch::new(
        "insert into comm_logs_current (at, ip, phy_id, direction, type, cmd, msg_id, raw_hex, result) \
         select v.at, v.ip, v.phy_id, v.direction, v.kind, v.cmd, v.msg_id, v.raw_hex, v.result \
         from {rows}",
        [
            ("at", Kind::Time),
            ("ip", Kind::Text),
            ("phy_id", Kind::Text),
            ("direction", Kind::Text),
            ("kind", Kind::Text),
            ("cmd", Kind::Text),
            ("msg_id", Kind::Int),
            ("raw_hex", Kind::Text),
            ("result", Kind::Text),
        ],
    );
    let rows: Vec<_> = lines
        .iter()
        .map(|line| {
            [
                line.at.cell(),
                line.ip.cell(),
                line.phy_id.cell(),
                line.direction.cell(),
                line.kind.cell(),
                line.cmd.cell(),
                line.msg_id.cell(),
                Cell::Text(Cow::Owned(hex::encode_upper(&line.raw))),
                line.result
                    .map_or(Cell::Null(Kind::Text), |text| Cell::Text(text.into())),
            ]
        })
        .collect();
    INSERT.execute(conn, &rows).await
}

/// A page of the log, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &CommLogFilter,
    page: PageRequest,
) -> Result<Page<CommLog>> {
    Listing::of(
        "id, at, ip, phy_id, direction, type as kind, cmd, msg_id, raw_hex, result",
        "comm_logs",
    )
    .within(OF_PHY_ID, &filter.scope)
    .narrow("type =", filter.kind.as_ref())
    .narrow("phy_id =", filter.phy_id.as_ref())
    .narrow("ip =", filter.ip.as_ref())
    .narrow("direction =", filter.direction.as_ref())
    .narrow("at >=", filter.from.as_ref())
    .narrow("at <", filter.until.as_ref())
    .page(conn, "id desc", page)
    .await
}

/// Lines of one device in the order of time, after a line; for going through a stretch of it.
pub async fn stretch(
    conn: Conn<'_>,
    phy_id: &PhyId,
    from: Timestamp,
    until: Timestamp,
    after: i64,
    limit: u16,
) -> Result<Vec<CommLog>> {
    conn.all(
        "select id, at, ip, phy_id, direction, type as kind, cmd, msg_id, raw_hex, result \
         from comm_logs where phy_id = $1 and id > $4 and at >= $2 and at < $3 \
         order by id limit $5",
        args![phy_id, from, until, after, i64::from(limit)],
    )
    .await
}

/// The last frame of a kind that came from a device before a time.
pub async fn last_heard(
    conn: Conn<'_>,
    phy_id: &PhyId,
    kind: &str,
    before: Timestamp,
) -> Result<Option<CommLog>> {
    conn.optional(
        "select id, at, ip, phy_id, direction, type as kind, cmd, msg_id, raw_hex, result \
         from comm_logs where phy_id = $1 and direction = 'up' and type = $2 and at < $3 \
         order by id desc limit 1",
        args![phy_id, kind, before],
    )
    .await
}

/// When the oldest line was written that is still kept.
pub async fn oldest(conn: Conn<'_>) -> Result<Option<Timestamp>> {
    let found: Option<Scalar<Timestamp>> = conn
        .optional("select at as value from comm_logs order by id limit 1", &[])
        .await?;
    Ok(found.map(|Scalar(at)| at))
}

/// The frame that went down to a device under that message id, in capital hex digits, the first
/// within a stretch of time.
pub async fn sent_frame(
    conn: Conn<'_>,
    phy_id: &PhyId,
    msg_id: u32,
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<String>> {
    let found: Option<Scalar<String>> = conn
        .optional(
            "select raw_hex as value from comm_logs where phy_id = $1 and direction = 'down' \
             and msg_id = $2 and at >= $3 and at < $4 order by id limit 1",
            args![phy_id, msg_id, from, until],
        )
        .await?;
    Ok(found.map(|Scalar(frame)| frame))
}

/// The newest line of noise from that address by a peer that named no device of ours.
pub async fn latest_noise(conn: Conn<'_>, ip: &str) -> Result<Option<i64>> {
    let found: Option<Scalar<i64>> = conn
        .optional(
            "select id as value from comm_logs where ip = $1 and phy_id is null \
             order by id desc limit 1",
            args![ip],
        )
        .await?;
    Ok(found.map(|Scalar(id)| id))
}
