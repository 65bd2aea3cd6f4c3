//! What a networked gateway is told: sub-commands here, BKV containers in `containers`.

use super::containers;
use crate::codes::{ChargeMode, ControlMode, Outcome, Switch};
use crate::frame::{Framing, GatewayId, parse};
use crate::message::{self, Body, Sub, outer, sub};
use crate::pile::Core;
use crate::pile::bay::{Parameters, Segment, TIERS_MAX, Tier};
use crate::pile::ear;
use crate::pile::elements::Told;
use crate::pile::setup::{Setup, SetupFault};
use kernel::Timestamp;

pub(super) type Gateway = GatewayId;

/// One entry of a socket list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) socket: u8,
    pub(super) mac: [u8; 6],
}

/// What a start asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Terms {
    /// Minutes.
    Time(u16),
    /// Wh, and minutes as a cap; 0 for none.
    Energy(u16, u16),
    /// Amount, fen, and tiers.
    Tiers(u16, Vec<Tier>),
    /// Parts of the day, and whether the service fee is by energy.
    Fees(Vec<Segment>, bool),
}

/// Which command a start or stop came with; its answer has the same form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ControlForm {
    /// Sub-command 07 or 17, with the outer command.
    Sub(u8, u16),
    /// BKV 1007.
    Container,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Control {
    pub(super) form: ControlForm,
    pub(super) socket: u8,
    pub(super) port: u8,
    pub(super) switch: bool,
    pub(super) terms: Terms,
}

/// The platform's answer to a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CardStart {
    pub(super) socket: u8,
    pub(super) port: u8,
    pub(super) business: u16,
    pub(super) switch: bool,
    pub(super) terms: Terms,
}

/// New values by BKV key.
pub(super) type Set = Vec<(u32, u16)>;

/// One thing that the platform said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Time(Timestamp),
    EndNoted { sub_command: u8, socket: u8 },
    FeesEndNoted { socket: u8, port: u8 },
    ReportNoted,
    Balance { socket: u8, port: u8, fen: u32 },
    Control(Control),
    CardStart(CardStart),
    Refresh(Vec<Node>),
    Add(Node),
    Delete(Node),
    Query(u8),
    SetParameters { socket: u8, set: Set },
    AskParameters(u8),
    LegacySet { socket: u8, set: Set },
    LegacyLimits { socket: u8, set: Set },
    LegacyAsk(u8),
    Voice { socket: u8, port: u8 },
    Update { target: u8, file: String },
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// Outer command.
    pub(super) command: u16,
    /// Sub-command or BKV command.
    pub(super) inner: Option<u16>,
    pub(super) sequence: u32,
    pub(super) said: Said,
}

impl Heard {
    /// `0x0015/1d`, `0x1000/1012`, `0x0007`.
    pub(super) fn name(&self) -> String {
        match (self.command, self.inner) {
            (command, None) => format!("{command:#06x}"),
            (outer::CONTAINER, Some(inner)) => format!("0x1000/{inner:04x}"),
            (command, Some(inner)) => format!("{command:#06x}/{inner:02x}"),
        }
    }
}

pub(super) fn gateway(setup: &Setup) -> Result<Gateway, SetupFault> {
    setup.id.parse().map_err(|_| SetupFault::Id { digits: 14 })
}

/// The next frame for this gateway; frames for others are none of its business.
pub(super) fn read(core: &mut Core, gateway: Gateway) -> Option<Heard> {
    while let Some(raw) = ear::next_frame(&mut core.unread) {
        let Ok(frame) = parse(&raw) else {
            continue;
        };
        let Framing::Gateway {
            cmd,
            seq,
            gateway: addressed,
        } = frame.framing
        else {
            continue;
        };
        if addressed != gateway {
            continue;
        }
        let (inner, said) = if cmd == outer::CONTAINER {
            match Told::read(frame.body, &gateway.0) {
                Some(told) => containers::understand(&told),
                None => (None, Said::Unknown),
            }
        } else {
            match message::decode(&frame) {
                Ok(message) => understand(cmd, message.body),
                Err(_) => (None, Said::Unknown),
            }
        };
        return Some(Heard {
            command: cmd,
            inner,
            sequence: seq,
            said,
        });
    }
    None
}

fn understand(cmd: u16, body: Body) -> (Option<u16>, Said) {
    match body {
        Body::Time(reply) => {
            let told = reply.time.instant();
            (None, told.map_or(Said::Unknown, Said::Time))
        }
        Body::Firmware(order) => {
            let update = Said::Update {
                target: order.target.into(),
                file: order.file.text(),
            };
            (None, update)
        }
        Body::Sub(code, sub) => (Some(u16::from(code)), understand_sub(cmd, code, sub)),
        Body::Heartbeat(_) | Body::Container(_) | Body::V86(_) | Body::Unknown(_) => {
            (None, Said::Unknown)
        }
    }
}

fn understand_sub(cmd: u16, code: u8, sub: Sub) -> Said {
    let node = |node: message::Node| Node {
        socket: node.socket_no,
        mac: node.mac.0,
    };
    match (code, sub) {
        (_, Sub::NodeList(list)) => Said::Refresh(list.nodes.0.into_iter().map(node).collect()),
        (sub::NET_ADD, Sub::Node(added)) => Said::Add(node(added)),
        (_, Sub::Node(deleted)) => Said::Delete(node(deleted)),
        (_, Sub::Query(query)) => Said::Query(query.socket_no),
        (_, Sub::LegacyQuery(query)) => Said::LegacyAsk(query.socket_no),
        (_, Sub::Control(control)) => Said::Control(Control {
            form: ControlForm::Sub(code, cmd),
            socket: control.socket_no,
            port: control.port,
            switch: control.switch == Switch::On,
            terms: match control.mode {
                ControlMode::Energy => Terms::Energy(control.energy_wh, control.duration_min),
                _ => Terms::Time(control.duration_min),
            },
        }),
        (_, Sub::TierStart(start)) => Said::Control(Control {
            form: ControlForm::Sub(code, cmd),
            socket: start.socket_no,
            port: start.port,
            switch: start.switch == Switch::On,
            terms: Terms::Tiers(start.amount_cent, tiers(&start.levels)),
        }),
        (sub::STATUS, Sub::EndAck(_)) => Said::ReportNoted,
        (_, Sub::EndAck(ack)) if ack.result == Outcome::Done => Said::EndNoted {
            sub_command: code,
            socket: ack.socket_no,
        },
        (_, Sub::CardStart(start)) => Said::CardStart(CardStart {
            socket: start.socket_no,
            port: start.port,
            business: start.business_no,
            switch: start.switch == Switch::On,
            terms: match (start.mode, start.tiers) {
                (ChargeMode::Tiers, Some(plan)) => {
                    Terms::Tiers(plan.amount_cent, tiers(&plan.levels))
                }
                (ChargeMode::Energy, _) => Terms::Energy(start.energy_wh, start.duration_min),
                _ => Terms::Time(start.duration_min),
            },
        }),
        (_, Sub::BalanceReply(reply)) => Said::Balance {
            socket: reply.socket_no,
            port: reply.port,
            fen: reply.balance_cent,
        },
        (_, Sub::Voice(voice)) => Said::Voice {
            socket: voice.socket_no,
            port: voice.port,
        },
        (_, Sub::LegacyParameters(set)) => Said::LegacySet {
            socket: set.socket_no,
            set: vec![
                (0x21, set.full_delay_s),
                (0x22, set.no_load_delay_s),
                (0x23, set.full_power_0_1w),
                (0x24, set.no_load_power_0_1w),
                (0x25, u16::from(set.temp_threshold_c)),
            ],
        },
        // The unit of the power is not known; this device takes it for 0.1 W.
        (_, Sub::LegacyLimits(set)) => Said::LegacyLimits {
            socket: set.socket_no,
            set: vec![(0x10, set.max_current_ma), (0x11, set.max_power)],
        },
        _ => Said::Unknown,
    }
}

fn tiers(levels: &[message::Tier]) -> Vec<Tier> {
    let tier = |tier: &message::Tier| Tier {
        power_dw: tier.power_0_1w,
        price_fen: tier.price_cent,
        minutes: tier.minutes,
    };
    levels.iter().take(TIERS_MAX).map(tier).collect()
}

/// Takes over new values.
pub(super) fn apply(set: &Set, parameters: &mut Parameters) {
    for (key, value) in set {
        let byte = u8::try_from(*value).unwrap_or(u8::MAX);
        match key {
            0x10 => parameters.current_limit_ma = *value,
            0x11 => parameters.power_limit_dw = *value,
            0x21 => parameters.full_delay_s = *value,
            0x22 => parameters.no_load_delay_s = *value,
            0x23 => parameters.full_power_dw = *value,
            0x24 => parameters.no_load_power_dw = *value,
            0x25 => parameters.temp_threshold_c = byte,
            0x59 => parameters.max_charge_min = *value,
            0x60 => parameters.trickle_pct = byte,
            _ => {}
        }
    }
}
