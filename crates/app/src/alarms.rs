//! Raising and clearing alarms inside a transaction. A webhook goes out when an alarm begins and
//! when it is over, not when it is raised again meanwhile.

use crate::alarm_budget::{AlarmBudget, Allowed};
use crate::live::{Condition, ListedAlarm};
use crate::port_locks::PortLock;
use crate::transact::Aftermath;
use crate::{App, AppError};
use domain::alarm::{Alarm, AlarmCode, ToldBy};
use domain::device_status::DeviceStatus;
use domain::webhook;
use kernel::{DeviceId, PhyId};
use serde_json::json;
use std::time::Duration;
use store::Tx;
use store::alarms::{self, NewAlarm};

impl App {
    /// Raises an alarm, or counts it up when it is open. In a maintenance window alarms of the
    /// device are suppressed.
    pub(crate) async fn raise_in(
        &self,
        tx: &mut Tx,
        device: &PhyId,
        device_id: DeviceId,
        alarm: &Alarm,
        after: &mut Aftermath,
    ) -> Result<(), AppError> {
        let lifecycle = self.live.read(device, |live| live.lifecycle);
        if lifecycle == Some(DeviceStatus::Maintenance) {
            return Ok(());
        }
        let now = self.now();
        let (object_type, object_id) = object_of(alarm, device);
        let new = NewAlarm {
            code: alarm.code.as_str().to_owned(),
            level: self.alarm_rule(alarm.code).level.letter().to_owned(),
            object_type: object_type.to_owned(),
            object_id,
            device_id: Some(device_id),
            port_no: alarm.port,
            order_no: alarm.order,
            message: alarm.message.clone(),
            details: json!({
                "fault_code": alarm.fault_code,
                "told_by": alarm.told_by.as_str(),
            }),
            at: now,
        };
        let row = alarms::raise(tx.conn(), &new).await?;
        after.note(device, alarm, true);
        if row.count == 1 {
            metrics::counter!("openpile_alarms_total", "code" => alarm.code.as_str()).increment(1);
            let event = webhook::alarm(device, alarm, row.first_at, false, now);
            after.outbox |= self.publish_in(tx, &[self.device_event(event)]).await?;
        }
        Ok(())
    }

    /// Ends an alarm whose condition is gone, if it is open.
    pub(crate) async fn clear_in(
        &self,
        tx: &mut Tx,
        device: &PhyId,
        alarm: &Alarm,
        after: &mut Aftermath,
    ) -> Result<(), AppError> {
        let now = self.now();
        let (object_type, object_id) = object_of(alarm, device);
        let code = alarm.code.as_str();
        after.note(device, alarm, false);
        if self.alarm_rule(alarm.code).recover > Duration::ZERO {
            // It ends when that has lasted.
            alarms::begin_clearing(tx.conn(), code, object_type, &object_id, now).await?;
            return Ok(());
        }
        let ended = alarms::recover(tx.conn(), code, object_type, &object_id, now).await?;
        if let Some(row) = ended {
            let alarm = Alarm {
                message: if alarm.message.is_empty() {
                    row.message
                } else {
                    alarm.message.clone()
                },
                ..alarm.clone()
            };
            let event = webhook::alarm(device, &alarm, row.first_at, true, now);
            after.outbox |= self.publish_in(tx, &[self.device_event(event)]).await?;
        }
        Ok(())
    }

    /// Raises and clears alarms of one device in a transaction of their own.
    pub(crate) async fn change_alarms(
        &self,
        device: &PhyId,
        raised: &[Alarm],
        cleared: &[Alarm],
    ) -> Result<(), AppError> {
        if raised.is_empty() && cleared.is_empty() {
            return Ok(());
        }
        let allowed = self.within_budget(device, raised, cleared);
        let (raised, cleared) = (&allowed.raised, &allowed.cleared);
        let written = self.write_alarms(device, raised, cleared).await;
        if written.is_err() {
            // Whoever said it says it again; it must not have cost anything.
            self.live.witness(device, |live| live.alarm_budget = None);
        }
        written
    }

    /// What of these changes the device's budget allows now. The rest waits.
    fn within_budget(&self, device: &PhyId, raised: &[Alarm], cleared: &[Alarm]) -> Allowed {
        let now = self.now();
        let allowed = self.live.witness(device, |live| {
            let known = live.alarm_budget.take();
            let mut budget = known.unwrap_or_else(|| Box::new(AlarmBudget::full(now)));
            let allowed = budget.pass(raised, cleared, now);
            live.alarm_budget = Some(budget);
            allowed
        });
        let mut allowed = allowed.unwrap_or_default();
        if allowed.dropped > 0 {
            metrics::counter!("openpile_alarms_dropped_total").increment(allowed.dropped);
        }
        if allowed.began_to_hold {
            allowed.raised.push(storm());
        }
        allowed
    }

    /// Writes what the budgets of devices held back, and ends the alarms about their storms.
    pub(crate) async fn release_held_alarms(&self) -> Result<(), AppError> {
        let now = self.now();
        let mut due = Vec::new();
        self.live.for_each(|live| {
            due.extend(live.alarm_budget.is_some().then(|| live.phy_id.clone()));
        });
        for device in due {
            let allowed = self.live.witness(&device, |live| {
                let rages = live.has_condition(STORM, None);
                let budget = live.alarm_budget.as_mut()?;
                let mut allowed = budget.pass(&[], &[], now);
                if rages && budget.is_calm() {
                    allowed.cleared.push(storm());
                }
                if budget.is_full() {
                    live.alarm_budget = None;
                }
                Some(allowed)
            });
            if let Some(allowed) = allowed.flatten() {
                let written = self.write_alarms(&device, &allowed.raised, &allowed.cleared);
                if let Err(error) = written.await {
                    self.live.witness(&device, |live| {
                        let full = || Box::new(AlarmBudget::full(now));
                        let budget = live.alarm_budget.get_or_insert_with(full);
                        budget.take_back(allowed);
                    });
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn write_alarms(
        &self,
        device: &PhyId,
        raised: &[Alarm],
        cleared: &[Alarm],
    ) -> Result<(), AppError> {
        if raised.is_empty() && cleared.is_empty() {
            return Ok(());
        }
        let Some(device_id) = self.live.read(device, |live| live.id) else {
            return Ok(());
        };
        let mut after = Aftermath::default();
        let mut tx = self.db.begin().await?;
        for alarm in raised {
            self.raise_in(&mut tx, device, device_id, alarm, &mut after)
                .await?;
        }
        for alarm in cleared {
            self.clear_in(&mut tx, device, alarm, &mut after).await?;
        }
        tx.commit().await?;
        for alarm in raised {
            tracing::warn!(%device, code = alarm.code.as_str(),
                port_no = alarm.port.map(|port| port.0), message = alarm.message, "alarm raised");
        }
        for alarm in cleared {
            tracing::info!(%device, code = alarm.code.as_str(),
                port_no = alarm.port.map(|port| port.0), "alarm over");
        }
        self.follow_up(after);
        Ok(())
    }
}

/// Under which code a storm is told.
const STORM: AlarmCode = AlarmCode::DeviceException;

/// The alarm about a device that changes its alarms too often.
fn storm() -> Alarm {
    Alarm::of_device(
        STORM,
        "alarms change too often, only the last word of each is kept",
    )
}

impl Aftermath {
    /// Alarms that end by what the device shows are remembered in memory, so that an end is
    /// looked for only where there was a beginning.
    fn note(&mut self, device: &PhyId, alarm: &Alarm, open: bool) {
        self.alarmed = Some(device.clone());
        if let Some(condition) = condition_of(alarm) {
            self.conditions.push((device.clone(), condition, open));
        }
        if let Some(fault) = ListedAlarm::of(alarm) {
            self.listed.push((device.clone(), fault, open));
        }
        if let Some(lock) = PortLock::of(alarm) {
            self.locks.push((device.clone(), lock, open));
        }
    }
}

/// The conditions: what recovers by itself, of devices and ports. Faults that a port's state shows
/// are remembered with their port.
fn condition_of(alarm: &Alarm) -> Option<Condition> {
    let remembered = alarm.order.is_none() && alarm.fault_code.is_none() && alarm.code.recovers();
    remembered.then_some((alarm.code, alarm.port))
}

/// What the alarm is about: kind and id. With the code they tell repeats from new alarms.
/// The list of a device's faults and the state of a port may name the same fault, and end it at
/// different times: two alarms.
fn object_of(alarm: &Alarm, device: &PhyId) -> (&'static str, String) {
    let (kind, mut id) = place_of(alarm, device);
    if alarm.told_by == ToldBy::List {
        id.push_str("/list");
    }
    (kind, id)
}

fn place_of(alarm: &Alarm, device: &PhyId) -> (&'static str, String) {
    match (alarm.order, alarm.port, alarm.fault_code) {
        (Some(order_no), _, _) => ("order", order_no.to_string()),
        (None, Some(port), Some(fault)) => ("port", format!("{device}/{port}/{fault}")),
        (None, Some(port), None) => ("port", format!("{device}/{port}")),
        (None, None, Some(fault)) => ("device", format!("{device}/{fault}")),
        (None, None, None) => ("device", device.to_string()),
    }
}
