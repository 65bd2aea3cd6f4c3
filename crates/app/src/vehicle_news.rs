//! What EV piles say of the vehicle: who it is, how its battery takes the charge, and the lock
//! of its parking space.

use crate::{App, AppError};
use device::{BatteryReport, GroundLockReport, ParamContent, VehicleReport};
use domain::alarm::{Alarm, AlarmCode};
use domain::order::{Identified, OrderEvent};
use kernel::PhyId;
use std::borrow::Cow;
use store::orders;
use tracing::warn;

impl App {
    /// The vehicle introduced itself to its pile.
    pub(crate) async fn vehicle_seen(
        &self,
        device: &PhyId,
        report: &VehicleReport,
    ) -> Result<(), AppError> {
        let sighting = Identified::Running { duration_s: None };
        let found = self
            .find_order(device, &report.charge, report.port, sighting)
            .await?;
        let Some(order_no) = found else {
            warn!(%device, port_no = report.port.0, charge = ?report.charge,
                "vehicle of an unknown charge");
            return Ok(());
        };
        if let Some(vin) = &report.vin {
            let event = OrderEvent::VehicleSeen { vin: vin.clone() };
            self.happened(order_no, event).await?;
        }
        let values: serde_json::Map<String, serde_json::Value> = report
            .values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        if values.is_empty() {
            return Ok(());
        }
        let mut direct = self.db.direct().await?;
        orders::add_vehicle(direct.conn(), order_no, &values.into()).await?;
        Ok(())
    }

    /// How the battery takes the charge: into the table in memory and the curve.
    pub(crate) fn battery_seen(&self, device: &PhyId, report: &BatteryReport) {
        let now = self.now();
        self.live.change(device, |live| {
            if !live.has_port(report.port) {
                return;
            }
            let port = live.port_mut(report.port);
            port.soc = report.soc.or(port.soc);
            port.remaining_min = report.remaining_min.or(port.remaining_min);
            match &mut port.battery {
                Some(battery) => {
                    battery.0 = now;
                    battery.1.update(report);
                }
                None => port.battery = Some(Box::new((now, report.clone()))),
            }
        });
        self.hint_ports(device, false);
    }

    /// The lock of a parking space moved, or complains. Locks report for hours what has not
    /// changed; only what is new is written.
    pub(crate) async fn ground_lock_seen(
        &self,
        device: &PhyId,
        report: &GroundLockReport,
    ) -> Result<(), AppError> {
        let known = self
            .live
            .read(device, |live| live.port(report.port)?.ground_lock);
        if known.flatten() == Some(*report) {
            return Ok(());
        }
        let port = report.port.0;
        let mut values: Vec<(Cow<'static, str>, ParamContent)> = Vec::new();
        let mut note = |name: &str, value: ParamContent| {
            values.push((Cow::Owned(format!("ground_lock.{port}.{name}")), value));
        };
        if let Some(raised) = report.raised {
            note("position", if raised { "raised" } else { "lowered" }.into());
        }
        if let Some(occupied) = report.occupied {
            note("occupied", i64::from(occupied).into());
        }
        if let Some(battery) = report.battery {
            note("battery_percent", i64::from(battery).into());
        }
        note("alarm", i64::from(report.alarm).into());
        self.params_reported(device, None, &values).await?;
        let words = format!("ground lock alarm {:#04x}", report.alarm);
        let alarm = Alarm::of_port(AlarmCode::DeviceException, report.port, words);
        let (raised, cleared) = if report.alarm == 0 {
            (Vec::new(), vec![alarm])
        } else {
            (vec![alarm], Vec::new())
        };
        self.change_alarms(device, &raised, &cleared).await?;
        self.live.change(device, |live| {
            if live.has_port(report.port) {
                live.port_mut(report.port).ground_lock = Some(*report);
            }
        });
        Ok(())
    }
}
