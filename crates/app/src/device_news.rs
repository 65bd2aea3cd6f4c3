//! What devices say of themselves besides charges: alarms, parameters, firmware, traits.

use crate::live::{ListedAlarm, PORTS_MAX};
use crate::{App, AppError};
use device::{AlarmReport, Fault, FaultList, FirmwareProgress, ParamContent};
use domain::alarm::{Alarm, AlarmCode, ToldBy};
use kernel::{PhyId, PortNo, Timestamp};
use std::borrow::Cow;
use std::collections::BTreeMap;
use store::device_params::{self, DeviceParam};
use store::devices;
use tracing::{info, warn};

/// Parameters of one report that are kept.
const PARAMS_MAX: usize = 256;
/// Traits that a device may have learnt.
const TRAITS_MAX: usize = 64;

impl App {
    /// An alarm or event message of the device itself, written at `said` by its own clock.
    pub(crate) async fn device_alarm(
        &self,
        device: &PhyId,
        report: &AlarmReport,
        said: Option<Timestamp>,
    ) -> Result<(), AppError> {
        info!(%device, port_no = report.port.map(|port| port.0), code = report.code,
            active = report.active, values = in_words(&report.values), "device reported an event");
        let alarm = alarm_of(report.port, report.fault, report.code, &report.values);
        if report.active {
            self.notice_danger(device, std::slice::from_ref(&alarm));
            self.change_alarms(device, std::slice::from_ref(&alarm), &[])
                .await?;
            self.count_told(device, &alarm, said);
            Ok(())
        } else {
            self.change_alarms(device, &[], &[alarm]).await
        }
    }

    /// A list of all that is wrong with a part of the device.
    pub(crate) async fn faults_listed(
        &self,
        device: &PhyId,
        list: &FaultList,
    ) -> Result<(), AppError> {
        let (raised, cleared) = self.list_news(device, list);
        self.notice_danger(device, &raised);
        self.change_alarms(device, &raised, &cleared).await
    }

    /// Which alarms a list of faults begins, and which it ends.
    pub(crate) fn list_news(&self, device: &PhyId, list: &FaultList) -> (Vec<Alarm>, Vec<Alarm>) {
        let port = list.port.filter(|port| port.0 <= PORTS_MAX);
        let stands: Vec<Alarm> = list
            .faults
            .iter()
            .map(|listed| Alarm {
                told_by: ToldBy::List,
                ..alarm_of(port, listed.fault, listed.code, &listed.values)
            })
            .collect();
        let named: Vec<_> = stands.iter().filter_map(ListedAlarm::of).collect();
        let known = self.live.read(device, |live| {
            let here = live.listed.iter().filter(|known| known.port == port);
            here.copied().collect::<Vec<_>>()
        });
        let known = known.unwrap_or_default();
        let raised = stands
            .into_iter()
            .filter(|alarm| ListedAlarm::of(alarm).is_some_and(|fault| !known.contains(&fault)))
            .collect();
        let over = known.into_iter().filter(|fault| !named.contains(fault));
        (raised, over.map(ListedAlarm::over).collect())
    }

    pub(crate) async fn params_reported(
        &self,
        device: &PhyId,
        socket: Option<u8>,
        values: &[(Cow<'static, str>, ParamContent)],
    ) -> Result<(), AppError> {
        let Some(device_id) = self.live.read(device, |live| live.id) else {
            return Ok(());
        };
        let now = self.now();
        let distinct: BTreeMap<&str, &ParamContent> = values
            .iter()
            .take(PARAMS_MAX)
            .map(|(name, value)| (name.as_ref(), value))
            .collect();
        let rows: Vec<DeviceParam> = distinct
            .into_iter()
            .map(|(name, value)| DeviceParam {
                device_id,
                socket_no: i16::from(socket.unwrap_or(0)),
                param_id: name.to_owned(),
                value: value.number().unwrap_or(0),
                text_value: value.text().map(str::to_owned),
                state: device_params::CONFIRMED,
                msg_id: None,
                confirmed_at: Some(now),
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let mut direct = self.db.direct().await?;
        device_params::put(direct.conn(), &rows, now).await?;
        Ok(())
    }

    /// The link learnt a trait that must survive a reconnect.
    pub(crate) async fn learnt(
        &self,
        device: &PhyId,
        key: &str,
        value: &str,
    ) -> Result<(), AppError> {
        let known = self.live.read(device, |live| {
            let learnt = &live.profile.learnt;
            let same = learnt.get(key) == Some(value);
            (live.id, same || learnt.len() >= TRAITS_MAX)
        });
        let Some((device_id, false)) = known else {
            return Ok(());
        };
        let traits = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let mut tx = self.db.begin().await?;
        let profile = devices::learn(tx.conn(), device_id, &traits, self.now()).await?;
        tx.commit().await?;
        if let Some(profile) = profile {
            info!(%device, key, value, "device trait learnt");
            self.live.change(device, |live| live.set_profile(profile));
        }
        Ok(())
    }
}

impl App {
    /// How far a firmware update is; kept in memory, in the log and the figures.
    pub(crate) fn firmware_progress(&self, device: &PhyId, progress: &FirmwareProgress) {
        let result = if let Some(error) = &progress.error {
            warn!(%device, error, "firmware update failed");
            "failed"
        } else {
            let (done, total) = (progress.done, progress.total);
            info!(%device, done, total, "firmware update progresses");
            "progress"
        };
        metrics::counter!("openpile_firmware_reports_total", "result" => result).increment(1);
        self.live
            .change(device, |live| live.update = Some(progress.clone()));
    }
}

/// The alarm of a fault that a device tells of itself.
fn alarm_of(
    port: Option<PortNo>,
    fault: Option<Fault>,
    code: u32,
    values: &[(&'static str, i64)],
) -> Alarm {
    let message = match fault {
        Some(fault) => fault.message().to_owned(),
        None if values.is_empty() => format!("device event {code:#x}"),
        // What is wrong has no name but those of its values.
        None => format!("device event {code:#x}: {}", in_words(values)),
    };
    Alarm {
        port: port.filter(|port| port.0 <= PORTS_MAX),
        fault_code: Some(fault.map_or(code, Fault::code)),
        ..Alarm::of_device(
            fault.map_or(AlarmCode::DeviceException, AlarmCode::of_fault),
            message,
        )
    }
}

fn in_words(values: &[(&'static str, i64)]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    values.join(" ")
}
