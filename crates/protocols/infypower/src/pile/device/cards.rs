//! Cards at the reader.

use super::{
    Asking, CARD_PATIENCE, CARD_RETRY, Device, Event, Line, Moment, Step, Timer, port_no, up,
};
use crate::pile::cause::Cause;
use crate::pile::charge::{Beginner, Beginning, Limit};
use ::pile::Impossible;

/// Characters of a card number at most.
const CARD_MAX: usize = 31;

impl Device {
    /// The card that runs a charge ends it; any other asks to begin one.
    pub(super) fn swipe(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        (card, stored_fen, password): (&str, u32, String),
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        if card.is_empty() || card.len() > CARD_MAX || !card.is_ascii() {
            return Err(Impossible::CardNumber);
        }
        let running = self.guns.get(index).and_then(|gun| gun.charge.as_ref());
        if let Some(charge) = running {
            if charge.card_no == card {
                self.end(core, at, index, Cause::Card, out);
            }
            return Ok(());
        }
        if !self.signed_in {
            return Err(Impossible::NotConnected);
        }
        self.card = Some(Asking {
            index,
            card: card.to_owned(),
            stored_fen,
            password,
            typed: false,
        });
        let patience = core.clock.patience(CARD_PATIENCE);
        self.agenda.set(at.t + patience, Timer::CardOver);
        self.ask_for_card(core, at, out);
        Ok(())
    }

    /// 204, or 206 once the password has been asked for.
    pub(super) fn ask_for_card(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        let Some(asking) = self.card.clone() else {
            return;
        };
        if asking.typed {
            let body = up::password(&self.code, &asking.card, &asking.password);
            self.say(core, 206, body, out);
        } else {
            let body = up::card(&self.forms, &self.code, &asking.card, asking.stored_fen);
            self.say(core, 204, body, out);
        }
        let retry = core.clock.patience(CARD_RETRY);
        self.agenda.set(at.t + retry, Timer::Card);
    }

    pub(super) fn card_over(&mut self) {
        self.card = None;
        self.agenda.cancel(&Timer::Card);
    }

    pub(super) fn card_answered(
        &mut self,
        core: &mut Line,
        at: Moment,
        verdict: u32,
        balance_fen: u32,
        ask_password: bool,
        out: &mut Vec<Step>,
    ) {
        let Some(asking) = &mut self.card else {
            return;
        };
        let index = asking.index;
        if ask_password && !asking.typed && verdict == 0 {
            asking.typed = true;
            self.ask_for_card(core, at, out);
            return;
        }
        let card = asking.card.clone();
        self.card_over();
        self.agenda.cancel(&Timer::CardOver);
        let answered = Event::CardAnswered {
            port: port_no(index),
            result: verdict,
            balance_fen: Some(balance_fen),
        };
        core.note(at, answered, out);
        let free = self
            .guns
            .get(index)
            .is_some_and(|gun| gun.charge.is_none() && gun.is_plugged() && gun.alarm == 0);
        if verdict == 0 && free {
            let beginning = Beginning {
                by: Beginner::Card,
                order_no: String::new(),
                card_no: card,
                card_balance_fen: balance_fen,
                limit: Limit::default(),
            };
            self.prepare(core, at, index, beginning, out);
        }
    }
}
