//! All that hangs on one connection: a host, its devices, their timers.

use super::frames::{break_checksum, next_down, seal};
use super::host::Host;
use super::settings::Settings;
use super::setup::{Form, Profile, Setup, SetupFault};
use super::timer::Timer;
use super::unit::{Unit, Volatile};
use ::pile::{Action, Agenda, Core, Dialogue, Impossible, Moment, PortView, Session, Step};
use kernel::{PortNo, Timestamp};
use std::time::Duration;

/// The modem says `link` after so long without traffic (vendor's answers).
const QUIET: Duration = Duration::from_secs(30);
/// From one device to the next when a host polls its bus.
const POLL: Duration = Duration::from_millis(300);
/// A device is dark for so long when it restarts by command.
pub(super) const RESTART: Duration = Duration::from_secs(5);

pub(super) struct Site {
    pub(super) setup: Setup,
    pub(super) host: Option<Host>,
    pub(super) units: Vec<Unit>,
    pub(super) agenda: Agenda<Timer>,
    /// The last byte on the connection, either way.
    traffic: Timestamp,
}

impl Site {
    pub(super) fn new(setup: Setup, core: &mut Core, at: Moment) -> Result<Self, SetupFault> {
        setup.check()?;
        let numbers = setup.numbers().ok_or(SetupFault::Id)?;
        let own = setup.number().ok_or(SetupFault::Id)?;
        let units = numbers.iter().enumerate();
        let mut site = Self {
            host: (setup.form != Form::Alone).then(|| Host::new(own)),
            units: units
                .map(|(index, number)| Unit::new(&setup, index, *number, at.t))
                .collect(),
            agenda: Agenda::new(),
            traffic: at.t,
            setup,
        };
        site.wake_all(at);
        site.plug_by_itself(core, at);
        Ok(site)
    }

    pub(super) fn is(&self, profile: Profile) -> bool {
        self.setup.profile == profile
    }

    /// Number of a socket as the simulator counts: through all devices, from 1.
    pub(super) fn port_no(&self, unit: usize, socket: usize) -> PortNo {
        let number = unit * usize::from(self.setup.ports) + socket + 1;
        PortNo(u16::try_from(number).unwrap_or(u16::MAX))
    }

    fn place(&self, port: PortNo) -> Result<(usize, usize), Impossible> {
        let index = usize::from(port.0).wrapping_sub(1);
        let ports = usize::from(self.setup.ports);
        let place = (index / ports, index % ports);
        if place.0 < self.units.len() {
            Ok(place)
        } else {
            Err(Impossible::NoSuchPort(port))
        }
    }

    /// A new command of a device; its message id.
    pub(super) fn say(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        (cmd, data): (u8, &[u8]),
        out: &mut Vec<Step>,
    ) -> u16 {
        let msg = self.units[unit].next_msg();
        self.say_as(core, at, unit, (cmd, msg, data), out);
        msg
    }

    /// The same with a message id that exists: answers and repetitions.
    pub(super) fn say_as(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        (cmd, msg, data): (u8, u16, &[u8]),
        out: &mut Vec<Step>,
    ) {
        let device = &self.units[unit];
        if device.reachable && !device.dark {
            let frame = seal(device.number, msg, cmd, data);
            self.put(core, at, frame, out);
        }
    }

    /// An answer after the time that this device takes for it.
    pub(super) fn answer(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        (cmd, msg, data): (u8, u16, &[u8]),
    ) {
        let frame = seal(self.units[unit].number, msg, cmd, data);
        let usual = 150 + u64::from(core.chance.below(200));
        let delay = core.answer_delay(usual);
        self.agenda.add(at.t + delay, Timer::Say(Some(unit), frame));
    }

    /// Puts a frame on the connection, with the noise that the profile adds.
    pub(super) fn put(&mut self, core: &mut Core, at: Moment, frame: Vec<u8>, out: &mut Vec<Step>) {
        if core.is_up() {
            self.traffic = at.t;
            core.say(frame, out);
        }
    }

    pub(super) fn fresh_settings(&self) -> Settings {
        Settings::new(self.setup.power_max_dw(), self.is(Profile::Old))
    }

    /// All devices were switched on.
    fn wake_all(&mut self, at: Moment) {
        for unit in 0..self.units.len() {
            self.wake(at, unit);
        }
        if let Some(host) = &mut self.host {
            host.restart();
        }
    }

    /// A device was switched on: what it had in its working memory is gone.
    fn wake(&mut self, at: Moment, unit: usize) {
        let place = u32::try_from(unit).unwrap_or(0);
        let device = &mut self.units[unit];
        device.now = Volatile::default();
        device.booted = at.t;
        device.dark = false;
        if let Some(version) = device.next_version.take() {
            device.version = version;
        }
        let first = at.t + Duration::from_secs(1) + POLL * place;
        self.agenda.set(first, Timer::Awake(unit));
    }

    /// A device switches itself off and on again; what charges is interrupted.
    pub(super) fn restart(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        out: &mut Vec<Step>,
    ) {
        if self.setup.form == Form::Alone {
            core.lose_power(at, RESTART, out);
            self.lights_out(at, true);
            return;
        }
        self.relays_open(at, unit);
        self.units[unit].dark = true;
        self.agenda.retain(|timer| !timer.is_of(unit));
        self.agenda.set(at.t + RESTART, Timer::Awake(unit));
    }

    fn relays_open(&mut self, at: Moment, unit: usize) {
        for socket in &mut self.units[unit].sockets {
            socket.outlet.open(at.t);
        }
    }

    /// No mains power: relays fall open, timers are gone.
    fn lights_out(&mut self, at: Moment, memory: bool) {
        self.agenda = Agenda::new();
        for unit in 0..self.units.len() {
            self.relays_open(at, unit);
            if !memory {
                let device = &mut self.units[unit];
                device.records.clear();
                for socket in &mut device.sockets {
                    socket.charge = None;
                    socket.last = None;
                }
            }
        }
    }

    /// Charges go on where they were interrupted (断电续充).
    fn resume(&mut self, at: Moment, unit: usize) {
        for socket in 0..self.units[unit].sockets.len() {
            self.units[unit].sockets[socket].resume(at.t);
            let charges = self.units[unit].sockets[socket].charge.is_some();
            if charges {
                self.plan_power(at, unit, socket);
                self.plan_look(at, unit, socket);
            }
        }
        self.plan_records(unit);
    }

    fn awake(&mut self, core: &mut Core, at: Moment, unit: usize, out: &mut Vec<Step>) {
        if self.units[unit].dark {
            self.wake(at, unit);
            self.resume(at, unit);
            return;
        }
        self.register(core, at, unit, out);
        self.ask_time(core, at, unit, out);
        self.beat(core, at, unit, out);
    }

    fn plug_by_itself(&mut self, core: &mut Core, at: Moment) {
        let Some(user) = self.setup.automatic.filter(|_| !self.is(Profile::Cabinet)) else {
            return;
        };
        for unit in 0..self.units.len() {
            for socket in 0..self.units[unit].sockets.len() {
                let jitter = core.chance.millis(0, 500);
                let when = at.t + user.plug_after + jitter;
                self.agenda.set(when, Timer::AutoPlug(unit, socket));
            }
        }
    }

    fn link(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        let quiet = self.traffic + QUIET;
        if quiet <= at.t {
            self.put_bare(core, at, b"link", out);
            self.agenda.set(at.t + QUIET, Timer::Link);
        } else {
            self.agenda.set(quiet, Timer::Link);
        }
    }

    fn put_bare(&mut self, core: &mut Core, at: Moment, bytes: &[u8], out: &mut Vec<Step>) {
        self.traffic = at.t;
        core.write(bytes.to_vec(), out);
    }

    /// The bus to a device breaks, or works again.
    fn reach(&mut self, unit: usize, reachable: bool) {
        self.units[unit].reachable = reachable;
    }

    fn view(&mut self, at: Moment, unit: usize, socket: usize) -> PortView {
        let port = self.port_no(unit, socket);
        let place = &mut self.units[unit].sockets[socket];
        place.outlet.count(at.t);
        PortView {
            port,
            plugged: place.outlet.plugged,
            charging: place.outlet.is_closed(),
            faults: place.fault.map_or(0, |state| u8::from(state).into()),
            session: place.charge.as_ref().map(|charge| session(&charge.order)),
            power_dw: place.outlet.power_dw(),
            energy_wh: place.outlet.wh(),
            seconds: place.outlet.seconds(),
            soc: None,
        }
    }
}

impl Dialogue for Site {
    fn online(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        let mut iccid = self.setup.iccid.clone();
        if self.is(Profile::Noisy) {
            // One modem says three characters more.
            iccid.push_str("979");
        }
        self.put_bare(core, at, iccid.as_bytes(), out);
        self.agenda.set(at.t + QUIET, Timer::Link);
        if self.host.is_some() || self.setup.form == Form::Alone {
            self.host_online(at);
        }
        let hurry = !self.is(Profile::LazyRecords);
        for unit in 0..self.units.len() {
            let device = &mut self.units[unit];
            if hurry {
                device.records.hurry(at.t + Duration::from_secs(5));
            }
            // Devices behind a host know nothing of its connection; what was said into the
            // void is said again.
            let soon = at.t + POLL * u32::try_from(unit + 1).unwrap_or(1);
            let now = &device.now;
            let unheard = [
                (
                    !now.registered && now.registration.is_some(),
                    Timer::Register(unit),
                ),
                (
                    now.beat.is_some() || now.legacy.is_some(),
                    Timer::Beat(unit),
                ),
                (now.time.is_some(), Timer::Time(unit)),
            ];
            for (_, timer) in unheard.into_iter().filter(|(unheard, _)| *unheard) {
                self.agenda.set(soon, timer);
            }
            self.plan_records(unit);
        }
    }

    fn offline(&mut self, _core: &mut Core, _at: Moment, _out: &mut Vec<Step>) {
        self.agenda
            .retain(|timer| !matches!(timer, Timer::Say(..) | Timer::Link));
    }

    fn hear(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.traffic = at.t;
        while let Some(down) = next_down(&mut core.unread) {
            if !core.ignores {
                self.obey(core, at, &down, out);
            }
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
            Timer::Say(unit, frame) => {
                let heard = unit.is_none_or(|unit| self.units[unit].reachable);
                if heard {
                    self.put(core, at, frame, out);
                }
            }
            Timer::Link => self.link(core, at, out),
            Timer::HostTime
            | Timer::HostBeat
            | Timer::HostVersions
            | Timer::HostState
            | Timer::HostRadio
            | Timer::HostUpgrade => self.host_due(core, at, &timer, out),
            Timer::Awake(unit) => self.awake(core, at, unit, out),
            Timer::Register(unit) => self.register(core, at, unit, out),
            Timer::Time(unit) => self.ask_time(core, at, unit, out),
            Timer::Beat(unit) => self.beat(core, at, unit, out),
            Timer::LegacyAgain(unit) => self.legacy_again(core, at, unit, out),
            Timer::CardAgain(unit) => self.card_again(core, at, unit, out),
            Timer::Record(unit) => self.send_records(core, at, unit, out),
            Timer::Changed(unit) => self.say_heartbeat(core, at, unit, out),
            Timer::Restart(unit) => self.restart(core, at, unit, out),
            Timer::UpgradeAgain(unit) => {
                self.say(core, at, unit, (0x05, &[]), out);
            }
            Timer::Power(unit, socket) => self.power(core, at, unit, socket, out),
            Timer::ConfirmAgain(unit, socket) => self.confirm(core, at, unit, socket, out),
            Timer::Look(unit, socket) => self.look(core, at, unit, socket, out),
            Timer::Released(unit, socket) => self.release(at, unit, socket),
            Timer::AutoPlug(unit, socket) => self.plug(core, at, unit, socket, out),
            Timer::AutoUnplug(unit, socket) => {
                self.unplug(core, at, unit, socket, out);
                if let Some(user) = self.setup.automatic.filter(|_| !self.is(Profile::Cabinet)) {
                    let again = at.t + user.plug_after;
                    self.agenda.set(again, Timer::AutoPlug(unit, socket));
                }
            }
            Timer::Mishap(unit, socket) => self.mishap(core, at, (unit, socket), out),
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
                let (unit, socket) = self.place(*port)?;
                self.plug(core, at, unit, socket, out);
            }
            Action::Unplug(port) => {
                let (unit, socket) = self.place(*port)?;
                self.unplug(core, at, unit, socket, out);
            }
            Action::Button(port) | Action::SilentEnd(port) => {
                let (unit, socket) = self.place(*port)?;
                if self.units[unit].sockets[socket].charge.is_none() {
                    return Err(Impossible::NotCharging(*port));
                }
                let quietly = matches!(action, Action::SilentEnd(_));
                self.end_by_hand(core, at, (unit, socket), quietly, out);
            }
            Action::Swipe { port, card, .. } => {
                let (unit, socket) = self.place(*port)?;
                let card = card_id(card).ok_or(Impossible::CardNumber)?;
                self.swipe(core, at, (unit, socket), card, out);
            }
            Action::AskBalance { port, card } => {
                let (unit, _) = self.place(*port)?;
                let card = card_id(card).ok_or(Impossible::CardNumber)?;
                self.ask_balance(core, at, unit, card, out);
            }
            Action::SetFault { port, bits } => {
                let (unit, socket) = self.place(*port)?;
                self.trouble(core, at, (unit, socket), *bits, out);
            }
            Action::ClearFault(port) => {
                let (unit, socket) = self.place(*port)?;
                self.units[unit].sockets[socket].fault = None;
                self.say_heartbeat(core, at, unit, out);
            }
            Action::RepeatEnd(port) => {
                let (unit, socket) = self.place(*port)?;
                let last = self.units[unit].sockets[socket].last.clone();
                let last = last.ok_or(Impossible::NothingToRepeat(*port))?;
                self.units[unit].records.keep(last, at.t);
                self.send_records(core, at, unit, out);
            }
            Action::SocketLost(port) | Action::SocketBack(port) => {
                let (unit, _) = self.place(*port)?;
                self.reach(unit, matches!(action, Action::SocketBack(_)));
            }
            Action::ClockLost => {
                for unit in &mut self.units {
                    unit.now.clock_set = false;
                    unit.booted = at.t;
                }
            }
            Action::Malformed => {
                // A settlement that is shorter than one can be.
                self.say(core, at, 0, (0x03, &[0; 20]), out);
            }
            Action::WrongChecksum => {
                let unit = &mut self.units[0];
                let (number, msg) = (unit.number, unit.next_msg());
                let mut frame = seal(number, msg, 0x21, &[0x98, 0x08, 1, 0, 0, 0x58]);
                break_checksum(&mut frame);
                self.put(core, at, frame, out);
            }
            _ => return Err(Impossible::NotInDialect),
        }
        Ok(())
    }

    fn power_lost(&mut self, _core: &mut Core, at: Moment, memory: bool, _out: &mut Vec<Step>) {
        self.lights_out(at, memory);
    }

    fn power_back(&mut self, core: &mut Core, at: Moment, _out: &mut Vec<Step>) {
        self.wake_all(at);
        self.plug_by_itself(core, at);
        for unit in 0..self.units.len() {
            self.resume(at, unit);
        }
    }

    fn ports(&mut self, _core: &Core, at: Moment) -> Vec<PortView> {
        let mut views = Vec::new();
        for unit in 0..self.units.len() {
            for socket in 0..self.units[unit].sockets.len() {
                views.push(self.view(at, unit, socket));
            }
        }
        views
    }
}

/// Eight hex digits as printed by readers, or the decimal number on the card.
fn card_id(text: &str) -> Option<[u8; 4]> {
    let number = match text.len() {
        8 if text.bytes().any(|digit| digit.is_ascii_alphabetic()) => {
            u32::from_str_radix(text, 16).ok()
        }
        _ => text.parse().ok(),
    };
    number.map(u32::to_be_bytes)
}

/// How people see an order number: as text where it is, else as hex.
pub(super) fn order_text(order: &[u8; 16]) -> String {
    match std::str::from_utf8(order) {
        Ok(text) if order.iter().all(u8::is_ascii_graphic) => text.to_owned(),
        _ => hex::encode_upper(order),
    }
}

pub(super) fn session(order: &[u8; 16]) -> Session {
    Session::Order(order_text(order))
}
