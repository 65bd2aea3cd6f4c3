//! Room on the disk of the data directory. When it runs short somebody is told; before it is gone
//! what can wait is not written any more: first the communication log, then new charges are
//! refused, so that those that run can be settled in what is left.

use crate::{App, AppError};
use domain::alarm::{AlarmCode, Level};
use parking_lot::Mutex;
use serde_json::json;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::alarms::{self, NewAlarm};
use tracing::{error, info, warn};

/// What the alarm is about.
const OBJECT: &str = "disk";
/// Of the room at which the communication log stops so much is kept for the settlement of charges
/// that run.
const RESERVE_SHARE: u64 = 8;
/// An alarm is over when there is a tenth more room than its limit.
const EASE_SHARE: u64 = 10;

/// Room on a disk, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What may still be written.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

/// Whoever knows how much room is left where the database lies.
pub trait Disk: Debug + Send + Sync + 'static {
    /// How much there is now; none where nobody knows.
    fn room(&self) -> Option<Room>;
}

/// A disk that nobody looks at.
#[derive(Debug)]
pub struct UnknownDisk;

impl Disk for UnknownDisk {
    fn room(&self) -> Option<Room> {
        None
    }
}

/// Shared by all who look.
pub type SharedDisk = Arc<dyn Disk>;

/// When room is short, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskRules {
    /// Less is a warning.
    pub warning: u64,
    /// With less the communication log stops; with an eighth of it new charges are refused.
    pub critical: u64,
}

impl Default for DiskRules {
    fn default() -> Self {
        Self {
            warning: 2048 << 20,
            critical: 512 << 20,
        }
    }
}

impl DiskRules {
    /// How grave it is that so much is free, after it was `before`.
    fn level(&self, free: u64, before: Option<Level>) -> Option<Level> {
        let below = |limit: u64, level: Level| {
            let eased = limit.saturating_add(limit / EASE_SHARE);
            free < limit || (before >= Some(level) && free < eased)
        };
        if below(self.critical, Level::Critical) {
            Some(Level::Critical)
        } else if below(self.warning, Level::Warning) {
            Some(Level::Warning)
        } else {
            None
        }
    }

    /// Below this new charges are refused.
    const fn reserve(&self) -> u64 {
        self.critical / RESERVE_SHARE
    }
}

/// What stands in the database of the room on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Told {
    /// Nobody has looked since the start.
    #[default]
    Unknown,
    /// No alarm, or one of that level.
    Stands(Option<Level>),
}

/// What was seen of the disk.
#[derive(Debug, Default)]
pub(crate) struct DiskWatch {
    /// How grave the last look found it.
    level: Mutex<Option<Level>>,
    /// What was last written into the database.
    told: Mutex<Told>,
    /// Only the reserve is left.
    reserve_only: AtomicBool,
}

impl App {
    /// Whether there is room for new charges.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when only the reserve is left.
    pub(crate) fn room_for_charges(&self) -> Result<(), AppError> {
        if self.disk_watch.reserve_only.load(Ordering::Relaxed) {
            return Err(AppError::Unavailable);
        }
        Ok(())
    }

    /// Looks how much room is left, and does what follows from it.
    ///
    /// # Errors
    /// When the alarm could not be written; what it is about has been done all the same.
    pub async fn watch_disk(&self) -> Result<(), AppError> {
        let Some(room) = self.outside.disk.room() else {
            return Ok(());
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a gauge needs no more than 52 bits"
        )]
        metrics::gauge!("openpile_disk_free_bytes").set(room.free as f64);
        let rules = self.settings.disk;
        let before = *self.disk_watch.level.lock();
        let level = rules.level(room.free, before);
        if level != before {
            *self.disk_watch.level.lock() = level;
            match level {
                Some(Level::Critical) => error!(free = room.free, "the disk is nearly full"),
                Some(_) => warn!(free = room.free, "room on the disk runs short"),
                None => info!(free = room.free, "there is room on the disk again"),
            }
        }
        // A database on a server has a disk of its own.
        let ours = !self.db.is_postgres();
        self.comm_log.rest(ours && level == Some(Level::Critical));
        let reserve_only = ours && room.free < rules.reserve();
        if self
            .disk_watch
            .reserve_only
            .swap(reserve_only, Ordering::Relaxed)
            != reserve_only
        {
            warn!(
                refused = reserve_only,
                free = room.free,
                "new charges and the disk"
            );
        }
        let told = *self.disk_watch.told.lock();
        if told == Told::Stands(level) {
            return Ok(());
        }
        self.tell_of_disk(level, room).await?;
        *self.disk_watch.told.lock() = Told::Stands(level);
        Ok(())
    }

    async fn tell_of_disk(&self, level: Option<Level>, room: Room) -> Result<(), AppError> {
        let (code, kind) = (AlarmCode::DiskFull, crate::system_watch::SYSTEM);
        let now = self.now();
        let mut direct = self.db.direct().await?;
        let Some(level) = level else {
            alarms::recover(direct.conn(), code.as_str(), kind, OBJECT, now).await?;
            return Ok(());
        };
        let (free, total) = (room.free >> 20, room.total >> 20);
        let alarm = NewAlarm {
            code: code.as_str().to_owned(),
            level: level.letter().to_owned(),
            object_type: kind.to_owned(),
            object_id: OBJECT.to_owned(),
            device_id: None,
            port_no: None,
            order_no: None,
            message: format!("{free} MiB of {total} MiB are free"),
            details: json!({"free_bytes": room.free, "total_bytes": room.total}),
            at: now,
        };
        alarms::raise(direct.conn(), &alarm).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::DiskRules;
    use domain::alarm::Level;

    #[test]
    fn room_runs_short_in_steps_and_does_not_waver() {
        let rules = DiskRules {
            warning: 2_000,
            critical: 1_000,
        };
        let (warning, critical) = (Some(Level::Warning), Some(Level::Critical));
        assert_eq!(rules.level(2_000, None), None);
        assert_eq!(rules.level(1_999, None), warning);
        assert_eq!(rules.level(999, warning), critical);
        assert_eq!(rules.level(1_099, critical), critical, "not yet");
        assert_eq!(rules.level(1_100, critical), warning);
        assert_eq!(rules.level(2_199, warning), warning, "not yet");
        assert_eq!(rules.level(2_200, warning), None);
    }
}
