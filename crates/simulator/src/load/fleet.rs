//! Plain devices in thousands: each logs in, beats its heart, answers starts at once, and tells
//! the measurement the instant at which it heard or said something.

use super::frames::{self, Gateway, Heard, Outlet};
use super::ping::{CONNECTING_MAX, connect};
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinSet;

/// Heartbeat period of networked gateways (BKV, docs/protocols/bkv.md, heartbeat).
const HEARTBEAT: Duration = Duration::from_mins(1);

/// Pause before a refused connection is tried again.
const RETRY: Duration = Duration::from_millis(10);

/// A fleet that is not logged in by then never will be.
const LOGIN_PATIENCE: Duration = Duration::from_mins(3);

/// Sightings that may wait for the measurement.
const SIGHTINGS_MAX: usize = 100_000;

/// What happened at a device.
#[derive(Clone, Copy, Debug)]
pub struct Sighting {
    /// Number of the device.
    pub device: u64,
    /// What.
    pub what: Seen,
    /// When.
    pub at: Instant,
}

/// What a measurement may want to know of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A start is there; the answer has been written.
    Started(Outlet),
    /// An end report has been acknowledged.
    EndTaken,
}

/// What a fleet is made of.
#[derive(Clone, Debug)]
pub struct FleetPlan {
    /// Where to: devices are spread over these, and try the next one when a connection ends.
    pub servers: Vec<SocketAddr>,
    /// Sockets of two holes that each device reports once it is logged in; 0: none.
    pub sockets: u8,
}

#[derive(Debug)]
struct Device {
    gateway: Gateway,
    writing: Mutex<Option<OwnedWriteHalf>>,
}

#[derive(Debug)]
struct Shared {
    plan: FleetPlan,
    doors: Semaphore,
    logged_in: AtomicU64,
    logins: AtomicU64,
    sightings: mpsc::Sender<Sighting>,
}

/// Devices that live until this is dropped.
#[derive(Debug)]
pub struct PlainFleet {
    shared: Arc<Shared>,
    devices: Vec<Arc<Device>>,
    tasks: JoinSet<()>,
    /// What happens at the devices, in order of each device.
    pub sightings: mpsc::Receiver<Sighting>,
}

impl PlainFleet {
    /// A fleet without devices.
    pub fn new(plan: FleetPlan) -> Self {
        let (sender, sightings) = mpsc::channel(SIGHTINGS_MAX);
        let shared = Shared {
            plan,
            doors: Semaphore::new(CONNECTING_MAX),
            logged_in: AtomicU64::new(0),
            logins: AtomicU64::new(0),
            sightings: sender,
        };
        Self {
            shared: Arc::new(shared),
            devices: Vec::new(),
            tasks: JoinSet::new(),
            sightings,
        }
    }

    /// Adds devices until there are so many, and waits until all are logged in: the heartbeat
    /// is answered, and so is the status report if there is one.
    ///
    /// # Errors
    /// When they are not in time.
    pub async fn grow(&mut self, count: u64) -> Result<()> {
        let first = u64::try_from(self.devices.len())?;
        for number in first..count {
            let gateway = Gateway::numbered(number);
            let device = Arc::new(Device {
                gateway,
                writing: Mutex::new(None),
            });
            self.devices.push(device.clone());
            self.tasks.spawn(live(number, device, self.shared.clone()));
        }
        let began = Instant::now();
        while self.shared.logged_in.load(Ordering::Relaxed) < count {
            let there = self.shared.logged_in.load(Ordering::Relaxed);
            ensure!(
                began.elapsed() < LOGIN_PATIENCE,
                "only {there} of {count} devices logged in"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// Adds devices, so many at a time: a fleet that comes into being, not a storm.
    ///
    /// # Errors
    /// As [`PlainFleet::grow`].
    pub async fn grow_by(&mut self, step: u64, count: u64) -> Result<()> {
        while u64::try_from(self.devices.len())? < count {
            let next = u64::try_from(self.devices.len())? + step;
            self.grow(next.min(count)).await?;
        }
        Ok(())
    }

    /// How often a device has logged in, the same one again and again.
    pub fn logins(&self) -> u64 {
        self.shared.logins.load(Ordering::Relaxed)
    }

    /// A device's id in the API.
    pub fn id(&self, device: u64) -> String {
        Gateway::numbered(device).text()
    }

    /// Sends the end report of an outlet. Returns the instant before it was written.
    ///
    /// # Errors
    /// When there is no such device, or its connection is gone.
    pub async fn report_end(&self, device: u64, outlet: Outlet) -> Result<Instant> {
        let device = self
            .devices
            .get(usize::try_from(device)?)
            .context("no such device")?;
        let at = Instant::now();
        device.write(&device.gateway.ended(outlet)).await?;
        Ok(at)
    }

    /// Ends all devices without a word and waits until their sockets are closed.
    pub async fn end(mut self) {
        self.tasks.shutdown().await;
    }
}

impl Device {
    async fn write(&self, bytes: &[u8]) -> Result<()> {
        let mut writing = self.writing.lock().await;
        let half = writing.as_mut().context("not connected")?;
        Ok(half.write_all(bytes).await?)
    }
}

/// The life of one device: a connection that the server closes is followed by another one, as
/// with real devices.
async fn live(number: u64, device: Arc<Device>, shared: Arc<Shared>) {
    let mut logged_in = false;
    let servers = shared.plan.servers.iter().cycle();
    for server in servers.skip(usize::try_from(number).unwrap_or(0) % shared.plan.servers.len()) {
        connection(number, *server, &device, &shared, &mut logged_in).await;
        tokio::time::sleep(RETRY).await;
    }
}

/// One connection; ends when the server closes it. The first login of the device is counted.
async fn connection(
    number: u64,
    server: SocketAddr,
    device: &Device,
    shared: &Shared,
    logged_in: &mut bool,
) {
    let Ok(mut reading) = log_in(number, server, device, shared).await else {
        return;
    };
    let mut count_login = || {
        shared.logins.fetch_add(1, Ordering::Relaxed);
        if !std::mem::replace(logged_in, true) {
            shared.logged_in.fetch_add(1, Ordering::Relaxed);
        }
    };
    let mut buffer = Vec::new();
    let mut greeted = false;
    loop {
        let mut chunk = [0; 256];
        let read = match tokio::time::timeout(HEARTBEAT, reading.read(&mut chunk)).await {
            Ok(Ok(read @ 1..)) => read,
            Ok(_) => return,
            Err(_) => {
                if device.write(&device.gateway.heartbeat()).await.is_err() {
                    return;
                }
                continue;
            }
        };
        let at = Instant::now();
        buffer.extend_from_slice(&chunk[..read]);
        while let Some(heard) = frames::next(&mut buffer) {
            let what = match heard {
                Heard::Time if !greeted => {
                    greeted = true;
                    if shared.plan.sockets == 0 {
                        count_login();
                        continue;
                    }
                    let status = device.gateway.idle_status(shared.plan.sockets);
                    if device.write(&status).await.is_err() {
                        return;
                    }
                    continue;
                }
                Heard::StatusTaken => {
                    count_login();
                    continue;
                }
                Heard::Start(start) => {
                    if device.write(&device.gateway.accept(&start)).await.is_err() {
                        return;
                    }
                    Seen::Started(start.outlet)
                }
                Heard::EndTaken => Seen::EndTaken,
                Heard::Time | Heard::Other => continue,
            };
            // The measurement may be over.
            let _ = shared
                .sightings
                .send(Sighting {
                    device: number,
                    what,
                    at,
                })
                .await;
        }
        if buffer.is_empty() {
            buffer = Vec::new();
        }
    }
}

/// Connects and says hello.
async fn log_in(
    number: u64,
    server: SocketAddr,
    device: &Device,
    shared: &Shared,
) -> Result<OwnedReadHalf> {
    let door = shared.doors.acquire().await?;
    let connected = connect(server, number).await;
    drop(door);
    let stream = connected?;
    let (reading, writing) = stream.into_split();
    *device.writing.lock().await = Some(writing);
    device.write(&device.gateway.heartbeat()).await?;
    Ok(reading)
}
