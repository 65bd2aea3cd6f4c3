//! The task that keeps the line to the other nodes: connects, sends what waits, passes on what
//! comes, and notices when words or entries may have been lost.

use super::connection::{Connection, Push, Pushes};
use super::{Address, Heard, Line, Outgoing, scripts};
use crate::board::Board;
use crate::word::{Word, opened, sealed};
use crate::{Bus, Doorbell, Topic};
use futures_util::future::try_join_all;
use kernel::RunId;
use redis::RedisResult;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

/// Where all nodes speak.
const CHANNEL: &str = "openpile:words";

/// Sent in one go.
const BATCH_MAX: usize = 512;

const RECONNECT_FIRST: Duration = Duration::from_millis(100);
const RECONNECT_MAX: Duration = Duration::from_secs(2);

/// How often changes are passed on to the pages of other nodes.
const HINTS_EVERY: Duration = Duration::from_millis(200);

/// How often it is said anew what pages look at here, and for how long that is believed.
const WATCHING_EVERY: Duration = Duration::from_secs(3);
const WATCHING_BELIEVED: Duration = Duration::from_secs(10);

/// How often it is looked whether the register has lost what it held.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often everything is entered anew, long before the entries of devices that neither come nor
/// go would lapse.
const ENTER_EVERY: Duration = Duration::from_hours(6);
/// How long the mark that tells so stands.
const MARK_TTL_S: i64 = 24 * 3600;

/// Keeps a line; see [`Lines::keep`].
#[derive(Debug)]
pub struct Lines {
    bus: Bus,
    line: Arc<Line>,
    address: Address,
    out: mpsc::Receiver<Outgoing>,
    /// Kinds of topics that pages of other nodes look at, and when that was last said.
    watched: HashMap<RunId, (u32, Instant)>,
    /// What was last said of our own, and when.
    told: (u32, Option<Instant>),
    /// What stands in Redis as long as it loses nothing. Of this process and not of its run: a run
    /// that begins anew has lost nothing.
    mark: String,
}

impl Lines {
    pub(crate) fn new(
        bus: Bus,
        line: Arc<Line>,
        address: Address,
        out: mpsc::Receiver<Outgoing>,
    ) -> Self {
        Self {
            bus,
            line,
            address,
            out,
            watched: HashMap::new(),
            told: (0, None),
            mark: format!("openpile:mark:{:016x}", rand::random::<u64>()),
        }
    }

    /// Keeps the line until the token is cancelled, whether Redis is there or not; what waits then
    /// is still sent.
    pub async fn keep(mut self, stop: CancellationToken) {
        let mut pause = RECONNECT_FIRST;
        let mut away_since: Option<Instant> = None;
        loop {
            let opening = Connection::open(&self.address, CHANNEL);
            let opened = tokio::select! {
                () = stop.cancelled() => return,
                opened = opening => opened,
            };
            let failure = match opened {
                Ok((connection, pushes)) => {
                    pause = RECONNECT_FIRST;
                    let outcome = self.up(connection, pushes, away_since.take(), &stop).await;
                    self.down();
                    match outcome {
                        Ok(()) => return,
                        Err(failure) => failure,
                    }
                }
                Err(failure) => failure,
            };
            metrics::counter!("openpile_redis_errors_total").increment(1);
            if away_since.is_none() {
                away_since = Some(Instant::now());
                warn!(error = %failure, address = ?self.address,
                    "Redis is away: each node works by itself until it is back");
            }
            self.drop_outgoing();
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
            pause = (pause * 2).min(RECONNECT_MAX);
        }
    }

    async fn up(
        &mut self,
        mut connection: Connection,
        pushes: Pushes,
        away_since: Option<Instant>,
        stop: &CancellationToken,
    ) -> RedisResult<()> {
        self.mark(&mut connection).await?;
        self.line
            .connection
            .store(Some(Arc::new(connection.clone())));
        self.line.set_up(true);
        let away = away_since.map(|since| since.elapsed().as_secs_f64());
        info!(address = ?self.address, away_s = away, "Redis is there");
        self.bus.board().missed();
        self.line.say(Heard::Again(self.line.take_touched()));
        self.talk(&mut connection, pushes, stop).await
    }

    fn down(&mut self) {
        self.line.set_up(false);
        self.line.connection.store(None);
        self.watched.clear();
        self.told = (0, None);
        self.line.set_watched_elsewhere(0);
        self.line.say(Heard::Lost);
        self.drop_outgoing();
    }

    /// Forgets what waits to be sent, but for the names of the devices whose entries it was.
    fn drop_outgoing(&mut self) {
        while let Ok(outgoing) = self.out.try_recv() {
            if let Outgoing::Entry(entry) = outgoing {
                self.line.touch(entry.device());
            }
        }
    }

    async fn talk(
        &mut self,
        connection: &mut Connection,
        mut pushes: Pushes,
        stop: &CancellationToken,
    ) -> RedisResult<()> {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        let mut hints = interval(HINTS_EVERY);
        let mut look = interval(LOOK_EVERY);
        let mut enter = interval(ENTER_EVERY);
        for tick in [&mut hints, &mut look, &mut enter] {
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        look.tick().await;
        enter.tick().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => {
                    while let Ok(outgoing) = self.out.try_recv() {
                        batch.push(outgoing);
                    }
                    return self.send(connection, &mut batch).await;
                }
                _ = self.out.recv_many(&mut batch, BATCH_MAX) => {
                    self.send(connection, &mut batch).await?;
                }
                push = pushes.next() => match push {
                    Push::Message(text) => self.heard(&text),
                    Push::Missed => {
                        self.bus.board().missed();
                        self.line.say(Heard::Lost);
                    }
                    Push::Gone => {
                        return Err((redis::ErrorKind::Io, "the connection has ended").into());
                    }
                },
                _ = hints.tick() => self.pass_hints_on(),
                _ = enter.tick() => self.line.say(Heard::Again(self.line.take_touched())),
                _ = look.tick() => {
                    if !self.is_marked(connection).await? {
                        warn!("Redis has lost what it held: everything is entered anew");
                        self.mark(connection).await?;
                        self.line.say(Heard::Again(self.line.take_touched()));
                    }
                }
            }
        }
    }

    /// Entries first: a word may be about one of them.
    async fn send(
        &mut self,
        connection: &mut Connection,
        batch: &mut Vec<Outgoing>,
    ) -> RedisResult<()> {
        let sent = self.try_to_send(connection, batch).await;
        if sent.is_err() {
            for outgoing in batch.iter() {
                if let Outgoing::Entry(entry) = outgoing {
                    self.line.touch(entry.device());
                }
            }
        }
        batch.clear();
        sent
    }

    async fn try_to_send(
        &self,
        connection: &mut Connection,
        batch: &[Outgoing],
    ) -> RedisResult<()> {
        let entries = batch.iter().filter_map(|outgoing| match outgoing {
            Outgoing::Entry(entry) => Some(scripts::command(entry)),
            Outgoing::Word(_) => None,
        });
        if connection.is_one_server() {
            let mut pipeline = redis::pipe();
            let mut any = false;
            for command in entries {
                pipeline.add_command(command).ignore();
                any = true;
            }
            if any {
                pipeline.query_async::<()>(connection).await?;
            }
        } else {
            // The keys are of several servers. Those of one device go to one server, in order.
            let each = entries.map(|command| {
                let mut connection = connection.clone();
                async move { command.query_async::<()>(&mut connection).await }
            });
            try_join_all(each).await?;
        }
        let words: Vec<Word> = batch
            .iter()
            .filter_map(|outgoing| match outgoing {
                Outgoing::Word(word) => Some(word.clone()),
                Outgoing::Entry(_) => None,
            })
            .collect();
        if words.is_empty() {
            return Ok(());
        }
        metrics::counter!("openpile_cluster_words_total", "direction" => "out")
            .increment(words.len() as u64);
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(CHANNEL).arg(sealed(self.line.run(), &words));
        publish.query_async::<()>(connection).await
    }

    /// Passes words on to whoever listens at this node.
    fn heard(&mut self, text: &str) {
        let (run, words, unknown) = match opened(text) {
            Ok(opened) => opened,
            Err(error) => {
                debug!(%error, "something that is no word was said among the nodes");
                metrics::counter!("openpile_cluster_words_unknown_total").increment(1);
                return;
            }
        };
        if unknown > 0 {
            metrics::counter!("openpile_cluster_words_unknown_total").increment(unknown as u64);
        }
        if run == self.line.run() {
            return;
        }
        metrics::counter!("openpile_cluster_words_total", "direction" => "in")
            .increment(words.len() as u64);
        for word in words {
            match word {
                Word::Outbox => self.bus.ring_here(Doorbell::Outbox),
                Word::Commands { device } => self.bus.ring_here(Doorbell::Commands(device)),
                Word::Changed { topics } => pass_on(self.bus.board(), &topics),
                Word::Watching { kinds } => {
                    self.watched.insert(run, (kinds, Instant::now()));
                    self.line.set_watched_elsewhere(self.watched_kinds());
                }
                word => self.line.say(Heard::Word(run, word)),
            }
        }
    }

    fn watched_kinds(&self) -> u32 {
        self.watched.values().fold(0, |all, (kinds, _)| all | kinds)
    }

    /// Tells the others what has changed that their pages show, and what our pages show.
    fn pass_hints_on(&mut self) {
        let now = Instant::now();
        let before = self.watched.len();
        self.watched
            .retain(|_, (_, said)| now.duration_since(*said) < WATCHING_BELIEVED);
        if self.watched.len() != before {
            self.line.set_watched_elsewhere(self.watched_kinds());
        }
        if let Some(topics) = self.line.take_changed() {
            self.line.tell(Word::Changed { topics });
        }
        let kinds = self.bus.board().kinds();
        let (told, at) = self.told;
        let due = at.is_none_or(|at| now.duration_since(at) >= WATCHING_EVERY);
        if kinds != told || (kinds != 0 && due) {
            self.told = (kinds, Some(now));
            self.line.tell(Word::Watching { kinds });
        }
    }

    async fn mark(&self, connection: &mut Connection) -> RedisResult<()> {
        let mut set = redis::cmd("SET");
        set.arg(&self.mark).arg(1).arg("EX").arg(MARK_TTL_S);
        set.query_async(connection).await
    }

    async fn is_marked(&self, connection: &mut Connection) -> RedisResult<bool> {
        let mut expire = redis::cmd("EXPIRE");
        expire.arg(&self.mark).arg(MARK_TTL_S);
        expire.query_async(connection).await
    }
}

/// No topics at all means: too many to name.
fn pass_on(board: &Board, topics: &[Topic]) {
    if topics.is_empty() {
        board.missed();
    }
    for topic in topics {
        board.changed(topic);
    }
}
