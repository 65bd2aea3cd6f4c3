//! How a pile reads and writes frames.

use super::billing::{Model, Price};
use super::cards::OfflineCard;
use super::gun::{Parallel, Transaction};
use super::heard::{Heard, RemoteStart, Said, Update, Verdict};
use crate::codes::{Authorised, Execution, LockAction, LoginResult, ModelCheck, WorkState};
use crate::frame::{CrcOrder, Frame, Scan, Sequence, scan};
use crate::message::{self, Body, Message, decode};
use crate::value::Gun;
use kernel::Timestamp;
use wire::bcd_from;

/// A pile number in its seven bytes; zeros for what is none.
pub(super) fn pile_code(id: &str) -> [u8; 7] {
    let mut code = [0; 7];
    // The setup was checked: fourteen digits.
    if hex::decode_to_slice(id, &mut code).is_err() {
        return [0; 7];
    }
    code
}

/// Pile, gun, date and time, counter: the rule of the platform's numbers.
pub(super) fn transaction(pile: [u8; 7], gun: u8, civil: Timestamp, counter: u16) -> Transaction {
    let mut number = [0; 16];
    let high = digits(counter / 100);
    let low = digits(counter % 100);
    let parts = pile
        .into_iter()
        .chain([digits(u16::from(gun))])
        .chain(parallel(civil))
        .chain([high, low]);
    for (place, part) in number.iter_mut().zip(parts) {
        *place = part;
    }
    number
}

/// Date and time as twelve digits, yyMMddHHmmss.
pub(super) fn parallel(civil: Timestamp) -> Parallel {
    let [year, month, day, hour, minute, second] = civil.shanghai();
    [year % 100, month, day, hour, minute, second].map(digits)
}

/// Two digits in one byte.
fn digits(number: u16) -> u8 {
    u8::try_from(number % 100)
        .ok()
        .and_then(bcd_from)
        .unwrap_or_default()
}

/// The gun of a transaction number that follows the rule.
pub(super) fn gun_of(transaction: &Transaction) -> u8 {
    transaction.get(7).map_or(0, |gun| Gun(*gun).number())
}

/// The next frame that has arrived, taken off the front; damaged bytes are passed over.
pub(super) fn next_frame(unread: &mut Vec<u8>, pile: [u8; 7]) -> Option<Heard> {
    // Every round takes at least one byte off.
    loop {
        let (used, heard) = match scan(unread) {
            Scan::Wait => return None,
            Scan::Skip(count) => (count, None),
            Scan::Bad(_) => (1, None),
            Scan::Frame(frame) => (frame.raw.len(), understand(&frame, pile)),
        };
        unread.drain(..used.min(unread.len()));
        if heard.is_some() {
            return heard;
        }
    }
}

/// A frame as this pile takes it. None for what nobody could read.
fn understand(frame: &Frame<'_>, pile: [u8; 7]) -> Option<Heard> {
    let message = decode(frame).ok()?;
    let (addressed, said) = meaning(message.body);
    Some(Heard {
        sequence: frame.sequence,
        kind: frame.kind.into(),
        mine: addressed.is_none_or(|code| code == pile),
        said,
    })
}

/// Whom it is for, where it says so, and what it says.
fn meaning(body: Body) -> (Option<[u8; 7]>, Said) {
    match body {
        Body::LoginAnswer(it) => {
            let accepted = it.result == LoginResult::Ok;
            (Some(it.pile_code.0), Said::LoginAnswer { accepted })
        }
        Body::HeartbeatAnswer(it) => (Some(it.pile_code.0), Said::HeartbeatAnswer),
        Body::ModelCheckAnswer(it) => {
            let same = it.result == ModelCheck::Same;
            (Some(it.pile_code.0), Said::ModelChecked { same })
        }
        Body::ModelAnswer(it) => (Some(it.pile_code.0), Said::Model(Box::new(model(&it)))),
        Body::ModelSetting(it) => (Some(it.pile_code.0), Said::SetModel(Box::new(model(&it)))),
        Body::ReadRealtime(it) => {
            let gun = it.gun_no.number();
            (Some(it.pile_code.0), Said::Read { gun })
        }
        Body::RemoteStop(it) => {
            let gun = it.gun_no.number();
            (Some(it.pile_code.0), Said::Stop { gun })
        }
        Body::RecordConfirmation(it) => {
            let said = Said::Confirmed {
                transaction: it.transaction_no.0,
                result: it.result.into(),
            };
            (None, said)
        }
        Body::RemoteStart(it) => start(&it, None),
        Body::ParallelStart(it) => start(&it.start, Some(it.parallel_no.0)),
        Body::StartConfirmation(it) => verdict(&it, None),
        Body::ParallelConfirmation(it) => verdict(&it.confirmation, Some(it.parallel_no.0)),
        other => management(other),
    }
}

fn start(it: &message::RemoteStart, parallel: Option<Parallel>) -> (Option<[u8; 7]>, Said) {
    let start = RemoteStart {
        gun: it.head.gun_no.number(),
        transaction: it.head.transaction_no.0,
        card: it.physical_card.0,
        balance: it.balance,
        parallel,
    };
    (Some(it.head.pile_code.0), Said::Start(start))
}

fn verdict(it: &message::StartConfirmation, parallel: Option<Parallel>) -> (Option<[u8; 7]>, Said) {
    let verdict = Verdict {
        gun: it.head.gun_no.number(),
        transaction: it.head.transaction_no.0,
        balance: it.balance,
        authorised: it.auth_ok == Authorised::Yes,
        reason: it.fail_reason.into(),
        parallel,
    };
    (Some(it.head.pile_code.0), Said::Verdict(verdict))
}

fn management(body: Body) -> (Option<[u8; 7]>, Said) {
    match body {
        Body::BalanceUpdate(it) => {
            let said = Said::Balance {
                gun: it.gun_no.number(),
                card: it.physical_card.0,
                balance: it.balance,
            };
            (Some(it.pile_code.0), said)
        }
        Body::StoreCards(it) => {
            let card = |card: &message::OfflineCard| OfflineCard {
                logical: card.logical_card.0,
                physical: card.physical_card.0,
            };
            let cards = it.cards.as_slice().iter().map(card).collect();
            (Some(it.pile_code.0), Said::StoreCards(cards))
        }
        Body::ClearCards(it) => {
            let cards = it.cards.as_slice().iter().map(|card| card.0).collect();
            (Some(it.pile_code.0), Said::ClearCards(cards))
        }
        Body::QueryCards(it) => {
            let cards = it.cards.as_slice().iter().map(|card| card.0).collect();
            (Some(it.pile_code.0), Said::QueryCards(cards))
        }
        Body::Work(it) => {
            let said = Said::Work {
                locked: it.work_state == WorkState::Locked,
                percent: it.max_power_percent,
            };
            (Some(it.pile_code.0), said)
        }
        Body::Time(it) => (Some(it.pile_code.0), Said::Time(it.time.instant())),
        Body::LockCommand(it) => {
            let said = Said::Lock {
                gun: it.gun_no,
                raise: it.action == LockAction::Raise,
            };
            (Some(it.pile_code.0), said)
        }
        Body::Reboot(it) => {
            let when_idle = it.mode == Execution::WhenIdle;
            (Some(it.pile_code.0), Said::Reboot { when_idle })
        }
        Body::Update(it) => {
            let update = Update {
                model: it.pile_model.into(),
                file: it.file_path.text(),
                when_idle: it.mode == Execution::WhenIdle,
            };
            (Some(it.pile_code.0), Said::Update(update))
        }
        Body::QrPrefix(it) => {
            let prefix = it.prefix.text();
            (Some(it.pile_code.0), Said::Qr { prefix })
        }
        _ => (None, Said::Other),
    }
}

fn model(it: &message::BillingModel) -> Model {
    let price = |energy, service| Price { energy, service };
    Model {
        code: it.model_code.0,
        prices: [
            price(it.sharp_energy_price, it.sharp_service_price),
            price(it.peak_energy_price, it.peak_service_price),
            price(it.flat_energy_price, it.flat_service_price),
            price(it.valley_energy_price, it.valley_service_price),
        ],
        loss_percent: it.loss_ratio,
        slots: it.slots.0,
    }
}

/// A whole frame. Nothing that a pile says is longer than a frame may be, but for answers about
/// more cards than a question can name.
pub(super) fn sealed(body: Body, sequence: Sequence, order: CrcOrder) -> Vec<u8> {
    let mut out = Vec::with_capacity(80);
    if Message::from(body).seal(sequence, order, &mut out).is_err() {
        out.clear();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{gun_of, parallel, pile_code, transaction};
    use kernel::Timestamp;

    #[test]
    fn numbers_of_the_piles_own_making_follow_the_rule() {
        let civil = Timestamp::from_shanghai([2020, 1, 6, 18, 3, 42]).expect("a time");
        let number = transaction(pile_code("32010600019236"), 1, civil, 3060);
        assert_eq!(hex::encode(number), "32010600019236012001061803423060");
        assert_eq!(gun_of(&number), 1);
        assert_eq!(hex::encode(parallel(civil)), "200106180342");
        assert_eq!(pile_code("no"), [0; 7]);
    }
}
