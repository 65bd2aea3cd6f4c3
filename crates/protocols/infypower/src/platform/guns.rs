//! What is remembered of each gun.

use device::{ChargeKey, PortState};
use kernel::{Energy, OrderNo, PortNo, Timestamp};
use std::time::Duration;

/// Guns of one pile; Lvneng has QR codes for as many.
pub(crate) const GUNS_MAX: u16 = 32;

/// A stop that was answered must have ended the charge after so long.
pub(super) const STOP_SHOWS_WITHIN: Duration = Duration::from_secs(30);

/// One gun.
#[derive(Debug)]
pub(super) struct Gun {
    pub(super) port: PortNo,
    /// Its last state that could be told.
    pub(super) state: PortState,
    /// The charge that runs there, by its last status.
    pub(super) running: Option<Running>,
    /// An order that the pile has accepted and not yet shown, or is showing; and since when.
    pub(super) accepted: Option<(OrderNo, Timestamp)>,
    /// The session that it began by itself and that has been told.
    pub(super) told: Option<ChargeKey>,
    /// The charge whose vehicle has been told.
    pub(super) vehicle_told: Option<ChargeKey>,
    /// Alarm code of its last status; 0 is none.
    pub(super) alarm: Option<u32>,
    /// A stop that has been answered with yes.
    pub(super) stop: Option<Stopped>,
    /// The charge that a written stop was for.
    pub(super) stopped: Option<ChargeKey>,
    /// By how much the meter had moved in the last 104 of a charge.
    pub(super) metered: Option<(ChargeKey, Energy)>,
}

/// A running charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Running {
    pub(super) charge: ChargeKey,
    pub(super) duration_s: u32,
    pub(super) energy: Energy,
}

/// A stop that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stopped {
    pub(super) charge: ChargeKey,
    pub(super) at: Timestamp,
    /// How often it has been said again.
    pub(super) again: u8,
}

/// All guns of one pile.
#[derive(Debug, Default)]
pub(super) struct Guns(Vec<Gun>);

impl Guns {
    /// The gun of a port; none beyond what a pile can have.
    pub(super) fn get_mut(&mut self, port: PortNo) -> Option<&mut Gun> {
        if !(1..=GUNS_MAX).contains(&port.0) {
            return None;
        }
        if !self.0.iter().any(|gun| gun.port == port) {
            // Most piles have one or two, and a list grows by four.
            self.0.reserve_exact(1);
            self.0.push(Gun::new(port));
        }
        self.0.iter_mut().find(|gun| gun.port == port)
    }

    /// The gun of a port that has been heard of.
    pub(super) fn get(&self, port: PortNo) -> Option<&Gun> {
        self.0.iter().find(|gun| gun.port == port)
    }

    /// Whether a gun charges, or is about to.
    pub(super) fn busy(&self) -> bool {
        self.0.iter().any(Gun::is_busy)
    }

    /// Where a card whose gun is not said most likely charges: the gun with a vehicle, else a
    /// free one, else the first.
    pub(super) fn likely(&self) -> PortNo {
        let free = |gun: &&Gun| !gun.is_busy();
        let waiting = |gun: &&Gun| matches!(gun.state, PortState::Plugged | PortState::Finishing);
        let mut guns: Vec<&Gun> = self.0.iter().filter(free).collect();
        guns.sort_by_key(|gun| gun.port);
        guns.iter()
            .copied()
            .find(waiting)
            .or_else(|| guns.first().copied())
            .map_or(PortNo(1), |gun| gun.port)
    }
}

impl Gun {
    fn new(port: PortNo) -> Self {
        Self {
            port,
            state: PortState::Unknown,
            running: None,
            accepted: None,
            told: None,
            vehicle_told: None,
            alarm: None,
            stop: None,
            stopped: None,
            metered: None,
        }
    }

    /// Whether it has sent a status on this connection.
    pub(super) const fn has_reported(&self) -> bool {
        self.alarm.is_some()
    }

    fn is_busy(&self) -> bool {
        self.accepted.is_some() || matches!(self.state, PortState::Charging | PortState::Starting)
    }

    /// Whether this charge runs here, or may.
    pub(super) fn may_run(&self, charge: &ChargeKey) -> bool {
        if let Some(running) = &self.running {
            return running.charge == *charge || running.charge == ChargeKey::Port;
        }
        let accepted = self.accepted.map(|(order, _)| ChargeKey::Order(order));
        accepted.as_ref() == Some(charge)
            || matches!(self.state, PortState::Unknown | PortState::Starting)
    }
}
