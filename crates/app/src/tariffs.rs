//! Which prices apply where, and which prices devices hold.

use crate::{App, AppError};
use device::{Command, Outcome, TariffTable, TariffUse};
use domain::alarm::{Alarm, AlarmCode};
use domain::order::TariffSnapshot;
use domain::request::StartPlan;
use kernel::{DeviceId, PhyId, PortNo, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::Tx;
use store::tariffs::{self, PushNote};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Devices whose prices differ are looked for so often.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Prices that a device did not take, after as many tries as its protocol makes, are pushed
/// again after so long.
const PUSH_AGAIN: Duration = Duration::from_mins(5);

/// A push without any answer is given up after so long.
const PUSH_LOST: Duration = Duration::from_mins(30);

/// A device that compares by itself has done so after this time.
const COMPARE_TIME: Duration = Duration::from_mins(1);

/// A device that holds other prices for longer is somebody's task.
const UNSYNCED_ALARM: Duration = Duration::from_mins(10);

/// What is known of the prices that a device holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HeldTariff {
    /// The number that it said, or that it took.
    model: Option<u16>,
    /// Since when it has differed from what it should hold.
    differs_since: Option<Timestamp>,
    /// Since when that has been known in this session.
    noticed: Option<Timestamp>,
    /// What was pushed last in this session.
    pushed: Option<Pushed>,
    /// The alarm was raised.
    told: bool,
}

/// Prices on their way to a device.
#[derive(Clone, Copy, Debug)]
struct Pushed {
    model: u16,
    at: Timestamp,
    /// It is known what became of them.
    answered: bool,
}

impl HeldTariff {
    /// In a new session the device says again what it holds, or is told again: it may be another
    /// board. How long it has been wrong is not forgotten.
    pub(crate) fn begin_session(&mut self) {
        self.model = None;
        self.noticed = None;
        self.pushed = None;
    }

    fn push_answered(&mut self, model: u16) {
        if let Some(pushed) = &mut self.pushed
            && pushed.model == model
        {
            pushed.answered = true;
        }
    }

    fn may_push(&self, model: u16, now: Timestamp) -> bool {
        match self.pushed {
            Some(pushed) if pushed.model == model => {
                let pause = if pushed.answered {
                    PUSH_AGAIN
                } else {
                    PUSH_LOST
                };
                now >= pushed.at + pause
            }
            // Newer prices do not wait for what became of older ones.
            _ => true,
        }
    }
}

impl App {
    /// The prices by the time of the day that a new order is billed by: those of its port,
    /// unless the caller named a price.
    pub(crate) async fn tariff_of(
        &self,
        tx: &mut Tx,
        device: &PhyId,
        port: PortNo,
        plan: &StartPlan,
        at: Timestamp,
    ) -> Result<Option<Box<TariffSnapshot>>, AppError> {
        if plan.price_per_kwh.is_some() {
            return Ok(None);
        }
        let Some(device_id) = self.live.read(device, |live| live.id) else {
            return Ok(None);
        };
        let found = tariffs::in_force(tx.conn(), device_id, Some(port), at).await?;
        Ok(found.map(Box::new))
    }

    /// A device says which prices it holds, or asks for them. While it charges, those that it
    /// began to charge with are right: new prices come to it when it is idle.
    pub(crate) async fn tariff_asked(
        &self,
        device: &PhyId,
        model: Option<u16>,
    ) -> Result<Option<TariffTable>, AppError> {
        let Some(device_id) = self.live.read(device, |live| live.id) else {
            return Ok(None);
        };
        let own = self.tariff_of_device(device_id).await?;
        let table = match self.tariff_of_session(device, own.as_ref(), model).await {
            Some(table) => Some(table),
            None => own.map(|own| own.table),
        };
        let wanted = table.as_ref().map(|table| table.model);
        let result = match (wanted, model) {
            (Some(wanted), Some(held)) if wanted == held => "same",
            _ => "asked",
        };
        let held = match (wanted, model) {
            (_, Some(held)) => Some(held),
            // It asked for them: the answer is what it holds from now on.
            (wanted, None) => wanted,
        };
        self.note_held(device, held);
        let note = PushNote {
            device_id,
            phy_id: device.clone(),
            model_no: wanted.or(model).unwrap_or(0),
            result: result.to_owned(),
            detail: model.map(|held| format!("device holds {held:04}")),
            at: self.now(),
        };
        let synced = wanted.is_some() && held == wanted;
        let mut tx = self.db.begin().await?;
        tariffs::note_push(tx.conn(), &note).await?;
        tariffs::set_held(tx.conn(), device_id, held, synced, self.now()).await?;
        tx.commit().await?;
        if wanted.is_none() {
            warn!(%device, "the device asks for prices and has none");
        }
        Ok(table)
    }

    async fn tariff_of_device(&self, device: DeviceId) -> Result<Option<TariffSnapshot>, AppError> {
        let mut view = self.db.view().await?;
        Ok(tariffs::in_force(view.conn(), device, None, self.now()).await?)
    }

    /// The prices that a device held when the charges began that run at it: those that it says
    /// it holds, or an earlier version of its own. A port's own prices never come to a device,
    /// which holds one table for all of its ports.
    async fn tariff_of_session(
        &self,
        device: &PhyId,
        own: Option<&TariffSnapshot>,
        held: Option<u16>,
    ) -> Option<TariffTable> {
        let mut earlier = None;
        for order_no in self.orders.of_device(device) {
            let order = self.orders.peek(order_no).await;
            let Some(tariff) = order.and_then(|order| order.terms.tariff) else {
                continue;
            };
            if held == Some(tariff.table.model) {
                return Some(tariff.table);
            }
            if own.is_some_and(|own| own.tariff_id == tariff.tariff_id) {
                earlier = Some(tariff.table);
            }
        }
        earlier
    }

    fn note_held(&self, device: &PhyId, model: Option<u16>) {
        self.live.change(device, |live| live.tariff.model = model);
    }

    /// Pushes the prices of a device now, whatever it holds.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when it has none; else as [`App::send_command`].
    pub async fn push_tariff(
        &self,
        actor: &str,
        phy_id: &PhyId,
        wait: Option<Duration>,
    ) -> Result<crate::Ticket, AppError> {
        self.require(phy_id).await?;
        let device = self.live.read(phy_id, |live| live.id);
        let device = device.ok_or(AppError::NotFound("device"))?;
        let table = self.tariff_of_device(device).await?;
        let table = table
            .ok_or(AppError::Conflict("device has no tariff"))?
            .table;
        let model = table.model;
        let pushed = Pushed {
            model,
            at: self.now(),
            answered: false,
        };
        self.live
            .change(phy_id, |live| live.tariff.pushed = Some(pushed));
        let command = Command::PushTariff(table);
        let sent = self.send_command(actor, phy_id, command, wait).await;
        if sent.is_err() {
            self.live
                .change(phy_id, |live| live.tariff.push_answered(model));
        }
        sent
    }

    pub(crate) async fn tariffs_regularly(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            if let Err(error) = self.sync_tariffs().await {
                warn!(%error, "prices of devices could not be compared, trying again");
            }
        }
    }

    /// Pushes prices to the connected devices that hold others and charge nothing.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn sync_tariffs(&self) -> Result<(), AppError> {
        let now = self.now();
        let mut view = self.db.view().await?;
        let wanted = tariffs::all_in_force(view.conn(), now).await?;
        drop(view);
        let wanted: HashMap<DeviceId, u16> = wanted
            .into_iter()
            .map(|row| (row.device_id, row.model_no))
            .collect();
        let mut due = Vec::new();
        let mut raised = Vec::new();
        for device in self.sessions.devices() {
            let step = self.live.change(&device, |live| {
                let open = live.has_condition(AlarmCode::TariffUnsynced, None);
                let usage = live.protocol.tariff_use(&live.profile);
                match wanted.get(&live.id) {
                    Some(model) if usage != TariffUse::None => {
                        let compares = usage == TariffUse::Compares;
                        differs(&mut live.tariff, *model, compares, open, now)
                    }
                    _ => agrees(&mut live.tariff, open),
                }
            });
            let Some(step) = step else { continue };
            if let Some(open) = step.alarm {
                raised.push((device.clone(), open));
            }
            if step.push && self.orders.of_device(&device).is_empty() {
                due.push(device);
            }
        }
        for (device, open) in raised {
            let alarm = Alarm::of_device(AlarmCode::TariffUnsynced, "device holds other prices");
            let (on, off) = if open {
                (vec![alarm], Vec::new())
            } else {
                (Vec::new(), vec![alarm])
            };
            if let Err(error) = self.change_alarms(&device, &on, &off).await {
                // It is told the next time.
                self.live.change(&device, |live| live.tariff.told = !open);
                return Err(error);
            }
        }
        for device in due {
            match self.push_tariff("system", &device, None).await {
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                Err(error) => warn!(%device, %error, "prices not pushed"),
                Ok(_) => info!(%device, "prices pushed"),
            }
        }
        Ok(())
    }

    /// A device answered to prices that were pushed.
    pub(crate) async fn tariff_answered(
        &self,
        tx: &mut Tx,
        device: (DeviceId, &PhyId),
        table: &TariffTable,
        outcome: &Outcome,
    ) -> Result<(), AppError> {
        let (device_id, phy_id) = device;
        let (result, detail) = match outcome {
            Outcome::Written { .. } => return Ok(()),
            Outcome::Accepted { .. } => ("accepted", None),
            Outcome::Refused(refusal) => ("refused", Some(refusal.text.clone())),
            Outcome::Lapsed { .. } => ("lapsed", None),
        };
        let note = PushNote {
            device_id,
            phy_id: phy_id.clone(),
            model_no: table.model,
            result: result.to_owned(),
            detail,
            at: self.now(),
        };
        tariffs::note_push(tx.conn(), &note).await?;
        self.live
            .change(phy_id, |live| live.tariff.push_answered(table.model));
        if matches!(outcome, Outcome::Accepted { .. }) {
            let model = Some(table.model);
            tariffs::set_held(tx.conn(), device_id, model, true, self.now()).await?;
            self.note_held(phy_id, model);
        }
        Ok(())
    }
}

/// What is to be done about the prices of a device.
struct Step {
    push: bool,
    /// The alarm begins, or ends.
    alarm: Option<bool>,
}

fn agrees(held: &mut HeldTariff, open: bool) -> Step {
    held.differs_since = None;
    let told = std::mem::take(&mut held.told) || open;
    Step {
        push: false,
        alarm: told.then_some(false),
    }
}

/// A device that compares by itself after its login is given the time to.
fn differs(held: &mut HeldTariff, wanted: u16, compares: bool, open: bool, now: Timestamp) -> Step {
    if held.model == Some(wanted) {
        return agrees(held, open);
    }
    let since = *held.differs_since.get_or_insert(now);
    let late = !held.told && !open && now.since(since) >= UNSYNCED_ALARM;
    held.told |= late;
    let noticed = *held.noticed.get_or_insert(now);
    let patient = compares && held.model.is_none() && now < noticed + COMPARE_TIME;
    Step {
        push: !patient && held.may_push(wanted, now),
        alarm: late.then_some(true),
    }
}
