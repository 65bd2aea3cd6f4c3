use crate::alarm_care::AlarmRules;
use crate::certificate_watch::{CertificateLines, NoCertificates, SharedCertificates};
use crate::clock_set::ClockWatch;
use crate::cluster::Cluster;
use crate::comm_log::{CommLog, CommLogWriter};
use crate::curves::CurveBuffer;
use crate::deliver::InFlight;
use crate::disk_watch::{DiskWatch, SharedDisk, UnknownDisk};
use crate::failure_risks::Heats;
use crate::fire::FireGuard;
use crate::firmware::ImageShelf;
use crate::firmware_gate::ActiveBlock;
use crate::frame_reader::{NoFrames, SharedFrameReader};
use crate::health::Writes;
use crate::interface_calls::CallBoard;
use crate::kpi::{Alerts, Present, Today};
use crate::lookups::Lookups;
use crate::occupancy::Occupied;
use crate::outbox::{News, Subscribers};
use crate::payments::PaymentChannels;
use crate::power::PowerBoard;
use crate::quality::Pending;
use crate::queries::{PortVersions, SalesToday};
use crate::reservations::Reserved;
use crate::screen::ScreenBoard;
use crate::sessions::Connection;
use crate::spool::Spool;
use crate::staff::Passwords;
use crate::system::Tuned;
use crate::tiers::{Tiers, spawn_rounds};
use crate::uplink::WaitingFacts;
use crate::waiters::Waiters;
use crate::{LiveTable, OrderTable, Sessions, Settings, gauges};
use arc_swap::ArcSwap;
use bus::Bus;
use channels::camera::{BlindEye, SharedEye};
use channels::chat::{NoChat, SharedChat};
use channels::invoice::{NoIssuer, SharedIssuer};
use channels::mail::{LogMail, SharedMail};
use channels::parking::ParkingVendors;
use channels::sms::{LogSms, SharedSms};
use dashmap::{DashMap, DashSet};
use device::Registry;
use domain::{DeviceRules, Policy};
use kernel::{Clock, ClockLook, CommandId, PhyId, Timestamp};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;
use store::Db;
use store::order_sequences::OrderNumbers;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

/// Work that outlives its connection is waited for so long when the program ends; what is cut
/// off is done again after the next start.
const CHORES_PATIENCE: Duration = Duration::from_secs(10);

/// Flushes at the end, for the events that wait.
const LAST_FLUSHES_MAX: usize = 32;

/// What the program brings with it.
pub struct Parts {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The database, migrated.
    pub db: Db,
    /// Doorbells.
    pub bus: Bus,
    /// The protocols it speaks.
    pub protocols: Registry,
    /// The world outside that use cases call.
    pub outside: Outside,
    /// What the operator configured.
    pub settings: Settings,
}

/// The world outside that use cases call.
#[derive(Clone, Debug)]
pub struct Outside {
    /// Short messages.
    pub sms: SharedSms,
    /// Letters.
    pub mail: SharedMail,
    /// Robots in the groups of the staff.
    pub chat: SharedChat,
    /// Whoever issues invoices.
    pub issuer: SharedIssuer,
    /// Operators of car parks.
    pub parking: ParkingVendors,
    /// Payment channels.
    pub payments: PaymentChannels,
    /// Whoever looks through cameras.
    pub cameras: SharedEye,
    /// The disk of the data directory.
    pub disk: SharedDisk,
    /// The certificates of our own listeners.
    pub certificates: SharedCertificates,
    /// Whoever takes pasted bytes apart.
    pub frames: SharedFrameReader,
}

impl Default for Outside {
    fn default() -> Self {
        Self {
            sms: Arc::new(LogSms::default()),
            mail: Arc::new(LogMail),
            chat: Arc::new(NoChat),
            issuer: Arc::new(NoIssuer),
            parking: ParkingVendors::default(),
            payments: PaymentChannels::default(),
            cameras: Arc::new(BlindEye),
            disk: Arc::new(UnknownDisk),
            certificates: Arc::new(NoCertificates),
            frames: Arc::new(NoFrames),
        }
    }
}

/// All use cases and the caches that they share. One per process.
pub struct App {
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether somebody sets it.
    pub(crate) clock_watch: ClockWatch,
    pub(crate) db: Db,
    pub(crate) bus: Bus,
    pub(crate) protocols: Registry,
    pub(crate) settings: Settings,
    /// Numbers that operators change while the program runs.
    pub(crate) tuned: ArcSwap<Tuned>,
    /// What operators decided about kinds of alarms.
    pub(crate) alarm_rules: ArcSwap<AlarmRules>,
    /// End reports that wait on disk for the database.
    pub(crate) spool: Spool,
    pub(crate) waiting_facts: WaitingFacts,
    /// How its modules are doing.
    pub(crate) tiers: Tiers,
    /// How writing the live values goes.
    pub(crate) writes: Writes,
    /// How much room there is.
    pub(crate) disk_watch: DiskWatch,
    pub(crate) certificate_lines: CertificateLines,
    /// Channels that a message is on its way to.
    pub(crate) telling: DashSet<i64>,
    pub(crate) comm_log: CommLog,
    pub(crate) sessions: Sessions,
    pub(crate) live: LiveTable,
    pub(crate) orders: OrderTable,
    /// Plugs that are left in after their charge.
    pub(crate) occupied: Occupied,
    /// Ports that are kept for members.
    pub(crate) reserved: Reserved,
    pub(crate) waiters: Waiters,
    pub(crate) in_flight: DashMap<CommandId, InFlight>,
    /// Devices that are being looked for in the database.
    pub(crate) lookups: Lookups,
    /// Devices that are connected but not ours, for adoption.
    pub(crate) strangers: DashMap<PhyId, Arc<Connection>>,
    /// Events of no consequence for orders (heartbeats, who is online): written with the next
    /// flush.
    pub(crate) news: Mutex<News>,
    pub(crate) numbers: OrderNumbers,
    pub(crate) curves: CurveBuffer,
    /// Watches over charges of e-bikes.
    pub(crate) fire: FireGuard,
    /// Temperatures that have not been written yet.
    pub(crate) heats: Heats,
    /// Calls of the interfaces that have not been written yet.
    pub(crate) calls: CallBoard,
    /// What stations draw, and what their devices were told.
    pub(crate) power: PowerBoard,
    /// Firmware images that devices are taking.
    pub(crate) images: ImageShelf,
    pub(crate) subscribers: ArcSwap<Subscribers>,
    /// Questions to devices that are never stored carry negative command ids.
    pub(crate) last_question: AtomicI64,
    /// Work that outlives the connection which caused it.
    pub(crate) chores: TaskTracker,
    /// The world outside that use cases call.
    pub(crate) outside: Outside,
    /// Hashes of passwords, a few at a time.
    pub(crate) passwords: Passwords,
    /// What has been counted of devices and not been written yet.
    pub(crate) pending: Mutex<Pending>,
    /// The key figures of the last hour.
    pub(crate) present: ArcSwap<Present>,
    /// What has been counted of the present day.
    pub(crate) today: Today,
    /// What the big screen showed last.
    pub(crate) screen: ScreenBoard,
    /// Alarms of key figures that are open.
    pub(crate) alerts: Mutex<Alerts>,
    /// Firmware that must not charge.
    pub(crate) blocks: ArcSwap<Vec<ActiveBlock>>,
    /// By how much the last check of everything found the books to be off, fen.
    pub(crate) books_off: AtomicI64,
    /// When this run of the program began: a name for it.
    pub(crate) began: Timestamp,
    /// What those who follow the ports have been shown.
    pub(crate) port_versions: Mutex<PortVersions>,
    /// What stations have sold today, as last added up.
    pub(crate) sales_today: ArcSwap<SalesToday>,
    /// Held by whoever copies the database.
    pub(crate) backing_up: tokio::sync::Mutex<()>,
    /// The other nodes, where there may be any.
    pub(crate) cluster: Option<Cluster>,
}

/// What runs beside the use cases, and how to end it.
pub struct Background {
    app: Arc<App>,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Writes down which connections have ended, until all have.
    sessions: JoinHandle<()>,
    stop_sessions: CancellationToken,
}

impl Background {
    /// Asks the tasks to finish what they are doing and waits for them. Live values are written
    /// a last time.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.app.chores.close();
        if timeout(CHORES_PATIENCE, self.app.chores.wait())
            .await
            .is_err()
        {
            warn!("some work for the database was left to the next start");
        }
        // One flush writes a bounded number of events; a database that is away takes none.
        for _ in 0..LAST_FLUSHES_MAX {
            if !self.app.flush().await || self.app.news.lock().events.is_empty() {
                break;
            }
        }
        if let Err(error) = self.app.write_counted().await {
            warn!(%error, "what was counted since the last minute is lost");
        }
        self.stop_sessions.cancel();
        // It only writes, and the database's own patience bounds that.
        let _ = self.sessions.await;
        self.app.leave_cluster().await;
    }
}

impl App {
    /// Writes what memory has counted of devices, power, heat and calls.
    async fn write_counted(&self) -> Result<(), crate::AppError> {
        self.write_seen().await?;
        self.flush_power(true).await?;
        self.flush_heat().await?;
        self.flush_calls().await
    }

    /// The app, without its background tasks.
    pub fn new(parts: Parts) -> (Arc<Self>, Option<CommLogWriter>) {
        let look = ClockLook {
            now: parts.clock.now(),
            steady: parts.clock.steady(),
        };
        let (comm_log, writer) = CommLog::new(
            parts.clock.clone(),
            parts.bus.clone(),
            parts.settings.comm_log,
        );
        let app = Self {
            numbers: OrderNumbers::new(&parts.db),
            curves: CurveBuffer::default(),
            fire: FireGuard::default(),
            heats: Heats::default(),
            calls: CallBoard::default(),
            power: PowerBoard::default(),
            images: ImageShelf::default(),
            subscribers: ArcSwap::from_pointee(Subscribers::default()),
            last_question: AtomicI64::new(0),
            chores: TaskTracker::new(),
            outside: parts.outside,
            passwords: Passwords::default(),
            blocks: ArcSwap::from_pointee(Vec::new()),
            books_off: AtomicI64::new(0),
            began: look.now,
            port_versions: Mutex::default(),
            sales_today: ArcSwap::default(),
            backing_up: tokio::sync::Mutex::default(),
            cluster: parts.settings.cluster.clone().map(Cluster::new),
            clock: parts.clock,
            clock_watch: ClockWatch::begun(look),
            db: parts.db,
            bus: parts.bus,
            protocols: parts.protocols,
            tuned: ArcSwap::from_pointee(Tuned::new(&parts.settings.money)),
            alarm_rules: ArcSwap::default(),
            spool: Spool::open(parts.settings.spool.clone()),
            waiting_facts: WaitingFacts::default(),
            tiers: Tiers::default(),
            writes: Writes::default(),
            disk_watch: DiskWatch::default(),
            certificate_lines: CertificateLines::default(),
            telling: DashSet::new(),
            settings: parts.settings,
            comm_log,
            sessions: Sessions::default(),
            live: LiveTable::default(),
            orders: OrderTable::default(),
            occupied: Occupied::default(),
            reserved: Reserved::default(),
            waiters: Waiters::default(),
            in_flight: DashMap::new(),
            lookups: Lookups::default(),
            strangers: DashMap::new(),
            news: Mutex::default(),
            pending: Mutex::default(),
            present: ArcSwap::default(),
            today: Today::default(),
            screen: ScreenBoard::default(),
            alerts: Mutex::default(),
        };
        (Arc::new(app), writer)
    }

    /// Loads what was alive when the program stopped, and starts the background tasks: flush,
    /// sweep, delivery of queued commands, communication log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn start(parts: Parts) -> Result<(Arc<Self>, Background), crate::AppError> {
        let (app, writer) = Self::new(parts);
        app.join_cluster().await?;
        app.restore().await?;
        gauges::begin_at_nothing();
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        tasks.spawn(app.clone().flush_regularly(stop.clone()));
        tasks.spawn(app.clone().sweep_regularly(stop.clone()));
        tasks.spawn(app.clone().deliver_regularly(stop.clone()));
        tasks.spawn(app.clone().fire_regularly(stop.clone()));
        spawn_rounds(&app, &tasks, &stop);
        let stop_sessions = CancellationToken::new();
        let sessions = tokio::spawn(app.clone().write_sessions(stop_sessions.clone()));
        tasks.spawn(app.clone().beat_regularly(stop.clone()));
        tasks.spawn(app.clone().hear_regularly(stop.clone()));
        if let Some(writer) = writer {
            tasks.spawn(writer.run(app.db.clone(), stop.clone()));
        }
        let background = Background {
            app: app.clone(),
            tasks,
            stop,
            sessions,
            stop_sessions,
        };
        Ok((app, background))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The doorbells.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// What the operator configured.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The protocols.
    pub fn protocols(&self) -> &Registry {
        &self.protocols
    }

    /// Which connection carries which device.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// What the devices said last.
    pub fn live(&self) -> &LiveTable {
        &self.live
    }

    /// The orders alive.
    pub fn orders(&self) -> &OrderTable {
        &self.orders
    }

    /// The communication log.
    pub fn comm_log(&self) -> &CommLog {
        &self.comm_log
    }

    /// The numbers in force for a device.
    pub(crate) fn policy_of(&self, phy_id: &PhyId) -> Policy {
        let policy = Policy {
            listening_since: self.listening_since(),
            ..self.settings.policy
        };
        let offline = self.settings.offline_policy;
        let own = self.live.read(phy_id, |device| {
            let protocol = &device.protocol;
            DeviceRules {
                offline_policy: offline.unwrap_or_else(|| protocol.offline_policy()),
                report_interval: device.rhythm.report,
                keeps: protocol.keeps(&device.profile),
                stops_wait: protocol.stops_wait(),
            }
        });
        let unknown = DeviceRules {
            offline_policy: offline.unwrap_or(policy.offline_policy),
            report_interval: policy.report_interval,
            keeps: policy.keeps,
            stops_wait: policy.stops_wait,
        };
        policy.for_device(own.unwrap_or(unknown))
    }
}
