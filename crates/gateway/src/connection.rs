//! One connection: its socket, its link, and the facts of its devices on their way to the app.

use crate::Limits;
use crate::budget::Budget;
use crate::detect::{Opening, opening};
use crate::farewell::{self, End, Names};
use crate::meters::{self, Meters};
use crate::waiting::{Waiting, Work};
use app::{App, Connection, Downlink, Inbox, InboxReader};
use device::{
    Admission, Answer, Command, Direction, Envelope, Event, FrameNote, Item, Link, Outcome, Output,
    Protocol, Receipt, Tally,
};
use futures_util::future::BoxFuture;
use kernel::{PhyId, Timestamp};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

/// Bytes taken from a socket at a time. The buffer belongs to the thread, not the connection.
const READ_CHUNK: usize = 16 * 1024;

/// Noise kept of one stranger.
const NOISE_BYTES_MAX: usize = 512;

/// Strangers of one connection that can be adopted while it lasts.
const STRANGERS_MAX: usize = 256;

/// A deadline that is never reached, for connections that wait for nothing.
const FAR_AWAY: Duration = Duration::from_hours(1);

/// Bytes of a frame that are shown as evidence.
const EVIDENCE_MAX: usize = 256;

thread_local! {
    static READ_BUFFER: RefCell<Box<[u8; READ_CHUNK]>> = RefCell::new(Box::new([0; READ_CHUNK]));
    static SPARE_OUTPUT: RefCell<Output> = RefCell::default();
    static LAST_FRAME: RefCell<Vec<u8>> = RefCell::default();
}

/// What a peer is at the other end of: a socket, or TLS over one.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Serves one peer until it leaves, falls silent, misbehaves, or the program stops.
pub(crate) async fn serve(
    stream: &mut impl Stream,
    peer: SocketAddr,
    id: u64,
    app: Arc<App>,
    limits: Arc<Limits>,
    closing: CancellationToken,
) {
    let opening = tokio::select! {
        () = closing.cancelled() => return farewell::closing(peer, &Names::default()),
        opening = opening(stream, app.protocols(), &limits) => opening,
    };
    let mut names = Names::default();
    match opening {
        Opening::Speaks(protocol, first) => {
            info!(remote_addr = %peer, protocol = protocol.name(), "Protocol identified");
            let mut task = Task::new(stream, peer, id, &protocol, app, limits);
            let end = task.run(&first, closing).await;
            names = task.leave(&end);
        }
        Opening::Noise(bytes) => {
            warn!(remote_addr = %peer, bytes = bytes.len(), "unknown protocol");
            noise(&app, bytes.len());
            let kept = &bytes[..bytes.len().min(NOISE_BYTES_MAX)];
            app.comm_log()
                .noise(peer, None, "unknown protocol", kept.into());
        }
        Opening::Gone(bytes, error) => {
            noise(&app, bytes.len());
            farewell::read_error(peer, &names, &error);
            if !bytes.is_empty() {
                app.comm_log()
                    .noise(peer, None, "incomplete first frame", bytes.into());
            }
        }
    }
    farewell::closing(peer, &names);
}

/// Counts bytes that belong to no protocol.
fn noise(app: &App, bytes: usize) {
    let skipped = bytes as u64;
    meters::bytes("noise").increment(skipped);
    let tally = Tally {
        skipped,
        ..Tally::default()
    };
    app.bytes_seen(None, skipped, &tally);
}

/// What the app said to a piece of work.
enum Done {
    Admit(PhyId, Admission),
    Resolve(Receipt, Answer),
    /// An end report that has to wait for the database like everything else.
    NotKept(Box<Envelope>),
    Nothing,
}

struct Task<'peer, S> {
    stream: &'peer mut S,
    connection: Arc<Connection>,
    meters: Arc<Meters>,
    inbox: InboxReader,
    link: Box<dyn Link>,
    app: Arc<App>,
    limits: Arc<Limits>,
    budget: Budget,
    held_until: Option<Timestamp>,
    devices: Vec<PhyId>,
    /// Device ids that are not ours, to be forgotten with the connection.
    strangers: Vec<PhyId>,
    names: Names,
    waiting: Waiting,
    /// The app is at work on something of this connection.
    busy: bool,
    /// An end report on its way to the disk, past a line that waits for the database.
    keeping: Option<BoxFuture<'static, Done>>,
    /// Bytes that came in, and those of them whose fate has been counted.
    received: u64,
    counted: u64,
    /// The device that they are counted under: the first of ours on this connection.
    owner: Option<PhyId>,
    /// What has not been counted under anybody yet.
    unseen: (u64, Tally),
    unwritten: Vec<u8>,
    end: Option<End>,
}

impl<'peer, S: Stream> Task<'peer, S> {
    fn new(
        stream: &'peer mut S,
        peer: SocketAddr,
        id: u64,
        protocol: &Arc<dyn Protocol>,
        app: Arc<App>,
        limits: Arc<Limits>,
    ) -> Self {
        let now = app.now();
        let (sender, inbox) = Inbox::new();
        let connection = Arc::new(Connection {
            id,
            peer,
            protocol: protocol.clone(),
            inbox: sender,
            since: now,
            traffic: Arc::default(),
        });
        let budget = Budget::new(&limits, now);
        Self {
            stream,
            connection,
            meters: Meters::of(protocol.name()),
            inbox,
            link: protocol.link(),
            app,
            limits,
            budget,
            held_until: None,
            devices: Vec::new(),
            strangers: Vec::new(),
            names: Names::default(),
            waiting: Waiting::default(),
            busy: false,
            keeping: None,
            received: 0,
            counted: 0,
            owner: None,
            unseen: (0, Tally::default()),
            unwritten: Vec::new(),
            end: None,
        }
    }

    async fn run(&mut self, first: &[u8], closing: CancellationToken) -> End {
        self.received(first);
        let mut busy: Option<BoxFuture<'static, Done>> = None;
        let alarm = sleep_until(Instant::now());
        tokio::pin!(alarm);
        // All connections share one list of who waits for the end: entered once, not per frame.
        let closed = closing.cancelled();
        tokio::pin!(closed);
        loop {
            if let Err(error) = self.write().await {
                return End::Write(error);
            }
            if let Some(end) = self.end.take() {
                return end;
            }
            if busy.is_none() {
                busy = self.next_work();
                self.busy = busy.is_some();
            }
            let now = self.app.now();
            let held = self.held_until.is_some_and(|until| until > now);
            let readable = self.waiting.has_room(&self.limits, now) && !held;
            let wake = Instant::now() + self.sleep(now);
            // Resetting a timer costs more than waking once too early.
            if alarm.is_elapsed() || wake < alarm.deadline() {
                alarm.as_mut().reset(wake);
            }
            tokio::select! {
                () = &mut closed, if busy.is_none() && self.keeping.is_none() => {
                    return End::Shutdown;
                }
                read = read(self.stream), if readable => match read {
                    Ok(0) => return End::Read(io::ErrorKind::UnexpectedEof.into()),
                    Ok(read) => self.take_read(read),
                    Err(error) => return End::Read(error),
                },
                downlink = self.inbox.next() => self.downlink(downlink),
                done = async { busy.as_mut().expect("guarded").await }, if busy.is_some() => {
                    busy = None;
                    self.busy = false;
                    self.done(done);
                }
                done = async { self.keeping.as_mut().expect("guarded").await },
                    if self.keeping.is_some() =>
                {
                    self.keeping = None;
                    self.done(done);
                }
                () = &mut alarm => {
                    let now = self.app.now();
                    self.drive(|link, out| link.tick(now, out));
                }
            }
        }
    }

    /// How long nothing needs to be done unless something comes in.
    fn sleep(&self, now: Timestamp) -> Duration {
        let held = self.held_until.filter(|until| *until > now);
        let deadlines = [self.link.deadline(), held, self.waiting.deadline()];
        let next = deadlines.into_iter().flatten().min();
        next.map_or(FAR_AWAY, |at| at.since(now).max(Duration::from_millis(1)))
    }

    /// Begins with what has waited longest and needs the app's time.
    fn next_work(&mut self) -> Option<BoxFuture<'static, Done>> {
        loop {
            match self.waiting.pop()? {
                Work::Event(envelope) if self.app.absorb(&self.connection, &envelope) => {}
                work => return Some(self.begin(work)),
            }
        }
    }

    /// Takes in what [`read`] has left in the thread's buffer, before anything else is awaited.
    fn take_read(&mut self, read: usize) {
        READ_BUFFER.with_borrow_mut(|buffer| self.received(&buffer[..read]));
    }

    fn received(&mut self, bytes: &[u8]) {
        let now = self.app.now();
        self.received += bytes.len() as u64;
        self.connection.traffic.received(bytes.len());
        self.unseen.0 += bytes.len() as u64;
        let tally = self.drive(|link, out| link.receive(bytes, now, out));
        let frames = tally.frames + tally.bad_frames;
        self.held_until = self.budget.spend(bytes.len(), frames, now);
        if self.budget.is_flooding(&self.limits, now) {
            self.end.get_or_insert(End::Flood);
        }
    }

    fn downlink(&mut self, downlink: Downlink) {
        let now = self.app.now();
        match downlink {
            Downlink::Command(dispatch) => {
                let protocol = &self.connection.protocol;
                let cmd = self
                    .app
                    .wire_command(protocol, &dispatch.device, &dispatch.command);
                info!(
                    device = %dispatch.device,
                    cmd = cmd_text(cmd),
                    msg_id = dispatch.msg_id,
                    order_no = order_of(&dispatch.command),
                    "outbound message dequeued"
                );
                self.drive(|link, out| link.command(*dispatch, now, out));
            }
            Downlink::Withdraw(command) => {
                if self.link.withdraw(command) {
                    debug!(%command, "command withdrawn");
                    self.app.command_withdrawn(command);
                }
            }
            Downlink::Reprofile(device, profile) => self.link.reprofile(&device, *profile),
            Downlink::Identify(device) => self.waiting.push_back(Work::Identify(device)),
            Downlink::Unbind(device) => {
                self.devices.retain(|bound| *bound != device);
                self.drive(|link, out| link.release(&device, now, out));
                if self.devices.is_empty() {
                    self.end.get_or_insert(End::Replaced);
                }
            }
            Downlink::Close => {
                self.end.get_or_insert(End::Asked);
            }
        }
    }

    /// Runs the link and takes in what it wants done.
    fn drive(&mut self, run: impl FnOnce(&mut dyn Link, &mut Output)) -> Tally {
        SPARE_OUTPUT.with_borrow_mut(|out| {
            run(self.link.as_mut(), out);
            self.unwritten.append(&mut out.wire);
            LAST_FRAME.with_borrow_mut(|frame| {
                frame.clear();
                for item in out.items.drain(..) {
                    self.take(item, frame);
                }
            });
            let tally = std::mem::take(&mut out.tally);
            self.count(tally);
            tally
        })
    }

    /// Takes one thing in. Links tell of a frame before what it means: `frame` is the one that went
    /// by last, empty before the first.
    fn take(&mut self, item: Item, frame: &mut Vec<u8>) {
        match item {
            Item::Event(envelope) => {
                self.event(envelope, Some(&**frame).filter(|frame| !frame.is_empty()));
            }
            Item::Frame(note) => {
                if note.direction == Direction::Up {
                    frame.clear();
                    frame.extend_from_slice(&note.raw[..note.raw.len().min(EVIDENCE_MAX)]);
                }
                self.frame(note);
            }
            Item::Identify(device) => self.waiting.push_back(Work::Identify(device)),
            Item::Malformed { reason, raw } => {
                let device = self.names.text();
                warn!(remote_addr = %self.connection.peer, device, reason, "malformed frame");
                if let Some(device) = self.devices.first() {
                    self.app.malformed(device, reason, &raw);
                }
                self.app
                    .comm_log()
                    .noise(self.connection.peer, self.devices.first(), reason, raw);
            }
            Item::Close(reason) => {
                self.end.get_or_insert(End::Link(reason));
            }
        }
    }

    /// Facts stay in their order: while one waits for the database, those behind it wait too.
    /// A mere sign of life waits for nobody.
    fn event(&mut self, envelope: Envelope, frame: Option<&[u8]>) {
        self.app.inspect(&self.connection, &envelope, frame);
        let waits = self.busy || !self.waiting.is_empty();
        let sign_of_life = matches!(envelope.event, Event::Heartbeat(_));
        if (!waits || sign_of_life) && self.app.absorb(&self.connection, &envelope) {
            return;
        }
        if let Event::Command(report) = &envelope.event
            && let Outcome::Written {
                cmd,
                msg_id,
                attempt,
            } = report.outcome
        {
            info!(
                device = %envelope.device,
                cmd = cmd_text(Some(cmd)),
                msg_id,
                attempt,
                "outbound message sent"
            );
            self.app.command_written(report.command, attempt);
            return;
        }
        if matches!(envelope.event, Event::Ended(_))
            && waits
            && self.keeping.is_none()
            && self.app.waits_for_database()
        {
            self.keeping = Some(self.keep(envelope));
            return;
        }
        self.waiting.push_back(Work::Event(Box::new(envelope)));
    }

    /// An end report does not stand behind what cannot be stored: its device would say it again
    /// and again, and one that gives up would have its charge billed without it.
    fn keep(&self, envelope: Envelope) -> BoxFuture<'static, Done> {
        let app = self.app.clone();
        Box::pin(async move {
            match (app.keep_report(&envelope).await, envelope.receipt) {
                (false, _) => Done::NotKept(Box::new(envelope)),
                (true, Some(receipt)) => Done::Resolve(receipt, Answer::Stored),
                (true, None) => Done::Nothing,
            }
        })
    }

    fn frame(&mut self, note: FrameNote) {
        let label = self.connection.protocol.label();
        match note.direction {
            Direction::Up => info!(
                cmd = cmd_text(Some(note.cmd)),
                cmd_hex4 = format_args!("{:#06x}", note.cmd),
                gateway_id = %note.device,
                data_len = note.data_len,
                msg_id = note.msg_id,
                "{label} frame received"
            ),
            Direction::Down => info!(
                cmd = cmd_text(Some(note.cmd)),
                cmd_hex4 = format_args!("{:#06x}", note.cmd),
                gateway_id = %note.device,
                data_len = note.data_len,
                msg_id = note.msg_id,
                "{label} frame sent"
            ),
        }
        self.connection.traffic.frame(note.direction);
        self.app.frame_seen(&self.connection, note);
    }

    fn count(&mut self, tally: Tally) {
        if tally == Tally::default() {
            return;
        }
        self.counted += tally.decoded + tally.unknown + tally.malformed + tally.skipped;
        self.meters.count(&tally);
        let known = &mut self.unseen.1;
        known.decoded += tally.decoded;
        known.unknown += tally.unknown;
        known.malformed += tally.malformed;
        known.skipped += tally.skipped;
        known.frames += tally.frames;
        known.bad_frames += tally.bad_frames;
        if self.owner.is_some() {
            self.tell_bytes();
        }
    }

    /// Counts under its device, or under nobody, what has not been counted yet.
    fn tell_bytes(&mut self) {
        let (received, tally) = std::mem::take(&mut self.unseen);
        self.app.bytes_seen(self.owner.as_ref(), received, &tally);
    }

    fn begin(&self, work: Work) -> BoxFuture<'static, Done> {
        let (app, connection) = (self.app.clone(), self.connection.clone());
        match work {
            Work::Identify(device) => Box::pin(async move {
                let admission = app.first_contact(&connection, &device).await;
                Done::Admit(device, admission)
            }),
            Work::Arrive(device) => Box::pin(async move {
                app.arrived(&connection, &device).await;
                Done::Nothing
            }),
            Work::Event(envelope) => Box::pin(async move {
                let receipt = envelope.receipt;
                let answer = app.handle(&connection, *envelope).await;
                match (receipt, answer) {
                    (Some(receipt), Some(answer)) => Done::Resolve(receipt, answer),
                    _ => Done::Nothing,
                }
            }),
        }
    }

    fn done(&mut self, done: Done) {
        let now = self.app.now();
        match done {
            Done::Admit(device, admission) => {
                let known = matches!(admission, Admission::Known(_));
                self.names.add(&device);
                if known && self.app.is_impostor(&self.connection, &device) {
                    self.end.get_or_insert(End::Impostor);
                    return;
                }
                self.strangers.retain(|stranger| *stranger != device);
                if known {
                    // Before the link lets go of the events that it held back.
                    self.app.attach(&self.connection, &device);
                    if !self.devices.contains(&device) {
                        self.devices.push(device.clone());
                    }
                    self.owner.get_or_insert_with(|| device.clone());
                    self.waiting.push_front(Work::Arrive(device.clone()));
                } else if self.strangers.len() < STRANGERS_MAX {
                    self.strangers.push(device.clone());
                } else {
                    self.app.stranger_left(&device, &self.connection);
                }
                self.drive(|link, out| link.admit(&device, admission, now, out));
            }
            Done::Resolve(receipt, answer) => {
                self.drive(|link, out| link.resolve(receipt, answer, now, out));
            }
            Done::NotKept(envelope) => self.waiting.push_back(Work::Event(envelope)),
            Done::Nothing => {}
        }
    }

    async fn write(&mut self) -> io::Result<()> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let wire = std::mem::take(&mut self.unwritten);
        let writing = async {
            self.stream.write_all(&wire).await?;
            // TLS may hold back what the socket did not take.
            self.stream.flush().await
        };
        timeout(self.limits.write_timeout, writing)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        self.connection.traffic.sent(wire.len());
        Ok(())
    }

    /// Lets go of everything. Returns the names for the last log line.
    fn leave(mut self, end: &End) -> Names {
        farewell::log(self.connection.peer, &self.names, end);
        // The beginning of a frame that never came whole.
        let incomplete = self.received.saturating_sub(self.counted);
        meters::bytes("incomplete").increment(incomplete);
        self.unseen.1.skipped += incomplete;
        self.tell_bytes();
        for device in &self.devices {
            self.app.left(device, &self.connection);
        }
        for stranger in &self.strangers {
            self.app.stranger_left(stranger, &self.connection);
        }
        self.names
    }
}

/// Reads what is there into the thread's buffer, so that a silent connection holds none.
async fn read(stream: &mut impl Stream) -> io::Result<usize> {
    poll_fn(|context| {
        READ_BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(&mut buffer[..]);
            ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer))?;
            Poll::Ready(Ok(buffer.filled().len()))
        })
    })
    .await
}

/// `0x0000` in four digits, but commands of one byte from 0x80 on in two: `0x82`.
fn cmd_text(cmd: Option<u16>) -> Option<String> {
    cmd.map(app::command_text)
}

fn order_of(command: &Command) -> Option<String> {
    match command {
        Command::StartCharge(plan) => Some(plan.order.to_string()),
        Command::StopCharge { order, .. } | Command::AdjustCharge { order, .. } => {
            Some(order.to_string())
        }
        _ => None,
    }
}
