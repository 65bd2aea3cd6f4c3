//! Commands of the networked dialect.

use super::gateway::Gateway;
use super::keys as key;
use super::outbox::{Expect, Job, Lane, Shot};
use super::params;
use super::task::{Kind, Start, Task};
use super::words::{self, Address, Elements, outer};
use crate::codes::{ControlMode, Switch, UpdateTarget};
use crate::frame::GatewayId;
use crate::message::{Control, DayTime, FirmwareOrder, Node, NodeList, Period, SocketOnly, Voice};
use crate::port::{self, Outlet};
use crate::traits;
use device::{Command, Dispatch, FirmwareSource, FirmwareTarget, SocketEntry, VoiceSchedule};
use std::time::Duration;
use wire::{Digits, Message, Tail, Text};

/// Waits and tries of each command, as the vendor's guide and the captures suggest.
pub(super) const CONTROL_WAIT: Duration = Duration::from_secs(10);
const LIST_WAIT: Duration = Duration::from_secs(15);
const FIRMWARE_WAIT: Duration = Duration::from_secs(30);
const STOP_TRIES: u16 = 4;
const OTHER_TRIES: u16 = 3;

/// Why a command cannot be sent; the checks before it was stored leave little.
pub(super) type Why = &'static str;

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
            begun: dispatch.attempted,
            late: None,
            task,
        };
        let once = |lane, shot, kind| Ok(vec![job(lane, shot, Task::Once(kind))]);
        match dispatch.command {
            Command::StartCharge(plan) => {
                let at = outlet(plan.port)?;
                let (shot, other) = self.start_shots(gateway, at, &plan)?;
                let start = Start {
                    outlet: at,
                    port: plan.port,
                    order: plan.order,
                    session: plan.proposed_session,
                    shot: shot.clone(),
                    msg_id,
                    other,
                    written: 0,
                    asking: false,
                    stopped: false,
                };
                let mut job = job(Lane::Outlet(at.socket), shot, Task::Start(start));
                if dispatch.attempted {
                    self.ask_before_start(&mut job);
                }
                Ok(vec![job])
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
                    let shot = self.query_shot(*socket);
                    job(Lane::Outlet(*socket), shot, Task::Once(Kind::Query))
                });
                let mut jobs: Vec<_> = shots.collect();
                for (extra, socket) in jobs.iter_mut().zip(&sockets).skip(1) {
                    extra.id = None;
                    extra.msg_id = self.outbox.own_number();
                    extra.task = Task::Question(*socket);
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
                if traits::is_on(&self.profile, traits::LEGACY_PARAMS) {
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
                once(Lane::Gateway, shot, Kind::SocketList)
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
                let order = firmware(target, &source)?;
                let shot = Shot {
                    cmd: outer::FIRMWARE,
                    write: words::plain_shot(gateway, outer::FIRMWARE, order),
                    expect: Expect::Outer(outer::FIRMWARE),
                    wait: FIRMWARE_WAIT,
                    tries: 1,
                };
                once(Lane::Gateway, shot, Kind::Firmware)
            }
            _ => Err("not supported by this device"),
        }
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
    let FirmwareSource::Ftp {
        host, port, file, ..
    } = source
    else {
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

pub(super) fn sub_shot<M: Message + Send + Sync + 'static>(
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
        expect: Expect::Sub(sub_cmd),
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
        expect: Expect::Bkv(bkv_cmd),
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
