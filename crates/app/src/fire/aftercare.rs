//! Whether power still flows after it was cut off.

use super::Flowing;
use crate::cluster::Reach;
use crate::transact::Aftermath;
use crate::{App, AppError};
use device::Command;
use domain::alarm::{Alarm, AlarmCode};
use kernel::{Power, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::{fire_cut_offs, orders};
use tracing::{error, info, warn};

/// More than this is power, not the device's own need.
const FLOWS: Power = Power::from_watts(5);
/// Power that flows so long after the cut-off means that it failed.
const FAILED_AFTER: Duration = Duration::from_mins(1);
/// A charge whose order is over is stopped again so often …
const REPEAT_EVERY: Duration = Duration::from_secs(30);
/// … and no more than so many times.
const REPEATS_MAX: u32 = 240;
/// After so long without power and without a word the matter rests; the lock does not.
const REST_AFTER: Duration = Duration::from_hours(24);

impl App {
    /// Looks at every cut-off after which power may still flow.
    pub(super) async fn look_after_cut_offs(self: &Arc<Self>) -> Result<(), AppError> {
        let all = self.fire.flowing.lock().clone();
        for flowing in all {
            let next = self.look_after(flowing.clone()).await?;
            let mut list = self.fire.flowing.lock();
            list.retain(|other| other.id != flowing.id);
            list.extend(next);
        }
        Ok(())
    }

    /// What is left to look after; none when power is off.
    async fn look_after(&self, mut flowing: Flowing) -> Result<Option<Flowing>, AppError> {
        let now = self.now();
        let runs = self.runs(&flowing);
        let over = now.since(flowing.at) >= REST_AFTER;
        if !runs || over {
            self.power_is_off(&flowing, now).await?;
            return Ok(None);
        }
        if !flowing.failed && now.since(flowing.at) >= FAILED_AFTER {
            self.escalate(&flowing).await?;
            flowing.failed = true;
        }
        if now.since(flowing.told_at) >= REPEAT_EVERY && flowing.repeats < REPEATS_MAX {
            flowing.told_at = now;
            flowing.repeats += 1;
            self.stop_again(&flowing).await?;
        }
        Ok(Some(flowing))
    }

    /// Whether a charge is under way there, or power flows.
    fn runs(&self, flowing: &Flowing) -> bool {
        let device = &flowing.device;
        let held = match flowing.port {
            Some(port) => self.orders.on_port(device, port).is_some(),
            None => !self.orders.of_device(device).is_empty(),
        };
        let draws = self.live.read(device, |live| {
            let mut ports = live.ports.iter();
            ports.any(|port| {
                flowing.port.is_none_or(|wanted| wanted == port.port) && port.power > FLOWS
            })
        });
        held || draws == Some(true)
    }

    async fn power_is_off(&self, flowing: &Flowing, now: Timestamp) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        fire_cut_offs::set_state(direct.conn(), flowing.id, "off", Some(now)).await?;
        drop(direct);
        info!(device = %flowing.device, cut_off = flowing.id, "power is off");
        let mut cleared = Vec::new();
        if flowing.failed {
            cleared.push(about(AlarmCode::CutOffFailed, flowing));
        }
        if !flowing.rule.locks() {
            cleared.push(about(flowing.rule.alarm(), flowing));
        }
        self.change_alarms(&flowing.device, &[], &cleared).await
    }

    /// Says so, and takes the device out of service where it has such a command.
    async fn escalate(&self, flowing: &Flowing) -> Result<(), AppError> {
        error!(device = %flowing.device, cut_off = flowing.id, "power flows after a cut-off");
        let mut direct = self.db.direct().await?;
        fire_cut_offs::set_state(direct.conn(), flowing.id, "failed", None).await?;
        drop(direct);
        let alarm = about(AlarmCode::CutOffFailed, flowing);
        self.change_alarms(&flowing.device, &[alarm], &[]).await?;
        for port in [flowing.port, None] {
            let command = Command::SetService {
                port,
                in_service: false,
            };
            let takes = self.live.read(&flowing.device, |live| {
                live.protocol.check(&live.profile, &command).is_ok()
            });
            if takes == Some(true) {
                let sent = self.send_command("fire safety", &flowing.device, command, None);
                if let Err(error) = sent.await {
                    warn!(device = %flowing.device, %error, "not taken out of service");
                }
                break;
            }
        }
        Ok(())
    }

    /// The order's own rules repeat the stop while it lives; afterwards this does.
    async fn stop_again(&self, flowing: &Flowing) -> Result<(), AppError> {
        let device = &flowing.device;
        let held = match flowing.port {
            Some(port) => self.orders.on_port(device, port).into_iter().collect(),
            None => self.orders.of_device(device),
        };
        if !held.is_empty() {
            for order_no in held {
                self.stop_for_safety(order_no).await?;
            }
            return Ok(());
        }
        let Some(order_no) = flowing.order else {
            return Ok(());
        };
        let mut after = Aftermath::default();
        let mut tx = self.db.begin().await?;
        let Some(order) = orders::find_by_no(tx.conn(), order_no).await? else {
            return Ok(());
        };
        let reach = self.reach_of(device);
        let command = order.stop_command();
        if reach != Reach::Away {
            let here = reach == Reach::Here;
            self.store_order_command(&mut tx, &order, command, here, &mut after)
                .await?;
        }
        tx.commit().await?;
        self.follow_up(after);
        Ok(())
    }
}

pub(super) fn about(code: AlarmCode, flowing: &Flowing) -> Alarm {
    Alarm {
        port: flowing.port,
        ..Alarm::of_device(code, flowing.rule.title())
    }
}
