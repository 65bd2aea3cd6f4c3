//! What a device says about charges: it begins one, it meters one, it ends one.

use crate::attachment::Attachment;
use crate::transact::Aftermath;
use crate::{App, AppError, LiveDevice};
use device::{ChargeConfirmation, ChargeKey, EndReport, Envelope, Progress, RecordDetails};
use domain::alarm::{Alarm, AlarmCode};
use domain::order::{Identified, Order, OrderEvent, OrderStatus, RecordKind, identify};
use domain::quality::Rule;
use domain::webhook::kwh;
use kernel::{OrderNo, PhyId, PortNo, Timestamp};
use std::time::Duration;
use store::device_records::{self, NewRecord};
use store::orders;
use tracing::{info, warn};

/// Ended orders answer to a report for so long.
pub(crate) const CANDIDATES_BACK: Duration = Duration::from_hours(24);

impl App {
    pub(crate) async fn confirmed(
        &self,
        device: &PhyId,
        confirmation: &ChargeConfirmation,
    ) -> Result<(), AppError> {
        let report = Identified::Running { duration_s: None };
        let found = self
            .find_order(device, &confirmation.charge, confirmation.port, report)
            .await?;
        let Some(order_no) = found else {
            warn!(%device, port_no = confirmation.port.0, "confirmation of an unknown order");
            return Ok(());
        };
        let event = OrderEvent::Confirmed {
            accepted: confirmation.accepted,
        };
        self.happened(order_no, event).await?;
        Ok(())
    }

    pub(crate) async fn progress(
        &self,
        device: &PhyId,
        progress: &Progress,
    ) -> Result<(), AppError> {
        let has_port = |live: &LiveDevice| live.has_port(progress.port);
        if self.live.read(device, has_port) == Some(false) {
            // Counted against the device, and nobody's charge.
            return Ok(());
        }
        let report = Identified::Running {
            duration_s: Some(progress.duration_s),
        };
        let found = self
            .find_order(device, &progress.charge, progress.port, report)
            .await?;
        if let Some(order_no) = found {
            let event = OrderEvent::Progress(progress.clone());
            if let Some(applied) = self.happened(order_no, event).await?
                && applied.order.status.is_active()
            {
                log_progress(&applied.order);
                self.note_curve(&applied.order, progress);
                self.watch_fire(&applied.order, progress.power, progress.temperature_c);
            }
        } else {
            warn!(%device, port_no = progress.port.0, charge = ?progress.charge,
                "progress of an unknown charge");
        }
        self.meter_port(device, progress, self.now());
        Ok(())
    }

    /// An end report: stored with its evidence, matched with its order, billed, and only then
    /// acknowledged.
    pub(crate) async fn ended(
        &self,
        envelope: &Envelope,
        report: &EndReport,
    ) -> Result<(), AppError> {
        let device = &envelope.device;
        let own = report.details.as_ref().is_some_and(|d| d.source.is_own());
        let unnamed = matches!(report.charge, ChargeKey::Serial(_) | ChargeKey::Port);
        let wanted = if own && unnamed {
            Identified::Own
        } else {
            Identified::Ended {
                duration_s: report.duration_s,
                energy: report.energy,
            }
        };
        let Some(record) = self.record_of(envelope, report) else {
            return Ok(());
        };
        let found = self
            .find_order(device, &report.charge, report.port, wanted)
            .await?;
        if let Some(order_no) = found {
            let event = OrderEvent::Ended(report.clone());
            let attachment = Attachment::Record(Box::new(record.clone()));
            if let Some(applied) = self.apply(order_no, event, attachment, "device").await? {
                let kind = applied.record.unwrap_or(RecordKind::Matched);
                metrics::counter!("openpile_end_reports_total", "kind" => kind.as_str())
                    .increment(1);
                info!(%device, order_no = %order_no, port_no = report.port.0,
                    kind = kind.as_str(), "end report stored");
                return Ok(());
            }
        }
        if self.file_record(envelope, report, &record).await? {
            return Ok(());
        }
        self.orphan(device, report, record).await
    }

    /// An end report of no order of ours: evidence and an alarm, once.
    async fn orphan(
        &self,
        device: &PhyId,
        report: &EndReport,
        record: NewRecord,
    ) -> Result<(), AppError> {
        let since = self.now() - CANDIDATES_BACK;
        let mut tx = self.db.begin().await?;
        let same =
            device_records::find_same(tx.conn(), record.device_id, &record.natural_key, since);
        if same.await?.is_some() {
            tx.rollback().await?;
            return Ok(());
        }
        device_records::insert(tx.conn(), &record).await?;
        let mut after = Aftermath::default();
        let details = format!("end report of an unknown charge {:?}", report.charge);
        let alarm = Alarm::of_port(AlarmCode::OrderOrphan, report.port, details);
        self.raise_in(&mut tx, device, record.device_id, &alarm, &mut after)
            .await?;
        tx.commit().await?;
        self.follow_up(after);
        metrics::counter!("openpile_end_reports_total", "kind" => "orphan").increment(1);
        self.broke(
            device,
            Rule::UnknownOrder,
            Some(report.port),
            None,
            Some(&record.raw),
        );
        warn!(%device, port_no = report.port.0, "end report of an unknown charge stored");
        Ok(())
    }

    /// The order that a report is about: from memory when it is plain, else from the database.
    pub(crate) async fn find_order(
        &self,
        device: &PhyId,
        charge: &ChargeKey,
        port: PortNo,
        report: Identified,
    ) -> Result<Option<OrderNo>, AppError> {
        let Some(device_id) = self.live.read(device, |live| live.id) else {
            return Ok(None);
        };
        if let Some(order_no) = self.orders.on_port(device, port)
            && let Some(order) = self.orders.peek(order_no).await
            && *charge != ChargeKey::Port
            && is_named(charge, &order)
        {
            return Ok(Some(order_no));
        }
        let now = self.now();
        let held = self.orders.on_port(device, port).is_some();
        let runs_alone = matches!(report, Identified::Running { .. }) && !held;
        if runs_alone && self.is_strange(device, port, charge, now) {
            return Ok(None);
        }
        let number = match charge {
            ChargeKey::Order(order_no) => Some(*order_no),
            ChargeKey::Session(_) | ChargeKey::Serial(_) | ChargeKey::Port => None,
        };
        let mut view = self.db.view().await?;
        if let ChargeKey::Serial(serial) = charge
            && let Some(order) = orders::find_by_trade_no(view.conn(), device_id, serial).await?
        {
            return Ok(Some(order.order_no));
        }
        let since = now - CANDIDATES_BACK;
        let candidates: Vec<Order> =
            orders::candidates(view.conn(), device_id, port, number, since).await?;
        drop(view);
        let found = identify(charge, port, report, &candidates, now).map(|order| order.order_no);
        if runs_alone && found.is_none() {
            self.live.change(device, |live| {
                if live.has_port(port) {
                    live.port_mut(port).strange = Some(Box::new((charge.clone(), now)));
                }
            });
        }
        Ok(found)
    }

    fn is_strange(&self, device: &PhyId, port: PortNo, charge: &ChargeKey, now: Timestamp) -> bool {
        let known = self.live.read(device, |live| {
            live.port(port)
                .is_some_and(|port| port.is_strange(charge, now))
        });
        known == Some(true)
    }

    /// The evidence of an end report; `None` when the device is not ours any more.
    fn record_of(&self, envelope: &Envelope, report: &EndReport) -> Option<NewRecord> {
        Some(NewRecord {
            device_id: self.live.read(&envelope.device, |live| live.id)?,
            phy_id: envelope.device.clone(),
            port_no: report.port,
            natural_key: natural_key(report),
            order_no: None,
            kind: RecordKind::Orphan,
            report: values_of(report, envelope.device_time),
            raw: envelope.raw.clone().unwrap_or_default(),
            device_time: report.ended_at.or(envelope.device_time),
            at: envelope.at,
        })
    }
}

/// Whether a device means this active order by that name, without any doubt.
pub(crate) fn is_named(charge: &ChargeKey, order: &Order) -> bool {
    match charge {
        ChargeKey::Order(number) => *number == order.order_no,
        ChargeKey::Session(number) => order.business_no == Some(*number),
        ChargeKey::Serial(serial) => order.trade_no.as_ref() == Some(serial),
        ChargeKey::Port => order.status == OrderStatus::Charging,
    }
}

/// One line per report of a running charge.
pub(crate) fn log_progress(order: &Order) {
    info!(device = %order.phy_id, order_no = %order.order_no, port_no = order.port_no.0,
        duration = order.duration_s, kwh = kwh(order.energy), power = order.current_power.watts(),
        "charging progress updated");
}

/// Under which a repeat of the same report is recognised. Live values differ between repeats
/// (the power at the moment of sending), so only what describes the charge itself is in it.
fn natural_key(report: &EndReport) -> String {
    let charge = match &report.charge {
        ChargeKey::Order(order_no) => order_no.to_string(),
        ChargeKey::Session(number) => format!("session {number}"),
        ChargeKey::Serial(serial) => serial.clone(),
        ChargeKey::Port => "port".to_owned(),
    };
    format!(
        "{charge}/{}/{}/{}",
        report.port, report.duration_s, report.energy.0
    )
}

fn details_of(details: &RecordDetails) -> serde_json::Value {
    serde_json::json!({
        "source": details.source,
        "started_at": details.started_at.map(Timestamp::unix_seconds),
        "vin": details.vin,
        "physical_card": details.physical_card,
        "meter_e4": details.meter.map(|(before, after)| [before.0, after.0]),
        "soc": details.soc.map(|(before, after)| [before, after]),
        "split": details.split,
        "doubts": details.doubts,
    })
}

fn values_of(report: &EndReport, device_time: Option<Timestamp>) -> serde_json::Value {
    serde_json::json!({
        "duration_s": report.duration_s,
        "energy_e4": report.energy.0,
        "device_amount_fen": report.device_amount.map(|amount| amount.0),
        "reason": report.reason.as_str(),
        "reason_raw": report.reason_raw,
        "peak_power_w": report.peak_power.map(kernel::Power::watts),
        "tier_minutes": report.tier_minutes,
        "card_no": report.card_no,
        "device_time": device_time.map(Timestamp::unix_seconds),
        "details": report.details.as_deref().map(details_of),
    })
}
