use crate::board::{Board, Ear, Topic};
use crate::cluster::{Address, Line, Lines, OUTGOING_MAX};
use crate::word::Word;
use kernel::PhyId;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, watch};

/// Command doorbells that a slow listener may leave unheard before it is told to look everywhere.
pub const COMMAND_BELLS_MAX: usize = 4096;

/// Devices that one ring names.
const RINGS_AT_ONCE: usize = 256;

/// What there is to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doorbell {
    /// The outbox has new rows, or a dead letter is to be sent again.
    Outbox,
    /// The command queue of this device has a new row.
    Commands(PhyId),
}

/// The doorbells of this process, and the line to the other nodes where there are any. Cheap to
/// clone; all clones ring the same bells.
#[derive(Clone, Debug)]
pub struct Bus {
    bells: Arc<Bells>,
}

#[derive(Debug)]
struct Bells {
    /// Counts the rings, so that a listener that was busy still hears that there was one.
    outbox: watch::Sender<u64>,
    commands: broadcast::Sender<PhyId>,
    board: Arc<Board>,
    line: Option<Arc<Line>>,
}

impl Bus {
    /// Doorbells that are heard inside this process.
    pub fn in_process() -> Self {
        Self::with(None)
    }

    /// Doorbells that are heard by all nodes of a cluster, and the task that carries them.
    pub fn clustered(address: Address) -> (Self, Lines) {
        let (sender, outgoing) = mpsc::channel(OUTGOING_MAX);
        let line = Arc::new(Line::new(sender));
        let bus = Self::with(Some(line.clone()));
        let lines = Lines::new(bus.clone(), line, address, outgoing);
        (bus, lines)
    }

    fn with(line: Option<Arc<Line>>) -> Self {
        Self {
            bells: Arc::new(Bells {
                outbox: watch::Sender::new(0),
                commands: broadcast::Sender::new(COMMAND_BELLS_MAX),
                board: Arc::default(),
                line,
            }),
        }
    }

    /// The line to the other nodes; none where there is one node alone.
    pub fn line(&self) -> Option<&Line> {
        self.bells.line.as_deref()
    }

    pub(crate) fn board(&self) -> &Board {
        &self.bells.board
    }

    /// Rings, at all nodes. Call it after the commit: a listener that comes before would find
    /// nothing.
    pub fn ring(&self, doorbell: Doorbell) {
        if let Some(line) = self.line() {
            line.tell(match &doorbell {
                Doorbell::Outbox => Word::Outbox,
                Doorbell::Commands(device) => Word::Commands {
                    device: device.clone(),
                },
            });
        }
        self.ring_here(doorbell);
    }

    /// Rings at this node alone.
    pub fn ring_here(&self, doorbell: Doorbell) {
        match doorbell {
            Doorbell::Outbox => self
                .bells
                .outbox
                .send_modify(|rings| *rings = rings.wrapping_add(1)),
            Doorbell::Commands(device) => {
                // Nobody listens while the gateway starts or stops; its sweep finds the row.
                let _ = self.bells.commands.send(device);
            }
        }
    }

    /// Whether any page looks at anything: one atomic look, for whoever would otherwise have to
    /// find out what it is that changed.
    pub fn is_watched(&self) -> bool {
        self.bells.board.is_watched() || self.line().is_some_and(Line::is_watched_elsewhere)
    }

    /// Tells the pages that show it that something has changed. Never waits for a listener, and
    /// grows nothing. Call it after the commit.
    pub fn changed(&self, topic: &Topic) {
        self.bells.board.changed(topic);
        if let Some(line) = self.line() {
            line.changed(topic);
        }
    }

    /// Tells all pages that hints were lost: they look at everything anew.
    pub fn hints_lost(&self) {
        self.bells.board.missed();
    }

    /// Listens for changes of topics; of none, until it is told of which.
    pub fn ear(&self) -> Ear {
        Ear::on(self.bells.board.clone())
    }

    /// A listener for [`Doorbell::Outbox`]. It hears the rings from now on.
    pub fn outbox_bell(&self) -> OutboxBell {
        OutboxBell {
            rings: self.bells.outbox.subscribe(),
        }
    }

    /// A listener for [`Doorbell::Commands`]. It hears the rings from now on.
    pub fn command_bell(&self) -> CommandBell {
        CommandBell {
            rings: self.bells.commands.subscribe(),
        }
    }
}

/// Hears that the outbox has new rows.
#[derive(Debug)]
pub struct OutboxBell {
    rings: watch::Receiver<u64>,
}

impl OutboxBell {
    /// Waits for a ring. Many rings since the last call are one; a ring between two calls is
    /// not missed. Never returns once every [`Bus`] is gone, so that a loop over it cannot spin.
    pub async fn rung(&mut self) {
        if self.rings.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What a [`CommandBell`] heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandRing {
    /// These devices have commands; each is named once.
    Devices(Vec<PhyId>),
    /// More rings than could be kept: any device may have commands.
    Missed,
}

/// Hears which devices have new commands.
#[derive(Debug)]
pub struct CommandBell {
    rings: broadcast::Receiver<PhyId>,
}

impl CommandBell {
    /// Waits for a ring, and takes those along that have come by then. Never returns once every
    /// [`Bus`] is gone.
    pub async fn rung(&mut self) -> CommandRing {
        let first = match self.rings.recv().await {
            Ok(device) => device,
            Err(broadcast::error::RecvError::Lagged(_)) => return CommandRing::Missed,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        };
        let mut devices = vec![first];
        while devices.len() < RINGS_AT_ONCE {
            match self.rings.try_recv() {
                Ok(device) => devices.push(device),
                Err(broadcast::error::TryRecvError::Lagged(_)) => return CommandRing::Missed,
                Err(_) => break,
            }
        }
        devices.sort_unstable();
        devices.dedup();
        CommandRing::Devices(devices)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bus, COMMAND_BELLS_MAX, CommandRing, Doorbell};
    use kernel::PhyId;
    use std::time::Duration;
    use tokio::time::timeout;

    const MOMENT: Duration = Duration::from_secs(1);

    fn device(id: &str) -> PhyId {
        id.parse().expect("a legal id")
    }

    #[tokio::test(start_paused = true)]
    async fn many_rings_while_busy_are_heard_once() {
        let bus = Bus::in_process();
        let mut bell = bus.outbox_bell();
        bus.ring(Doorbell::Outbox);
        bus.ring(Doorbell::Outbox);
        assert!(timeout(MOMENT, bell.rung()).await.is_ok());
        assert!(timeout(MOMENT, bell.rung()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn every_listener_hears_the_ring() {
        let bus = Bus::in_process();
        let (mut first, mut second) = (bus.outbox_bell(), bus.outbox_bell());
        bus.clone().ring(Doorbell::Outbox);
        assert!(timeout(MOMENT, first.rung()).await.is_ok());
        assert!(timeout(MOMENT, second.rung()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_bell_without_a_bus_stays_silent() {
        let bus = Bus::in_process();
        let (mut outbox, mut commands) = (bus.outbox_bell(), bus.command_bell());
        drop(bus);
        assert!(timeout(MOMENT, outbox.rung()).await.is_err());
        assert!(timeout(MOMENT, commands.rung()).await.is_err());
    }

    #[tokio::test]
    async fn devices_are_heard_in_order() {
        let bus = Bus::in_process();
        bus.ring(Doorbell::Commands(device("unheard")));
        let mut bell = bus.command_bell();
        bus.ring(Doorbell::Commands(device("a")));
        bus.ring(Doorbell::Commands(device("b")));
        bus.ring(Doorbell::Commands(device("a")));
        let heard = vec![device("a"), device("b")];
        assert_eq!(bell.rung().await, CommandRing::Devices(heard));
    }

    #[tokio::test]
    async fn a_listener_that_fell_behind_is_told_so() {
        let bus = Bus::in_process();
        let mut bell = bus.command_bell();
        for _ in 0..=COMMAND_BELLS_MAX {
            bus.ring(Doorbell::Commands(device("a")));
        }
        assert_eq!(bell.rung().await, CommandRing::Missed);
        let heard = vec![device("a")];
        assert_eq!(bell.rung().await, CommandRing::Devices(heard));
    }
}
