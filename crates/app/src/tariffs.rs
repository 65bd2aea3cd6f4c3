//! Which prices apply where, and which prices devices hold.

use crate::{App, AppError};
use device::{Command, Outcome, TariffTable, TariffUse};
use domain::alarm::{Alarm, AlarmCode};
use domain::order::TariffSnapshot;
use domain::request::StartPlan;
use kernel::{ClockSet, DeviceId, PhyId, PortNo, Timestamp};
use std::collections::HashMap;
use std::time::Duration;
use store::Tx;
use store::tariffs::{self, PushNote};
use tracing::{info, warn};

/// Prices that a device did not take, after as many tries as its protocol makes, are pushed
/// again after so long.
const PUSH_AGAIN: Duration = Duration::from_mins(5);

/// A push without any answer is given up after so long.
const PUSH_LOST: Duration = Duration::from_mins(30);

/// A device that compares by itself has done so after this time.
const COMPARE_TIME: Duration = Duration::from_mins(1);

/// A device that asks the same again and again is written down so often.
const NOTE_AGAIN: Duration = Duration::from_hours(1);

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
    /// What it asked last that was written down, and when: first whether it holds the right
    /// ones, then for them.
    noted: [Option<(Asked, Timestamp)>; 2],
    /// What was last stored of what it holds.
    stored: Option<u16>,
}

/// What a device said it holds, and what it was told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    said: Option<u16>,
    wanted: Option<u16>,
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

    /// Somebody set the clock.
    pub(crate) fn clock_was_set(&mut self, set: &ClockSet) {
        set.move_some(&mut self.differs_since);
        set.move_some(&mut self.noticed);
        if let Some(pushed) = &mut self.pushed {
            pushed.at = set.moved(pushed.at);
        }
        for noted in self.noted.iter_mut().flatten() {
            noted.1 = set.moved(noted.1);
        }
    }

    /// Whether that it asked is written down, which it then counts as: piles without prices ask
    /// all the time.
    fn is_noteworthy(&mut self, asked: Asked, now: Timestamp) -> bool {
        let [checks, requests] = &mut self.noted;
        let noted = if asked.said.is_some() {
            checks
        } else {
            requests
        };
        let due = noted.is_none_or(|(known, at)| known != asked || now >= at + NOTE_AGAIN);
        if due {
            *noted = Some((asked, now));
        }
        due
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
        let asked = Asked {
            said: model,
            wanted: table.as_ref().map(|table| table.model),
        };
        self.note_asked((device_id, device), asked).await?;
        self.prices_missing(device, asked.wanted.is_none()).await?;
        Ok(table)
    }

    async fn note_asked(
        &self,
        (device_id, device): (DeviceId, &PhyId),
        asked: Asked,
    ) -> Result<(), AppError> {
        let Asked { said, wanted } = asked;
        let now = self.now();
        let step = self.live.change(device, |live| {
            let tariff = &mut live.tariff;
            // A device that asks for them holds the answer from now on; without one it holds
            // what it held.
            let held = said.or(wanted).or(tariff.model);
            tariff.model = held;
            let changed = std::mem::replace(&mut tariff.stored, held) != held;
            (held, changed, tariff.is_noteworthy(asked, now))
        });
        let Some((held, changed, noteworthy)) = step else {
            return Ok(());
        };
        if !changed && !noteworthy {
            return Ok(());
        }
        let note = noteworthy.then(|| {
            let same = wanted.is_some() && wanted == said;
            PushNote {
                device_id,
                phy_id: device.clone(),
                model_no: wanted.or(said).unwrap_or(0),
                result: if same { "same" } else { "asked" }.to_owned(),
                detail: said.map(|held| format!("device holds {held:04}")),
                at: now,
            }
        });
        let synced = wanted.is_some() && held == wanted;
        let written = self.write_held(device_id, (held, synced), note).await;
        if written.is_err() {
            self.live.change(device, |live| {
                live.tariff.noted = Default::default();
                live.tariff.stored = None;
            });
        }
        written
    }

    async fn write_held(
        &self,
        device_id: DeviceId,
        (held, synced): (Option<u16>, bool),
        note: Option<PushNote>,
    ) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        if let Some(note) = &note {
            tariffs::note_push(tx.conn(), note).await?;
        }
        tariffs::set_held(tx.conn(), device_id, held, synced, self.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins or ends the alarm about a device that wants prices and has none: it stays locked,
    /// and somebody has to give it some.
    async fn prices_missing(&self, device: &PhyId, missing: bool) -> Result<(), AppError> {
        let open = self.live.read(device, |live| {
            live.has_condition(AlarmCode::TariffMissing, None)
        });
        if open.is_none_or(|open| open == missing) {
            return Ok(());
        }
        let alarm = Alarm::of_device(AlarmCode::TariffMissing, "no tariff applies to the device");
        let (on, off) = if missing {
            (vec![alarm], Vec::new())
        } else {
            (Vec::new(), vec![alarm])
        };
        self.change_alarms(device, &on, &off).await
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
        let mut priced = Vec::new();
        for device in self.sessions.devices() {
            let step = self.live.change(&device, |live| {
                let open = live.has_condition(AlarmCode::TariffUnsynced, None);
                let usage = live.protocol.tariff_use(&live.profile);
                let model = wanted.get(&live.id);
                let step = match model {
                    Some(model) if usage != TariffUse::None => {
                        let compares = usage == TariffUse::Compares;
                        differs(&mut live.tariff, *model, compares, open, now)
                    }
                    _ => agrees(&mut live.tariff, open),
                };
                (step, model.is_some())
            });
            let Some((step, has_prices)) = step else {
                continue;
            };
            if has_prices {
                priced.push(device.clone());
            }
            if let Some(open) = step.alarm {
                raised.push((device.clone(), open));
            }
            if step.push && self.orders.of_device(&device).is_empty() {
                due.push(device);
            }
        }
        for device in priced {
            self.prices_missing(&device, false).await?;
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
            self.live.change(phy_id, |live| {
                live.tariff.model = model;
                live.tariff.stored = model;
            });
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
