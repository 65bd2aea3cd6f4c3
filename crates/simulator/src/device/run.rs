//! The task of one device: socket, timer and requests on one side, the sans-IO device on the
//! other.

use super::Company;
use super::log::{Direction, Log};
use crate::target::Target;
use ::pile::{Action, Impossible, Pieces, Pile, PortView, Step, Writing};
use kernel::Timestamp;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};

/// Bytes read at once.
const READ_SIZE: usize = 2048;
/// Time for the peer to take what is written.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections left open without a word at most; the oldest is dropped beyond that.
const ABANDONED_MAX: usize = 4;
/// Steps done in one go before the task lets others run.
const STEPS_PER_TURN: usize = 4096;

/// What a handle asks of its device.
pub(super) enum Request {
    Act(Action, oneshot::Sender<Result<(), Impossible>>),
    Look(oneshot::Sender<Vec<PortView>>),
    End,
}

pub(super) struct Runner {
    pile: Box<dyn Pile>,
    target: Target,
    company: Company,
    log: Arc<Log>,
    online: watch::Sender<bool>,
    stream: Option<TcpStream>,
    abandoned: VecDeque<TcpStream>,
}

/// What woke the task.
enum Wake {
    Readable,
    Request(Option<Request>),
    Timer,
}

impl Runner {
    pub(super) fn new(
        pile: Box<dyn Pile>,
        target: Target,
        company: Company,
        log: Arc<Log>,
        online: watch::Sender<bool>,
    ) -> Self {
        Self {
            pile,
            target,
            company,
            log,
            online,
            stream: None,
            abandoned: VecDeque::new(),
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Request>) {
        tokio::time::sleep(self.company.delay).await;
        let mut steps = Vec::new();
        self.pile.tick(self.now(), &mut steps);
        loop {
            self.perform(&mut steps).await;
            match self.wait(&mut inbox).await {
                Wake::Readable => self.read(&mut steps),
                Wake::Timer => self.pile.tick(self.now(), &mut steps),
                Wake::Request(Some(Request::Act(action, reply))) => {
                    let result = self.pile.act(&action, self.now(), &mut steps);
                    // "It has happened" includes the bytes on the wire.
                    self.perform(&mut steps).await;
                    // Nobody may be waiting any more.
                    let _ = reply.send(result);
                }
                Wake::Request(Some(Request::Look(reply))) => {
                    let _ = reply.send(self.pile.ports(self.now()));
                }
                Wake::Request(Some(Request::End) | None) => break,
            }
        }
        self.close().await;
    }

    fn now(&self) -> Timestamp {
        self.company.clock.read()
    }

    async fn wait(&mut self, inbox: &mut mpsc::Receiver<Request>) -> Wake {
        let deadline = self.pile.deadline();
        let timer = async {
            match deadline {
                Some(at) => tokio::time::sleep_until(self.company.clock.instant(at)).await,
                None => std::future::pending().await,
            }
        };
        let readable = async {
            match &self.stream {
                // An error shows when it is read.
                Some(stream) => drop(stream.ready(Interest::READABLE).await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            request = inbox.recv() => Wake::Request(request),
            () = readable => Wake::Readable,
            () = timer => Wake::Timer,
        }
    }

    fn read(&mut self, steps: &mut Vec<Step>) {
        let Some(stream) = &self.stream else {
            return;
        };
        let mut buffer = [0; READ_SIZE];
        match stream.try_read(&mut buffer) {
            Ok(0) => self.lost(steps),
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default();
                let now = self.now();
                self.company.counters.received(count);
                self.log.bytes(now, Direction::Down, bytes);
                self.pile.receive(bytes, now, steps);
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => self.lost(steps),
        }
    }

    /// The peer is gone.
    fn lost(&mut self, steps: &mut Vec<Step>) {
        if self.stream.take().is_some() {
            self.company.counters.went_offline();
            self.online.send_replace(false);
        }
        self.pile.disconnected(self.now(), steps);
    }

    /// Does what the device wants, including what follows from doing it.
    async fn perform(&mut self, steps: &mut Vec<Step>) {
        for _ in 0..STEPS_PER_TURN {
            if steps.is_empty() {
                return;
            }
            for step in std::mem::take(steps) {
                match step {
                    Step::Connect { source } => self.connect(source, steps).await,
                    Step::Write(writing) => self.write(&writing, steps).await,
                    Step::Close => self.close().await,
                    Step::Abandon => self.abandon(),
                    Step::Note(note) => {
                        self.company.counters.noted(&note.event);
                        self.log.note(note);
                    }
                }
            }
        }
    }

    async fn connect(&mut self, source: Option<Ipv4Addr>, steps: &mut Vec<Step>) {
        // The semaphore is never closed.
        let door = self.company.doors.acquire().await;
        let connected = self.target.connect(source).await;
        drop(door);
        match connected {
            Ok(stream) => {
                self.stream = Some(stream);
                self.company.counters.came_online();
                self.log.new_connection();
                self.pile.connected(self.now(), steps);
                self.online.send_replace(true);
            }
            Err(error) => {
                tracing::debug!(device = %self.pile.id(), %error, "cannot connect");
                self.company.counters.connect_failed();
                self.pile.disconnected(self.now(), steps);
            }
        }
    }

    async fn write(&mut self, writing: &Writing, steps: &mut Vec<Step>) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        self.log
            .bytes(self.company.clock.read(), Direction::Up, &writing.bytes);
        let writes = write_pieces(stream, writing);
        match tokio::time::timeout(writes_timeout(writing), writes).await {
            Ok(Ok(())) => self.company.counters.sent(writing.bytes.len()),
            Ok(Err(_)) | Err(_) => self.lost(steps),
        }
    }

    async fn close(&mut self) {
        if let Some(mut stream) = self.stream.take() {
            self.company.counters.went_offline();
            self.online.send_replace(false);
            // The peer may have closed already.
            let _ = stream.shutdown().await;
        }
    }

    fn abandon(&mut self) {
        if let Some(stream) = self.stream.take() {
            self.company.counters.went_offline();
            self.online.send_replace(false);
            if self.abandoned.len() == ABANDONED_MAX {
                self.abandoned.pop_front();
            }
            self.abandoned.push_back(stream);
        }
    }
}

async fn write_pieces(stream: &mut TcpStream, writing: &Writing) -> std::io::Result<()> {
    let Some(Pieces { size, gap }) = writing.pieces else {
        return stream.write_all(&writing.bytes).await;
    };
    for piece in writing.bytes.chunks(size.max(1)) {
        stream.write_all(piece).await?;
        tokio::time::sleep(gap).await;
    }
    Ok(())
}

/// Slow writers take the time that their pauses add up to.
fn writes_timeout(writing: &Writing) -> Duration {
    let pauses = writing.pieces.map_or(Duration::ZERO, |pieces| {
        let count = writing.bytes.len().div_ceil(pieces.size.max(1));
        pieces
            .gap
            .saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
    });
    WRITE_TIMEOUT.saturating_add(pauses)
}
