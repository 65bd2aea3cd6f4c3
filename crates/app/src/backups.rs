//! Copies of the embedded database that the server makes itself: when an operator asks, and every
//! so many hours.

use crate::{App, AppError};
use domain::alarm::AlarmCode;
use kernel::Timestamp;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use store::backup::{self, BackupFault};
use tracing::{info, warn};

/// What the alarm is about.
const OBJECT: (&str, &str) = ("system", "backup");
/// Around the time in a file's name.
const NAME: (&str, &str) = ("openpile-", ".db");

/// How the server copies its database.
#[derive(Clone, Debug, Default)]
pub struct BackupRules {
    /// Where copies go.
    pub folder: PathBuf,
    /// How often one is made; none: only when asked.
    pub every: Option<Duration>,
    /// How many are kept; older ones go when a new one is whole.
    pub keep: usize,
}

/// A copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its file's name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// When it was made.
    pub at: Timestamp,
}

impl App {
    /// Makes a copy now and removes those that are too many.
    ///
    /// # Errors
    /// [`AppError::Conflict`] while another one is made, and where the database is a server's;
    /// [`AppError::Internal`] when it fails.
    pub async fn back_up(&self, actor: &str) -> Result<Backup, AppError> {
        let Ok(_alone) = self.backing_up.try_lock() else {
            return Err(AppError::Conflict("a backup is being made"));
        };
        if self.db.is_postgres() {
            return Err(AppError::Conflict(
                "the database is a server's, which has tools of its own",
            ));
        }
        let made = self.copy_database().await;
        let now = self.now();
        match made {
            Ok(copy) => {
                info!(actor, name = copy.name, bytes = copy.bytes, "backup made");
                let code = AlarmCode::BackupFailed.as_str();
                let mut tx = self.db.begin().await?;
                store::alarms::recover(tx.conn(), code, OBJECT.0, OBJECT.1, now).await?;
                tx.commit().await?;
                self.remove_old_backups();
                Ok(copy)
            }
            Err(fault) => {
                let problem = fault.to_string();
                warn!(actor, problem, "backup failed");
                let mut tx = self.db.begin().await?;
                let details = json!({ "problem": problem });
                crate::money::raise(&mut tx, AlarmCode::BackupFailed, OBJECT, details, now).await?;
                tx.commit().await?;
                Err(AppError::Internal(format!("backup failed: {problem}")))
            }
        }
    }

    async fn copy_database(&self) -> Result<Backup, BackupFault> {
        let at = self.now();
        let folder = &self.settings.backups.folder;
        fs::create_dir_all(folder).map_err(|cause| BackupFault::File {
            file: folder.clone(),
            cause,
        })?;
        let name = name_of(at);
        let checked = backup::write(&self.db, &folder.join(&name), false).await?;
        Ok(Backup {
            name,
            bytes: checked.bytes,
            at: Timestamp::from_unix_seconds(at.unix_seconds()),
        })
    }

    /// The copies that there are, the newest first.
    ///
    /// # Errors
    /// [`AppError::Internal`] when the folder cannot be read.
    pub fn list_backups(&self) -> Result<Vec<Backup>, AppError> {
        let folder = &self.settings.backups.folder;
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(AppError::Internal(format!("{}: {error}", folder.display())));
            }
        };
        let mut found: Vec<Backup> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let name = entry.file_name().into_string().ok()?;
                let at = time_in(&name)?;
                let bytes = entry.metadata().ok()?.len();
                Some(Backup { name, bytes, at })
            })
            .collect();
        found.sort_by(|one, two| two.name.cmp(&one.name));
        Ok(found)
    }

    fn remove_old_backups(&self) {
        let keep = self.settings.backups.keep.max(1);
        for old in self.list_backups().unwrap_or_default().iter().skip(keep) {
            let file = self.settings.backups.folder.join(&old.name);
            match fs::remove_file(&file) {
                Ok(()) => info!(name = old.name, "old backup removed"),
                Err(error) => warn!(name = old.name, %error, "old backup not removed"),
            }
        }
    }

    /// Makes a copy if the newest one is old enough; whether it did.
    ///
    /// # Errors
    /// As [`App::back_up`].
    pub async fn back_up_if_due(&self) -> Result<bool, AppError> {
        let Some(every) = self.settings.backups.every else {
            return Ok(false);
        };
        let now = self.now();
        let newest = self.list_backups()?.into_iter().next();
        if newest.is_some_and(|newest| now < newest.at + every) {
            return Ok(false);
        }
        self.back_up("schedule").await.map(|_| true)
    }
}

fn name_of(at: Timestamp) -> String {
    let [year, month, day, hour, minute, second] = at.shanghai();
    let (before, after) = NAME;
    format!("{before}{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}{after}")
}

fn time_in(name: &str) -> Option<Timestamp> {
    let (before, after) = NAME;
    let text = name.strip_prefix(before)?.strip_suffix(after)?;
    let (date, time) = text.split_once('-')?;
    if date.len() != 8 || time.len() != 6 {
        return None;
    }
    let part = |text: &str, from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok();
    Timestamp::from_shanghai([
        part(date, 0, 4)?,
        part(date, 4, 6)?,
        part(date, 6, 8)?,
        part(time, 0, 2)?,
        part(time, 2, 4)?,
        part(time, 4, 6)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::{name_of, time_in};
    use kernel::Timestamp;

    #[test]
    fn the_time_of_a_copy_stands_in_its_name() {
        let noon = Timestamp::from_unix_seconds(1_729_407_600);
        assert_eq!(name_of(noon), "openpile-20241020-150000.db");
        assert_eq!(time_in("openpile-20241020-150000.db"), Some(noon));
        for other in [
            "openpile.db",
            "openpile-20241020-150000.db.part",
            "openpile-20241320-150000.db",
            "openpile-2024102-0150000.db",
        ] {
            assert_eq!(time_in(other), None, "{other}");
        }
    }
}
