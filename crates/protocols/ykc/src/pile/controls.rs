//! Balance, cards, work parameters, time, ground lock, restart, QR code.

use super::gun::Card;
use super::heard::Said;
use super::setup::Kind;
use super::station::{Standing, Station, Timer};
use super::{Core, Event, Moment, Step};
use crate::codes::{BalanceResult, CardStoreFailure, LockState};
use kernel::Timestamp;
use std::time::Duration;

/// The arm of a ground lock moves so long.
const LOCK_MOVES: Duration = Duration::from_secs(4);

impl Station {
    /// Carries a command out that has nothing to do with starts and stops.
    pub(super) fn manage(
        &mut self,
        core: &mut Core,
        at: Moment,
        sequence: [u8; 2],
        mine: bool,
        said: Said,
        out: &mut Vec<Step>,
    ) {
        let refused = !mine || core.refuses();
        match said {
            Said::SetModel(model) => {
                // Prices are sent to an idle pile only.
                let ok = !refused && !self.any_session();
                if ok {
                    self.model = Some(*model);
                    self.standing = Standing::Ready;
                    self.agenda.cancel(&Timer::Ask);
                }
                self.say_model_set(core, sequence, ok, out);
            }
            Said::Balance { gun, card, balance } => {
                let result = self.set_balance(at, mine, gun, card, balance);
                self.say_balance_set(core, sequence, card, result, out);
            }
            Said::StoreCards(cards) => {
                let stored = !refused && self.cards.store(&cards);
                let reason = match (stored, refused) {
                    (true, _) => CardStoreFailure::None,
                    (false, true) => CardStoreFailure::Format,
                    (false, false) => CardStoreFailure::Full,
                };
                self.say_cards_stored(core, sequence, reason, out);
            }
            Said::ClearCards(cards) => {
                let results: Vec<(Card, bool)> = cards
                    .iter()
                    .map(|card| (*card, !refused && self.cards.clear(*card)))
                    .collect();
                self.say_cards_cleared(core, sequence, &results, out);
            }
            Said::QueryCards(cards) => {
                let found: Vec<(Card, bool)> = cards
                    .iter()
                    .map(|card| (*card, self.cards.has(*card)))
                    .collect();
                self.say_cards_found(core, sequence, &found, out);
            }
            Said::Work { locked, percent } => {
                let ok = !refused && (30..=100).contains(&percent);
                if ok {
                    self.count(at);
                    (self.locked, self.percent) = (locked, percent);
                    self.plan(at);
                }
                self.say_work_set(core, sequence, ok, out);
            }
            Said::Time(told) => self.set_time(core, at, sequence, mine, told, out),
            Said::Lock { gun, raise } => {
                let ok = !refused && self.move_lock(at, gun, raise);
                self.say_lock_accepted(core, sequence, gun, ok, out);
            }
            Said::Reboot { when_idle } => {
                self.say_reboot_accepted(core, sequence, !refused, out);
                if !refused {
                    self.reboot(at, when_idle);
                }
            }
            Said::Update(update) if mine => self.update(core, at, update, sequence, out),
            Said::Qr { prefix } => {
                if !refused {
                    self.qr = prefix;
                }
                self.say_qr_set(core, sequence, !refused, out);
            }
            _ => {}
        }
    }

    fn set_balance(
        &mut self,
        at: Moment,
        mine: bool,
        gun: u8,
        card: Card,
        balance: u32,
    ) -> BalanceResult {
        if !mine {
            return BalanceResult::WrongPile;
        }
        self.count(at);
        let index = self.gun_index(gun);
        let running = index.and_then(|index| self.session_mut(index));
        match running {
            Some(running) if card == [0; 8] || running.terms.card == card => {
                running.terms.balance = Some(balance);
                self.plan(at);
                BalanceResult::Ok
            }
            // Without a session no card is charging.
            _ => BalanceResult::WrongCard,
        }
    }

    fn set_time(
        &mut self,
        core: &mut Core,
        at: Moment,
        sequence: [u8; 2],
        mine: bool,
        told: Option<Timestamp>,
        out: &mut Vec<Step>,
    ) {
        let mut shown = at.civil;
        if let Some(told) = told.filter(|_| mine && !self.habits.keeps_clock) {
            self.set_clock(core, at, told);
            core.note(at, Event::TimeReceived(told), out);
            shown = told;
        }
        self.say_time(core, sequence, shown, out);
    }

    /// The calendar shows another time from now on.
    pub(super) fn set_clock(&mut self, core: &mut Core, at: Moment, civil: Timestamp) {
        self.count(at);
        core.clock.set_civil(at, civil);
        for gun in &mut self.guns {
            if let Some(session) = &mut gun.session {
                session.clock_set(civil);
            }
        }
    }

    /// Moves the arm; not where there is none, and not up under a vehicle.
    fn move_lock(&mut self, at: Moment, gun: u8, raise: bool) -> bool {
        let Some(index) = self.gun_index(gun).filter(|_| self.setup.ground_locks) else {
            return false;
        };
        let Some(gun) = self.guns.get_mut(index) else {
            return false;
        };
        if raise && gun.is_plugged() {
            return false;
        }
        gun.lock.target = if raise {
            LockState::Raised
        } else {
            LockState::Lowered
        };
        if gun.lock.state != gun.lock.target {
            gun.lock.state = LockState::Between;
        }
        self.agenda.set(at.t + LOCK_MOVES, Timer::LockMoved(index));
        true
    }

    pub(super) fn lock_moved(&mut self, core: &mut Core, index: usize, out: &mut Vec<Step>) {
        if let Some(gun) = self.guns.get_mut(index) {
            gun.lock.state = gun.lock.target;
            self.say_lock(core, index, out);
        }
    }

    /// Whether the pile is of the kind that an update is for.
    pub(super) fn fits(&self, model: u8) -> bool {
        model
            == match self.kind {
                Kind::Dc => 1,
                Kind::Ac => 2,
            }
    }
}
