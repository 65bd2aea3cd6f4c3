//! A platform that listens on a port of its own, and peers that write raw bytes to it.

use app::{App, Background, NewDevice, Parts, Settings};
use bkv::frame::{Expect, Framing, Scan, scan, seal};
use bus::Bus;
use device::{Direction, Registry};
use gateway::{Gateway, Limits};
use kernel::{Clock, PhyId, Timestamp};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use store::comm_logs::{self, CommLog, CommLogFilter};
use testkit::db::TestDb;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// The device of most tests.
pub(crate) const DEVICE: &str = "82210225000520";
/// Nothing here takes longer.
pub(crate) const LONG: Duration = Duration::from_secs(10);
/// Register frame and heartbeat.
pub(crate) const HEARTBEAT: u16 = 0x0000;
/// Status heartbeat of the v8.6 dialect.
pub(crate) const STATUS: u16 = 0x0021;
/// Settlement of the v8.6 dialect.
pub(crate) const SETTLEMENT: u16 = 0x0003;

struct SystemClock(Instant);

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the clock itself")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let since = since.expect("after 1970");
        Timestamp(i64::try_from(since.as_millis()).expect("before the year 292 million"))
    }

    fn steady(&self) -> Duration {
        self.0.elapsed()
    }
}

pub(crate) struct Scene {
    pub(crate) app: Arc<App>,
    pub(crate) address: SocketAddr,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) test: TestDb,
    background: Background,
}

impl Scene {
    /// With a device of ours.
    pub(crate) async fn new(limits: Limits) -> Self {
        Self::of_device(limits, Settings::default()).await
    }

    /// With a device of ours and other settings.
    pub(crate) async fn of_device(limits: Limits, settings: Settings) -> Self {
        let scene = Self::with(limits, settings).await;
        let new = NewDevice {
            phy_id: Some(id(DEVICE)),
            port_count: Some(2),
            ..NewDevice::default()
        };
        scene.app.create_device("test", new).await.expect("new");
        scene
    }

    /// Without devices.
    pub(crate) async fn with(limits: Limits, settings: Settings) -> Self {
        let test = TestDb::sqlite().await.expect("a SQLite file");
        let db = test.db.clone();
        let (app, background) = App::start(Parts {
            clock: Arc::new(SystemClock(Instant::now())),
            db,
            outside: app::Outside::default(),
            bus: Bus::in_process(),
            protocols: Registry::new(vec![Arc::new(bkv::Bkv), Arc::new(ap3000::Ap3000)]),
            settings,
        })
        .await
        .expect("a readable database");
        let gateway = Gateway::new(app.clone(), limits);
        let any = "127.0.0.1:0".parse().expect("an address");
        let address = gateway.listen(any).expect("a free port");
        Self {
            app,
            address,
            gateway,
            test,
            background,
        }
    }

    pub(crate) async fn connect(&self) -> Peer {
        let stream = TcpStream::connect(self.address).await.expect("a listener");
        Peer::over(stream)
    }

    /// A device of ours that has introduced itself and has been answered.
    pub(crate) async fn device(&self, id: &str) -> Peer {
        let mut peer = self.connect().await;
        peer.send(&heartbeat(id)).await;
        peer.frame(HEARTBEAT).await;
        peer
    }

    /// Waits until something is true.
    pub(crate) async fn until(&self, what: &str, is_true: impl Fn(&App) -> bool) {
        let waiting = async {
            while !is_true(&self.app) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LONG, waiting).await.expect(what);
    }

    /// Waits for a line of the communication log.
    pub(crate) async fn log_line(&self, kind: &str, is_it: impl Fn(&CommLog) -> bool) -> CommLog {
        let filter = CommLogFilter {
            kind: Some(kind.to_owned()),
            ..CommLogFilter::default()
        };
        let looking = async {
            loop {
                let mut view = self.test.db.view().await.expect("a connection");
                let page = store::PageRequest { page: 1, size: 100 };
                let lines = comm_logs::list(view.conn(), &filter, page).await;
                drop(view);
                let found = lines.expect("readable rows").items.into_iter().find(&is_it);
                if let Some(line) = found {
                    return line;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(LONG, looking).await.expect("a line")
    }

    /// Ends it in order and removes the database.
    pub(crate) async fn end(self) {
        assert!(self.gateway.close(LONG).await, "every connection ends");
        self.background.stop().await;
        self.test.remove().await.expect("removed");
    }
}

pub(crate) fn id(text: &str) -> PhyId {
    text.parse().expect("a legal id")
}

/// An uplink of a gateway.
pub(crate) fn frame(id: &str, cmd: u16, seq: u32, body: &[u8]) -> Vec<u8> {
    let gateway = id.parse().expect("fourteen digits");
    let framing = Framing::Gateway { cmd, seq, gateway };
    let mut out = Vec::new();
    seal(framing, Direction::Up, &mut out, |out| {
        out.extend_from_slice(body);
    })
    .expect("short enough");
    out
}

pub(crate) fn heartbeat(id: &str) -> Vec<u8> {
    frame(id, HEARTBEAT, 1, b"89860855102410881988v8.6.0\0\0\x15")
}

/// A status heartbeat with these port bytes.
pub(crate) fn status(id: &str, ports: &[u8]) -> Vec<u8> {
    let mut body = vec![0x08, 0x98, u8::try_from(ports.len()).expect("few")];
    body.extend_from_slice(ports);
    body.extend_from_slice(&[21, 30]);
    frame(id, STATUS, 2, &body)
}

/// A settlement of 3600 s, 5.23 kWh, 7.85 yuan.
pub(crate) fn settlement(id: &str, order_no: &str, port: u8) -> Vec<u8> {
    let mut body = order_no.as_bytes().to_vec();
    body.push(port);
    body.extend_from_slice(&3600_u32.to_be_bytes());
    body.extend_from_slice(&523_u16.to_be_bytes());
    body.extend_from_slice(&785_u16.to_be_bytes());
    body.push(0);
    body.extend_from_slice(&18_000_u16.to_be_bytes());
    body.extend_from_slice(&1_729_411_200_u32.to_be_bytes());
    frame(id, SETTLEMENT, 3, &body)
}

/// Somebody on the other end of a socket.
pub(crate) struct Peer<S = TcpStream> {
    pub(crate) stream: S,
    inbox: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) const fn over(stream: S) -> Self {
        Self {
            stream,
            inbox: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("writable");
    }

    /// The next frame of that command; others are passed over.
    pub(crate) async fn frame(&mut self, wanted: u16) -> Vec<u8> {
        let found = timeout(LONG, self.look_for(wanted)).await;
        found.expect("an answer in time").expect("an answer")
    }

    /// Whether no frame of that command comes for so long.
    pub(crate) async fn is_quiet(&mut self, unwanted: u16, patience: Duration) -> bool {
        timeout(patience, self.look_for(unwanted)).await.is_err()
    }

    async fn look_for(&mut self, wanted: u16) -> Option<Vec<u8>> {
        loop {
            match scan(&self.inbox, Expect::Down) {
                Scan::Frame(frame) => {
                    let raw = frame.raw.to_vec();
                    let cmd = match frame.framing {
                        Framing::Gateway { cmd, .. } => Some(cmd),
                        Framing::Direct => None,
                    };
                    self.inbox.drain(..raw.len());
                    if cmd == Some(wanted) {
                        return Some(raw);
                    }
                }
                Scan::Skip(count) => {
                    self.inbox.drain(..count);
                    if self.inbox.is_empty() && !self.read().await {
                        return None;
                    }
                }
                Scan::Bad(error) => panic!("the platform wrote a bad frame: {error}"),
                Scan::Wait => {
                    if !self.read().await {
                        return None;
                    }
                }
            }
        }
    }

    async fn read(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.inbox).await, Ok(read) if read > 0)
    }

    /// Waits until the platform closes the connection; how long that took.
    pub(crate) async fn closed(&mut self) -> Duration {
        let began = Instant::now();
        let closing = async {
            while self.read().await {
                self.inbox.clear();
            }
        };
        timeout(LONG, closing).await.expect("closed in time");
        began.elapsed()
    }
}
