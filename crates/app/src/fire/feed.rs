//! Reports of running charges on their way to their watch.

use super::Danger;
use crate::{App, AppError};
use device::{EndReason, Fault, PortReport};
use domain::alarm::{Alarm, AlarmCode};
use domain::fire::{Around, FireRule, FireSample, Hit, Watch};
use domain::order::{Order, OrderStatus};
use kernel::{OrderNo, PhyId, PortNo, Power};
use store::curves;
use tracing::warn;

/// A charge that has run so long when it is first seen ran before this program did, seconds.
const BEGAN_BEFORE_S: i64 = 120;
/// Curves that are read in one look.
const CURVES_MAX: usize = 50;

impl App {
    /// Hands a report of a charge to its watch. No database, no waiting.
    pub(crate) fn watch_fire(
        &self,
        order: &Order,
        power: Option<Power>,
        temperature_c: Option<i16>,
    ) {
        let cut = order.stop_reason == Some(EndReason::FireSafety);
        if order.status != OrderStatus::Charging || cut {
            return;
        }
        let known = self.live.read(&order.phy_id, |live| {
            let watched = live.protocol.serves_ebikes(&live.profile);
            let port = live.port(order.port_no).and_then(|port| port.temperature_c);
            // A device that has no sensor at its ports may have one of its own.
            let own = live.vitals.temperature_c.filter(|_| port.is_none());
            watched.then_some((live.station_id, temperature_c.or(own)))
        });
        let Some(Some((station, temperature_c))) = known else {
            return;
        };
        let limits = self.fire_limits_at(station);
        if limits.enabled == 0 {
            return;
        }
        let sample = FireSample {
            at: self.now(),
            power,
            temperature_c,
        };
        let around = self.around(order, station);
        let mut watch = self.fire.watches.entry(order.order_no).or_insert_with(|| {
            if order.duration_s > BEGAN_BEFORE_S {
                self.fire.unread.lock().push_back(order.order_no);
            }
            Watch::default()
        });
        let hit = watch.take(sample, &around);
        let samples = hit.map(|_| watch.evidence());
        drop(watch);
        if let (Some(hit), Some(samples)) = (hit, samples) {
            self.fire.add(Danger {
                device: order.phy_id.clone(),
                port: Some(order.port_no),
                order: Some(order.order_no),
                hit,
                limits,
                samples,
            });
        }
    }

    /// The same for a status report of a port.
    pub(crate) fn watch_report(&self, order: &Order, report: &PortReport) {
        let meter = report.meter.as_ref();
        let power = report.power.or_else(|| meter.and_then(|meter| meter.power));
        let heat = report.temperature_c;
        let heat = heat.or_else(|| meter.and_then(|meter| meter.temperature_c));
        self.watch_fire(order, power, heat);
    }

    fn around(&self, order: &Order, station: Option<i64>) -> Around {
        let plan = order.terms.plan.as_deref();
        let class = plan.and_then(|snapshot| snapshot.plan.class());
        let asked = order.power_limit.filter(|limit| *limit > Power::ZERO);
        Around {
            limits: self.fire_limits_at(station),
            class: [asked, class].into_iter().flatten().min(),
            started_at: order.start_time.unwrap_or(order.created_at),
        }
    }

    /// Alarms of the device itself that leave no port in doubt: smoke, leakage.
    pub(crate) fn notice_danger(&self, device: &PhyId, raised: &[Alarm]) {
        for alarm in raised {
            let Some((rule, port)) = danger_of(alarm) else {
                continue;
            };
            let place = self.live.read(device, |live| live.station_id);
            let limits = self.fire_limits_at(place.flatten());
            let locked = self.fire.locks.contains_key(&(device.clone(), port))
                || self.fire.locks.contains_key(&(device.clone(), None));
            if locked || limits.enabled == 0 {
                continue;
            }
            let order = port.and_then(|port| self.orders.on_port(device, port));
            let seen = order.and_then(|order_no| self.fire.watches.get(&order_no));
            let samples = seen.map(|watch| watch.evidence()).unwrap_or_default();
            self.fire.add(Danger {
                device: device.clone(),
                port,
                order,
                hit: Hit {
                    rule,
                    value: i64::from(alarm.fault_code.unwrap_or(0)),
                    threshold: 0,
                },
                limits,
                samples,
            });
        }
    }

    /// Power flows at a port that nothing charges at: the port is locked until somebody has looked.
    pub(crate) fn notice_stuck_relay(&self, device: &PhyId, port: PortNo, least: Power) {
        let held = |port| self.fire.locks.contains_key(&(device.clone(), port));
        if held(Some(port)) || held(None) {
            return;
        }
        let seen = self.live.read(device, |live| {
            let port = live.port(port)?;
            Some((live.station_id, port.power, port.temperature_c))
        });
        let Some((station, power, temperature_c)) = seen.flatten() else {
            return;
        };
        self.fire.add(Danger {
            device: device.clone(),
            port: Some(port),
            order: None,
            hit: Hit {
                rule: FireRule::RelayStuck,
                value: power.0,
                threshold: least.0,
            },
            limits: self.fire_limits_at(station),
            samples: vec![FireSample {
                at: self.now(),
                power: Some(power),
                temperature_c,
            }],
        });
    }

    /// Reads the curves of charges that ran before this program did.
    pub(super) async fn read_curves(&self) -> Result<(), AppError> {
        for _ in 0..CURVES_MAX {
            let Some(order_no) = self.fire.unread.lock().front().copied() else {
                break;
            };
            match self.read_curve(order_no).await {
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                // A damaged curve: its charge is watched from here on.
                Err(error) => warn!(%order_no, %error, "a curve was not read"),
                Ok(()) => {}
            }
            let mut unread = self.fire.unread.lock();
            unread.retain(|other| *other != order_no);
        }
        Ok(())
    }

    async fn read_curve(&self, order_no: OrderNo) -> Result<(), AppError> {
        let Some(order) = self.orders.peek(order_no).await else {
            return Ok(());
        };
        let mut view = self.db.view().await?;
        let points = curves::list(view.conn(), order_no).await?;
        drop(view);
        let station = self.live.read(&order.phy_id, |live| live.station_id);
        let around = self.around(&order, station.flatten());
        let earlier = points.into_iter().map(|point| FireSample {
            at: point.at,
            power: point.power,
            temperature_c: point.temperature_c,
        });
        if let Some(mut watch) = self.fire.watches.get_mut(&order_no) {
            watch.recall(earlier, &around);
        }
        Ok(())
    }
}

/// Smoke is a matter of the whole device, leakage of its port where one is named.
fn danger_of(alarm: &Alarm) -> Option<(FireRule, Option<PortNo>)> {
    let told = |fault: Fault| alarm.fault_code == Some(fault.code());
    if alarm.code == AlarmCode::Smoke || told(Fault::Smoke) {
        Some((FireRule::Smoke, None))
    } else if told(Fault::Leakage) {
        Some((FireRule::Leakage, alarm.port))
    } else {
        None
    }
}
