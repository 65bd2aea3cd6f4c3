//! `session_quality`: what was seen of each charge, and whether it kept the rules of its protocol.

use crate::db::{Batch, Kind, ToCell, args, row};
use crate::{Conn, Result};
use kernel::{DeviceId, OrderNo, Timestamp};

row! {
    /// A row of `session_quality`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SessionRow {
        /// The order.
        pub order_no: OrderNo,
        /// Its device.
        pub device_id: DeviceId,
        /// Its station; 0 is none.
        pub station_id: i64,
        /// What the device spoke.
        pub protocol: String,
        /// What the device is.
        pub model: String,
        /// What it ran.
        pub firmware: String,
        /// When it began.
        pub started_at: Timestamp,
        /// When it ended; none while it runs.
        pub ended_at: Option<Timestamp>,
        /// The day of its end in Shanghai.
        pub day: Option<String>,
        /// Reports that were due.
        pub expected: i64,
        /// Reports that came.
        pub received: i64,
        /// The last of them.
        pub last_report_at: Option<Timestamp>,
        /// Its longest silence, seconds.
        pub longest_gap_s: i64,
        /// Frames that could not be read meanwhile.
        pub bad_frames: i64,
        /// The start was answered.
        pub acked: bool,
        /// What ended it.
        pub ended_by: Option<String>,
        /// When the device's end report came.
        pub reported_at: Option<Timestamp>,
        /// That report named everything it must.
        pub complete: bool,
        /// It kept every rule; none while it runs.
        pub compliant: Option<bool>,
    }
}

/// Writes what is known of some charges. No order may be in the list twice.
pub async fn put(conn: Conn<'_>, sessions: &[SessionRow]) -> Result<u64> {
    static PUT: Batch<19> = Batch::new(
        "insert into session_quality (order_no, device_id, station_id, protocol, model, firmware, \
         started_at, ended_at, day, expected, received, last_report_at, longest_gap_s, bad_frames, \
         acked, ended_by, reported_at, complete, compliant) \
         select v.order_no, v.device_id, v.station_id, v.protocol, v.model, v.firmware, \
         v.started_at, v.ended_at, v.day, v.expected, v.received, v.last_report_at, v.longest_gap_s, \
         v.bad_frames, v.acked, v.ended_by, v.reported_at, v.complete, v.compliant \
         from {rows} where true on conflict (order_no) do update set \
         protocol = excluded.protocol, model = excluded.model, firmware = excluded.firmware, \
         ended_at = excluded.ended_at, day = excluded.day, expected = excluded.expected, \
         received = excluded.received, last_report_at = excluded.last_report_at, \
         longest_gap_s = excluded.longest_gap_s, bad_frames = excluded.bad_frames, \
         acked = excluded.acked, ended_by = excluded.ended_by, \
         reported_at = excluded.reported_at, complete = excluded.complete, \
         compliant = excluded.compliant \
         where session_quality.ended_at is null or excluded.ended_at is not null",
        [
            ("order_no", Kind::Text),
            ("device_id", Kind::Int),
            ("station_id", Kind::Int),
            ("protocol", Kind::Text),
            ("model", Kind::Text),
            ("firmware", Kind::Text),
            ("started_at", Kind::Time),
            ("ended_at", Kind::Time),
            ("day", Kind::Text),
            ("expected", Kind::Int),
            ("received", Kind::Int),
            ("last_report_at", Kind::Time),
            ("longest_gap_s", Kind::Int),
            ("bad_frames", Kind::Int),
            ("acked", Kind::Bool),
            ("ended_by", Kind::Text),
            ("reported_at", Kind::Time),
            ("complete", Kind::Bool),
            ("compliant", Kind::Bool),
        ],
    );
    let rows: Vec<_> = sessions
        .iter()
        .map(|session| {
            [
                session.order_no.cell(),
                session.device_id.cell(),
                session.station_id.cell(),
                session.protocol.cell(),
                session.model.cell(),
                session.firmware.cell(),
                session.started_at.cell(),
                session.ended_at.cell(),
                session.day.cell(),
                session.expected.cell(),
                session.received.cell(),
                session.last_report_at.cell(),
                session.longest_gap_s.cell(),
                session.bad_frames.cell(),
                session.acked.cell(),
                session.ended_by.cell(),
                session.reported_at.cell(),
                session.complete.cell(),
                session.compliant.cell(),
            ]
        })
        .collect();
    PUT.execute(conn, &rows).await
}

/// A charge that had been closed without its device's word: the report came after all. What had
/// ended it stays.
pub async fn reported_late(conn: Conn<'_>, order_no: OrderNo, at: Timestamp) -> Result<()> {
    conn.execute(
        "update session_quality set reported_at = $2 \
         where order_no = $1 and reported_at is null and ended_at is not null",
        args![order_no, at],
    )
    .await?;
    Ok(())
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select order_no, device_id, station_id, protocol, model, firmware, started_at, \
             ended_at, day, expected, received, last_report_at, longest_gap_s, bad_frames, acked, \
             ended_by, reported_at, complete, compliant from session_quality where ",
            $rest
        )
    };
}

/// The charges that ran when this was last written.
pub async fn running(conn: Conn<'_>) -> Result<Vec<SessionRow>> {
    conn.all(select!("ended_at is null order by started_at"), &[])
        .await
}

/// What is known of a charge.
pub async fn find(conn: Conn<'_>, order_no: OrderNo) -> Result<Option<SessionRow>> {
    conn.optional(select!("order_no = $1"), args![order_no])
        .await
}
