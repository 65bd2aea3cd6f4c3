//! Cards and vehicles that want to charge: asked about, answered, and answered the same again.

use super::pile::{Pile, Starting};
use super::receipts::{Reply, Request};
use super::starts::START_WITHIN;
use super::words;
use crate::codes::{Authorised, NeedPassword, StartMode, StartRefusal};
use crate::frame::{Frame, Sequence};
use crate::message::{Body, ParallelConfirmation, SessionHead, StartConfirmation, StartRequest};
use crate::value::{CardNo, ParallelNo, TransactionNo};
use device::{CardPassword, CardSwipe, CardVerdict, ChargePlan, Event, Output, VinOffer};
use kernel::{Fen, PortNo, Timestamp};
use std::time::Duration;

/// A pile has given up so long after it asked: an answer now would surprise it.
const ANSWER_WITHIN: Duration = Duration::from_secs(55);
/// Accepted requests that are remembered.
const ACCEPTED_MAX: usize = 16;

impl Pile {
    pub(super) fn start_request(
        &mut self,
        request: StartRequest,
        parallel: Option<ParallelNo>,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(port) = Self::any_port(request.gun_no) else {
            return;
        };
        let asked = Request {
            said: request,
            parallel,
            at: now,
        };
        if self.receipts.asked_again(&asked, frame.sequence) {
            return;
        }
        self.accepted
            .retain(|(earlier, _)| now.since(earlier.at) < START_WITHIN);
        let earlier = self
            .accepted
            .iter()
            .find(|(earlier, _)| earlier.said == asked.said && earlier.parallel == asked.parallel);
        if let Some((_, answer)) = earlier {
            return self.reply(answer.clone(), frame.sequence, out);
        }
        match event_of(&asked, port) {
            Some(event) => {
                let reply = Reply::Request(Box::new(asked));
                self.ask(event, reply, frame, None, now, out);
            }
            None => self.turn_away(
                &asked,
                StartRefusal::NoAccount,
                Fen::ZERO,
                frame.sequence,
                out,
            ),
        }
    }

    pub(super) fn answer_request_of(
        &mut self,
        asked: Request,
        verdict: &CardVerdict,
        sequence: Sequence,
        now: Timestamp,
        out: &mut Output,
    ) {
        match verdict {
            CardVerdict::Accepted {
                balance,
                plan: Some(plan),
            } => self.let_charge(asked, plan, *balance, sequence, now, out),
            // The same card again at its own charge: that is being stopped.
            CardVerdict::Accepted {
                balance,
                plan: None,
            } => self.turn_away(&asked, StartRefusal::CardUnsettled, *balance, sequence, out),
            CardVerdict::AskPassword { balance } => {
                self.turn_away(&asked, StartRefusal::PasswordWrong, *balance, sequence, out);
            }
            CardVerdict::Refused { reason, balance } => {
                let refusal = StartRefusal::from(*reason);
                self.turn_away(&asked, refusal, *balance, sequence, out);
            }
        }
    }

    fn let_charge(
        &mut self,
        asked: Request,
        plan: &ChargePlan,
        balance: Fen,
        sequence: Sequence,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(serial) = words::serial(plan.serial.as_deref()) else {
            return self.turn_away(&asked, StartRefusal::PileUnsettled, balance, sequence, out);
        };
        if now.since(asked.at) > ANSWER_WITHIN {
            return self.deny(plan.port, serial, now, out);
        }
        let gun = asked.said.gun_no;
        if self.is_stopping_another(gun.number(), serial) {
            // The stop names no transaction: it would hit this one.
            self.turn_away(&asked, StartRefusal::PileUnsettled, balance, sequence, out);
            return self.deny(plan.port, serial, now, out);
        }
        let money = match plan.amount {
            Fen::ZERO => words::limit(balance),
            amount => words::limit(amount),
        };
        let confirmation = StartConfirmation {
            head: SessionHead {
                transaction_no: serial,
                pile_code: self.code,
                gun_no: gun,
            },
            logical_card: words::logical_card(plan.card_no.as_deref()),
            balance: words::share(money, asked.parallel.is_some()),
            auth_ok: Authorised::Yes,
            fail_reason: StartRefusal::None,
        };
        let body = body_of(confirmation, asked.parallel);
        self.reply(body.clone(), sequence, out);
        let memory = self.gun(gun.number(), now);
        memory.parallel = asked.parallel.map(|number| (number, serial));
        if !memory.runs(serial) {
            memory.starting = Some(Starting { serial, since: now });
        }
        if self.accepted.len() == ACCEPTED_MAX {
            self.accepted.remove(0);
        }
        self.accepted.push((asked, body));
    }

    fn turn_away(
        &self,
        asked: &Request,
        fail_reason: StartRefusal,
        balance: Fen,
        sequence: Sequence,
        out: &mut Output,
    ) {
        let confirmation = StartConfirmation {
            head: SessionHead {
                transaction_no: TransactionNo::default(),
                pile_code: self.code,
                gun_no: asked.said.gun_no,
            },
            logical_card: CardNo::default(),
            balance: words::balance(balance),
            auth_ok: Authorised::No,
            fail_reason,
        };
        self.reply(body_of(confirmation, asked.parallel), sequence, out);
    }
}

fn body_of(confirmation: StartConfirmation, parallel: Option<ParallelNo>) -> Body {
    match parallel {
        Some(parallel_no) => Body::ParallelConfirmation(ParallelConfirmation {
            confirmation,
            parallel_no,
        }),
        None => Body::StartConfirmation(confirmation),
    }
}

/// What the platform is asked; nothing for accounts, which the document announces and does not
/// define, and for cards without a number.
fn event_of(asked: &Request, port: PortNo) -> Option<Event> {
    let request = &asked.said;
    let parallel = asked.parallel.map(|number| number.to_string());
    match request.start_mode {
        StartMode::Card if !request.account_or_card.is_zero() => {
            let password = (request.need_password == NeedPassword::Yes)
                .then(|| CardPassword::Md5Middle(request.password.text()));
            Some(Event::CardSwiped(CardSwipe {
                // Piles know the number in the chip only.
                card_no: String::new(),
                physical_no: Some(request.account_or_card.to_string()),
                port,
                card_balance: None,
                proposed_session: None,
                password,
                parallel,
            }))
        }
        StartMode::Vin => {
            let written = request.vin_reversed.text();
            let vin: String = written.trim().chars().rev().collect();
            (!vin.is_empty()).then(|| {
                Event::VinOffered(VinOffer {
                    vin_other: Some(written.trim().to_owned()).filter(|other| *other != vin),
                    vin,
                    port,
                    parallel,
                })
            })
        }
        StartMode::Card | StartMode::Account | StartMode::Unknown(_) => None,
    }
}

impl Pile {
    /// The platform has decided or stored.
    pub(super) fn resolve(
        &mut self,
        receipt: device::Receipt,
        answer: device::Answer,
        now: Timestamp,
        out: &mut Output,
    ) {
        use device::Answer;
        let Some((sequence, reply)) = self.receipts.redeem(receipt) else {
            return;
        };
        match (reply, answer) {
            (Reply::Record(serial), Answer::Stored) => {
                let body = Self::confirmation(serial, crate::codes::RecordResult::Ok);
                self.reply(body, sequence, out);
            }
            (Reply::Request(asked), Answer::Card(verdict)) => {
                self.answer_request_of(*asked, &verdict, sequence, now, out);
            }
            (Reply::ModelCheck(held), Answer::Tariff(table)) => {
                self.answer_check(held, table.as_deref(), sequence, out);
            }
            (Reply::ModelRequest, Answer::Tariff(table)) => {
                self.answer_request(table.as_deref(), sequence, out);
            }
            // Silence, or a word that does not fit the question: the pile asks again.
            _ => {}
        }
        self.pump(now, out);
    }
}
