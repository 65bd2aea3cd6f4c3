//! Alarms, cabinets, and devices that want firmware. None of these is answered but 0x15.

use super::line::Turn;
use super::task::Task;
use super::unit::Unit;
use super::{presence, words};
use crate::codes::{AlarmType, Cmd, PushType};
use crate::message::{Alarm, CabinetHeartbeat, PortNotice, UpgradeRequest};
use device::{AlarmReport, Event, Fault, ParamContent};

impl Unit {
    pub(super) fn alarm(&mut self, seen: &Alarm, turn: &mut Turn<'_>) {
        let place = match seen.alarm_type {
            kind if kind.names_socket() => None,
            AlarmType::MainsLost => None,
            _ => Some(("sensor_address", i64::from(seen.port))),
        };
        let inputs = seen
            .trigger_bits
            .map(|bits| ("trigger_bits", i64::from(bits)));
        let report = AlarmReport {
            port: seen
                .alarm_type
                .names_socket()
                .then(|| words::port_no(seen.port)),
            fault: Some(seen.alarm_type.fault()),
            code: u32::from(u8::from(seen.alarm_type)),
            active: true,
            values: place.into_iter().chain(inputs).collect(),
        };
        self.tell(Event::Alarm(report), turn);
    }

    pub(super) fn port_notice(&mut self, seen: &PortNotice, turn: &mut Turn<'_>) {
        let report = AlarmReport {
            port: Some(words::port_no(seen.port)),
            fault: (seen.push_type == PushType::DoorNotClosed).then_some(Fault::Door),
            code: u32::from(u8::from(seen.push_type)),
            active: true,
            values: Vec::new(),
        };
        self.tell(Event::Alarm(report), turn);
    }

    /// Doors and fans of a cabinet, when they changed. People open doors to charge: that is no
    /// alarm, a door that springs open is one of its own.
    pub(super) fn cabinet(&mut self, seen: &CabinetHeartbeat, turn: &mut Turn<'_>) {
        let bits = (seen.door_bits, seen.fan_bits);
        if self.cabinet.replace(bits) == Some(bits) {
            return;
        }
        let value =
            |name: &'static str, bits: u32| (name.into(), ParamContent::Number(bits.into()));
        let event = Event::Params {
            socket: None,
            values: vec![
                value("open_doors", seen.door_bits),
                value("running_fans", seen.fan_bits),
            ],
        };
        self.tell(event, turn);
    }

    /// 0x05: without data a very old device wants its firmware from the first piece on; with
    /// data it only says what it runs.
    pub(super) fn device_wants_upgrade(&mut self, seen: &UpgradeRequest, turn: &mut Turn<'_>) {
        if seen.device_type.is_none() {
            self.upgrade_asked_for(Cmd::UpgradeOldDevice, turn);
            return;
        }
        let news = device::Registration {
            model: seen.device_type.map(|kind| format!("{kind:02X}")),
            firmware: seen.fw_version.map(words::version),
            ..device::Registration::default()
        };
        self.introduce(news, turn);
    }

    /// 0x15: an old host wants its firmware from the first piece on.
    pub(super) fn host_wants_upgrade(&mut self, msg_id: u16, turn: &mut Turn<'_>) {
        self.answer(presence::success(Cmd::HostUpgradeRequest), msg_id, turn);
        self.upgrade_asked_for(Cmd::UpgradeOldHost, turn);
    }

    /// An upgrade that is under way begins anew; none is begun by a device alone.
    pub(super) fn upgrade_asked_for(&mut self, cmd: Cmd, turn: &mut Turn<'_>) {
        let under_way =
            |task: &Task| matches!(task, Task::Upgrade(upgrade) if upgrade.cmd() == cmd);
        let Some(mut job) = self.outbox.take_begun(|job| under_way(&job.task)) else {
            return;
        };
        if let Task::Upgrade(upgrade) = &mut job.task {
            let step = upgrade.asked_for();
            self.upgrade_step(job, step, turn);
        }
    }
}
