//! The pile as a whole: its guns, its timers, what it remembers.

use super::billing::Model;
use super::cards::OfflineCards;
use super::gun::{Counted, Gun, Terms, Transaction};
use super::heard::Update;
use super::profile::Habits;
use super::records::Records;
use super::setup::{Kind, Setup};
use super::{Agenda, Core, Impossible, Moment, PortView, Session, Step, words};
use crate::message::Record;
use kernel::{PortNo, Timestamp};
use std::time::Duration;

/// Real-time data of a charging gun (PDF: 15 s).
pub(super) const CHARGING_EVERY: Duration = Duration::from_secs(15);
/// Real-time data of an idle gun (PDF: 5 min), and of a ground lock.
pub(super) const IDLE_EVERY: Duration = Duration::from_mins(5);
/// Heartbeats without an answer until the pile sets its connection up anew.
const UNANSWERED_MAX: u32 = 3;

/// What a fault profile does to a session, after so long.
pub(super) const MISHAP_AFTER: Duration = Duration::from_mins(1);
/// How long a lost connection stays lost, and how long a profile's fault lasts.
pub(super) const MISHAP_LASTS: Duration = Duration::from_mins(2);

/// What the pile means to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Timer {
    /// Login, billing-model check or request again.
    Ask,
    Beat,
    /// Real-time data of a gun.
    Realtime(usize),
    /// The next phase of a start.
    Phase(usize),
    /// Something of the charge changes by itself.
    Change(usize),
    /// The plug did not come.
    PlugTimeout(usize),
    /// A card or a vehicle asks again, or gives up.
    Request(usize),
    /// The battery has told who it is.
    VinRead(usize),
    /// The stop of a late pile takes effect.
    Stop(usize, [u8; 2]),
    /// The arm of a ground lock has arrived.
    LockMoved(usize),
    LockReport,
    /// The file is fetched.
    Fetched(Box<Update>, [u8; 2]),
    Restart,
    /// The user's own doings.
    AutoPlug(usize),
    AutoUnplug(usize),
    /// The profile's doings.
    Mishap(usize),
    MishapOver(usize),
}

/// How far the pile has come with the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Login sent, or to be sent.
    Login,
    /// Logged in; the model is being checked.
    Check,
    /// The model is wrong and was asked for.
    Request,
    /// Ready.
    Ready,
}

/// A restart or an update that waits until nothing charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Upkeep {
    Restart,
    Update(Update, [u8; 2]),
}

pub(super) struct Station {
    pub(super) setup: Setup,
    pub(super) id: [u8; 7],
    pub(super) kind: Kind,
    pub(super) habits: Habits,
    pub(super) guns: Vec<Gun>,
    pub(super) agenda: Agenda<Timer>,
    pub(super) standing: Standing,
    /// Whether it was ever logged in.
    pub(super) known: bool,
    pub(super) model: Option<Model>,
    pub(super) records: Records<Record>,
    /// Guns of a parallel charge that were allowed and wait for the others.
    pub(super) allowed: Vec<(usize, Terms)>,
    pub(super) cards: OfflineCards,
    /// Locked by the platform.
    pub(super) locked: bool,
    /// What the platform allows of the pile's power.
    pub(super) percent: u8,
    pub(super) upkeep: Option<Upkeep>,
    pub(super) firmware: String,
    /// What stands before the number in the QR code.
    pub(super) qr: String,
    sequence: u16,
    /// Heartbeats since the platform last answered one.
    pub(super) unanswered: u32,
    /// Whose heartbeat is next.
    turn: usize,
    /// Sessions that the pile numbered itself.
    counter: u16,
}

/// 2000-01-01 00:00 in Beijing: where a clock begins that nobody set.
const UNSET: [u16; 6] = [2000, 1, 1, 0, 0, 0];
/// Reading of the first meter, 1e-4 kWh; each gun has more. Needs the five bytes of the record.
const METER: u64 = 4_300_000_000;

impl Station {
    pub(super) fn new(setup: Setup, core: &mut Core, at: Moment) -> Self {
        let habits = setup.profile.habits();
        if habits.keeps_clock
            && let Some(unset) = Timestamp::from_shanghai(UNSET)
        {
            core.clock.set_civil(at, unset);
        }
        let gun = |index: usize, no: u8| {
            let meter = METER + 12_345_678 * u64::from(no);
            Gun::new(no, setup.vehicle(index), meter)
        };
        Self {
            id: words::pile_code(&setup.id),
            kind: setup.kind,
            habits,
            guns: (1..=setup.guns)
                .enumerate()
                .map(|(index, no)| gun(index, no))
                .collect(),
            agenda: Agenda::new(),
            standing: Standing::Login,
            known: false,
            model: None,
            records: Records::new(),
            allowed: Vec::new(),
            cards: OfflineCards::default(),
            locked: false,
            percent: 100,
            upkeep: None,
            firmware: setup.firmware.clone(),
            qr: String::new(),
            sequence: 0,
            unanswered: 0,
            turn: 0,
            counter: 0,
            setup,
        }
    }

    /// What one gun may give now, 0.1 W.
    pub(super) fn limit_dw(&self) -> u64 {
        let sharing = match self.kind {
            Kind::Ac => self.guns.len(),
            Kind::Dc => self.guns.iter().filter(|gun| gun.is_charging()).count(),
        };
        let sharing = u64::try_from(sharing.max(1)).unwrap_or(1);
        u64::from(self.setup.power_w) * 10 * u64::from(self.percent) / 100 / sharing
    }

    /// Counts all guns up to now. Must be called before anything changes that the flow of
    /// energy depends on.
    pub(super) fn count(&mut self, at: Moment) {
        let limit = self.limit_dw();
        let now = counted(at);
        for gun in &mut self.guns {
            gun.count(now, limit);
        }
    }

    /// Plans the next change of every gun: the guns share their power.
    pub(super) fn plan(&mut self, at: Moment) {
        let limit = self.limit_dw();
        for (index, gun) in self.guns.iter().enumerate() {
            match gun.ms_until_change(self.habits.rounding, limit) {
                Some(ms) => {
                    let wait = Duration::from_millis(ms.max(1));
                    self.agenda.set(at.t + wait, Timer::Change(index));
                }
                None => self.agenda.cancel(&Timer::Change(index)),
            }
        }
    }

    /// The number of the next frame that the pile says by itself.
    pub(super) fn next_sequence(&mut self) -> [u8; 2] {
        if self.habits.numbers_zero {
            return [0, 0];
        }
        let number = self.sequence;
        self.sequence = number.wrapping_add(1);
        number.to_le_bytes()
    }

    /// A transaction number of the pile's own making, by the platform's rule.
    pub(super) fn own_transaction(&mut self, gun: u8, civil: Timestamp) -> Transaction {
        self.counter = (self.counter + 1) % 10_000;
        words::transaction(self.id, gun, civil, self.counter)
    }

    pub(super) fn index(&self, port: PortNo) -> Result<usize, Impossible> {
        let index = usize::from(port.0).wrapping_sub(1);
        if index < self.guns.len() {
            Ok(index)
        } else {
            Err(Impossible::NoSuchPort(port))
        }
    }

    /// The gun of a frame.
    pub(super) fn gun_index(&self, no: u8) -> Option<usize> {
        self.guns.iter().position(|gun| gun.no == no)
    }

    pub(super) fn any_session(&self) -> bool {
        self.guns.iter().any(|gun| gun.session.is_some())
    }

    /// The connection is up: log in, or go on as if nothing had been.
    pub(super) fn went_up(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.unanswered = 0;
        self.sequence = 0;
        if self.habits.skips_login && self.known {
            self.logged_in(core, at, out);
            return;
        }
        self.standing = Standing::Login;
        self.ask(core, at, out);
    }

    /// The connection is gone.
    pub(super) fn went_down(&mut self) {
        self.records.hold();
        self.standing = Standing::Login;
        self.agenda.retain(|timer| {
            !matches!(
                timer,
                Timer::Ask
                    | Timer::Beat
                    | Timer::Realtime(_)
                    | Timer::Request(_)
                    | Timer::LockReport
            )
        });
        for gun in &mut self.guns {
            gun.request = None;
        }
    }

    /// Says what the standing asks for, and sets the time to say it again.
    pub(super) fn ask(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        match self.standing {
            Standing::Login => self.say_login(core, out),
            Standing::Check => self.say_model_check(core, out),
            Standing::Request => self.say_model_request(core, out),
            Standing::Ready => {
                self.agenda.cancel(&Timer::Ask);
                return;
            }
        }
        let again = core.clock.patience(self.habits.asks_every);
        self.agenda.set(at.t + again, Timer::Ask);
    }

    /// Accepted: what was kept goes out, the model is checked, heartbeats begin.
    pub(super) fn logged_in(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.known = true;
        self.standing = Standing::Check;
        self.records.all_due(at.t);
        self.ask(core, at, out);
        self.beat(core, at, out);
        for index in 0..self.guns.len() {
            if self.habits.tells_old {
                self.say_old(core, index, out);
            }
            self.say_realtime(core, at, index, out);
        }
        if self.setup.ground_locks {
            self.say_locks(core, at, out);
        }
    }

    fn beat(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        if self.unanswered >= UNANSWERED_MAX {
            core.hang_up(at, out);
            return;
        }
        self.unanswered += 1;
        if self.habits.beats_in_turn {
            let index = self.turn % self.guns.len().max(1);
            self.turn = index + 1;
            self.say_heartbeat(core, index, out);
        } else {
            for index in 0..self.guns.len() {
                self.say_heartbeat(core, index, out);
            }
        }
        let period = core.clock.patience(self.setup.heartbeat);
        self.agenda.set(at.t + period, Timer::Beat);
    }

    /// The frames that have arrived are in the core's buffer.
    pub(super) fn listen(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.count(at);
        while let Some(heard) = words::next_frame(&mut core.unread, self.id) {
            self.obey(core, at, heard, out);
        }
        self.plan(at);
    }

    /// The next timer.
    pub(super) fn next_timer(&self) -> Option<Timestamp> {
        [self.agenda.next(), self.records.next()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Runs the one earliest timer.
    pub(super) fn run_timer(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.count(at);
        if self.records.next().is_some_and(|due| due <= at.t) {
            self.say_due_record(core, at, out);
            return;
        }
        let Some(timer) = self.agenda.pop(at.t) else {
            return;
        };
        match timer {
            Timer::Ask => self.ask(core, at, out),
            Timer::Beat => self.beat(core, at, out),
            Timer::Realtime(index) => self.say_realtime(core, at, index, out),
            Timer::Phase(index) => self.next_phase(core, at, index, out),
            Timer::Change(index) => self.change(core, at, index, out),
            Timer::PlugTimeout(index) => self.plug_timeout(core, at, index, out),
            Timer::Request(index) => self.request_again(core, at, index, out),
            Timer::VinRead(index) => self.vin_read(core, at, index, out),
            Timer::Stop(index, sequence) => self.stop_now(core, at, index, sequence, out),
            Timer::LockMoved(index) => self.lock_moved(core, index, out),
            Timer::LockReport => self.say_locks(core, at, out),
            Timer::Fetched(update, sequence) => self.fetched(core, at, &update, sequence, out),
            Timer::Restart => self.restart(core, at, out),
            Timer::AutoPlug(index) => self.plug(core, at, index, out),
            Timer::AutoUnplug(index) => self.unplug(core, at, index, out),
            Timer::Mishap(index) => self.mishap(core, at, index, out),
            Timer::MishapOver(index) => self.clear_fault(core, at, index, out),
        }
        self.plan(at);
    }

    pub(super) fn views(&mut self, at: Moment) -> Vec<PortView> {
        self.count(at);
        let limit = self.limit_dw();
        let guns = self.guns.iter();
        guns.map(|gun| view(gun, self.kind, limit)).collect()
    }
}

pub(super) const fn counted(at: Moment) -> Counted {
    Counted {
        t: at.t,
        civil: at.civil,
    }
}

/// Ports are counted from 1, as guns are.
pub(super) fn port_no(gun: u8) -> PortNo {
    PortNo(u16::from(gun))
}

pub(super) fn session(transaction: &Transaction) -> Session {
    Session::Serial(hex::encode_upper(transaction))
}

fn view(gun: &Gun, kind: Kind, limit: u64) -> PortView {
    let bill = gun
        .session
        .as_ref()
        .map(|it| it.bill(super::billing::Rounding::FourDecimals));
    let (energy, seconds) = match (&gun.session, bill, &gun.last) {
        (Some(it), Some(bill), _) => (bill.energy, it.elapsed_ms() / 1000),
        (_, _, Some(last)) => (last.energy, last.seconds),
        _ => (0, 0),
    };
    let transaction = gun.session.as_ref().map(|it| it.terms.transaction);
    PortView {
        port: port_no(gun.no),
        plugged: gun.is_plugged(),
        charging: gun.is_charging(),
        faults: u64::from(gun.faults.0),
        session: transaction.map(|number| session(&number)),
        power_dw: u32::try_from(gun.power_dw(limit)).unwrap_or(u32::MAX),
        energy_wh: u64::from(energy) / 10,
        seconds,
        soc: gun
            .battery
            .filter(|_| kind == Kind::Dc)
            .map(|battery| battery.soc()),
    }
}
