//! Frames that the platform sends, and what kind of frame is what in the communication log.

use super::outbox::{Expect, Shot};
use crate::clock::BcdTime;
use crate::codes::{CONTROL_DO, ControlAddress, NumberParam, ParamOp, TextParam};
use crate::codes::{StartMode, StartStrategy};
use crate::message::{Body, Characters, Control, Numbers, Start, Start53, StartOrder};
use crate::traits::{self, OrderField};
use crate::value::{Ascii, HexTail, Later, Reserved, Scaled};
use device::{ChargeMode, ChargePlan, Profile};
use std::time::Duration;
use wire::Tail;

/// How long an answer to most commands may take.
pub(super) const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// How long the answer to a start may take: one firmware gives it when energy flows, after 120 s
/// at most.
pub(super) const START_WAIT: Duration = Duration::from_secs(130);
/// How long a stop waits for the first status of its gun: a charge that should end must not go
/// on because a pile does not answer questions.
const STOP_HELD: Duration = Duration::from_secs(5);
/// How often a stop is written.
pub(super) const STOP_TRIES: u16 = 3;
/// 12 V auxiliary supply, what most vehicles take.
const AUX_VOLTS: u8 = 12;

/// Our text in a field; what does not fit is left out.
pub(super) fn ascii<const N: usize>(text: &str) -> Ascii<N> {
    Ascii::padded(text).unwrap_or_default()
}

/// Command 7.
pub(super) fn start(profile: &Profile, gun_no: u8, plan: &ChargePlan) -> Shot {
    let (strategy, strategy_param) = strategy(profile, plan);
    let length = traits::start_length(profile);
    let number = plan.order.as_str();
    let card = plan.card_no.as_deref().unwrap_or_default();
    let (order_no, card_no) = match traits::order_field(profile) {
        _ if length == 67 => ("", number),
        OrderField::OrderNo => (number, card),
        OrderField::CardNo => ("", number),
        OrderField::Both => (number, number),
    };
    let offline = traits::offline_energy(profile);
    let v53 = (length == 105).then(|| Start53 {
        bms_aux_voltage: AUX_VOLTS,
        user_balance_yuan: Scaled(u32::try_from(plan.amount.0.max(0)).unwrap_or(u32::MAX)),
        v2g_flag: 0,
    });
    let order = (length > 67).then(|| StartOrder {
        order_no: ascii(order_no),
        v53: Later(v53),
    });
    let body = Start {
        reserved: Reserved::default(),
        gun_no,
        // Another value would make one firmware start at once, against its meaning.
        start_mode: StartMode::Now,
        stop_password: 0,
        strategy,
        strategy_param,
        start_time: BcdTime::NONE,
        reserve_timeout_min: 0,
        card_no: ascii(card_no),
        offline_allowed: u8::from(offline > 0),
        offline_energy_kwh: Scaled(offline),
        order: Later(order),
    };
    Shot {
        cmd: 7,
        body: body.into(),
        seq: None,
        expect: Expect::Start(gun_no),
        wait: START_WAIT,
        tries: 1,
    }
}

/// What the pile itself is to watch. It can watch one thing: what the charge is by, else the
/// money, if the pile has our prices.
fn strategy(profile: &Profile, plan: &ChargePlan) -> (StartStrategy, u32) {
    let narrow = |value: i64| u32::try_from(value).ok();
    let chosen = match plan.mode {
        ChargeMode::Time => plan
            .duration_s
            .map(|seconds| (StartStrategy::Time, seconds)),
        ChargeMode::Energy => plan
            .energy
            .and_then(|energy| narrow(energy.centi_kwh()))
            .map(|energy| (StartStrategy::Energy, energy)),
        ChargeMode::Power | ChargeMode::Full => None,
    };
    let money = || {
        narrow(plan.amount.0)
            .filter(|fen| *fen > 0 && holds_prices(profile, plan))
            .map(|fen| (StartStrategy::Amount, fen))
    };
    chosen.or_else(money).unwrap_or((StartStrategy::Full, 0))
}

/// Whether the pile computes by the prices that bill the charge.
fn holds_prices(profile: &Profile, plan: &ChargePlan) -> bool {
    let wanted = plan.price_model.map(|model| model.to_string());
    wanted.is_some() && profile.get(traits::PRICES) == wanted.as_deref()
}

/// Command 5 with the value that means "do it".
pub(super) fn control(gun_no: u8, address: ControlAddress) -> Shot {
    let body = Control {
        reserved: Reserved::default(),
        gun_no,
        start_addr: address,
        count: 1,
        param_len: 4,
        params: Tail(vec![CONTROL_DO]),
    };
    Shot {
        cmd: 5,
        body: body.into(),
        seq: None,
        expect: Expect::Control(gun_no, u32::from(address)),
        wait: ANSWER_WAIT,
        tries: 1,
    }
}

/// The stop of whatever the gun runs.
pub(super) fn stop(gun_no: u8) -> Shot {
    Shot {
        tries: STOP_TRIES,
        ..control(gun_no, ControlAddress::Stop)
    }
}

/// "Report 104 now".
pub(super) fn ask_status(gun_no: u8) -> Shot {
    Shot {
        expect: Expect::StatusOf(gun_no),
        tries: 2,
        ..control(gun_no, ControlAddress::StatusNow)
    }
}

/// The same before a stop, which must not wait long.
pub(super) fn ask_before_stop(gun_no: u8) -> Shot {
    Shot {
        wait: STOP_HELD,
        tries: 1,
        ..ask_status(gun_no)
    }
}

/// Command 1: reads `count` parameters, or sets those given.
pub(super) fn numbers(address: u32, count: u8, values: Vec<u32>) -> Shot {
    let op = if values.is_empty() {
        ParamOp::Query
    } else {
        ParamOp::Set
    };
    let body = Numbers {
        reserved: Reserved::default(),
        op,
        start_addr: NumberParam::from(address),
        count,
        param_len: u16::try_from(4 * values.len()).unwrap_or(u16::MAX),
        params: Tail(values),
    };
    Shot {
        cmd: 1,
        body: body.into(),
        seq: None,
        expect: Expect::Numbers(address),
        wait: ANSWER_WAIT,
        tries: 1,
    }
}

/// Command 3: reads a parameter, or sets it.
pub(super) fn characters(address: u32, data: Option<Vec<u8>>) -> Shot {
    let op = if data.is_some() {
        ParamOp::Set
    } else {
        ParamOp::Query
    };
    let data = data.unwrap_or_default();
    let body = Characters {
        reserved: Reserved::default(),
        op,
        addr: TextParam::from(address),
        param_len: u16::try_from(data.len()).unwrap_or(u16::MAX),
        data: HexTail(data),
    };
    Shot {
        cmd: 3,
        body: body.into(),
        seq: None,
        expect: Expect::Characters(address),
        wait: ANSWER_WAIT,
        tries: 1,
    }
}

/// A text as the pile wants it: old ones take the fixed length of addresses 1 to 12.
pub(super) fn padded(profile: &Profile, address: u32, text: &str) -> Vec<u8> {
    let pad = match profile.get(traits::TEXT_PADDING) {
        Some("padded") => true,
        Some("plain") => false,
        _ => address <= 12,
    };
    let mut data = text.as_bytes().to_vec();
    if let Some(length) = TextParam::from(address).length()
        && pad
        && data.len() < length
    {
        data.resize(length, 0);
    }
    data
}

/// Kinds in the communication log, of both directions.
pub(super) const fn kind_of(body: &Body) -> &'static str {
    match body {
        Body::SignIn(_) | Body::SignInAnswer(_) | Body::Login(_) | Body::LoginAnswer(_) => {
            "register"
        }
        Body::Heartbeat(_) | Body::HeartbeatAnswer(_) => "heartbeat",
        Body::Status(_) | Body::LvnengStatus(_) | Body::StatusAnswer(_) => "status",
        Body::Start(_) | Body::StartAnswer(_) => "start",
        Body::Control(message) => control_kind(message.start_addr),
        Body::ControlAnswer(message) => control_kind(message.start_addr),
        Body::Characters(message) => text_kind(message.addr),
        Body::CharactersAnswer(message) => text_kind(message.addr),
        Body::Numbers(_) | Body::NumbersAnswer(_) => "params",
        Body::CardAsk(_)
        | Body::CardAnswer(_)
        | Body::PasswordAsk(_)
        | Body::PasswordAnswer(_)
        | Body::VinAsk(_)
        | Body::VinAnswer(_) => "card",
        Body::Record(_)
        | Body::WideRecord(_)
        | Body::Record53(_)
        | Body::LvnengRecord(_)
        | Body::RecordAnswer(_)
        | Body::LvnengRecordAnswer(_)
        | Body::RecordAnswer53(_)
        | Body::HistoryAsk(_)
        | Body::HistoryRecord(_) => "record",
        Body::AlarmReport(_) => "alarm",
        Body::Battery(_) | Body::RawBattery(_) => "bms",
        Body::Erase(_)
        | Body::Erased(_)
        | Body::FileName(_)
        | Body::PieceSize(_)
        | Body::FileSize(_)
        | Body::SizeAnswer(_)
        | Body::Piece(_)
        | Body::PieceNoted(_)
        | Body::PieceAnswer(_)
        | Body::VersionAsk(_)
        | Body::VersionAnswer(_)
        | Body::FtpUpgrade(_) => "firmware",
        Body::PricesAsk(_) | Body::Prices(_) | Body::LvnengPrices(_) | Body::PricesAnswer(_) => {
            "tariff"
        }
        Body::UploadAsk(_) | Body::UploadAnswer(_) | Body::FtpLog(_) => "control",
        Body::Nothing(_) | Body::Unknown(_) => "unknown",
    }
}

const fn control_kind(address: ControlAddress) -> &'static str {
    match address {
        ControlAddress::Stop => "stop",
        _ => "control",
    }
}

const fn text_kind(address: TextParam) -> &'static str {
    match address {
        TextParam::Clock => "time",
        _ => "params",
    }
}

/// Four zero bytes are told apart by their command.
pub(super) const fn kind_of_nothing(cmd: u16) -> &'static str {
    match cmd {
        107 => "alarm",
        301 => "bms",
        1009..=1012 => "firmware",
        109 => "control",
        _ => "unknown",
    }
}
