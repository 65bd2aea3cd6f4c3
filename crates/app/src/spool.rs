//! End reports that arrive while the database is away: kept on disk, acknowledged, and settled as
//! soon as it is back.
//!
//! One report, one file, written whole before it gets its name. A report that comes twice is
//! recognised when it is settled, as any repeat is.

use crate::money::raise;
use crate::{App, AppError};
use device::{EndReport, Envelope, Event};
use domain::alarm::AlarmCode;
use kernel::{PhyId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tracing::{error, info, warn};

/// Reports that may wait; more are not acknowledged, and their devices say them again.
pub(crate) const SPOOLED_MAX: usize = 100_000;
/// Settled in one round.
const ROUND_MAX: usize = 1_000;
/// End of the name of a report that waits.
const WAITING: &str = "json";
/// End of the name of a report that cannot be settled: for people to look at.
const REFUSED: &str = "refused";

/// Where reports wait, and how many do.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    folder: Option<PathBuf>,
    last: AtomicU64,
    waiting: AtomicUsize,
}

/// A report with what has to be known of it.
#[derive(Serialize, Deserialize)]
struct Spooled {
    device: PhyId,
    at: Timestamp,
    device_time: Option<Timestamp>,
    raw: Option<Box<[u8]>>,
    report: EndReport,
}

impl Spooled {
    fn of(envelope: &Envelope, report: &EndReport) -> Self {
        Self {
            device: envelope.device.clone(),
            at: envelope.at,
            device_time: envelope.device_time,
            raw: envelope.raw.clone(),
            report: report.clone(),
        }
    }

    fn taken_out(self) -> (Envelope, EndReport) {
        let envelope = Envelope {
            device: self.device,
            at: self.at,
            device_time: self.device_time,
            msg_id: None,
            receipt: None,
            raw: self.raw,
            event: Event::Ended(self.report.clone()),
        };
        (envelope, self.report)
    }
}

impl Spool {
    /// The spool in a folder, with what the last run left there; without a folder it takes nothing.
    pub(crate) fn open(folder: Option<PathBuf>) -> Self {
        let found = folder.as_deref().map_or(Ok(Vec::new()), waiting_in);
        let found = found.unwrap_or_else(|error| {
            warn!(%error, "the spool cannot be read");
            Vec::new()
        });
        if !found.is_empty() {
            info!(
                reports = found.len(),
                "end reports of the last run are settled now"
            );
        }
        Self {
            folder,
            last: AtomicU64::new(0),
            waiting: AtomicUsize::new(found.len()),
        }
    }

    /// How many reports wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Keeps a report; durable when this returns. False when it may not, or cannot.
    async fn keep(&self, spooled: Spooled) -> bool {
        let Some(folder) = self.folder.clone() else {
            return false;
        };
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= SPOOLED_MAX {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        // In the order of arrival, also across runs.
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        let name = format!("{:015}-{number:06}", spooled.at.0);
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &spooled)).await;
        let outcome = written.unwrap_or_else(|ended| Err(io::Error::other(ended)));
        if let Err(error) = outcome {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            warn!(%error, "an end report could not be kept on disk");
            return false;
        }
        metrics::counter!("openpile_reports_spooled_total").increment(1);
        true
    }
}

/// Writes the file and makes its name durable; a file that is not whole never gets the name.
fn write(folder: &Path, name: &str, spooled: &Spooled) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let part = folder.join(format!("{name}.part"));
    let whole = folder.join(format!("{name}.{WAITING}"));
    let written = (|| {
        let mut file = File::create(&part)?;
        file.write_all(&serde_json::to_vec(spooled)?)?;
        file.sync_all()?;
        fs::rename(&part, &whole)?;
        File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        // Neither half a report nor one that its device was not thanked for.
        let _ = fs::remove_file(&part);
        let _ = fs::remove_file(&whole);
    }
    written
}

/// The files that wait, oldest first.
fn waiting_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == WAITING) {
            files.push(path);
        }
    }
    files.sort_unstable();
    Ok(files)
}

impl App {
    /// As [`App::spool`], in a task of its own: a connection that ends meanwhile does not leave it
    /// half done.
    pub async fn keep_report(self: &Arc<Self>, envelope: &Envelope) -> bool {
        let (app, envelope) = (self.clone(), envelope.clone());
        let work = self.chores.spawn(async move { app.spool(&envelope).await });
        work.await.unwrap_or(false)
    }

    /// Keeps an end report on disk while the database is away. Whether its device may be told that
    /// it is stored.
    pub(crate) async fn spool(&self, envelope: &Envelope) -> bool {
        let Event::Ended(report) = &envelope.event else {
            return false;
        };
        let kept = self.spool.keep(Spooled::of(envelope, report)).await;
        if kept {
            info!(device = %envelope.device, port_no = report.port.0,
                "the database is away, an end report is kept on disk");
        }
        kept
    }

    /// Settles what waits on disk, oldest first; how many reports.
    ///
    /// # Errors
    /// When the database is away, or the folder cannot be read: everything stays.
    pub async fn replay_spool(&self) -> Result<usize, AppError> {
        let Some(folder) = self.spool.folder.clone() else {
            return Ok(0);
        };
        if self.spool.waiting() == 0 {
            return Ok(0);
        }
        let unreadable =
            |error: io::Error| AppError::Internal(format!("{}: {error}", folder.display()));
        let files = waiting_in(&folder).map_err(unreadable)?;
        let mut settled = 0;
        for file in files.into_iter().take(ROUND_MAX) {
            let bytes = fs::read(&file).map_err(unreadable)?;
            let outcome = match serde_json::from_slice::<Spooled>(&bytes) {
                Ok(spooled) => self.settle_spooled(spooled).await,
                Err(problem) => Err(AppError::Internal(problem.to_string())),
            };
            match outcome {
                Ok(()) => {
                    fs::remove_file(&file).map_err(unreadable)?;
                    settled += 1;
                }
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                // Refused, and refused again for ever: the others must not wait for it.
                Err(failure) => {
                    self.tell_refused(&file, &failure).await?;
                    fs::rename(&file, file.with_extension(REFUSED)).map_err(unreadable)?;
                }
            }
            self.spool.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        if settled > 0 {
            info!(
                reports = settled,
                "end reports that waited on disk are settled"
            );
        }
        Ok(settled)
    }

    /// A person has to look at that report.
    async fn tell_refused(&self, file: &Path, failure: &AppError) -> Result<(), AppError> {
        let name = file.with_extension(REFUSED);
        error!(file = %name.display(), %failure, "a spooled end report cannot be settled");
        metrics::counter!("openpile_facts_failed_total").increment(1);
        let name = name.file_name().unwrap_or_default().to_string_lossy();
        let details = json!({"file": name, "why": failure.to_string()});
        let mut tx = self.db.begin().await?;
        raise(
            &mut tx,
            AlarmCode::SettleError,
            ("spool", &name),
            details,
            self.now(),
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn settle_spooled(&self, spooled: Spooled) -> Result<(), AppError> {
        let (envelope, report) = spooled.taken_out();
        Box::pin(self.ended(&envelope, &report)).await
    }
}
