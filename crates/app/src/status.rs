//! Status reports that change something: the transactional half of [`crate::absorb`].

use crate::absorb::is_running;
use crate::charge_events::log_progress;
use crate::{App, AppError};
use device::{ChargeKey, PortReport, Vitals};
use domain::order::{Identified, OrderEvent, OrderStatus, events_of_report};
use kernel::{OrderNo, PhyId, PortNo};
use store::ports;

impl App {
    pub(crate) async fn status(
        &self,
        device: &PhyId,
        vitals: Vitals,
        reports: &[PortReport],
    ) -> Result<(), AppError> {
        let believed = self.of_real_ports(device, reports);
        self.make_ports(device, &believed).await?;
        let mut steps = Vec::with_capacity(believed.len());
        let (mut raised, mut cleared) = (Vec::new(), Vec::new());
        for report in believed.iter() {
            let status = self.tell_order(device, report).await?;
            let Some(step) = self.observe(device, report, status, self.now()) else {
                return Ok(());
            };
            raised.extend(step.raised.iter().cloned());
            cleared.extend(step.cleared.iter().cloned());
            steps.push(step);
        }
        self.notice_danger(device, &raised);
        self.change_alarms(device, &raised, &cleared).await?;
        self.take_status(device, vitals, &believed, steps, self.now());
        Ok(())
    }

    /// Makes rows for ports that the device speaks of for the first time.
    async fn make_ports(&self, device: &PhyId, reports: &[PortReport]) -> Result<(), AppError> {
        let new: Option<(_, Vec<PortNo>)> = self.live.read(device, |live| {
            let unknown = reports
                .iter()
                .filter(|report| live.port(report.port).is_none());
            (live.id, unknown.map(|report| report.port).collect())
        });
        let Some((device_id, new)) = new.filter(|(_, new)| !new.is_empty()) else {
            return Ok(());
        };
        let mut direct = self.db.direct().await?;
        ports::ensure(direct.conn(), device_id, &new, self.now()).await?;
        drop(direct);
        self.live.change(device, |live| {
            for port in new {
                live.port_mut(port);
            }
        });
        Ok(())
    }

    /// Tells the order of a port what the device says of it. Returns its status afterwards.
    async fn tell_order(
        &self,
        device: &PhyId,
        report: &PortReport,
    ) -> Result<Option<OrderStatus>, AppError> {
        let Some(order_no) = self.orders.on_port(device, report.port) else {
            if is_running(report) {
                self.unclaimed(device, report).await?;
            }
            return Ok(None);
        };
        let now = self.now();
        let order = self.orders.peek(order_no).await;
        let mut status = order.as_ref().map(|order| order.status);
        let events = order
            .map(|order| events_of_report(report, &order, now))
            .unwrap_or_default();
        for event in events {
            let meter = match &event {
                OrderEvent::Progress(meter) => Some(meter.clone()),
                _ => None,
            };
            if let Some(applied) = self.happened(order_no, event).await? {
                status = Some(applied.order.status);
                if let Some(meter) = meter {
                    log_progress(&applied.order);
                    self.note_curve(&applied.order, &meter);
                }
            }
        }
        if let Some(order) = self.orders.peek(order_no).await {
            self.watch_report(&order, report);
        }
        Ok(status.filter(|status| status.is_active()))
    }

    /// A charge on a port without an active order: it may be one that was ended provisionally.
    async fn unclaimed(&self, device: &PhyId, report: &PortReport) -> Result<(), AppError> {
        if let Some(meter) = &report.meter {
            return self.progress(device, meter).await;
        }
        let charge = match &report.charge {
            Some(charge) if *charge != ChargeKey::Port => charge.clone(),
            _ => return Ok(()),
        };
        let sighting = Identified::Running { duration_s: None };
        let found: Option<OrderNo> = self
            .find_order(device, &charge, report.port, sighting)
            .await?;
        if let Some(order_no) = found {
            self.happened(order_no, OrderEvent::SeenCharging { charge })
                .await?;
        }
        Ok(())
    }
}
