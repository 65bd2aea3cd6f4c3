//! What the platform says.

use super::super::paper::Reading;
use crate::layout::Dialect;
use kernel::Timestamp;

/// Longest frame that a pile takes; one firmware clears its buffer of 1024 bytes when it is full.
pub(crate) const HEARD_MAX: usize = 1024;

/// Values of one control or parameter command that are looked at.
const VALUES_MAX: usize = 16;

/// One slot of a price table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PriceSlot {
    /// Minute of the day.
    pub(crate) from: u16,
    /// Minute of the day, 1440 at the end.
    pub(crate) to: u16,
    /// 0.0001 yuan per kWh, all in all.
    pub(crate) price: u32,
}

/// Start of a charge, command 7.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) gun_no: u8,
    pub(crate) mode: u32,
    pub(crate) strategy: u32,
    pub(crate) strategy_param: u32,
    pub(crate) card_no: String,
    pub(crate) offline_allowed: bool,
    pub(crate) order_no: Option<String>,
}

/// One thing that the platform said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    SignedIn {
        random: Option<u32>,
        time: Option<Timestamp>,
        /// Whether 222 is wanted; unsaid in shorter answers.
        wide_record: Option<bool>,
    },
    HeartbeatNoted,
    StatusNoted,
    Start(Start),
    Control {
        gun_no: u8,
        address: u32,
        count: u8,
        values: Vec<u32>,
    },
    Numbers {
        set: bool,
        address: u32,
        count: u8,
        values: Vec<u32>,
    },
    Text {
        set: bool,
        address: u32,
        data: Vec<u8>,
    },
    /// 201, 501, 221: which record it means, as far as it says.
    RecordNoted {
        command: u16,
        gun_no: u8,
        internal_index: Option<u32>,
    },
    CardAnswer {
        code: u32,
        balance_fen: u32,
        ask_password: bool,
    },
    PasswordAnswer {
        code: u32,
        balance_fen: u32,
    },
    VinAnswer {
        gun_no: u8,
        accepted: bool,
        order_no: String,
    },
    History {
        first: u32,
        count: u32,
    },
    AskPrices,
    Prices(Vec<PriceSlot>),
    Erase(u32),
    FileName,
    FileSize(u32),
    Piece {
        number: u8,
        length: usize,
    },
    PiecesEnd,
    Restart,
    /// An answer that needs none, or something that nobody knows.
    Other,
}

#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) command: u16,
    pub(crate) said: Said,
}

/// The next thing that the platform said; what is no frame is dropped on the way.
pub(crate) fn next(unread: &mut Vec<u8>, dialect: Dialect) -> Option<Heard> {
    loop {
        let begin = unread
            .windows(2)
            .position(|pair| pair == [0xAA, 0xF5])
            .unwrap_or_else(|| unread.len().saturating_sub(1));
        unread.drain(..begin);
        let header: [u8; 8] = *unread.first_chunk()?;
        let length = usize::from(u16::from_le_bytes([header[2], header[3]]));
        if !(9..=HEARD_MAX).contains(&length) {
            unread.drain(..1);
            continue;
        }
        let frame = unread.get(..length)?;
        let (content, checksum) = (frame.get(6..length - 1)?, *frame.get(length - 1)?);
        let sum = content
            .iter()
            .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        if sum != checksum {
            unread.drain(..1);
            continue;
        }
        let command = u16::from_le_bytes([header[6], header[7]]);
        let sequence = header[5];
        let body = frame.get(8..length - 1).unwrap_or_default().to_vec();
        unread.drain(..length);
        let said = understand(command, sequence, &body, dialect).unwrap_or(Said::Other);
        return Some(Heard { command, said });
    }
}

fn understand(command: u16, sequence: u8, body: &[u8], dialect: Dialect) -> Option<Said> {
    let bare = Reading(body);
    let mut after = Reading(body.get(4..).unwrap_or_default());
    Some(match command {
        105 => signed_in(after),
        101 => Said::HeartbeatNoted,
        103 | 503 => Said::StatusNoted,
        7 => Said::Start(start(after)?),
        5 => {
            let gun_no = after.byte()?;
            let (address, count, values) = values(&mut after)?;
            Said::Control {
                gun_no,
                address,
                count,
                values,
            }
        }
        1 => {
            let set = after.byte()? == 1;
            let (address, count, values) = values(&mut after)?;
            Said::Numbers {
                set,
                address,
                count,
                values,
            }
        }
        3 => {
            let set = after.byte()? == 1;
            let address = after.long()?;
            after.word()?;
            let data = after.rest().to_vec();
            Said::Text { set, address, data }
        }
        201 | 221 | 501 => {
            let gun_no = after.byte()?;
            after.bytes(32)?;
            let internal_index = after.long();
            Said::RecordNoted {
                command,
                gun_no,
                internal_index,
            }
        }
        203 => Said::CardAnswer {
            code: after.long()?,
            balance_fen: after.long()?,
            ask_password: after.0.get(4) == Some(&1),
        },
        205 => Said::PasswordAnswer {
            code: after.long()?,
            balance_fen: after.long()?,
        },
        207 => vin_answer(after)?,
        401 => Said::History {
            first: after.long()?,
            count: after.long()?,
        },
        1101 => Said::AskPrices,
        1103 => Said::Prices(prices(bare, dialect)?),
        1001 => Said::Erase(Reading(body).long()?),
        1003 => Said::FileName,
        1005 => Said::FileSize(Reading(body).long()?),
        1007 => Said::Piece {
            number: sequence,
            length: body.len(),
        },
        1009 => Said::PiecesEnd,
        1011 => Said::Restart,
        _ => Said::Other,
    })
}

fn signed_in(mut body: Reading<'_>) -> Said {
    let random = body.long();
    let login_encryption_and_key = 2 + 128 + 4 + 1;
    let time = body
        .bytes(login_encryption_and_key)
        .and_then(|_| body.time());
    Said::SignedIn {
        random,
        time,
        wide_record: body.byte().map(|flag| flag == 1),
    }
}

fn start(mut body: Reading<'_>) -> Option<Start> {
    let gun_no = body.byte()?;
    let mode = body.long()?;
    body.long()?;
    let strategy = body.long()?;
    let strategy_param = body.long()?;
    body.bytes(9)?;
    let card_no = body.text(32)?;
    let offline_allowed = body.byte()? == 1;
    body.long()?;
    Some(Start {
        gun_no,
        mode,
        strategy,
        strategy_param,
        card_no,
        offline_allowed,
        order_no: body.text(32),
    })
}

fn values(body: &mut Reading<'_>) -> Option<(u32, u8, Vec<u32>)> {
    let address = body.long()?;
    let count = body.byte()?;
    body.word()?;
    let values = std::iter::from_fn(|| body.long())
        .take(VALUES_MAX)
        .collect();
    Some((address, count, values))
}

fn vin_answer(mut body: Reading<'_>) -> Option<Said> {
    body.bytes(32)?;
    let gun_no = body.byte()?;
    body.bytes(17 + 32)?;
    let order_no = body.text(32)?;
    Some(Said::VinAnswer {
        gun_no,
        accepted: body.byte()? == 0,
        order_no,
    })
}

/// Slots that are all zero are unused; Lvneng has two prices and ends the day at 00:00.
fn prices(mut body: Reading<'_>, dialect: Dialect) -> Option<Vec<PriceSlot>> {
    let mut slots = Vec::new();
    while !body.0.is_empty() {
        let mut minute = || Some(u16::from(body.byte()?) * 60 + u16::from(body.byte()?));
        let (from, to) = (minute()?, minute()?);
        let first = body.long()?;
        let slot = if dialect == Dialect::Lvneng {
            PriceSlot {
                from,
                to: if to == 0 { 1440 } else { to },
                price: first.saturating_add(body.long()?),
            }
        } else {
            let price = first.saturating_mul(100);
            PriceSlot { from, to, price }
        };
        if slot.to > slot.from {
            slots.push(slot);
        }
    }
    Some(slots)
}
