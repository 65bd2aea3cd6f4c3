//! What the database says of a device and a period.

use super::line::{self, Line};
use anyhow::{Context as _, bail};
use device::Direction;
use domain::order::Order;
use kernel::{PhyId, Timestamp};
use std::time::Duration;
use store::alarms::{self, AlarmRow};
use store::commands::{self, QueuedCommand};
use store::devices::Device;
use store::{Db, comm_logs, devices, orders};

/// Lines of one device that are gone through.
const LINES_MAX: usize = 500_000;
/// Lines that are read at once.
const PAGE: u16 = 2000;
/// Orders, commands, alarms of one device.
const ROWS_MAX: u16 = 10_000;

/// The kinds of frames that begin a connection, and that keep it.
const REGISTRATION: &str = "register";
const HEARTBEAT: &str = "heartbeat";
/// A device that has beaten so lately is connected. They are thinned out to ten minutes.
const BEATS_WITHIN: Duration = Duration::from_mins(11);

/// What is known of a device and a period.
pub(crate) struct Past {
    pub(crate) device: PhyId,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    /// Its row; none for a stranger of a capture.
    pub(crate) row: Option<Device>,
    pub(crate) lines: Vec<Line>,
    pub(crate) orders: Vec<Order>,
    pub(crate) commands: Vec<QueuedCommand>,
    pub(crate) alarms: Vec<AlarmRow>,
    /// What a reader has to know.
    pub(crate) notes: Vec<String>,
    /// Whether there is anything stored to compare with.
    pub(crate) is_stored: bool,
    /// Whether the period begins within a connection.
    pub(crate) was_connected: bool,
}

/// The row of a device.
pub(crate) async fn find(db: &Db, device: &PhyId) -> anyhow::Result<Device> {
    let mut view = db.view().await?;
    let row = devices::find_by_phy_id(view.conn(), device).await?;
    row.context("there is no such device")
}

impl Past {
    /// Reads it.
    pub(crate) async fn read(
        db: &Db,
        device: &PhyId,
        from: Timestamp,
        until: Timestamp,
    ) -> anyhow::Result<Self> {
        let row = find(db, device).await?;
        let mut lines = lines(db, device, from, until).await?;
        let mut view = db.view().await?;
        let mut notes = Vec::new();
        let oldest = comm_logs::oldest(view.conn()).await?;
        match oldest {
            Some(oldest) if oldest >= until => bail!(
                "the communication log begins at {}: this period is purged",
                super::period::text(oldest)
            ),
            Some(oldest) if oldest > from && row.created_at < oldest => notes.push(format!(
                "the communication log begins at {}: what came before is not in it",
                super::period::text(oldest)
            )),
            _ => {}
        }
        if lines.is_empty() {
            bail!("the communication log has no frame of it in this period");
        }
        let before = introduce(db, device, from, &mut lines).await?;
        let was_connected = before.is_some();
        notes.extend(before);
        let id = row.id;
        let orders = orders::of_device_between(view.conn(), id, from, until, ROWS_MAX).await?;
        let commands = commands::of_device_between(view.conn(), id, from, until, ROWS_MAX).await?;
        let alarms = alarms::of_device_between(view.conn(), id, from, until, ROWS_MAX).await?;
        for (what, count) in [("orders", orders.len()), ("commands", commands.len())] {
            if count >= usize::from(ROWS_MAX) {
                bail!("more than {ROWS_MAX} {what} in this period: choose a shorter one");
            }
        }
        Ok(Self {
            device: device.clone(),
            from,
            until,
            row: Some(row),
            lines,
            orders,
            commands,
            alarms,
            notes,
            is_stored: true,
            was_connected,
        })
    }

    /// Frames of a capture; nothing is known beside them.
    pub(crate) fn of_lines(device: PhyId, lines: Vec<Line>) -> Self {
        let first = lines.first().map_or(Timestamp(0), |line| line.at);
        let last = lines.last().map_or(first, |line| line.at);
        Self {
            device,
            from: first,
            until: Timestamp(last.0 + 1000),
            row: None,
            lines,
            orders: Vec::new(),
            commands: Vec::new(),
            alarms: Vec::new(),
            notes: vec!["times are those of the replay: the capture has none".to_owned()],
            is_stored: false,
            was_connected: false,
        }
    }

    /// The name of its protocol.
    pub(crate) fn protocol(&self) -> Option<&str> {
        self.row.as_ref().and_then(|row| row.protocol.as_deref())
    }
}

/// Where the connection was open before the period, a frame of before is put in front that says
/// whose it is: what the period's frames answer can only be sent to somebody who is there.
async fn introduce(
    db: &Db,
    device: &PhyId,
    from: Timestamp,
    lines: &mut Vec<Line>,
) -> anyhow::Result<Option<String>> {
    let Some(first) = line::heard(lines).next() else {
        return Ok(None);
    };
    if first.registers {
        return Ok(None);
    }
    let mut view = db.view().await?;
    let beat = comm_logs::last_heard(view.conn(), device, HEARTBEAT, from).await?;
    let registration = comm_logs::last_heard(view.conn(), device, REGISTRATION, from).await?;
    drop(view);
    let beat = beat.filter(|row| row.at >= from - BEATS_WITHIN);
    for row in [beat, registration].into_iter().flatten() {
        let then = row.at;
        let known = Line {
            at: from,
            ip: first.ip.clone(),
            ..read(row)?
        };
        if known.names_its_device() {
            lines.insert(0, known);
            return Ok(Some(format!(
                "the connection was open before: its frame of {} is put in front; what was sent \
                 is shown and not compared, for its numbers began with the connection",
                super::period::text(then)
            )));
        }
    }
    let lost = !first.names_its_device();
    Ok(lost.then(|| {
        "the connection was open before, and the log does not hold its registration: frames are \
         only decoded until the device registers again"
            .to_owned()
    }))
}

fn read(row: comm_logs::CommLog) -> anyhow::Result<Line> {
    let bytes = hex::decode(&row.raw_hex)
        .with_context(|| format!("line {} of the log is not readable", row.id))?;
    Ok(Line {
        at: row.at,
        ip: row.ip,
        direction: if row.direction == "up" {
            Direction::Up
        } else {
            Direction::Down
        },
        registers: row.kind == REGISTRATION,
        noise: (row.kind == "noise").then(|| row.result.unwrap_or_default()),
        msg_id: row.msg_id,
        cmd: row.cmd,
        bytes,
    })
}

async fn lines(
    db: &Db,
    device: &PhyId,
    from: Timestamp,
    until: Timestamp,
) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut after = 0;
    loop {
        let mut view = db.view().await?;
        let rows = comm_logs::stretch(view.conn(), device, from, until, after, PAGE).await?;
        drop(view);
        let Some(last) = rows.last() else {
            break;
        };
        after = last.id;
        let whole = rows.len() < usize::from(PAGE);
        for row in rows {
            lines.push(read(row)?);
        }
        if lines.len() > LINES_MAX {
            bail!("more than {LINES_MAX} frames in this period: choose a shorter one");
        }
        if whole {
            break;
        }
    }
    Ok(lines)
}
