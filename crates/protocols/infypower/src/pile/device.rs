//! The pile itself: its guns, its records, its timers (docs/protocols/infypower.md §10.3, §11).

mod cards;
mod commands;
mod link;
mod records;
mod reports;
mod sessions;
mod timers;
mod update;
mod users;

use self::update::Update;
use super::book::Book;
use super::forms::Forms;
use super::gun::Gun;
use super::paper::Paper;
use super::prices::Prices;
use super::profile::forms;
use super::quirks::Quirks;
use super::setup::Kind;
use super::words::up::SignIn;
use super::words::{frame, up};
use super::{Agenda, Automatic, Event, Line, Moment, PortView, Session, Setup, Step};
use crate::layout::Dialect;
use kernel::{PortNo, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// Sign-in again when unanswered, and how often before the pile connects anew.
const SIGN_IN_RETRY: Duration = Duration::from_secs(5);
const SIGN_IN_TRIES: u32 = 3;
/// Sign-in on a living connection.
const SIGN_IN_MIN: u16 = 30;
/// Heartbeats without an answer until the pile connects anew.
const MISSES_MAX: u8 = 3;
/// From the accepted start to the flowing energy, s.
const PREPARATION_S: u64 = 5;
/// From the end of a charge to its record.
const RECORD_AFTER: Duration = Duration::from_secs(2);
/// A card asks again, and gives up.
const CARD_RETRY: Duration = Duration::from_secs(3);
const CARD_PATIENCE: Duration = Duration::from_secs(10);
/// Reports of the battery.
const BATTERY_PERIOD: Duration = Duration::from_secs(30);
/// From the answered restart to the darkness, and how long that lasts.
const RESTART_AFTER: Duration = Duration::from_secs(3);
const OUTAGE: Duration = Duration::from_secs(5);
/// What the misbehaving profiles do to a session, after so long, and for how long.
const MISHAP_AFTER: Duration = Duration::from_mins(1);
const MISHAP_LASTS: Duration = Duration::from_mins(2);
/// Readings of the meters of gun 1, 2, … when the pile is made, Wh.
const METER_WH: u64 = 12_345_670;
/// Parameters that are remembered, at most.
const PARAMETERS_MAX: usize = 64;
/// Answers that wait for a slow pile, at most.
const ANSWERS_MAX: usize = 32;

#[derive(Clone, Debug, PartialEq)]
enum Timer {
    /// No answer to the sign-in.
    SignIn,
    /// Signed in long ago.
    SignInAgain,
    Beat,
    Status,
    /// Energy flows, or the start fails.
    Prepared(usize),
    /// Something of the charge changes by itself.
    Change(usize),
    Record,
    Card,
    CardOver,
    Battery,
    /// A frame that took its time.
    Say(Vec<u8>),
    /// The user's own doings.
    AutoPlug(usize),
    AutoUnplug(usize),
    /// The profile's doings.
    Mishap(usize),
    MishapOver(usize),
    /// The update went to sleep.
    UpdateOver,
    Restart,
}

/// A card that waits for its verdict.
#[derive(Clone, Debug)]
struct Asking {
    index: usize,
    card: String,
    stored_fen: u32,
    /// What the user types when asked.
    password: String,
    /// The password has been asked for.
    typed: bool,
}

pub(super) struct Device {
    code: String,
    dialect: Dialect,
    forms: Forms,
    quirks: Quirks,
    kind: Kind,
    /// What one gun can give, 0.1 W.
    limit_dw: u64,
    automatic: Option<Automatic>,
    guns: Vec<Gun>,
    agenda: Agenda<Timer>,
    book: Book,
    prices: Prices,
    signed_in: bool,
    sign_in_tries: u32,
    random: u32,
    boots: u32,
    software: u32,
    sequence: u8,
    heartbeat_no: u16,
    misses: u8,
    heartbeat: Duration,
    status: Duration,
    card: Option<Asking>,
    /// A vehicle that offered itself waits for its verdict.
    vin: Option<usize>,
    battery_no: u16,
    numbers: BTreeMap<u32, u32>,
    texts: BTreeMap<u32, Vec<u8>>,
    update: Option<Update>,
    /// The record that was answered last is sent once more.
    echoed: bool,
}

impl Device {
    pub(super) fn new(core: &mut Line, at: Moment) -> Self {
        let random = core.chance.below(u32::MAX);
        let setup = &core.setup;
        let quirks = Quirks::of(setup.profile);
        let single = setup.guns == 1 && !quirks.letter;
        let gun = |index: u8| {
            let no = if single { 0 } else { index + 1 };
            let meter = METER_WH + u64::from(index) * 1_000_000;
            Gun::new(no, setup.vehicle(usize::from(index)), meter, at.t)
        };
        let mut device = Self {
            code: setup.code(),
            dialect: setup.dialect,
            forms: forms(setup.dialect, setup.profile),
            quirks,
            kind: setup.kind,
            limit_dw: u64::from(setup.power_w) * 10,
            automatic: setup.automatic,
            guns: (0..setup.guns).map(gun).collect(),
            agenda: Agenda::new(),
            book: Book::default(),
            prices: Prices::flat(setup.price_fen),
            signed_in: false,
            sign_in_tries: 0,
            random,
            boots: 1,
            software: setup.software,
            sequence: 0,
            heartbeat_no: 0,
            misses: 0,
            heartbeat: setup.heartbeat,
            status: setup.status,
            card: None,
            vin: None,
            battery_no: 0,
            numbers: BTreeMap::new(),
            texts: BTreeMap::new(),
            update: None,
            echoed: false,
        };
        device.expect_vehicles(at);
        device
    }

    /// The user who acts by himself comes to every free gun.
    fn expect_vehicles(&mut self, at: Moment) {
        if let Some(user) = self.automatic {
            for index in 0..self.guns.len() {
                self.agenda
                    .set(at.t + user.plug_after, Timer::AutoPlug(index));
            }
        }
    }

    fn is_ac(&self) -> bool {
        self.kind == Kind::Ac
    }

    /// What the pile's own clock shows.
    fn clock(&self, at: Moment) -> Option<Timestamp> {
        (!self.quirks.no_clock).then_some(at.civil)
    }

    /// The gun that the wire names, 0 on a pile with one gun.
    fn gun_index(&self, gun_no: u8) -> Option<usize> {
        if self.quirks.any_gun {
            return Some(0);
        }
        self.guns.iter().position(|gun| gun.no == gun_no)
    }

    /// A report or an answer that the pile begins to say now.
    fn say(&mut self, core: &mut Line, command: u16, body: Paper, out: &mut Vec<Step>) {
        self.sequence = self.sequence.wrapping_add(1);
        core.say(frame(VERSION, self.sequence, command, body), out);
    }

    /// An answer to a command: slow piles take their time.
    fn answer(
        &mut self,
        core: &mut Line,
        at: Moment,
        command: u16,
        body: Paper,
        out: &mut Vec<Step>,
    ) {
        if !self.quirks.slow {
            self.say(core, command, body, out);
            return;
        }
        let waiting = self.agenda.count(|timer| matches!(timer, Timer::Say(_)));
        if waiting < ANSWERS_MAX {
            self.sequence = self.sequence.wrapping_add(1);
            let frame = frame(VERSION, self.sequence, command, body);
            let delay = core.chance.millis(3_000, 8_000);
            self.agenda.add(at.t + delay, Timer::Say(frame));
        }
    }

    fn session(name: &str) -> Session {
        Session::Order(name.to_owned())
    }
}

/// Version byte of everything that a pile says.
const VERSION: u8 = 0x10;

/// Ports are counted from 1.
fn port_no(index: usize) -> PortNo {
    PortNo(u16::try_from(index + 1).unwrap_or(u16::MAX))
}
