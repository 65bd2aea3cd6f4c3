//! What people and mishaps do to a v8.6 device.

use super::V86;
use super::order::Reason;
use crate::pile::{Core, load, status_bits};
use ::pile::{Action, Impossible, Moment, Step};
use kernel::Timestamp;

impl V86 {
    /// Everything but the link.
    pub(super) fn undergo(
        &mut self,
        core: &mut Core,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        match action {
            Action::Plug(port) => {
                let index = self.index(*port)?;
                self.plug(core, at, index);
            }
            Action::Unplug(port) => {
                let index = self.index(*port)?;
                self.unplug(core, at, index, out);
            }
            Action::Button(port) | Action::SilentEnd(port) => {
                let index = self.index(*port)?;
                if !self.holes[index].outlet.is_closed() {
                    return Err(Impossible::NotCharging(*port));
                }
                if matches!(action, Action::Button(_)) {
                    self.end(core, at, index, Reason::User, out);
                } else {
                    self.stop_quietly(core, at, index, Reason::Normal, out);
                }
            }
            Action::Swipe {
                port,
                card,
                balance_fen,
                ..
            } => {
                let index = self.index(*port)?;
                let card = card.parse().map_err(|_| Impossible::CardNumber)?;
                self.say_card(core, index, card, *balance_fen, out);
            }
            Action::SetFault { port, bits } => {
                let index = self.index(*port)?;
                self.fault(core, at, index, status_bits(*bits), out);
            }
            Action::ClearFault(port) => {
                let index = self.index(*port)?;
                self.holes[index].outlet.faults = 0;
                self.say_status(core, out);
            }
            Action::RepeatEnd(port) => {
                let index = self.index(*port)?;
                let last = self.holes[index].last.clone();
                let last = last.ok_or(Impossible::NothingToRepeat(*port))?;
                self.say_settlement_again(core, at, &last, out);
            }
            Action::Vehicle { port, name } => {
                let index = self.index(*port)?;
                let load = load(name)?;
                self.holes[index].outlet.exchange(at.t, load);
                self.plan_change(index);
            }
            Action::Heat { port, celsius } => {
                let index = self.index(*port)?;
                self.holes[index].outlet.heat = *celsius;
            }
            Action::Draw { port, watts } => {
                let index = self.index(*port)?;
                self.holes[index].outlet.draw(at.t, u32::from(*watts) * 10);
                self.plan_change(index);
            }
            Action::StickRelay { port, on } => {
                let index = self.index(*port)?;
                self.holes[index].outlet.stick(at.t, *on);
            }
            Action::ClockLost => core.clock.set_civil(at, Timestamp(0)),
            Action::SetClock(shown) => core.clock.set_civil(at, *shown),
            Action::Malformed => self.say_nonsense(core, out),
            Action::WrongChecksum => self.say_wrong_checksum(core, out),
            _ => return Err(Impossible::NotInDialect),
        }
        Ok(())
    }
}
