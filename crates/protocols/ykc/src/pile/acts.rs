//! What people and mishaps do to a pile.

use super::gun::{Card, Gun};
use super::setup::Kind;
use super::station::{Station, port_no, session};
use super::swipes::Swipe;
use super::{Action, Core, Event, Impossible, Moment, Step, words};
use crate::codes::{FaultBits, FrameType, LockState, StopReason};
use crate::frame::{CrcOrder, seal};
use crate::message::{self, Body};
use crate::value::Ident;
use ::pile::Vehicle;
use kernel::Timestamp;
use md5::{Digest, Md5};

/// Characters of a vehicle identification number.
const VIN_LEN: usize = 17;
/// Before a card number: the card is held to the reader for all free guns at once.
const PARALLEL: &str = "parallel:";
/// Fault action: behind this a stop reason that ends the session, for what no fault bit tells.
const END_WITH: u64 = 0x1_0000;

impl Station {
    /// Everything but the link, which is the core's.
    pub(super) fn befall(
        &mut self,
        core: &mut Core,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        self.count(at);
        match action {
            Action::Plug(port) => {
                let index = self.index(*port)?;
                self.plug(core, at, index, out);
            }
            Action::Unplug(port) => {
                let index = self.index(*port)?;
                self.unplug(core, at, index, out);
            }
            Action::Button(port) | Action::SilentEnd(port) => {
                let index = self.index(*port)?;
                if !self.guns.get(index).is_some_and(Gun::is_charging) {
                    return Err(Impossible::NotCharging(*port));
                }
                if matches!(action, Action::Button(_)) {
                    self.end(core, at, index, StopReason::Hand, out);
                } else {
                    self.end_quietly(core, at, index, StopReason::Unexplained, out);
                }
            }
            Action::Swipe {
                port,
                card,
                password,
                ..
            } => {
                let index = self.index(*port)?;
                let (number, parallel) = match card.strip_prefix(PARALLEL) {
                    Some(number) => (number, true),
                    None => (card.as_str(), false),
                };
                let swipe = Swipe {
                    card: card_number(number)?,
                    password: password.as_deref().map(hashed),
                    parallel,
                };
                self.swipe(core, at, index, &swipe, out);
            }
            Action::Vin { port, vin } => {
                let index = self.index(*port)?;
                self.offer(core, at, index, vin, out)?;
            }
            Action::SetFault { port, bits } => {
                let index = self.index(*port)?;
                match (u16::try_from(*bits), bits.checked_sub(END_WITH)) {
                    (Ok(bits), _) => self.fault(core, at, index, FaultBits(bits), out),
                    (_, Some(reason)) => {
                        let reason = u8::try_from(reason).map_err(|_| Impossible::NotInDialect)?;
                        self.end(core, at, index, StopReason::from(reason), out);
                    }
                    _ => return Err(Impossible::NotInDialect),
                }
            }
            Action::EmergencyStop(port) => {
                let index = self.index(*port)?;
                self.fault(core, at, index, FaultBits::EMERGENCY_STOP, out);
            }
            Action::MoveLock { port, raised } => {
                let index = self.index(*port)?;
                self.push_lock(core, index, *raised, out)?;
            }
            Action::Vehicle { port, name } => {
                let index = self.index(*port)?;
                let vehicle = Vehicle::named(name);
                let vehicle = vehicle.ok_or_else(|| Impossible::NoSuchVehicle(name.clone()))?;
                self.exchange(core, at, index, vehicle, out);
            }
            Action::SetSoc { port, percent } => {
                let index = self.index(*port)?;
                self.fill(index, *percent);
            }
            Action::Alarm { port, code, on } => {
                let index = self.index(*port)?;
                let bit = code.checked_sub(1).and_then(|bit| 1_u16.checked_shl(bit));
                let bit = bit.ok_or(Impossible::NotInDialect)?;
                self.alarm(core, at, index, FaultBits(bit), *on, out);
            }
            Action::SetClock(civil) => self.set_clock(core, at, *civil),
            Action::ClockLost => self.set_clock(core, at, Timestamp(0)),
            Action::ClearFault(port) => {
                let index = self.index(*port)?;
                self.clear_fault(core, at, index, out);
            }
            Action::RepeatEnd(port) => {
                let index = self.index(*port)?;
                self.repeat_record(core, at, index, out)?;
            }
            Action::Malformed | Action::WrongChecksum if !core.is_up() => {
                return Err(Impossible::NotConnected);
            }
            Action::Malformed => core.say(self.senseless(), out),
            Action::WrongChecksum => core.say(self.damaged(), out),
            _ => return Err(Impossible::NotInDialect),
        }
        self.plan(at);
        Ok(())
    }

    /// A plugged vehicle with this number offers itself.
    fn offer(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        vin: &str,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        if self.kind == Kind::Ac || vin.len() != VIN_LEN || !vin.is_ascii() {
            return Err(Impossible::NotInDialect);
        }
        if let Some(gun) = self.guns.get_mut(index) {
            vin.clone_into(&mut gun.vehicle.vin);
        }
        self.vin_read(core, at, index, out);
        Ok(())
    }

    /// Another vehicle comes. The one that is plugged goes first.
    fn exchange(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        vehicle: Vehicle,
        out: &mut Vec<Step>,
    ) {
        let plugged = self.guns.get(index).is_some_and(Gun::is_plugged);
        self.unplug(core, at, index, out);
        if let Some(gun) = self.guns.get_mut(index) {
            gun.vehicle = vehicle;
        }
        if plugged {
            self.plug(core, at, index, out);
        }
    }

    /// The battery is so full from now on.
    fn fill(&mut self, index: usize, percent: u8) {
        if let Some(gun) = self.guns.get_mut(index) {
            gun.vehicle.soc = percent.min(100);
            if let Some(battery) = &mut gun.battery {
                battery.set_soc(percent);
            }
        }
    }

    /// One fault bit comes or goes.
    fn alarm(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        bit: FaultBits,
        on: bool,
        out: &mut Vec<Step>,
    ) {
        if on {
            self.fault(core, at, index, bit, out);
        } else if let Some(gun) = self.guns.get_mut(index) {
            gun.faults.0 &= !bit.0;
            self.say_realtime(core, at, index, out);
        }
    }

    /// Somebody moves the arm by hand.
    fn push_lock(
        &mut self,
        core: &mut Core,
        index: usize,
        raised: bool,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        if !self.setup.ground_locks {
            return Err(Impossible::NotInDialect);
        }
        if let Some(gun) = self.guns.get_mut(index) {
            gun.lock.target = if raised {
                LockState::Raised
            } else {
                LockState::Lowered
            };
        }
        self.lock_moved(core, index, out);
        Ok(())
    }

    /// The last record of a gun, once more.
    fn repeat_record(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        let port = self
            .guns
            .get(index)
            .map_or(port_no(0), |gun| port_no(gun.no));
        let last = self.guns.get(index).and_then(|gun| gun.last.as_ref());
        let record = last
            .ok_or(Impossible::NothingToRepeat(port))?
            .record
            .clone();
        let event = Event::EndReported {
            port,
            session: session(&super::bms::transaction_of(&record)),
            attempt: 1,
        };
        core.note(at, event, out);
        self.say(core, Body::Record(record), out);
        Ok(())
    }

    /// A frame of the right form whose body is shorter than its table.
    fn senseless(&self) -> Vec<u8> {
        let mut frame = Vec::new();
        let body = [&self.id[..], &[0xEE; 5]].concat();
        let kind = FrameType::Realtime;
        let sealed = seal(kind, [0, 0], CrcOrder::LowHigh, &mut frame, |out| {
            out.extend_from_slice(&body);
        });
        // Twelve bytes fit.
        if sealed.is_err() {
            frame.clear();
        }
        frame
    }

    /// A frame whose checksum is wrong in both orders.
    fn damaged(&self) -> Vec<u8> {
        let request = message::ModelRequest {
            pile_code: Ident(self.id),
        };
        let mut frame = words::sealed(Body::ModelRequest(request), [0, 0], CrcOrder::LowHigh);
        for byte in frame.iter_mut().rev().take(2) {
            *byte ^= 0x5A;
        }
        frame
    }
}

/// What a user typed, as the pile sends it: the middle 16 of the 32 hex digits of its MD5.
fn hashed(password: &str) -> [u8; 16] {
    let digits = hex::encode(Md5::digest(password.as_bytes()));
    let middle = digits.as_bytes().get(8..24);
    middle
        .and_then(|middle| middle.try_into().ok())
        .unwrap_or([0; 16])
}

/// A card number as people type it: at most sixteen hexadecimal digits.
fn card_number(text: &str) -> Result<Card, Impossible> {
    let card = Ident::<8>::padded(text).ok_or(Impossible::CardNumber)?;
    Ok(card.0)
}
