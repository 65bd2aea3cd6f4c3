//! The communication log (通讯日志): every frame in and out, and the noise of strangers, written
//! in batches. It is tier L3: when the database cannot keep up, lines are dropped and counted.

use bus::{Bus, Topic};
use device::{Direction, FrameNote};
use kernel::{Clock, PhyId, Timestamp};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::Db;
use store::comm_logs::{self, CommLogEntry, Day};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Lines that may wait for the writer.
const QUEUE_MAX: usize = 20_000;

/// Lines per statement.
const BATCH_MAX: usize = 500;

/// Longest time that a line waits for company.
const BATCH_WAIT: Duration = Duration::from_millis(500);

/// Where frames are handed in; never blocks.
pub struct CommLog {
    clock: Arc<dyn Clock>,
    queue: Option<mpsc::Sender<CommLogEntry>>,
    /// There is no room for it.
    rests: AtomicBool,
    /// It can be spared now.
    spared: AtomicBool,
}

impl CommLog {
    /// A log and its writer; `None` for the writer when the log is off.
    pub fn new(clock: Arc<dyn Clock>, bus: Bus, enabled: bool) -> (Self, Option<CommLogWriter>) {
        if !enabled {
            let off = Self {
                clock,
                queue: None,
                rests: AtomicBool::new(false),
                spared: AtomicBool::new(false),
            };
            return (off, None);
        }
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        (
            Self {
                clock,
                queue: Some(sender),
                rests: AtomicBool::new(false),
                spared: AtomicBool::new(false),
            },
            Some(CommLogWriter {
                queue: receiver,
                bus,
                day: None,
            }),
        )
    }

    /// A frame of a known or unknown device.
    pub fn frame(&self, peer: SocketAddr, note: FrameNote) {
        if self.queue.is_none() {
            return;
        }
        self.push(CommLogEntry {
            at: self.clock.now(),
            ip: peer.ip().to_string(),
            phy_id: Some(note.device),
            direction: match note.direction {
                Direction::Up => "up",
                Direction::Down => "down",
            },
            kind: note.kind,
            cmd: Some(crate::command_text(note.cmd)),
            msg_id: note.msg_id.map(i64::from),
            raw: note.raw,
            result: None,
        });
    }

    /// Bytes of a stranger, or bytes that are no frame.
    pub fn noise(
        &self,
        peer: SocketAddr,
        phy_id: Option<&PhyId>,
        why: &'static str,
        raw: Box<[u8]>,
    ) {
        metrics::counter!("openpile_noise_total", "reason" => why).increment(1);
        self.push(CommLogEntry {
            at: self.clock.now(),
            ip: peer.ip().to_string(),
            phy_id: phy_id.cloned(),
            direction: "up",
            kind: "noise",
            cmd: None,
            msg_id: None,
            raw,
            result: Some(why),
        });
    }

    /// Nothing is written while the disk has no room for it; lines are counted as dropped.
    pub(crate) fn rest(&self, rests: bool) {
        if self.rests.swap(rests, Ordering::Relaxed) != rests {
            warn!(rests, "the communication log and the disk");
        }
    }

    /// Nothing is written while it can be spared; lines are counted as dropped.
    pub(crate) fn spare(&self, spared: bool) {
        self.spared.store(spared, Ordering::Relaxed);
    }

    /// Lines that wait for the writer.
    pub(crate) fn waiting(&self) -> usize {
        let queue = self.queue.as_ref();
        queue.map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    fn push(&self, entry: CommLogEntry) {
        if let Some(queue) = &self.queue
            && (self.rests.load(Ordering::Relaxed)
                || self.spared.load(Ordering::Relaxed)
                || queue.try_send(entry).is_err())
        {
            metrics::counter!("openpile_comm_log_dropped_total").increment(1);
        }
    }
}

/// The task that writes the log.
pub struct CommLogWriter {
    queue: mpsc::Receiver<CommLogEntry>,
    bus: Bus,
    day: Option<Day>,
}

impl CommLogWriter {
    /// Writes until cancelled, then what is left.
    pub async fn run(mut self, db: Db, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        loop {
            let stopping = tokio::select! {
                got = self.queue.recv_many(&mut batch, BATCH_MAX) => got == 0,
                () = stop.cancelled() => {
                    self.queue.close();
                    false
                }
            };
            if stopping {
                return;
            }
            let until = Instant::now() + BATCH_WAIT;
            while batch.len() < BATCH_MAX {
                let room = BATCH_MAX - batch.len();
                match timeout_at(until, self.queue.recv_many(&mut batch, room)).await {
                    Ok(got) if got > 0 => {}
                    _ => break,
                }
            }
            self.store(&db, &mut batch).await;
        }
    }

    /// Writes what waits now, for whoever lets time pass faster than it does.
    pub async fn drain(&mut self, db: &Db) {
        let mut batch = Vec::new();
        while let Ok(entry) = self.queue.try_recv() {
            batch.push(entry);
            if batch.len() >= BATCH_MAX {
                self.store(db, &mut batch).await;
            }
        }
        self.store(db, &mut batch).await;
    }

    async fn store(&mut self, db: &Db, batch: &mut Vec<CommLogEntry>) {
        let Some(last) = batch.last() else {
            return;
        };
        let today = Day::of(last.at);
        if self.day != Some(today) && begin_day(db, today, last.at).await {
            self.day = Some(today);
        }
        write(db, batch).await;
        self.hint(batch);
        batch.clear();
    }

    /// Tells the pages that show such lines.
    fn hint(&self, batch: &[CommLogEntry]) {
        if !self.bus.is_watched() {
            return;
        }
        self.bus.changed(&Topic::CommLog);
        if batch.iter().any(|entry| entry.kind == "noise") {
            self.bus.changed(&Topic::Noise);
        }
        for device in batch.iter().filter_map(|entry| entry.phy_id.as_ref()) {
            self.bus.changed(&Topic::CommLogOf(device.clone()));
        }
    }
}

/// Gives a new day its table. Until that has worked the lines go to the day before.
async fn begin_day(db: &Db, day: Day, now: Timestamp) -> bool {
    let begun = async {
        let mut tx = db.begin().await?;
        comm_logs::rotate(&mut tx, day, now).await?;
        tx.commit().await
    };
    let outcome = begun.await;
    if let Err(error) = &outcome {
        warn!(%error, "the communication log's day could not be begun, trying again");
    }
    outcome.is_ok()
}

async fn write(db: &Db, batch: &[CommLogEntry]) {
    let written = async {
        let mut tx = db.begin().await?;
        comm_logs::insert_batch(tx.conn(), batch).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        warn!(%error, lines = batch.len(), "communication log lines lost");
        let lost = batch.len() as u64;
        metrics::counter!("openpile_comm_log_dropped_total").increment(lost);
    }
}
