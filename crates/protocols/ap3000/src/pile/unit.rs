//! One device on the connection: its sockets, its settings, and what it waits for.

use super::receiving::Receiving;
use super::record::Records;
use super::settings::Settings;
use super::setup::{Profile, Setup};
use super::socket::Socket;
use crate::codes::SocketState;
use ::pile::Outlet;
use kernel::Timestamp;

/// Which heartbeat a device keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beats {
    /// Both, because none has been answered.
    Both,
    /// 0x21.
    New,
    /// 0x01.
    Legacy,
}

/// A request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) msg: u16,
    pub(super) tries: u8,
    pub(super) data: Vec<u8>,
}

/// What a device has only while it is powered.
#[derive(Clone, Debug, Default)]
pub(super) struct Volatile {
    /// The last message id.
    pub(super) counter: u16,
    pub(super) registration: Option<u16>,
    pub(super) registered: bool,
    pub(super) beat: Option<u16>,
    /// Heartbeats in a row without an answer.
    pub(super) unanswered: u8,
    pub(super) legacy: Option<u16>,
    pub(super) legacy_tries: u8,
    pub(super) time: Option<u16>,
    pub(super) clock_set: bool,
    pub(super) card: Option<(usize, Pending)>,
    pub(super) confirmations: Vec<(usize, u16)>,
}

pub(super) struct Unit {
    pub(super) number: u32,
    pub(super) virtual_id: u8,
    pub(super) version: u16,
    pub(super) device_type: u8,
    pub(super) work_mode: u8,
    pub(super) sockets: Vec<Socket>,
    pub(super) settings: Settings,
    pub(super) records: Records,
    pub(super) beats: Beats,
    pub(super) now: Volatile,
    pub(super) upgrade: Receiving,
    /// The version that an upgrade has left behind, taken at the next start.
    pub(super) next_version: Option<u16>,
    pub(super) booted: Timestamp,
    /// The bus or radio to the host works.
    pub(super) reachable: bool,
    /// Switched off and on again by itself; dark meanwhile.
    pub(super) dark: bool,
    /// EEPROM as 0x8B and 0x8C see it.
    pub(super) eeprom: Vec<u8>,
}

/// Bytes that 0x8B can reach (no document tells the size).
const EEPROM: usize = 512;

impl Unit {
    pub(super) fn new(setup: &Setup, index: usize, number: u32, now: Timestamp) -> Self {
        let ports = usize::from(setup.ports);
        let outlet = |port: usize| Outlet::new(setup.load(index * ports + port), now);
        let mut settings = Settings::new(setup.power_max_dw(), setup.profile == Profile::Old);
        let seconds = u16::try_from(setup.heartbeat.as_secs()).unwrap_or(u16::MAX);
        let mut block = settings.query(0x90);
        if let Some(field) = block.get_mut(9..11) {
            field.copy_from_slice(&seconds.to_le_bytes());
        }
        settings.set(0x83, &block);
        Self {
            number,
            virtual_id: u8::try_from((index + 1) * 10 % 50).unwrap_or(0),
            version: setup.version,
            device_type: setup.device_type,
            work_mode: match setup.profile {
                Profile::OfflineCards => 0x07,
                Profile::Old => 0,
                _ => 0x06,
            },
            sockets: (0..ports).map(|port| Socket::new(outlet(port))).collect(),
            settings,
            records: Records::default(),
            beats: match setup.profile {
                Profile::Old => Beats::Legacy,
                _ => Beats::Both,
            },
            now: Volatile::default(),
            upgrade: Receiving::default(),
            next_version: None,
            booted: now,
            reachable: true,
            dark: false,
            eeprom: vec![0xFF; EEPROM],
        }
    }

    pub(super) fn next_msg(&mut self) -> u16 {
        self.now.counter = self.now.counter.checked_add(1).unwrap_or(1);
        self.now.counter
    }

    /// Two heartbeats went unanswered: cards may charge without the platform.
    pub(super) fn is_on_its_own(&self) -> bool {
        self.now.unanswered >= 2 || self.work_mode & 1 != 0
    }

    pub(super) fn states(&self) -> Vec<u8> {
        self.sockets
            .iter()
            .map(|socket| u8::from(socket.state()))
            .collect()
    }

    /// Sockets with a plug and nothing else to do, as bits.
    pub(super) fn waiting(&self) -> u16 {
        let waits = |socket: &Socket| socket.state() == SocketState::Plugged;
        let bits = self.sockets.iter().enumerate();
        bits.filter(|(_, socket)| waits(socket))
            .fold(0, |bits, (index, _)| bits | 1 << index.min(15))
    }

    /// 0x8C.
    pub(super) fn write_eeprom(&mut self, data: &[u8]) -> u8 {
        let &[low, high, length, ref bytes @ ..] = data else {
            return 1;
        };
        let from = usize::from(u16::from_le_bytes([low, high]));
        let length = usize::from(length);
        match self.eeprom.get_mut(from..from + length) {
            Some(place) if bytes.len() == length => {
                place.copy_from_slice(bytes);
                0
            }
            _ => 1,
        }
    }

    /// What all sockets draw, 0.1 W.
    pub(super) fn power_dw(&self) -> u32 {
        let powers = self.sockets.iter().map(|socket| socket.outlet.power_dw());
        powers.sum()
    }

    /// What the heartbeats tell of temperature: a little above the air, warmer with load.
    pub(super) fn temp_raw(&self) -> u8 {
        let warmth = u8::try_from(self.power_dw() / 4_000).unwrap_or(20).min(20);
        65 + 25 + warmth
    }
}
