//! A rule is broken: power off first, then everything else.

use super::{Danger, Flowing};
use crate::attachment::Attachment;
use crate::transact::Aftermath;
use crate::{App, AppError};
use channels::sms::Sms;
use device::{EndReason, PortState};
use domain::alarm::Alarm;
use domain::fire::{FireRule, Hit};
use domain::message::Message;
use domain::order::{Actor, Order, OrderEvent};
use kernel::{MemberId, OrderNo, PhyId, PortNo};
use serde_json::json;
use std::sync::Arc;
use store::fire_cut_offs::{self, NewCutOff};
use store::{members, ports, stations};
use tracing::{debug, error};

impl App {
    /// Cuts off everything that broke a rule.
    ///
    /// # Errors
    /// When the database is away: what was not done waits.
    pub async fn guard_fires(self: &Arc<Self>) -> Result<(), AppError> {
        loop {
            let next = self.fire.dangers.lock().front().cloned();
            let Some(danger) = next else {
                return Ok(());
            };
            match self.cut_off(&danger).await {
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                Err(error) => {
                    error!(device = %danger.device, rule = danger.hit.rule.as_str(), %error,
                        "a cut-off was not written down");
                }
                Ok(()) => {}
            }
            let mut dangers = self.fire.dangers.lock();
            dangers.pop_front();
        }
    }

    async fn cut_off(self: &Arc<Self>, danger: &Danger) -> Result<(), AppError> {
        let (device, rule) = (&danger.device, danger.hit.rule);
        let Some((device_id, station_id, all)) = self.live.read(device, |live| {
            let ports: Vec<PortNo> = live.ports.iter().map(|port| port.port).collect();
            (live.id, live.station_id, ports)
        }) else {
            return Ok(());
        };
        let struck: Vec<OrderNo> = match danger.port {
            Some(_) => danger.order.into_iter().collect(),
            None => self.orders.of_device(device),
        };
        let mut orders = Vec::with_capacity(struck.len());
        for order_no in struck {
            orders.extend(self.stop_for_safety(order_no).await?);
        }
        error!(%device, port_no = danger.port.map(|port| port.0), rule = rule.as_str(),
            value = danger.hit.value, threshold = danger.hit.threshold, "power cut off");
        metrics::counter!("openpile_fire_cut_offs_total", "rule" => rule.as_str()).increment(1);
        let now = self.now();
        let new = NewCutOff {
            device_id,
            phy_id: device.clone(),
            port_no: danger.port,
            station_id,
            order_no: danger.order,
            rule: rule.as_str(),
            value: danger.hit.value,
            threshold: danger.hit.threshold,
            limits: json!(danger.limits),
            samples: json!(danger.samples),
            at: now,
            locked: rule.locks(),
        };
        let locked = match danger.port {
            Some(port) => vec![port],
            None => all,
        };
        let mut after = Aftermath::default();
        let mut tx = self.db.begin().await?;
        let id = fire_cut_offs::insert(tx.conn(), &new).await?;
        if rule.locks() {
            for port in &locked {
                let holder = self.orders.on_port(device, *port);
                let state = PortState::Disabled;
                ports::set_state(tx.conn(), device_id, *port, state, holder, now).await?;
            }
        }
        let alarm = alarm_of(rule, danger);
        self.raise_in(&mut tx, device, device_id, &alarm, &mut after)
            .await?;
        for order in &orders {
            let message = Message::cut_off(order.order_no, rule.title());
            self.tell_in(&mut tx, member_of(order), &message).await?;
        }
        tx.commit().await?;
        if rule.locks() {
            let place = (device.clone(), danger.port);
            self.fire.locks.entry(place).or_default().push(id);
            self.lock_ports(device, &locked);
        }
        self.fire.flowing.lock().push(Flowing {
            id,
            device: device.clone(),
            port: danger.port,
            rule,
            order: danger.order,
            at: now,
            told_at: now,
            repeats: 0,
            failed: false,
        });
        self.follow_up(after);
        for order in orders {
            self.text_of_cut_off(&order, station_id, rule);
        }
        Ok(())
    }

    /// Stops a charge for fire safety; none when it is over.
    pub(super) async fn stop_for_safety(
        &self,
        order_no: OrderNo,
    ) -> Result<Option<Order>, AppError> {
        let event = OrderEvent::StopRequested {
            reason: EndReason::FireSafety,
            actor: Actor::Platform,
        };
        match self
            .apply(order_no, event, Attachment::None, "fire safety")
            .await
        {
            Ok(applied) => Ok(applied.map(|applied| applied.order)),
            Err(AppError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn lock_ports(&self, device: &PhyId, ports: &[PortNo]) {
        self.live.change(device, |live| {
            for port in ports {
                let port = live.port_mut(*port);
                port.memory.state = PortState::Disabled;
                port.dirty = true;
            }
        });
    }

    /// Tells the member by short message, beside everything else: it may fail.
    fn text_of_cut_off(self: &Arc<Self>, order: &Order, station: Option<i64>, rule: FireRule) {
        let Some(member) = member_of(order) else {
            return;
        };
        let (app, port) = (self.clone(), order.port_no);
        self.chores.spawn(async move {
            if let Err(error) = app.send_cut_off(member, station, port, rule).await {
                debug!(%error, "a member was not texted");
            }
        });
    }

    async fn send_cut_off(
        &self,
        member: MemberId,
        station: Option<i64>,
        port: PortNo,
        rule: FireRule,
    ) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let phone = members::find(view.conn(), member).await?;
        let place = match station {
            Some(id) => stations::find(view.conn(), id).await?,
            None => None,
        };
        drop(view);
        let Some(member) = phone else { return Ok(()) };
        let values = vec![
            (
                "station",
                place.map(|place| place.entry.name).unwrap_or_default(),
            ),
            ("port", port.0.to_string()),
            ("reason", rule.title().to_owned()),
        ];
        // What became of it stands in the log of messages.
        let _ = self
            .text(Sms::new(member.phone, "CHARGE_CUT_OFF", values), None)
            .await;
        Ok(())
    }
}

fn alarm_of(rule: FireRule, danger: &Danger) -> Alarm {
    Alarm {
        port: danger.port,
        ..Alarm::of_device(rule.alarm(), words(danger.hit))
    }
}

/// What was seen, in words.
fn words(hit: Hit) -> String {
    let Hit {
        rule,
        value,
        threshold,
    } = hit;
    let title = rule.title();
    let tenth = |number: i64| format!("{}.{}", number / 10, number.abs() % 10);
    match rule.unit() {
        "0.1 W" => format!("{title}: {} W ≥ {} W", tenth(value), tenth(threshold)),
        "0.1 °C/min" => format!(
            "{title}: {} °C/min ≥ {} °C/min",
            tenth(value),
            tenth(threshold)
        ),
        "" => title.to_owned(),
        unit => format!("{title}: {value} {unit} ≥ {threshold} {unit}"),
    }
}

fn member_of(order: &Order) -> Option<MemberId> {
    order.payer.as_ref().and_then(|payer| payer.member())
}
