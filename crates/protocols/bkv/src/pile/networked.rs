//! The networked gateway and its radio sockets (vendor guide V1.7; BKV, docs/protocols/bkv.md,
//! "Message sequences" and "Known quirks").

mod commands;
mod containers;
mod ends;
mod frames;
mod reports;
mod sessions;
mod socket;
#[cfg(test)]
mod tests;
mod words;

pub(super) use self::frames::card_number;

use self::ends::Unacknowledged;
use self::sessions::minute_of_day;
use self::socket::{HOLES, Place, Socket};
use super::bay::Why;
use super::setup::{Profile, SetupFault};
use crate::pile::{Core, Setup};
use ::pile::Agenda;
use ::pile::Dialogue;
use ::pile::Moment;
use ::pile::{Action, Impossible};
use ::pile::{PortView, Session, Step};
use kernel::{PortNo, Timestamp};
use std::time::Duration;

/// First heartbeat of a connection, ms after it is up (captured).
const FIRST_BEAT_MS: (u32, u32) = (1_800, 2_100);
/// Sometimes it comes twice (captured).
const SECOND_BEAT: Duration = Duration::from_millis(45);
/// From the first heartbeat to the event that tells of the reconnect (captured).
const RECONNECT_EVENT: Duration = Duration::from_millis(400);
/// From the first heartbeat to the end reports that are still kept (captured).
const KEPT_ENDS: Duration = Duration::from_millis(500);
/// From a change to its report (captured).
const CHANGE_REPORT: Duration = Duration::from_millis(500);
/// A gateway whose heartbeat is not answered sets its connection up anew.
const ANSWER_WAIT: Duration = Duration::from_mins(1);
/// From a protection bit to the end of the session.
const FAULT_ENDS: Duration = Duration::from_secs(5);
/// A card waits so long for the platform.
const CARD_WAIT: Duration = Duration::from_secs(30);

/// What the misbehaving profiles do to a session, after so long.
const MISHAP_AFTER: Duration = Duration::from_mins(1);
/// How long a vanished gateway stays away, and how long a profile's fault lasts.
const MISHAP_LASTS: Duration = Duration::from_mins(4);
/// Over-temperature.
const FAULT_BITS: u8 = 0x04;

#[derive(Clone, Debug, PartialEq)]
enum Timer {
    Beat,
    BeatAgain,
    /// The platform has not answered a heartbeat.
    Unanswered,
    /// What a gateway tells after its first heartbeat.
    ReconnectEvent,
    KeptEnds,
    /// A frame that took its time over the radio.
    Say(Vec<u8>),
    /// A socket has something to tell.
    Report(usize),
    Periodic(usize),
    /// A socket that was added to the list is heard.
    Heard(usize),
    Look(Place),
    /// A stop command has got through.
    Stop(Place),
    EndsAgain,
    GiveUp,
    CardOver(Place),
    AutoPlug(Place),
    AutoUnplug(Place),
    Mishap(Place),
    MishapOver(Place),
    /// A firmware update is finished: of the gateway, or of its sockets.
    Updated(bool),
}

pub(super) struct Networked {
    gateway: words::Gateway,
    sockets: Vec<Socket>,
    agenda: Agenda<Timer>,
    ends: Vec<Unacknowledged>,
    /// The first heartbeat of this connection is out.
    greeted: bool,
    /// There has been a connection before.
    seen_before: bool,
    /// Heartbeats only, from now on.
    mute: bool,
    /// Sockets whose status changed while nobody listened.
    unreported: Vec<usize>,
    /// New gateway version after an update.
    next_version: Option<String>,
}

impl Networked {
    pub(super) fn new(core: &mut Core, at: Moment) -> Result<Self, SetupFault> {
        let count = usize::from(core.setup.ports).div_ceil(HOLES);
        let sockets = (0..count)
            .map(|index| {
                let number = u8::try_from(index + 1).ok();
                let number = number.filter(|_| core.setup.sockets_listed);
                let mac = mac(&core.setup, index);
                let loads = [0, 1].map(|hole| core.setup.load(index * HOLES + hole));
                let first = u16::try_from(1 + core.chance.below(999)).unwrap_or(1);
                Socket::new(mac, number, first, &loads, at.t)
            })
            .collect::<Vec<_>>();
        Ok(Self {
            gateway: words::gateway(&core.setup)?,
            unreported: (0..sockets.len()).collect(),
            sockets,
            agenda: Agenda::new(),
            ends: Vec::new(),
            greeted: false,
            seen_before: false,
            mute: false,
            next_version: None,
        })
    }

    /// The hole that the API counts as `port`.
    fn place(&self, port: PortNo) -> Result<Place, Impossible> {
        for (index, socket) in self.sockets.iter().enumerate() {
            for hole in 0..socket.holes.len() {
                if socket.port_no(index, hole) == port {
                    return Ok(Place {
                        socket: index,
                        hole,
                    });
                }
            }
        }
        Err(Impossible::NoSuchPort(port))
    }

    /// The hole that the wire calls (socket number, port).
    fn place_of(&self, number: u8, port: u8) -> Option<Place> {
        let socket = self.socket_of(number)?;
        let hole = usize::from(port);
        (hole < self.sockets[socket].holes.len()).then_some(Place { socket, hole })
    }

    fn socket_of(&self, number: u8) -> Option<usize> {
        let has = |socket: &Socket| socket.number == Some(number);
        self.sockets.iter().position(has)
    }

    fn set_online(&mut self, at: Moment, index: usize, online: bool) {
        let socket = &mut self.sockets[index];
        if socket.online != online {
            socket.online = online;
            self.agenda.set(at.t + CHANGE_REPORT, Timer::Report(index));
        }
    }

    /// A socket's periodic report: during sessions; while idle only by firmware that does.
    fn periodic(&mut self, core: &mut Core, at: Moment, index: usize, out: &mut Vec<Step>) {
        let socket = &self.sockets[index];
        let charging = socket.holes.iter().any(|hole| hole.bay.charge.is_some());
        if charging || core.setup.profile != Profile::IdleSilent {
            self.report(core, at, index, out);
        }
        self.agenda
            .set(at.t + sessions::PERIOD, Timer::Periodic(index));
    }

    fn mishap(&mut self, core: &mut Core, at: Moment, place: Place, out: &mut Vec<Step>) {
        if core.setup.profile == Profile::Fault {
            self.fault(core, at, place, FAULT_BITS, out);
            self.agenda
                .set(at.t + MISHAP_LASTS, Timer::MishapOver(place));
        } else {
            core.vanish(at, MISHAP_LASTS, out);
        }
    }

    fn updated(&mut self, core: &mut Core, at: Moment, sockets: bool, out: &mut Vec<Step>) {
        if sockets {
            for (index, socket) in self.sockets.iter_mut().enumerate() {
                socket.fw_version = socket.fw_version.wrapping_add(2);
                self.agenda.set(at.t + CHANGE_REPORT, Timer::Report(index));
            }
        } else if let Some(version) = self.next_version.take() {
            core.setup.version = version;
            core.hang_up(at, out);
        }
    }
}

/// MAC addresses are printed on the sockets; these follow from the gateway's serial number.
fn mac(setup: &Setup, index: usize) -> [u8; 6] {
    let serial: u64 = setup
        .id
        .get(6..)
        .and_then(|tail| tail.parse().ok())
        .unwrap_or(0);
    let number = serial
        .wrapping_mul(256)
        .wrapping_add(u64::try_from(index).unwrap_or(0));
    let mut mac = [0x85; 6];
    if let Some(low) = number.to_be_bytes().last_chunk::<5>() {
        mac[1..].copy_from_slice(low);
    }
    mac
}

impl Dialogue<Setup> for Networked {
    fn online(&mut self, core: &mut Core, at: Moment, _out: &mut Vec<Step>) {
        self.greeted = false;
        self.restart_ends();
        let first = core.chance.millis(FIRST_BEAT_MS.0, FIRST_BEAT_MS.1);
        self.agenda.set(at.t + first, Timer::Beat);
        if core.chance.once_in(4) {
            self.agenda
                .set(at.t + first + SECOND_BEAT, Timer::BeatAgain);
        }
        if self.seen_before {
            self.agenda
                .set(at.t + first + RECONNECT_EVENT, Timer::ReconnectEvent);
        }
        self.seen_before = true;
        self.agenda.set(at.t + first + KEPT_ENDS, Timer::KeptEnds);
    }

    fn offline(&mut self, core: &mut Core, _at: Moment, _out: &mut Vec<Step>) {
        self.greeted = false;
        self.agenda.retain(|timer| {
            !matches!(
                timer,
                Timer::Beat
                    | Timer::BeatAgain
                    | Timer::Unanswered
                    | Timer::ReconnectEvent
                    | Timer::KeptEnds
                    | Timer::Say(_)
                    | Timer::EndsAgain
                    | Timer::GiveUp
            )
        });
        if core.setup.profile == Profile::Stale {
            for (index, socket) in self.sockets.iter_mut().enumerate() {
                let last = socket.holes.iter().enumerate().find_map(|(hole, state)| {
                    let last = state.last.as_ref().filter(|_| state.bay.charge.is_none())?;
                    Some((hole, last.business))
                });
                socket.stale = last;
                if last.is_some() && !self.unreported.contains(&index) {
                    self.unreported.push(index);
                }
            }
        }
    }

    fn hear(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        while let Some(heard) = words::read(core, self.gateway) {
            self.obey(core, at, heard, out);
        }
    }

    fn next(&self) -> Option<Timestamp> {
        self.agenda.next()
    }

    fn due(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        let Some(timer) = self.agenda.pop(at.t) else {
            return;
        };
        match timer {
            Timer::Beat => {
                self.say_heartbeat(core, out);
                self.greeted = true;
                self.agenda.set(at.t + core.setup.heartbeat, Timer::Beat);
                if !self.agenda.has(|timer| *timer == Timer::Unanswered) {
                    let wait = core.clock.patience(ANSWER_WAIT);
                    self.agenda.set(at.t + wait, Timer::Unanswered);
                }
            }
            Timer::BeatAgain => self.say_heartbeat(core, out),
            Timer::Unanswered | Timer::GiveUp => core.hang_up(at, out),
            Timer::ReconnectEvent => self.say_reconnect(core, at, out),
            Timer::KeptEnds => {
                self.send_ends(core, at, out);
                for index in std::mem::take(&mut self.unreported) {
                    self.agenda.set(at.t + CHANGE_REPORT, Timer::Report(index));
                    self.agenda
                        .set(at.t + sessions::PERIOD, Timer::Periodic(index));
                }
            }
            Timer::Say(frame) => core.say(frame, out),
            Timer::Report(index) => self.report(core, at, index, out),
            Timer::Periodic(index) => self.periodic(core, at, index, out),
            Timer::Heard(index) => self.set_online(at, index, true),
            Timer::Look(place) => self.look(core, at, place, out),
            Timer::Stop(_) if core.setup.profile == Profile::StubbornStop => {}
            Timer::Stop(place) => self.end(core, at, place, Why::Command, out),
            Timer::EndsAgain => self.repeat_ends(core, at, out),
            Timer::CardOver(place) => self.sockets[place.socket].holes[place.hole].card = None,
            Timer::AutoPlug(place) => self.plug(core, at, place, out),
            Timer::AutoUnplug(place) => self.unplug(core, at, place, out),
            Timer::Mishap(place) => self.mishap(core, at, place, out),
            Timer::MishapOver(place) => {
                self.sockets[place.socket].holes[place.hole]
                    .bay
                    .outlet
                    .faults = 0;
                self.report(core, at, place.socket, out);
            }
            Timer::Updated(sockets) => self.updated(core, at, sockets, out),
        }
    }

    fn act(
        &mut self,
        core: &mut Core,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        match action {
            Action::Plug(port) => {
                let place = self.place(*port)?;
                self.plug(core, at, place, out);
            }
            Action::Unplug(port) => {
                let place = self.place(*port)?;
                self.unplug(core, at, place, out);
            }
            Action::Button(port) | Action::SilentEnd(port) => {
                let place = self.place(*port)?;
                let hole = &self.sockets[place.socket].holes[place.hole];
                if hole.bay.charge.is_none() {
                    return Err(Impossible::NotCharging(*port));
                }
                if matches!(action, Action::Button(_)) {
                    self.end(core, at, place, Why::User, out);
                } else {
                    self.end_quietly(core, at, place, Why::User, out);
                }
            }
            Action::Swipe { port, card, .. } => {
                let place = self.place(*port)?;
                let card = frames::card_number(card).ok_or(Impossible::CardNumber)?;
                self.swipe(core, at, place, card, out);
            }
            Action::AskBalance { port, card } => {
                let place = self.place(*port)?;
                let card = frames::card_number(card).ok_or(Impossible::CardNumber)?;
                self.say_balance_request(core, place, card, out);
            }
            Action::SetFault { port, bits } => {
                let place = self.place(*port)?;
                self.fault(core, at, place, super::status_bits(*bits), out);
            }
            Action::ClearFault(port) => {
                let place = self.place(*port)?;
                self.sockets[place.socket].holes[place.hole]
                    .bay
                    .outlet
                    .faults = 0;
                self.report(core, at, place.socket, out);
            }
            Action::RepeatEnd(port) => {
                let place = self.place(*port)?;
                let last = self.sockets[place.socket].holes[place.hole].last.clone();
                let last = last.ok_or(Impossible::NothingToRepeat(*port))?;
                self.say_end(core, at, place, &last, 2, out);
            }
            Action::SocketLost(port) | Action::SocketBack(port) => {
                let place = self.place(*port)?;
                let back = matches!(action, Action::SocketBack(_));
                self.set_online(at, place.socket, back);
            }
            Action::Vehicle { port, name } => {
                let place = self.place(*port)?;
                let load = super::load(name)?;
                let outlet = &mut self.sockets[place.socket].holes[place.hole].bay.outlet;
                outlet.exchange(at.t, load);
                self.look(core, at, place, out);
            }
            Action::Heat { port, celsius } => {
                let place = self.place(*port)?;
                let bay = &mut self.sockets[place.socket].holes[place.hole].bay;
                bay.outlet.heat = *celsius;
                self.report(core, at, place.socket, out);
            }
            Action::Draw { port, watts } => {
                let place = self.place(*port)?;
                let bay = &mut self.sockets[place.socket].holes[place.hole].bay;
                bay.outlet.draw(at.t, u32::from(*watts) * 10);
                self.look(core, at, place, out);
                self.report(core, at, place.socket, out);
            }
            Action::StickRelay { port, on } => {
                let place = self.place(*port)?;
                let bay = &mut self.sockets[place.socket].holes[place.hole].bay;
                bay.outlet.stick(at.t, *on);
                self.report(core, at, place.socket, out);
            }
            Action::ClockLost => core.clock.set_civil(at, Timestamp(0)),
            Action::SetClock(shown) => core.clock.set_civil(at, *shown),
            Action::Malformed => self.say_nonsense(core, out),
            Action::WrongChecksum => self.say_wrong_checksum(core, out),
            _ => return Err(Impossible::NotInDialect),
        }
        Ok(())
    }

    fn power_lost(&mut self, core: &mut Core, at: Moment, memory: bool, out: &mut Vec<Step>) {
        self.agenda = Agenda::new();
        for index in 0..self.sockets.len() {
            for hole in 0..HOLES {
                let place = Place {
                    socket: index,
                    hole,
                };
                let bay = &mut self.sockets[index].holes[hole].bay;
                bay.count(at.t, minute_of_day(at));
                bay.outlet.open(at.t);
                if !memory {
                    self.end_quietly(core, at, place, Why::NoLoad, out);
                    self.sockets[index].holes[hole].last = None;
                }
            }
            if !memory {
                self.sockets[index].forget_business();
            }
        }
        if !memory {
            self.ends.clear();
            self.agenda = Agenda::new();
        }
        self.unreported = (0..self.sockets.len()).collect();
    }

    fn power_back(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        for index in 0..self.sockets.len() {
            for hole in 0..HOLES {
                let bay = &mut self.sockets[index].holes[hole].bay;
                bay.count(at.t, minute_of_day(at));
                if bay.charge.is_some() {
                    bay.outlet.resume(at.t);
                    let place = Place {
                        socket: index,
                        hole,
                    };
                    self.look(core, at, place, out);
                }
            }
        }
    }

    fn ports(&mut self, _core: &Core, at: Moment) -> Vec<PortView> {
        let mut views = Vec::new();
        for (index, socket) in self.sockets.iter_mut().enumerate() {
            for hole in 0..socket.holes.len() {
                let port = socket.port_no(index, hole);
                let bay = &mut socket.holes[hole].bay;
                bay.count(at.t, minute_of_day(at));
                let charge = bay.charge.as_ref();
                views.push(PortView {
                    port,
                    plugged: bay.outlet.plugged,
                    charging: bay.outlet.is_closed(),
                    faults: bay.outlet.faults,
                    session: charge.map(|charge| Session::Business(charge.business)),
                    power_dw: bay.outlet.power_dw(),
                    energy_wh: bay.outlet.wh(),
                    seconds: bay.outlet.seconds(),
                    soc: None,
                });
            }
        }
        views
    }
}
