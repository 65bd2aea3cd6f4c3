//! Commands of the v8.6 dialect.

use super::gateway::Gateway;
use super::outbox::{Expect, Job, Lane, Shot};
use super::task::{self, Kind, Task};
use super::words;
use crate::codes::{Switch, V86Mode};
use crate::frame::GatewayId;
use crate::message::v86::{Chunk, Control, Modify, Parameter, Query, cmd};
use device::{ChargeMode, ChargePlan, Command, Dispatch, FirmwareSource};
use kernel::OrderNo;
use std::time::Duration;
use wire::{Message, Text};

/// Wait for any answer.
const WAIT: Duration = Duration::from_secs(10);
/// Once, and repeated at most three times.
const TRIES: u16 = 4;
/// Bytes of one firmware chunk.
const CHUNK: usize = 200;
/// All ports, in a query.
const ALL_PORTS: u8 = 0xFF;
/// A power limit that limits nothing.
const UNLIMITED: u16 = u16::MAX;

impl Gateway {
    pub(super) fn v86_job(
        &mut self,
        gateway: GatewayId,
        dispatch: Dispatch,
    ) -> Result<Vec<Job<Task>>, &'static str> {
        let priority = dispatch.command.priority();
        let msg_id = match dispatch.msg_id {
            0 => self.outbox.own_number(),
            given => given,
        };
        let byte = |port: kernel::PortNo| u8::try_from(port.0).map_err(|_| "no such port");
        let (lane, shot, task) = match dispatch.command {
            Command::StartCharge(plan) => {
                let port = byte(plan.port)?;
                let shot = shot(gateway, cmd::CONTROL, start(port, &plan)?);
                (
                    Lane::Outlet(port),
                    shot,
                    Task::Once(Kind::Start(plan.port, plan.order)),
                )
            }
            Command::StopCharge { port, order, .. } => {
                let port = byte(port)?;
                let stop = Control {
                    mode: V86Mode::Time,
                    balance_fen: 0,
                    port,
                    switch: Switch::Off,
                    value: 0,
                    order: order_text(order),
                };
                (
                    Lane::Outlet(port),
                    shot(gateway, cmd::CONTROL, stop),
                    Task::Once(Kind::Stop),
                )
            }
            Command::AdjustCharge {
                port,
                order,
                duration_s,
                energy,
            } => {
                let port = byte(port)?;
                let modify = Modify {
                    order: order_text(order),
                    port,
                    duration_s: fit(duration_s.map(i64::from))?,
                    energy_001kwh: fit(energy.map(kernel::Energy::centi_kwh))?,
                };
                (
                    Lane::Outlet(port),
                    shot(gateway, cmd::MODIFY, modify),
                    Task::Once(Kind::Other),
                )
            }
            Command::QueryPort { port } => {
                let port = port.map_or(Ok(ALL_PORTS), byte)?;
                let shot = shot(gateway, cmd::QUERY, Query { port });
                (Lane::Outlet(port), shot, Task::Once(Kind::Query))
            }
            Command::SetParams { values, via, .. } => {
                let number = via.unwrap_or(cmd::PARAMETER_FIRST);
                let pair = |value: &device::ParamValue| {
                    let number = u32::try_from(value.value.number()?).ok()?;
                    Some((value.id.parse().ok()?, number))
                };
                let mut rest = values
                    .iter()
                    .map(pair)
                    .collect::<Option<std::collections::VecDeque<_>>>()
                    .ok_or("a parameter does not fit")?;
                let (id, value) = rest.pop_front().ok_or("no parameter")?;
                let shot = param_shot(gateway, number, id, value);
                let task = Task::Params {
                    cmd: number,
                    param_id: id,
                    rest,
                };
                (Lane::Gateway, shot, task)
            }
            Command::UpdateFirmware { target, source } => {
                let image = match source {
                    FirmwareSource::Image { hex } => {
                        hex::decode(hex).map_err(|_| "the image is no hex")?
                    }
                    FirmwareSource::Library { .. } => {
                        dispatch.image.ok_or("the image is missing")?.to_vec()
                    }
                    FirmwareSource::Ftp { .. } => {
                        return Err("firmware comes in pieces, not by FTP");
                    }
                };
                if chunks(&image) == 0 {
                    return Err("the image is empty or too long");
                }
                let number = task::chunk_command(target);
                let shot = chunk_shot(gateway, number, &image, 1);
                (
                    Lane::Gateway,
                    shot,
                    Task::Image {
                        cmd: number,
                        image,
                        index: 1,
                    },
                )
            }
            _ => return Err("not supported by this device"),
        };
        let id = Some(dispatch.id);
        Ok(vec![Job {
            id,
            priority,
            lane,
            shot,
            msg_id,
            attempts: 0,
            begun: dispatch.attempted,
            late: None,
            task,
        }])
    }
}

fn start(port: u8, plan: &ChargePlan) -> Result<Control, &'static str> {
    let (mode, value) = match plan.mode {
        ChargeMode::Time => (V86Mode::Time, fit(plan.duration_s.map(i64::from))?),
        ChargeMode::Energy => (
            V86Mode::Energy,
            fit(plan.energy.map(kernel::Energy::centi_kwh))?,
        ),
        ChargeMode::Power => {
            let limit = plan
                .power_limit
                .map_or(Ok(UNLIMITED), |power| fit(Some(power.0)))?;
            (V86Mode::Power, limit)
        }
        ChargeMode::Full => (V86Mode::Full, 0),
    };
    Ok(Control {
        mode,
        balance_fen: u32::try_from(plan.amount.0).map_err(|_| "the amount does not fit")?,
        port,
        switch: Switch::On,
        value,
        order: order_text(plan.order),
    })
}

/// Absent is 0, which means "unchanged".
fn fit(value: Option<i64>) -> Result<u16, &'static str> {
    u16::try_from(value.unwrap_or(0)).map_err(|_| "a limit does not fit")
}

fn order_text(order: OrderNo) -> Text<16> {
    Text(*order.as_bytes())
}

fn shot<M: Message + Send + Sync + 'static>(gateway: GatewayId, number: u16, message: M) -> Shot {
    Shot {
        cmd: number,
        write: words::plain_shot(gateway, number, message),
        expect: Expect::Outer(number),
        wait: WAIT,
        tries: TRIES,
    }
}

pub(super) fn param_shot(gateway: GatewayId, number: u16, param_id: u8, value: u32) -> Shot {
    shot(gateway, number, Parameter { param_id, value })
}

/// Number of chunks of an image; 0 when it has none or too many.
pub(super) fn chunks(image: &[u8]) -> u16 {
    u16::try_from(image.len().div_ceil(CHUNK)).unwrap_or(0)
}

/// One chunk, counted from 1.
pub(super) fn chunk_shot(gateway: GatewayId, number: u16, image: &[u8], index: u16) -> Shot {
    let piece = image
        .chunks(CHUNK)
        .nth(usize::from(index.saturating_sub(1)))
        .unwrap_or_default();
    let chunk = Chunk {
        total: chunks(image),
        index,
        data: piece
            .to_vec()
            .try_into()
            .expect("a chunk has at most 200 bytes"),
    };
    shot(gateway, number, chunk)
}
