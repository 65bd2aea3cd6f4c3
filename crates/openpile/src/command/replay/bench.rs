//! A device's connection without a socket: what the gateway does, on a clock that is set.

use super::finding::{self, Entry};
use crate::command::decode::reading::Wanted;
use app::{App, Connection, Downlink, Inbox, InboxReader};
use device::{
    Admission, Answer, Direction, Envelope, Event, Item, Link, Outcome, Output, Protocol, Receipt,
};
use kernel::{Clock, ManualClock, PhyId, Timestamp};
use serde_json::Value;
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// The sweep while something charges, and while nothing does.
const SWEEP_BUSY: Duration = Duration::from_secs(1);
const SWEEP_IDLE: Duration = Duration::from_secs(30);
/// Sweeps between two flushes of live values.
const FLUSH_AFTER: u32 = 30;
/// Steps of one connection at one instant; more are a circle.
const STEPS_MAX: usize = 10_000;

/// Bytes that went down.
pub(crate) struct Sent {
    pub(crate) at: Timestamp,
    pub(crate) cmd: String,
    pub(crate) msg_id: Option<i64>,
    pub(crate) hex: String,
    pub(crate) text: String,
}

/// What waits for the app.
enum Work {
    Identify(PhyId),
    Arrive(PhyId),
    Event(Box<Envelope>),
}

/// One connection.
struct Line {
    connection: Arc<Connection>,
    inbox: InboxReader,
    link: Box<dyn Link>,
    ip: IpAddr,
    work: VecDeque<Work>,
    devices: Vec<PhyId>,
}

/// The device's end of the platform.
pub(crate) struct Bench {
    app: Arc<App>,
    clock: Arc<ManualClock>,
    protocol: Arc<dyn Protocol>,
    device: PhyId,
    wanted: Wanted,
    /// The log leaves heartbeats out: silence proves nothing.
    is_thinned: bool,
    line: Option<Line>,
    connections: u64,
    next_sweep: Timestamp,
    sweeps: u32,
    /// A deadline that ticking did not move.
    stale: Option<Timestamp>,
    /// The link has given its connection up.
    is_ending: bool,
    /// The other end, where there is one: bytes for it, and nothing is written down.
    peer: Option<Vec<u8>>,
    /// Between two sweeps while something charges.
    pace: Duration,
    pub(crate) entries: Vec<Entry>,
    pub(crate) sent: Vec<Sent>,
}

impl Bench {
    pub(crate) fn new(
        app: Arc<App>,
        clock: Arc<ManualClock>,
        protocol: Arc<dyn Protocol>,
        device: PhyId,
        is_thinned: bool,
    ) -> Self {
        let wanted = finding::wanted(Some(protocol.name()));
        let next_sweep = clock.now();
        Self {
            app,
            clock,
            protocol,
            device,
            wanted,
            is_thinned,
            line: None,
            connections: 0,
            next_sweep,
            sweeps: 0,
            stale: None,
            is_ending: false,
            peer: None,
            pace: SWEEP_BUSY,
            entries: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// With a device at the other end: what goes down is for it, and nothing is written down.
    pub(crate) fn with_peer(mut self, pace: Duration) -> Self {
        self.peer = Some(Vec::new());
        self.pace = pace;
        self
    }

    /// What goes down to the device at the other end.
    pub(crate) fn take_wire(&mut self) -> Vec<u8> {
        self.peer.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Whether the connection stands.
    pub(crate) const fn is_connected(&self) -> bool {
        self.line.is_some()
    }

    /// A connection comes from an address.
    pub(crate) fn call_in(&mut self, ip: IpAddr) {
        self.open(ip);
    }

    /// The device hangs up.
    pub(crate) async fn hang_up(&mut self) {
        self.close().await;
        self.settle().await;
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Lets time pass: deadlines of the connection, and what time does to orders.
    pub(crate) async fn until(&mut self, at: Timestamp) {
        loop {
            let now = self.clock.now();
            let deadline = self.line.as_ref().and_then(|line| line.link.deadline());
            let deadline = deadline.filter(|due| self.stale != Some(*due));
            let next = deadline.map_or(self.next_sweep, |due| due.min(self.next_sweep));
            if next > at {
                break;
            }
            self.set_clock(next.max(now));
            if deadline.is_some_and(|due| due <= self.clock.now()) {
                self.drive(|link, now, out| link.tick(now, out));
                let still = self.line.as_ref().and_then(|line| line.link.deadline());
                self.stale = still.filter(|still| deadline == Some(*still));
            }
            if self.next_sweep <= self.clock.now() {
                self.sweep().await;
            }
            self.settle().await;
        }
        self.set_clock(at);
    }

    /// What time does to orders, now.
    pub(crate) async fn sweep(&mut self) {
        self.app.sweep().await;
        self.app.at_rest().await;
        let pace = if self.app.orders().is_empty() {
            SWEEP_IDLE.min(self.pace * 30)
        } else {
            self.pace
        };
        self.next_sweep = self.clock.now() + pace;
        self.sweeps += 1;
        if self.sweeps.is_multiple_of(FLUSH_AFTER) {
            self.app.flush().await;
        }
        self.settle().await;
    }

    /// Bytes come in from an address; from another one than before it is another connection.
    pub(crate) async fn receive(&mut self, ip: &str, bytes: &[u8]) {
        let ip: IpAddr = ip.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        if self.line.as_ref().is_some_and(|line| line.ip != ip) {
            self.close().await;
        }
        if self.line.is_none() {
            self.open(ip);
        }
        self.drive(|link, now, out| link.receive(bytes, now, out));
        self.settle().await;
    }

    /// What the platform has said since the last step is carried out.
    pub(crate) async fn catch_up(&mut self) {
        self.settle().await;
    }

    /// What stands in the device's queue goes out.
    pub(crate) async fn deliver(&mut self) {
        if let Err(error) = self.app.deliver(&self.device).await {
            self.say("command", &format!("not delivered: {error}"));
        }
        self.settle().await;
    }

    /// The end: the connection closes without a word, live values are written.
    pub(crate) async fn finish(&mut self) {
        self.settle().await;
        while !self.app.flush().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn say(&mut self, what: &'static str, text: &str) {
        if self.peer.is_some() {
            return;
        }
        let at = self.clock.now();
        self.entries.push(Entry::said(at, what, text));
    }

    fn set_clock(&self, at: Timestamp) {
        self.clock.advance(at.since(self.clock.now()));
    }

    fn open(&mut self, ip: IpAddr) {
        self.connections += 1;
        let (sender, inbox) = Inbox::new();
        self.line = Some(Line {
            connection: Arc::new(Connection {
                id: self.connections,
                peer: SocketAddr::new(ip, 1),
                protocol: self.protocol.clone(),
                inbox: sender,
                since: self.clock.now(),
                traffic: Arc::default(),
            }),
            inbox,
            link: self.protocol.link(),
            ip,
            work: VecDeque::new(),
            devices: Vec::new(),
        });
        self.stale = None;
    }

    async fn close(&mut self) {
        if let Some(line) = self.line.take() {
            for device in &line.devices {
                self.app.left(device, &line.connection);
            }
            self.app.at_rest().await;
        }
    }

    fn drive(&mut self, run: impl FnOnce(&mut dyn Link, Timestamp, &mut Output)) {
        let now = self.clock.now();
        let mut out = Output::default();
        if let Some(line) = &mut self.line {
            run(line.link.as_mut(), now, &mut out);
        }
        if let Some(peer) = &mut self.peer {
            peer.append(&mut out.wire);
        }
        for item in out.items {
            self.take(item);
        }
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Event(envelope) => {
                if self.peer.is_none() {
                    let text = format!("{} {:?}", envelope.event.name(), envelope.event);
                    self.say("event", &text);
                }
                if let Event::Command(report) = &envelope.event
                    && let Outcome::Written { attempt, .. } = report.outcome
                {
                    self.app.command_written(report.command, attempt);
                    return;
                }
                if let Some(line) = &mut self.line {
                    line.work.push_back(Work::Event(Box::new(envelope)));
                }
            }
            Item::Identify(device) => {
                if let Some(line) = &mut self.line {
                    line.work.push_back(Work::Identify(device));
                }
            }
            Item::Frame(note) => {
                let is_told = self.peer.is_none() && note.device == self.device;
                if note.direction == Direction::Down && is_told {
                    let (text, data, _) = finding::read(self.wanted, &note.raw, Direction::Down);
                    self.replied(&text, data);
                    self.sent.push(Sent {
                        at: self.clock.now(),
                        cmd: app::command_text(note.cmd),
                        msg_id: note.msg_id.map(i64::from),
                        hex: hex::encode_upper(&note.raw),
                        text,
                    });
                }
                if let Some(line) = &self.line {
                    self.app.frame_seen(&line.connection, note);
                }
            }
            Item::Malformed { reason, raw } => {
                let text = format!("malformed ({reason}) {}", hex::encode_upper(&raw));
                self.say("noise", &text);
            }
            Item::Close(reason) => {
                if !self.is_thinned {
                    self.say("event", &format!("the connection is given up: {reason:?}"));
                    self.is_ending = true;
                }
            }
        }
    }

    fn replied(&mut self, text: &str, data: Value) {
        self.entries.push(Entry {
            at: self.clock.now(),
            what: "reply",
            text: text.to_owned(),
            data,
        });
    }

    /// Until nothing is left to do at this instant.
    async fn settle(&mut self) {
        for _ in 0..STEPS_MAX {
            if std::mem::take(&mut self.is_ending) {
                self.close().await;
            }
            let Some(line) = &mut self.line else { break };
            if let Some(word) = line.inbox.take() {
                self.hear(word).await;
            } else if let Some(work) = line.work.pop_front() {
                let connection = line.connection.clone();
                self.work(&connection, work).await;
            } else {
                self.app.at_rest().await;
                let quiet = self
                    .line
                    .as_mut()
                    .is_none_or(|line| line.work.is_empty() && !has_word(line));
                if quiet {
                    break;
                }
            }
        }
        self.app.at_rest().await;
    }

    async fn hear(&mut self, word: Downlink) {
        match word {
            Downlink::Command(dispatch) => {
                self.say("command", &format!("{:?}", dispatch.command));
                self.drive(|link, now, out| link.command(*dispatch, now, out));
            }
            Downlink::Withdraw(id) => {
                let dropped = self
                    .line
                    .as_mut()
                    .is_some_and(|line| line.link.withdraw(id));
                if dropped {
                    self.app.command_withdrawn(id);
                }
            }
            Downlink::Reprofile(device, profile) => {
                if let Some(line) = &mut self.line {
                    line.link.reprofile(&device, *profile);
                }
            }
            Downlink::Identify(device) => {
                if let Some(line) = &mut self.line {
                    line.work.push_back(Work::Identify(device));
                }
            }
            Downlink::Unbind(device) => {
                self.drive(|link, now, out| link.release(&device, now, out));
            }
            Downlink::Close => self.close().await,
        }
    }

    async fn work(&mut self, connection: &Arc<Connection>, work: Work) {
        match work {
            Work::Identify(device) => {
                let admission = self.app.first_contact(connection, &device).await;
                if matches!(admission, Admission::Known(_)) {
                    self.app.attach(connection, &device);
                    if let Some(line) = &mut self.line {
                        line.devices.push(device.clone());
                        line.work.push_front(Work::Arrive(device.clone()));
                    }
                } else if device == self.device {
                    self.say("event", "the device is not one of ours");
                }
                self.drive(|link, now, out| link.admit(&device, admission, now, out));
            }
            Work::Arrive(device) => {
                self.app.arrived(connection, &device).await;
                if let Err(error) = self.app.deliver(&device).await {
                    self.say("command", &format!("not delivered: {error}"));
                }
            }
            Work::Event(envelope) => {
                let receipt = envelope.receipt;
                if self.app.absorb(connection, &envelope) {
                    return;
                }
                let answer = self.app.handle(connection, *envelope).await;
                if let (Some(receipt), Some(answer)) = (receipt, answer) {
                    self.resolve(receipt, answer);
                }
            }
        }
    }

    fn resolve(&mut self, receipt: Receipt, answer: Answer) {
        self.drive(|link, now, out| link.resolve(receipt, answer, now, out));
    }
}

/// Whether a word waits; it is not taken.
fn has_word(line: &Line) -> bool {
    line.connection.inbox.has_words()
}
