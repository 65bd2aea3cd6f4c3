//! Commands of the platform: what each comes to, and why one is refused.

use super::line::Turn;
use super::params::{self, Params};
use super::starts;
use super::task::{Job, Start, Stop, Task};
use super::unit::Unit;
use super::{vendor, words};
use crate::Ap3000;
use crate::codes::{Cmd, ModifyMode, QrScreen};
use crate::message::{Body, Message, Modify, NoData, OrderKey, QrAddress, Reserved};
use crate::traits;
use device::{Command, Dispatch, FirmwareTarget, Protocol as _};
use kernel::{OrderNo, PortNo};
use wire::Text;

/// Priority of the link's own frames.
const OWN_PRIORITY: i16 = 3;

impl Unit {
    pub(super) fn command(&mut self, dispatch: Dispatch, turn: &mut Turn<'_>) {
        let id = dispatch.id;
        let known = self.outbox.jobs().any(|job| job.id == Some(id))
            || self.watches.iter().any(|watch| watch.id == Some(id));
        if known || self.asking.holds(id) {
            return;
        }
        if let Command::StopCharge { order, serial, .. } = &dispatch.command
            && let Some(order) = words::order_key(*order, serial.as_deref())
        {
            self.call_off_start(order, turn);
        }
        let msg_id = wire_number(dispatch.msg_id);
        let priority = dispatch.command.priority();
        match self.task_of(dispatch, turn) {
            Ok(_) if !self.outbox.has_room() => {
                self.refused(
                    Some(id),
                    "too many commands are waiting for this device",
                    turn,
                );
            }
            Ok(None) => {
                if !self.asking.ask_for(id, msg_id, turn.now) {
                    self.refused(Some(id), "too many ask this device already", turn);
                }
            }
            Ok(Some(task)) => self.outbox.push(Job {
                id: Some(id),
                priority,
                msg_id,
                attempts: 0,
                begun: false,
                task,
            }),
            Err(why) => self.refused(Some(id), &why, turn),
        }
        self.pump(turn);
    }

    /// What a command comes to; none for a mere question about the present state.
    fn task_of(&self, dispatch: Dispatch, turn: &Turn<'_>) -> Result<Option<Task>, String> {
        // What the device is may have been learnt only after the command was accepted.
        Ap3000
            .check(&self.profile, &dispatch.command)
            .map_err(|fault| fault.to_string())?;
        let task = match dispatch.command {
            Command::StartCharge(plan) => {
                let (port, order, charge) =
                    starts::start(&plan, &self.profile).ok_or("the plan does not fit the wire")?;
                self.may_start(port, turn)?;
                Task::Start(Start {
                    port,
                    order,
                    charge,
                    doubtful: dispatch.attempted,
                    occupied: self.charges_other(port, order),
                    stopped: false,
                })
            }
            Command::StopCharge {
                port,
                order,
                serial,
            } => {
                let (port, order, charge) =
                    starts::stop(port, order, serial.as_deref(), &self.profile)
                        .ok_or("the order has no name on the wire")?;
                Task::Stop(Stop {
                    port,
                    order,
                    charge,
                })
            }
            Command::AdjustCharge {
                port,
                order,
                duration_s,
                energy,
            } => Task::Modify(self.modify(port, order, duration_s, energy)?),
            Command::QueryPort { .. } => return Ok(None),
            Command::SetParams { values, .. } => {
                Task::Params(Params::setting(&values).ok_or("a value does not fit")?)
            }
            Command::QueryParams { .. } => Task::Params(Params::reading()),
            Command::Restart { when_idle } => {
                let cmd = if traits::is_host(&self.profile) {
                    Cmd::RebootHost
                } else {
                    Cmd::Reboot
                };
                let task = Task::Once(Message::new(cmd, Body::Bare(NoData)));
                if when_idle {
                    self.may_rest(&task, turn)?;
                }
                task
            }
            Command::SetQr { text, .. } => {
                let address = QrAddress {
                    main_screen: QrScreen::QrCode,
                    reserved_hex: Reserved::default(),
                    qr_text: Text::padded(&text).ok_or("the address is too long")?,
                };
                Task::Once(Message::new(Cmd::QrAddress, Body::QrAddress(address)))
            }
            Command::UpdateFirmware { target, source } => {
                Task::Upgrade(Box::new(self.upgrade(target, source, dispatch.image)?))
            }
            Command::Vendor { name, values } => {
                match vendor::message(&name, &values).map_err(|fault| fault.to_string())? {
                    Some(message) => Task::Once(message),
                    None => return Ok(None),
                }
            }
            _ => return Err(crate::protocol::NO_SUCH_COMMAND.to_owned()),
        };
        if task.needs_idle() {
            self.may_rest(&task, turn)?;
        }
        Ok(Some(task))
    }

    fn may_start(&self, port: u8, turn: &Turn<'_>) -> Result<(), String> {
        if self.id.is_defective() {
            return Err("the device has lost its own id".to_owned());
        }
        if self.watches.iter().any(|watch| watch.port == port) {
            return Err("whether an earlier start happened is not known yet".to_owned());
        }
        let updating = |job: &Job| job.begun && matches!(job.task, Task::Upgrade(_));
        if self.outbox.jobs().any(updating) {
            return Err("the firmware is being updated".to_owned());
        }
        if turn.line.others_update(self.id) {
            return Err(
                "the firmware of the host, or of what is behind it, is being updated".to_owned(),
            );
        }
        Ok(())
    }

    /// Whether the device may be busy with itself for a while, or forget everything.
    pub(super) fn may_rest(&self, task: &Task, turn: &Turn<'_>) -> Result<(), String> {
        if self.is_busy() {
            return Err(CHARGES.to_owned());
        }
        if self.reaches_all(task) && turn.line.others_charge(self.id) {
            return Err(OTHERS_CHARGE.to_owned());
        }
        let erases = matches!(task, Task::Once(message) if message.cmd == Cmd::Erase);
        if erases && turn.line.has_open_settlement(self.id) {
            return Err("a settlement of this device is not stored yet".to_owned());
        }
        Ok(())
    }

    /// The frame names no order, so what runs there has to be known.
    fn modify(
        &self,
        port: PortNo,
        order: OrderNo,
        duration_s: Option<u32>,
        energy: Option<kernel::Energy>,
    ) -> Result<Modify, String> {
        let port = words::wire_port(port).ok_or("there is no such socket")?;
        let wanted = words::order_key(order, None);
        match self.runs_at(port) {
            running if running == wanted => {}
            Some(_) => return Err("the socket runs another order".to_owned()),
            None => {
                return Err("the socket has not said yet which order it runs".to_owned());
            }
        }
        let timed = if traits::ends_when_full(&self.profile) {
            ModifyMode::TimedUntilFull
        } else {
            ModifyMode::Timed
        };
        let (rate_mode, value) = match (duration_s, energy) {
            (Some(seconds), _) => (timed, seconds.try_into().ok()),
            // Energy knows no other mode.
            (None, Some(energy)) => (
                ModifyMode::EnergyUntilFull,
                energy.centi_kwh().try_into().ok(),
            ),
            (None, None) => (timed, None),
        };
        let value = value.ok_or("the limit does not fit the wire")?;
        Ok(Modify {
            rate_mode,
            port,
            value,
        })
    }

    /// A start whose order is being stopped is not written any more; one that has been written
    /// is not repeated, or the charge would begin after its stop.
    fn call_off_start(&mut self, order: OrderKey, turn: &mut Turn<'_>) {
        let unwritten = self
            .outbox
            .take_unwritten(|task| task.starts() == Some(order));
        for job in unwritten {
            self.refused(job.id, "stopped before it was sent", turn);
        }
        for job in self.outbox.jobs_mut() {
            if let Task::Start(start) = &mut job.task
                && start.order == order
            {
                start.stopped = true;
            }
        }
    }

    /// A frame of the link's own.
    pub(super) fn push_own(&mut self, message: Message, turn: &mut Turn<'_>) {
        let same = |task: &Task| matches!(task, Task::Once(other) if other.cmd == message.cmd);
        if !self.outbox.has_room() || self.outbox.jobs().any(|job| same(&job.task)) {
            return;
        }
        let msg_id = self.next_number();
        self.outbox.push(Job {
            id: None,
            priority: OWN_PRIORITY,
            msg_id,
            attempts: 0,
            begun: false,
            task: Task::Once(message),
        });
        self.pump(turn);
    }
}

/// Why what keeps the device busy is not sent.
const CHARGES: &str = "a socket of this device charges";
/// The same of the devices that depend on a host.
const OTHERS_CHARGE: &str = "a device on the connection of this host charges";

/// Command rows are numbered without end, frames from 1 to 65535. A command keeps its number over
/// reconnects; only one of a device is in flight at a time.
fn wire_number(msg_id: u32) -> u16 {
    let folded = msg_id.wrapping_sub(1) % u32::from(u16::MAX) + 1;
    u16::try_from(folded).expect("1 to 65535")
}

/// The command under which a command goes on the wire.
pub(crate) fn wire_command(profile: &device::Profile, command: &Command) -> Option<u16> {
    let cmd = match command {
        Command::StartCharge(_) | Command::StopCharge { .. } => Cmd::Charge,
        Command::AdjustCharge { .. } => Cmd::Modify,
        Command::QueryPort { .. } => Cmd::Query,
        Command::SetParams { values, via, .. } => {
            return via.or_else(|| params::command_of(values));
        }
        Command::QueryParams { .. } => Cmd::QueryParameters11,
        Command::Restart { .. } if traits::is_host(profile) => Cmd::RebootHost,
        Command::Restart { .. } => Cmd::Reboot,
        Command::SetQr { .. } => Cmd::QrAddress,
        Command::UpdateFirmware { target, .. } => match target {
            FirmwareTarget::Socket if traits::is_host(profile) => Cmd::UpgradeUnified,
            FirmwareTarget::Socket => Cmd::UpgradePowerBoard,
            FirmwareTarget::Main if !traits::is_host(profile) => {
                Cmd::from(traits::device_upgrade(profile)?.byte())
            }
            FirmwareTarget::Main | FirmwareTarget::Radio => {
                Cmd::from(traits::host_upgrade(profile)?.byte())
            }
        },
        Command::Vendor { name, .. } => return vendor::wire_command(name),
        _ => return None,
    };
    Some(u16::from(u8::from(cmd)))
}
