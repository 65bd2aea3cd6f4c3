//! Replies that the platform releases: what waits until something is stored or decided.

use super::direct;
use super::gateway::Gateway;
use super::receipts::{EndMark, Reply};
use super::words::{self, outer};
use crate::codes::CardResult;
use crate::message::v86::{self, CardAnswer, OrderNoted};
use crate::message::{BalanceReply, CardNo, CardStart, EndAck};
use crate::port::Outlet;
use crate::traits::{self, EndAckStyle};
use device::{Answer, CardRefusal, CardVerdict, Output, Receipt};
use kernel::Timestamp;
use std::time::Duration;

/// The same end report within so long after an answer: the answer was not understood.
const REPEAT_WITHIN: Duration = Duration::from_mins(1);
/// The same card request within so long is the same request.
const CARD_REPEAT_WITHIN: Duration = Duration::from_secs(30);
/// Answers that are remembered to recognise repeats.
const REMEMBERED_MAX: usize = 16;
/// Sub-command of a card session's end, and of the usual acknowledgement of all ends.
const SUB_CARD_END: u8 = 0x0C;

/// An end report that has been answered.
pub(super) struct Answered {
    mark: EndMark,
    at: Timestamp,
    style: EndAckStyle,
}

/// A card request, and what it was answered.
pub(super) struct CardMemory {
    outlet: Outlet,
    business_no: u16,
    card: [u8; 6],
    at: Timestamp,
    answer: Option<Vec<u8>>,
}

impl Gateway {
    pub(super) fn resolve(
        &mut self,
        receipt: Receipt,
        answer: Answer,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(reply) = self.receipts.redeem(receipt) else {
            return;
        };
        let begin = out.wire.len();
        match (reply, answer) {
            // When the device asks again, it is asking for the first time.
            (
                Reply::Card {
                    outlet,
                    business_no,
                },
                Answer::Silence,
            ) => self.forget_card(outlet, Some(business_no)),
            (_, Answer::Silence) => {}
            (
                Reply::End {
                    sub_cmd,
                    seq,
                    report,
                    heard,
                },
                _,
            ) => {
                self.answer_end(sub_cmd, seq, report, heard, now, out);
            }
            (
                Reply::Container {
                    address,
                    bkv_cmd,
                    seq,
                    elements,
                },
                _,
            ) => {
                words::container(address, bkv_cmd, seq, &elements, &mut out.wire);
            }
            (Reply::Order { cmd, seq, order }, _) => {
                if let Some(gateway) = self.gateway() {
                    let noted = OrderNoted { order, result: 0 };
                    words::plain(gateway, cmd, seq, &noted, &mut out.wire);
                }
            }
            (
                Reply::Card {
                    outlet,
                    business_no,
                },
                Answer::Card(verdict),
            ) => {
                self.answer_card(outlet, business_no, &verdict, out);
            }
            (Reply::V86Card { seq, card_no }, Answer::Card(verdict)) => {
                if let Some(gateway) = self.gateway() {
                    let answer = v86_verdict(card_no, &verdict);
                    words::plain(gateway, v86::cmd::CARD, seq, &answer, &mut out.wire);
                }
            }
            (Reply::Balance { outlet, card }, Answer::Balance(balance)) => {
                let seq = self.outbox.own_number();
                if let Some(gateway) = self.gateway() {
                    let reply = BalanceReply {
                        socket_no: outlet.socket,
                        port: outlet.hole,
                        card_no: CardNo(card),
                        balance_cent: u32::try_from(balance.0.max(0)).unwrap_or(u32::MAX),
                    };
                    words::sub(gateway, outer::CONTROL, 0x1A, seq, &reply, &mut out.wire);
                }
            }
            (Reply::DirectBalance { seq, card, port }, Answer::Balance(balance)) => {
                direct::answer_balance(self.id.address, seq, &card, port, balance, out);
            }
            // A verdict that does not fit the question: nothing is said, the device asks again.
            (
                Reply::Card { .. }
                | Reply::V86Card { .. }
                | Reply::Balance { .. }
                | Reply::DirectBalance { .. },
                _,
            ) => {}
        }
        self.note_down(begin, "answer", out);
        self.pump(now, out);
    }

    /// Acknowledges an end report in the style that this gateway understands. The same report
    /// again soon after an answer means that it did not: then the other style is used and kept.
    /// One that was `heard` before the answer went out says nothing about it.
    fn answer_end(
        &mut self,
        sub_cmd: u8,
        seq: u32,
        mark: EndMark,
        heard: Timestamp,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(gateway) = self.gateway() else {
            return;
        };
        let mut style = EndAckStyle::of(&self.profile);
        let has_two_forms = sub_cmd != SUB_CARD_END;
        let earlier = self
            .answered
            .iter()
            .position(|answered| answered.mark == mark);
        if let Some(place) = earlier {
            let earlier = self.answered.remove(place);
            if heard <= earlier.at {
                style = earlier.style;
            } else if has_two_forms && heard.since(earlier.at) <= REPEAT_WITHIN {
                style = earlier.style.other();
                self.learn(traits::END_ACK, style.as_str(), now, out);
            }
        }
        if self.answered.len() == REMEMBERED_MAX {
            self.answered.remove(0);
        }
        self.answered.push(Answered {
            mark,
            at: now,
            style,
        });
        let form = match style {
            EndAckStyle::CardEnd => SUB_CARD_END,
            EndAckStyle::Echo => sub_cmd,
        };
        let ack = EndAck {
            socket_no: mark.outlet.socket,
            result: crate::codes::Outcome::Done,
        };
        words::sub(gateway, outer::CONTROL, form, seq, &ack, &mut out.wire);
    }

    /// A refused card is told so with an empty start, so that its lamp stops flashing; an
    /// accepted one hears from the start command that follows.
    fn answer_card(
        &mut self,
        outlet: Outlet,
        business_no: u16,
        verdict: &CardVerdict,
        out: &mut Output,
    ) {
        let silent = self.profile.get(traits::CARD_REFUSAL) == Some("silence");
        let Some(gateway) = self.gateway() else {
            return;
        };
        if matches!(verdict, CardVerdict::Accepted { .. }) || silent {
            return;
        }
        let refusal = CardStart {
            socket_no: outlet.socket,
            port: outlet.hole,
            business_no,
            switch: crate::codes::Switch::Off,
            mode: crate::codes::ChargeMode::Time,
            duration_min: 0,
            energy_wh: 0,
            tiers: None,
        };
        let seq = self.outbox.own_number();
        let begin = out.wire.len();
        words::sub(gateway, outer::CONTROL, 0x0B, seq, &refusal, &mut out.wire);
        let written = out.wire.get(begin..).unwrap_or_default();
        self.remember_card_answer(outlet, Some(business_no), written);
    }

    /// What a card was answered, for a request that comes again.
    pub(super) fn remember_card_answer(
        &mut self,
        outlet: Outlet,
        session: Option<u16>,
        written: &[u8],
    ) {
        let asked = |memory: &&mut CardMemory| {
            memory.outlet == outlet && Some(memory.business_no) == session
        };
        if let Some(memory) = self.cards.iter_mut().rev().find(asked) {
            memory.answer = Some(written.to_vec());
        }
    }

    /// The request is over and done with: the same card is a new one.
    pub(super) fn forget_card(&mut self, outlet: Outlet, session: Option<u16>) {
        self.cards
            .retain(|memory| memory.outlet != outlet || Some(memory.business_no) != session);
    }

    /// Whether a card request is a repeat; its earlier answer, if it has one, is given again.
    pub(super) fn card_again(
        &mut self,
        outlet: Outlet,
        business_no: u16,
        card: [u8; 6],
        now: Timestamp,
        out: &mut Output,
    ) -> bool {
        self.cards
            .retain(|memory| now.since(memory.at) < CARD_REPEAT_WITHIN);
        let known = self.cards.iter().find(|memory| {
            memory.outlet == outlet && memory.business_no == business_no && memory.card == card
        });
        if let Some(known) = known {
            let begin = out.wire.len();
            if let Some(answer) = &known.answer {
                out.wire.extend_from_slice(answer);
            }
            self.note_down(begin, "answer", out);
            return true;
        }
        if self.cards.len() == REMEMBERED_MAX {
            self.cards.remove(0);
        }
        self.cards.push(CardMemory {
            outlet,
            business_no,
            card,
            at: now,
            answer: None,
        });
        false
    }
}

fn v86_verdict(card_no: u32, verdict: &CardVerdict) -> CardAnswer {
    let (result, balance) = match verdict {
        CardVerdict::Accepted { balance, .. } => (CardResult::Ok, balance),
        // The device has no keys to type it with.
        CardVerdict::AskPassword { balance } => (CardResult::NotServed, balance),
        CardVerdict::Refused { reason, balance } => {
            let result = match reason {
                CardRefusal::Unknown | CardRefusal::VehicleUnknown => CardResult::UnknownCard,
                CardRefusal::Blocked | CardRefusal::Expired => CardResult::Blocked,
                CardRefusal::BalanceTooLow | CardRefusal::Unsettled | CardRefusal::DailyLimit => {
                    CardResult::BalanceTooLow
                }
                CardRefusal::PortUnavailable | CardRefusal::InUse => CardResult::PortBusy,
                CardRefusal::NotServed
                | CardRefusal::PasswordWrong
                | CardRefusal::NotAllowedHere
                | CardRefusal::DeviceDisabled => CardResult::NotServed,
            };
            (result, balance)
        }
    };
    let balance_fen = u32::try_from(balance.0.max(0)).unwrap_or(u32::MAX);
    CardAnswer {
        card_no,
        result,
        balance_fen,
    }
}
