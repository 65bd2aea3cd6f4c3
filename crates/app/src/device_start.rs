//! Charges that a device began without an order of ours: the platform makes one, so that nothing
//! flows unbilled.

use crate::admission::at_device;
use crate::money::{Hold, Strictness};
use crate::origin::{Origin, serial_seed};
use crate::trace::{current_trace, new_trace};
use crate::transact::{Aftermath, announce};
use crate::{App, AppError};
use device::{ChargeKey, ChargeMode, DeviceStart, EndReport, Envelope, StartSource};
use domain::alarm::{Alarm, AlarmCode};
use domain::card::{Card, Vehicle};
use domain::order::{
    Begins, Context, DeviceSituation, Effect, Identified, NewOrder, Order, OrderEvent, OrderSource,
    PortFacts, RecordKind, Transition, apply, create,
};
use domain::payer::Payer;
use domain::request::{PortChoice, StartPlan};
use domain::settlement::Wishes;
use kernel::{DeviceId, Fen, OrderNo, PhyId, Timestamp};
use std::time::Duration;
use store::device_records::{self, NewRecord};
use store::{Tx, constraint, orders};
use tracing::{info, warn};

/// The first plausible device time: what lies before it is a clock that was never set.
const CLOCK_EPOCH: Timestamp = Timestamp::from_unix_seconds(1_577_836_800);

/// What is looked for when a device tells of a running charge.
fn sighting_of(charge: &ChargeKey, source: StartSource) -> Identified {
    if matches!(charge, ChargeKey::Serial(_)) && source.is_own() {
        Identified::Own
    } else {
        Identified::Running { duration_s: None }
    }
}

impl App {
    /// A device runs a charge that it began by itself.
    pub(crate) async fn began(&self, device: &PhyId, start: &DeviceStart) -> Result<(), AppError> {
        let sighting = sighting_of(&start.charge, start.source);
        let known = self
            .find_order(device, &start.charge, start.port, sighting)
            .await?;
        if let Some(order_no) = known {
            let event = OrderEvent::SeenCharging {
                charge: start.charge.clone(),
            };
            self.happened(order_no, event).await?;
            return Ok(());
        }
        if let Some(order_no) = self.orders.on_port(device, start.port) {
            if sighting == Identified::Own {
                self.happened(order_no, OrderEvent::OtherCharge).await?;
            }
            warn!(%device, port_no = start.port.0, charge = ?start.charge,
                "the device runs a charge of its own on a port that has an order");
            return Ok(());
        }
        let Some(order_no) = self.write_device_order(device, start).await? else {
            return Ok(());
        };
        let event = OrderEvent::SeenCharging {
            charge: start.charge.clone(),
        };
        self.happened(order_no, event).await?;
        info!(%device, %order_no, port_no = start.port.0, source = ?start.source,
            "order made of a charge that the device began");
        Ok(())
    }

    async fn write_device_order(
        &self,
        device: &PhyId,
        start: &DeviceStart,
    ) -> Result<Option<OrderNo>, AppError> {
        let Some(device_id) = self.live.read(device, |live| live.id) else {
            return Ok(None);
        };
        let made = self.device_order(device, device_id, start).await?;
        let order_no = made.order.order_no;
        let mut transition = made;
        let mut guard = self.orders.lock(order_no).await;
        let mut tx = self.db.begin().await?;
        let member = transition.order.payer.as_deref().and_then(Payer::member);
        let place = (device_id, start.port);
        let kept = self
            .overrun_reservation_in(&mut tx, place, member, order_no)
            .await?;
        let hold = self
            .hold_what_is_there(&mut tx, &mut transition.order)
            .await?;
        match orders::insert(tx.conn(), &mut transition.order).await {
            Ok(_) => {}
            Err(error) if error.violates(constraint::ONE_ACTIVE_ORDER_PER_PORT) => {
                tx.rollback().await?;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        }
        self.write_hold(&mut tx, &transition.order, hold, Wishes::default())
            .await?;
        let mut after = Aftermath::default();
        self.write_effects(&mut tx, &transition, "device", &mut after)
            .await?;
        guard.forget();
        tx.commit().await?;
        guard.store(transition.order.clone());
        drop(guard);
        announce(&transition);
        self.hint_order(&transition.order);
        self.follow_up(after);
        if let Some(row) = &kept {
            self.reservation_gone(row, false).await;
        }
        Ok(Some(order_no))
    }

    /// The energy flows already, or has flowed: what its payer has is held, and limits it.
    async fn hold_what_is_there(&self, tx: &mut Tx, order: &mut Order) -> Result<Hold, AppError> {
        let Some(payer) = order.payer.as_deref() else {
            return Ok(Hold::default());
        };
        let (number, wanted) = (order.order_no, order.amount);
        let hold = self
            .hold_in(tx, payer, number, wanted, Strictness::AsFarAsPossible)
            .await?;
        // No limit at all would be worse than the least one.
        order.amount = hold.limit.max(Fen(1));
        Ok(hold)
    }

    /// The order of a charge that began without one. It is never refused: the energy flows
    /// already, or has flowed.
    async fn device_order(
        &self,
        device: &PhyId,
        device_id: DeviceId,
        start: &DeviceStart,
    ) -> Result<Transition, AppError> {
        let now = self.now();
        let began = start
            .started_at
            .filter(|at| *at > CLOCK_EPOCH && *at <= now);
        let card = match &start.card_no {
            Some(number) => self.card_at(device, number).await?,
            None => None,
        };
        let plan = StartPlan {
            port: PortChoice::Number(start.port),
            parallel_port: None,
            charge_mode: card
                .as_ref()
                .map_or(ChargeMode::Full, |card| card.charge_mode),
            duration_s: card.as_ref().and_then(|card| card.duration_s),
            energy: card.as_ref().and_then(|card| card.energy),
            power_limit: None,
            amount: card.as_ref().map_or(Fen::ZERO, |card| card.limit),
            price_per_kwh: None,
            service_fee: None,
            plan_id: None,
            member_ref: None,
            notify_url: None,
        };
        let source = source_of(start.source);
        let mut tx = self.db.begin().await?;
        let order_no = self.numbers.next(tx.conn(), source, now).await?;
        let tariff = self
            .tariff_of(&mut tx, device, start.port, &plan, began.unwrap_or(now))
            .await?;
        let at = began.unwrap_or(now);
        let ebike = self
            .plan_of(
                &mut tx,
                (device_id, start.port),
                &plan,
                tariff.is_some(),
                at,
            )
            .await?;
        tx.commit().await?;
        let trade_no = if let ChargeKey::Serial(serial) = &start.charge {
            Some(serial.clone())
        } else {
            let (at, count) = serial_seed(order_no, source);
            let protocol = self.live.read(device, |live| live.protocol.clone());
            protocol.and_then(|known| known.serial(device, start.port, order_no, at, count))
        };
        let origin = Origin {
            card_no: card
                .as_ref()
                .map(|card| card.card_no.clone())
                .or_else(|| start.card_no.clone()),
            vin: start.vin.clone(),
            begins: Begins::ByDevice,
            ..Origin::from_source(source, false)
        };
        let vehicle = match &start.vin {
            Some(vin) if card.is_none() => self.vehicle_at(device, vin).await?,
            _ => None,
        };
        let payer = card
            .as_ref()
            .and_then(Card::payer)
            .or_else(|| vehicle.as_ref().and_then(Vehicle::payer));
        let known_card = start.card_no.is_none() || card.is_some();
        let new = NewOrder {
            order_no,
            device_id,
            phy_id: device.clone(),
            port_no: start.port,
            source,
            api_key_id: None,
            trace: Some(current_trace().unwrap_or_else(new_trace)),
            payer: payer.map(Box::new),
            card_no: origin.card_no,
            physical_card: None,
            vin: origin.vin,
            trade_no,
            proposed_session: session_of(&start.charge),
            parallel_no: None,
            begins: origin.begins,
            tariff,
            ebike,
            plan,
        };
        let mut policy = self.policy_of(device);
        policy.service_fee_mode = at_device("device", self).service_fee_mode;
        let ctx = Context {
            now,
            policy: &policy,
            port_taken: false,
        };
        let mut transition = create(new, &anything_goes(), &ctx)
            .map_err(|refusal| AppError::Internal(refusal.to_string()))?;
        if !known_card {
            transition.order.abnormal = true;
            transition.order.abnormal_reason = Some("card is not known".to_owned());
        }
        Ok(transition)
    }

    /// A record of a charge that nobody knows, but that its device says it began by itself: it
    /// becomes an order that has ended, billed and marked. False when the record does not say so.
    pub(crate) async fn file_record(
        &self,
        envelope: &Envelope,
        report: &EndReport,
        record: &NewRecord,
    ) -> Result<bool, AppError> {
        let Some(details) = &report.details else {
            return Ok(false);
        };
        let own = matches!(
            details.source,
            StartSource::OfflineCard | StartSource::Local | StartSource::Card | StartSource::Vin
        );
        if !own || report.charge == ChargeKey::Port {
            return Ok(false);
        }
        let now = self.now();
        let charged = Duration::from_secs(u64::from(report.duration_s));
        let ended = report.ended_at.filter(|at| *at > CLOCK_EPOCH && *at <= now);
        let started = details
            .started_at
            .filter(|at| *at > CLOCK_EPOCH && *at <= now)
            .unwrap_or_else(|| ended.unwrap_or(now) - charged);
        let start = DeviceStart {
            charge: report.charge.clone(),
            port: report.port,
            source: match details.source {
                // What was not reported while it ran was begun while the device was away.
                StartSource::Card => StartSource::OfflineCard,
                other => other,
            },
            card_no: report
                .card_no
                .clone()
                .or_else(|| details.physical_card.clone()),
            vin: details.vin.clone(),
            started_at: Some(started),
        };
        let made = self
            .device_order(&envelope.device, record.device_id, &start)
            .await?;
        let mut order = made.order.clone();
        order.created_at = started;
        order.start_time = None;
        let policy = self.policy_of(&envelope.device);
        let ctx = Context {
            now,
            policy: &policy,
            port_taken: true,
        };
        let ended = apply(&order, OrderEvent::Ended(report.clone()), &ctx)
            .map_err(|refusal| AppError::Internal(refusal.to_string()))?;
        self.write_filed(envelope, joined(made, ended), record)
            .await?;
        Ok(true)
    }

    async fn write_filed(
        &self,
        envelope: &Envelope,
        mut transition: Transition,
        record: &NewRecord,
    ) -> Result<(), AppError> {
        let mut tx: Tx = self.db.begin().await?;
        let since = self.now() - crate::charge_events::CANDIDATES_BACK;
        let same =
            device_records::find_same(tx.conn(), record.device_id, &record.natural_key, since);
        if same.await?.is_some() {
            tx.rollback().await?;
            return Ok(());
        }
        let hold = self
            .hold_what_is_there(&mut tx, &mut transition.order)
            .await?;
        orders::insert(tx.conn(), &mut transition.order).await?;
        self.write_hold(&mut tx, &transition.order, hold, Wishes::default())
            .await?;
        let mut record = record.clone();
        record.kind = RecordKind::Matched;
        record.order_no = Some(transition.order.order_no);
        device_records::insert(tx.conn(), &record).await?;
        let mut after = Aftermath::default();
        self.write_effects(&mut tx, &transition, "device", &mut after)
            .await?;
        if transition.order.abnormal {
            let alarm = Alarm::of_order(
                AlarmCode::OrderOrphan,
                transition.order.port_no,
                transition.order.order_no,
                "a record of a charge that nobody knows by its card",
            );
            let (device, id) = (&envelope.device, record.device_id);
            self.raise_in(&mut tx, device, id, &alarm, &mut after)
                .await?;
        }
        tx.commit().await?;
        announce(&transition);
        self.hint_order(&transition.order);
        self.follow_up(after);
        info!(device = %envelope.device, order_no = %transition.order.order_no,
            "order made of a record");
        Ok(())
    }
}

/// One transition out of two that are stored at once. The port is left alone: the charge is
/// over, and another may run there.
fn joined(first: Transition, second: Transition) -> Transition {
    let abnormal = first.order.abnormal;
    let reason = first.order.abnormal_reason.clone();
    let mut order = second.order;
    if abnormal && !order.abnormal {
        order.abnormal = true;
        order.abnormal_reason = reason;
    }
    let effects = first
        .effects
        .into_iter()
        .chain(second.effects)
        .filter(|effect| !matches!(effect, Effect::Port(_) | Effect::WithdrawCommands))
        .collect();
    Transition {
        order,
        effects,
        change: second.change,
    }
}

fn anything_goes() -> DeviceSituation<'static> {
    DeviceSituation {
        status: domain::device_status::DeviceStatus::Active,
        online: true,
        may_queue: false,
        overloaded: false,
        port: Some(PortFacts {
            state: device::PortState::Plugged,
            active: None,
        }),
        check: Ok(()),
    }
}

const fn source_of(source: StartSource) -> OrderSource {
    match source {
        StartSource::Card => OrderSource::Card,
        StartSource::Vin => OrderSource::Vin,
        StartSource::Remote
        | StartSource::OfflineCard
        | StartSource::Local
        | StartSource::Unknown => OrderSource::Offline,
    }
}

const fn session_of(charge: &ChargeKey) -> Option<u16> {
    match charge {
        ChargeKey::Session(number) => Some(*number),
        ChargeKey::Order(_) | ChargeKey::Serial(_) | ChargeKey::Port => None,
    }
}
