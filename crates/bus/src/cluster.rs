//! Over Redis or Valkey: words between the nodes of a cluster, the register that all can read, and
//! counts that they share. All of it may be away at any time; nobody waits for it, and whoever
//! needs to know is told when words may have been lost.

mod address;
mod connection;
mod lines;
mod scripts;
mod shared;

pub use address::{Address, InvalidAddress};
pub use lines::Lines;
pub use shared::Permit;

use crate::Topic;
use crate::register::Entry;
use crate::word::Word;
use arc_swap::ArcSwapOption;
use connection::Connection;
use kernel::{PhyId, RunId};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use tokio::sync::{broadcast, mpsc};

/// What waits to be sent at most; more is dropped and made good for later.
pub(crate) const OUTGOING_MAX: usize = 65_536;

/// Words that a slow listener may leave unheard before it is told that it missed some.
const HEARD_MAX: usize = 16_384;

/// Devices whose entries could not be written that are remembered by name.
const TOUCHED_MAX: usize = 100_000;

/// Topics that are named to other nodes in one go.
const CHANGED_MAX: usize = 2000;

/// What comes from the other nodes.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A word, and who said it.
    Word(RunId, Word),
    /// Words may have been lost, and entries of the register as well.
    Lost,
    /// The others can be heard, for the first time or again. The register may have lost anything
    /// meanwhile; of these devices it may hold what is not true any more.
    Again(Touched),
}

/// Devices whose entries in the register could not be changed when they had to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// These.
    Devices(Vec<PhyId>),
    /// Too many to remember.
    Any,
}

/// Something on its way out.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Word(Word),
    Entry(Entry),
}

/// This node's end of the line to the others.
#[derive(Debug)]
pub struct Line {
    out: mpsc::Sender<Outgoing>,
    heard: broadcast::Sender<Heard>,
    run: AtomicI64,
    is_up: AtomicBool,
    /// Which kinds of topics the others look at, all nodes together.
    watched_elsewhere: AtomicU32,
    /// What pages of other nodes have to be told.
    changed: Mutex<HashSet<Topic>>,
    touched: Mutex<Remembered>,
    connection: ArcSwapOption<Connection>,
}

#[derive(Debug, Default)]
struct Remembered {
    devices: HashSet<PhyId>,
    too_many: bool,
}

impl Line {
    pub(crate) fn new(out: mpsc::Sender<Outgoing>) -> Self {
        Self {
            out,
            heard: broadcast::Sender::new(HEARD_MAX),
            run: AtomicI64::new(0),
            is_up: AtomicBool::new(false),
            watched_elsewhere: AtomicU32::new(0),
            changed: Mutex::default(),
            touched: Mutex::default(),
            connection: ArcSwapOption::empty(),
        }
    }

    /// Who speaks from now on.
    pub fn speak_as(&self, run: RunId) {
        self.run.store(run.0, Ordering::Release);
    }

    /// Who speaks at present.
    pub fn run(&self) -> RunId {
        RunId(self.run.load(Ordering::Acquire))
    }

    /// Whether the other nodes can be reached, as far as is known.
    pub fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Acquire)
    }

    /// Tells all other nodes. Never waits; a word that cannot be sent is lost.
    pub fn tell(&self, word: Word) {
        if !self.is_up() {
            return;
        }
        if self.out.try_send(Outgoing::Word(word)).is_err() {
            metrics::counter!("openpile_cluster_words_dropped_total").increment(1);
        }
    }

    /// Changes the register. Never waits; what cannot be written is remembered, and the device is
    /// named when the register can be reached again.
    pub fn enter(&self, entry: Entry) {
        if !self.is_up() {
            self.touch(entry.device());
            return;
        }
        if let Err(full) = self.out.try_send(Outgoing::Entry(entry))
            && let Outgoing::Entry(entry) = full.into_inner()
        {
            self.touch(entry.device());
        }
    }

    fn touch(&self, device: &PhyId) {
        let mut touched = self.touched.lock();
        if touched.devices.len() < TOUCHED_MAX {
            touched.devices.insert(device.clone());
        } else {
            touched.too_many = true;
        }
    }

    fn take_touched(&self) -> Touched {
        let touched = std::mem::take(&mut *self.touched.lock());
        if touched.too_many {
            Touched::Any
        } else {
            Touched::Devices(touched.devices.into_iter().collect())
        }
    }

    /// Listens from now on.
    pub fn listen(&self) -> Ears {
        Ears(self.heard.subscribe())
    }

    /// Whether a page of another node may show that.
    pub(crate) fn is_watched_elsewhere(&self) -> bool {
        self.watched_elsewhere.load(Ordering::Relaxed) != 0
    }

    /// Remembers that something has changed, if a page of another node may show it.
    pub(crate) fn changed(&self, topic: &Topic) {
        if self.watched_elsewhere.load(Ordering::Relaxed) & topic.kind_bit() == 0 {
            return;
        }
        let mut changed = self.changed.lock();
        if changed.len() < CHANGED_MAX {
            changed.insert(topic.clone());
        }
    }

    /// What has changed since the last call. Too much to name is an empty list.
    fn take_changed(&self) -> Option<Vec<Topic>> {
        let changed = std::mem::take(&mut *self.changed.lock());
        match changed.len() {
            0 => None,
            CHANGED_MAX => Some(Vec::new()),
            _ => Some(changed.into_iter().collect()),
        }
    }

    fn set_watched_elsewhere(&self, kinds: u32) {
        self.watched_elsewhere.store(kinds, Ordering::Relaxed);
    }

    fn set_up(&self, up: bool) {
        self.is_up.store(up, Ordering::Release);
        metrics::gauge!("openpile_redis_up").set(f64::from(u8::from(up)));
    }

    fn say(&self, heard: Heard) {
        // Nobody listens while the program starts or ends.
        let _ = self.heard.send(heard);
    }
}

/// Hears what comes from the other nodes.
#[derive(Debug)]
pub struct Ears(broadcast::Receiver<Heard>);

impl Ears {
    /// Waits for the next. Never returns once the line is gone.
    pub async fn next(&mut self) -> Heard {
        match self.0.recv().await {
            Ok(heard) => heard,
            Err(broadcast::error::RecvError::Lagged(_)) => Heard::Lost,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
