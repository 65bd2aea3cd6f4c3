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

/// Prices that a device did not take are pushed again after so long.
const PUSH_AGAIN: Duration = Duration::from_secs(30);

/// A device that compares by itself has done so after this time.
const COMPARE_TIME: Duration = Duration::from_mins(1);

/// A device that holds other prices for longer is somebody's task.
const UNSYNCED_ALARM: Duration = Duration::from_mins(10);

/// What is known of the prices that a device holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HeldTariff {
    /// The number that it said, or that it took.
    pub(crate) model: Option<u16>,
    /// Since when it has differed from what it should hold.
    pub(crate) differs_since: Option<Timestamp>,
    /// When prices were last pushed.
    pub(crate) pushed_at: Option<Timestamp>,
    /// The alarm is open.
    pub(crate) told: bool,
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

    /// A device says which prices it holds, or asks for them. While it charges, those of the
    /// charge: new prices come to it when it is idle.
    pub(crate) async fn tariff_asked(
        &self,
        device: &PhyId,
        model: Option<u16>,
    ) -> Result<Option<TariffTable>, AppError> {
        let Some(device_id) = self.live.read(device, |live| live.id) else {
            return Ok(None);
        };
        let table = match self.tariff_of_session(device).await {
            Some(table) => Some(table),
            None => self.tariff_of_device(device_id).await?,
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

    async fn tariff_of_device(&self, device: DeviceId) -> Result<Option<TariffTable>, AppError> {
        let mut view = self.db.view().await?;
        let found = tariffs::in_force(view.conn(), device, None, self.now()).await?;
        Ok(found.map(|snapshot| snapshot.table))
    }

    /// The prices of a charge that runs at a device.
    async fn tariff_of_session(&self, device: &PhyId) -> Option<TariffTable> {
        for order_no in self.orders.of_device(device) {
            let order = self.orders.peek(order_no).await?;
            if let Some(tariff) = order.terms.tariff {
                return Some(tariff.table);
            }
        }
        None
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
        let table = table.ok_or(AppError::Conflict("device has no tariff"))?;
        self.send_command(actor, phy_id, Command::PushTariff(table), wait)
            .await
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
        if wanted.is_empty() {
            return Ok(());
        }
        let wanted: HashMap<DeviceId, u16> = wanted
            .into_iter()
            .map(|row| (row.device_id, row.model_no))
            .collect();
        let mut due = Vec::new();
        let mut raised = Vec::new();
        for device in self.sessions.devices() {
            let step = self.live.change(&device, |live| {
                let model = *wanted.get(&live.id)?;
                if live.protocol.tariff_use(&live.profile) == TariffUse::None {
                    return None;
                }
                let compares = live.protocol.tariff_use(&live.profile) == TariffUse::Compares;
                Some(differs(&mut live.tariff, model, compares, now))
            });
            let Some(Some(step)) = step else { continue };
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
            self.change_alarms(&device, &on, &off).await?;
        }
        for device in due {
            match self.push_tariff("system", &device, None).await {
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                Err(error) => warn!(%device, %error, "prices not pushed"),
                Ok(_) => {
                    info!(%device, "prices pushed");
                    self.live
                        .change(&device, |live| live.tariff.pushed_at = Some(now));
                }
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

/// A device that compares by itself after its login is given the time to.
fn differs(held: &mut HeldTariff, wanted: u16, compares: bool, now: Timestamp) -> Step {
    if held.model == Some(wanted) {
        held.differs_since = None;
        let told = std::mem::take(&mut held.told);
        return Step {
            push: false,
            alarm: told.then_some(false),
        };
    }
    let since = *held.differs_since.get_or_insert(now);
    let late = !held.told && now.since(since) >= UNSYNCED_ALARM;
    held.told |= late;
    let patient = compares && held.model.is_none() && now < since + COMPARE_TIME;
    Step {
        push: !patient && held.pushed_at.is_none_or(|at| now >= at + PUSH_AGAIN),
        alarm: late.then_some(true),
    }
}
