//! Cards and vehicles: asking for them, and what comes of the verdict.

use super::gun::{Card, Gun, Request, Terms};
use super::heard::Verdict;
use super::station::{Standing, Station, Timer, port_no};
use super::{Core, Event, Moment, Step, words};
use crate::codes::{StartFlag, StartMode, StopReason};
use std::time::Duration;

/// A card or a vehicle asks again after so long, and gives up after three times that (firmware:
/// 60 s).
const REQUEST_EVERY: Duration = Duration::from_secs(20);
const REQUEST_WAIT: Duration = Duration::from_mins(1);

/// A card at the reader.
#[derive(Clone, Copy, Debug)]
pub(super) struct Swipe {
    pub(super) card: Card,
    /// What the user typed, hashed.
    pub(super) password: Option<[u8; 16]>,
    /// For all free guns together.
    pub(super) parallel: bool,
}

impl Station {
    /// 0x32 and 0xA2.
    pub(super) fn verdict(
        &mut self,
        core: &mut Core,
        at: Moment,
        verdict: &Verdict,
        out: &mut Vec<Step>,
    ) {
        let Some(index) = self.gun_index(verdict.gun) else {
            return;
        };
        let answered = Event::CardAnswered {
            port: port_no(verdict.gun),
            result: if verdict.authorised {
                0
            } else {
                verdict.reason.into()
            },
            balance_fen: Some(verdict.balance),
        };
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        let Some(request) = gun.request else {
            return;
        };
        core.note(at, answered, out);
        self.agenda.cancel(&Timer::Request(index));
        if !verdict.authorised || gun.session.is_some() {
            gun.request = None;
            return;
        }
        let flag = match request.mode {
            StartMode::Vin => StartFlag::Vin,
            _ => StartFlag::Card,
        };
        let terms = Terms {
            transaction: verdict.transaction,
            flag,
            card: request.card,
            balance: Some(verdict.balance),
            parallel: verdict.parallel,
        };
        if verdict.parallel.is_some() {
            self.parallel_allowed(core, at, index, terms);
        } else if self.model.is_some() {
            self.accept(at, index, terms);
        }
    }

    /// A gun of a parallel charge was allowed: they begin together, when all are allowed.
    fn parallel_allowed(&mut self, core: &mut Core, at: Moment, index: usize, terms: Terms) {
        self.allowed.retain(|(other, _)| *other != index);
        self.allowed.push((index, terms));
        if let Some(gun) = self.guns.get_mut(index) {
            gun.request = None;
        }
        let parallel = terms.parallel;
        let waiting = self
            .guns
            .iter()
            .any(|gun| gun.request.is_some_and(|it| it.parallel == parallel));
        if waiting || !core.is_up() {
            return;
        }
        for (index, terms) in std::mem::take(&mut self.allowed) {
            if terms.parallel == parallel && self.model.is_some() {
                self.accept(at, index, terms);
            }
        }
    }

    /// Asks (again) for a card or a vehicle, or gives up.
    pub(super) fn request_again(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        let Some(request) = gun.request else {
            return;
        };
        if at.t >= request.since + core.clock.patience(REQUEST_WAIT) {
            gun.request = None;
            return;
        }
        self.say_request(core, index, &request, out);
        let again = core.clock.patience(REQUEST_EVERY);
        self.agenda.set(at.t + again, Timer::Request(index));
    }

    /// A card at the reader: begins a session, ends its own, or begins one without the platform.
    pub(super) fn swipe(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        swipe: &Swipe,
        out: &mut Vec<Step>,
    ) {
        let card = swipe.card;
        self.count(at);
        let Some(gun) = self.guns.get(index) else {
            return;
        };
        if let Some(running) = &gun.session {
            if running.terms.card == card {
                self.end(core, at, index, StopReason::Hand, out);
            }
            return;
        }
        if self.locked || gun.faults.any() || self.model.is_none() {
            return;
        }
        if core.is_up() && self.standing == Standing::Ready {
            self.ask_for_card(core, at, index, swipe, out);
        } else if self.cards.has(card) {
            let (no, balance) = (gun.no, None);
            let terms = Terms {
                transaction: self.own_transaction(no, at.civil),
                flag: StartFlag::OfflineCard,
                card,
                balance,
                parallel: None,
            };
            self.accept(at, index, terms);
        }
    }

    /// One request, or for a parallel charge one for every idle gun with one number.
    fn ask_for_card(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        swipe: &Swipe,
        out: &mut Vec<Step>,
    ) {
        let request = Request {
            mode: StartMode::Card,
            card: swipe.card,
            password: swipe.password,
            parallel: swipe.parallel.then(|| words::parallel(at.civil)),
            since: at.t,
        };
        if !swipe.parallel {
            self.request(core, at, index, request, out);
            return;
        }
        let free = |gun: &Gun| gun.session.is_none() && !gun.faults.any();
        let guns: Vec<usize> = (0..self.guns.len())
            .filter(|index| self.guns.get(*index).is_some_and(free))
            .collect();
        for index in guns {
            self.request(core, at, index, request, out);
        }
    }
}
