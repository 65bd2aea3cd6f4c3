//! What a device is told of a card.

use super::line::Turn;
use super::unit::Unit;
use crate::codes::{AccountState, Cmd, RateMode};
use crate::message::{Body, CardReply, Message, UpperHex};
use device::{Answer, CardVerdict};
use kernel::Fen;

impl Unit {
    /// Tells the platform's word on a card; silence where it has none. The answer starts
    /// nothing: the start command follows by itself.
    pub(super) fn card_decided(
        &mut self,
        card: UpperHex<4>,
        port: u8,
        msg_id: u16,
        answer: &Answer,
        turn: &mut Turn<'_>,
    ) {
        let (state, balance) = match *answer {
            Answer::Card(CardVerdict::Accepted { balance, .. }) | Answer::Balance(balance) => {
                (AccountState::Normal, balance)
            }
            // The device has no keys to type a password.
            Answer::Card(CardVerdict::AskPassword { balance }) => {
                (AccountState::NotRegistered, balance)
            }
            Answer::Card(CardVerdict::Refused { reason, balance }) => {
                (AccountState::of_refusal(reason), balance)
            }
            Answer::Stored | Answer::Tariff(_) | Answer::Silence => {
                return self.forget_request(Cmd::Card, msg_id);
            }
        };
        debug_assert!(!state.rewrites_card(), "cards are never written to");
        let reply = CardReply {
            card_id_hex: card,
            account_state: state,
            rate_mode: RateMode::Time,
            balance_or_expiry: spoken(balance),
            port,
        };
        let message = Message::new(Cmd::Card, Body::CardReply(reply));
        self.answer(message, msg_id, turn);
    }
}

/// Money as far as the device can speak it.
fn spoken(balance: Fen) -> u32 {
    u32::try_from(balance.0.max(0)).unwrap_or(u32::MAX)
}
