//! Commands of the networked dialect.

use super::gateway::Gateway;
use super::keys as key;
use super::outbox::{Expect, Job, Lane, Shot};
use super::task::{self, Kind, Start, Task};
use super::words::{self, Address, Elements, outer};
use super::{answers, params};
use crate::codes::{ChargeMode as WireMode, ControlMode, Switch, UpdateTarget};
use crate::frame::GatewayId;
use crate::message::{
    CardStart, CardTierPlan, Control, DayTime, FirmwareOrder, Node, NodeList, Period, SocketOnly,
    Tier, TierStart, Voice,
};
use crate::port::{self, Outlet};
use crate::protocol::MINUTES_MAX;
use crate::traits;
use device::{
    ChargeMode, ChargePlan, Command, Dispatch, FirmwareSource, FirmwareTarget, PowerTier,
    ServiceFeePlan, SocketEntry, VoiceSchedule,
};
use std::time::Duration;
use wire::{Digits, Message, Tail, Text};

/// Waits and tries of each command, as the vendor's guide and the captures suggest.
const CONTROL_WAIT: Duration = Duration::from_secs(10);
const LIST_WAIT: Duration = Duration::from_secs(15);
const FIRMWARE_WAIT: Duration = Duration::from_secs(30);
const STOP_TRIES: u16 = 4;
const OTHER_TRIES: u16 = 3;

/// Why a command cannot be sent; the checks before it was stored leave little.
type Why = &'static str;

impl Gateway {
    pub(super) fn networked_job(
        &mut self,
        gateway: GatewayId,
        dispatch: Dispatch,
    ) -> Result<Vec<Job<Task>>, Why> {
        let priority = dispatch.command.priority();
        let msg_id = match dispatch.msg_id {
            0 => self.outbox.own_number(),
            given => given,
        };
        let single = self.single_device();
        let outlet = |port| port::outlet(port, single).ok_or("no such port");
        let job = |lane, shot, task| Job {
            id: Some(dispatch.id),
            priority,
            lane,
            shot,
            msg_id,
            attempts: 0,
            task,
        };
        let once = |lane, shot, kind| Ok(vec![job(lane, shot, Task::Once(kind))]);
        match dispatch.command {
            Command::StartCharge(plan) => {
                let at = outlet(plan.port)?;
                let (shot, other) = self.start_shots(gateway, at, &plan)?;
                let mut start = Start {
                    outlet: at,
                    port: plan.port,
                    order: plan.order,
                    shot: shot.clone(),
                    other,
                    written: 0,
                    asking: false,
                };
                let mut first = shot;
                if dispatch.attempted {
                    // An earlier connection may have delivered it: ask before writing it again.
                    start.asking = true;
                    start.written = 1;
                    first = answers::query_shot(gateway, at.socket);
                }
                Ok(vec![job(
                    Lane::Outlet(at.socket),
                    first,
                    Task::Start(start),
                )])
            }
            Command::StopCharge { port, .. } => {
                let at = outlet(port)?;
                once(Lane::Outlet(at.socket), stop_shot(gateway, at), Kind::Stop)
            }
            Command::QueryPort { port } => {
                let sockets = match port {
                    Some(port) => vec![outlet(port)?.socket],
                    None => self.sockets.clone(),
                };
                if sockets.is_empty() {
                    return Err("no socket has shown itself yet");
                }
                // One job carries the command's fate; the other sockets are asked along with it.
                let shots = sockets.iter().map(|socket| {
                    let shot = answers::query_shot(gateway, *socket);
                    job(Lane::Outlet(*socket), shot, Task::Once(Kind::Query))
                });
                let mut jobs: Vec<_> = shots.collect();
                for extra in jobs.iter_mut().skip(1) {
                    extra.id = None;
                    extra.msg_id = self.outbox.own_number();
                    extra.task = Task::Question;
                }
                Ok(jobs)
            }
            Command::SetParams {
                socket,
                values,
                via,
            } => {
                let socket = socket.unwrap_or(u8::from(!single));
                let lane = Lane::Outlet(socket);
                if traits::is_on(&self.profile, traits::LEGACY_PARAMS) || via.is_some() {
                    let shot = params::legacy_shot(gateway, socket, via, &values)?;
                    return once(lane, shot, Kind::Params);
                }
                let wanted = params::wanted(&values).ok_or("a parameter is not known")?;
                let shot = params_set(self.id.address, socket, &wanted);
                Ok(vec![job(
                    lane,
                    shot,
                    Task::SetParams {
                        socket,
                        wanted,
                        reading: false,
                    },
                )])
            }
            Command::QueryParams { socket } => {
                let socket = socket.unwrap_or(u8::from(!single));
                let lane = Lane::Outlet(socket);
                if traits::is_on(&self.profile, traits::LEGACY_PARAMS) {
                    let query = SocketOnly { socket_no: socket };
                    let shot = sub_shot(
                        gateway,
                        outer::NETWORK,
                        0x13,
                        query,
                        CONTROL_WAIT,
                        OTHER_TRIES,
                    );
                    return once(lane, shot, Kind::Params);
                }
                once(lane, params_query(self.id.address, socket), Kind::Params)
            }
            Command::ReplaceSockets { channel, sockets } => {
                let nodes = sockets.iter().map(node).collect::<Result<_, _>>()?;
                let list = NodeList {
                    channel,
                    nodes: Tail(nodes),
                };
                let shot = sub_shot(gateway, outer::NETWORK, 0x08, list, LIST_WAIT, OTHER_TRIES);
                once(Lane::Gateway, shot, Kind::Other)
            }
            Command::AddSocket(entry) => {
                let node = node(&entry)?;
                let shot = sub_shot(gateway, outer::NETWORK, 0x09, node, LIST_WAIT, OTHER_TRIES);
                once(Lane::Gateway, shot, Kind::Other)
            }
            Command::RemoveSocket(entry) => {
                let node = node(&entry)?;
                let shot = sub_shot(gateway, outer::NETWORK, 0x0A, node, LIST_WAIT, OTHER_TRIES);
                once(Lane::Gateway, shot, Kind::Other)
            }
            Command::SetVoice(schedule) => {
                let lane = Lane::Outlet(schedule.socket);
                let voice = voice(&schedule)?;
                let shot = sub_shot(
                    gateway,
                    outer::CONTROL,
                    0x1B,
                    voice,
                    CONTROL_WAIT,
                    OTHER_TRIES,
                );
                once(lane, shot, Kind::Other)
            }
            Command::UpdateFirmware { target, source } => {
                if !self.busy.is_empty() {
                    return Err("a port of this gateway has a session");
                }
                let order = firmware(target, &source)?;
                let shot = Shot {
                    cmd: outer::FIRMWARE,
                    write: words::plain_shot(gateway, outer::FIRMWARE, order),
                    expect: Expect::Reply(outer::FIRMWARE, 0),
                    wait: FIRMWARE_WAIT,
                    tries: 1,
                };
                once(Lane::Gateway, shot, Kind::Other)
            }
            Command::AdjustCharge { .. } | Command::SyncTime | Command::Restart => {
                Err("not supported by this device")
            }
        }
    }

    /// The start of a plan, and its other form where gateways disagree.
    fn start_shots(
        &self,
        gateway: GatewayId,
        at: Outlet,
        plan: &ChargePlan,
    ) -> Result<(Shot, Option<Shot>), Why> {
        if let Some(session) = plan.proposed_session {
            return Ok((card_start(gateway, at, session, plan)?, None));
        }
        if let Some(fees) = &plan.fees {
            return Ok((fee_start(self.id.address, at, plan, fees)?, None));
        }
        if !plan.tiers.is_empty() {
            let first = task::tier_outer(&self.profile);
            let second = if first == outer::NETWORK {
                outer::CONTROL
            } else {
                outer::NETWORK
            };
            let other = tier_start(gateway, second, at, plan)?;
            return Ok((tier_start(gateway, first, at, plan)?, Some(other)));
        }
        let (mode, minutes, energy) = limits(plan);
        let control = Control {
            socket_no: at.socket,
            port: at.hole,
            switch: Switch::On,
            mode: if mode == ChargeMode::Energy {
                ControlMode::Energy
            } else {
                ControlMode::Time
            },
            duration_min: minutes,
            energy_wh: energy,
        };
        Ok((
            sub_shot(gateway, outer::CONTROL, 0x07, control, CONTROL_WAIT, 1),
            None,
        ))
    }
}

/// By time, or by energy with the longest time as a cap; until full is the longest time, the
/// device notices by itself that the battery is full.
fn limits(plan: &ChargePlan) -> (ChargeMode, u16, u16) {
    let longest = u16::try_from(MINUTES_MAX).unwrap_or(u16::MAX);
    let minutes = plan
        .duration_s
        .and_then(|seconds| u16::try_from(seconds.div_ceil(60)).ok())
        .map_or(longest, |minutes| minutes.clamp(1, longest));
    let energy = plan
        .energy
        .and_then(|energy| u16::try_from(energy.0 / 10).ok())
        .unwrap_or(0);
    match plan.mode {
        ChargeMode::Energy => (ChargeMode::Energy, minutes, energy),
        other => (other, minutes, 0),
    }
}

fn stop_shot(gateway: GatewayId, at: Outlet) -> Shot {
    let control = Control {
        socket_no: at.socket,
        port: at.hole,
        switch: Switch::Off,
        mode: ControlMode::Time,
        duration_min: 0,
        energy_wh: 0,
    };
    sub_shot(
        gateway,
        outer::CONTROL,
        0x07,
        control,
        CONTROL_WAIT,
        STOP_TRIES,
    )
}

fn levels(tiers: &[PowerTier]) -> Result<Vec<Tier>, Why> {
    let tier = |tier: &PowerTier| {
        Some(Tier {
            power_0_1w: tier.up_to.0.try_into().ok()?,
            price_cent: tier.price.0.try_into().ok()?,
            minutes: tier.minutes,
        })
    };
    tiers
        .iter()
        .map(tier)
        .collect::<Option<_>>()
        .ok_or("a power tier does not fit")
}

fn tier_start(gateway: GatewayId, cmd: u16, at: Outlet, plan: &ChargePlan) -> Result<Shot, Why> {
    let start = TierStart {
        socket_no: at.socket,
        port: at.hole,
        switch: Switch::On,
        amount_cent: plan
            .amount
            .0
            .try_into()
            .map_err(|_| "the amount does not fit")?,
        levels: levels(&plan.tiers)?
            .try_into()
            .map_err(|_| "too many power tiers")?,
    };
    Ok(sub_shot(gateway, cmd, 0x17, start, CONTROL_WAIT, 1))
}

/// The value of the trait that remembers which outer command worked.
pub(super) const fn tier_trait(cmd: u16) -> Option<&'static str> {
    match cmd {
        outer::NETWORK => Some("0005"),
        outer::CONTROL => Some("0015"),
        _ => None,
    }
}

/// Start for a card that the device has read: it keeps the number that the device proposed.
fn card_start(
    gateway: GatewayId,
    at: Outlet,
    session: u16,
    plan: &ChargePlan,
) -> Result<Shot, Why> {
    let (mode, minutes, energy) = limits(plan);
    let tiers = if plan.tiers.is_empty() {
        None
    } else {
        Some(CardTierPlan {
            amount_cent: plan
                .amount
                .0
                .try_into()
                .map_err(|_| "the amount does not fit")?,
            levels: levels(&plan.tiers)?
                .try_into()
                .map_err(|_| "too many power tiers")?,
        })
    };
    let with_tiers = tiers.is_some();
    let start = CardStart {
        socket_no: at.socket,
        port: at.hole,
        business_no: session,
        switch: Switch::On,
        mode: match mode {
            _ if with_tiers => WireMode::Tiers,
            ChargeMode::Energy => WireMode::Energy,
            _ => WireMode::Time,
        },
        duration_min: if with_tiers { 0 } else { minutes },
        energy_wh: if with_tiers { 0 } else { energy },
        tiers,
    };
    Ok(Shot {
        cmd: outer::CONTROL,
        write: words::sub_shot(gateway, outer::CONTROL, 0x0B, start),
        expect: Expect::Reply(outer::CONTROL, 0x0F),
        wait: CONTROL_WAIT,
        tries: 1,
    })
}

/// Start with electricity and service fee by the time of the day. Only one damaged frame of it
/// is public; unverified on real hardware.
fn fee_start(
    address: Address,
    at: Outlet,
    plan: &ChargePlan,
    fees: &ServiceFeePlan,
) -> Result<Shot, Why> {
    let last = fees.segments.last().ok_or("fee segments are missing")?;
    if last.until != (23, 59) {
        return Err("the last fee segment must end at 23:59");
    }
    let amount = u16::try_from(plan.amount.0).map_err(|_| "the amount does not fit")?;
    let count = u8::try_from(fees.segments.len()).map_err(|_| "too many fee segments")?;
    let mut elements: Elements = vec![
        (key::SOCKET_NO, vec![at.socket]),
        (key::PORT, vec![at.hole]),
        (key::SWITCH, vec![1]),
        (key::CHARGE_MODE, vec![4]),
        (key::CONTROL_TYPE, vec![1]),
        (key::UNEXPLAINED_F4, vec![2]),
        (key::PAID_AMOUNT, amount.to_be_bytes().to_vec()),
        (key::SERVICE_FEE_MODE, vec![u8::from(!fees.service_by_time)]),
        (key::FEE_SEGMENT_COUNT, vec![count]),
    ];
    let mut segments = Vec::with_capacity(6 * fees.segments.len());
    for segment in &fees.segments {
        segments.extend_from_slice(&[segment.until.0, segment.until.1]);
        segments.extend_from_slice(&segment.electricity.to_be_bytes());
        segments.extend_from_slice(&segment.service.to_be_bytes());
    }
    elements.push((key::FEE_SEGMENTS, segments));
    Ok(container(address, 0x1007, elements, CONTROL_WAIT, 1))
}

fn node(entry: &SocketEntry) -> Result<Node, Why> {
    let mac: Digits<6> = entry.mac.parse().map_err(|_| "mac must be 12 hex digits")?;
    Ok(Node {
        socket_no: entry.socket_no,
        mac,
    })
}

fn voice(schedule: &VoiceSchedule) -> Result<Voice, Why> {
    let time = |(hour, minute)| DayTime { hour, minute };
    let periods: Vec<Period> = schedule
        .periods
        .iter()
        .map(|period| Period {
            start: time(period.start),
            end: time(period.end),
        })
        .collect();
    Ok(Voice {
        socket_no: schedule.socket,
        port: schedule.hole,
        buzzer: u8::from(schedule.buzzer),
        voice: u8::from(schedule.voice),
        periods: periods.try_into().map_err(|_| "too many periods")?,
    })
}

fn firmware(target: FirmwareTarget, source: &FirmwareSource) -> Result<FirmwareOrder, Why> {
    let FirmwareSource::Ftp { host, port, file } = source else {
        return Err("firmware comes by FTP, not in pieces");
    };
    Ok(FirmwareOrder {
        target: match target {
            FirmwareTarget::Main => UpdateTarget::Gateway,
            FirmwareTarget::Socket => UpdateTarget::Socket,
            FirmwareTarget::Radio => return Err("the radio cannot be updated by itself"),
        },
        ip: crate::message::Address(*host),
        port: *port,
        file: Text::padded(file).ok_or("the file name does not fit")?,
    })
}

fn sub_shot<M: Message + Send + Sync + 'static>(
    gateway: GatewayId,
    cmd: u16,
    sub_cmd: u8,
    message: M,
    wait: Duration,
    tries: u16,
) -> Shot {
    Shot {
        cmd,
        write: words::sub_shot(gateway, cmd, sub_cmd, message),
        expect: Expect::Reply(cmd, u16::from(sub_cmd)),
        wait,
        tries,
    }
}

/// A container command, answered by the same command.
pub(super) fn container(
    address: Address,
    bkv_cmd: u16,
    elements: Elements,
    wait: Duration,
    tries: u16,
) -> Shot {
    Shot {
        cmd: outer::CONTAINER,
        write: words::container_shot(address, bkv_cmd, elements),
        expect: Expect::Reply(outer::CONTAINER, bkv_cmd),
        wait,
        tries,
    }
}

fn params_set(address: Address, socket: u8, wanted: &[(u32, u64)]) -> Shot {
    let mut elements: Elements = vec![(key::SOCKET_NO, vec![socket])];
    elements.extend(
        wanted
            .iter()
            .map(|(key, value)| (*key, params::bytes_of(*key, *value))),
    );
    container(address, 0x1011, elements, CONTROL_WAIT, OTHER_TRIES)
}

/// Reads all parameters of a socket.
pub(super) fn params_query(address: Address, socket: u8) -> Shot {
    let elements = vec![(key::SOCKET_NO, vec![socket])];
    container(address, 0x1012, elements, CONTROL_WAIT, OTHER_TRIES)
}
