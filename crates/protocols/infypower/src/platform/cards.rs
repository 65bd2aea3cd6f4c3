//! Cards, passwords and vehicles that ask to charge.

use super::receipts::Reply;
use super::station::Station;
use super::status_up::fen;
use super::words::ascii;
use crate::codes::CardResponse;
use crate::frame::Frame;
use crate::message::{
    Body, CardAnswer, CardAnswerPrices, CardAsk, PasswordAnswer, PasswordAsk, VinAnswer, VinAsk,
};
use crate::traits;
use crate::value::{Ascii, Later, Reserved, Scaled};
use device::{
    CardPassword, CardRefusal, CardSwipe, CardVerdict, Event, Output, Rate, TARIFF_SLOTS, VinOffer,
};
use kernel::{Fen, PortNo, Price, Timestamp};
use std::time::Duration;

/// The same card within so long is the same request: a pile asks every 3 s and gives up after
/// 10 s.
const REPEAT_WITHIN: Duration = Duration::from_secs(10);
/// Cards that are remembered.
const REMEMBERED_MAX: usize = 16;
/// 0.00001 yuan in 0.01 yuan.
const PRICE_PER_CENT: i64 = 1000;

/// A card, and what it was answered.
pub(super) struct CardMemory {
    card: Ascii<32>,
    /// It came with a password, and with this one.
    password: Option<Ascii<32>>,
    at: Timestamp,
    cmd: u16,
    answer: Option<Body>,
}

impl Station {
    pub(super) fn card(
        &mut self,
        message: &CardAsk,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let typed = message.password.get().map(|fields| fields.card_password);
        let typed = typed.filter(|password| !password.bytes().is_empty());
        if self.asked_again(203, message.card_no, typed, frame.seq, now, out) {
            return;
        }
        let reply = Reply::Card {
            seq: frame.seq,
            card: message.card_no,
            black: message.black_flag == 1,
        };
        let Some(card_no) = message.card_no.id() else {
            let answer = self.card_answer(CardResponse::IllegalNumber, Fen::ZERO, false, now);
            return self.write(203, frame.seq, answer, out);
        };
        let swipe = CardSwipe {
            card_no: card_no.to_owned(),
            physical_no: None,
            port: self.guns.likely(),
            card_balance: Some(fen(message.card_balance_yuan.raw())),
            proposed_session: None,
            password: typed.map(|text| CardPassword::Plain(text.text().into_owned())),
            parallel: None,
        };
        self.ask(Event::CardSwiped(swipe), reply, frame, None, now, out);
    }

    pub(super) fn password(
        &mut self,
        message: &PasswordAsk,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let typed = message.card_password;
        if self.asked_again(205, message.card_no, Some(typed), frame.seq, now, out) {
            return;
        }
        let Some(card_no) = message.card_no.id() else {
            let answer = password_answer(CardResponse::IllegalNumber, Fen::ZERO);
            return self.write(205, frame.seq, answer, out);
        };
        let swipe = CardSwipe {
            card_no: card_no.to_owned(),
            physical_no: None,
            port: self.guns.likely(),
            card_balance: None,
            proposed_session: None,
            password: Some(CardPassword::Plain(typed.text().into_owned())),
            parallel: None,
        };
        let reply = Reply::Password {
            seq: frame.seq,
            card: message.card_no,
        };
        self.ask(Event::CardSwiped(swipe), reply, frame, None, now, out);
    }

    pub(super) fn vehicle(
        &mut self,
        message: &VinAsk,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let reply = Reply::Vin {
            seq: frame.seq,
            code: message.pile_code,
            gun_no: message.gun_no,
            vin: message.vin,
        };
        let port = Self::port_of(message.gun_no);
        let (Some(vin), Some(port)) = (message.vin.id(), port) else {
            let answer = vin_answer(&reply, None, CardResponse::Invalid, Fen::ZERO);
            return self.write(207, frame.seq, answer, out);
        };
        let offer = VinOffer {
            vin: vin.to_owned(),
            vin_other: None,
            port,
            parallel: None,
        };
        self.ask(Event::VinOffered(offer), reply, frame, None, now, out);
    }

    /// The verdict on a card.
    pub(super) fn answer_card(
        &mut self,
        seq: u8,
        card: Ascii<32>,
        black: bool,
        verdict: &CardVerdict,
        now: Timestamp,
        out: &mut Output,
    ) {
        let (response, balance) = response_of(verdict);
        let response = match response {
            CardResponse::Valid if black => CardResponse::MakeNormal,
            other => other,
        };
        let password = matches!(verdict, CardVerdict::AskPassword { .. });
        let answer = self.card_answer(response, balance, password, now);
        self.remember(203, card, &answer);
        self.write(203, seq, answer, out);
    }

    /// The verdict on a card whose password was typed.
    pub(super) fn answer_password(
        &mut self,
        seq: u8,
        card: Ascii<32>,
        verdict: &CardVerdict,
        out: &mut Output,
    ) {
        let (response, balance) = match verdict {
            // It has been asked for and did not convince.
            CardVerdict::AskPassword { balance } => (CardResponse::WrongPassword, *balance),
            other => response_of(other),
        };
        let answer = password_answer(response, balance);
        self.remember(205, card, &answer);
        self.write(205, seq, answer, out);
    }

    /// The verdict on a vehicle; its charge begins by it.
    pub(super) fn answer_vin(
        &mut self,
        seq: u8,
        reply: &Reply,
        verdict: &CardVerdict,
        now: Timestamp,
        out: &mut Output,
    ) {
        let (response, balance) = response_of(verdict);
        let plan = match verdict {
            CardVerdict::Accepted { plan, .. } => plan.as_deref(),
            _ => None,
        };
        let order = plan.map(|plan| plan.order);
        if let (Some(order), Reply::Vin { gun_no, .. }) = (order, reply)
            && let Some(gun) = Self::port_of(*gun_no).and_then(|port| self.guns.get_mut(port))
        {
            gun.accepted = Some((order, now));
        }
        let number = order.as_ref().map(kernel::OrderNo::as_str);
        let answer = vin_answer(reply, number, response, balance);
        self.write(207, seq, answer, out);
    }

    fn card_answer(
        &self,
        response_code: CardResponse,
        balance: Fen,
        password: bool,
        now: Timestamp,
    ) -> Body {
        let rate = self.rate_at(now);
        // The short form cannot ask for a password.
        let longer = password || traits::card_answer(&self.profile) > 12;
        let prices = longer.then(|| CardAnswerPrices {
            elec_price_yuan: Scaled(cents(rate.electricity)),
            service_price_yuan: Scaled(cents(rate.service)),
            password_check: u8::from(password),
            vin_check: 0,
            plate_check: 0,
            balance_hint: u8::from(response_code == CardResponse::BalanceTooLow),
        });
        CardAnswer {
            reserved: Reserved::default(),
            response_code,
            balance_yuan: Scaled(shown(balance)),
            prices: Later(prices),
        }
        .into()
    }

    /// What a kWh costs now, by the table that the pile has taken; zero when it has none.
    fn rate_at(&self, now: Timestamp) -> Rate {
        let [_, _, _, hour, minute, _] = now.shanghai();
        let slot = usize::from(hour * 2 + minute / 30).min(TARIFF_SLOTS - 1);
        let table = self.tariff.as_ref();
        table.and_then(|table| table.rate(slot)).unwrap_or_default()
    }

    /// Whether a request is a repeat; its earlier answer, if it has one, is given again.
    fn asked_again(
        &mut self,
        cmd: u16,
        card: Ascii<32>,
        password: Option<Ascii<32>>,
        seq: u8,
        now: Timestamp,
        out: &mut Output,
    ) -> bool {
        self.cards
            .retain(|memory| now >= memory.at && now.since(memory.at) < REPEAT_WITHIN);
        let known = self
            .cards
            .iter()
            .find(|memory| memory.cmd == cmd && memory.card == card && memory.password == password);
        match known.map(|memory| memory.answer.clone()) {
            Some(Some(answer)) => {
                self.write(cmd, seq, answer, out);
                true
            }
            // Not answered yet: perhaps the question was lost on our side.
            Some(None) => false,
            None => {
                if self.cards.len() == REMEMBERED_MAX {
                    self.cards.remove(0);
                }
                self.cards.push(CardMemory {
                    card,
                    password,
                    at: now,
                    cmd,
                    answer: None,
                });
                false
            }
        }
    }

    fn remember(&mut self, cmd: u16, card: Ascii<32>, answer: &Body) {
        let asked = |memory: &&mut CardMemory| memory.cmd == cmd && memory.card == card;
        if let Some(memory) = self.cards.iter_mut().rev().find(asked) {
            memory.answer = Some(answer.clone());
        }
    }

    /// The gun of a battery report.
    pub(super) fn running_at(&self, port: PortNo) -> Option<device::ChargeKey> {
        let running = self.guns.get(port)?.running.as_ref()?;
        Some(running.charge.clone())
    }
}

fn response_of(verdict: &CardVerdict) -> (CardResponse, Fen) {
    match verdict {
        CardVerdict::Accepted { balance, .. } | CardVerdict::AskPassword { balance } => {
            (CardResponse::Valid, *balance)
        }
        CardVerdict::Refused { reason, balance } => (CardResponse::from(*reason), *balance),
    }
}

fn password_answer(response_code: CardResponse, balance: Fen) -> Body {
    PasswordAnswer {
        reserved: Reserved::default(),
        response_code,
        balance_yuan: Scaled(shown(balance)),
    }
    .into()
}

/// The answer to a vehicle; without an order number it is a refusal.
fn vin_answer(reply: &Reply, order: Option<&str>, response: CardResponse, balance: Fen) -> Body {
    let (code, gun_no, vin) = match reply {
        Reply::Vin {
            code, gun_no, vin, ..
        } => (*code, *gun_no, *vin),
        _ => (Ascii::default(), 0, Ascii::default()),
    };
    let welcome = order.is_some() && response == CardResponse::Valid;
    let reason = match response {
        CardResponse::Valid if !welcome => CardResponse::from(CardRefusal::NotServed),
        other => other,
    };
    VinAnswer {
        reserved: Reserved::default(),
        pile_code: code,
        gun_no,
        vin,
        vin_account: Ascii::default(),
        order_no: ascii(order.filter(|_| welcome).unwrap_or_default()),
        result: u8::from(!welcome),
        reason: u8::try_from(u32::from(reason)).unwrap_or(u8::MAX),
        balance_yuan: Scaled(shown(balance)),
        stop_password: Ascii::default(),
    }
    .into()
}

fn shown(balance: Fen) -> u32 {
    u32::try_from(balance.0.max(0)).unwrap_or(u32::MAX)
}

/// A price in 0.01 yuan, rounded half up.
pub(super) fn cents(price: Price) -> u16 {
    let cents = (price.0.max(0) + PRICE_PER_CENT / 2) / PRICE_PER_CENT;
    u16::try_from(cents).unwrap_or(u16::MAX)
}
